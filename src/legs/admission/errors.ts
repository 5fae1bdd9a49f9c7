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
