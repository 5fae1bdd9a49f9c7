import type { OpusLibrary } from '../../../src/media/mixer/codecs/opus-library.js';
import { wasmOpus } from '../../../src/media/mixer/codecs/opus-wasm.js';

/** The library, and how many packets it decoded. */
export class CountedOpus implements OpusLibrary {
  decoded = 0;
  readonly encoder = wasmOpus.encoder;

  decoder(take: Parameters<OpusLibrary['decoder']>[0]): void {
    wasmOpus.decoder((made) =>
      take({
        decode: (payload, out) => {
          this.decoded += 1;
          return made.decode(payload, out);
        },
        conceal: (next, samples, out) => made.conceal(next, samples, out),
        free: () => made.free(),
      }),
    );
  }
}
