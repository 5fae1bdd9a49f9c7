import { DualstreamError, type Verdict } from '../../../base/errors.js';

/** What a refusal of RAS means elsewhere, by its reason; what is not here was simply not allowed. */
const meanings: Record<string, Pick<Verdict, 'sip' | 'h225' | 'http' | 'retry'>> = {
  calledPartyNotRegistered: { sip: 404, h225: 'calledPartyNotRegistered', http: 404, retry: false },
  callerNotRegistered: { sip: 403, h225: 'callerNotRegistered', http: 503, retry: true },
  invalidEndpointIdentifier: { sip: 403, h225: 'callerNotRegistered', http: 503, retry: true },
  resourceUnavailable: { sip: 503, h225: 'gatekeeperResources', http: 503, retry: true },
  insufficientResources: { sip: 503, h225: 'noBandwidth', http: 503, retry: true },
  requestDenied: { sip: 503, h225: 'noBandwidth', http: 503, retry: true },
  exceedsCallCapacity: { sip: 503, h225: 'gatekeeperResources', http: 503, retry: true },
  incompleteAddress: { sip: 484, h225: 'badFormatAddress', http: 422, retry: false },
  noRouteToDestination: { sip: 404, h225: 'unreachableDestination', http: 404, retry: false },
  unallocatedNumber: { sip: 404, h225: 'calledPartyNotRegistered', http: 404, retry: false },
  securityDenial: { sip: 403, h225: 'securityDenied', http: 403, retry: false },
  securityError: { sip: 403, h225: 'securityDenied', http: 403, retry: false },
  routeCallToGatekeeper: { sip: 503, h225: 'gatekeeperResources', http: 503, retry: true },
};
const notAllowed = { sip: 403, h225: 'noPermission', http: 403, retry: false };

/** A gatekeeper said no. */
export class RasRefused extends DualstreamError {
  readonly verdict: Verdict;

  /** `reason` is the Recommendation's name. */
  constructor(
    readonly request: string,
    readonly reason: string,
  ) {
    super(`${request} was refused: ${reason}`);
    this.verdict = { ...(meanings[reason] ?? notAllowed), bfcp: 0, label: 'gatekeeper_refused' };
  }
}

/** Nobody answered a request, however often it was repeated. */
export class RasSilent extends DualstreamError {
  readonly verdict: Verdict = {
    sip: 504,
    h225: 'gatekeeperResources',
    bfcp: 0,
    http: 504,
    label: 'gatekeeper_silent',
    retry: true,
  };

  /** `whom` was asked, where several could be. */
  constructor(
    readonly request: string,
    whom = '',
  ) {
    super(`no answer to ${request}${whom && ` from ${whom}`}`);
  }
}

/** There is no registration through which to ask. */
export class NotRegistered extends DualstreamError {
  readonly verdict: Verdict = {
    sip: 503,
    h225: 'callerNotRegistered',
    bfcp: 0,
    http: 503,
    label: 'not_registered',
    retry: true,
  };

  constructor() {
    super('not registered with a gatekeeper');
  }
}
