import assert from 'node:assert/strict';
import { systemClock } from '../../../src/base/clock.js';
import { systemChance } from '../../../src/base/ids.js';
import { systemNet } from '../../../src/base/system-net.js';
import { openBfcpClient, type BfcpClientLink, type ClientTarget } from '../../../src/legs/bfcp-party/client-link.js';
import { describePeer, type Described } from '../../support/offers.js';
import type { RawCall } from '../../support/raw-call.js';
import { startSipRig, type SipRig } from '../../support/sip-rig.js';
import { waitUntil } from '../../support/wait.js';

const here = '127.0.0.1';

describe('floor control through changes of the session', () => {
  let rig: SipRig;
  let call: RawCall;
  let version: number;
  const links: BfcpClientLink[] = [];
  before(async () => (rig = await startSipRig()));
  after(() => rig.close());
  beforeEach(async () => {
    version = 0;
    call = await rig.call('demo', 'Anna');
  });
  afterEach(async () => {
    for (const link of links.splice(0)) link.close();
    await call.bye();
    await rig.nothingLeft();
  });

  const open = async (transport: 'UDP' | 'TCP'): Promise<BfcpClientLink> => {
    const common = { net: systemNet, clock: systemClock, chance: systemChance, bind: here };
    const link = await openBfcpClient({ ...common, transport });
    links.push(link);
    return link;
  };
  const invite = async (what: Described): Promise<void> => {
    version += 1;
    await call.invite(describePeer({ content: 'sendrecv', version, ...what }));
  };
  const target = (): ClientTarget => {
    const number = (pattern: RegExp): number => Number(pattern.exec(call.sdp)?.[1]);
    return {
      remote: { address: here, port: number(/^m=application (\d+)/m) },
      confId: number(/^a=confid:(\d+)/m),
      userId: number(/^a=userid:(\d+)/m),
      floorId: number(/^a=floorid:(\d+)/m),
      version: call.sdp.includes('UDP/BFCP') ? 2 : 1,
      setup: 'active',
    };
  };
  const holder = (): string | undefined => rig.room('demo').describe().floor.holder?.name;
  const said = (name: string): string | undefined => new RegExp(`^a=${name}:(\\S+)`, 'm').exec(call.sdp)?.[1];
  /** Says what the link told since. */
  const watch = (link: BfcpClientLink): string[] => {
    const told: string[] = [];
    link.on.on('closed', ({ why }) => told.push(`closed: ${why}`));
    link.on.on('floor', () => told.push('floor'));
    link.on.on('status', () => told.push('status'));
    return told;
  };

  for (const transport of ['UDP', 'TCP'] as const) {
    it(`over ${transport}: refreshes of either side do not touch it`, async () => {
      const link = await open(transport);
      const timer = ['Supported: timer', 'Session-Expires: 200;refresher=uas', 'Min-SE: 90'];
      const same = { floor: transport, floorPort: link.port, content: 'sendrecv', setup: 'actpass' } as const;
      version += 1;
      await call.invite(describePeer({ ...same, version }), timer);
      const [first, ids] = [call.sdp, target()];
      await link.connect(ids);
      assert.equal(await link.request(), 'granted');
      await call.settled();
      const told = watch(link);

      await call.invite(describePeer({ ...same, version }), timer);
      assert.equal(call.sdp, first, 'the same again');
      await invite(same);
      assert.deepEqual(target(), ids, 'a new version of the same');
      call.send('UPDATE', '', timer);
      await call.final('UPDATE');
      await call.settled();
      rig.sipClock.skip(101_000);
      const ours = await call.request('INVITE');
      call.peer.answer(ours, '200 OK', [`Contact: ${call.contact}`], describePeer({ ...same, version: version + 1 }));
      await call.request('ACK');

      await call.settled();
      assert.deepEqual(told, []);
      assert.equal(holder(), 'Anna');
      assert.equal(await link.release(), 'released', 'the channel is in use as before');
    });
  }

  it('connection:existing, or none, keeps the connection and what is granted', async () => {
    const link = await open('TCP');
    const tcp = { floor: 'TCP', floorPort: link.port, setup: 'active' } as const;
    await invite(tcp);
    await link.connect(target());
    assert.equal(await link.request(), 'granted');
    const told = watch(link);
    for (const connection of ['existing', null] as const) {
      await invite({ ...tcp, connection, audio: connection ? 'sendonly' : 'sendrecv' });
      assert.equal(said('connection'), connection ?? undefined);
      assert.deepEqual([told, holder()], [[], 'Anna']);
    }
    assert.equal(await link.release(), 'released');
  });

  it('connection:new begins a new connection, and the floor stays with who comes back by it', async () => {
    const link = await open('TCP');
    const tcp = { floor: 'TCP', floorPort: link.port, setup: 'active' } as const;
    await invite(tcp);
    await link.connect(target());
    assert.equal(await link.request(), 'granted');
    await invite({ ...tcp, audio: 'sendonly' });
    assert.equal(said('connection'), 'new');
    assert.equal(holder(), 'Anna', 'the old one is in use until the new one is there');
    const again = await open('TCP');
    await again.connect(target());
    assert.equal(holder(), 'Anna');
    rig.room('demo').releaseFloor(rig.room('demo').describe().participants[0]?.id ?? 0);
    assert.equal(await again.request(), 'granted');
    assert.equal(await again.release(), 'released');
  });

  it('over UDP from another port: the new one is heard, and keeps what was granted', async () => {
    const link = await open('UDP');
    await invite({ floor: 'UDP', floorPort: link.port });
    await link.connect(target());
    assert.equal(await link.request(), 'granted');
    const moved = await open('UDP');
    const port = target().remote.port;
    await invite({ floor: 'UDP', floorPort: moved.port });
    assert.equal(target().remote.port, port, 'ours stays');
    await moved.connect(target());
    assert.equal(holder(), 'Anna');
    rig.room('demo').releaseFloor(rig.room('demo').describe().participants[0]?.id ?? 0);
    assert.equal(await moved.request(), 'granted');
  });

  it('port 0 takes back what is granted, and a new association begins with the port', async () => {
    const link = await open('UDP');
    await invite({ floor: 'UDP', floorPort: link.port });
    await link.connect(target());
    assert.equal(await link.request(), 'granted');
    await invite({ floor: 'UDP', floorPort: 0 });
    await waitUntil(() => holder() === undefined, 2000);
    await invite({ floor: 'UDP', floorPort: link.port });
    await link.connect(target());
    assert.equal(await link.request(), 'granted');
  });
});
