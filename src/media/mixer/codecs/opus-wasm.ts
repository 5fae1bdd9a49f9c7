import { Application, EncoderCtl, Signal, createDecoder, createEncoder } from 'libopus-wasm';
import type { OpusDecoderHandle, OpusEncoderHandle } from 'libopus-wasm';
import type { OpusDecoding, OpusEncoding, OpusLibrary } from './opus-library.js';

/** libopus in WebAssembly: on every machine. What cannot be made is never handed over; its stream stays silent. */
export const wasmOpus: OpusLibrary = {
  encoder({ fec, ...settings }, take) {
    createEncoder({ ...settings, channels: 1, application: Application.Voip, fec }).then(
      (handle) => take(new Encoding(handle)),
      () => undefined,
    );
  },
  decoder(take) {
    createDecoder({ channels: 1 }).then(
      (handle) => take(new Decoding(handle)),
      () => undefined,
    );
  },
};

type EncoderControl = (typeof EncoderCtl)[keyof typeof EncoderCtl];

class Encoding implements OpusEncoding {
  constructor(private readonly handle: OpusEncoderHandle) {}

  encode(pcm: Float32Array): Uint8Array | null {
    try {
      return this.handle.encodeFloat(pcm);
    } catch {
      return null; // A fault of the library costs this stream its frame, not the room its tick.
    }
  }

  predict(on: boolean): void {
    this.set(EncoderCtl.SetPredictionDisabled, on ? 0 : 1);
  }

  expectLoss(percent: number): void {
    this.set(EncoderCtl.SetPacketLossPercent, percent);
  }

  manyVoices(on: boolean): void {
    this.set(EncoderCtl.SetSignal, on ? Signal.Music : Signal.Auto);
  }

  free(): void {
    this.handle.free();
  }

  private set(what: EncoderControl, value: number): void {
    try {
      this.handle.encoderCtl(what, value);
    } catch {
      return; // It goes on as before.
    }
  }
}

class Decoding implements OpusDecoding {
  constructor(private readonly handle: OpusDecoderHandle) {}

  decode(payload: Uint8Array, out: Float32Array): number {
    return this.attempt(() => this.handle.decodeFloat(payload), out);
  }

  conceal(next: Uint8Array | null, samples: number, out: Float32Array): number {
    return this.attempt(() => this.handle.decodeFloat(next, { frameSize: samples, decodeFec: next !== null }), out);
  }

  free(): void {
    this.handle.free();
  }

  private attempt(work: () => Float32Array, out: Float32Array): number {
    try {
      const pcm = work();
      for (let i = 0; i < pcm.length; i += 1) out[i] = Math.max(-1, Math.min(1, pcm[i] ?? 0));
      return pcm.length;
    } catch {
      return 0; // The caller conceals and counts it.
    }
  }
}
