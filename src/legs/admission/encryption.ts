import { DualstreamError, type Verdict } from '../../base/errors.js';
import type { SrtpPolicy } from '../../media/keying.js';

/** The listener or the room takes encrypted media only. */
export class EncryptionRequired extends DualstreamError {
  readonly verdict: Verdict = {
    sip: 488,
    h225: 'securityDenied',
    bfcp: 0,
    http: 403,
    label: 'encryption_required',
    retry: false,
  };
}

/** The listener or the room takes no encrypted media. */
export class EncryptionRefused extends DualstreamError {
  readonly verdict: Verdict = {
    sip: 488,
    h225: 'securityDenied',
    bfcp: 0,
    http: 403,
    label: 'encryption_refused',
    retry: false,
  };
}

/**
 * The stricter of what listener and room say.
 * @throws EncryptionRefused when one wants encryption and the other takes none
 */
export function strictest(listener: SrtpPolicy | null, room: SrtpPolicy): SrtpPolicy {
  const both = [listener ?? 'optional', room];
  if (!both.includes('required')) return both.includes('off') ? 'off' : 'optional';
  if (both.includes('off')) {
    throw new EncryptionRefused('this room takes encrypted media only, and this listener takes none');
  }
  return 'required';
}

/**
 * What a call of a room is to be: the room, and what is configured for calls of this kind (`setting`).
 * @throws EncryptionRefused when one wants encryption and the other none
 */
export function outgoingPolicy(calls: SrtpPolicy, room: SrtpPolicy, setting = 'sip.dialOut.srtp'): SrtpPolicy {
  const both = [calls, room];
  if (!both.includes('required')) return both.includes('off') ? 'off' : 'optional';
  if (both.includes('off')) {
    throw new EncryptionRefused(
      room === 'off'
        ? 'this room has plain media only, and this call would be encrypted'
        : `this room has encrypted media only, and ${setting} is off`,
    );
  }
  return 'required';
}
