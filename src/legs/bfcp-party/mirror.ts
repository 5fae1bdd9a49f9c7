import type { FloorDesk, FloorTicket } from '../../rooms/floor-party.js';
import { isOngoing, type RequestState } from '../../protocol/bfcp/names.js';
import type { Standing } from './standing.js';

/** What the mirror does at the far end's floor. */
export interface MirrorSink {
  /** Asks the far end for its floor. */
  request(reason: string): void;
  /** Gives it back, or cancels the request. */
  release(): void;
  /** `content` or `problem` have changed. */
  changed(): void;
  count(event: string): void;
}

/** Who presents at the far end. */
export interface FarHolder {
  requestId: number;
  name: string;
}

/** How our request at the far end stands. */
type Claim = 'none' | 'asked' | 'granted' | 'denied' | 'taken';

/**
 * Keeps two floors alike: that of our room, and that of an MCU whose client this leg is. Somebody presents here: the MCU is
 * asked for its floor, and content goes out when it grants it. Somebody presents there: this leg asks for the room's floor,
 * and its content line feeds the room. Of two who present already when the session begins, each keeps its own side's floor
 * until the other side grants it: nobody is cut off by a call that comes up.
 *
 *     claim: none -- presents here --> asked -- granted --> granted -- revoked --> taken
 *                                      asked -- denied --> denied
 *            any -- nobody presents here --> none
 *            denied, taken -- another presents here, or the presenter there stopped --> none
 */
export class FloorMirror {
  private desk: FloorDesk | null = null;
  private holder: FloorTicket | null = null;
  /** This leg's own live request in the room. */
  private own: number | null = null;
  /** The latest of them, also when it has ended. */
  private lastOwn: number | null = null;
  private far: FarHolder | null = null;
  /** Request of the far end for which the room was asked. */
  private answered: number | null = null;
  private claim: Claim = 'none';
  private ready = false;
  /** Nothing was heard of the far end's floor since its session began. */
  private fresh = true;
  private trouble: string | null = null;

  constructor(private readonly sink: MirrorSink) {}

  get content(): Standing['content'] {
    if (this.claim === 'granted') return 'may';
    return this.claim === 'denied' ? 'denied' : 'waits';
  }

  get problem(): string | null {
    return this.trouble;
  }

  /** Somebody presents here who is not the far end. */
  get wantsFar(): boolean {
    return this.holder !== null && this.holder.id !== this.own;
  }

  attach(desk: FloorDesk): void {
    this.desk = desk;
    this.holder = desk.holder;
    this.settle();
    if (this.far) this.bringIn(this.far, this.wantsFar);
  }

  /** The room's floor has another holder. */
  roomHolder(holder: FloorTicket | null): void {
    const before = this.holder;
    if (holder?.id !== before?.id && (this.claim === 'denied' || this.claim === 'taken')) this.become('none', null);
    this.holder = holder;
    this.settle();
    // Not after a moderator here stopped the far end's presentation.
    const othersStopped = holder === null && before !== null && before.id !== this.lastOwn;
    if (!othersStopped || !this.far) return;
    this.answered = null;
    this.bringIn(this.far, false);
  }

  /** This leg's own request in the room changed without its asking. */
  ticketChanged(ticket: FloorTicket): void {
    if (isOngoing(ticket.state)) this.own = this.lastOwn = ticket.id;
    else if (ticket.id === this.own) this.own = null;
  }

  /** The session is up: what waited for it is asked now. */
  farReady(): void {
    this.ready = true;
    this.settle();
  }

  /** A new session begins. */
  farRestarts(): void {
    this.farSilent();
    this.fresh = true;
  }

  /** The session is gone; it may come back. */
  farSilent(): void {
    this.ready = false;
    this.become('none', null);
  }

  /** The session is gone for good: nobody presents there any more. */
  farLost(): void {
    this.far = null;
    this.takeOut();
  }

  /** Our request at the far end was decided on. */
  farAnswered(state: RequestState, info: string): void {
    const because = info === '' ? '' : `: ${info}`;
    switch (state) {
      case 'granted':
        this.become('granted', null);
        break;
      case 'denied':
        this.sink.count('far_denied');
        this.become('denied', `the far end does not let us present${because}`);
        break;
      case 'revoked':
        this.sink.count('far_revoked');
        this.become('taken', `the far end took the floor back${because}`);
        break;
      case 'pending':
      case 'accepted':
        this.become('asked', null);
        break;
      default:
        // answers to our own release
        return;
    }
    // Whoever presented here may have stopped while the answer was on its way.
    if (!this.wantsFar) this.settle();
  }

  /** Who presents at the far end, us apart. */
  farHolder(far: FarHolder | null): void {
    const before = this.far;
    const first = this.fresh;
    this.fresh = false;
    this.far = far;
    if (far) return this.bringIn(far, first && this.wantsFar);
    this.takeOut();
    // Its presenter stopped: whoever presents here may be seen there now.
    if (before && (this.claim === 'denied' || this.claim === 'taken')) this.become('none', null);
    this.settle();
  }

  describe(): string {
    return `claim ${this.claim}, far holder ${this.far?.requestId ?? 'nobody'}, own ticket ${this.own ?? 'none'}`;
  }

  private bringIn(far: FarHolder, holdBack: boolean): void {
    if (!this.desk || holdBack || this.answered === far.requestId) return;
    this.answered = far.requestId;
    if (this.own !== null) return;
    const ticket = this.desk.request(far.name);
    if (isOngoing(ticket.state)) this.own = this.lastOwn = ticket.id;
    else this.become(this.claim, `the far end presents, but the room does not show it: ${ticket.info}`);
  }

  private takeOut(): void {
    this.answered = null;
    const { own } = this;
    this.own = null;
    if (own !== null) this.desk?.release(own);
  }

  private settle(): void {
    if (!this.ready) return;
    if (this.wantsFar) {
      if (this.claim !== 'none') return;
      this.become('asked', null);
      this.sink.request(this.holder?.name ?? '');
      return;
    }
    const had = this.claim === 'asked' || this.claim === 'granted';
    this.become('none', this.far && this.own === null ? this.trouble : null);
    if (had) this.sink.release();
  }

  private become(claim: Claim, trouble: string | null): void {
    if (claim === this.claim && trouble === this.trouble) return;
    this.claim = claim;
    this.trouble = trouble;
    this.sink.changed();
  }
}
