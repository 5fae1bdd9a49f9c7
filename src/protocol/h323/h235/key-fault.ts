import { DualstreamError, type Verdict } from '../../../base/errors.js';

/** What can be wrong with keys of a peer. */
export type KeyFaultKind =
  /** Half key of Diffie-Hellman: 0, 1, the prime less one, or not of the group. */
  | 'weak_dh_key'
  /** The peer changes prime or generator of a group that has a name. */
  | 'changed_dh_group'
  /** A channel is to be encrypted and no key came with it. */
  | 'media_key_missing'
  /** Key material that cannot be read, or has another length than the algorithm's. */
  | 'media_key_unreadable'
  /** A form that is not taken: in the clear, by certificates, by the forms before version 3. */
  | 'media_key_form';

/** Keys of a peer that cannot be used (H.235.6). */
export class KeyFault extends DualstreamError {
  readonly verdict: Verdict;

  constructor(
    readonly kind: KeyFaultKind,
    why: string,
  ) {
    super(why);
    this.verdict = { sip: 488, h225: 'securityDenied', bfcp: 0, http: 403, label: kind, retry: false };
  }
}
