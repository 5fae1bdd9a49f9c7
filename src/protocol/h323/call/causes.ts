import type { Verdict } from '../../../base/errors.js';
import { chosen } from '../../asn1/choice.js';
import type { ReleaseCompleteReason } from '../h225/schema.js';
import { causes } from '../q931-names.js';
import type { ReleaseReason, ReleaseRequest } from './contract.js';

type Reason = Exclude<ReleaseReason, null>;

/** Reasons that say all by their name. */
const causeOfReason: Partial<Record<Reason, number>> = {
  // H.225.0 table 5
  noBandwidth: causes.noCircuitAvailable,
  gatekeeperResources: causes.resourceUnavailable,
  unreachableDestination: causes.noRouteToDestination,
  destinationRejection: causes.normalCallClearing,
  invalidRevision: causes.incompatibleDestination,
  noPermission: causes.interworking,
  unreachableGatekeeper: causes.networkOutOfOrder,
  gatewayResources: causes.switchingEquipmentCongestion,
  badFormatAddress: causes.invalidNumberFormat,
  adaptiveBusy: causes.temporaryFailure,
  inConf: causes.userBusy,
  undefinedReason: causes.normalUnspecified,
  facilityCallDeflection: causes.normalCallClearing,
  securityDenied: causes.normalUnspecified,
  calledPartyNotRegistered: causes.subscriberAbsent,
  callerNotRegistered: causes.normalUnspecified,
  newConnectionNeeded: causes.resourceUnavailable,
  nonStandardReason: causes.interworking,
  replaceWithConferenceInvite: causes.normalUnspecified,
  genericDataReason: causes.normalUnspecified,
  neededFeatureNotSupported: causes.normalUnspecified,
  tunnelledSignallingRejected: causes.interworking,
  // not in the table: added later
  invalidCID: causes.noRouteToDestination,
  securityError: causes.normalUnspecified,
  hopCountExceeded: causes.noRouteToDestination,
};

/** The other way round, for what has one reason only. */
const reasonOfCause: Readonly<Record<number, Reason>> = {
  [causes.unallocatedNumber]: 'calledPartyNotRegistered',
  [causes.noRouteToDestination]: 'unreachableDestination',
  [causes.normalCallClearing]: 'destinationRejection',
  [causes.userBusy]: 'inConf',
  [causes.subscriberAbsent]: 'calledPartyNotRegistered',
  [causes.callRejected]: 'destinationRejection',
  [causes.destinationOutOfOrder]: 'unreachableDestination',
  [causes.invalidNumberFormat]: 'badFormatAddress',
  [causes.noCircuitAvailable]: 'noBandwidth',
  [causes.networkOutOfOrder]: 'unreachableGatekeeper',
  [causes.temporaryFailure]: 'adaptiveBusy',
  [causes.switchingEquipmentCongestion]: 'gatewayResources',
  [causes.resourceUnavailable]: 'gatekeeperResources',
  [causes.incompatibleDestination]: 'invalidRevision',
};

/** Q.850 cause of calls that go in circles. */
const exchangeRoutingError = 25;

/** Q.850 causes of SIP statuses, RFC 3398 §7.2.6 and §8.2.6.1; what is not there is a normal, unspecified end. */
export const causesOfStatuses: Readonly<Record<number, number>> = {
  400: causes.temporaryFailure,
  401: causes.callRejected,
  402: causes.callRejected,
  403: causes.callRejected,
  404: causes.unallocatedNumber,
  405: causes.serviceNotAvailable,
  406: causes.serviceNotImplemented,
  407: causes.callRejected,
  408: causes.recoveryOnTimerExpiry,
  410: causes.numberChanged,
  413: causes.interworking,
  414: causes.interworking,
  415: causes.serviceNotImplemented,
  416: causes.interworking,
  420: causes.interworking,
  421: causes.interworking,
  423: causes.interworking,
  480: causes.noUserResponding,
  481: causes.temporaryFailure,
  482: exchangeRoutingError,
  483: exchangeRoutingError,
  484: causes.invalidNumberFormat,
  485: causes.unallocatedNumber,
  486: causes.userBusy,
  500: causes.temporaryFailure,
  501: causes.serviceNotImplemented,
  502: causes.networkOutOfOrder,
  503: causes.temporaryFailure,
  504: causes.recoveryOnTimerExpiry,
  505: causes.interworking,
  513: causes.interworking,
  600: causes.userBusy,
  603: causes.callRejected,
  604: causes.unallocatedNumber,
};

/** For verdicts without a reason of their own: a call that we end says more than one that is passed on. */
const causesOfVerdicts: Readonly<Record<number, number>> = {
  ...causesOfStatuses,
  487: causes.normalCallClearing,
  488: causes.bearerCapabilityNotImplemented,
  606: causes.bearerCapabilityNotImplemented,
};

/** Name of a reason; null where there is none, or one that we do not know. */
export function reasonName(reason: ReleaseCompleteReason | undefined): ReleaseReason {
  const name = reason && chosen(reason);
  return name === undefined || name === 'unknownAlternative' ? null : name;
}

/** The cause that a reason stands for where no cause is given. */
export function causeFor(reason: ReleaseReason): number {
  return (reason && causeOfReason[reason]) ?? causes.normalUnspecified;
}

/** The reason to go with a cause of ours; H.225.0 has none for most. */
export function reasonFor(cause: number): Reason {
  return reasonOfCause[cause] ?? 'undefinedReason';
}

/** How a call is ended for an error: its own reason, and a cause that says more where the reason is a general one. */
export function releaseFor(verdict: Verdict): ReleaseRequest {
  const cause = causesOfVerdicts[verdict.sip];
  const reason = isSimple(verdict.h225) ? verdict.h225 : 'undefinedReason';
  return { reason, cause: cause ?? causeFor(reason) };
}

/** A reason that carries nothing but its name. */
function isSimple(name: string): name is Exclude<Reason, ComplexReason> {
  return name in causeOfReason && !complex.has(name);
}

type ComplexReason = 'nonStandardReason' | 'replaceWithConferenceInvite' | 'securityError' | 'unknownAlternative';
const complex: ReadonlySet<string> = new Set<ComplexReason>([
  'nonStandardReason',
  'replaceWithConferenceInvite',
  'securityError',
]);

/** The reason as it is written; those that need more than a name become undefinedReason. */
export function reasonValue(name: Reason): ReleaseCompleteReason {
  return (isSimple(name) ? { [name]: true } : { undefinedReason: true }) as ReleaseCompleteReason;
}
