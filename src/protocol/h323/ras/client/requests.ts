import { transportOf } from '../../addresses.js';
import { hmacSha1, md5 } from '../../h235/password.js';
import type { AuthenticationMechanism } from '../../h235/schema.js';
import type { EndpointType, RasMessage, SupportedPrefix } from '../../h225/schema.js';
import { aliasOf } from '../../aliases.js';
import type { ClientSettings } from '../contract.js';
import { signallingTraversal, supporting } from '../features.js';
import { protocolIdentifier } from '../messages.js';

/** The number is given when a request is sent. */
const requestSeqNum = 1;

/** What we are, in words of H.225.0. */
export function endpointType({ kind, prefixes = [], vendor }: ClientSettings): EndpointType {
  const supportedPrefixes: SupportedPrefix[] = prefixes.map((prefix) => ({ prefix: aliasOf(prefix) }));
  const protocol = [{ h323: { supportedPrefixes } }, { voice: { supportedPrefixes } }];
  const rest = { vendor, undefinedNode: false };
  if (kind === 'terminal') return { ...rest, terminal: {}, mc: false };
  if (kind === 'gateway') return { ...rest, gateway: { protocol }, mc: false };
  return { ...rest, mcu: { protocol }, mc: true };
}

export function discovery(settings: ClientSettings): RasMessage {
  const { ras, aliases, gatekeeperIdentifier, password, traversal } = settings;
  const algorithm = password && { 'hmac-sha1-96': hmacSha1, md5 }[password.form];
  const capability: AuthenticationMechanism[] = [{ pwdHash: true }];
  return {
    gatekeeperRequest: {
      requestSeqNum,
      protocolIdentifier,
      rasAddress: transportOf(ras),
      endpointType: endpointType(settings),
      gatekeeperIdentifier,
      endpointAlias: aliases.length > 0 ? [...aliases] : undefined,
      authenticationCapability: algorithm === undefined ? undefined : capability,
      algorithmOIDs: algorithm === undefined ? undefined : [algorithm],
      supportsAltGK: true,
      supportsAssignedGK: true,
      featureSet: traversal === true ? supporting(signallingTraversal) : undefined,
    },
  };
}

/** What a registration is made of besides the settings. */
export interface RegistrationState {
  discovered: boolean;
  gatekeeperIdentifier: string | null;
}

export function registration(settings: ClientSettings, state: RegistrationState): RasMessage {
  const { signalling, ras, aliases, vendor, timeToLive, traversal } = settings;
  return {
    registrationRequest: {
      requestSeqNum,
      protocolIdentifier,
      discoveryComplete: state.discovered,
      callSignalAddress: signalling.map(transportOf),
      rasAddress: [transportOf(ras)],
      terminalType: endpointType(settings),
      terminalAlias: aliases.length > 0 ? [...aliases] : undefined,
      gatekeeperIdentifier: state.gatekeeperIdentifier ?? undefined,
      endpointVendor: vendor,
      timeToLive,
      keepAlive: false,
      willSupplyUUIEs: false,
      maintainConnection: false,
      supportsAltGK: true,
      supportsAssignedGK: true,
      multipleCalls: false,
      featureSet: traversal === true ? supporting(signallingTraversal) : undefined,
    },
  };
}

/** "Lightweight" registration: only that we are still there. */
export function keepAlive(
  settings: ClientSettings,
  held: { endpointIdentifier: string; gatekeeperIdentifier: string | null; timeToLive: number },
): RasMessage {
  return {
    registrationRequest: {
      requestSeqNum,
      protocolIdentifier,
      discoveryComplete: true,
      callSignalAddress: settings.signalling.map(transportOf),
      rasAddress: [transportOf(settings.ras)],
      terminalType: endpointType(settings),
      gatekeeperIdentifier: held.gatekeeperIdentifier ?? undefined,
      endpointVendor: settings.vendor,
      timeToLive: held.timeToLive,
      keepAlive: true,
      endpointIdentifier: held.endpointIdentifier,
      willSupplyUUIEs: false,
      maintainConnection: false,
      featureSet: settings.traversal === true ? supporting(signallingTraversal) : undefined,
    },
  };
}

export function unregistration(
  settings: ClientSettings,
  held: { endpointIdentifier: string; gatekeeperIdentifier: string | null },
): RasMessage {
  return {
    unregistrationRequest: {
      requestSeqNum,
      callSignalAddress: settings.signalling.map(transportOf),
      endpointAlias: settings.aliases.length > 0 ? [...settings.aliases] : undefined,
      endpointIdentifier: held.endpointIdentifier,
      gatekeeperIdentifier: held.gatekeeperIdentifier ?? undefined,
    },
  };
}

/** RAI: whether we can hardly take more calls. */
export function resources(
  settings: ClientSettings,
  held: { endpointIdentifier: string },
  almostOutOfResources: boolean,
): RasMessage {
  const supportedPrefixes: SupportedPrefix[] = (settings.prefixes ?? []).map((prefix) => ({ prefix: aliasOf(prefix) }));
  return {
    resourcesAvailableIndicate: {
      requestSeqNum,
      protocolIdentifier,
      endpointIdentifier: held.endpointIdentifier,
      protocols: [{ h323: { supportedPrefixes } }],
      almostOutOfResources,
    },
  };
}
