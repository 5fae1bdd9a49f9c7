import type { DualstreamError } from '../../base/errors.js';
import type { Chance } from '../../base/ids.js';
import type { Metrics } from '../../base/metrics.js';
import type { SrtpPolicy } from '../../media/keying.js';
import { answerKeys, KeyOffer, type SharedSecret } from '../../protocol/h323/h235/key-exchange.js';
import { KeyFault } from '../../protocol/h323/h235/key-fault.js';
import type { ClearToken } from '../../protocol/h323/h235/schema.js';
import { EncryptionRequired } from '../admission/encryption.js';

/** What both sides of a call have agreed on about encryption of its media (H.235.6), before H.245 begins. */
export interface CallKeys {
  /** Null where media can only be plain. */
  secret: SharedSecret | null;
  /** No channel may be plain. */
  required: boolean;
}

/** The same for a call to us, with our half for the answer. */
export type AnsweredKeys = CallKeys & { tokens: ClearToken[] };

/** A call whose media is plain. */
export const plainCall: CallKeys = { secret: null, required: false };

/** Told of keys that could not be used. */
export type OnKeyFault = (fault: KeyFault) => void;

/** Counts them. */
export function countedFaults(metrics: Pick<Metrics, 'count'>): OnKeyFault {
  return ({ kind }) => metrics.count('dualstream_h323_quirks_total', { quirk: kind });
}

/**
 * What a caller's tokens come to, and ours for the answer.
 * @throws EncryptionRequired, KeyFault where encryption is required and cannot be had
 */
export function keysOfCaller(
  policy: SrtpPolicy,
  tokens: readonly ClearToken[],
  chance: Chance,
  onFault: OnKeyFault,
): AnsweredKeys {
  const answer = policy === 'off' ? null : tried(policy, onFault, () => answerKeys(tokens, chance));
  return { secret: answer?.secret ?? null, required: policy === 'required', tokens: answer?.tokens ?? [] };
}

/** Keys of a call of ours: the half that its Setup has, and what the answer makes of it. */
export class CallerKeys {
  private readonly offer: KeyOffer | null;

  constructor(
    private readonly policy: SrtpPolicy,
    chance: Chance,
  ) {
    this.offer = policy === 'off' ? null : new KeyOffer(chance);
  }

  /** Whether a callee can have keys with us. */
  get offered(): boolean {
    return this.offer !== null;
  }

  /** For the Setup. */
  get tokens(): ClearToken[] {
    return this.offer?.tokens ?? [];
  }

  /** @throws EncryptionRequired, KeyFault where encryption is required and cannot be had */
  answered(tokens: readonly ClearToken[], onFault: OnKeyFault): CallKeys {
    const { offer, policy } = this;
    const secret = offer && tried(policy, onFault, () => offer.answered(tokens));
    return { secret, required: policy === 'required' };
  }
}

/** Keys of a peer that are no good make a plain call where that may be: whoever changed them could have left them out. */
function tried<T>(policy: SrtpPolicy, onFault: OnKeyFault, agree: () => T | null): T | null {
  let agreed: T | null = null;
  try {
    agreed = agree();
  } catch (error) {
    if (!(error instanceof KeyFault)) throw error;
    onFault(error);
    if (policy === 'required') throw error;
  }
  if (agreed === null && policy === 'required') throw encryptionRequired();
  return agreed;
}

/** The peer has no keys, or no channel that is encrypted, where nothing else is taken. */
export function encryptionRequired(): DualstreamError {
  return new EncryptionRequired('encrypted media (H.235.6) is required here');
}
