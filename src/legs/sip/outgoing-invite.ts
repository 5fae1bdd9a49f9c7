import { messageOf } from '../../base/errors.js';
import type { InviteRefusal, SentRequest, Signalling, SipDialog, SipResponse } from './srf.js';

/** One INVITE of ours. */
export interface InviteOptions {
  uri: string;
  proxy: string | null;
  headers: Record<string, string>;
  sdp: string;
}

/** How one INVITE ended without a dialog. */
export interface Refused {
  status: number;
  reason: string;
  /** Null when it could not be sent, or the engine made the response up. */
  response: SipResponse | null;
  /** As sent; null when it was not. */
  sent: SentRequest | null;
}

/** What one INVITE tells. */
export interface InviteEvents {
  /** 101 to 199; with the description of what the far end sends already, or ''. */
  provisional(status: number, description: string): void;
  /** The 200 came and is acknowledged; called in the same turn, so that nothing in the dialog is missed. */
  answered(dialog: SipDialog, description: string): void;
  refused(how: Refused): void;
}

/**
 * One INVITE from sending to its final response. After `abandon` nothing more is told, and a 200 that crossed the CANCEL
 * is hung up (RFC 3261 §15: ACK, then BYE).
 */
export class OutgoingInvite {
  private sent: SentRequest | null = null;
  private over = false;
  private abandoned: string | null = null;
  /** Descriptions in reliable provisional responses are answers already (RFC 3262 §5); by To tag. */
  private readonly early = new Map<string, string>();

  constructor(
    private readonly signalling: Signalling,
    private readonly options: InviteOptions,
    private readonly events: InviteEvents,
  ) {}

  send(): void {
    const { uri, proxy, headers, sdp } = this.options;
    const progress = {
      cbRequest: (_error: unknown, sent?: SentRequest) => this.wasSent(sent ?? null),
      cbProvisional: (response: SipResponse) => this.provisional(response),
    };
    const options = { localSdp: sdp, headers: { ...headers }, ...(proxy === null ? {} : { proxy }) };
    try {
      this.signalling.createUAC(uri, options, progress, (error, dialog) => this.final(error, dialog));
    } catch (error) {
      this.final(error);
    }
  }

  /** Gives up with this Reason; the engine holds the CANCEL back as long as it must. */
  abandon(reason: string): void {
    if (this.abandoned !== null || this.over) return;
    this.abandoned = reason;
    this.cancel();
  }

  private wasSent(sent: SentRequest | null): void {
    this.sent = sent;
    this.cancel();
  }

  private cancel(): void {
    if (this.abandoned === null || this.over || !this.sent) return;
    // a refusal means that the final response is on its way to us
    this.sent.cancel({ headers: { Reason: this.abandoned } }, () => undefined);
  }

  private provisional(response: SipResponse): void {
    if (response.body && response.has('RSeq')) this.early.set(toTag(response), response.body);
    if (this.abandoned === null && !this.over && response.status > 100) {
      this.events.provisional(response.status, response.body);
    }
  }

  private final(error: unknown, dialog?: SipDialog): void {
    // after a redirection or a second fork the library may call again
    if (this.over) return;
    this.over = true;
    if (dialog) {
      if (this.abandoned !== null) return hangUp(dialog, this.abandoned);
      const description = dialog.remote.sdp || (this.early.get(dialog.sip.remoteTag) ?? '');
      return this.events.answered(dialog, description);
    }
    if (this.abandoned !== null) return;
    const { status, reason, res } = (error ?? {}) as InviteRefusal;
    const made = status ?? statusOf(messageOf(error));
    this.events.refused({ status: made, reason: reason || messageOf(error), response: res ?? null, sent: this.sent });
  }
}

/** Ends a dialog nobody wants; whatever comes of it. */
export function hangUp(dialog: SipDialog, reason: string): void {
  void dialog.destroy({ headers: { Reason: reason } }).catch(() => undefined);
}

function toTag(response: SipResponse): string {
  return /;\s*tag=([^;>\s]+)/i.exec(response.get('To') ?? '')?.[1] ?? '';
}

/** What stands for the words in which an engine says that it could not send. */
function statusOf(words: string): number {
  if (/to myself/i.test(words)) return 482;
  return /invalid request-uri|creating sip transaction/i.test(words) ? 400 : 503;
}
