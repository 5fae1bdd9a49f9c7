import assert from 'node:assert/strict';
import { systemClock } from '../../../src/base/clock.js';
import { systemChance } from '../../../src/base/ids.js';
import { silentLog } from '../../../src/base/log.js';
import { startCore, type Core } from '../../../src/compose.js';
import { anyPort } from '../../../src/legs/bfcp-party/ports.js';
import { NoAnchor } from '../../../src/legs/sip/errors.js';
import { shippedRooms } from '../../../src/rooms/directory.js';
import { createTokens } from '../../../src/services/api/tokens.js';
import { describePeer } from '../../support/offers.js';
import { RawCall } from '../../support/raw-call.js';
import { SipPeer } from '../../support/sip-peer.js';

const here = '127.0.0.1';

describe('the media ports of a whole core', () => {
  let core: Core;
  let peer: SipPeer;
  const sipPort = (): number => core.engine?.listening[0]?.local.port ?? 0;

  before(async () => {
    const from = systemChance.int(15_000, 19_000) * 2;
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
