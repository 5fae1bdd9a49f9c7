import { loadNative } from '../../native/load.js';
import type { NativeModule, NativeState, NativeUse } from '../../native/load.js';
import type { OpusDecoding, OpusEncoding, OpusLibrary, OpusSettings } from './opus-library.js';
import { wasmOpus } from './opus-wasm.js';

/** Version of what `src/media/native/opus.c` and this file agree on. */
const INTERFACE = 2;
/** More than 20 ms of mono ever are, octets. */
const PACKET_ROOM = 1500;

/** An encoder or decoder of the module. */
type Handle = object & { readonly opus: unique symbol };

interface OpusModule extends NativeModule {
  readonly version: string;
  encoder(bitrate: number, complexity: number, fec: number, maxBandwidth: number, vbr: number): Handle;
  decoder(): Handle;
  encode(encoder: Handle, pcm: Float32Array, out: Uint8Array): number;
  predict(encoder: Handle, on: number): number;
  loss(encoder: Handle, percent: number): number;
  many(encoder: Handle, on: number): number;
  decode(decoder: Handle, payload: Uint8Array | null, out: Float32Array, lost: number): number;
  close(codec: Handle): void;
}

/** The system's libopus where the native module is there, the one in WebAssembly elsewhere; and which it is. */
export function chooseOpus(use: NativeUse): { library: OpusLibrary; state: NativeState } {
  const loaded = loadNative<OpusModule>('opus', INTERFACE, use);
  if ('missing' in loaded) return { library: wasmOpus, state: { native: false, why: loaded.missing } };
  return { library: nativeOpus(loaded.module), state: { native: true, why: '' } };
}

function nativeOpus(module: OpusModule): OpusLibrary {
  return {
    encoder: (settings, take) => take(new Encoding(module, settings)),
    decoder: (take) => take(new Decoding(module)),
  };
}

class Encoding implements OpusEncoding {
  private readonly handle: Handle;
  private readonly packet = new Uint8Array(PACKET_ROOM);

  constructor(
    private readonly module: OpusModule,
    { bitrate, complexity, fec, maxBandwidth, vbr }: OpusSettings,
  ) {
    this.handle = module.encoder(bitrate, complexity, fec ? 1 : 0, maxBandwidth, vbr ? 1 : 0);
  }

  encode(pcm: Float32Array): Uint8Array | null {
    const octets = this.module.encode(this.handle, pcm, this.packet);
    return octets > 0 ? this.packet.subarray(0, octets) : null;
  }

  predict(on: boolean): void {
    this.module.predict(this.handle, on ? 1 : 0);
  }

  expectLoss(percent: number): void {
    this.module.loss(this.handle, percent);
  }

  manyVoices(on: boolean): void {
    this.module.many(this.handle, on ? 1 : 0);
  }

  free(): void {
    this.module.close(this.handle);
  }
}

class Decoding implements OpusDecoding {
  private readonly handle: Handle;

  constructor(private readonly module: OpusModule) {
    this.handle = module.decoder();
  }

  decode(payload: Uint8Array, out: Float32Array): number {
    return Math.max(0, this.module.decode(this.handle, payload, out, 0));
  }

  conceal(next: Uint8Array | null, samples: number, out: Float32Array): number {
    return Math.max(0, this.module.decode(this.handle, next, out, samples));
  }

  free(): void {
    this.module.close(this.handle);
  }
}
