import { DualstreamError, type Verdict } from '../../base/errors.js';

/** The gateway is going down. */
export class ShuttingDown extends DualstreamError {
  readonly verdict: Verdict = {
    sip: 503,
    h225: 'gatewayResources',
    bfcp: 0,
    http: 503,
    label: 'shutting_down',
    retry: true,
  };
  constructor() {
    super('the gateway is shutting down');
  }
}

/** A rule of the dial plan refuses the call. */
export class RefusedByPlan extends DualstreamError {
  readonly verdict: Verdict;
  constructor(
    status: number,
    /** Reason phrase, or '' for the usual one. */
    readonly phrase: string,
  ) {
    super('the dial plan refuses this call');
    this.verdict = { sip: status, h225: 'noPermission', bfcp: 0, http: 403, label: 'refused_by_plan', retry: false };
  }
}

/** The call went away while it was being set up. */
export class CallerGone extends DualstreamError {
  readonly verdict: Verdict = {
    sip: 487,
    h225: 'undefinedReason',
    bfcp: 0,
    http: 409,
    label: 'caller_gone',
    retry: true,
  };
  constructor() {
    super('the caller hung up during call set-up');
  }
}
