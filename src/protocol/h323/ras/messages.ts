import { chosen, type NameOf } from '../../asn1/choice.js';
import { decode, encode } from '../../asn1/codec.js';
import type { Asn1Fault } from '../../asn1/fault.js';
import type { Limits } from '../../asn1/reader.js';
import { RasMessage, type CryptoH323Token, type FeatureSet, type GenericData } from '../h225/schema.js';
import type { Features } from './contract.js';

/** Names of RAS messages. */
export type RasName = NameOf<RasMessage>;

/** What all RAS messages have but a sequence of ACFs, which has it in each. */
interface RasBody {
  requestSeqNum: number;
  cryptoTokens?: CryptoH323Token[] | undefined;
  endpointIdentifier?: string | undefined;
}

/** Which messages answer a request, the one that grants it first. */
export const answersTo = {
  gatekeeperRequest: ['gatekeeperConfirm', 'gatekeeperReject'],
  registrationRequest: ['registrationConfirm', 'registrationReject'],
  unregistrationRequest: ['unregistrationConfirm', 'unregistrationReject'],
  admissionRequest: ['admissionConfirm', 'admissionConfirmSequence', 'admissionReject'],
  bandwidthRequest: ['bandwidthConfirm', 'bandwidthReject'],
  disengageRequest: ['disengageConfirm', 'disengageReject'],
  locationRequest: ['locationConfirm', 'locationReject'],
  infoRequest: ['infoRequestResponse'],
  infoRequestResponse: ['infoRequestAck', 'infoRequestNak'],
  resourcesAvailableIndicate: ['resourcesAvailableConfirm'],
  serviceControlIndication: ['serviceControlResponse'],
  nonStandardMessage: [],
} as const satisfies Partial<Record<RasName, readonly RasName[]>>;

export type RequestName = keyof typeof answersTo;

/** Everything that can be in a datagram: devices fill them up, but none is larger. */
export const largestDatagram = 8192;
/** What a message of RAS may hold: real ones are far below. */
const limits: Limits = { elements: 1024, depth: 16 };

/** Reads a datagram. */
export function readRas(octets: Uint8Array): { ok: true; message: RasMessage } | { ok: false; fault: Asn1Fault } {
  const read = decode(RasMessage, octets, limits);
  return read.ok ? { ok: true, message: read.value } : read;
}

export function writeRas(message: RasMessage): Buffer {
  return encode(RasMessage, message);
}

export function nameOf(message: RasMessage): RasName {
  return chosen(message);
}

/** The part that is alike in all messages; null for those that we do not know. */
export function bodyOf(message: RasMessage): RasBody | null {
  if (message.unknownAlternative) return null;
  if (message.admissionConfirmSequence) return message.admissionConfirmSequence[0] ?? null;
  return (message as Record<string, RasBody | undefined>)[nameOf(message)] ?? null;
}

/** The same message with these tokens. */
export function withTokens(message: RasMessage, cryptoTokens: CryptoH323Token[] | undefined): RasMessage {
  return withParts(message, { cryptoTokens });
}

/** The same message with another number. */
export function withNumber(message: RasMessage, requestSeqNum: number): RasMessage {
  return withParts(message, { requestSeqNum });
}

function withParts(message: RasMessage, parts: Partial<RasBody>): RasMessage {
  const name = nameOf(message);
  const body = (message as Record<string, unknown>)[name];
  if (name === 'unknownAlternative' || Array.isArray(body)) return message;
  return { [name]: { ...(body as RasBody), ...parts } } as unknown as RasMessage;
}

/** Whether this message grants or refuses that request. */
export function answers(request: RequestName, answer: RasName): boolean {
  return (answersTo[request] as readonly RasName[]).includes(answer);
}

/** Name of the reason in a refusal; null in other messages. */
export function rejectReason(message: RasMessage): string | null {
  const body = bodyOf(message) as { rejectReason?: object; nakReason?: object } | null;
  const reason = body?.rejectReason ?? body?.nakReason;
  return reason ? chosen(reason) : null;
}

/** Features of H.460 by their numbers, wherever a message has them. */
export function featuresOf(body: {
  featureSet?: FeatureSet | undefined;
  genericData?: GenericData[] | undefined;
}): Features {
  const set = body.featureSet;
  const all = [
    ...(set?.neededFeatures ?? []),
    ...(set?.desiredFeatures ?? []),
    ...(set?.supportedFeatures ?? []),
    ...(body.genericData ?? []),
  ];
  const found = new Map<number, GenericData>();
  for (const feature of all) if (feature.id.standard !== undefined) found.set(feature.id.standard, feature);
  return found;
}

/** Features that cannot be done without, by their numbers; -1 for one without a number. */
export function neededFeatures(set: FeatureSet | undefined): number[] {
  return (set?.neededFeatures ?? []).map(({ id }) => id.standard ?? -1);
}

/** Our version of H.225.0 in messages. */
export const protocolIdentifier = '0.0.8.2250.0.7';

/** Whether this is H.225.0, of whatever version. */
export function isH225(identifier: string): boolean {
  return /^0\.0\.8\.2250\.0\.[1-9]\d*$/.test(identifier);
}
