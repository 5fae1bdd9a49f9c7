import type { MixedFormat } from '../../vocabulary.js';
import { G711Decoder, G711Encoder } from './g711.js';
import { G722Decoder, G722Encoder } from './g722.js';
import { OpusDecoder, OpusEncoder, opusKey } from './opus.js';
import type { Decoder, Encoder } from './codec.js';
import type { OpusLibrary } from './opus-library.js';

/** Decoder for what a peer sends in `format`; `opus`: the library that does that one, WebAssembly where none is given. */
export function createDecoder(format: MixedFormat, opus?: OpusLibrary): Decoder {
  switch (format.name) {
    case 'PCMU':
    case 'PCMA':
      return new G711Decoder(format.name);
    case 'G722':
      return new G722Decoder();
    case 'opus':
      return new OpusDecoder(opus);
  }
}

/** Encoder for what a peer receives in `format`; `opus` as above. */
export function createEncoder(format: MixedFormat, opus?: OpusLibrary): Encoder {
  switch (format.name) {
    case 'PCMU':
    case 'PCMA':
      return new G711Encoder(format.name);
    case 'G722':
      return new G722Encoder();
    case 'opus':
      return new OpusEncoder(format, opus);
  }
}

/** Two formats with the same key can share one encoder. */
export function encoderKey(format: MixedFormat): string {
  return format.name === 'opus' ? opusKey(format) : format.name;
}
