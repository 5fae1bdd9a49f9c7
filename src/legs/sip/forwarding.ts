import { DualstreamError, type Verdict as ErrorVerdict } from '../../base/errors.js';
import type { CallFacts } from '../admission/verdict.js';
import type { IncomingCall } from './incoming.js';
import type { SipRequest, SipResponse } from './srf.js';

/** A call that a dial-plan rule sends on. */
export interface ForwardedCall {
  request: SipRequest;
  response: SipResponse;
  incoming: IncomingCall;
  /** Name of the trunk; null for an address. */
  trunk: string | null;
  /** Number to call there, or an address. */
  to: string;
  facts: CallFacts;
}

/** Carries calls on: answers the request, whatever becomes of it, or rejects with a DualstreamError. */
export type Forward = (call: ForwardedCall) => Promise<void>;

/** The dial plan sends the call to a trunk and there is none. */
export class NoTrunk extends DualstreamError {
  readonly verdict: ErrorVerdict = {
    sip: 503,
    h225: 'gatewayResources',
    bfcp: 0,
    http: 503,
    label: 'no_trunk',
    retry: true,
  };
  constructor(trunk: string | null) {
    super(trunk === null ? 'no calls go on from here' : `the trunk ${trunk} does not take calls`);
  }
}

/** Where no trunk is set up. */
export const nowhere: Forward = ({ trunk }) => Promise.reject(new NoTrunk(trunk));
