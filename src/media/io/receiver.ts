import { emptyRtpHeader, readRtp, type RtpHeader } from '../../protocol/rtp/header.js';
import { Reception } from '../../protocol/rtp/reception.js';
import { seqAdd } from '../../protocol/rtp/sequence.js';
import { DigitReader, decodeTelephoneEvent, type Digit } from '../../protocol/rtp/telephone-event.js';
import { emptyFrame } from '../frames.js';
import type { LineParams, LineStats } from '../plane.js';
import type { Forwarder } from '../switch/forwarder.js';
import type { VideoSource } from '../switch/source.js';
import type { LineContext, LineIdentity } from './context.js';
import { DataGuard } from './data-guard.js';
import type { DropReason } from './drops.js';
import { FecInput } from './fec-input.js';
import { PT_DATA, PT_EVENT, PT_FEC, PT_MEDIA, PT_NONE, PT_RED, PT_RESENT, ReceiveFormats } from './formats.js';
import type { Latch } from './latch.js';
import { LossWatch, REORDERING } from './loss-watch.js';
import type { LineEvent } from './messages.js';
import { SourceClock } from './source-clock.js';

/** A second SSRC on a video line is believed once the first has been quiet for this long, ms. */
const SSRC_HANDOVER = 300;
/** FEC is waited for no longer than this before the source is asked to send again, ms. */
const FEC_BEFORE_NACK = 60;

/** What the receiving half reports to its line. */
export interface ReceiverSignals {
  keyframe(): void;
  heard(now: number): void;
  /** `losses` of a video line are to be judged. */
  missing(now: number): void;
  event(event: LineEvent): void;
  /** Opaque frames of a data line, within what one may send. */
  data(payload: Uint8Array, marker: boolean): void;
  /** Sound that goes to another line as it is; false where it is the mixer's. */
  sound(packet: RtpHeader, payload: Uint8Array, now: number): boolean;
  /** Sound that went to the mixer. */
  mixed(packet: RtpHeader): void;
}

const header = emptyRtpHeader();
const frame = emptyFrame();

/** The receiving half of one line: checks, counts and hands on each RTP packet. */
export class Receiver {
  packets = 0;
  bytes = 0;
  strangers = 0;
  /** When the last packet of the stream came. */
  heardAt = 0;
  reception: Reception | null = null;
  timing: SourceClock;
  /** Lost packets of a video line. */
  readonly losses = new LossWatch();
  /** Receivers of this line's video. */
  sinks: readonly Forwarder[] = [];
  /** Packets that FEC brought back. */
  recovered = 0;
  private fec: FecInput | null = null;
  /** How long FEC may keep anything else from being done, ms. */
  private fecPatience = FEC_BEFORE_NACK;
  private readonly formats = new ReceiveFormats();
  private readonly digits = new DigitReader();
  private readonly dataGuard = new DataGuard();
  private described = false;
  private open = false;
  private restarts = 0;
  private lostBefore = 0;

  constructor(
    private readonly identity: LineIdentity,
    private readonly context: LineContext,
    private readonly latch: Latch,
    private readonly source: VideoSource,
    private readonly signals: ReceiverSignals,
  ) {
    this.timing = new SourceClock(identity.kind === 'video' ? 90_000 : 8000);
  }

  /** What may arrive, after each negotiation; `open` false while our direction excludes receiving. */
  describe(params: LineParams, open: boolean): void {
    const before = this.formats.clock;
    this.formats.describe(this.identity.kind, params);
    if (this.formats.clock !== before || !this.described) this.timing = new SourceClock(this.formats.clock);
    this.described = true;
    this.open = open;
    const fecPt = params.fec?.receive.ulpfec ?? null;
    if (fecPt !== (this.fec?.fecPt ?? null)) this.fec = fecPt === null ? null : new FecInput(fecPt);
    this.fecPatience = params.feedback.nack ? FEC_BEFORE_NACK : Number.POSITIVE_INFINITY;
  }

  /** Packets missing since the line opened. */
  get lost(): number {
    return this.lostBefore + (this.reception?.lost ?? 0);
  }

  stats(): Pick<LineStats, 'packetsIn' | 'bytesIn' | 'lostIn' | 'jitterMs' | 'strangers' | 'recoveredIn'> {
    const { packets: packetsIn, bytes: bytesIn, lost: lostIn, strangers, recovered: recoveredIn } = this;
    return { packetsIn, bytesIn, lostIn, jitterMs: this.reception?.jitterMs ?? 0, strangers, recoveredIn };
  }

  countStranger(): void {
    this.strangers++;
    this.context.drops.add('stranger');
  }

  /** A datagram that is no media. Keep-alives use free numbers (RFC 6263 §4.6): they prove life and nothing else. */
  unused(why: DropReason, address: string, port: number, now: number): void {
    if (this.latch.knows(address, port)) this.signals.heard(now);
    this.context.drops.add(why);
  }

  /** A digit whose end packets were lost. */
  expireDigit(now: number): Digit | null {
    return this.digits.expire(now);
  }

  /** One datagram that is not RTCP. */
  input(data: Buffer, address: string, port: number, now: number): void {
    const { drops } = this.context;
    const fault = readRtp(data, header);
    if (fault !== null) return drops.add(`rtp_${fault}`);
    if (!this.described) return drops.add('early');
    if (this.formats.isLife(header)) return this.takeLife(address, port, now);
    let meaning = this.formats.of(header.pt);
    if (meaning === PT_RESENT) {
      if (!this.latch.knows(address, port)) return this.countStranger();
      if (!this.unwrap(data, header)) return;
      meaning = this.formats.of(header.pt);
    }
    if (this.fec) {
      this.fec.plain(header);
      if (meaning === PT_RED) {
        if (!this.fec.unwrap(data, header)) return drops.add('red_malformed');
        meaning = this.formats.of(header.pt);
      }
    }
    if (meaning === PT_NONE || meaning === PT_RED) return this.unused('unknown_payload_type', address, port, now);
    if (!this.latch.admit(address, port, header.ssrc, now)) return this.countStranger();
    this.signals.heard(now);
    if (!this.open) return drops.add('not_receiving');
    const reception = this.follow(now);
    if (!reception) return drops.add('second_ssrc');
    const first = this.packets++ === 0;
    this.bytes += data.length;
    this.heardAt = now;
    const usable = reception.input(header.seq, header.timestamp, now);
    if (first) this.signals.event({ name: 'flowing', value: undefined });
    if (!usable) return drops.add('far_off_sequence');
    if (reception.restarts !== this.restarts) {
      this.restarts = reception.restarts;
      this.restart();
    }
    if (this.fec) return this.takeProtected(data, meaning === PT_FEC, reception, now);
    if (this.identity.kind === 'video') this.losses.input(header.seq, reception.gap, now);
    if (header.payloadStart === header.payloadEnd) return;
    const payload = data.subarray(header.payloadStart, header.payloadEnd);
    if (meaning === PT_DATA) this.takeData(payload, now);
    else if (meaning === PT_EVENT) this.takeEvent(payload, now);
    else if (this.identity.kind === 'audio') this.takeAudio(payload, now);
    else this.takeVideo(payload, now);
    // After the packet itself: it is forwarded first, and it may be what was missing.
    if (this.losses.due(now)) this.signals.missing(now);
  }

  /** A packet of sound went to the mixer by the short way, next in the stream of the one before. */
  took(seq: number, timestamp: number, octets: number, now: number): void {
    this.latch.stay(now);
    this.signals.heard(now);
    this.packets++;
    this.bytes += octets;
    this.heardAt = now;
    this.reception?.input(seq, timestamp, now);
    this.timing.packet(timestamp, now);
  }

  private takeLife(address: string, port: number, now: number): void {
    if (this.latch.admitLife(address, port, now)) this.signals.heard(now);
    else this.countStranger();
  }

  /**
   * Makes of a packet sent again (RFC 4588 §4) what was lost. False when it is not awaited, or pads only. There is one
   * stream on a line, so that it belongs to that one whatever its own SSRC is (§5.3).
   */
  private unwrap(data: Buffer, into: RtpHeader): boolean {
    const { reception } = this;
    if (!reception || into.payloadEnd - into.payloadStart <= 2) return false;
    const seq = data.readUInt16BE(into.payloadStart);
    if (!this.losses.misses(seq)) return false;
    into.pt = this.formats.resentAs(into.pt);
    into.ssrc = reception.ssrc;
    into.seq = seq;
    into.payloadStart += 2;
    return true;
  }

  /** One packet of a source with FEC, and what can be brought back with it. */
  private takeProtected(data: Buffer, isFec: boolean, reception: Reception, now: number): void {
    const fec = this.fec!;
    const wait = Math.max(REORDERING, Math.min(this.fecPatience, fec.wait(now)));
    this.losses.input(header.seq, reception.gap, now, wait);
    // it came late, after FEC had brought it back
    if (fec.has(header.seq)) return;
    if (!fec.take(data, header, isFec, now)) this.context.drops.add('fec_malformed');
    this.settleAround(header.seq, now);
    if (isFec) this.leaveOut(header.seq, header.timestamp, now);
    else this.takeWanted(data, now);
    for (let more = fec.next(reception.ssrc, header); more; more = fec.next(reception.ssrc, header)) {
      this.recovered++;
      this.context.repairs.add('recovered');
      fec.took(this.losses.forget(header.seq, now));
      this.settleAround(header.seq, now);
      if (this.formats.of(header.pt) === PT_MEDIA) this.takeWanted(more, now);
    }
    if (this.losses.due(now)) this.signals.missing(now);
  }

  /** The packet in `header`, unless its number was given away when nobody seemed to need it. */
  private takeWanted(data: Buffer, now: number): void {
    const { seq, payloadStart, payloadEnd } = header;
    if (payloadStart < payloadEnd && !this.fec!.isSettled(seq, now))
      this.takeVideo(data.subarray(payloadStart, payloadEnd), now);
  }

  /** What is missing beside packet `seq` may turn out to be no loss. */
  private settleAround(seq: number, now: number): void {
    for (const step of [-1, 1]) {
      let at = seqAdd(seq, step);
      if (!this.losses.misses(at) || !this.fec!.needless(at, this.source.sets.list)) continue;
      const run = [at];
      while (this.losses.misses((at = seqAdd(at, step)))) run.push(at);
      // in their order, so that their numbers are given away where they have not been yet
      for (const one of step === 1 ? run : run.reverse()) {
        this.losses.forget(one, now);
        this.fec!.settle(one, now);
        this.leaveOut(one, header.timestamp, now);
      }
    }
  }

  private leaveOut(seq: number, timestamp: number, now: number): void {
    const sinks = this.sinks;
    for (let i = 0; i < sinks.length; i++) sinks[i]!.absent(this.source, seq, timestamp, now);
  }

  /** Statistics of the packet's SSRC; a new SSRC replaces the old one. Null: it may not yet. */
  private follow(now: number): Reception | null {
    const current = this.reception;
    if (current?.ssrc === header.ssrc) return current;
    if (current && this.identity.kind === 'video' && now - this.heardAt < SSRC_HANDOVER) return null;
    this.lostBefore = this.lost;
    this.reception = new Reception(header.ssrc, this.formats.clockOf(header.pt));
    this.restarts = 0;
    this.timing = new SourceClock(this.formats.clockOf(header.pt));
    this.restart();
    return this.reception;
  }

  /** Numbers of before mean nothing now. */
  private restart(): void {
    this.source.restart();
    this.losses.reset();
    this.fec?.reset();
  }

  private takeEvent(payload: Uint8Array, now: number): void {
    const event = decodeTelephoneEvent(payload);
    if (!event) return;
    const { ssrc, timestamp, marker } = header;
    const digit = this.digits.input(event, { ssrc, timestamp, marker, clock: this.formats.clockOf(header.pt) }, now);
    if (digit) this.signals.event({ name: 'digit', value: digit });
  }

  private takeData(payload: Uint8Array, now: number): void {
    const fault = this.dataGuard.fault(payload.length, now);
    if (fault !== null) return this.context.drops.add(fault);
    this.signals.data(payload, header.marker);
  }

  private takeAudio(payload: Uint8Array, now: number): void {
    this.timing.packet(header.timestamp, now);
    if (this.signals.sound(header, payload, now)) return;
    frame.slot = this.identity.slot;
    frame.pt = header.pt;
    frame.marker = header.marker;
    frame.seq = header.seq;
    frame.timestamp = header.timestamp;
    frame.at = now + this.context.frameOrigin;
    frame.payload = payload;
    if (this.context.toMixer.write(frame)) this.signals.mixed(header);
    else this.context.drops.add('ring_full');
  }

  private takeVideo(payload: Uint8Array, now: number): void {
    this.timing.packet(header.timestamp, now);
    const source = this.source;
    if (!source.input(header.pt, header.seq, header.timestamp, header.marker, payload))
      return this.context.drops.add(source.isH264(header.pt) ? 'h264_malformed' : 'picture_malformed');
    if (source.packet.key) {
      this.losses.keyframe(header.seq);
      this.signals.keyframe();
    }
    const sinks = this.sinks;
    for (let i = 0; i < sinks.length; i++) sinks[i]!.input(source, now);
  }
}
