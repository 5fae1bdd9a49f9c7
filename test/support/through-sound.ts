import assert from 'node:assert/strict';
import { startMediaPlane } from '../../src/media/io/plane.js';
import type { LineParams } from '../../src/media/plane.js';
import type { AudioMedia } from '../../src/protocol/h323/control/contract.js';
import { Peer as RtpPeer, until } from '../media/io/peer.js';
import type { Peer } from './h323-rig.js';
import { describePeer } from './offers.js';
import type { ThroughRig } from './through-rig.js';
import { waitUntil } from './wait.js';

/** A description whose sound is G.722.1 under these numbers at these rates, and PCMU. */
export function withG7221(pts: Record<number, number>, order = `${Object.keys(pts).join(' ')} 0`): string {
  const lines = Object.entries(pts).map(
    ([pt, rate]) => `a=rtpmap:${pt} G7221/16000\r\na=fmtp:${pt} bitrate=${rate}\r\n`,
  );
  return describePeer().replace(/^(m=audio \d+ RTP\/AVP) 0\r\n/m, `$1 ${order}\r\n${lines.join('')}`);
}

/** Payload numbers of the sound of a description. */
export function audioLine(sdp: string): string {
  return /^m=audio \d+ RTP\/AVP ([\d ]+)/m.exec(sdp)?.[1] ?? '';
}

/** The codec of what a device receives. */
export function heardAs(device: Peer): AudioMedia | undefined {
  const open = device.session?.channels.find(
    (one) => one.direction === 'in' && one.state === 'open' && one.opening.forward?.media.kind === 'audio',
  );
  return open?.opening.forward?.media as AudioMedia | undefined;
}

/** Codecs of sound that a device was told of. */
export function soundsOffered(device: Peer): string[] {
  return (device.session?.remote?.entries ?? []).flatMap(({ capability }) =>
    capability.kind === 'audio' ? [capability.codec] : [],
  );
}

/** Ways of sound that are passed on as they are. */
export function soundChains(rig: ThroughRig): number {
  return rig.plane.chains().filter((chain) => chain.includes('/audio')).length;
}

/** Sends packets of both ends through the real media plane, on lines like those that are passed on to each other. */
export async function soundPasses(rig: ThroughRig, octets: number): Promise<void> {
  await waitUntil(
    () => soundChains(rig) === 2 && rig.bridge.conferences.size === 0,
    2000,
    () => rig.plane.chains().join('\n'),
  );
  const lines = [...rig.plane.lines.values()].filter(({ id }) => id.endsWith('/audio'));
  const plane = await startMediaPlane({ ports: 'auto' });
  const ends = await Promise.all([RtpPeer.open(), RtpPeer.open()]);
  try {
    const [a, b] = await Promise.all(
      lines.map(async ({ id, params }, index) => {
        const line = await plane.open({ id, kind: 'audio', bind: '127.0.0.1', advertise: '127.0.0.1' });
        const { rtpPort, rtcpPort } = ends[index]!;
        line.update({ ...(params as LineParams), remote: { address: '127.0.0.1', rtpPort, rtcpPort } });
        return line;
      }),
    );
    plane.feed(a!, b!);
    plane.feed(b!, a!);
    for (const [from, to] of [
      [0, 1],
      [1, 0],
    ] as const) {
      const [source, sink] = [lines[from]!.params!, lines[to]!.params!];
      for (const n of [0, 1, 2]) {
        const packet = { pt: source.receive[0]!.pt, seq: 700 + n, timestamp: 9000 + 320 * n, ssrc: 7 + from };
        ends[from].send([a!, b!][from]!.local.rtpPort, packet, new Uint8Array(octets).fill(n));
      }
      await until('three packets', () => ends[to].rtp.length === 3);
      const [first] = ends[to].rtp;
      assert.deepEqual(
        ends[to].rtp.map(({ pt, seq, timestamp, ssrc, payload }) => [
          ...[pt, ssrc, (seq - first!.seq) & 0xffff, (timestamp - first!.timestamp) >>> 0],
          ...[payload.length, payload[0]],
        ]),
        [0, 1, 2].map((n) => [sink.send[0]!.pt, [a!, b!][to]!.ssrc, n, 320 * n, octets, n]),
      );
    }
  } finally {
    for (const end of ends) end.close();
    await plane.close();
  }
}
