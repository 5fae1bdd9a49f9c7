/** What an encoder of one stream is made with; mono, 48 kHz, for speech. */
export interface OpusSettings {
  /** bit/s. */
  bitrate: number;
  /** Effort, 0-10. */
  complexity: number;
  /** Whether redundancy is put in for loss. */
  fec: boolean;
  /** `OPUS_BANDWIDTH_NARROWBAND` (1101) to `OPUS_BANDWIDTH_FULLBAND` (1105). */
  maxBandwidth: 1101 | 1102 | 1103 | 1104 | 1105;
  vbr: boolean;
}

/** An encoder of the library. */
export interface OpusEncoding {
  /** The packet of 20 ms, valid until the next call; null when the library fails. */
  encode(pcm: Float32Array): Uint8Array | null;
  /** Whether frames may lean on the ones before. */
  predict(on: boolean): void;
  /** Loss that redundancy is put in for, percent; 0 puts in none. None is expected at first. */
  expectLoss(percent: number): void;
  /** Whether the sound is to be taken for one voice, or for more than one. One at first. */
  manyVoices(on: boolean): void;
  free(): void;
}

/** A decoder of the library. What it writes is cut to -1..1: packets made for it hold sound a thousand times as loud. */
export interface OpusDecoding {
  /** Samples written; 0 when the packet is malformed. */
  decode(payload: Uint8Array, out: Float32Array): number;
  /** Writes `samples` in place of lost ones, by the redundancy in `next` where there is one; 0 when the library fails. */
  conceal(next: Uint8Array | null, samples: number, out: Float32Array): number;
  free(): void;
}

/** libopus, built one way or another. What is made is handed over at once, or after a moment. */
export interface OpusLibrary {
  encoder(settings: OpusSettings, take: (made: OpusEncoding) => void): void;
  decoder(take: (made: OpusDecoding) => void): void;
}
