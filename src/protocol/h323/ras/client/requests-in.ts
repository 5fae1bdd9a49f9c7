import type { Endpoint } from '../../../../base/net.js';
import { sameHost, transportOf } from '../../addresses.js';
import { aliasKey, aliasTexts } from '../../aliases.js';
import type {
  LocationRequest,
  RasMessage,
  ServiceControlIndication,
  UnregistrationRequest,
} from '../../h225/schema.js';
import type { ClientEvents, ClientSettings } from '../contract.js';
import { incomingCallOf } from '../features.js';
import { answersTo, bodyOf, featuresOf, nameOf, writeRas } from '../messages.js';
import type { ClientCalls } from './calls.js';
import type { Courier } from './courier.js';
import { endpointType } from './requests.js';
import type { Registration } from './state.js';

/** What requests of a gatekeeper need of the registration. */
export interface Answering {
  settings(): ClientSettings;
  held(): Registration | null;
  calls(): ClientCalls;
  courier(): Courier;
  unregistered(request: UnregistrationRequest): void;
  incoming(call: ClientEvents['incoming']): void;
}

/** Answers a request of our gatekeeper; those of others, and answers that nobody waits for, are left alone. */
export function answerRequest(message: RasMessage, from: Endpoint, own: Answering): void {
  const held = own.held();
  if (!held || !sameHost(held.gatekeeper, from)) return own.courier().tally.dropped('stray');
  const reply = (answer: RasMessage): void => own.courier().send(answer, from);
  const { unregistrationRequest, disengageRequest, infoRequest, bandwidthRequest, locationRequest } = message;
  if (unregistrationRequest) {
    const { requestSeqNum } = unregistrationRequest;
    reply({ unregistrationConfirm: { requestSeqNum } });
    own.unregistered(unregistrationRequest);
  } else if (disengageRequest) {
    // Told again when the confirmation was lost, so also for a call that is over.
    reply({ disengageConfirm: { requestSeqNum: disengageRequest.requestSeqNum } });
    own.calls().drop(disengageRequest);
  } else if (infoRequest) own.calls().inform(infoRequest, from);
  else if (bandwidthRequest) reply(own.calls().limit(bandwidthRequest));
  else if (locationRequest) reply(locate(locationRequest, own.settings()));
  else if (message.serviceControlIndication) reply(control(message.serviceControlIndication, own));
  else notUnderstood(message, reply, own.courier());
}

/** LRQ: whether we are who is looked for. */
function locate({ requestSeqNum, destinationInfo }: LocationRequest, settings: ClientSettings): RasMessage {
  const ours = new Set(aliasTexts(settings.aliases).map(aliasKey));
  const [address] = settings.signalling;
  if (!address || !aliasTexts(destinationInfo).some((text) => ours.has(aliasKey(text))))
    return { locationReject: { requestSeqNum, rejectReason: { requestDenied: true } } };
  return {
    locationConfirm: {
      requestSeqNum,
      callSignalAddress: transportOf(address),
      rasAddress: transportOf(settings.ras),
      destinationType: endpointType(settings),
    },
  };
}

/** SCI: of its uses we know "somebody calls" of H.460.18. */
function control(indication: ServiceControlIndication, own: Answering): RasMessage {
  const { requestSeqNum } = indication;
  const call = own.settings().traversal === true ? incomingCallOf(featuresOf(indication)) : null;
  if (call) own.incoming(call);
  return { serviceControlResponse: { requestSeqNum, result: call ? { started: true } : { notAvailable: true } } };
}

function notUnderstood(message: RasMessage, reply: (answer: RasMessage) => void, courier: Courier): void {
  const name = nameOf(message);
  const requestSeqNum = bodyOf(message)?.requestSeqNum;
  // Never to an answer: two that do not understand each other would go on for ever.
  if (!(name in answersTo) || requestSeqNum === undefined) return courier.tally.dropped('stray');
  const messageNotUnderstood = writeRas(message);
  reply({ unknownMessageResponse: { requestSeqNum, messageNotUnderstood } });
}
