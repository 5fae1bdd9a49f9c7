import type { Endpoint } from '../../../base/net.js';
import { transportOf } from '../addresses.js';
import type { AliasAddress, EndpointType, FeatureSet, Setup_UUIE } from '../h225/schema.js';
import type { BearerCapability, PartyNumber } from '../q931-elements.js';
import type { AnswerDetails, DialOptions } from './contract.js';
import { writeProposals } from './fast-start.js';
import type { CallNames } from './names.js';

/** H.225.0 version 7; nothing of ours needs a later one. */
export const protocolIdentifier = '0.0.8.2250.0.7';

/** kbit/s of a bearer that is not told otherwise. */
const usualKbps = 1920;

/** Unrestricted digital, so many times 64 kbit/s, H.221 and H.242: what video calls have (H.225.0 table 11). */
export function bearerOf(kbps = usualKbps): BearerCapability {
  const rateMultiplier = Math.min(127, Math.max(1, Math.ceil(kbps / 64)));
  return { transferCapability: 8, transferMode: 0, transferRate: 24, rateMultiplier, layer1: 5 };
}

/** A number of unknown type in the plan of E.164. */
export function numberOf(digits: string): PartyNumber {
  return { digits, type: 0, plan: 1 };
}

/** Digits of the first alias that is a number. */
export function digitsOf(aliases: readonly AliasAddress[]): string | undefined {
  return aliases.find(({ dialledDigits }) => dialledDigits !== undefined)?.dialledDigits;
}

/** What a Setup says besides what the caller's layer above wants. */
export interface SetupFacts {
  names: CallNames;
  us: EndpointType;
  /** Where the Setup goes, and where we take calls ourselves. */
  to: Endpoint;
  signalling: Endpoint | null;
}

/** @throws Asn1Fault for channels that cannot be written */
export function setupOf(how: DialOptions, { names, us, to, signalling }: SetupFacts): Setup_UUIE {
  const { fastStart, extension, features } = how;
  return {
    protocolIdentifier,
    ...nonEmpty('sourceAddress', how.source),
    sourceInfo: us,
    ...nonEmpty('destinationAddress', how.destination),
    destCallSignalAddress: transportOf(to),
    activeMC: false,
    conferenceID: names.conferenceID,
    conferenceGoal: { create: true },
    callType: { pointToPoint: true },
    ...(signalling ? { sourceCallSignalAddress: transportOf(signalling) } : {}),
    ...(extension ? { remoteExtensionAddress: extension } : {}),
    callIdentifier: { guid: names.callIdentifier },
    ...nonEmpty('tokens', how.tokens),
    ...(fastStart && fastStart.length > 0 ? { fastStart: writeProposals(fastStart) } : {}),
    mediaWaitForConnect: false,
    canOverlapSend: false,
    multipleCalls: false,
    maintainConnection: false,
    ...nonEmpty('neededFeatures', features?.neededFeatures),
    ...nonEmpty('desiredFeatures', features?.desiredFeatures),
    ...nonEmpty('supportedFeatures', features?.supportedFeatures),
    ...how.setup,
  };
}

/** What CallProceeding, Alerting, Progress and Connect have in common. */
export interface AnswerFacts {
  us: EndpointType;
  names: CallNames;
  /** Where we listen for H.245. */
  h245Address: Endpoint | null;
  /** null: not decided, or there was no fast start; empty: refused. */
  fastStart: readonly Buffer[] | null;
  /** Said back to callers that said so: several calls on one connection, and keeping it. */
  multipleCalls: boolean;
  maintainConnection: boolean;
}

export interface CommonAnswer {
  protocolIdentifier: string;
  destinationInfo: EndpointType;
  h245Address?: Setup_UUIE['h245Address'];
  callIdentifier: { guid: Buffer };
  tokens?: Setup_UUIE['tokens'];
  fastStart?: Buffer[];
  fastConnectRefused?: true;
  multipleCalls: boolean;
  maintainConnection: boolean;
}

export function answerOf(facts: AnswerFacts, details: AnswerDetails): CommonAnswer {
  const { h245Address, fastStart } = facts;
  return {
    protocolIdentifier,
    destinationInfo: facts.us,
    ...(h245Address ? { h245Address: transportOf(h245Address) } : {}),
    callIdentifier: { guid: facts.names.callIdentifier },
    ...nonEmpty('tokens', details.tokens),
    ...(fastStart && fastStart.length > 0 ? { fastStart: [...fastStart] } : {}),
    ...(fastStart && fastStart.length === 0 ? { fastConnectRefused: true as const } : {}),
    multipleCalls: facts.multipleCalls,
    maintainConnection: facts.maintainConnection,
  };
}

/** Features of a Setup, which has them in three components. */
export function featuresOf(setup: Setup_UUIE): FeatureSet | null {
  const { neededFeatures, desiredFeatures, supportedFeatures } = setup;
  if (!neededFeatures && !desiredFeatures && !supportedFeatures) return null;
  return { replacementFeatureSet: false, neededFeatures, desiredFeatures, supportedFeatures };
}

function nonEmpty<K extends string, T>(name: K, list: readonly T[] | undefined): Partial<Record<K, T[]>> {
  return list && list.length > 0 ? ({ [name]: [...list] } as Record<K, T[]>) : {};
}
