import type { MixedFormat } from '../../vocabulary.js';
import { G711Decoder, G711Encoder } from './g711.js';
import { G722Decoder, G722Encoder } from './g722.js';
import { OpusDecoder, OpusEncoder, opusKey } from './opus.js';
import type { Decoder, Encoder } from './codec.js';

/** Decoder for what a peer sends in `format`. */
export function createDecoder(format: MixedFormat): Decoder {
  switch (format.name) {
    case 'PCMU':
    case 'PCMA':
      return new G711Decoder(format.name);
    case 'G722':
      return new G722Decoder();
    case 'opus':
      return new OpusDecoder();
  }
}

/** Encoder for what a peer receives in `format`. */
export function createEncoder(format: MixedFormat): Encoder {
  switch (format.name) {
    case 'PCMU':
    case 'PCMA':
      return new G711Encoder(format.name);
    case 'G722':
      return new G722Encoder();
    case 'opus':
      return new OpusEncoder(format);
  }
}

/** Two formats with the same key can share one encoder. */
export function encoderKey(format: MixedFormat): string {
  return format.name === 'opus' ? opusKey(format) : format.name;
}
