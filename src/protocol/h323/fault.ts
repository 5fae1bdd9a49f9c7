import { DualstreamError, type Verdict } from '../../base/errors.js';

/** What can be wrong with octets below H.225.0, or with what is to be written to them. */
export type H323FaultKind = 'incomplete' | 'malformed' | 'unencodable';

/** Octets that are no Q.931 message, or a message that does not fit into its octets. */
export class H323Fault extends DualstreamError {
  readonly verdict: Verdict;

  /** `position` is the octet where reading stopped. */
  constructor(
    readonly kind: H323FaultKind,
    readonly position: number,
    why: string,
  ) {
    super(why);
    this.verdict = { sip: 400, h225: 'undefinedReason', bfcp: 0, http: 400, label: kind, retry: false };
  }
}
