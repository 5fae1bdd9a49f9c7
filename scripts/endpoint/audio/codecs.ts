import { pcma, pcmu } from './g711.js';

/** One voice codec, ready for one direction of one call. */
export interface VoiceCodec {
  name: string;
  /** Sampling rate, Hz. */
  rate: number;
  /** RTP clock, Hz. */
  clock: number;
  encode(samples: Int16Array): Buffer;
  decode(payload: Uint8Array): Int16Array;
}

/** Opens a codec by its SDP name, or null when this endpoint does not have it. */
export function openCodec(name: string): VoiceCodec | null {
  switch (name.toUpperCase()) {
    case 'PCMU':
      return { name: 'PCMU', rate: 8000, clock: 8000, ...pcmu };
    case 'PCMA':
      return { name: 'PCMA', rate: 8000, clock: 8000, ...pcma };
    default:
      return null;
  }
}
