import type { RasMessage } from '../../h225/schema.js';
import { protocolIdentifier, type RequestName } from '../messages.js';

/** Why a request is refused before anybody looks at what it asks for. */
export type Refusal = 'stranger' | 'unproved' | 'clock' | 'busy';

type Refuse = (requestSeqNum: number, why: Refusal) => RasMessage | null;

/** Told only to who knows the password, so it gives nothing away: the device's clock is wrong. */
const wrongTime = { securityError: { securityWrongSyncTime: true } } as const;
const denied = { securityDenial: true } as const;

/** The reason for each, in the words of each message. */
const refusals: Partial<Record<RequestName, Refuse>> = {
  gatekeeperRequest: (requestSeqNum, why) => ({
    gatekeeperReject: {
      requestSeqNum,
      protocolIdentifier,
      rejectReason: why === 'busy' ? { resourceUnavailable: true } : why === 'clock' ? wrongTime : denied,
    },
  }),
  registrationRequest: (requestSeqNum, why) => ({
    registrationReject: {
      requestSeqNum,
      protocolIdentifier,
      rejectReason: {
        stranger: { fullRegistrationRequired: true } as const,
        unproved: denied,
        clock: wrongTime,
        busy: { resourceUnavailable: true } as const,
      }[why],
    },
  }),
  unregistrationRequest: (requestSeqNum, why) => ({
    unregistrationReject: {
      requestSeqNum,
      rejectReason: {
        stranger: { notCurrentlyRegistered: true } as const,
        unproved: denied,
        clock: wrongTime,
        busy: { undefinedReason: true } as const,
      }[why],
    },
  }),
  admissionRequest: (requestSeqNum, why) => ({
    admissionReject: {
      requestSeqNum,
      rejectReason: {
        stranger: { callerNotRegistered: true } as const,
        unproved: denied,
        clock: wrongTime,
        busy: { resourceUnavailable: true } as const,
      }[why],
    },
  }),
  bandwidthRequest: (requestSeqNum, why) => ({
    bandwidthReject: {
      requestSeqNum,
      allowedBandWidth: 0,
      rejectReason: {
        stranger: { notBound: true } as const,
        unproved: denied,
        clock: wrongTime,
        busy: { insufficientResources: true } as const,
      }[why],
    },
  }),
  disengageRequest: (requestSeqNum, why) => ({
    disengageReject: {
      requestSeqNum,
      rejectReason: why === 'clock' ? wrongTime : why === 'unproved' ? denied : { notRegistered: true },
    },
  }),
  locationRequest: (requestSeqNum, why) => ({
    locationReject: {
      requestSeqNum,
      rejectReason: {
        stranger: { requestDenied: true } as const,
        unproved: denied,
        clock: wrongTime,
        busy: { resourceUnavailable: true } as const,
      }[why],
    },
  }),
  infoRequestResponse: (requestSeqNum, why) => ({
    infoRequestNak: {
      requestSeqNum,
      nakReason: why === 'clock' ? wrongTime : why === 'unproved' ? { securityDenial: true } : { notRegistered: true },
    },
  }),
};

/** The refusal of a request; null where there is no message for it. */
export function refusal(request: RequestName, requestSeqNum: number, why: Refusal): RasMessage | null {
  return refusals[request]?.(requestSeqNum, why) ?? null;
}
