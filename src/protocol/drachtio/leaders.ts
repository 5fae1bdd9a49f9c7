import type { Clock } from '../../base/clock.js';
import type { Chance } from '../../base/ids.js';
import type { Endpoint } from '../../base/net.js';
import type { Flow } from '../sip/flow.js';

/** Where a message went to or came from, as leaders name it. */
export interface Trail {
  bytes: number;
  /** `udp`, `tcp`, `tls`; empty where the format leaves it out. */
  protocol: string;
  at: Endpoint;
}

/** Leaders call WebSockets `tcp`. */
export function protocolOf(flow: Flow): string {
  return flow.transport === 'ws' || flow.transport === 'wss' ? 'tcp' : flow.transport;
}

/** Writes the leader lines of messages to applications. */
export class Leaders {
  /** The second that was written last, since 1970, and how. */
  private second = -1;
  private hhmmss = '';

  constructor(
    private readonly clock: Clock,
    private readonly chance: Chance,
  ) {}

  /** UTC time of day with microseconds. */
  time(): string {
    const wall = this.clock.wall();
    const second = Math.floor(wall / 1000);
    if (second !== this.second) {
      this.second = second;
      this.hhmmss = new Date(second * 1000).toISOString().slice(11, 20);
    }
    const micros = Math.floor((((this.clock.now() % 1) + 1) % 1) * 1000);
    return this.hhmmss + String(Math.floor(wall - second * 1000) * 1000 + micros).padStart(6, '0');
  }

  /** A new request outside a dialog; `local` is where it arrived. */
  arrived(trail: Trail, transactionId: string, local: Endpoint): string {
    return this.join('sip', 'network', ...this.places(trail), transactionId, '', local.address, String(local.port), '');
  }

  /** A request inside a dialog, or any response. */
  received(trail: Trail, transactionId: string, dialogId: string): string {
    return this.join('sip', 'network', ...this.places(trail), transactionId, dialogId, '');
  }

  /** A BYE the server sent by itself. */
  unsolicited(trail: Trail, dialogId: string): string {
    return this.join('sip', 'application', ...this.places(trail), 'unsolicited', dialogId, '');
  }

  /** Answer to a request that was sent. */
  requestSent(id: string, trail: Trail, transactionId: string): string {
    return this.join('response', id, 'OK', 'application', ...this.places(trail), transactionId, 'Msg sent:', '');
  }

  /** Answer to a response that was sent. */
  responseSent(id: string, trail: Trail, transactionId: string, dialogId: string): string {
    return this.join(
      'response',
      id,
      'OK',
      'application',
      ...this.places(trail),
      transactionId,
      dialogId,
      '',
      'Msg sent:',
      '',
    );
  }

  /** Answer without a SIP message: `OK`, `NOK` or `NO` and more tokens. */
  plain(id: string, ...tokens: string[]): string {
    return this.join('response', id, ...tokens);
  }

  /** A response passed on while a proxied request goes on. */
  proxied(id: string, trail: Trail): string {
    return this.join('response', id, 'OK', 'network', ...this.places(trail), '', '', 'continue');
  }

  /** A call detail record. */
  record(event: string, source: string, ...more: string[]): string {
    return this.join(event, source, this.time(), ...more);
  }

  private places({ bytes, protocol, at }: Trail): string[] {
    return [String(bytes), protocol, at.address, String(at.port), this.time()];
  }

  private join(...tokens: string[]): string {
    return [this.chance.uuid(), ...tokens].join('|');
  }
}
