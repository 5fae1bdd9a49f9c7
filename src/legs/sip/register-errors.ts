import { DualstreamError, type Verdict } from '../../base/errors.js';

function verdict(sip: number, http: number, label: string, retry: boolean): Verdict {
  return { sip, h225: 'undefinedReason', bfcp: 0, http, label, retry };
}

/** A registration shorter than we take (RFC 3261 §10.3). */
export class IntervalTooBrief extends DualstreamError {
  readonly verdict = verdict(423, 400, 'interval_too_brief', true);
  constructor(
    /** Seconds. */
    readonly least: number,
  ) {
    super(`registrations last ${least} s at least`);
  }
}

/** A REGISTER that was overtaken by a later one of the same device. */
export class RegisterOutOfOrder extends DualstreamError {
  readonly verdict = verdict(500, 409, 'register_out_of_order', true);
  constructor() {
    super('a later registration of this device was here before');
  }
}

/** Who authenticated is not whom the registration is for. */
export class NotYourAddress extends DualstreamError {
  readonly verdict = verdict(403, 403, 'not_your_address', false);
  constructor(user: string, asked: string) {
    super(`${user} may not register ${asked}`);
  }
}

/** More contacts than a user may have. */
export class TooManyContacts extends DualstreamError {
  readonly verdict = verdict(403, 409, 'too_many_contacts', false);
  constructor(limit: number) {
    super(`a user has ${limit} contacts at most`);
  }
}

/** The way to the device passes a proxy that does not know RFC 5626. */
export class FirstHopLacksOutbound extends DualstreamError {
  readonly verdict = verdict(439, 400, 'first_hop_lacks_outbound', false);
  constructor() {
    super('a proxy on the way does not know outbound');
  }
}

/** The device insists on something we do not know. */
export class ExtensionUnknown extends DualstreamError {
  readonly verdict = verdict(420, 400, 'bad_extension', false);
  constructor(readonly extensions: readonly string[]) {
    super(`not known here: ${extensions.join(', ')}`);
  }
}
