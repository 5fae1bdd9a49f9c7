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

/** The room wants encrypted media, and this call has none. */
export class NotEncrypted extends DualstreamError {
  readonly verdict: Verdict = {
    sip: 488,
    h225: 'securityDenied',
    bfcp: 0,
    http: 415,
    label: 'encryption_required',
    retry: false,
  };
  constructor(room: string) {
    super(`media in room ${room} is encrypted, and this call would be in the clear`);
  }
}
