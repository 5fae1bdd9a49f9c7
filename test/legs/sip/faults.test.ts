import assert from 'node:assert/strict';
import { describePeer } from '../../support/offers.js';
import { RawCall } from '../../support/raw-call.js';
import { TcpRelay } from '../../support/relay.js';
import { SipPeer } from '../../support/sip-peer.js';
import { startSipRig, type SipRig } from '../../support/sip-rig.js';
import { waitUntil } from '../../support/wait.js';
import { engineElsewhere } from '../../support/engine-elsewhere.js';

describe('a network that fails', () => {
  let rig: SipRig;
  let relay: TcpRelay;
  const peers: SipPeer[] = [];

  before(async function () {
    // the engine elsewhere keeps its own time and connections
    if (engineElsewhere()) this.skip();
    rig = await startSipRig();
    const [, address = '', port] = /@([\d.]+):(\d+)/.exec(rig.uri('demo', 'tcp')) ?? [];
    relay = await TcpRelay.open({ address, port: Number(port) });
  });

  afterEach(async () => {
    for (const peer of peers.splice(0)) peer.close();
    await rig.nothingLeft();
  });

  after(async () => {
    relay?.close();
    await rig?.close();
  });

  const connect = async (): Promise<SipPeer> => {
    const peer = await SipPeer.stream(relay.local);
    peers.push(peer);
    return peer;
  };
  const connections = (): number => rig.engine?.describe().filter((line) => line.startsWith('tcp ')).length ?? 0;

  it('with a reset in the middle of an INVITE: no call comes of it, and the next one goes through', async () => {
    const peer = await connect();
    const { resets } = relay;
    relay.cutAfter(300);
    new RawCall(peer, rig.uri('demo', 'tcp')).send('INVITE', describePeer());
    await waitUntil(() => relay.resets > resets && connections() === 0, 3000);
    assert.equal(rig.gateway.size, 0);
    const again = new RawCall(await connect(), rig.uri('demo', 'tcp'));
    await again.invite(describePeer());
    await again.bye();
  });

  it('with a reset in the middle of a change: the call lives on and hangs up by a new connection', async () => {
    const call = new RawCall(await connect(), rig.uri('demo', 'tcp'));
    await call.invite(describePeer());
    const { resets } = relay;
    relay.cutAfter(200);
    call.send('INVITE', describePeer({ version: 2 }));
    await waitUntil(() => relay.resets > resets && connections() === 0, 3000);
    assert.equal(rig.gateway.size, 1);
    const other = call.on(await connect());
    other.send('INVITE', describePeer({ version: 2 }));
    assert.match((await other.final('INVITE')).start, /^SIP\/2\.0 200/);
    other.ack();
    assert.match((await other.bye()).start, /^SIP\/2\.0 200/);
  });

  it('with a connection that is only half there: who is put out is gone at once, and the BYE ends by itself', async () => {
    const call = new RawCall(await connect(), rig.uri('demo', 'tcp'));
    await call.invite(describePeer());
    await waitUntil(() => rig.room('demo').size === 1, 1000);
    relay.goDark();
    const [one] = rig.room('demo').describe().participants;
    const removed = rig.room('demo').remove(one?.id ?? 0, 'the test');
    assert.equal(rig.room('demo').size, 0);
    await waitUntil(() => rig.engine?.describe().some((line) => /BYE/.test(line)) ?? false, 2000);
    rig.clock.skip(10_000);
    await removed;
    rig.sipClock.skip(64_000);
    relay.reset();
    await waitUntil(
      () => rig.engine?.describe().length === 0,
      3000,
      () => rig.engine?.describe().join('; ') ?? '',
    );
  });

  it('with an address that changes: what comes from the new one is heard, and we speak to it', async () => {
    const call = await rig.call('demo');
    await call.invite(describePeer());
    const moved = call.on(await rig.peer());
    moved.send('INVITE', describePeer({ version: 2 }));
    assert.match((await moved.final('INVITE')).start, /^SIP\/2\.0 200/);
    moved.ack();
    await moved.settled();
    const [one] = rig.room('demo').describe().participants;
    const removed = rig.room('demo').remove(one?.id ?? 0, 'the test');
    moved.peer.answer(await moved.request('BYE'), '200 OK');
    await removed;
    assert.equal(call.requested('BYE'), 0);
  });

  for (const hour of [3_600_000, -3_600_000]) {
    it(`with a clock that steps ${hour > 0 ? 'on' : 'back'} by an hour: calls go on and end as ever`, async () => {
      const call = await rig.call('demo');
      await call.invite(describePeer());
      const { token } = rig.tokens.issue({
        kind: 'session',
        room: 'demo',
        name: 'Ann',
        role: 'guest',
        ttlMs: 12 * 3_600_000,
      });
      rig.clock.stepWall(hour);
      rig.sipClock.stepWall(hour);
      const timers = [rig.clock.waits, rig.sipClock.waits].flat();
      assert.ok(
        timers.every((ms) => ms > 0),
        'a timer ran off',
      );
      await call.settled();
      assert.equal(rig.gateway.size, 1);
      assert.notEqual(rig.tokens.verify(token), null);
      const other = await rig.call('demo');
      await other.invite(describePeer());
      await other.bye();
      await call.bye();
      rig.clock.stepWall(-hour);
      rig.sipClock.stepWall(-hour);
    });
  }
});
