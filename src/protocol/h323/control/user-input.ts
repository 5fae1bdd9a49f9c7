import type { UserInputIndication } from '../h245/schema.js';
import { receives } from './capabilities.js';
import type { CapabilitySet, UserInputForm } from './values.js';

/** Keys that can be pressed; `!` is the hook flash. */
const keys = /^[0-9*#A-D!]$/;
const longest = 65_535;
/** Without a duration a key is held so long, milliseconds. */
const usualDuration = 200;

/** What an indication says. */
export type UserInput =
  | { kind: 'input'; form: 'alphanumeric' | 'signal'; text: string; durationMs: number | null }
  | { kind: 'update'; durationMs: number };

/** Null where it says nothing for us: encrypted, of another product, or only which forms there are. */
export function readUserInput(indication: UserInputIndication): UserInput | null {
  const { alphanumeric, extendedAlphanumeric, signal, signalUpdate } = indication;
  const text = alphanumeric ?? extendedAlphanumeric?.alphanumeric;
  if (text !== undefined && text !== '') return { kind: 'input', form: 'alphanumeric', text, durationMs: null };
  // With `rtp` it only tells of events that are in the media.
  if (signal && !signal.rtpPayloadIndication && signal.encryptedSignalType === undefined) {
    return { kind: 'input', form: 'signal', text: signal.signalType, durationMs: signal.duration ?? null };
  }
  return signalUpdate ? { kind: 'update', durationMs: signalUpdate.duration } : null;
}

/** A key in the best form that the peer takes; null for what is no key or where it takes none. */
export function writeKey(
  key: string,
  durationMs: number | null,
  remote: CapabilitySet | null,
): UserInputIndication | null {
  const upper = key.toUpperCase();
  if (!keys.test(upper)) return null;
  const forms = formsOf(remote);
  const signalled = upper === '!' ? forms.has('hookflash') : forms.has('dtmf');
  if (signalled) {
    const duration = Math.min(longest, Math.max(1, Math.round(durationMs ?? usualDuration)));
    return { signal: { signalType: upper, duration } };
  }
  if (upper === '!') return null;
  // Every device of H.323 takes 0-9 * # as text, whether it says so or not (H.323 §6.2.8.1).
  return { alphanumeric: upper };
}

/** Whether the peer says that it takes keys in some form. */
export function takesUserInput(remote: CapabilitySet | null): boolean {
  return formsOf(remote).size > 0;
}

function formsOf(remote: CapabilitySet | null): ReadonlySet<UserInputForm> {
  return new Set(remote === null ? [] : receives(remote, 'userInput').map(({ capability }) => capability.form));
}
