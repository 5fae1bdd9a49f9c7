import { DualstreamError, messageOf } from '../../base/errors.js';
import { causesOfStatuses, releaseFor } from '../../protocol/h323/call/causes.js';
import type { Release, ReleaseRequest } from '../../protocol/h323/call/contract.js';
import { causes } from '../../protocol/h323/q931-names.js';
import { DialFailed } from '../../rooms/dialer.js';
import type { EndReason } from '../../rooms/leg.js';

/** How a call is ended for a reason of ours; RFC 3398 §8.2.6.1 for statuses of admission. */
export function releaseOf(why: EndReason): ReleaseRequest {
  switch (why.kind) {
    case 'left':
      return { cause: causes.normalCallClearing, why: 'left' };
    case 'removed':
      return { cause: causes.callRejected, reason: 'destinationRejection', why: `removed by ${why.by}` };
    case 'room-closed':
      return { cause: causes.normalCallClearing, why: 'the conference has ended' };
    case 'shutdown':
      return { cause: causes.switchingEquipmentCongestion, reason: 'gatewayResources', why: 'shutting down' };
    case 'silent':
      return { cause: causes.recoveryOnTimerExpiry, why: 'no media received' };
    case 'not-admitted':
      return { cause: causeOfStatus(why.status), why: why.why };
    case 'failed':
      return { cause: causes.temporaryFailure, why: why.why };
  }
}

/** Why a leg ended whose call was released. */
export function endOf({ by, cause, reason, why }: Release): EndReason {
  const normal = cause === causes.normalCallClearing || cause === causes.callRejected;
  const plain = reason === null || reason === 'destinationRejection' || reason === 'undefinedReason';
  // GnuGk and others release without a cause: the peer just hung up
  const left = by === 'peer' && plain && (normal || cause === causes.normalUnspecified);
  return left ? { kind: 'left' } : { kind: 'failed', why };
}

/** RFC 3398 §7.2.4.1, table of causes; what is not there is 480. */
const statuses: Readonly<Record<number, number>> = {
  [causes.unallocatedNumber]: 404,
  2: 404,
  [causes.noRouteToDestination]: 404,
  [causes.userBusy]: 486,
  [causes.noUserResponding]: 408,
  [causes.noAnswer]: 480,
  [causes.subscriberAbsent]: 480,
  [causes.callRejected]: 403,
  [causes.numberChanged]: 410,
  23: 410,
  [causes.nonSelectedUserClearing]: 404,
  [causes.destinationOutOfOrder]: 502,
  [causes.invalidNumberFormat]: 484,
  [causes.facilityRejected]: 501,
  [causes.normalUnspecified]: 480,
  [causes.noCircuitAvailable]: 503,
  [causes.networkOutOfOrder]: 503,
  [causes.temporaryFailure]: 503,
  [causes.switchingEquipmentCongestion]: 503,
  [causes.resourceUnavailable]: 503,
  55: 403,
  57: 403,
  [causes.bearerCapabilityNotAvailable]: 503,
  [causes.bearerCapabilityNotImplemented]: 488,
  70: 488,
  [causes.serviceNotImplemented]: 501,
  87: 403,
  [causes.incompatibleDestination]: 503,
  [causes.recoveryOnTimerExpiry]: 504,
  [causes.protocolError]: 500,
  [causes.interworking]: 500,
};

/** Reasons that say more than the cause that they stand for; nothing else is said of them by RFC 3398. */
const statusesOfReasons: Readonly<Partial<Record<NonNullable<Release['reason']>, number>>> = {
  destinationRejection: 603,
  noPermission: 403,
  securityDenied: 403,
  callerNotRegistered: 403,
  calledPartyNotRegistered: 404,
  inConf: 486,
  badFormatAddress: 484,
  unreachableDestination: 404,
  neededFeatureNotSupported: 421,
};

/** SIP status that says what became of a call of ours. */
export function statusOf({ by, cause, reason }: Release): number {
  if (by === 'timer') return 408;
  if (by === 'connection') return 503;
  const general = cause === causes.normalUnspecified || cause === causes.normalCallClearing;
  const named = reason === null ? undefined : statusesOfReasons[reason];
  if (general && named !== undefined) return named;
  return statuses[cause] ?? 480;
}

/** Cause that stands for a SIP status. */
export function causeOfStatus(status: number): number {
  return causesOfStatuses[status] ?? causes.normalUnspecified;
}

/** How a call is refused for an error; where it should have gone on, for what the far end said. */
export function releaseOfError(error: unknown): ReleaseRequest {
  const why = messageOf(error);
  if (error instanceof DialFailed) return { cause: causeOfStatus(error.status), why };
  return error instanceof DualstreamError ? { ...releaseFor(error.verdict), why } : { reason: 'undefinedReason', why };
}
