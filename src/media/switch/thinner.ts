import type { VideoPacket } from './source.js';

/** A burst that is let through on top of the rate, and the debt at which pictures stop: both in ms of the rate. */
const BURST = 1000;
const DEBT = -1000;
/** Pictures that no other needs go only while this much is left, ms of the rate. */
const SPARE = 300;
/** After pictures were left out, a keyframe is asked for no sooner than this after the last one, ms. */
const KEYFRAMES_APART = 5000;
/** The receiver counts as short of pictures for this long after one was left out that others need, ms. */
const MEMORY = 10_000;
/** Pictures whose fate is remembered for packets that come late. */
const REMEMBERED = 8;

/**
 * Keeps what one receiver is sent within the rate it takes, by whole pictures: first it leaves out those that no other
 * picture needs (in H.264 nal_ref_idc 0: the upper layers of SVC-T, B pictures), then all up to the next keyframe. Nobody else
 * notices.
 *
 *     all --little left--> without what nothing needs --in debt by a second--> nothing --keyframe, debt paid--> all
 */
export class Thinner {
  /** Pictures left out since the beginning. */
  left = 0;
  private kbps: number | null = null;
  /** Bytes that may be sent now; negative is debt. */
  private room = 0;
  private at = 0;
  private waiting = false;
  private keyAt = Number.NEGATIVE_INFINITY;
  private brokenAt = Number.NEGATIVE_INFINITY;
  private readonly timestamps: number[] = [];
  private readonly fates: boolean[] = [];
  private last = -1;

  /** What the receiver takes, kbit/s; null is everything. */
  limit(kbps: number | null, now: number): void {
    if (kbps === this.kbps) return;
    this.refill(now);
    const before = this.kbps;
    this.kbps = kbps;
    const most = this.bytes(BURST);
    this.room = before === null ? most : Math.min(this.room, most);
    if (kbps === null) this.waiting = false;
  }

  /** Whether the packet goes out. Packets of one picture share its fate, decided at the first of them. */
  admit(packet: VideoPacket, now: number): boolean {
    if (this.kbps === null) return true;
    this.refill(now);
    const known = this.fateOf(packet.timestamp);
    if (known !== null && !packet.key) return this.spend(packet, known);
    if (!packet.key && packet.silent) return this.spend(packet, !this.waiting);
    return this.spend(packet, this.decide(packet, now));
  }

  /** A keyframe would be shown now, and the source was not asked for one lately. True: it is to be asked. */
  wantsKeyframe(now: number): boolean {
    if (!this.waiting || this.kbps === null) return false;
    this.refill(now);
    if (this.room < 0 || now - this.keyAt < KEYFRAMES_APART) return false;
    this.keyAt = now;
    return true;
  }

  /** The receiver does not even get what it needs to follow. */
  short(now: number): boolean {
    return now - this.brokenAt < MEMORY;
  }

  /** Another source begins. */
  reset(): void {
    this.waiting = false;
    this.brokenAt = Number.NEGATIVE_INFINITY;
    this.room = Math.max(this.room, 0);
    this.timestamps.length = 0;
    this.last = -1;
  }

  private decide(packet: VideoPacket, now: number): boolean {
    let goes: boolean;
    if (packet.key) {
      // the debt of a keyframe that nobody asked for here is paid by the pictures after it
      goes = this.room > this.bytes(DEBT);
      this.waiting = !goes;
      if (goes) this.keyAt = now;
    } else if (this.waiting) goes = false;
    else if (packet.disposable) goes = this.room > this.bytes(SPARE);
    else {
      goes = this.room > this.bytes(DEBT);
      this.waiting = !goes;
    }
    if (!goes) this.left++;
    if (this.waiting) this.brokenAt = now;
    this.last = (this.last + 1) % REMEMBERED;
    this.timestamps[this.last] = packet.timestamp;
    this.fates[this.last] = goes;
    return goes;
  }

  private fateOf(timestamp: number): boolean | null {
    const at = this.timestamps.indexOf(timestamp);
    return at < 0 ? null : this.fates[at]!;
  }

  private spend(packet: VideoPacket, goes: boolean): boolean {
    // with the headers of RTP, UDP and IP
    if (goes) this.room -= packet.payload.length + 40;
    return goes;
  }

  private refill(now: number): void {
    const passed = now - this.at;
    this.at = now;
    if (this.kbps !== null) this.room = Math.min(this.bytes(BURST), this.room + this.bytes(passed));
  }

  /** What may be sent in so many ms. */
  private bytes(ms: number): number {
    return ((this.kbps ?? 0) * ms) / 8;
  }
}
