/** Sample rates that codecs work at and the mixer has a bus for, Hz. */
export type Rate = 8000 | 16000 | 48000;

/** Milliseconds of one mixer frame. */
export const FRAME_MS = 20;

/** Samples of one 20 ms frame. */
export function samplesOf(rate: Rate): number {
  return rate / 50;
}

/** What an encoder has to do. */
export interface Task {
  /** How many voices there are in the sound. */
  voices: number;
  /** Whether some listener loses packets. */
  lossy: boolean;
}

/** Turns PCM of 20 ms into one RTP payload. */
export interface Encoder {
  readonly rate: Rate;
  /** What the RTP timestamp grows by in one frame. */
  readonly step: number;
  /** `pcm` holds one frame of samples in -1..1; the result is valid until the next call. */
  encode(pcm: Float32Array): Uint8Array;
  /**
   * Prepares to go on for a listener (or several) that heard `after` until now; called before the first frame and after
   * every pause. `heard` is the sound of the frame before.
   */
  begin(after: Encoder | null, heard: Float32Array): void;
  /** A listener that heard another encoder joins: the next frame must not lean on the ones before. */
  standAlone(): void;
  /** What is encoded from now on, and for whom. */
  suit(task: Task): void;
  close(): void;
}

/** Turns RTP payloads into PCM. */
export interface Decoder {
  readonly rate: Rate;
  /** Clock of RTP timestamps, Hz (8000 for G.722, RFC 3551 §4.5.2). */
  readonly clock: number;
  /** Whether it has concealment of its own, as a codec has that leans on what came before. */
  readonly conceals: boolean;
  /** Duration of a payload in RTP ticks; 0 when it is malformed or longer than 120 ms. */
  ticks(payload: Uint8Array): number;
  /** Whether its sender says that there is no voice in a payload; false where that cannot be seen. */
  voiceless(payload: Uint8Array): boolean;
  /** Writes samples in -1..1 into `out` from its start; returns how many, 0 when the payload is malformed. */
  decode(payload: Uint8Array, out: Float32Array): number;
  /**
   * Replaces 20 ms of lost sound, from the redundancy in `next` where that is the packet directly behind the gap.
   * Returns how many samples it wrote; 0 when the codec has no concealment of its own.
   */
  conceal(next: Uint8Array | null, out: Float32Array): number;
  close(): void;
}

/** Longest payload accepted, milliseconds (RFC 7587 §4.2 allows 120). */
export const MAX_PACKET_MS = 120;
