import type { Clock } from './base/clock.js';
import type { Seen } from './base/seen.js';
import type { MessageStream } from './base/net.js';
import { systemNet } from './base/system-net.js';
import type { AssociationOptions } from './legs/bfcp-party/end.js';
import { fingerprintOfPem, wrongCertificate } from './legs/bfcp-party/fingerprints.js';
import type { WebDoor } from './legs/bfcp-party/contract.js';
import {
  openBfcpParty,
  type BfcpParty,
  type FloorIdentity,
  type WebPlace,
  type WebServer,
} from './legs/bfcp-party/party.js';
import { whyNotConnect } from './legs/bfcp-party/web-hosts.js';
import type { MediaMakers } from './legs/sip/leg-media.js';
import type { PortSource } from './legs/bfcp-party/ports.js';
import { isEncrypted, isWeb, type FloorTransport } from './protocol/sdp/floor-rules.js';
import { streamLimit } from './protocol/bfcp/framing.js';
import { openWebSocket } from './services/ws-client.js';
import { makeFloorIdentity } from './services/certificates/floor-identity.js';

/** Opens floor control of one leg; `seen` is told of its messages, `web` is where its WebSockets come in. */
export type OpenFloor = (
  transport: FloorTransport,
  bind: string,
  leg: { seen: Seen; web: WebPlace | null; dials?: boolean },
) => Promise<BfcpParty>;

/** Opens floor control for calls; the certificate for encrypted transports is made when the first one wants it. */
export function floorOpener(tools: AssociationOptions, ports: PortSource, door: WebDoor): OpenFloor {
  const party = { ...tools, net: systemNet, ports };
  let identity: Promise<FloorIdentity> | null = null;
  const own = (): Promise<FloorIdentity> => (identity ??= floorIdentity(tools.clock));
  return async (transport, bind, { seen, web, dials = false }) => {
    const shown = isEncrypted(transport) ? await own() : null;
    const dialWeb = dials ? async (server: WebServer) => dialServer(server, await own()) : null;
    return openBfcpParty(
      { ...party, bind, identity: shown, seen, dialWeb, web: web && { door, place: web } },
      transport,
    );
  };
}

/** A server that tells fingerprints is known by them, others by their name and authority (RFC 8857 §8). */
function dialServer({ uri, fingerprints }: WebServer, own: FloorIdentity): Promise<MessageStream> {
  const refusal = (certificate: Uint8Array | null): string | null => wrongCertificate(certificate, fingerprints);
  return openWebSocket(uri, {
    protocol: 'bfcp',
    largest: streamLimit,
    timeoutMs: 5000,
    ...(fingerprints.length > 0 ? { pinned: { own, refusal } } : {}),
  });
}

async function floorIdentity(clock: Clock): Promise<FloorIdentity> {
  const made = await makeFloorIdentity(clock);
  return { ...made, fingerprint: fingerprintOfPem(made.cert) };
}

/** Decides on WebSockets that callers want us to open, and says why not. */
export function webSocketJudge(
  { log, metrics }: Pick<AssociationOptions, 'log' | 'metrics'>,
  hosts: readonly string[],
): NonNullable<MediaMakers['mayDial']> {
  return ({ uri }, transport) => {
    const why = isWeb(transport) ? whyNotConnect(uri, transport, hosts) : 'it is no WebSocket';
    if (why === null) return true;
    metrics.count('dualstream_bfcp_events_total', { transport: transport.toLowerCase(), event: 'host_refused' });
    log.info({ why }, 'A WebSocket for floor control that a caller names is not opened');
    return false;
  };
}
