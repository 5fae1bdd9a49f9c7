import type { Frame } from '../frames.js';
import { emptyFrame } from '../frames.js';
import { Bus, addTo } from './bus.js';
import type { Encoder, Rate } from './codecs/codec.js';
import { createEncoder } from './codecs/factory.js';
import type { FrameSink } from './frame-sink.js';
import type { OpusLibrary } from './codecs/opus-library.js';
import type { Counters } from './counters.js';
import { Limiter, limitInto } from './limiter.js';
import type { MixMember } from './member.js';
import { PHASE_MS, bestPhase } from './phases.js';
import { PromptQueue } from './prompts.js';
import { RECORDED_RATE, type Recorder } from './recorder.js';
import { createResampler } from './resample.js';
import type { Resampler } from './resample.js';
import type { Sender } from './sender.js';
import { ActiveSpeaker } from './speaker.js';
import type { SpeakerChange } from './speaker.js';

/** What a mix of its own costs for one member, by codec, and how much of it a room may spend. */
const OWN_MIX_COST = { opus: 80, G722: 10, PCMA: 1, PCMU: 1 } as const;
const OWN_MIX_BUDGET = 320;
/** Who spoke within this time is likely to speak next, ms. */
const RECENT_MS = 60_000;
/** A room is mixed at one moment at least this long, ms. */
const STAY_MS = 3000;
/** Advantage of who is in the mix already where more speak than there is place for, dB: loudness falls by half of it between words. */
const INCUMBENT_DB = 9;

/** One encoder for all that hear the same. */
interface Shared {
  encoder: Encoder;
  /** Tick of its last frame, and that frame. */
  tick: number;
  payload: Uint8Array;
  /** Somebody who heard another encoder hears this one from the next frame on. */
  joined: boolean;
  /** Somebody of those that it is for loses packets. */
  lossy: boolean;
}

/**
 * One conference. Every tick each member's voice is added to the bus of the rate it is sent at, the buses are carried
 * over into each other, and each member is sent its bus less its own voice. Who adds nothing hears what all such
 * members hear, encoded once per codec.
 */
export class MixRoom {
  readonly members = new Map<string, MixMember>();
  /** Moment of each frame's time at which it is mixed, and the tick when it last was. */
  phase = 0;
  ticked = -1;
  private movedAt = -Infinity;
  /** Prompts for everybody. */
  readonly prompts = new PromptQueue();
  private readonly list: MixMember[] = [];
  private readonly buses = new Map<Rate, Bus>();
  private readonly links: { from: Bus; to: Bus; resampler: Resampler; tail: number }[] = [];
  private readonly shared = new Map<string, Shared>();
  private readonly limiter = new Limiter();
  private readonly speaker = new ActiveSpeaker();
  /** How many voices the mix of this tick has. */
  private voices = 0;
  private recorder: Recorder | null = null;
  private readonly frame: Frame = emptyFrame();
  private readonly scratch = {
    8000: new Float32Array(160),
    16000: new Float32Array(320),
    48000: new Float32Array(960),
  };
  private readonly sum = { 8000: new Float32Array(160), 16000: new Float32Array(320), 48000: new Float32Array(960) };

  constructor(
    readonly name: string,
    /** Each member hears itself and nobody else. */
    private readonly echo: boolean,
    private readonly out: FrameSink,
    private readonly counters: Counters,
    private readonly opus?: OpusLibrary,
  ) {}

  add(member: MixMember): void {
    this.members.set(member.id, member);
    this.list.push(member);
    this.refit(member);
  }

  remove(member: MixMember): void {
    this.members.delete(member.id);
    const at = this.list.indexOf(member);
    if (at >= 0) this.list.splice(at, 1);
    member.close();
    this.prune();
  }

  /** A member's formats changed, or what it loses: its shared encoder is made ahead, so that it is up when it is needed. */
  refit(member: MixMember): void {
    if (member.sender) this.sharedOf(member.sender);
    this.prune();
  }

  /** Mixes one frame and sends it; `now` in ms, `tick` counts frames. */
  tick(now: number, tick: number): void {
    this.ticked = tick;
    for (const member of this.list) member.hear(now, tick);
    this.choose();
    this.gather();
    this.combine();
    this.recorder?.take(this.bus(RECORDED_RATE).mix);
    for (const member of this.list) if (member.sender) this.plan(member, member.sender);
    // Own mixes first: who leaves the shared encoder takes over its state of the tick before.
    this.sendAll(true, tick);
    this.sendAll(false, tick);
    for (const member of this.list) if (member.prompts) this.advance(member);
    this.prompts.advance();
  }

  /** What changed among the speakers, after `tick`. */
  speakers(now: number): SpeakerChange {
    return this.speaker.step(now, this.list);
  }

  /**
   * Goes over to the moment at which packets of those who are likely to speak wait least, while nobody does and a gap is no
   * matter. `due`: when it was to be mixed last, ms.
   */
  settle(due: number): void {
    const { list } = this;
    if (due - this.movedAt < STAY_MS || !this.prompts.empty || list.some((member) => member.speaking || member.prompts))
      return;
    const coming = list.filter((member) => !member.muted && !Number.isNaN(member.receiver.ready));
    const recent = coming.filter((member) => member.spokeAt > due - RECENT_MS);
    const likely = (recent.length > 0 ? recent : coming).map((member) => member.receiver.ready);
    if (likely.length === 0) return;
    const phase = bestPhase(likely, due, this.phase);
    if (phase === this.phase) return;
    for (const { receiver } of list) receiver.moved((phase - this.phase) * PHASE_MS);
    this.phase = phase;
    this.movedAt = due;
  }

  /** Records what everybody hears from now on, or (null) not any more. */
  record(recorder: Recorder | null): void {
    this.recorder?.flush();
    this.recorder = recorder;
    if (recorder) this.bus(RECORDED_RATE);
  }

  close(): void {
    this.record(null);
    for (const member of this.list) member.close();
    this.list.length = 0;
    this.members.clear();
    for (const { encoder } of this.shared.values()) encoder.close();
    this.shared.clear();
  }

  /** For dumps. */
  describe(): string {
    return `room ${this.name}: ${this.list.length} members, ${this.speaker.describe()}`;
  }

  /** Takes everybody who can be heard into the mix, or the loudest where that would cost too many own mixes. */
  private choose(): void {
    let cost = 0;
    for (const member of this.list) {
      member.chosen = member.audible;
      if (member.chosen) cost += costOf(member);
    }
    // Who hears nobody else has a mix of its own in any case.
    const full = cost > OWN_MIX_BUDGET && !this.echo;
    const needed = full ? this.chooseLoudest() : 0;
    for (const member of this.list) member.place(full, needed - rankOf(member));
  }

  /** Returns the rank of the last one that found a place. */
  private chooseLoudest(): number {
    const candidates = this.list.filter((m) => m.chosen).sort((a, b) => rankOf(b) - rankOf(a));
    let left = OWN_MIX_BUDGET;
    let last = Infinity;
    for (const member of candidates) {
      const price = costOf(member);
      member.chosen = price <= left;
      if (!member.chosen) continue;
      left -= price;
      last = rankOf(member);
    }
    return last;
  }

  /** Adds up what the members say. */
  private gather(): void {
    for (const bus of this.buses.values()) bus.begin();
    this.voices = 0;
    for (const member of this.list) {
      const bus = this.bus(member.rate);
      member.contribute(bus.rate);
      if (!member.contributing || this.echo) continue;
      bus.add(member.contribution);
      this.voices += voicesOf(member);
    }
  }

  private bus(rate: Rate): Bus {
    let bus = this.buses.get(rate);
    if (bus) return bus;
    bus = new Bus(rate);
    for (const other of this.buses.values()) {
      this.links.push({ from: bus, to: other, resampler: createResampler(rate, other.rate), tail: 0 });
      this.links.push({ from: other, to: bus, resampler: createResampler(other.rate, rate), tail: 0 });
    }
    this.buses.set(rate, bus);
    return bus;
  }

  private combine(): void {
    for (const bus of this.buses.values()) {
      bus.total.set(bus.own);
      this.prompts.addTo(bus.total, bus.rate);
    }
    for (const link of this.links) {
      // After the last contribution one more frame empties the filter.
      if (link.from.busy) link.tail = 1;
      else if (link.tail-- <= 0) {
        link.tail = 0;
        continue;
      }
      link.resampler.addTo(link.to.total, link.from.own);
    }
    let peak = 0;
    for (const bus of this.buses.values()) peak = Math.max(peak, bus.peak());
    this.limiter.step(peak);
    for (const bus of this.buses.values()) bus.finish(this.limiter);
  }

  /** Decides which mix a member hears in this tick. */
  private plan(member: MixMember, sender: Sender): void {
    const alone = member.contributing || member.prompts !== null;
    sender.source = member.deaf ? 'silence' : alone ? 'own' : 'shared';
    if (sender.source === 'own') return;
    const shared = this.sharedOf(sender);
    if (sender.latest !== shared.encoder) shared.joined = true;
  }

  private sendAll(own: boolean, tick: number): void {
    for (const member of this.list) {
      const { sender } = member;
      if (sender && (sender.source === 'own') === own) this.send(member, sender, tick);
    }
  }

  private send(member: MixMember, sender: Sender, tick: number): void {
    const payload = sender.source === 'own' ? this.encodeOwn(member, sender) : this.encodeShared(sender, tick);
    this.frame.payload = payload;
    sender.stamp(this.frame, tick);
    if (!this.out.write(this.frame)) this.counters.add('ring_full');
  }

  private encodeOwn(member: MixMember, sender: Sender): Uint8Array {
    const bus = this.bus(sender.own.rate);
    const own = member.contributing ? member.contribution : null;
    let total = bus.total;
    if (member.prompts ?? this.echo) {
      total = this.sum[bus.rate];
      total.set(bus.total);
      member.prompts?.addTo(total, bus.rate);
      if (this.echo && own) addTo(total, own);
    }
    const pcm = this.scratch[bus.rate];
    limitInto(pcm, total, this.echo ? null : own, this.limiter);
    if (sender.latest !== sender.own) sender.own.begin(sender.latest, bus.last);
    sender.latest = sender.own;
    sender.own.suit({ voices: this.voices - (own ? voicesOf(member) : 0), lossy: member.lossy });
    return sender.own.encode(pcm);
  }

  private sharedOf(sender: Sender): Shared {
    const key = sender.sharedKey;
    const known = this.shared.get(key);
    if (known) return known;
    const made = {
      encoder: createEncoder(sender.format, this.opus),
      tick: -1,
      payload: new Uint8Array(0),
      joined: false,
      lossy: true,
    };
    this.shared.set(key, made);
    return made;
  }

  private encodeShared(sender: Sender, tick: number): Uint8Array {
    const shared = this.sharedOf(sender);
    if (shared.tick !== tick) {
      const bus = this.bus(shared.encoder.rate);
      if (shared.tick !== tick - 1) shared.encoder.begin(sender.latest, bus.last);
      else if (shared.joined) shared.encoder.standAlone();
      shared.encoder.suit({ voices: this.voices, lossy: shared.lossy });
      shared.payload = shared.encoder.encode(sender.source === 'silence' ? silence[bus.rate] : bus.mix);
      shared.tick = tick;
      shared.joined = false;
    }
    sender.latest = shared.encoder;
    return shared.payload;
  }

  /** Frees shared encoders that no member's format needs any more, and has the others do as those lose who need them. */
  private prune(): void {
    for (const [key, shared] of this.shared) {
      const listeners = this.list.filter(({ sender }) => sender && key.endsWith(`/${sender.key}`));
      shared.lossy = listeners.some(({ lossy }) => lossy);
      if (listeners.length > 0) continue;
      shared.encoder.close();
      this.shared.delete(key);
    }
  }

  private advance(member: MixMember): void {
    member.prompts?.advance();
    if (member.prompts?.empty) member.prompts = null;
  }
}

const silence = { 8000: new Float32Array(160), 16000: new Float32Array(320), 48000: new Float32Array(960) };

function rankOf(member: MixMember): number {
  return member.loudness + (member.contributing ? INCUMBENT_DB : 0) + (member.speaking ? 20 : 0);
}

function voicesOf({ speaking }: MixMember): number {
  return speaking ? 1 : 0;
}

function costOf(member: MixMember): number {
  return member.sender ? OWN_MIX_COST[member.sender.format.name] : 0;
}
