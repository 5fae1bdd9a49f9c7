import type { AudioFormat } from '../../vocabulary.js';
import { G711Decoder, G711Encoder } from './g711.js';
import type { Decoder, Encoder } from './codec.js';

/** Decoder for what a peer sends in `format`. */
export function createDecoder(format: AudioFormat): Decoder | null {
  switch (format.name) {
    case 'PCMU':
    case 'PCMA':
      return new G711Decoder(format.name);
    default:
      return null;
  }
}

/** Encoder for what a peer receives in `format`. */
export function createEncoder(format: AudioFormat): Encoder | null {
  switch (format.name) {
    case 'PCMU':
    case 'PCMA':
      return new G711Encoder(format.name);
    default:
      return null;
  }
}

/** Two formats with the same key can share one encoder. */
export function encoderKey(format: AudioFormat): string {
  return format.name;
}
