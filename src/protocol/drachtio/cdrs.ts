import { printMessage, type SipMessage } from '../sip/message.js';
import type { Apps } from './apps.js';
import type { Leaders } from './leaders.js';

/** Whether the message was received or sent. */
export type Source = 'network' | 'application';

/** Why a call ended, in the words applications know. */
export type StopReason =
  'call-rejected' | 'call-canceled' | 'normal-release' | 'session-expired' | 'system-initiated-termination';

/** Call detail records, written only for applications that routed `cdr:attempt`, `cdr:start` or `cdr:stop`. */
export class Cdrs {
  constructor(
    private readonly apps: Apps,
    private readonly leaders: Leaders,
  ) {}

  /** An INVITE outside a dialog came or went. */
  attempt(source: Source, invite: SipMessage): void {
    this.write('cdr:attempt', source, invite);
  }

  /** It was accepted. */
  start(source: Source, role: 'uas' | 'uac' | 'proxy-uas' | 'proxy-uac', response: SipMessage): void {
    this.write('cdr:start', source, response, role);
  }

  /** It was refused or cancelled, or the call ended. */
  stop(source: Source, reason: StopReason, message: SipMessage): void {
    this.write('cdr:stop', source, message, reason);
  }

  private write(event: string, source: Source, message: SipMessage, ...more: string[]): void {
    this.apps.pick(event)?.send(this.leaders.record(event, source, ...more), printMessage(message));
  }
}
