import type { RtpHeader } from '../../protocol/rtp/header.js';
import type { LineKind, LineParams } from '../plane.js';

/** What a payload type number means on a line. */
export const PT_NONE = 0;
export const PT_MEDIA = 1;
export const PT_EVENT = 2;
export const PT_DATA = 3;
export const PT_RESENT = 4;
export const PT_RED = 5;
export const PT_FEC = 6;
/** A sign of life. */
export const PT_LIFE = 7;

/** RTP clock of H.224 (RFC 4573 §3). */
export const DATA_CLOCK = 4800;

/** Comfort noise has a fixed number and is sent unasked by some (RFC 3551 §4.5.5 table 4). */
const COMFORT_NOISE = 13;

/** Payload types of a line's receiving half as a table. */
export class ReceiveFormats {
  private readonly meaning = new Uint8Array(128);
  private empties = false;
  /** Clocks that are not `clock`, by number. */
  private clocks: Map<number, number> | null = null;
  /** Of a number for what is sent again: the format's own. */
  private meant: Map<number, number> | null = null;
  /** RTP clock of the preferred media format. */
  clock = 8000;

  describe(kind: LineKind, params: LineParams): void {
    this.meaning.fill(PT_NONE);
    this.clocks = this.meant = null;
    this.clock = params.receive[0]?.clock ?? (kind === 'video' ? 90_000 : 8000);
    this.empties = params.empties === true;
    const { keepAlive = null } = params.traversal ?? {};
    if (keepAlive !== null) this.set(keepAlive, PT_LIFE, 8000);
    for (const event of params.events.receive) this.set(event.pt, PT_EVENT, event.clock);
    for (const { pt, apt } of params.rtx?.receive ?? []) {
      this.set(pt, PT_RESENT, 90_000);
      (this.meant ??= new Map()).set(pt, apt);
    }
    if (params.fec) {
      this.set(params.fec.receive.red, PT_RED, 90_000);
      this.set(params.fec.receive.ulpfec, PT_FEC, 90_000);
    }
    for (const format of params.receive) this.set(format.pt, PT_MEDIA, format.clock);
    if (params.data) this.set(params.data.receive, PT_DATA, DATA_CLOCK);
    const narrow = params.receive.some((format) => format.clock === 8000);
    if (kind === 'audio' && narrow && this.meaning[COMFORT_NOISE] === PT_NONE) this.set(COMFORT_NOISE, PT_MEDIA, 8000);
  }

  of(pt: number): number {
    return this.meaning[pt] ?? PT_NONE;
  }

  /** A packet that only shows that its sender is there, and where. */
  isLife({ pt, payloadStart, payloadEnd }: RtpHeader): boolean {
    return (this.empties && payloadStart === payloadEnd) || this.of(pt) === PT_LIFE;
  }

  /** Format whose packets are sent again under this number. */
  resentAs(pt: number): number {
    return this.meant?.get(pt) ?? 0;
  }

  clockOf(pt: number): number {
    return this.clocks?.get(pt) ?? this.clock;
  }

  private set(pt: number, meaning: number, clock: number): void {
    if (pt < 0 || pt > 127) return;
    this.meaning[pt] = meaning;
    if (clock === this.clock) this.clocks?.delete(pt);
    else (this.clocks ??= new Map()).set(pt, clock);
  }
}
