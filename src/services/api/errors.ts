import { DualstreamError, type Verdict } from '../../base/errors.js';

function verdict(http: number, label: string, retry: boolean): Verdict {
  return { sip: http === 401 ? 403 : http, h225: 'undefinedReason', bfcp: 0, http, label, retry };
}

/** The request does not fit the schema or makes no sense. */
export class BadRequest extends DualstreamError {
  readonly verdict = verdict(400, 'bad_request', false);
}

/** No token, or one that is not valid any more. */
export class Unauthorized extends DualstreamError {
  readonly verdict = verdict(401, 'unauthorized', false);
  constructor() {
    super('a valid token is needed');
  }
}

/** The token does not carry the right, or the request comes from where it may not. */
export class Forbidden extends DualstreamError {
  readonly verdict = verdict(403, 'forbidden', false);
}

/** Nothing of that name. */
export class NotFound extends DualstreamError {
  readonly verdict = verdict(404, 'not_found', false);
}

/** Too many requests from one source. */
export class TooMany extends DualstreamError {
  readonly verdict = verdict(429, 'too_many_requests', true);
  constructor() {
    super('too many requests, wait a moment');
  }
}

/** The service is not there now. */
export class Unavailable extends DualstreamError {
  readonly verdict = verdict(503, 'unavailable', true);
}

/** A certificate or key that cannot be used; the message names the file. */
export class CertificateUnusable extends DualstreamError {
  readonly verdict = verdict(500, 'certificate', false);
}
