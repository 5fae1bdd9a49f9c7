import type { MessagePort } from 'node:worker_threads';
import type { NativeState, NativeUse } from '../native/load.js';
import type { MixedFormat } from '../vocabulary.js';
import type { PromptPcm } from './prompts.js';

/** What the main thread asks of the mixer thread. */
export type MixerCommand =
  | { do: 'open'; room: string; echo: boolean }
  | { do: 'close'; room: string }
  | { do: 'join'; room: string; member: string; slot: number; receive: MixedFormat[]; send: MixedFormat | null }
  | { do: 'update'; room: string; member: string; receive: MixedFormat[]; send: MixedFormat | null }
  | { do: 'leave'; room: string; member: string }
  | { do: 'mute'; room: string; member: string; on: boolean }
  | { do: 'deafen'; room: string; member: string; on: boolean }
  | { do: 'gain'; room: string; member: string; db: number }
  | { do: 'expect-loss'; room: string; member: string; on: boolean }
  | { do: 'play'; room: string; member: string | null; pcm: PromptPcm }
  | { do: 'hush'; room: string; member: string | null }
  | { do: 'levels'; room: string; on: boolean }
  | { do: 'record'; room: string; on: boolean };

/** A numbered command. The thread ends when the port closes. */
export interface MixerRequest {
  id: number;
  command: MixerCommand;
}

/** What the mixer thread tells the main thread. */
export type MixerReport =
  /** `opus`: which implementation does it. */
  | { tell: 'ready'; opus: NativeState }
  | { tell: 'done'; id: number }
  | { tell: 'refused'; id: number; why: string }
  | { tell: 'speaking'; room: string; members: string[] }
  | { tell: 'active'; room: string; member: string | null }
  | { tell: 'levels'; room: string; levels: [member: string, db: number][] }
  /** 16-bit PCM at 48 kHz of a room that is recorded. */
  | { tell: 'sound'; room: string; pcm: Int16Array }
  | { tell: 'counted'; counts: Record<string, number> };

/** First message to the thread. */
export interface MixerStart {
  rings: { toMixer: SharedArrayBuffer; fromMixer: SharedArrayBuffer };
  /** Gets an empty message after every tick that left frames in the ring. */
  io: MessagePort;
  control: MessagePort;
  /** By which frames are handed in that go out at once; null where they all go by the ring. */
  desk: number | null;
  native: NativeUse;
}
