import type { Verdict } from '../../base/errors.js';
import { DualstreamError } from '../../base/errors.js';

/** Text that is not SDP (RFC 4566 §9): SIP 400. `line` counts from 1, 0 for the text as a whole. */
export class MalformedSdp extends DualstreamError {
  readonly verdict: Verdict = {
    sip: 400,
    h225: 'undefinedReason',
    bfcp: 0,
    http: 400,
    label: 'malformed_sdp',
    retry: false,
  };
  constructor(
    what: string,
    readonly line = 0,
  ) {
    super(line > 0 ? `SDP line ${line}: ${what}` : `SDP: ${what}`);
  }
}

/** SDP over one of our limits: SIP 488. */
export class OversizeSdp extends DualstreamError {
  readonly verdict: Verdict = {
    sip: 488,
    h225: 'undefinedReason',
    bfcp: 0,
    http: 413,
    label: 'oversize_sdp',
    retry: false,
  };
}
