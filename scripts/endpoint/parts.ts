import { systemChance } from '../../src/base/ids.js';
import { openCodec } from './audio/codecs.js';
import type { Happening } from './events.js';
import { EndpointFloor } from './floor.js';
import { EndpointMedia } from './media.js';
import type { FullOptions } from './options.js';
import { CallSdp } from './sdp/call-sdp.js';
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
  transport: 'UDP' | 'TCP',
  listener: { tell(what: Happening): void; granted(holds: boolean): void },
): Promise<EndpointParts> {
  const media = await EndpointMedia.open(options, (what) => listener.tell(what));
  const { net, clock, bind, vendor } = options;
  const floor = await EndpointFloor.open({ net, clock, bind, transport }, listener).catch((error: unknown) => {
    media.close();
    throw error;
  });
  const ports = {
    audio: media.audio.port.port,
    video: media.main.port.port,
    content: media.content.port.port,
    bfcp: floor.port,
  };
  const codecs = new Set(['PCMU', 'PCMA', 'G722', 'OPUS'].filter((name) => openCodec(name) !== null));
  const bfcp = options.bfcp === undefined ? null : transport;
  const own = { address: bind, ports, codecs, bfcp };
  return { media, floor, sdp: new CallSdp(vendorNamed(vendor), own, systemChance.int(1, 0x7fffffff)) };
}

/** Over what the endpoint offers floor control: as it was told to, else as its vendor does. */
export function offeredTransport({ bfcp, vendor }: FullOptions): 'UDP' | 'TCP' {
  const { template } = vendorNamed(vendor);
  const tcp = bfcp === undefined && template.some((line) => line.includes('{bfcp} TCP/BFCP'));
  return bfcp === 'tcp' || tcp ? 'TCP' : 'UDP';
}
