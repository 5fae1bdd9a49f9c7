import { systemChance } from '../../src/base/ids.js';
import { silentLog } from '../../src/base/log.js';
import { createMetrics, type Metrics } from '../../src/base/metrics.js';
import type { Net } from '../../src/base/net.js';
import type { SeenMessage } from '../../src/base/seen.js';
import { systemNet } from '../../src/base/system-net.js';
import { openBfcpClient, type BfcpClientLink, type ClientTarget } from '../../src/legs/bfcp-party/client-link.js';
import { fingerprintOfPem } from '../../src/legs/bfcp-party/fingerprints.js';
import { openBfcpParty, type BfcpParty, type FloorIdentity } from '../../src/legs/bfcp-party/party.js';
import { anyPort } from '../../src/legs/bfcp-party/ports.js';
import { isStream, type FloorTransport } from '../../src/protocol/sdp/floor-rules.js';
import { selfSignedTest } from './certificates.js';
import { SkewClock } from './skew-clock.js';

/** Everything a party needs, on loopback. */
export interface Bench {
  clock: SkewClock;
  metrics: Metrics;
  /** What parties told of their messages; the octets are copies. */
  passed: SeenMessage[];
  party(transport: FloorTransport, net?: Net): Promise<BfcpParty>;
  client(transport: FloorTransport, net?: Net): Promise<BfcpClientLink>;
}

/** A bench with counters and a clock of its own. */
export function bench(identities: Partial<Identities> = {}): Bench {
  const clock = new SkewClock();
  const metrics = createMetrics();
  const passed: SeenMessage[] = [];
  const seen = (one: SeenMessage): void => void passed.push({ ...one, bytes: Buffer.from(one.bytes) });
  const common = { clock, chance: systemChance, bind: '127.0.0.1' };
  return {
    clock,
    metrics,
    passed,
    party: (transport, net = systemNet) => {
      const options = { ...common, net, log: silentLog, metrics, ports: anyPort, seen };
      return openBfcpParty({ ...options, ...shown(identities.party) }, transport);
    },
    client: (transport, net = systemNet) =>
      openBfcpClient({ ...common, net, transport, keepAliveMs: 0, ...shown(identities.client) }),
  };
}

/** Certificates for encrypted transports. */
export interface Identities {
  party: FloorIdentity;
  client: FloorIdentity;
}

function shown(identity: FloorIdentity | undefined): { identity?: FloorIdentity } {
  return identity ? { identity } : {};
}

/** A certificate of one's own for floor control. */
export async function floorIdentity(common: string): Promise<FloorIdentity> {
  const { cert, key } = await selfSignedTest({ common });
  return { cert, key, fingerprint: fingerprintOfPem(cert) };
}

/** What a client is told in SDP about a party on loopback. */
export function targetOf(party: BfcpParty, setup: ClientTarget['setup'] = 'active'): ClientTarget {
  const version = isStream(party.local.transport) ? 1 : 2;
  return { remote: { address: '127.0.0.1', port: party.local.port }, ...party.ids, version, setup };
}
