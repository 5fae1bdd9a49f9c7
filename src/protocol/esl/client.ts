import type { Clock, Timer } from '../../base/clock.js';
import { Emitter } from '../../base/events.js';
import type { Chance } from '../../base/ids.js';
import type { Endpoint, Net } from '../../base/net.js';
import { EslConversation } from './conversation.js';
import { EslAddressRefused, EslLost, EslPasswordRefused } from './errors.js';
import type { EslEvent } from './event.js';
import { readSnapshot, type ConferenceSnapshot } from './snapshot.js';

/** What a client tells. */
export interface EslClientEvents {
  /** Connected: how things stand now. Events that came meanwhile follow. `restarted`: another server process than before. */
  up: { core: string; restarted: boolean; conferences: readonly ConferenceSnapshot[] };
  event: EslEvent;
  /** The connection is lost, or could not be had; tried again after `againMs`. */
  down: { why: Error; againMs: number };
}

/** What a client works with. */
export interface EslClientOptions {
  net: Net;
  clock: Clock;
  chance: Chance;
  at: Endpoint;
  password: string;
  /** Names of events, then subclasses of CUSTOM ones. */
  events?: readonly string[];
  subclasses?: readonly string[];
  times?: Partial<EslTimes>;
}

/** Milliseconds. */
export interface EslTimes {
  /** Longest wait for a connection, and for an answer. */
  connect: number;
  answer: number;
  /** Nothing heard for so long: asked for a sign of life. */
  quiet: number;
  /** Nothing heard for so long: given up. */
  dead: number;
  /** First and longest pause between two tries; each is twice the one before, give or take a fifth. */
  firstPause: number;
  longestPause: number;
  /** Pause after a refused password or address, which an operator must mend. */
  refusedPause: number;
  /** A connection that lived so long begins again with the first pause. */
  steady: number;
}

const defaultTimes: EslTimes = {
  ...{ connect: 3000, answer: 5000, quiet: 1000, dead: 4000 },
  ...{ firstPause: 250, longestPause: 15_000, refusedPause: 60_000, steady: 10_000 },
};

/** Events of a conference bridge. */
const bridgeEvents = ['BACKGROUND_JOB', 'HEARTBEAT', 'CHANNEL_HANGUP_COMPLETE'];
const bridgeSubclasses = ['conference::maintenance'];

/**
 * Keeps a connection to one event socket.
 *
 *   idle --start--> connecting --password, events, list of conferences--> up --lost--> waiting --pause over--> connecting
 *                        \--refused, too late--> waiting                     any --close--> over
 */
export class EslClient {
  readonly on = new Emitter<EslClientEvents>();
  private readonly times: EslTimes;
  private conversation: EslConversation | null = null;
  private isUp = false;
  private core: string | null = null;
  private upAt = 0;
  private pause: number;
  private waiting: Timer | null = null;
  private watching: Timer | null = null;
  private over = false;

  constructor(private readonly options: EslClientOptions) {
    this.times = { ...defaultTimes, ...options.times };
    this.pause = this.times.firstPause;
  }

  get up(): boolean {
    return this.isUp;
  }

  start(): void {
    void this.connect();
  }

  /** Runs a command of the server; see EslConversation. Rejects with EslLost while there is no connection. */
  api(text: string, ms?: number): Promise<string> {
    return this.talk((conversation) => conversation.api(text, ms));
  }

  /** The same in the background: for what is slow. */
  bgapi(text: string, ms: number): Promise<string> {
    return this.talk((conversation) => conversation.bgapi(text, ms));
  }

  /** Ends it; idempotent. */
  close(): void {
    if (this.over) return;
    this.over = true;
    this.waiting?.cancel();
    this.drop(new EslLost('ended by us'));
  }

  /** For dumps. */
  describe(): string {
    if (this.over) return 'over';
    if (this.isUp) return 'up';
    return this.waiting ? 'waiting' : 'connecting';
  }

  private talk(run: (conversation: EslConversation) => Promise<string>): Promise<string> {
    return this.conversation && this.isUp ? run(this.conversation) : Promise.reject(new EslLost('not connected'));
  }

  private async connect(): Promise<void> {
    this.waiting = null;
    const { net, at, clock, chance } = this.options;
    try {
      const stream = await net.connect(at, { type: 'tcp' }, { timeoutMs: this.times.connect });
      if (this.over) return stream.destroy();
      const conversation = new EslConversation(stream, { clock, chance, answerMs: this.times.answer });
      this.conversation = conversation;
      conversation.on.on('closed', ({ why }) => this.lost(conversation, why));
      this.watch(conversation);
      await this.settle(conversation);
    } catch (error) {
      this.failed(error instanceof Error ? error : new EslLost(String(error)));
    }
  }

  /** Password, subscriptions, and how things stand; what happens meanwhile is told afterwards. */
  private async settle(conversation: EslConversation): Promise<void> {
    const early: EslEvent[] = [];
    let tell = (event: EslEvent): void => void early.push(event);
    conversation.on.on('event', (event) => tell(event));
    await conversation.open(this.options.password);
    const { events = bridgeEvents, subclasses = bridgeSubclasses } = this.options;
    await conversation.command(['event json', ...events, 'CUSTOM', ...subclasses].join(' '));
    const core = (await conversation.api('global_getvar core_uuid')).trim();
    const conferences = readSnapshot(await conversation.api('conference json_list compact'));
    const restarted = this.core !== null && this.core !== core;
    this.core = core;
    this.isUp = true;
    this.upAt = this.options.clock.now();
    this.on.emit('up', { core, restarted, conferences });
    tell = (event) => this.on.emit('event', event);
    for (const event of early) tell(event);
  }

  /** A server that answers nothing is as good as gone, even when its connection stands. */
  private watch(conversation: EslConversation): void {
    const { clock } = this.options;
    let asked = false;
    this.watching = clock.every(this.times.quiet, () => {
      const quietFor = clock.now() - conversation.lastHeard;
      if (quietFor >= this.times.dead) return conversation.close(new EslLost(`nothing heard for ${quietFor} ms`));
      if (quietFor < this.times.quiet || asked || !this.isUp) return;
      asked = true;
      conversation
        .api('uptime', this.times.dead)
        .catch(() => undefined)
        .finally(() => (asked = false));
    });
  }

  private lost(conversation: EslConversation, why: Error): void {
    if (this.conversation !== conversation || !this.isUp) return;
    if (this.options.clock.now() - this.upAt >= this.times.steady) this.pause = this.times.firstPause;
    this.failed(why);
  }

  private failed(why: Error): void {
    if (this.over) return;
    this.drop(why);
    const refused = why instanceof EslPasswordRefused || why instanceof EslAddressRefused;
    const againMs = refused ? this.times.refusedPause : this.withJitter(this.pause);
    if (!refused) this.pause = Math.min(this.pause * 2, this.times.longestPause);
    this.waiting = this.options.clock.after(againMs, () => void this.connect());
    this.on.emit('down', { why, againMs });
  }

  private withJitter(ms: number): number {
    const fifth = Math.floor(ms / 5);
    return ms - fifth + this.options.chance.int(0, 2 * fifth);
  }

  private drop(why: Error): void {
    this.watching?.cancel();
    this.watching = null;
    this.isUp = false;
    const conversation = this.conversation;
    this.conversation = null;
    conversation?.close(why);
  }
}
