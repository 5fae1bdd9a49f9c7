import { packetizeH264 } from '../../../scripts/endpoint/rtp/packetize.js';
import { fuNalHeader, stapEnd } from '../../../src/protocol/rtp/h264.js';
import type { GenericNack } from '../../../src/protocol/rtp/rtcp.js';
import { seqAdd, seqDelta } from '../../../src/protocol/rtp/sequence.js';
import type { ManualClock } from '../../support/manual-clock.js';
import type { Roll } from '../../support/seeded.js';

/** One RTP packet on the way. */
export interface Packet {
  pt: number;
  seq: number;
  timestamp: number;
  marker: boolean;
  payload: Uint8Array;
  /** Where it is not the sender's only one. */
  ssrc?: number;
}

/** A packet as it was lost, where it came again under number `again` (RFC 4588 §4). */
export function unwrapped(packet: Packet, again: number, pt: number): Packet {
  if (packet.pt !== again) return packet;
  const payload = Buffer.from(packet.payload);
  return { ...packet, pt, seq: payload.readUInt16BE(0), payload: payload.subarray(2) };
}

/** One way of a network: seeded loss in thousandths, and a delay. */
export function lossyWay(clock: ManualClock, roll: Roll, loss: number, delayMs: number) {
  const counts = { sent: 0, lost: 0 };
  const send = (arrive: () => void): void => {
    counts.sent++;
    if (roll(1000) < loss) counts.lost++;
    else clock.after(delayMs, arrive);
  };
  return { send, counts };
}

/** Sends a clip over and over as an encoder that begins anew with a keyframe when asked, and resends where it can. */
export class ClipSender {
  keyframes = 0;
  resent = 0;
  pictures = 0;
  private seq = 65_000;
  private timestamp = 1000;
  private at = 0;
  private readonly kept = new Map<number, Packet>();

  constructor(
    private readonly clip: readonly (readonly Buffer[])[],
    private readonly options: { pt: number; mode: 0 | 1; fps: number; resends: boolean; resendPt?: number | null },
    private readonly send: (packet: Packet) => void,
  ) {}

  /** The next picture goes out. */
  next(): void {
    if (this.at === this.clip.length) this.at = 0;
    if (this.at === 0) this.keyframes++;
    const payloads = packetizeH264(this.clip[this.at++]!, this.options.mode, 1100);
    this.pictures++;
    payloads.forEach((payload, i) => {
      const { pt } = this.options;
      const packet = { pt, seq: this.seq, timestamp: this.timestamp, marker: i === payloads.length - 1, payload };
      this.kept.set(this.seq, packet);
      this.kept.delete(seqAdd(this.seq, -1000));
      this.seq = seqAdd(this.seq, 1);
      this.send(packet);
    });
    this.timestamp += Math.round(90_000 / this.options.fps);
  }

  keyframe(): void {
    this.at = 0;
  }

  nack(lost: GenericNack['lost']): void {
    if (!this.options.resends) return;
    for (const seq of numbersOf(lost)) {
      const packet = this.kept.get(seq);
      if (!packet) continue;
      this.resent++;
      this.send(this.again(packet));
    }
  }

  private again(packet: Packet): Packet {
    const { resendPt = null } = this.options;
    if (resendPt === null) return packet;
    const payload = Buffer.concat([Buffer.from([packet.seq >> 8, packet.seq & 255]), packet.payload]);
    return { ...packet, pt: resendPt, seq: this.resent & 0xffff, ssrc: 4711, payload };
  }
}

interface Missing {
  askedAt: number;
  times: number;
}

/**
 * Receives as a browser does: asks for what is missing, waits for it, shows whole pictures in order, and when one cannot be
 * completed asks for a keyframe and shows nothing until it comes.
 */
export class PatientReceiver {
  /** NAL units of every picture shown, with the instant. */
  readonly shown: { at: number; nals: Buffer[] }[] = [];
  plis = 0;
  nacks = 0;
  private readonly packets = new Map<number, Packet & { at: number }>();
  private readonly missing = new Map<number, Missing>();
  private next = -1;
  private highest = -1;
  private broken = true;
  private headSince = 0;
  private pliAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly clock: ManualClock,
    private readonly ask: { nack?: (lost: GenericNack['lost']) => void; pli(): void },
    private readonly roundTripMs: number,
  ) {}

  receive(packet: Packet): void {
    const now = this.clock.now();
    if (this.next < 0) {
      this.next = packet.seq;
      this.highest = packet.seq;
      this.headSince = now;
    }
    if (seqDelta(packet.seq, this.next) < 0) return;
    for (let seq = seqAdd(this.highest, 1); seqDelta(seq, packet.seq) < 0; seq = seqAdd(seq, 1))
      this.missing.set(seq, { askedAt: Number.NEGATIVE_INFINITY, times: 0 });
    if (seqDelta(packet.seq, this.highest) > 0) this.highest = packet.seq;
    this.missing.delete(packet.seq);
    this.packets.set(packet.seq, { ...packet, at: now });
    this.show(now);
  }

  /** Called each few milliseconds. */
  tick(): void {
    const now = this.clock.now();
    this.askForMissing(now);
    if (now - this.headSince > 500 && this.packets.size > 0) this.giveUp();
    if (this.broken && this.highest >= 0 && now - this.pliAt > 1000) {
      this.pliAt = now;
      this.plis++;
      this.ask.pli();
    }
    this.show(now);
  }

  private askForMissing(now: number): void {
    if (!this.ask.nack) return;
    const lost: GenericNack['lost'] = [];
    for (const [seq, one] of this.missing) {
      if (now - one.askedAt < this.roundTripMs + 10 || one.times >= 10) continue;
      one.askedAt = now;
      one.times++;
      lost.push({ pid: seq, mask: 0 });
    }
    if (lost.length === 0) return;
    this.nacks++;
    this.ask.nack(lost);
  }

  /** Shows every picture that is complete at the head of the buffer. */
  private show(now: number): void {
    for (;;) {
      const picture: Packet[] = [];
      for (let seq = this.next; ; seq = seqAdd(seq, 1)) {
        const packet = this.packets.get(seq);
        if (!packet) return;
        picture.push(packet);
        if (packet.marker) break;
      }
      const nals = nalsOf(picture);
      const key = nals.some((nal) => (nal[0]! & 31) === 7);
      if (key) this.broken = false;
      if (!this.broken) this.shown.push({ at: now, nals });
      this.advance(seqAdd(picture.at(-1)!.seq, 1), now);
    }
  }

  /** What is at the head will not be completed. */
  private giveUp(): void {
    this.broken = true;
    // on with the first packet after a marker, or after the gap
    let seq = this.next;
    const ended = (at: number): boolean => this.packets.get(at)?.marker === true;
    while (seqDelta(seq, this.highest) <= 0 && !ended(seq)) seq = seqAdd(seq, 1);
    this.advance(seqAdd(seq, 1), this.clock.now());
  }

  private advance(to: number, now: number): void {
    for (let seq = this.next; seq !== to; seq = seqAdd(seq, 1)) {
      this.packets.delete(seq);
      this.missing.delete(seq);
    }
    this.next = to;
    this.headSince = now;
  }
}

/** NAL units of the packets of one picture. */
export function nalsOf(packets: readonly { payload: Uint8Array }[]): Buffer[] {
  const nals: Buffer[] = [];
  let pieces: Buffer[] = [];
  for (const { payload: bytes } of packets) {
    const payload = Buffer.from(bytes);
    const type = payload[0]! & 31;
    if (type === 24) {
      for (let at = 1; at < payload.length;) {
        const end = stapEnd(payload, at, payload.length);
        nals.push(payload.subarray(at + 2, end));
        at = end;
      }
    } else if (type === 28) {
      if (payload[1]! & 0x80) pieces = [Buffer.from([fuNalHeader(payload, 0)])];
      pieces.push(payload.subarray(2));
      if (payload[1]! & 0x40) nals.push(Buffer.concat(pieces));
    } else nals.push(payload);
  }
  return nals;
}

/** Sequence numbers that a NACK names (RFC 4585 §6.2.1). */
export function numbersOf(lost: GenericNack['lost']): number[] {
  return lost.flatMap(({ pid, mask }) => {
    const bits = Array.from({ length: 16 }, (_, i) => i).filter((i) => (mask >> i) & 1);
    return [pid, ...bits.map((i) => seqAdd(pid, i + 1))];
  });
}

/** Longest time without a new picture from the first one to `end`, ms. */
export function longestFreeze(shown: readonly { at: number }[], end: number): number {
  const times = [...shown.map(({ at }) => at), end];
  return times.reduce((most, at, i) => Math.max(most, i === 0 ? 0 : at - times[i - 1]!), 0);
}
