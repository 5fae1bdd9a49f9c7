import { endpointText } from '../../protocol/h323/addresses.js';
import { aliasTexts } from '../../protocol/h323/aliases.js';
import type { SignalledCall } from '../../protocol/h323/call/contract.js';
import type { PeerInfo } from '../../rooms/leg.js';
import { cleanText } from '../shown-text.js';

/** Longest address that is shown. */
const uriLimit = 255;

/** Who is at the far end, from its display, aliases and number; never without a name. */
export function peerInfoOf(
  call: Pick<SignalledCall, 'peer' | 'path' | 'role' | 'called'>,
  name: string | null,
): PeerInfo {
  const { peer, path, role, called } = call;
  const [alias = ''] = aliasTexts(peer.aliases);
  const host = path ? endpointText({ ...path.remote }) : '';
  // who answers without an address of its own was called by it
  const user = alias || peer.number || (role === 'caller' ? (aliasTexts(called.aliases)[0] ?? '') : '');
  const place = path?.remote.address ?? '';
  return {
    name: cleanText(name ?? peer.display) || cleanText(alias) || cleanText(peer.number) || place || 'unknown',
    uri: cleanText(user === '' ? `h323:${host}` : `h323:${encodeURI(user)}@${place}`, uriLimit),
    agent: productOf(peer.endpointType?.vendor),
    ...(role === 'caller' ? identityOf(peer) : {}),
  };
}

/** What who answered said of itself. */
function identityOf({ aliases, display, number, hidden }: SignalledCall['peer']): Pick<PeerInfo, 'identity'> {
  if (hidden) return { identity: 'hidden' };
  return aliases.length > 0 || display !== '' || number !== '' ? { identity: 'told' } : {};
}

type Vendor = NonNullable<NonNullable<SignalledCall['peer']['endpointType']>['vendor']>;

/** Product and version; some stacks end them with NULs. */
export function productOf(vendor: Vendor | undefined): string {
  const text = (octets: Buffer | undefined): string => (octets ? octets.toString('latin1').replace(/\0.*$/s, '') : '');
  return cleanText([text(vendor?.productId), text(vendor?.versionId)].filter((one) => one !== '').join(' '));
}
