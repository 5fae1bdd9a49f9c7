import type { Timer } from '../../base/clock.js';
import { Disposables } from '../../base/disposables.js';
import { next, Emitter, type Events } from '../../base/events.js';
import { settledOn } from '../../media/abilities.js';
import { ourCapabilities } from '../../media/h245-capabilities.js';
import type { Line } from '../../media/plane.js';
import type { Direction, LineName, PassedCodecName } from '../../media/vocabulary.js';
import type { AnswerDetails, ReleaseRequest } from '../../protocol/h323/call/contract.js';
import type { CapabilitySet } from '../../protocol/h323/control/contract.js';
import type { OpenLogicalChannel } from '../../protocol/h323/h245/schema.js';
import type { FloorParty } from '../../rooms/floor-party.js';
import type { EndReason, Leg, LegAbilities, LegEvents, PartyStatus, PeerInfo } from '../../rooms/leg.js';
import { atMost } from '../at-most.js';
import { DigitInputs } from '../digit-inputs.js';
import { SilenceWatch } from '../silence-watch.js';
import { encryptionRequired, type CallKeys } from './call-keys.js';
import { ChannelKeys } from './channel-keys.js';
import { ContentRefused } from './errors.js';
import { hearing } from './hearing.js';
import { Holding } from './holding.js';
import { LegLines } from './leg-lines.js';
import { DisplayNotices } from './display-notices.js';
import type { H323LegParts } from './parts.js';
import { pressKeys } from './press-keys.js';
import { endOf, releaseOf } from './reasons.js';
import { soundMs } from './sound-wait.js';
import { theirContent } from './their-content.js';
import { TokenParty, type FloorSeat } from './token-party.js';

/** How long a key is pressed, ms. */
const keyMs = 120;
/** Keys that are taken of one text. */
const mostKeys = 128;
/** From Connect to the first channel; after that a call without any is over. */
const mediaMs = 30_000;
/** A device that gave its token away closes its content channel in this time, ms; else it is asked to, in the other. */
const leaveMs = 300;
const stopMs = 1500;

/**
 * One H.323 call on a room. Its lines come and go with the logical channels of H.245.
 *
 *   made --Connect, H.245--> lines --end() / ReleaseComplete / silence / no media--> ended (once)
 */
export class H323Leg implements Leg {
  readonly id: string;
  who: PeerInfo;
  readonly on = new Emitter<LegEvents>();
  private readonly bag = new Disposables();
  readonly media: LegLines;
  readonly keys: ChannelKeys;
  private readonly party: TokenParty;
  private readonly silence: SilenceWatch;
  private readonly inputs: DigitInputs;
  private readonly holding: Holding;
  private readonly notices: DisplayNotices;
  private readonly watched = new WeakSet<Line>();
  private mediaTimer: Timer | null = null;
  /** Monotonic milliseconds. */
  connectedAt: number | null = null;
  /** Content could not go out apart for the present holder. */
  private contentRefused = false;
  private reason: EndReason | null = null;
  /** What fast start has opened. */
  private opened: Promise<readonly OpenLogicalChannel[]> | null = null;

  constructor(readonly parts: H323LegParts) {
    const { id, who, session, makers, clock, chance, log, offer = null } = parts;
    this.id = id;
    this.who = who;
    this.keys = new ChannelKeys(
      () => session.role,
      chance,
      ({ kind }) => this.quirk(kind),
    );
    this.media = new LegLines(id, session, makers, this.keys, log, offer);
    this.party = new TokenParty(
      session,
      clock,
      () => this.media.stopContent(),
      () => this.on.emit('lines', undefined),
    );
    this.inputs = new DigitInputs(clock);
    this.silence = new SilenceWatch(clock, {
      lines: () => this.lines,
      // nobody has to speak before the answer
      heard: () => this.connectedAt ?? clock.now(),
      silent: (ms) => void this.end({ kind: 'silent', ms }),
    });
    this.notices = new DisplayNotices(parts.call, clock, this.bag);
    this.followCall();
    this.followSession();
    this.bag.add(this.media.on.on('changed', () => this.linesChanged()));
    this.bag.add(this.media.on.on('refresh', ({ line }) => this.on.emit('refresh', { line })));
    this.holding = new Holding({
      ...{ session, call: parts.call, bag: this.bag },
      ours: () => this.ours(),
      changed: () => this.linesChanged(),
      // a share that it has not taken up again is over
      resumed: () => this.party.channel(this.media.hearsContent),
    });
    this.bag.add(this.media.on.on('content', ({ open }) => (open || !this.holding.held) && this.party.channel(open)));
    this.bag.add(
      this.media.on.on('plainOnly', () => {
        const why = encryptionRequired().message;
        this.refuse({ kind: 'failed', why }, { reason: 'securityDenied', why });
      }),
    );
  }

  get lines(): Readonly<Record<LineName, Line | null>> {
    return this.media.lines;
  }

  get fecc(): Line | null {
    return this.media.fecc;
  }

  get floor(): FloorParty | null {
    return this.media.takesContent ? this.token : null;
  }

  get encrypted(): boolean {
    return this.media.encrypted;
  }

  get dialledOut(): boolean {
    return this.parts.call.role === 'caller';
  }

  get can(): LegAbilities {
    const { audio, video } = this.lines;
    const apart = this.media.takesContent && !this.contentRefused;
    return {
      audio: audio !== null,
      video: video !== null,
      content: apart ? 'separate' : video ? 'in-main' : 'none',
      renegotiate: apart,
      floor: this.media.takesContent,
      paces: true,
      contentWaits: this.party.awaited,
    };
  }

  get selfMuted(): boolean {
    return this.media.soundMuted;
  }

  get holds(): boolean {
    return this.holding.holds;
  }

  get lineProblems(): { line: LineName; reason: string }[] {
    return this.media.problems;
  }

  /** Whether the leg has ended. */
  get over(): boolean {
    return this.reason !== null;
  }

  /** Why content has no channel of its own, or null. */
  get contentProblem(): string | null {
    if (!this.media.takesContent) return 'the device has no H.239, or no codec for it in common';
    if (this.party.awaited) return 'the device was granted the floor too late, and has to ask again';
    return this.contentRefused ? 'the device did not take the content channel' : null;
  }

  /** Begins H.245 as soon as there is some, with what was agreed on about encryption. */
  begin(keys: CallKeys): void {
    this.agreed(keys);
    this.start();
  }

  /** What was agreed on about encryption: before H.245 begins, or where it was expected (`keys`). */
  agreed(keys: CallKeys): void {
    if (this.over) return;
    this.keys.agreed(keys);
    this.media.keyed();
    if (this.keys.algorithms.length === 0) return;
    this.bag.add(this.media.updates.regularly(this.parts.clock));
  }

  /** Begins H.245 where it has not begun. */
  start(): void {
    const { session } = this.parts;
    if (!this.over && session.state === 'new') session.start(this.ours());
  }

  /** Our capability set. */
  ours(): CapabilitySet {
    const { told: algorithms, required } = this.keys;
    const { abilities, fecc } = this.parts.makers;
    return ourCapabilities(abilities, { fecc: fecc === true && (algorithms.length > 0 || !required), algorithms });
  }

  /** As callee: answers the call. */
  async connect(details: AnswerDetails): Promise<void> {
    this.parts.call.connect({ ...details, ...(await this.fastAnswer()) });
  }

  /** As callee: the channels that fast start opens, if there is any: encrypted ones alone where there are keys. */
  async fastAnswer(): Promise<Pick<AnswerDetails, 'fastStart'>> {
    const { proposals } = this.parts.call;
    if (proposals.length === 0) return {};
    return { fastStart: await (this.opened ??= this.media.fast.answer(proposals)) };
  }

  /**
   * From now on nothing of it may be plain: the room, which was not known before, says so.
   * @throws EncryptionRequired when something is
   */
  demandEncryption(): void {
    if (!this.keys.required && !this.encrypted) throw encryptionRequired();
    this.keys.demand();
  }

  /** The leg sits in its room: its token follows the floor there. */
  sit(seat: FloorSeat): void {
    this.party.attach(seat);
    const { session } = this.parts;
    if (session.role !== null) return session.tellConference(true);
    // a device takes it from an MCU, and knows that we are one by the determination
    const determined = session.on.on('role', () => {
      determined.dispose();
      session.tellConference(true);
    });
    this.bag.add(determined);
  }

  async open(_line: 'content', _how: Direction): Promise<Line> {
    if (!this.media.takesContent) throw new ContentRefused('the peer has none');
    if (this.party.peerPresents) return theirContent(this, () => this.media.hearsContent);
    try {
      await this.party.take();
      await this.turn();
      return await this.media.openContent();
    } catch (error) {
      // it began to present meanwhile, and brings its channel
      if (this.party.peerPresents && !this.over) return theirContent(this, () => this.media.hearsContent);
      // who holds has refused nothing, and is sent it when it takes media again
      this.contentRefused = !this.holds;
      throw error;
    }
  }

  close(_line: 'content'): Promise<void> {
    this.media.closeContent();
    this.party.release();
    return Promise.resolve();
  }

  limit(line: LineName, kbps: number): void {
    this.media.limit(line, kbps);
  }

  refresh(line: LineName): void {
    this.media.refresh(line);
  }

  async settleSound(): Promise<PassedCodecName | null> {
    const events: Events<LegEvents> = this.on;
    const known = (): boolean => this.over || this.media.passedSound !== undefined;
    const came = Promise.race([next(events, 'lines', known), next(events, 'ended')]);
    if (!known()) await atMost(this.parts.clock, soundMs, came);
    const passed = this.over ? null : (this.media.passedSound ?? null);
    if (!this.over) this.media.settleSound(settledOn(this.parts.makers.abilities, passed), () => this.ours());
    return passed;
  }

  tell(status: PartyStatus): void {
    const { idle, flow } = status;
    this.notices.tell(status);
    if (idle) this.media.idle(idle);
    if (flow && !this.over) this.holding.hold(flow !== 'sendrecv');
  }

  press(digits: string, durationMs = keyMs): Promise<void> {
    return pressKeys(this, digits, durationMs);
  }

  end(why: EndReason): Promise<void> {
    if (!this.over) this.finish(why, releaseOf(why));
    return Promise.resolve();
  }

  /** Ends a call that was not let in, with what its refusal means in H.225.0. */
  refuse(why: EndReason, how: ReleaseRequest): void {
    if (!this.over) this.finish(why, how);
  }

  /** How the floor speaks to this leg; a new holder is a new try for content. */
  private readonly token: FloorParty = {
    changed: (ticket) => this.party.changed(ticket),
    holderChanged: (holder) => {
      this.contentRefused = false;
      this.party.holderChanged(holder);
      if (holder === null) this.media.closeContent();
    },
  };

  /** Some devices acknowledge that we have the token and go on sending: one direction ends before the other begins. */
  private async turn(): Promise<void> {
    const over = (): boolean => !this.media.hearsContent || this.over;
    const within = async (ms: number): Promise<void> => {
      if (over()) return;
      const events: Events<LegEvents> = this.on;
      await atMost(this.parts.clock, ms, next(events, 'lines', over));
    };
    await within(leaveMs);
    if (!over()) this.media.stopContent();
    await within(stopMs);
  }

  private followCall(): void {
    const { call } = this.parts;
    this.bag.add(call.on.on('connected', () => this.connected()));
    this.bag.add(call.on.on('fastStart', (accepted) => this.media.fast.accepted(accepted)));
    this.bag.add(call.on.on('held', (held) => this.silence.hold(held)));
    this.bag.add(call.on.on('released', (release) => this.finish(endOf(release), null)));
    this.bag.add(
      call.on.on('keypad', (digits) => {
        for (const digit of digits) this.digit(digit, null);
      }),
    );
  }

  /** Some time after Connect there has to be media. */
  private connected(): void {
    const { clock } = this.parts;
    this.connectedAt = clock.now();
    if (Object.values(this.lines).some((line) => line !== null)) return;
    this.mediaTimer = clock.after(mediaMs, () => void this.end({ kind: 'failed', why: 'no media was agreed' }));
  }

  private followSession(): void {
    const { session } = this.parts;
    const hear = hearing(session, this.bag);
    hear('userInput', ({ text, durationMs }) => {
      for (const digit of text.slice(0, mostKeys)) this.digit(digit, durationMs);
    });
    hear('timedOut', ({ what, fatal }) => {
      if (fatal && !this.media.fast.taken)
        void this.end({ kind: 'failed', why: `the device did not answer (${what})` });
    });
    hear('ended', ({ by, why }) => {
      // the call is released, and says why
      if (by === 'link' && why === 'released') return;
      // who does not answer says why when it releases the call, which ends soon in any case
      if (by === 'peer' && this.connectedAt === null) return;
      void this.end(by === 'peer' ? { kind: 'left' } : { kind: 'failed', why });
    });
    hear('quirk', ({ label }) => this.quirk(label));
  }

  private quirk(quirk: string): void {
    this.parts.metrics.count('dualstream_h323_quirks_total', { quirk });
  }

  private digit(digit: string, durationMs: number | null): void {
    const key = digit.toUpperCase();
    if (!/^[0-9*#A-D]$/.test(key) || this.over) return;
    if (this.inputs.take(key, 'signalling', durationMs)) this.on.emit('digits', { digit: key, durationMs });
  }

  private linesChanged(): void {
    if (this.over) return;
    for (const line of Object.values(this.lines)) {
      if (!line || this.watched.has(line)) continue;
      this.watched.add(line);
      this.mediaTimer?.cancel();
      this.silence.add(line);
      this.bag.add(
        line.on.on('digit', ({ digit, durationMs }) => {
          if (!this.over && this.inputs.take(digit, 'rtp', durationMs)) this.on.emit('digits', { digit, durationMs });
        }),
      );
    }
    this.on.emit('lines', undefined);
  }

  /** The only way to end: hangs up, frees everything, then says so. */
  private finish(reason: EndReason, how: ReleaseRequest | null): void {
    if (this.over) return;
    this.reason = reason;
    this.mediaTimer?.cancel();
    this.silence.close();
    this.party.close();
    this.bag.dispose();
    if (how) {
      this.parts.session.end();
      this.parts.call.release(how);
    }
    this.media.close();
    if (this.connectedAt !== null) {
      this.parts.metrics.count('dualstream_h323_legs_ended_total', { reason: reason.kind });
    }
    this.on.emit('ended', { reason });
  }
}
