import { DualstreamError, type Verdict } from '../../base/errors.js';

/** The peer takes no content of its own, or did not in this case. */
export class ContentRefused extends DualstreamError {
  readonly verdict: Verdict = {
    sip: 488,
    h225: 'undefinedReason',
    bfcp: 0,
    http: 502,
    label: 'content_refused',
    retry: false,
  };
  constructor(why: string) {
    super(`no content line: ${why}`);
  }
}

/** A number that leads nowhere as it is, by a caller who would dial more digits: we take numbers whole (RFC 3578). */
export class NumberIncomplete extends DualstreamError {
  readonly verdict: Verdict = {
    sip: 484,
    h225: 'badFormatAddress',
    bfcp: 0,
    http: 404,
    label: 'number_incomplete',
    retry: false,
  };
  constructor() {
    super('more digits are wanted, and they are not taken one by one');
  }
}
