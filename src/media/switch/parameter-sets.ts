import { readH264Sequence, type H264Sequence } from '../../protocol/rtp/h264-sps.js';
import { NAL_PPS, NAL_SPS, NAL_STAP_A, stapEnd } from '../../protocol/rtp/h264.js';

const MOST = 8;

/** The SPS and PPS a source uses: from its description first, from its stream as soon as they come in band. */
export class ParameterSets {
  private sets: Uint8Array[] = [];
  private timestamp: number | null = null;
  private sps: Uint8Array | null = null;
  /** What the newest SPS says; null before there is one that can be read. */
  sequence: H264Sequence | null = null;

  /** SPS before PPS. */
  get list(): readonly Uint8Array[] {
    return this.sets;
  }

  /** Sets of a description (sprop-parameter-sets); ignored once the stream has brought its own. */
  describe(sets: readonly Uint8Array[]): void {
    if (this.timestamp !== null) return;
    const of = (type: number): Uint8Array[] => sets.filter((set) => (set[0] ?? 0) % 32 === type);
    this.sets = [...of(NAL_SPS), ...of(NAL_PPS)].slice(0, MOST);
    const [sps] = this.sets;
    if (sps) this.read(sps);
  }

  /** A payload that carries SPS or PPS, single or in a STAP-A. */
  input(payload: Uint8Array, timestamp: number): void {
    if ((payload[0]! & 0x1f) !== NAL_STAP_A) {
      this.take(payload, timestamp);
      return;
    }
    for (let at = 1; at < payload.length;) {
      const end = stapEnd(payload, at, payload.length);
      if (end < 0) return;
      this.take(payload.subarray(at + 2, end), timestamp);
      at = end;
    }
  }

  private take(nal: Uint8Array, timestamp: number): void {
    const type = nal[0]! & 0x1f;
    if (type !== NAL_SPS && type !== NAL_PPS) return;
    const fresh = timestamp !== this.timestamp;
    this.timestamp = timestamp;
    if (type === NAL_SPS) this.read(nal);
    if (this.sets.some((set) => same(set, nal))) return;
    // An unknown SPS in a new picture begins a new set; without one, PPS are added to what is known.
    if (type === NAL_SPS) this.sets = fresh ? [new Uint8Array(nal)] : [new Uint8Array(nal), ...this.sets];
    else this.sets = [...this.sets, new Uint8Array(nal)];
    if (this.sets.length > MOST) this.sets = this.sets.slice(-MOST);
  }

  private read(sps: Uint8Array): void {
    if (this.sps && same(this.sps, sps)) return;
    this.sps = new Uint8Array(sps);
    this.sequence = readH264Sequence(sps);
  }
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, i) => octet === b[i]);
}
