import { systemChance } from '../../../src/base/ids.js';
import { openCodec } from '../audio/codecs.js';
import { EndpointFloor, type FloorListener } from '../floor.js';
import type { EndpointMedia } from '../media.js';
import type { FullOptions } from '../options.js';
import { fingerprintOfPem } from '../../../src/legs/bfcp-party/fingerprints.js';
import type { FloorIdentity } from '../../../src/legs/bfcp-party/party.js';
import { isEncrypted } from '../../../src/protocol/sdp/floor-rules.js';
import { makeFloorIdentity } from '../../../src/services/certificates/floor-identity.js';
import { CallSdp } from '../sdp/call-sdp.js';
import type { FloorOver } from '../sdp/roles.js';
import { vendorNamed } from '../vendors/index.js';

/** What a SIP call has before it stands besides its media: the port of floor control, and the description. */
export interface SipParts {
  floor: EndpointFloor;
  sdp: CallSdp;
}

/** Opens the floor control of a call over `transport`. Rejects with the system's error. */
export async function openParts(
  options: FullOptions,
  media: EndpointMedia,
  transport: FloorOver,
  listener: FloorListener,
): Promise<SipParts> {
  const identity = isEncrypted(transport) ? await ownIdentity(options) : null;
  const { net, clock, bind, vendor, kbps = null } = options;
  const shown = identity ? { identity } : {};
  const floor = await EndpointFloor.open({ net, clock, bind, transport, ...shown }, listener);
  const ports = {
    audio: media.audio.port.port,
    video: media.main.port.port,
    content: media.content.port.port,
    bfcp: floor.port,
  };
  const codecs = new Set(['PCMU', 'PCMA', 'G722', 'OPUS'].filter((name) => openCodec(name) !== null));
  const bfcp = options.bfcp === undefined ? null : transport;
  const own = { address: bind, ports, codecs, bfcp, fingerprint: identity?.fingerprint ?? null, kbps };
  return { floor, sdp: new CallSdp(vendorNamed(vendor), own, systemChance.int(1, 0x7fffffff)) };
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
