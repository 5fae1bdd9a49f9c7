import assert from 'node:assert/strict';
import { systemClock } from '../../../src/base/clock.js';
import { systemChance } from '../../../src/base/ids.js';
import { silentLog } from '../../../src/base/log.js';
import { startCore, type Core } from '../../../src/compose.js';
import { anyPort } from '../../../src/legs/bfcp-party/ports.js';
import { NoAnchor } from '../../../src/legs/sip/errors.js';
import { PinGuesses } from '../../../src/rooms/pin-guesses.js';
import { shippedRooms } from '../../../src/rooms/directory.js';
import { createTokens } from '../../../src/services/api/tokens.js';
import { keyframe, Peer, until } from '../../media/io/peer.js';
import { describePeer } from '../../support/offers.js';
import { RawCall } from '../../support/raw-call.js';
import { SipPeer } from '../../support/sip-peer.js';

const here = '127.0.0.1';

describe('the media ports of a whole core', () => {
  let core: Core;
  let peer: SipPeer;
  const sipPort = (): number => core.engine?.listening[0]?.local.port ?? 0;

  before(async () => {
    // below those that the system gives to whoever asks for any, 32768 to 60999
    const from = systemChance.int(10_000, 13_000) * 2;
    const like = { capacity: 9, policy: 'latest-takes-over' as const };
    core = await startCore({
      log: silentLog,
      sip: {
        engine: 'embedded',
        listen: [{ transport: 'udp', address: here, port: 0 }],
        control: { address: here, port: 0 },
        secret: 'of this run only',
      },
      // five pairs: room for one call of three lines, not for two
      media: { bind: here, advertise: () => here, ports: { from, to: from + 9 }, floorPorts: anyPort },
      rooms: { permanent: shippedRooms(like), adHoc: null, graceMs: 0, limit: 9 },
      decide: () => ({ kind: 'room', room: 'demo', role: 'participant' }),
      tokens: createTokens({ clock: systemClock, chance: systemChance }),
      guesses: new PinGuesses(systemClock),
      openAnchor: () => Promise.reject(new NoAnchor('not in this test')),
    });
    peer = await SipPeer.udp({ address: here, port: sipPort() });
  });
  after(async () => {
    peer.close();
    await core.close();
  });

  it('come back after every call and every refusal', async () => {
    const sdp = describePeer({ content: 'sendrecv', floor: 'UDP' });
    const call = (): RawCall => new RawCall(peer, `sip:demo@${here}:${sipPort()}`);
    for (let turn = 0; turn < 10; turn += 1) {
      const fits = await placed(call, sdp);
      const refused = call();
      refused.send('INVITE', sdp);
      const answer = await refused.final('INVITE');
      assert.match(answer.start, / 503 /, `turn ${turn}`);
      assert.ok(answer.message.headers.has('retry-after'));
      await fits.bye();
    }
    assert.deepEqual(core.plane.chains(), []);
    assert.equal(core.sip.size, 0);
    assert.equal(core.rooms.find('demo')?.size, 0);
  });

  it('leave a running call its pictures, every one of them, while callers are refused for want of ports', async () => {
    const [camera, screen] = [await Peer.open(), await Peer.open()];
    const call = (): RawCall => new RawCall(peer, `sip:demo@${here}:${sipPort()}`);
    const seen = (at: Peer): string => describePeer().replace('m=video 40002', `m=video ${at.rtpPort}`);
    const from = await placed(call, seen(camera));
    const to = await placed(call, seen(screen));
    const last = await placed(call, describePeer({ video: null }));
    const port = Number(/^m=video (\d+)/m.exec(from.sdp)?.[1]);
    let seq = 0;
    const show = (payload: Uint8Array): void => {
      seq += 1;
      camera.send(port, { pt: 97, seq, timestamp: seq * 3000, ssrc: 7, marker: true }, payload);
    };
    await until('the first picture', () => {
      show(keyframe);
      return screen.rtp.length > 0;
    });
    let shown = 0;
    const seenNow = (): number[] =>
      screen.rtp.flatMap(({ payload }) => (payload[0] === 0x41 ? [payload[1] ?? -1] : []));
    const running = setInterval(() => show(Uint8Array.of(0x41, shown++ & 0xff)), 5);
    try {
      for (let n = 0; n < 20; n += 1) {
        const refused = call();
        refused.send('INVITE', describePeer({ video: null }));
        const { start, message } = await refused.final('INVITE');
        assert.match(start, /^SIP\/2\.0 503 /);
        assert.equal(message.headers.get('retry-after'), '5');
        assert.match(message.headers.get('warning') ?? '', /^399 \S+ "no RTP port pair is free"$/);
      }
      await until('a hundred pictures', () => shown >= 100);
    } finally {
      clearInterval(running);
    }
    await until('the last picture', () => seenNow().length >= shown);
    assert.deepEqual(
      seenNow(),
      Array.from({ length: shown }, (_, n) => n & 0xff),
    );
    await last.bye();
    const next = await placed(call, describePeer({ video: null }));
    for (const one of [next, from, to]) await one.bye();
    for (const one of [camera, screen]) one.close();
  });
});

/** Calls until the ports of before are closed, which takes the worker a moment. */
async function placed(make: () => RawCall, sdp: string): Promise<RawCall> {
  for (let tries = 1; ; tries += 1) {
    const call = make();
    try {
      await call.invite(sdp);
      return call;
    } catch (error) {
      if (tries > 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
