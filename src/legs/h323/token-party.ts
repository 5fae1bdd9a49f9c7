import type { Clock, Timer } from '../../base/clock.js';
import { Disposables } from '../../base/disposables.js';
import type { ControlSession, TokenAsked, TokenHolder } from '../../protocol/h323/control/contract.js';
import type { FloorDesk, FloorParty, FloorTicket, ParticipantId } from '../../rooms/floor-party.js';
import { ContentRefused } from './errors.js';

/** The seat of a leg at its room's floor. */
export interface FloorSeat {
  id: ParticipantId;
  desk: FloorDesk;
}

/** Devices that stop sharing may close their channel and not release the token; others open it anew. */
const channelGoneMs = 2000;
/** Devices that have lost the floor and go on sending are asked to close their channel. */
const stopMs = 1500;
/** A device that was granted the floor when its request had run out is waited for: somebody has to press its key again. */
const lateMs = 30_000;

/**
 * The token of H.239 as a way to talk to the room's floor. The room decides who presents; the token of each call follows:
 *
 *   peer asks ──desk.request──> granted: acknowledged   pending: answered when decided   denied: rejected
 *   granted when its request had run out (H.239 cannot tell it) ──> it may ask again, or open its channel
 *   peer releases, or its channel is gone ──> desk.release
 *   revoked (somebody else presents) ──> the token is taken from the peer
 *   content goes to the peer ──> we take the token first; nobody presents, or the peer does ──> we let it go
 */
export class TokenParty implements FloorParty {
  private seat: FloorSeat | null = null;
  private readonly bag = new Disposables();
  /** The peer's request that a moderator has not decided on. */
  private asked: { ask: TokenAsked; ticket: number } | null = null;
  /** The peer's live ticket. */
  private ticket: number | null = null;
  /** The peer has the token. */
  private peerHeld = false;
  private goneTimer: Timer | null = null;
  private stopTimer: Timer | null = null;
  private lateTimer: Timer | null = null;
  /** The room took the floor from the peer, and nothing was done about the token. */
  private revokeDue = false;
  private taking: { resolve(): void; reject(error: Error): void } | null = null;

  constructor(
    private readonly session: ControlSession,
    private readonly clock: Clock,
    /** Asks the peer to close its content channel. */
    private readonly stopPeer: () => void,
    /** The peer is not waited for any more. */
    private readonly came: () => void,
  ) {
    this.bag.add(session.on.on('tokenAsked', (ask) => this.peerAsks(ask)));
    this.bag.add(session.on.on('tokenAskWithdrawn', () => this.withdraw()));
    this.bag.add(session.on.on('tokenHolder', ({ holder }) => this.moved(holder)));
    this.bag.add(session.on.on('tokenRefused', ({ why }) => this.refused(why)));
  }

  /** The peer presents, or may, as the room sees it. */
  get peerPresents(): boolean {
    const { seat } = this;
    return seat !== null && seat.desk.holder?.who === seat.id;
  }

  /** The peer has the floor and does not know it: it is waited for. */
  get awaited(): boolean {
    return this.lateTimer !== null;
  }

  attach(seat: FloorSeat): void {
    this.seat = seat;
  }

  /** Has the token on our side, so that content may be sent. Rejects with ContentRefused. */
  take(): Promise<void> {
    const { token } = this.session;
    // a peer that has it shall stop: that is all of revoking it
    this.revokeDue = false;
    if (token.holder === 'us') return Promise.resolve();
    this.refused('asked for again');
    return new Promise((resolve, reject) => {
      this.taking = { resolve, reject };
      token.take();
    });
  }

  /** Content does not go to the peer any more. */
  release(): void {
    const { token } = this.session;
    if (token.holder === 'us' || token.asking) token.release();
  }

  changed(ticket: FloorTicket): void {
    const { asked } = this;
    const mine = asked !== null && asked.ticket === ticket.id;
    if (ticket.state === 'granted') {
      this.ticket = ticket.id;
      if (mine) this.answer((ask) => ask.accept());
      if (this.session.token.holder !== 'peer') this.await();
      return;
    }
    if (ticket.state === 'pending' || ticket.state === 'accepted') return;
    if (mine) return this.answer((ask) => ask.reject());
    if (this.ticket !== ticket.id) return;
    this.ticket = null;
    this.stopWaiting();
    this.revokeDue = this.session.token.holder === 'peer';
    this.stopTimer?.cancel();
    this.stopTimer = this.clock.after(stopMs, () => this.stop());
  }

  holderChanged(holder: FloorTicket | null): void {
    if (holder === null || holder.who === this.seat?.id) this.release();
    // nobody took it from the peer to send it something
    if (this.revokeDue) this.session.token.revoke();
    this.revokeDue = false;
  }

  /** The peer's content channel came or went. */
  channel(open: boolean): void {
    this.goneTimer?.cancel();
    this.goneTimer = null;
    if (open) this.arrived();
    if (open || this.ticket === null || !this.peerPresents) return;
    this.goneTimer = this.clock.after(channelGoneMs, () => {
      this.giveBack();
      if (this.session.token.holder === 'peer') this.session.token.revoke();
    });
  }

  /** The call is over. */
  close(): void {
    this.bag.dispose();
    this.goneTimer?.cancel();
    this.stopTimer?.cancel();
    this.stopWaiting();
    this.asked = null;
    this.refused('the call is over');
  }

  private await(): void {
    this.lateTimer?.cancel();
    this.lateTimer = this.clock.after(lateMs, () => {
      this.stopWaiting();
      this.giveBack();
    });
  }

  private arrived(): void {
    if (!this.awaited) return;
    this.stopWaiting();
    this.came();
  }

  private stopWaiting(): void {
    this.lateTimer?.cancel();
    this.lateTimer = null;
  }

  private stop(): void {
    if (!this.peerPresents && this.session.token.holder !== 'peer') this.stopPeer();
  }

  private peerAsks(ask: TokenAsked): void {
    const { seat } = this;
    // nobody presents to a lobby
    if (!seat) return ask.reject();
    // who was refused, since nobody had decided in time, waits in its old place, or was granted it meanwhile
    const ticket = seat.desk.request();
    if (ticket.state === 'denied') return ask.reject();
    this.ticket = ticket.id;
    if (ticket.state === 'granted') return ask.accept();
    this.asked = { ask, ticket: ticket.id };
  }

  private answer(how: (ask: TokenAsked) => void): void {
    const { asked } = this;
    this.asked = null;
    if (asked) how(asked.ask);
  }

  /** A request that waits is taken back. */
  private withdraw(): void {
    const { asked } = this;
    this.asked = null;
    if (asked) this.seat?.desk.release(asked.ticket);
  }

  private moved(holder: TokenHolder): void {
    if (holder === 'us') {
      this.taking?.resolve();
      this.taking = null;
    } else if (holder === 'peer') this.refused('the peer presents');
    // a device that yields releases first and acknowledges then
    else if (!this.session.token.asking) this.refused('the token was let go');
    const held = this.peerHeld;
    this.peerHeld = holder === 'peer';
    if (this.peerHeld) this.arrived();
    if (this.peerHeld) this.claim();
    else if (held) this.giveBack();
  }

  private giveBack(): void {
    const { ticket } = this;
    this.ticket = null;
    // what was revoked is not ours to release
    if (ticket !== null) this.seat?.desk.release(ticket);
  }

  /** A master says that the peer presents: it asks the room as well. */
  private claim(): void {
    const { seat } = this;
    if (!seat || this.peerPresents) return;
    const ticket = seat.desk.request();
    if (ticket.state === 'granted') this.ticket = ticket.id;
    else this.session.token.revoke();
  }

  private refused(why: string): void {
    this.taking?.reject(new ContentRefused(why));
    this.taking = null;
  }
}
