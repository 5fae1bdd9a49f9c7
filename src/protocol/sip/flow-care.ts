import type { Clock, Timer } from '../../base/clock.js';
import type { Chance } from '../../base/ids.js';
import type { DropReason, Flow } from './flow.js';

/** How long connections may be quiet. */
export interface CareTimes {
  /** Neither messages nor a dialog or registration that needs it: closed. */
  idleMs: number;
  /** Accepted, and not one whole message so far: closed. */
  silentMs: number;
  /** How often we ping on connections we made and need; 0 never does. */
  pingMs: number;
  /** How long a peer that has answered a ping before may take. */
  pongMs: number;
}

interface Tended {
  readonly made: boolean;
  spoken: boolean;
  heardAt: number;
  /** It has answered one of our pings. */
  answers: boolean;
  quiet: Timer | null;
  ping: Timer | null;
  pong: Timer | null;
  /** Until when something outside the engine's dialogs needs it. */
  neededUntil: number;
}

const ping = Buffer.from('\r\n\r\n');

/**
 * Looks after connections: closes those that nobody needs, and holds open those that we made (RFC 5626 §4.4.1). One
 * timer a connection; what is heard only leaves a time.
 */
export class FlowCare {
  private readonly tended = new Map<Flow, Tended>();

  constructor(
    private readonly clock: Clock,
    private readonly chance: Chance,
    private readonly times: CareTimes,
    private readonly effects: {
      /** Whether a dialog or a registration goes by this connection. */
      inUse(flow: Flow): boolean;
      drop(flow: Flow, reason: DropReason): void;
    },
  ) {}

  /** Begins with a connection of ours (`made`) or of the peer's; it must have opened its mouth when `spoken` is false. */
  tend(flow: Flow, made: boolean, spoken: boolean): void {
    const now = this.clock.now();
    const state: Tended = {
      made,
      spoken,
      heardAt: now,
      answers: false,
      quiet: null,
      ping: null,
      pong: null,
      neededUntil: 0,
    };
    this.tended.set(flow, state);
    this.watch(flow, state, spoken ? this.times.idleMs : this.times.silentMs);
    if (made && this.times.pingMs > 0) this.pingLater(flow, state);
    flow.onClose(() => {
      this.tended.delete(flow);
      for (const timer of [state.quiet, state.ping, state.pong]) timer?.cancel();
    });
  }

  /** Something came in: a whole message, or bytes that may be the answer to a ping. */
  heard(flow: Flow, what: 'message' | 'bytes' | 'blank'): void {
    const state = this.tended.get(flow);
    if (!state) return;
    state.heardAt = this.clock.now();
    if (what === 'message') state.spoken = true;
    if (what === 'blank' && state.made) state.answers = true;
    state.pong?.cancel();
    state.pong = null;
  }

  /** Something outside the dialogs, such as a registration of ours, needs a connection for so long. */
  need(flow: Flow, seconds: number): void {
    const state = this.tended.get(flow);
    if (state) state.neededUntil = this.clock.now() + seconds * 1000;
  }

  private needed(flow: Flow, { neededUntil }: Tended): boolean {
    return neededUntil > this.clock.now() || this.effects.inUse(flow);
  }

  private watch(flow: Flow, state: Tended, ms: number): void {
    state.quiet = this.clock.after(ms, () => {
      const { idleMs } = this.times;
      if (!state.spoken) return this.effects.drop(flow, 'silent');
      const quietFor = this.clock.now() - state.heardAt;
      if (this.needed(flow, state)) this.watch(flow, state, idleMs);
      else if (quietFor >= idleMs) this.effects.drop(flow, 'idle');
      else this.watch(flow, state, idleMs - quietFor);
    });
  }

  /** 80 to 100 % of the time, so that not all come at once (RFC 5626 §4.4). */
  private pingLater(flow: Flow, state: Tended): void {
    const { pingMs, pongMs } = this.times;
    state.ping = this.clock.after(pingMs * (0.8 + this.chance.int(0, 200) / 1000), () => {
      this.pingLater(flow, state);
      if (!this.needed(flow, state)) return;
      flow.send(ping);
      // one that never answers does not know the rule: the system's own probes must do
      if (state.answers) state.pong ??= this.clock.after(pongMs, () => this.effects.drop(flow, 'no_pong'));
    });
  }
}
