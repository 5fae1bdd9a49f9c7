import { emptyH264View, inspectH264, type H264View } from '../../protocol/rtp/h264.js';
import type { Format, VideoFormat } from '../vocabulary.js';
import { OtherCodecs } from './other-codecs.js';
import { ParameterSets } from './parameter-sets.js';
import { PictureRate } from './picture-rate.js';

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
  /** No other picture needs this one. */
  disposable: boolean;
  /** It shows nothing. */
  silent: boolean;
}

const nothing = new Uint8Array(0);

/** NAL unit types that show nothing: SEI, access unit delimiter, filler. */
const SHOWS_NOTHING = new Set([6, 9, 12]);

/** The receiving half of the switch: what one source sends now. */
export class VideoSource {
  readonly sets = new ParameterSets();
  /** Pictures a second. */
  readonly rate = new PictureRate();
  readonly packet: VideoPacket = {
    pt: 0,
    seq: 0,
    timestamp: 0,
    marker: false,
    payload: nothing,
    view: emptyH264View(),
    key: false,
    bare: false,
    disposable: false,
    silent: false,
  };
  /** What it loses on its way stays lost. */
  frail = false;
  /** Grows when the source starts anew (SSRC change): receivers then wait for a keyframe again. */
  epoch = 0;
  private formats: readonly Format[] = [];
  private readonly others = new OtherCodecs();
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
    this.others.describe(formats);
    for (const format of formats) {
      if (format.name === 'H264' && format.parameterSets.length > 0) {
        this.sets.describe(format.parameterSets);
        return;
      }
    }
  }

  /** The source's format behind a payload type, or null. */
  format(pt: number): VideoFormat | null {
    for (const format of this.formats) if (format.pt === pt && format.kind === 'video') return format;
    return null;
  }

  /** Whether a payload type stands for H.264. */
  isH264(pt: number): boolean {
    return !this.others.has(pt);
  }

  /** Fills `packet` from one received payload; false when it is nothing that we can forward. */
  input(pt: number, seq: number, timestamp: number, marker: boolean, payload: Uint8Array): boolean {
    const packet = this.packet;
    const view = packet.view;
    if (this.others.has(pt)) return this.inputOther(pt, seq, timestamp, marker, payload);
    if (!inspectH264(payload, 0, payload.length, view)) return false;
    packet.pt = pt;
    packet.seq = seq;
    packet.timestamp = timestamp;
    packet.marker = marker;
    packet.payload = payload;
    packet.key = packet.bare = false;
    this.rate.input(timestamp);
    packet.disposable = (payload[0]! & 0x60) === 0;
    packet.silent = SHOWS_NOTHING.has(payload[0]! & 0x1f);
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

  /** Whatever is no H.264: its packets go as they are, to receivers of the same codec. */
  private inputOther(pt: number, seq: number, timestamp: number, marker: boolean, payload: Uint8Array): boolean {
    const { packet } = this;
    if (!this.others.inspect(pt, payload, packet)) return false;
    packet.pt = pt;
    packet.seq = seq;
    packet.timestamp = timestamp;
    packet.marker = marker;
    packet.payload = payload;
    packet.bare = false;
    this.untouched = false;
    packet.key &&= this.keyTimestamp !== timestamp;
    if (packet.key) this.keyTimestamp = timestamp;
    return true;
  }

  /** The source's SSRC changed: numbers and pictures of before mean nothing now. */
  restart(): void {
    this.epoch++;
    this.rate.restart();
    this.keyTimestamp = this.setsTimestamp = -1;
    this.untouched = true;
  }
}
