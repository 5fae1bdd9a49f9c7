import type { MixedFormat } from '../../vocabulary.js';
import { MAX_PACKET_MS } from './codec.js';
import type { Decoder, Encoder, Task } from './codec.js';
import type { OpusDecoding, OpusEncoding, OpusLibrary, OpusSettings } from './opus-library.js';
import { wasmOpus } from './opus-wasm.js';

/** Default bit rate of a mix, bit/s. */
const BITRATE = 32_000;
/** Wishes for less are rounded down to this, so that few encoders serve all, bit/s. */
const BITRATE_STEP = 2000;
/** Encoder effort 0-10: above this, cost doubles for little gain in speech. */
const COMPLEXITY = 5;
/** Loss that in-band FEC prepares for where there is some, percent. */
const EXPECTED_LOSS = 10;
/** So many voices are not taken for one any more, until there are fewer than that again. */
const MANY = 3;
const FEW = 2;
/** 20 ms of digital silence, CELT full band (RFC 6716 §3.1). */
const SILENT = Uint8Array.of(0xf8, 0xff, 0xfe);

/** What the receiver of a stream asked for in its fmtp (RFC 7587 §6.1), bounded to sense. */
interface Wishes {
  bitrate: number;
  bandwidth: OpusSettings['maxBandwidth'];
  fec: boolean;
  vbr: boolean;
}

function wishesOf({ params }: MixedFormat): Wishes {
  const bitrate = Number(params.maxaveragebitrate);
  const playback = Number(params.maxplaybackrate);
  return {
    bitrate: bitrate >= 6000 ? Math.min(Math.floor(bitrate / BITRATE_STEP) * BITRATE_STEP, BITRATE) : BITRATE,
    bandwidth: bandwidthOf(playback > 0 ? playback : 48_000),
    fec: params.useinbandfec === '1',
    vbr: params.cbr !== '1',
  };
}

/** The widest band that is of use: narrow, medium, wide, super-wide or full. */
function bandwidthOf(playbackRate: number): OpusSettings['maxBandwidth'] {
  if (playbackRate <= 8000) return 1101;
  if (playbackRate <= 12_000) return 1102;
  if (playbackRate <= 16_000) return 1103;
  return playbackRate <= 24_000 ? 1104 : 1105;
}

/** Streams with the same key can be encoded once. */
export function opusKey(format: MixedFormat): string {
  const { bitrate, bandwidth, fec, vbr } = wishesOf(format);
  return `opus/${bitrate}/${bandwidth}/${fec ? 'fec' : 'plain'}/${vbr ? 'vbr' : 'cbr'}`;
}

/** Mono Opus of 20 ms. Sends silence for the moment that the library takes to set up. */
export class OpusEncoder implements Encoder {
  readonly rate = 48000;
  readonly step = 960;
  private library: OpusEncoding | null = null;
  private closed = false;
  private alone = false;
  private lossy: boolean;
  private many = false;
  private readonly fec: boolean;

  constructor(format: MixedFormat, library: OpusLibrary = wasmOpus) {
    const { bitrate, bandwidth, fec, vbr } = wishesOf(format);
    this.fec = this.lossy = fec;
    library.encoder({ bitrate, complexity: COMPLEXITY, fec, maxBandwidth: bandwidth, vbr }, (made) => {
      if (this.closed) return made.free();
      this.library = made;
      made.expectLoss(this.lossy ? EXPECTED_LOSS : 0);
      made.manyVoices(this.many);
    });
  }

  /**
   * Where packets are lost, redundancy goes along. Where none are, it would take bits from the sound; and a sound of many
   * voices, which no model of one voice fits, is transformed as music is, better and at a third of the cost.
   */
  suit(task: Task): void {
    const lossy = task.lossy && this.fec;
    const many = task.voices >= (this.many ? FEW : MANY);
    if (lossy !== this.lossy) this.library?.expectLoss(lossy ? EXPECTED_LOSS : 0);
    if (many !== this.many) this.library?.manyVoices(many);
    this.lossy = lossy;
    this.many = many;
  }

  encode(pcm: Float32Array): Uint8Array {
    const payload = this.library?.encode(pcm) ?? SILENT;
    if (this.alone) this.library?.predict(true);
    this.alone = false;
    return payload;
  }

  begin(_after: Encoder | null, heard: Float32Array): void {
    // Fills the encoder's look-ahead with what the listener heard last, so that it does not open with a hole.
    this.library?.encode(heard);
    this.standAlone();
  }

  standAlone(): void {
    this.library?.predict(false);
    this.alone = true;
  }

  close(): void {
    this.closed = true;
    this.library?.free();
    this.library = null;
  }
}

/** Opus to mono at 48 kHz, with the library's concealment and in-band FEC. */
export class OpusDecoder implements Decoder {
  readonly rate = 48000;
  readonly clock = 48000;
  readonly conceals = true;
  private library: OpusDecoding | null = null;
  private closed = false;

  constructor(library: OpusLibrary = wasmOpus) {
    library.decoder((made) => {
      if (this.closed) made.free();
      else this.library = made;
    });
  }

  ticks(payload: Uint8Array): number {
    return opusTicks(payload);
  }

  voiceless(payload: Uint8Array): boolean {
    return opusVoiceless(payload);
  }

  decode(payload: Uint8Array, out: Float32Array): number {
    return this.library?.decode(payload, out) ?? 0;
  }

  conceal(next: Uint8Array | null, out: Float32Array): number {
    return this.library?.conceal(next, 960, out) ?? 0;
  }

  close(): void {
    this.closed = true;
    this.library?.free();
    this.library = null;
  }
}

/** Duration of a packet in ticks of 48 kHz from its TOC octet (RFC 6716 §3.1, §3.2.5); 0 when malformed. */
export function opusTicks(payload: Uint8Array): number {
  const toc = payload[0];
  if (toc === undefined) return 0;
  const config = toc >> 3;
  const code = toc & 3;
  const frames = code === 0 ? 1 : code < 3 ? 2 : (payload[1] ?? 0) & 63;
  const ticks = frames * ticksPerFrame(config);
  return ticks > MAX_PACKET_MS * 48 ? 0 : ticks;
}

/** What the voice activity flag of a packet of one SILK or hybrid frame of 20 ms at most says (RFC 6716 §4.2.3). */
export function opusVoiceless(payload: Uint8Array): boolean {
  const toc = payload[0] ?? 0xff;
  const oneFrame = (toc & 3) === 0 && (toc >> 3 < 12 ? ((toc >> 3) & 3) < 2 : toc >> 3 < 16);
  return oneFrame && ((payload[1] ?? 0) & 0x80) === 0;
}

function ticksPerFrame(config: number): number {
  if (config < 12) return [480, 960, 1920, 2880][config & 3] ?? 0;
  if (config < 16) return config & 1 ? 960 : 480;
  return 120 << (config & 3);
}
