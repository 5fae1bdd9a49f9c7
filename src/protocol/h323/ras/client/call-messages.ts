import type { Endpoint } from '../../../../base/net.js';
import { transportOf } from '../../addresses.js';
import type { InfoRequestResponse, RTPSession, RasMessage, TransportChannelInfo } from '../../h225/schema.js';
import type { AdmissionAsk, ClientSettings, SessionReport } from '../contract.js';
import type { OpenCall, Registration } from './state.js';
import { endpointType } from './requests.js';

/** The number is given when a request is sent. */
const requestSeqNum = 1;

/** How messages name a call. */
function names(ask: AdmissionAsk, held: Registration) {
  return {
    endpointIdentifier: held.endpointIdentifier,
    gatekeeperIdentifier: held.gatekeeperIdentifier ?? undefined,
    conferenceID: Buffer.from(ask.conferenceID, 'hex'),
    callReferenceValue: ask.callReference,
    callIdentifier: { guid: Buffer.from(ask.callIdentifier, 'hex') },
  };
}

export function admissionRequest(ask: AdmissionAsk, held: Registration): RasMessage {
  return {
    admissionRequest: {
      requestSeqNum,
      ...names(ask, held),
      callType: { pointToPoint: true },
      destinationInfo: ask.destination.length > 0 ? [...ask.destination] : undefined,
      destCallSignalAddress: ask.destinationAddress && transportOf(ask.destinationAddress),
      srcInfo: [...ask.source],
      srcCallSignalAddress: ask.sourceAddress && transportOf(ask.sourceAddress),
      bandWidth: ask.kbps * 10,
      activeMC: false,
      answerCall: ask.answerCall,
      canMapAlias: true,
      willSupplyUUIEs: false,
    },
  };
}

export function bandwidthRequest({ ask }: OpenCall, held: Registration, kbps: number): RasMessage {
  const answeredCall = ask.answerCall;
  return { bandwidthRequest: { requestSeqNum, ...names(ask, held), bandWidth: kbps * 10, answeredCall } };
}

export function disengageRequest({ ask }: OpenCall, held: Registration, cause = 16): RasMessage {
  return {
    disengageRequest: {
      requestSeqNum,
      ...names(ask, held),
      disengageReason: { normalDrop: true },
      answeredCall: ask.answerCall,
      // Cause element without its two first octets: location, cause (Q.850).
      terminationCause: { releaseCompleteCauseIE: Buffer.from([0x80, 0x80 | cause]) },
    },
  };
}

/** Most calls in one message: a datagram holds no more. */
const mostReported = 40;

/** IRR about these calls. */
export function infoResponse(
  settings: ClientSettings,
  held: Registration,
  calls: readonly OpenCall[],
  details: { requestSeqNum: number; needResponse: boolean; invalid: boolean; unsolicited: boolean },
): RasMessage {
  const { requestSeqNum, needResponse, invalid, unsolicited } = details;
  const told = calls.slice(0, mostReported);
  const all = told.length === calls.length;
  return {
    infoRequestResponse: {
      requestSeqNum,
      endpointType: endpointType(settings),
      endpointIdentifier: held.endpointIdentifier,
      rasAddress: transportOf(settings.ras),
      callSignalAddress: settings.signalling.map(transportOf),
      endpointAlias: settings.aliases.length > 0 ? [...settings.aliases] : undefined,
      perCallInfo: told.length > 0 ? told.map(perCall) : undefined,
      needResponse,
      irrStatus: invalid ? { invalidCall: true } : all ? { complete: true } : { incomplete: true },
      unsolicited,
    },
  };
}

type PerCallInfo = NonNullable<InfoRequestResponse['perCallInfo']>[number];

function perCall({ ask, kbps, callModel }: OpenCall): PerCallInfo {
  const { audio, video, data, h245, signalling, connectedAt } = ask.report?.() ?? {};
  return {
    callReferenceValue: ask.callReference,
    conferenceID: Buffer.from(ask.conferenceID, 'hex'),
    callIdentifier: { guid: Buffer.from(ask.callIdentifier, 'hex') },
    originator: !ask.answerCall,
    audio: sessions(audio, session),
    video: sessions(video, session),
    data: sessions(data, ({ local, remote }) => channel(local.rtp, remote?.rtp)),
    // tunnelled, it goes where call signalling goes
    h245: channel((h245 ?? signalling)?.local, (h245 ?? signalling)?.remote),
    callSignalling: channel(signalling?.local, signalling?.remote),
    callType: { pointToPoint: true },
    bandWidth: kbps * 10,
    callModel: callModel === 'direct' ? { direct: true } : { gatekeeperRouted: true },
    substituteConfIDs: [],
    usageInformation:
      connectedAt === undefined
        ? undefined
        : { nonStandardUsageFields: [], connectTime: Math.max(1, Math.floor(connectedAt / 1000)) },
  };
}

/** What has no number yet cannot be reported. */
function sessions<T>(all: readonly SessionReport[] = [], written: (one: SessionReport) => T): T[] | undefined {
  const numbered = all.filter(({ sessionId }) => sessionId > 0);
  return numbered.length > 0 ? numbered.map(written) : undefined;
}

/** Others write their own address as the one that sends. */
function channel(local: Endpoint | undefined, remote: Endpoint | undefined): TransportChannelInfo {
  return { sendAddress: local && transportOf(local), recvAddress: remote && transportOf(remote) };
}

function session({ local, remote, sessionId, ssrc, cname }: SessionReport): RTPSession {
  return {
    rtpAddress: channel(local.rtp, remote?.rtp),
    rtcpAddress: channel(local.rtcp, remote?.rtcp),
    // PrintableString
    cname: cname.replace(/[^A-Za-z0-9 '()+,\-./:=?]/g, '-').slice(0, 64),
    ssrc: Math.max(1, ssrc),
    sessionId,
    associatedSessionIds: [],
  };
}
