import { isDeepStrictEqual } from 'node:util';
import type { Endpoint } from '../../../base/net.js';
import { endpointOf, sameHost } from '../addresses.js';
import type { AliasAddress, Connect_UUIE, EndpointType, FeatureSet, Setup_UUIE } from '../h225/schema.js';
import { mediaTraversalIn } from '../h460/traversal.js';
import type { PartyNumber } from '../q931-elements.js';
import { isPrivate } from '../nat.js';
import { featuresOf } from './compose.js';
import type { PeerFacts } from './contract.js';
import { anyBody, bodyOf, versionOf, type Signal } from './signal.js';

export const unknownPeer: PeerFacts = {
  aliases: [],
  display: '',
  number: '',
  endpointType: null,
  version: 0,
  tokens: [],
  features: null,
  hidden: false,
};

/** Components of bodies that tell of their sender, by the names that they have there. */
interface TellingBody {
  protocolIdentifier?: string;
  destinationInfo?: EndpointType;
  connectedAddress?: AliasAddress[];
  alertingAddress?: AliasAddress[];
  busyAddress?: AliasAddress[];
  displayName?: Connect_UUIE['displayName'];
  tokens?: PeerFacts['tokens'];
  featureSet?: FeatureSet;
  presentationIndicator?: Connect_UUIE['presentationIndicator'];
}

/** What a message adds to what is known of its sender; the same object where it adds nothing. */
export function learned(known: PeerFacts, signal: Signal): PeerFacts {
  const body = anyBody(signal.pdu) as TellingBody;
  const setup = bodyOf(signal.pdu, 'setup');
  const { display, callingPartyNumber, connectedNumber } = signal.q931;
  const aliases = setup?.sourceAddress ?? body.connectedAddress ?? body.alertingAddress ?? body.busyAddress;
  const party = setup ? callingPartyNumber : connectedNumber;
  const facts: PeerFacts = {
    aliases: aliases ?? known.aliases,
    display: display || body.displayName?.[0]?.name || known.display,
    number: party?.digits ?? known.number,
    endpointType: setup?.sourceInfo ?? body.destinationInfo ?? known.endpointType,
    version: versionOf(body.protocolIdentifier) || known.version,
    tokens: body.tokens ?? known.tokens,
    features: (setup ? featuresOf(setup) : body.featureSet) ?? known.features,
    hidden: hides(body, party) ?? known.hidden,
  };
  return isDeepStrictEqual(facts, known) ? known : facts;
}

/** Presentation of a number that is not to be shown (Q.931 table 4-11). */
const restricted = 1;

/** Whether a message says that its sender wants to stay unknown; undefined where it says nothing of that. */
function hides({ presentationIndicator: said }: TellingBody, party: PartyNumber | undefined): boolean | undefined {
  if (said) return said.presentationRestricted === true;
  return party?.presentation === undefined ? undefined : party.presentation === restricted;
}

/**
 * Whether the caller is behind NAT and cannot be connected to: it says so as a client of H.460.19, or the address that it
 * gives for itself means nothing where we are.
 */
export function callerIsHidden(setup: Setup_UUIE, remote: Endpoint): boolean {
  const lists = [setup.supportedFeatures, setup.desiredFeatures, setup.neededFeatures];
  const traversal = mediaTraversalIn(lists.flatMap((list) => list ?? []));
  if (traversal) return !traversal.server;
  const told = endpointOf(setup.sourceCallSignalAddress);
  return told !== null && !sameHost(told, remote) && isPrivate(told.address) && !isPrivate(remote.address);
}

/** Bearer rate in kbit/s; null where the element does not say. */
export function bearerKbps({ bearerCapability }: Signal['q931']): number | null {
  const times = bearerCapability?.rateMultiplier;
  return times === undefined || times === 0 ? null : times * 64;
}

/** Whom a Setup calls. */
export function calledBy(setup: Setup_UUIE, q931: Signal['q931']) {
  return {
    aliases: setup.destinationAddress ?? [],
    number: q931.calledPartyNumber?.digits ?? '',
    extension: setup.remoteExtensionAddress ?? null,
  };
}
