import assert from 'node:assert/strict';
import type { ByteStream, Endpoint } from '../../../src/base/net.js';
import type { MultimediaSystemControlMessage } from '../../../src/protocol/h323/control/contract.js';
import { FakeLeg } from '../../support/fakes/fake-leg.js';
import { settle, startH323Rig, type H323Rig, type Peer } from '../../support/h323-rig.js';
import { TurnNet } from '../../support/turn-net.js';
import { rawCaller } from '../../protocol/h323/call/raw-peer.js';
import { systemChance } from '../../../src/base/ids.js';

/** Remembers the connections that were made. */
class KnownNet extends TurnNet {
  readonly made: ByteStream[] = [];

  override async connect(to: Endpoint): Promise<ByteStream> {
    const stream = await super.connect(to);
    this.made.push(stream);
    return stream;
  }
}

type Said = (pdu: MultimediaSystemControlMessage) => unknown;

/** Where H.245 stalls on the way to media: what the device never says. No call comes of it. */
const fatal: Record<string, Said> = {
  'anything at all': () => true,
  'its capabilities': ({ request }) => request?.terminalCapabilitySet,
  'that it took ours': ({ response }) => response?.terminalCapabilitySetAck,
  'who is master': ({ request, response }) =>
    request?.masterSlaveDetermination ?? response?.masterSlaveDeterminationAck,
  'that our channels are open, and opens none': ({ response }) => response?.openLogicalChannelAck,
};
const turns = 24;
const room = 'meeting';

const guids = (): Buffer => Buffer.from(systemChance.hex(16), 'hex');
const breathe = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
};

describe('H.323 devices that fail', () => {
  let rig: H323Rig;
  let net: KnownNet;
  beforeEach(async () => (rig = await startH323Rig({ net: (net = new KnownNet()), capacity: 100 })));
  afterEach(() => rig.nothingLeft());

  /** No seat, leg, call or port is left of them. */
  const forgotten = (what: string): void => {
    const held = [rig.gateway.size, rig.endpoint.calls.size, rig.plane.lines.size, rig.rooms.find(room)?.size ?? 0];
    assert.deepEqual(held, [0, 0, 0, 0], what);
  };
  const cut = async (): Promise<void> => {
    for (const stream of net.made.splice(0)) stream.destroy();
    await settle(rig.clock);
  };

  it('leave nothing behind when their connection breaks, however far the call is', async () => {
    const states = new Set<string>();
    for (const tunnelling of [true, false]) {
      for (let after = 1; after <= turns; after++) {
        const peer = await rig.peer();
        const dialled = peer.dial(room, { tunnelling });
        await breathe(after);
        states.add(`${peer.call?.state} ${peer.session?.remote ? 'capabilities' : 'nothing'} ${rig.plane.lines.size}`);
        await cut();
        await dialled;
        // H.245 by itself: its loss alone is waited for
        await settle(rig.clock, 3500);
        forgotten(`cut after ${after} turns, ${tunnelling ? 'tunnelled' : 'separate'}`);
      }
    }
    assert.ok(states.has('initiated nothing 0') && states.has('active capabilities 2'), [...states].join('; '));
  });

  for (const [never, said] of Object.entries(fatal)) {
    it(`are let go by a timer when they never say ${never}`, async () => {
      const peer = await (await rig.peer({ withholds: (pdu) => Boolean(said(pdu)) })).dial(room);
      assert.equal(rig.gateway.size, 1);
      await settle(rig.clock, 125_000);
      assert.ok(peer.released, 'it still stands');
      forgotten(never);
    });
  }

  it('are let go after Connect without H.245, and without an answer to endSession', async () => {
    await (await rig.peer({ noControl: true })).dial(room, { tunnelling: false });
    assert.equal(rig.gateway.size, 1);
    await settle(rig.clock, 65_000);
    forgotten('no H.245');
    const peer = await (
      await rig.peer({ withholds: ({ command }) => command?.endSessionCommand !== undefined })
    ).dial(room);
    await peer.send('audio');
    await rig.legs(room)[0]?.end({ kind: 'left' });
    await settle(rig.clock, 3500);
    forgotten('endSession');
  });

  it('stay without what they never answer: a channel of ours, the token, a content channel', async () => {
    const stalls: Record<string, Said> = {
      token: ({ response }) => response?.genericResponse,
      content: ({ response }) => (response?.openLogicalChannelAck ? contentAsked : undefined),
    };
    let contentAsked: true | undefined;
    for (const [what, said] of Object.entries(stalls)) {
      contentAsked = undefined;
      const peer = await (await rig.peer({ withholds: (pdu) => Boolean(said(pdu)) })).dial(room);
      await peer.send('audio');
      await peer.send('video');
      contentAsked = true;
      const other = new FakeLeg({ name: 'Other', content: 'sendrecv' });
      const { id } = rig.room(room).join(other);
      rig.room(room).requestFloor(id);
      await settle(rig.clock, 65_000);
      // slides come on the line that there is
      const chains = rig.plane.chains().map((chain) => chain.replace(/[0-9a-f]{12}/g, 'device'));
      assert.ok(chains.includes(`${other.id}/content -> device/video`), `${what}: ${chains.join('; ')}`);
      assert.equal(peer.released, null);
      await rig.room(room).remove(id, 'the test');
      await peer.hangUp();
      await settle(rig.clock, 65_000);
      forgotten(what);
    }
  });

  it('are fifty at once', async () => {
    const peers = await Promise.all(Array.from({ length: 50 }, () => rig.peer()));
    const dialled: Peer[] = await Promise.all(peers.map((peer) => peer.dial(room)));
    await settle(rig.clock);
    assert.equal(rig.gateway.size, 50);
    assert.ok(dialled.every(({ call, session }) => call?.state === 'active' && session?.remote));
    assert.equal(rig.room(room).size, 50);
    await cut();
    await settle(rig.clock, 3500);
    forgotten('fifty');
  });

  it('send two Setups at once on one connection: both stand, and each is let go by itself', async () => {
    const device = await rawCaller(net, { address: '127.0.0.1', port: 1720 }, { address: '127.0.0.7', port: 40_001 });
    for (const [callReference, name] of [
      [1, 'first'],
      [2, 'second'],
    ] as const) {
      device.callReference = callReference;
      device.setup({
        destinationAddress: [{ 'h323-ID': name }],
        multipleCalls: true,
        callIdentifier: { guid: guids() },
      });
    }
    await settle(rig.clock);
    assert.deepEqual([rig.room('first').size, rig.room('second').size, rig.gateway.size], [1, 1, 2]);
    device.release();
    await settle(rig.clock);
    assert.equal(rig.gateway.size, 1);
    // what nobody can read ends nothing that stands, until there is too much of it
    for (let count = 0; count < 5; count++) device.octets(Buffer.from([8, 2, 0, 1, 0x62, 0x7e, 0xff, 0xff, count]));
    await settle(rig.clock);
    assert.equal(rig.gateway.size, 1);
    for (let count = 0; count < 20; count++) device.octets(Buffer.from('garbage'));
    await settle(rig.clock);
    assert.ok(device.closed);
    assert.equal(rig.gateway.size, 0);
  });
});
