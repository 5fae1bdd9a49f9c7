import { DualstreamError, type Verdict } from '../../base/errors.js';

/** The offer is encrypted and the media engine that could take it is not there. */
export class NoAnchor extends DualstreamError {
  readonly verdict: Verdict = {
    sip: 503,
    h225: 'gatewayResources',
    bfcp: 0,
    http: 503,
    label: 'no_media_engine',
    retry: true,
  };
  constructor(why: string) {
    super(`encrypted media is not possible at the moment: ${why}`);
  }
}

/** The caller wants to refresh more often than RFC 4028 §4 lets it. */
export class SessionTooBrief extends DualstreamError {
  readonly verdict: Verdict = {
    sip: 422,
    h225: 'undefinedReason',
    bfcp: 0,
    http: 400,
    label: 'session_too_brief',
    retry: true,
  };
  constructor(
    /** Least interval we take, seconds. */
    readonly least: number,
  ) {
    super(`session intervals begin at ${least} s`);
  }
}

/** No port is left for floor control. */
export class NoFloorPort extends DualstreamError {
  readonly verdict: Verdict = {
    sip: 503,
    h225: 'gatewayResources',
    bfcp: 0,
    http: 503,
    label: 'out_of_floor_ports',
    retry: true,
  };
  constructor(why: string) {
    super(`no port for floor control: ${why}`);
  }
}

/** The peer refused a change of the session. */
export class OfferRefused extends DualstreamError {
  readonly verdict: Verdict = {
    sip: 488,
    h225: 'undefinedReason',
    bfcp: 0,
    http: 502,
    label: 'offer_refused',
    retry: false,
  };
  constructor(
    /** SIP status the peer gave, or 0 when it did not answer. */
    readonly status: number,
    reason: string,
  ) {
    super(`the peer refused the offer: ${status} ${reason}`);
  }
}

/** A content type or extension that we do not understand. */
export class UnsupportedBody extends DualstreamError {
  readonly verdict: Verdict = {
    sip: 415,
    h225: 'undefinedReason',
    bfcp: 0,
    http: 415,
    label: 'unsupported_body',
    retry: false,
  };
  constructor(type: string) {
    super(`the body type ${type} is not understood`);
  }
}

/** Credentials that no client of ours writes. */
export class BadCredentials extends DualstreamError {
  readonly verdict: Verdict = {
    sip: 400,
    h225: 'securityDenied',
    bfcp: 0,
    http: 400,
    label: 'bad_credentials',
    retry: false,
  };
}

/** The SIP engine cannot send a message as long as this. */
export class MessageTooLong extends DualstreamError {
  readonly verdict: Verdict = {
    sip: 513,
    h225: 'undefinedReason',
    bfcp: 0,
    http: 502,
    label: 'message_too_long',
    retry: false,
  };
  constructor(bytes: number, most: number) {
    super(`the SIP engine takes ${most} bytes, these are ${bytes}`);
  }
}
