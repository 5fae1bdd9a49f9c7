import { systemClock } from '../../src/base/clock.js';
import { systemChance } from '../../src/base/ids.js';
import { systemNet } from '../../src/base/system-net.js';
import { openBfcpClient, type BfcpClientLink } from '../../src/legs/bfcp-party/client-link.js';
import { here } from './gateway-process.js';
import { roomSystem } from './offers.js';
import type { Uac, UacCall } from './uac.js';

/** Ports of media lines that nobody sends on or listens to here. */
const noMedia = { audio: 9, video: 9, content: 9 };

/** A call with a BFCP client and without media. */
export interface Member {
  link: BfcpClientLink;
  call: UacCall;
}

/** Calls a room and connects to its floor; content goes to that port. Rejects when the call is refused or has no floor. */
export async function joinFloor(
  uac: Uac,
  room: string,
  transport: 'UDP' | 'TCP',
  name?: string,
  content = noMedia.content,
): Promise<Member> {
  const link = await openBfcpClient({
    net: systemNet,
    clock: systemClock,
    chance: systemChance,
    transport,
    bind: here,
  });
  const sdp = roomSystem({ ...noMedia, content, bfcp: link.port }, transport);
  const { answer, call } = await uac.call(room, sdp.offer(), name);
  const floor = answer.status === 200 ? sdp.answered(answer.sdp).floor : null;
  if (!floor) throw new Error(`no floor control: answer ${answer.status}`);
  await link.connect(floor);
  return { link, call };
}
