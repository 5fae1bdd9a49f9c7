import type { ControlLink, ControlSession, TokenAsked } from '../../../src/protocol/h323/control/contract.js';
import type { FloorSide, SideListener } from '../side.js';
import type { Device } from './devices.js';
import type { H323Lines } from './lines.js';
import { takesContent } from './media.js';
import { withheld } from './withheld.js';

/** What a token floor works with. */
export interface TokenFloorParts {
  session: ControlSession;
  lines: H323Lines;
  device: Device;
  /** While it is shut nobody is told what is closed and let go. */
  gate: Gate;
  listener: Pick<SideListener, 'tell' | 'granted'>;
  /** Our name, and that of the other side. */
  names: { own: string; other(): string };
}

/** The floor of an H.323 call: the presentation token of H.239. */
export class TokenFloor implements FloorSide {
  request = 'idle';
  holder: string | null = null;
  private releasing = false;
  private waiting: ((state: string) => void)[] = [];

  constructor(private readonly parts: TokenFloorParts) {
    const { session, listener } = parts;
    session.on.on('ready', () => this.capable && listener.tell({ event: 'floor-ready' }));
    session.on.on('tokenAsked', (asked) => this.asked(asked));
    session.on.on('tokenHolder', ({ holder }) => this.moved(holder));
    session.on.on('tokenRefused', () => this.answered('denied'));
    session.on.on('ended', () => this.answered('released'));
  }

  /** Both sides have H.239. */
  get capable(): boolean {
    const { session, device } = this.parts;
    return device.content && session.remote !== null && takesContent(session.remote);
  }

  ask(): Promise<string> {
    const { token } = this.parts.session;
    if (!this.capable) return Promise.reject(new Error('no floor control in this call'));
    if (token.holder === 'us') return Promise.resolve('granted');
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      this.become('pending');
      token.take();
    });
  }

  release(): Promise<string> {
    this.parts.lines.letGo();
    this.releasing = true;
    this.parts.session.token.release();
    this.releasing = false;
    if (this.request === 'pending') this.answered('cancelled');
    this.parts.listener.granted(false);
    return Promise.resolve(this.request);
  }

  /** The other side wants it. */
  private asked(asked: TokenAsked): void {
    const { device, gate, lines } = this.parts;
    if (!asked.weHold) return asked.accept();
    if (device.takenFrom === 'refuses') return asked.reject();
    if (device.takenFrom !== 'clings') return asked.accept();
    lines.cling();
    gate.shut = true;
    asked.accept();
    gate.shut = false;
  }

  private moved(holder: 'us' | 'peer' | null): void {
    const { lines, listener, names, device } = this.parts;
    const held = this.request === 'granted';
    if (holder === 'us') lines.open('content');
    const name = holder === null ? null : holder === 'us' ? names.own : names.other();
    if (name !== this.holder) listener.tell({ event: 'holder', holder: (this.holder = name), self: holder === 'us' });
    if (holder === 'us') {
      this.become('granted');
      listener.granted(true);
      this.answered('granted');
    } else if (held) {
      this.become(this.releasing ? 'released' : 'revoked');
      if (this.releasing || device.takenFrom !== 'clings') listener.granted(false);
    }
  }

  private answered(state: string): void {
    if (this.request === 'pending') this.become(state);
    for (const tell of this.waiting.splice(0)) tell(state);
  }

  private become(state: string): void {
    if (state === this.request) return;
    this.request = state;
    this.parts.listener.tell({ event: 'floor', state });
  }
}

/** Keeps from the other side that a channel was closed and the token let go. */
export interface Gate {
  shut: boolean;
}

/** A link with a gate. */
export function gated(link: ControlLink, gate: Gate): ControlLink {
  return withheld(
    link,
    (pdu) => gate.shut && (pdu.request?.closeLogicalChannel ?? pdu.command?.genericCommand) !== undefined,
  );
}
