import { systemChance } from '../../src/base/ids.js';
import { openCodec } from './audio/codecs.js';
import type { Happening } from './events.js';
import { EndpointFloor } from './floor.js';
import { EndpointMedia } from './media.js';
import type { FullOptions } from './options.js';
import { fingerprintOfPem } from '../../src/legs/bfcp-party/fingerprints.js';
import type { FloorIdentity } from '../../src/legs/bfcp-party/party.js';
import { isEncrypted } from '../../src/protocol/sdp/floor-rules.js';
import { makeFloorIdentity } from '../../src/services/certificates/floor-identity.js';
import { CallSdp } from './sdp/call-sdp.js';
import type { FloorOver } from './sdp/roles.js';
import { vendorNamed } from './vendors/index.js';

/** What an endpoint has before its call stands: ports, and the description that names them. */
export interface EndpointParts {
  media: EndpointMedia;
  floor: EndpointFloor;
  sdp: CallSdp;
}

/** Opens every port of a call whose floor control goes over `transport`. Rejects with the system's error. */
export async function openParts(
  options: FullOptions,
  transport: FloorOver,
  listener: { tell(what: Happening): void; granted(holds: boolean): void },
): Promise<EndpointParts> {
  const identity = isEncrypted(transport) ? await ownIdentity(options) : null;
  const media = await EndpointMedia.open(options, (what) => listener.tell(what));
  const { net, clock, bind, vendor, kbps = null } = options;
  const shown = identity ? { identity } : {};
  const floor = await EndpointFloor.open({ net, clock, bind, transport, ...shown }, listener).catch(
    (error: unknown) => {
      media.close();
      throw error;
    },
  );
  const ports = {
    audio: media.audio.port.port,
    video: media.main.port.port,
    content: media.content.port.port,
    bfcp: floor.port,
  };
  const codecs = new Set(['PCMU', 'PCMA', 'G722', 'OPUS'].filter((name) => openCodec(name) !== null));
  const bfcp = options.bfcp === undefined ? null : transport;
  const own = { address: bind, ports, codecs, bfcp, fingerprint: identity?.fingerprint ?? null, kbps };
  return { media, floor, sdp: new CallSdp(vendorNamed(vendor), own, systemChance.int(1, 0x7fffffff)) };
}

const overs = { udp: 'UDP', tcp: 'TCP', tls: 'TLS', dtls: 'DTLS', 'tcp-dtls': 'TCP-DTLS' } as const;

/** A certificate for this call only. */
async function ownIdentity({ clock }: FullOptions): Promise<FloorIdentity> {
  const made = await makeFloorIdentity(clock);
  return { ...made, fingerprint: fingerprintOfPem(made.cert) };
}

/** Over what the endpoint offers floor control: as it was told to, else as its vendor does. */
export function offeredTransport({ bfcp, vendor }: FullOptions): FloorOver {
  const { template } = vendorNamed(vendor);
  if (bfcp !== undefined) return overs[bfcp];
  return template.some((line) => line.includes('{bfcp} TCP/BFCP')) ? 'TCP' : 'UDP';
}
