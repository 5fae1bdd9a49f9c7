import { NAL_STAP_A, stapEnd } from '../../protocol/rtp/h264.js';
import { seqAdd } from '../../protocol/rtp/sequence.js';
import type { Format, VideoCodecName, VideoFormat } from '../vocabulary.js';
import { FitWatch } from './fit.js';
import { Fragments } from './fragments.js';
import { Numbering } from './numbering.js';
import { choosePayload } from './payload-type.js';
import type { VideoPacket, VideoSource } from './source.js';
import { Thinner } from './thinner.js';
import { Timeline } from './timeline.js';

/** Where a forwarder puts what it makes. */
export interface Outlet {
  /** One RTP packet; the payload stays unchanged and may be kept. */
  send(pt: number, marker: boolean, seq: number, timestamp: number, payload: Uint8Array): void;
  /** What is routed here cannot be sent, and why; null when it can again. `transcodable`: it could, encoded anew. */
  unforwardable(reason: string | null, transcodable: boolean): void;
}

/** The old source goes on for this long while the new one's keyframe is awaited, ms. */
const OVERLAP = 2000;
/** Longest NAL unit sent to a packetization-mode 0 receiver, bytes (RFC 6184 §5.6, H.241 default). */
const LONGEST_NAL = 1400;
/** Least distance of two pictures at a source change, 90 kHz ticks. */
const PICTURE = 3000;

/** What the receiver is told that has no format for the codec. */
const NO_FORMAT: Record<VideoCodecName, string> = {
  H264: 'the receiver takes no H.264',
  VP8: 'the receiver takes no VP8',
  H265: 'the receiver takes no H.265',
  H263: 'the receiver takes no H.263',
  'H263-1998': 'the receiver takes no H.263 of 1998',
  'H263-2000': 'the receiver takes no H.263 of 2000',
  H261: 'the receiver takes no H.261',
};

/** Stands for a packet that is left out where its number was given away already. */
const NOTHING = new Uint8Array(0);

const TOO_MUCH = 'the receiver takes less than the source sends, and gets single pictures';
const FRAIL = 'packets of the source are lost on their way, and it sends nothing again';
const TOO_LONG = `the source fragments NAL units over ${LONGEST_NAL} bytes and the receiver takes packetization mode 0 only`;

/**
 * One receiver of the switch: joins the streams of changing sources to one that never goes backwards, beginning each
 * with a keyframe.
 *
 *     nothing --route--> waiting --keyframe--> forwarding --route--> forwarding the old, waiting for the new
 *     (route(null) leads back to nothing; the old one stops after 2 s at most)
 */
export class Forwarder {
  private readonly numbers: Numbering;
  private readonly times: Timeline;
  private send: readonly Format[] = [];
  private current: VideoSource | null = null;
  private pending: VideoSource | null = null;
  private overlapEnds = 0;
  private epoch = -1;
  private open = false;
  /** Payload type and mode chosen for the source's payload type `sourcePt`. */
  private sourcePt = -1;
  private pt = -1;
  private mode = 1;
  private fragments: Fragments | null = null;
  private reason: string | null = null;
  /** The reason is that the receiver does not take the source's codec. */
  private formatless = false;
  private short = false;
  private readonly fit = new FitWatch();
  private misfit: string | null = null;
  private readonly otherFit = new FitWatch();
  private strict = true;
  private format: VideoFormat | null = null;
  private told: string | null = null;
  /** Keeps to what the receiver takes. */
  readonly thinner = new Thinner();
  /** Set when a picture could not be sent whole; the next keyframe tries again. */
  private stuck = false;
  /** A lower encoding of what is routed here may come: that its source sends too much is no matter yet. */
  hopeful = false;
  /** This is the lower encoding: encoding it anew would make it no smaller. */
  lowered = false;

  /** `seq`, `timestamp`: random starts (RFC 3550 §5.1). */
  constructor(
    private readonly outlet: Outlet,
    seq: number,
    timestamp: number,
  ) {
    this.numbers = new Numbering(seq);
    this.times = new Timeline(timestamp, 90_000, PICTURE);
  }

  /** The source whose packets go out now. */
  get source(): VideoSource | null {
    return this.current;
  }

  /** The source routed here last, forwarded or awaited. */
  get routed(): VideoSource | null {
    return this.pending ?? this.current;
  }

  /** What is added to the present source's timestamps. */
  get shift(): number {
    return this.times.shift;
  }

  /**
   * What the receiver takes, after each negotiation; `open` false while it wants nothing (hold). `strict`: its level is all
   * that it takes.
   */
  describe(send: readonly Format[], open: boolean, strict = true): void {
    this.send = send;
    this.strict = strict;
    this.sourcePt = -1;
    if (open && !this.open && this.routed) this.rejoin(this.routed);
    this.open = open;
  }

  /**
   * From the keyframe on, `source` goes out; the one before it goes on for `overlap` ms at most, null: as long as was said
   * before.
   */
  route(source: VideoSource | null, now: number, overlap: number | null = OVERLAP): void {
    if (source === this.routed) return;
    if (source === null || source === this.current) {
      this.pending = null;
      if (source === null) this.stop();
      return;
    }
    this.pending = source;
    if (overlap !== null) this.overlapEnds = now + overlap;
    source.wantKeyframe(true);
  }

  /** Regular work. */
  tick(now: number): void {
    if (this.thinner.wantsKeyframe(now)) this.refresh();
    this.short = this.thinner.short(now);
    this.misfit = this.judge();
    this.say();
  }

  /** The receiver lost a picture. */
  refresh(): void {
    this.routed?.wantKeyframe();
    // what goes on until something else comes, however late, is not to stand still meanwhile
    if (this.pending && this.overlapEnds === Number.POSITIVE_INFINITY) this.current?.wantKeyframe();
  }

  /** A source went away. */
  gone(source: VideoSource): void {
    if (this.pending === source) this.pending = null;
    if (this.current === source) this.stop();
  }

  /** One packet of `source`, which may be routed here or not any more. */
  input(source: VideoSource, now: number): void {
    const packet = source.packet;
    if (!this.open) return;
    if (source === this.pending && packet.key) this.join(source);
    else if (source !== this.current) return;
    else if (this.pending !== null && now > this.overlapEnds) {
      this.current = null;
      return;
    } else if (source.epoch !== this.epoch) {
      if (packet.key) this.join(source);
      else {
        source.wantKeyframe();
        return;
      }
    }
    if (packet.pt !== this.sourcePt) this.choose(source, packet.pt);
    if (this.pt < 0) return;
    if (packet.key && this.stuck) this.stuck = false;
    // asked first: sets in front take the packet's own number
    const newest = this.numbers.isNewest(packet.seq);
    if (!this.thinner.admit(packet, now)) {
      this.leaveOut(packet, newest, now);
      return;
    }
    if (packet.bare && newest) this.putSets(source, packet, now);
    if (this.mode === 1 || packet.view.kind === 'single') this.put(packet, packet.payload, now);
    // room can be changed at the newest packet only
    else if (!newest) return;
    else if (packet.view.kind === 'stap') this.split(packet, now);
    else this.assemble(packet, now);
    if (packet.marker && packet.view.last && this.reason !== null && !this.stuck) this.explain(null);
  }

  /** Number `seq` of `source` stands for nothing: FEC, or what nobody needs. */
  absent(source: VideoSource, seq: number, timestamp: number, now: number): void {
    if (!this.open || source !== this.current || source.epoch !== this.epoch || this.pt < 0) return;
    this.leaveOut({ seq, timestamp }, this.numbers.isNewest(seq), now);
  }

  /** Whether the receiver's level takes the pictures of a source, whatever goes out now. */
  takes(source: VideoSource): boolean {
    const { format } = this;
    if (!this.strict || format === null) return true;
    return this.otherFit.judge(source.sets.sequence, source.rate.fps, format, this.send) === null;
  }

  /** Macroblocks of the largest picture that the receiver takes. */
  get largest(): number {
    return this.strict && this.format?.name === 'H264' ? this.format.maxFs : Number.POSITIVE_INFINITY;
  }

  /** A hole in the numbers would be taken for loss. */
  private leaveOut(packet: Pick<VideoPacket, 'seq' | 'timestamp'>, newest: boolean, now: number): void {
    if (newest) this.numbers.drop(packet.seq);
    else {
      const seq = this.numbers.input(packet.seq);
      if (seq >= 0) this.outlet.send(this.pt, false, seq, this.times.input(packet.timestamp, now), NOTHING);
    }
  }

  /** What goes out may still help: it goes on, while who can do better is told. */
  private judge(): string | null {
    const { current, format } = this;
    if (!current || !this.strict || this.sourcePt < 0) return null;
    return this.fit.judge(current.sets.sequence, current.rate.fps, format, this.send);
  }

  private join(source: VideoSource): void {
    this.current = source;
    this.pending = null;
    this.epoch = source.epoch;
    this.sourcePt = -1;
    this.stuck = false;
    this.thinner.reset();
    this.numbers.sync();
    this.times.sync();
  }

  /** Begins again with the next keyframe of the source routed here. */
  private rejoin(source: VideoSource): void {
    this.current = source;
    this.pending = null;
    this.epoch = -1;
    source.wantKeyframe(true);
  }

  private stop(): void {
    this.current = null;
    this.explain(null);
  }

  private choose(source: VideoSource, sourcePt: number): void {
    const from = source.format(sourcePt);
    const format = choosePayload(from, this.send);
    this.sourcePt = sourcePt;
    this.format = format;
    this.pt = format?.pt ?? -1;
    this.mode = format?.name === 'H264' ? format.mode : 1;
    if (!format) this.explain(NO_FORMAT[from?.name ?? 'H264']);
    else if (this.formatless) this.explain(null);
    this.formatless = format === null;
  }

  private explain(reason: string | null): void {
    this.reason = reason;
    this.say();
  }

  private say(): void {
    const short = this.short && this.current ? TOO_MUCH : null;
    const worse = this.hopeful ? null : (this.misfit ?? short);
    const reason = this.reason ?? worse ?? (this.current?.frail ? FRAIL : null);
    if (reason === this.told) return;
    this.told = reason;
    const helpless = this.formatless || reason === FRAIL || (reason === TOO_MUCH && this.lowered);
    this.outlet.unforwardable(reason, reason !== null && !helpless);
  }

  /** Parameter sets as packets of their own before a keyframe that came without. */
  private putSets(source: VideoSource, packet: VideoPacket, now: number): void {
    const sets = source.sets.list;
    this.numbers.insert(packet.seq, sets.length);
    const last = this.numbers.input(packet.seq);
    if (this.numbers.restarted) this.times.sync();
    const timestamp = this.times.input(packet.timestamp, now);
    for (let i = 0; i < sets.length; i++)
      this.outlet.send(this.pt, false, seqAdd(last, i - sets.length), timestamp, sets[i]!);
  }

  private put(packet: VideoPacket, payload: Uint8Array, now: number): void {
    if (this.stuck) {
      if (this.numbers.isNewest(packet.seq)) this.numbers.drop(packet.seq);
      return;
    }
    const seq = this.numbers.input(packet.seq);
    if (seq < 0) return;
    if (this.numbers.restarted) this.times.sync();
    this.outlet.send(this.pt, packet.marker, seq, this.times.input(packet.timestamp, now), payload);
  }

  /** STAP-A for a mode 0 receiver: its NAL units one by one. */
  private split(packet: VideoPacket, now: number): void {
    if (this.stuck) {
      this.numbers.drop(packet.seq);
      return;
    }
    const payload = packet.payload;
    let seq = this.numbers.input(packet.seq);
    if (this.numbers.restarted) this.times.sync();
    const timestamp = this.times.input(packet.timestamp, now);
    let extra = -1;
    for (let at = payload[0]! % 32 === NAL_STAP_A ? 1 : payload.length; at < payload.length;) {
      const end = stapEnd(payload, at, payload.length);
      const marker = packet.marker && end === payload.length;
      this.outlet.send(this.pt, marker, seq, timestamp, payload.subarray(at + 2, end));
      seq = seqAdd(seq, 1);
      extra++;
      at = end;
    }
    if (extra > 0) this.numbers.expand(packet.seq, extra);
  }

  /** FU-A for a mode 0 receiver: possible only when the NAL unit fits one packet. */
  private assemble(packet: VideoPacket, now: number): void {
    this.fragments ??= new Fragments(LONGEST_NAL);
    const state = this.stuck
      ? 'more'
      : this.fragments.input(packet.seq, packet.payload, packet.view.first, packet.view.last);
    if (state === 'whole') {
      this.put(packet, this.fragments.nal(), now);
      return;
    }
    this.numbers.drop(packet.seq);
    if (state !== 'long') return;
    this.stuck = true;
    this.explain(TOO_LONG);
  }
}
