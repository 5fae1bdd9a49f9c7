import assert from 'node:assert/strict';
import { systemChance } from '../../src/base/ids.js';
import type { BfcpParty, HowToMeet } from '../../src/legs/bfcp-party/party.js';
import { bench, type Bench } from '../support/bfcp.js';
import { FakeFloor } from '../support/floor-desks.js';
import { waitUntil } from '../support/wait.js';
import { buildLibrePeer, LibrePeer, type LibreProgram } from './support/libre-peer.js';

const here = '127.0.0.1';

/** Another stack, Debian's libre, at the other end of our floor control: a client for our server, a server for our client. */
describe('floor control with libre', () => {
  let program: LibreProgram;
  let on: Bench;
  let floor: FakeFloor;
  let party: BfcpParty;
  let peer: LibrePeer;

  before(function () {
    this.timeout(60_000);
    const built = buildLibrePeer();
    if (typeof built === 'string') {
      process.stderr.write(`      skipped: ${built}\n`);
      return this.skip();
    }
    program = built;
  });
  after(() => program?.remove());

  beforeEach(() => {
    on = bench();
    floor = new FakeFloor();
  });

  afterEach(async () => {
    assert.equal(await peer.end(), 0);
    party.close();
  });

  const seat = (): void => {
    floor.join(1, party);
    party.attach(floor.desk(1, 'Libre'), { name: 'Libre' });
  };

  for (const transport of ['UDP', 'TCP'] as const) {
    it(`our server answers its client over ${transport}: Hello, query, request, release, goodbye`, async () => {
      party = await on.party(transport);
      seat();
      const { ids, local } = party;
      const version = transport === 'UDP' ? 2 : 1;
      peer = LibrePeer.start(program, [
        transport.toLowerCase(),
        'client',
        here,
        local.port,
        ids.confId,
        ids.userId,
        ids.floorId,
      ]);
      await peer.line(transport === 'UDP' ? /^listening/ : /^connected/);
      const primitives = version === 2 ? 17 : 13;
      const own = `version=${version} r=${version - 1}`;
      assert.match(
        await peer.ask('hello'),
        new RegExp(`^answer primitive=12 ${own} .*user=${ids.userId} primitives=${primitives} attributes=18$`),
      );
      assert.match(await peer.ask('query'), new RegExp(`primitive=8 ${own} .* floor=${ids.floorId}$`));
      const granted = await peer.ask('request', /^answer primitive=4/);
      assert.match(granted, new RegExp(`status=Granted user=${ids.userId} name="Libre"$`));
      await peer.line(new RegExp(`^told primitive=8 .* floor=${ids.floorId} .*status=Granted user=${ids.userId}`));
      const id = / request=(\d+)/.exec(granted)?.[1] ?? '';
      assert.match(await peer.ask(`requestquery ${id}`, /^answer/), /status=Granted/);
      assert.match(await peer.ask('userquery', /^answer/), /primitive=6 .*status=Granted/);
      floor.desk(2, 'Räume 7').request();
      await peer.line(/^told primitive=4 .*status=Revoked/);
      await peer.line(/^told primitive=8 .*status=Granted user=2 name="Räume 7"/);
      assert.match(await peer.ask('release 999', /^answer/), /primitive=13 .* error=7$/);
      floor.desk(2, 'Räume 7').release(floor.live[0]?.id ?? 0);
      await peer.line(/^told primitive=8 /);
      const again = await peer.ask('request', /^answer primitive=4/);
      assert.match(await peer.ask(`release ${/ request=(\d+)/.exec(again)?.[1] ?? ''}`, /^answer/), /status=Released/);
      if (transport === 'UDP') {
        assert.match(await peer.ask('goodbye', /^answer/), /primitive=17 /);
        const events = { transport: 'udp', event: 'notice_lost' };
        assert.equal(on.metrics.counted('dualstream_bfcp_events_total', events), 0, 'every notification acknowledged');
      }
    });
  }

  it('our server speaks version 1 on datagrams with who does', async () => {
    party = await on.party('UDP');
    seat();
    const { ids, local } = party;
    peer = LibrePeer.start(program, ['udp', 'client', here, local.port, ids.confId, ids.userId, ids.floorId, 1]);
    await peer.line(/^listening/);
    assert.match(await peer.ask('hello'), /^answer primitive=12 version=1 .* primitives=13 /);
    assert.match(await peer.ask('request', /^answer primitive=4/), /version=1 .*status=Granted/);
  });

  it('our client presents at its server, is revoked there, and brings its presenter into our room', async () => {
    const [confId, userId] = [systemChance.int(1, 0x7fffffff), 18];
    peer = LibrePeer.start(program, ['udp', 'server', confId, userId, 1]);
    const port = Number(/\d+/.exec(await peer.line(/^listening/))?.[0]);
    party = await on.party('UDP');
    seat();
    const client = { confId, userId, floorId: 1 };
    const how: HowToMeet = { transport: 'UDP', setup: 'passive', version: 2, client };
    party.setRemote({ address: here, port }, how);
    await peer.line(/^told primitive=11 version=2 r=0/);
    await peer.line(/^told primitive=7 .* floor=1/);
    floor.desk(2, 'Anna').request();
    await peer.line(/^told primitive=1 .* floor=1/);
    await waitUntil(() => party.standing.content === 'may', 5000);
    peer.type('revoke');
    await waitUntil(() => party.standing.problem !== null, 5000);
    assert.equal(party.standing.content, 'waits');
    peer.type('far Chairman');
    await waitUntil(() => floor.live.some(({ name, info }) => name === 'Libre' && info === 'Chairman'), 5000);
    assert.equal(party.standing.problem, null);
    peer.type('free');
    await waitUntil(() => floor.live.length === 0, 5000);
    party.close();
    await peer.line(/^told primitive=16 /);
  });
});
