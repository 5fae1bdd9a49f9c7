import type { Timer } from '../../../../base/clock.js';
import type { Endpoint } from '../../../../base/net.js';
import type { AlternateGK, RegistrationConfirm } from '../../h225/schema.js';
import type { Admission, AdmissionAsk } from '../contract.js';

/** What the gatekeeper gave with the registration. */
export interface Registration {
  gatekeeper: Endpoint;
  endpointIdentifier: string;
  gatekeeperIdentifier: string | null;
  /** Where the gatekeeper takes calls, if it routes them. */
  signalling: readonly Endpoint[];
  /** Seconds; null when it lasts until further notice. */
  timeToLive: number | null;
  willRespondToIRR: boolean;
  preGranted: NonNullable<RegistrationConfirm['preGrantedARQ']> | null;
  /** Whom we are assigned to, and are to look for ourselves. */
  home: AlternateGK | null;
}

/** A call that goes on. */
export interface OpenCall {
  ask: AdmissionAsk;
  kbps: number;
  callModel: Admission['callModel'];
  /** Whether the gatekeeper was asked, so that it wants to know the end. */
  known: boolean;
  willRespondToIRR: boolean;
  reports: Timer | null;
}
