import {
  Application,
  Bandwidth,
  EncoderCtl,
  createDecoder as loadDecoder,
  createEncoder as loadEncoder,
} from 'libopus-wasm';
import type { EncoderOptions, OpusDecoderHandle, OpusEncoderHandle } from 'libopus-wasm';
import type { MixedFormat } from '../../vocabulary.js';
import { MAX_PACKET_MS } from './codec.js';
import type { Decoder, Encoder } from './codec.js';

/** Default bit rate of a mix, bit/s. */
const BITRATE = 32_000;
/** Wishes for less are rounded down to this, so that few encoders serve all, bit/s. */
const BITRATE_STEP = 2000;
/** Encoder effort 0-10: above this, cost doubles for little gain in speech. */
const COMPLEXITY = 5;
/** Loss that in-band FEC prepares for, percent. */
const EXPECTED_LOSS = 10;
/** 20 ms of digital silence, CELT full band (RFC 6716 §3.1). */
const SILENT = Uint8Array.of(0xf8, 0xff, 0xfe);

/** What the receiver of a stream asked for in its fmtp (RFC 7587 §6.1), bounded to sense. */
interface Wishes {
  bitrate: number;
  bandwidth: Bandwidth;
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

function bandwidthOf(playbackRate: number): Bandwidth {
  if (playbackRate <= 8000) return Bandwidth.Narrowband;
  if (playbackRate <= 12_000) return Bandwidth.Mediumband;
  if (playbackRate <= 16_000) return Bandwidth.Wideband;
  return playbackRate <= 24_000 ? Bandwidth.Superwideband : Bandwidth.Fullband;
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
  private handle: OpusEncoderHandle | null = null;
  private closed = false;
  private alone = false;

  constructor(format: MixedFormat) {
    const { bitrate, bandwidth, fec, vbr } = wishesOf(format);
    const options: EncoderOptions = {
      channels: 1,
      application: Application.Voip,
      bitrate,
      complexity: COMPLEXITY,
      fec,
      packetLossPercent: fec ? EXPECTED_LOSS : 0,
      maxBandwidth: bandwidth,
      vbr,
    };
    loadEncoder(options).then(
      (handle) => {
        if (this.closed) handle.free();
        else this.handle = handle;
      },
      () => undefined, // The stream stays silent.
    );
  }

  encode(pcm: Float32Array): Uint8Array {
    const payload = this.attempt((handle) => handle.encodeFloat(pcm)) ?? SILENT;
    if (this.alone) {
      this.attempt((handle) => handle.encoderCtl(EncoderCtl.SetPredictionDisabled, 0));
      this.alone = false;
    }
    return payload;
  }

  begin(_after: Encoder | null, heard: Float32Array): void {
    // Fills the encoder's look-ahead with what the listener heard last, so that it does not open with a hole.
    this.attempt((handle) => handle.encodeFloat(heard));
    this.standAlone();
  }

  standAlone(): void {
    this.attempt((handle) => handle.encoderCtl(EncoderCtl.SetPredictionDisabled, 1));
    this.alone = true;
  }

  close(): void {
    this.closed = true;
    this.handle?.free();
    this.handle = null;
  }

  /** A fault of the library costs this stream its frame, not the room its tick. */
  private attempt<T>(work: (handle: OpusEncoderHandle) => T): T | null {
    if (!this.handle) return null;
    try {
      return work(this.handle);
    } catch {
      return null;
    }
  }
}

/** Opus to mono at 48 kHz, with the library's concealment and in-band FEC. */
export class OpusDecoder implements Decoder {
  readonly rate = 48000;
  readonly clock = 48000;
  private handle: OpusDecoderHandle | null = null;
  private closed = false;

  constructor() {
    loadDecoder({ channels: 1 }).then(
      (handle) => {
        if (this.closed) handle.free();
        else this.handle = handle;
      },
      () => undefined, // The stream stays silent.
    );
  }

  ticks(payload: Uint8Array): number {
    return opusTicks(payload);
  }

  decode(payload: Uint8Array, out: Float32Array): number {
    if (!this.handle) return 0;
    try {
      const pcm = this.handle.decodeFloat(payload);
      out.set(pcm);
      return pcm.length;
    } catch {
      return 0; // The caller conceals and counts it.
    }
  }

  conceal(next: Uint8Array | null, out: Float32Array): number {
    if (!this.handle) return 0;
    try {
      const pcm = this.handle.decodeFloat(next, { frameSize: 960, decodeFec: next !== null });
      out.set(pcm);
      return pcm.length;
    } catch {
      return 0;
    }
  }

  close(): void {
    this.closed = true;
    this.handle?.free();
    this.handle = null;
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

function ticksPerFrame(config: number): number {
  if (config < 12) return [480, 960, 1920, 2880][config & 3] ?? 0;
  if (config < 16) return config & 1 ? 960 : 480;
  return 120 << (config & 3);
}
