import type { Endpoint } from '../../../../base/net.js';
import { endpointOf, sameHost, transportOf } from '../../addresses.js';
import { aliasTexts } from '../../aliases.js';
import { hmacSha1, md5 } from '../../h235/password.js';
import type { GatekeeperConfirm, GatekeeperReject, GatekeeperRequest, RasMessage } from '../../h225/schema.js';
import type { GatekeeperHost } from '../contract.js';
import { signallingTraversal, supporting } from '../features.js';
import { featuresOf, isH225, neededFeatures, protocolIdentifier } from '../messages.js';
import type { Asked } from './context.js';
import type { GatekeeperSettings } from './settings.js';

const algorithms = { 'hmac-sha1-96': hmacSha1, md5 };

/** Discovery (H.225.0 §7.8): GRQ. Anybody may ask; passwords come with the registration. */
export async function discover(
  request: GatekeeperRequest,
  { from }: Asked,
  settings: GatekeeperSettings,
  host: GatekeeperHost,
): Promise<RasMessage> {
  const { requestSeqNum } = request;
  const rejectReason = reasonAgainst(request, settings);
  const gatekeeperIdentifier = settings.identifier;
  if (rejectReason)
    return { gatekeeperReject: { requestSeqNum, protocolIdentifier, gatekeeperIdentifier, rejectReason } };
  const told = endpointOf(request.rasAddress);
  const nat =
    settings.traversal === 'always' || (settings.traversal === 'nat' && told !== null && !sameHost(told, from));
  return {
    gatekeeperConfirm: {
      requestSeqNum,
      protocolIdentifier,
      gatekeeperIdentifier,
      rasAddress: transportOf(host.rasFor(from)),
      ...(await authentication(request, from, settings, host)),
      featureSet: nat && featuresOf(request).has(signallingTraversal) ? supporting(signallingTraversal) : undefined,
    },
  };
}

function reasonAgainst(
  request: GatekeeperRequest,
  settings: GatekeeperSettings,
): GatekeeperReject['rejectReason'] | null {
  const wanted = request.gatekeeperIdentifier?.replace(/\0+$/, '') ?? '';
  if (!isH225(request.protocolIdentifier)) return { invalidRevision: true };
  if (wanted !== '' && wanted !== settings.identifier) return { terminalExcluded: true };
  const known = settings.traversal === 'off' ? [] : [signallingTraversal];
  const lacking = neededFeatures(request.featureSet).some((one) => !known.includes(one));
  return lacking ? { neededFeatureNotSupported: true } : null;
}

/** How the device is to prove its password: the best way that both know, where one is wanted. */
async function authentication(
  { algorithmOIDs = [], authenticationCapability = [], endpointAlias }: GatekeeperRequest,
  { address }: Endpoint,
  settings: GatekeeperSettings,
  host: GatekeeperHost,
): Promise<Pick<GatekeeperConfirm, 'authenticationMode' | 'algorithmOID'>> {
  const form = settings.forms.find((one) => algorithmOIDs.includes(algorithms[one]));
  if (!form || settings.authentication === 'off' || !authenticationCapability.some(({ pwdHash }) => pwdHash)) return {};
  let wanted = settings.authentication === 'required' && !settings.open(address);
  for (const alias of aliasTexts(endpointAlias).slice(0, settings.limits.aliases))
    wanted ||= (await host.credentialsOf(alias)) !== null;
  return wanted ? { authenticationMode: { pwdHash: true }, algorithmOID: algorithms[form] } : {};
}
