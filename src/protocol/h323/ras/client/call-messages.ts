import type { Endpoint } from '../../../../base/net.js';
import { transportOf } from '../../addresses.js';
import type { InfoRequestResponse, RTPSession, RasMessage, TransportChannelInfo } from '../../h225/schema.js';
import type { AdmissionAsk, ClientSettings } from '../contract.js';
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

/** IRR about these calls. */
export function infoResponse(
  settings: ClientSettings,
  held: Registration,
  calls: readonly OpenCall[],
  details: { requestSeqNum: number; needResponse: boolean; invalid: boolean },
): RasMessage {
  return {
    infoRequestResponse: {
      requestSeqNum: details.requestSeqNum,
      endpointType: endpointType(settings),
      endpointIdentifier: held.endpointIdentifier,
      rasAddress: transportOf(settings.ras),
      callSignalAddress: settings.signalling.map(transportOf),
      endpointAlias: settings.aliases.length > 0 ? [...settings.aliases] : undefined,
      perCallInfo: calls.length > 0 ? calls.map(perCall) : undefined,
      needResponse: details.needResponse,
      irrStatus: details.invalid ? { invalidCall: true } : { complete: true },
      unsolicited: details.needResponse,
    },
  };
}

type PerCallInfo = NonNullable<InfoRequestResponse['perCallInfo']>[number];

function perCall({ ask, kbps, callModel }: OpenCall): PerCallInfo {
  const { audio, video, h245 = {}, signalling = {} } = ask.report?.() ?? {};
  return {
    callReferenceValue: ask.callReference,
    conferenceID: Buffer.from(ask.conferenceID, 'hex'),
    callIdentifier: { guid: Buffer.from(ask.callIdentifier, 'hex') },
    originator: !ask.answerCall,
    audio: audio && [session(audio)],
    video: video && [session(video)],
    h245: channel(h245),
    callSignalling: channel(signalling),
    callType: { pointToPoint: true },
    bandWidth: kbps * 10,
    callModel: callModel === 'direct' ? { direct: true } : { gatekeeperRouted: true },
    substituteConfIDs: [],
  };
}

interface Path {
  local?: Endpoint;
  remote?: Endpoint;
}

function channel({ local, remote }: Path): TransportChannelInfo {
  return { sendAddress: local && transportOf(local), recvAddress: remote && transportOf(remote) };
}

function session({ local, remote, sessionId }: Required<Path> & { sessionId: number }): RTPSession {
  const above = (one: Endpoint): Endpoint => ({ ...one, port: one.port + 1 });
  return {
    rtpAddress: channel({ local, remote }),
    rtcpAddress: channel({ local: above(local), remote: above(remote) }),
    cname: '',
    ssrc: 1,
    sessionId,
    associatedSessionIds: [],
  };
}
