import { readUint32, RTP_HEADER, writeRtpHeader } from '../../protocol/rtp/header.js';
import { seqAdd, tsAdd } from '../../protocol/rtp/sequence.js';
import { RED_HEADER } from '../../protocol/rtp/red.js';
import type { FecFormat, ResendFormat } from '../vocabulary.js';
import { FecGroup } from '../switch/fec-group.js';
import { Numbering } from '../switch/numbering.js';
import { ResendCache } from '../switch/resend-cache.js';
import type { Drops, Repair } from './drops.js';
import type { LineStats } from '../plane.js';
import type { Latch } from './latch.js';
import type { ShortWay } from './short-way.js';
import type { MediaSocket } from './sockets.js';

/** Headers of a packet, octets. */
const BELOW = 40;
/** Header of a packet that nobody keeps. */
const once = Buffer.alloc(RTP_HEADER);

/** The sending half of one line: headers, counters, resending. */
export class Sender {
  packets = 0;
  /** Whole RTP packets, bytes. */
  bytes = 0;
  /** Payload only, as sender reports count. */
  octets = 0;
  /** Packets sent once more. */
  resent = 0;
  /** Whether our direction lets us send. */
  open = false;
  /** Last timestamp sent, and when; for audio the clock of our sender reports. */
  lastTimestamp = 0;
  lastAt: number | null = null;
  private cache: ResendCache | null = null;
  /** Number for what is sent again by that of the media; none where it goes under that. */
  private again: Map<number, number> | null = null;
  private againSeq: number;
  /** FEC packets sent. */
  protection = 0;
  /** Octets of FEC for each of media, of late. */
  overhead = 0;
  private share = 0;
  /** Since FEC was sent last. */
  private unprotected = 0;
  private fec: FecFormat | null = null;
  private group: FecGroup | null = null;
  /** FEC takes numbers of the stream: from the first on, those of the switch are not those that go out. */
  private numbers: Numbering | null = null;

  /** Keys are being pressed: audio stays out of the way, so that no detector hears both. */
  private held = false;
  /** By which frames of the mixer go out, past this. */
  private way: ShortWay | null = null;
  private readonly ssrc: number;
  private readonly resendSsrc: number;
  private seq: number;
  private readonly timestamp: number;

  /** `first`: random starts for frames of the mixer. */
  constructor(
    private readonly socket: MediaSocket,
    private readonly latch: Latch,
    { ssrc, resendSsrc }: { ssrc: number; resendSsrc: number },
    first: { seq: number; timestamp: number },
    private readonly repairs: Drops<Repair>,
  ) {
    this.ssrc = ssrc;
    this.resendSsrc = resendSsrc;
    this.seq = this.againSeq = first.seq;
    this.timestamp = first.timestamp;
  }

  /** What goes out again has numbers of its own for these formats (RFC 4588). */
  describeResending(formats: readonly ResendFormat[]): void {
    this.again = formats.length > 0 ? new Map(formats.map(({ pt, apt }) => [apt, pt])) : null;
  }

  /** Keeps packets for NACKs, or not. */
  keep(on: boolean): void {
    this.cache = on ? (this.cache ?? new ResendCache()) : null;
  }

  /** How FEC is numbered for the peer; null where there is none. */
  describeFec(fec: FecFormat | null): void {
    this.fec = fec;
    this.group = fec && new FecGroup();
  }

  /** FEC packets for each media packet; 0 sends media as it is. */
  protect(share: number): void {
    if (share === this.share) return;
    this.share = share;
    this.overhead = share;
    this.unprotected = 0;
  }

  /** One video packet with the number and timestamp of the switch. */
  video(pt: number, marker: boolean, seq: number, timestamp: number, payload: Uint8Array): void {
    if (!this.numbers && (this.share === 0 || !this.fec)) return this.send(pt, marker, seq, timestamp, payload);
    this.numbers ??= new Numbering(seqAdd(seq, -1));
    const newest = this.numbers.isNewest(seq);
    const number = this.numbers.input(seq);
    if (number < 0) return;
    if (!this.fec || !this.group || this.share === 0) {
      this.group?.forget();
      return this.send(pt, marker, number, timestamp, payload);
    }
    this.send(this.fec.red, marker, number, timestamp, payload, pt);
    if (!newest) return;
    this.group.add(number, marker ? pt | 0x80 : pt, timestamp, payload);
    this.unprotected += payload.length + BELOW;
    const protection = this.group.take(this.share);
    if (protection.length === 0) return;
    const octets = protection.reduce((sum, fec) => sum + fec.length + BELOW, 0);
    this.overhead += (octets / this.unprotected - this.overhead) / 8;
    this.unprotected = 0;
    this.numbers.expand(seq, protection.length);
    for (const [i, fec] of protection.entries()) {
      this.protection++;
      this.repairs.add('protection');
      this.send(this.fec.red, false, seqAdd(number, i + 1), timestamp, fec, this.fec.ulpfec);
    }
  }

  /** One packet as it is, or in RED where `inner` is the number of what it holds (RFC 2198 §3). */
  private send(
    pt: number,
    marker: boolean,
    seq: number,
    timestamp: number,
    payload: Uint8Array,
    inner: number | null = null,
  ): void {
    const address = this.latch.targetAddress;
    if (!this.open || address === null) return;
    const length = inner === null ? RTP_HEADER : RTP_HEADER + RED_HEADER;
    const header = this.cache || length > RTP_HEADER ? Buffer.allocUnsafe(length) : once;
    writeRtpHeader(header, pt, marker, seq, timestamp, this.ssrc);
    if (inner !== null) header[RTP_HEADER] = inner;
    this.packets++;
    this.bytes += header.length + payload.length;
    this.octets += payload.length;
    this.lastTimestamp = timestamp;
    this.cache?.put(seq, header, payload);
    this.socket.send([header, payload], this.latch.targetPort, address);
  }

  /** Frames of the mixer are not sent, or are again. */
  hold(on: boolean): void {
    this.takeBack();
    this.held = on;
  }

  /** Lets frames of the mixer for `slot` go out by `way` from now on, until anything else is to be sent. */
  handOver(way: ShortWay, slot: number): void {
    const { targetAddress, targetPort } = this.latch;
    if (this.way || !this.open || this.held || targetAddress === null) return;
    const { ssrc, seq, timestamp } = this;
    if (way.hand({ slot, ssrc }, seq, timestamp, targetAddress, targetPort)) this.way = way;
  }

  /** Frames come to `frame` again. */
  takeBack(): void {
    const seq = this.way?.takeBack();
    this.way = null;
    if (seq !== undefined && seq !== null) this.seq = seq;
  }

  /** Frames went the short way; what they are counts as ever. */
  sent(packets: number, octets: number, timestamp: number, at: number): void {
    this.packets += packets;
    this.bytes += packets * RTP_HEADER + octets;
    this.octets += octets;
    this.lastTimestamp = timestamp;
    this.lastAt = at;
  }

  /** One frame of the mixer; its timestamp counts from the stream's start. */
  frame(pt: number, marker: boolean, timestamp: number, payload: Uint8Array, now: number): void {
    if (!this.open || this.held || this.latch.targetAddress === null) return;
    this.takeBack();
    this.seq = seqAdd(this.seq, 1);
    this.lastAt = now;
    this.send(pt, marker, this.seq, tsAdd(this.timestamp, timestamp), payload);
  }

  /** One packet of another line's sound, `step` numbers after the newest one; those that came late are some before it. */
  relayed(pt: number, marker: boolean, step: number, timestamp: number, payload: Uint8Array, now: number): void {
    if (!this.open || this.held || this.latch.targetAddress === null) return;
    this.takeBack();
    const seq = seqAdd(this.seq, step);
    if (step < 0) return this.send(pt, marker, seq, timestamp, payload);
    this.seq = seq;
    this.lastAt = now;
    this.send(pt, marker, seq, timestamp, payload);
  }

  /** One event or data packet; it takes the next number of the stream, whose timestamps the caller keeps. */
  extra(pt: number, marker: boolean, timestamp: number, payload: Uint8Array): void {
    if (!this.open || this.latch.targetAddress === null) return;
    this.takeBack();
    this.seq = seqAdd(this.seq, 1);
    const { lastTimestamp } = this;
    this.send(pt, marker, this.seq, timestamp, payload);
    // sender reports go by the media's own clock
    this.lastTimestamp = lastTimestamp;
  }

  /** A packet without sound under a number that means nothing to the peer (RFC 6263 §4.6), whatever our direction. */
  life(pt: number, now: number, clock: number | undefined): void {
    const address = this.latch.targetAddress;
    if (address === null) return;
    const header = Buffer.allocUnsafe(RTP_HEADER);
    const payload = Buffer.alloc(1);
    this.takeBack();
    this.seq = seqAdd(this.seq, 1);
    writeRtpHeader(header, pt, false, this.seq, this.audioNow(now, clock) ?? this.timestamp, this.ssrc);
    this.packets++;
    this.bytes += header.length + payload.length;
    this.socket.send([header, payload], this.latch.targetPort, address);
  }

  /** The stream's timestamp at `now` in units of `clock`, going on from the last frame where it has the same clock. */
  timestampAt(now: number, clock: number, mediaClock: number): number {
    const since = this.lastAt === null || clock !== mediaClock ? 0 : this.lastAt;
    const base = since === 0 ? this.timestamp : this.lastTimestamp;
    return (base + Math.round(((now - since) * clock) / 1000)) >>> 0;
  }

  /** Where the stream of the mixer is now, in units of `clock`; null before its first frame. */
  audioNow(now: number, clock = 8000): number | null {
    if (this.lastAt === null) return null;
    return (this.lastTimestamp + Math.round(((now - this.lastAt) * clock) / 1000)) >>> 0;
  }

  stats(): Pick<LineStats, 'packetsOut' | 'bytesOut' | 'resentOut' | 'protectionOut'> {
    const { packets: packetsOut, bytes: bytesOut, resent: resentOut, protection: protectionOut } = this;
    return { packetsOut, bytesOut, resentOut, protectionOut };
  }

  /** Sends a packet once more, in the form that was agreed on, if it is still there and was not resent too often. */
  resend(seq: number, now: number): void {
    if (!this.cache?.take(seq, now)) return;
    const header = this.cache.header(seq);
    const payload = this.cache.payload(seq);
    const address = this.latch.targetAddress;
    if (!header || !payload || !this.open || address === null) return;
    this.resent++;
    this.repairs.add('resent');
    const parts = this.wrap(seq, header, payload);
    for (const part of parts) this.bytes += part.length;
    this.socket.send(parts, this.latch.targetPort, address);
  }

  /**
   * RFC 4588 §4: a stream of its own, whose payload begins with the number of what was lost. What was in RED stays there
   * where RED has such a number, else its media goes as it is.
   */
  private wrap(seq: number, header: Uint8Array, payload: Uint8Array): Uint8Array[] {
    const inner = header.length > RTP_HEADER ? header[RTP_HEADER]! : null;
    const whole = this.again?.get(header[1]! & 0x7f);
    const pt = whole ?? (inner === null ? undefined : this.again?.get(inner));
    if (pt === undefined) return [header, payload];
    const red = whole !== undefined && inner !== null;
    this.againSeq = seqAdd(this.againSeq, 1);
    const own = Buffer.allocUnsafe(RTP_HEADER + 2 + (red ? RED_HEADER : 0));
    const marker = (header[1]! & 0x80) !== 0;
    writeRtpHeader(own, pt, marker, this.againSeq, readUint32(header, 4), this.resendSsrc);
    own.writeUInt16BE(seq, RTP_HEADER);
    if (red) own[RTP_HEADER + 2] = inner;
    return [own, payload];
  }
}
