import { DelayEstimator } from './delay.js';

/** One payload waiting for its turn. Positions are unwrapped: they never go around. */
export interface Packet {
  seq: number;
  /** First and last-plus-one RTP tick. */
  from: number;
  to: number;
  /** Arrival, ms. */
  at: number;
  /** Its own memory, which a later packet may get once this one is given back. */
  payload: Uint8Array;
}

/** What to do for the next stretch of time. */
export type Pull =
  /** Play this packet. */
  | { kind: 'packet'; packet: Packet }
  /** 20 ms are lost; `next` is the packet directly behind them, if it has arrived. */
  | { kind: 'lost'; next: Packet | null }
  /** Nothing has arrived in time; what is missing may still come. */
  | { kind: 'dry' }
  /** No stream at the moment (not begun, or paused for long). */
  | { kind: 'idle' };

/** Whether the buffer holds more delay than it needs. */
export type Surplus = 'none' | 'some' | 'urgent';

const idle: Pull = { kind: 'idle' };
const dry: Pull = { kind: 'dry' };

/** What became of a pushed packet. */
export type Push = 'taken' | 'late' | 'duplicate' | 'jump' | 'full';

const SLOTS = 128;
/** So many packets given back are kept for later ones, each with room for most payloads of 20 ms, octets. */
const SPARE_PACKETS = 8;
const PAYLOAD_ROOM = 192;
/** A packet waits at least this long before a stream begins, ms: covers the usual scatter of a quiet network. */
const FIRST_WAIT_MS = 5;
/** Headroom over the measured jitter, ms. */
const MARGIN_MS = 5;
/** With more jitter than this there is no moment of a frame's time at which packets come, ms. */
const STEADY_MS = 8;
const MIN_TARGET_MS = 20;
const MAX_TARGET_MS = 200;
/** Nothing for this long is a pause, not lateness; a longer gap in timestamps is jumped, ms. */
const PAUSE_MS = 200;
/** Sequence numbers further away than this belong to another stream. */
const FOREIGN = 500;
/** Timestamps that go back by more than this belong to another stream, ms. */
const BACK_MS = 500;
/** Packets looked at before delay is given back, and how many must pass between two frames left out. */
const REVIEW = 100;
const BREATH = 5;
/** This many packets too late within one review ask for more delay. */
const LATE_ALLOWED = 2;
/** With more sound than this in the buffer, all but what the target asks for is thrown away, ms. */
const FLOOD_MS = 400;

function emptyPacket(): Packet {
  return { seq: 0, from: 0, to: 0, at: 0, payload: new Uint8Array(PAYLOAD_ROOM) };
}

/**
 * Adaptive jitter buffer in RTP ticks of one clock. A stream begins with the delay that the measured jitter asks for;
 * the delay grows when the buffer runs dry (what comes late is then played, not dropped) or packets keep coming after
 * their turn, and is given back frame by frame when (nearly) no packet of the last two seconds needed it. Pure: times are given.
 */
export class JitterBuffer {
  private readonly slots: (Packet | null)[] = Array.from({ length: SLOTS }, () => null);
  /** Packets given back. */
  private readonly free: Packet[] = [];
  /** The packet to play, as `pull` tells of it. */
  private readonly playable: { kind: 'packet'; packet: Packet } = { kind: 'packet', packet: emptyPacket() };
  /** Sequence numbers played, by slot. */
  private readonly played = new Float64Array(SLOTS).fill(-1);
  private readonly delay = new DelayEstimator();
  private readonly frame: number;
  private readonly perMs: number;
  private begun = false;
  private playing = false;
  /** Next tick to play. */
  private cursor = 0;
  /** Lowest sequence number not played; highest seen, and its first and last-plus-one tick. */
  private low = 0;
  private high = 0;
  private highFrom = 0;
  private highTo = 0;
  /** Ticks concealed since the buffer ran dry, without moving the cursor. */
  private debt = 0;
  /** How long the buffer has been dry, ms. */
  private thirst = 0;
  /** Delay added by running dry, ticks. */
  private grown = 0;
  private reviewed = 0;
  /** The two shortest waits of this review, ms. */
  private shortest = Infinity;
  private second = Infinity;
  private tooLate = 0;
  /** Frames to insert so that the delay grows. */
  private stretch = 0;
  private flooded = 0;
  /** How long before its turn the last packet played had to be there by the jitter measured, ms; less than 0 if after it. */
  private slack = 0;
  /** Frames that the last review found superfluous; without patience they go even while somebody speaks. */
  private spare = 0;
  private patience = true;
  private stranger: { seq: number; timestamp: number; ticks: number; at: number; payload: Uint8Array } | null = null;

  /** `clock` in Hz. */
  constructor(clock: number) {
    this.perMs = clock / 1000;
    this.frame = clock / 50;
  }

  /** Delay a stream begins with, ms: whole frames, 20 to 200. */
  get targetMs(): number {
    const wanted = Math.ceil((this.delay.jitterMs + MARGIN_MS) / 20) * 20;
    return Math.min(MAX_TARGET_MS, Math.max(MIN_TARGET_MS, wanted));
  }

  /** Lateness of the slowest packets, ms. */
  get jitterMs(): number {
    return this.delay.jitterMs;
  }

  /** When the latest packet may be played at the earliest, ms; NaN when nothing comes, or at any time. */
  get ready(): number {
    if ((!this.playing && this.low > this.high) || this.delay.jitterMs > STEADY_MS) return NaN;
    return this.delay.base + this.highFrom / this.perMs + this.delay.jitterMs + MARGIN_MS;
  }

  /** Takes a packet of `ticks` RTP ticks, the payload by copy; `seq` and `timestamp` as on the wire. */
  push(seq: number, timestamp: number, ticks: number, at: number, payload: Uint8Array): Push {
    if (!this.begun) this.begin(seq, timestamp);
    const extended = this.high + (((seq - this.high) << 16) >> 16);
    const from = this.highFrom + ((timestamp - this.highFrom) | 0);
    const back = extended > this.high && from < this.highFrom - BACK_MS * this.perMs;
    if (Math.abs(extended - this.high) > FOREIGN || back) return this.foreign(seq, timestamp, ticks, at, payload);
    this.stranger = null;
    const slot = extended & (SLOTS - 1);
    const held = this.slots[slot];
    if (held?.seq === extended || this.played[slot] === extended) return 'duplicate';
    if (!this.playing && this.low > this.high) this.delay.resume(at, from / this.perMs);
    this.delay.push(at, from / this.perMs);
    if (extended < this.low || (this.playing && from + ticks <= this.cursor)) return this.missed();
    if (held) return 'full';
    this.slots[slot] = this.hold(extended, from, from + ticks, at, payload);
    if (extended >= this.high) {
      this.high = extended;
      this.highFrom = from;
      this.highTo = from + ticks;
    }
    return 'taken';
  }

  /** What to play at `now` (ms) once everything before has been played; the answer is valid until the next call. */
  pull(now: number): Pull {
    if (this.playing && this.stretch > 0) return this.insert();
    if (this.playing && this.highTo - this.cursor > FLOOD_MS * this.perMs) this.shed();
    const packet = this.first();
    if (!packet) return this.playing ? this.dry() : idle;
    if (!this.playing && !this.start(packet, now)) return idle;
    const late = this.debt > 0 && packet.seq === this.low;
    let gap = packet.from - this.cursor;
    if (gap > this.debt && gap <= PAUSE_MS * this.perMs && !late) {
      gap -= this.debt;
      this.debt = 0;
      this.cursor = packet.from - gap + Math.min(gap, this.frame);
      return { kind: 'lost', next: gap <= this.frame && packet.seq !== this.low ? packet : null };
    }
    return this.play(packet, gap, now);
  }

  /** The caller is done with a packet that it was given to play. */
  recycle(packet: Packet): void {
    if (this.free.length < SPARE_PACKETS) this.free.push(packet);
  }

  /** Whether a frame may be left out to shorten the delay; `urgent`: whatever is being said. */
  get surplus(): Surplus {
    if (this.spare < 1 || this.reviewed < BREATH) return 'none';
    return this.patience ? 'some' : 'urgent';
  }

  /** All pulls come `ms` later from now on, or earlier: whole frames of delay that nobody needs for it are given back. */
  moved(ms: number): void {
    if (!this.playing) return;
    this.rest();
    this.spare = Math.max(0, Math.floor((this.slack + ms) / 20));
  }

  /** Packets thrown away because far too much had piled up, since the last call. */
  takeFlooded(): number {
    const { flooded } = this;
    this.flooded = 0;
    return flooded;
  }

  /** The caller left 20 ms out. */
  shortened(): void {
    this.spare -= 1;
    this.nextReview();
    this.grown = Math.max(0, this.grown - this.frame);
  }

  reset(): void {
    this.slots.fill(null);
    this.played.fill(-1);
    this.delay.reset();
    this.begun = false;
    this.pause();
    this.stranger = null;
  }

  /** For dumps. */
  describe(): string {
    return `${this.playing ? 'playing' : 'idle'} at ${this.cursor}, next ${this.low}, target ${this.targetMs} ms`;
  }

  private hold(seq: number, from: number, to: number, at: number, payload: Uint8Array): Packet {
    const packet = this.free.pop() ?? emptyPacket();
    packet.seq = seq;
    packet.from = from;
    packet.to = to;
    packet.at = at;
    const { length } = payload;
    if (packet.payload.length !== length) {
      const { buffer } = packet.payload;
      packet.payload = buffer.byteLength < length ? new Uint8Array(length) : new Uint8Array(buffer, 0, length);
    }
    packet.payload.set(payload);
    return packet;
  }

  private begin(seq: number, timestamp: number): void {
    this.begun = true;
    this.low = this.high = seq;
    this.highFrom = this.highTo = timestamp;
  }

  /** RFC 3550 A.1: a second packet in sequence makes a jump real; a single one is noise. */
  private foreign(seq: number, timestamp: number, ticks: number, at: number, payload: Uint8Array): Push {
    const before = this.stranger;
    if (!before || ((before.seq + 1) & 0xffff) !== seq) {
      this.stranger = { seq, timestamp, ticks, at, payload: payload.slice() };
      return 'jump';
    }
    this.reset();
    this.push(before.seq, before.timestamp, before.ticks, before.at, before.payload);
    return this.push(seq, timestamp, ticks, at, payload);
  }

  private first(): Packet | null {
    for (let seq = this.low; seq <= this.high; seq += 1) {
      const packet = this.slots[seq & (SLOTS - 1)];
      if (packet && packet.seq === seq) return packet;
    }
    return null;
  }

  /** Begins a stream, or goes on after a pause, once its first packet has waited as long as jitter asks for. */
  private start(packet: Packet, now: number): boolean {
    const enough = this.highTo - packet.from > this.targetMs * this.perMs;
    const due = this.delay.base + packet.from / this.perMs + this.delay.jitterMs + MARGIN_MS;
    if (!enough && now < Math.max(packet.at + FIRST_WAIT_MS, Math.min(due, packet.at + MAX_TARGET_MS))) return false;
    this.cursor = packet.from;
    this.playing = true;
    return true;
  }

  private dry(): Pull {
    this.thirst += 20;
    if (this.thirst > PAUSE_MS) {
      this.pause();
      return idle;
    }
    this.rest();
    // The delay grows by not moving on; at its limit lateness turns into loss.
    if (this.grown + this.debt < MAX_TARGET_MS * this.perMs) this.debt += this.frame;
    else this.cursor += this.frame;
    return dry;
  }

  private pause(): void {
    this.playing = false;
    this.debt = this.grown = this.thirst = 0;
    this.stretch = 0;
    this.rest();
  }

  /** Begins a new review. */
  private rest(): void {
    this.spare = 0;
    this.patience = true;
    this.nextReview();
  }

  private nextReview(): void {
    this.reviewed = this.tooLate = 0;
    this.shortest = this.second = Infinity;
  }

  /** A packet came after its turn. */
  private missed(): Push {
    this.tooLate += 1;
    if (this.playing && this.tooLate >= LATE_ALLOWED && this.grown < MAX_TARGET_MS * this.perMs) {
      this.stretch = 1;
      this.rest();
    }
    return 'late';
  }

  private insert(): Pull {
    this.stretch -= 1;
    this.grown += this.frame;
    return dry;
  }

  /** Throws the oldest packets away until no more than the target is left. */
  private shed(): void {
    const keep = this.highTo - (this.targetMs + 20) * this.perMs;
    for (let packet = this.first(); packet && packet.to <= keep; packet = this.first()) {
      this.slots[packet.seq & (SLOTS - 1)] = null;
      this.low = packet.seq + 1;
      this.cursor = packet.to;
      this.flooded += 1;
    }
    this.debt = 0;
  }

  private play(packet: Packet, gap: number, now: number): Pull {
    this.grown += Math.max(0, this.debt - Math.max(0, gap));
    this.debt = this.thirst = 0;
    this.slots[packet.seq & (SLOTS - 1)] = null;
    this.played[packet.seq & (SLOTS - 1)] = packet.seq;
    this.low = packet.seq + 1;
    this.cursor = packet.to;
    this.slack = now - (this.delay.base + packet.from / this.perMs + this.delay.jitterMs + MARGIN_MS);
    this.review(now - packet.at);
    this.playable.packet = packet;
    return this.playable;
  }

  /** One short wait in a hundred may be chance; the second shortest is what the delay must be kept for. */
  private review(waited: number): void {
    if (waited < this.shortest) {
      this.second = this.shortest;
      this.shortest = waited;
    } else if (waited < this.second) this.second = waited;
    this.reviewed += 1;
    if (this.reviewed < REVIEW) return;
    const spare = Math.max(0, Math.floor((this.second - MARGIN_MS) / 20));
    this.patience = this.spare === 0;
    this.spare = spare;
    this.nextReview();
  }
}
