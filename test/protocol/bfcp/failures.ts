import { DualstreamError, type Verdict } from '../../../src/base/errors.js';

/** What a desk may throw at a second request. */
export class NoRoomForRequests extends DualstreamError {
  readonly verdict: Verdict = { sip: 480, h225: 'undefinedReason', bfcp: 8, http: 409, label: 'too_many', retry: true };
}
