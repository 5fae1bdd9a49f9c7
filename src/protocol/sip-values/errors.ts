import { DualstreamError, type Verdict } from '../../base/errors.js';

/** A SIP value or message that does not follow its grammar. `position` is an offset in the text that was given. */
export class MalformedSip extends DualstreamError {
  readonly verdict: Verdict;

  constructor(
    message: string,
    readonly position: number,
    status = 400,
  ) {
    super(message);
    this.verdict = { sip: status, h225: 'undefinedReason', bfcp: 0, http: 400, label: 'malformed_sip', retry: false };
  }
}
