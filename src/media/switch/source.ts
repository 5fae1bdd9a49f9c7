import { emptyH264View, inspectH264, type H264View } from '../../protocol/rtp/h264.js';
import type { Format, H264Format } from '../vocabulary.js';
import { ParameterSets } from './parameter-sets.js';

/** One received video packet, inspected once for all its receivers; reused from packet to packet. */
export interface VideoPacket {
  pt: number;
  seq: number;
  timestamp: number;
  marker: boolean;
  payload: Uint8Array;
  view: H264View;
  /** The first packet of a picture that decoding can begin with. */
  key: boolean;
  /** An IDR whose picture brought no parameter sets: those of `source.sets` go in front of it. */
  bare: boolean;
}

/** The receiving half of the switch: what one source sends now. */
export class VideoSource {
  readonly sets = new ParameterSets();
  readonly packet: VideoPacket = {
    pt: 0,
    seq: 0,
    timestamp: 0,
    marker: false,
    payload: new Uint8Array(0),
    view: emptyH264View(),
    key: false,
    bare: false,
  };
  /** Grows when the source starts anew (SSRC change): receivers then wait for a keyframe again. */
  epoch = 0;
  private formats: readonly Format[] = [];
  private keyTimestamp = -1;
  private setsTimestamp = -1;
  /** Nothing came since the source began. */
  private untouched = true;

  /** `wantKeyframe` is called when a receiver needs one; it may be called often. `urgent`: the receiver has no picture yet. */
  constructor(
    readonly id: number,
    readonly wantKeyframe: (urgent?: boolean) => void,
  ) {}

  /** What the source may send, after each negotiation. */
  describe(formats: readonly Format[]): void {
    this.formats = formats;
    for (const format of formats) {
      if (format.kind === 'video' && format.parameterSets.length > 0) {
        this.sets.describe(format.parameterSets);
        return;
      }
    }
  }

  /** The source's format behind a payload type, or null. */
  format(pt: number): H264Format | null {
    for (const format of this.formats) if (format.pt === pt && format.kind === 'video') return format;
    return null;
  }

  /** Fills `packet` from one received payload; false when it is no H.264 that we can forward. */
  input(pt: number, seq: number, timestamp: number, marker: boolean, payload: Uint8Array): boolean {
    const packet = this.packet;
    const view = packet.view;
    if (!inspectH264(payload, 0, payload.length, view)) return false;
    packet.pt = pt;
    packet.seq = seq;
    packet.timestamp = timestamp;
    packet.marker = marker;
    packet.payload = payload;
    packet.key = packet.bare = false;
    // what came before it is unknown: a piece without its beginning may be of a keyframe nobody can decode
    if (this.untouched && !view.first) this.keyTimestamp = timestamp;
    this.untouched = false;
    if (!view.idr && !view.sps && !view.pps) return true;
    if (view.sps || view.pps) this.sets.input(payload, timestamp);
    if (view.sps) this.setsTimestamp = timestamp;
    if (view.idr || view.sps) {
      // an IDR that lost its parameter sets on the way begins nothing
      packet.key = this.keyTimestamp !== timestamp && (view.sps || this.sets.list.length > 0);
      this.keyTimestamp = timestamp;
    }
    if (view.idr && this.setsTimestamp !== timestamp) {
      // Once a picture: its later slices need no second copy.
      this.setsTimestamp = timestamp;
      packet.bare = this.sets.list.length > 0;
    }
    return true;
  }

  /** The source's SSRC changed: numbers and pictures of before mean nothing now. */
  restart(): void {
    this.epoch++;
    this.keyTimestamp = this.setsTimestamp = -1;
    this.untouched = true;
  }
}
