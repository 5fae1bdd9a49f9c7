import type { Clock } from './base/clock.js';
import type { Seen } from './base/seen.js';
import { systemNet } from './base/system-net.js';
import type { AssociationOptions } from './legs/bfcp-party/end.js';
import { fingerprintOfPem } from './legs/bfcp-party/fingerprints.js';
import type { WebDoor } from './legs/bfcp-party/contract.js';
import { openBfcpParty, type BfcpParty, type FloorIdentity, type WebPlace } from './legs/bfcp-party/party.js';
import type { PortSource } from './legs/bfcp-party/ports.js';
import { isEncrypted, type FloorTransport } from './protocol/sdp/floor-rules.js';
import { makeFloorIdentity } from './services/certificates/floor-identity.js';

/** Opens floor control of one leg; `seen` is told of its messages, `web` is where its WebSockets come in. */
export type OpenFloor = (
  transport: FloorTransport,
  bind: string,
  leg: { seen: Seen; web: WebPlace | null },
) => Promise<BfcpParty>;

/** Opens floor control for calls; the certificate for encrypted transports is made when the first one wants it. */
export function floorOpener(tools: AssociationOptions, ports: PortSource, door: WebDoor): OpenFloor {
  const party = { ...tools, net: systemNet, ports };
  let identity: Promise<FloorIdentity> | null = null;
  return async (transport, bind, { seen, web }) => {
    const shown = isEncrypted(transport) ? await (identity ??= floorIdentity(tools.clock)) : null;
    return openBfcpParty({ ...party, bind, identity: shown, seen, web: web && { door, place: web } }, transport);
  };
}

async function floorIdentity(clock: Clock): Promise<FloorIdentity> {
  const made = await makeFloorIdentity(clock);
  return { ...made, fingerprint: fingerprintOfPem(made.cert) };
}
