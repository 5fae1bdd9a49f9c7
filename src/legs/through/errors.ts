import { DualstreamError, type Verdict } from '../../base/errors.js';

/** A call to a `sips:` address would go on in the clear (RFC 5630 §4, RFC 4123 §11.4). */
export class SipsNotAllowed extends DualstreamError {
  readonly verdict: Verdict = {
    sip: 480,
    h225: 'securityDenied',
    bfcp: 0,
    http: 403,
    label: 'sips_not_allowed',
    retry: false,
  };
  constructor() {
    super('SIPS Not Allowed');
  }
}
