import { createDecoder, createEncoder } from '../../../src/media/mixer/codecs/factory.js';
import type { MixedFormat } from '../../../src/media/vocabulary.js';
import { pcma, pcmu } from './g711.js';

/** One voice codec, ready for one direction of one call. */
export interface VoiceCodec {
  name: string;
  /** Sampling rate, Hz. */
  rate: number;
  /** RTP clock, Hz. */
  clock: number;
  /** Encodes 20 ms. */
  encode(samples: Int16Array): Buffer;
  /** An empty result stands for a malformed payload. */
  decode(payload: Uint8Array): Int16Array;
}

const longestPacket = 48 * 120;

/** Opens a codec by its SDP name, or null when this endpoint does not have it. */
export function openCodec(name: string): VoiceCodec | null {
  switch (name.toUpperCase()) {
    case 'PCMU':
      return { name: 'PCMU', rate: 8000, clock: 8000, ...pcmu };
    case 'PCMA':
      return { name: 'PCMA', rate: 8000, clock: 8000, ...pcma };
    case 'G722':
      return shared({ kind: 'audio', name: 'G722', pt: 9, clock: 8000, channels: 1, params: {} });
    case 'OPUS':
      return shared({ kind: 'audio', name: 'opus', pt: 96, clock: 48_000, channels: 2, params: {} });
    default:
      return null;
  }
}

/** The product's own codec: wideband here proves the path, not the codec. */
function shared(format: MixedFormat): VoiceCodec | null {
  const encoder = createEncoder(format);
  const decoder = createDecoder(format);
  if (!encoder || !decoder) return null;
  const pcm = new Float32Array(longestPacket);
  let started = false;
  return {
    name: format.name.toUpperCase(),
    rate: encoder.rate,
    clock: decoder.clock,
    encode(samples) {
      const frame = Float32Array.from(samples, (sample) => sample / 32768);
      if (!started) encoder.begin(null, new Float32Array(frame.length));
      started = true;
      return Buffer.from(encoder.encode(frame));
    },
    decode(payload) {
      const count = decoder.decode(payload, pcm);
      return Int16Array.from(pcm.subarray(0, count), (value) => Math.round(value * 32767));
    },
  };
}
