import assert from 'node:assert/strict';
import type { BfcpParty, HowToMeet } from '../../../src/legs/bfcp-party/party.js';
import { graceMs, renewAfterMs } from '../../../src/legs/bfcp-party/standing.js';
import { isEncrypted, isStream, type FloorTransport } from '../../../src/protocol/sdp/floor-rules.js';
import { encode } from '../../../src/protocol/bfcp/encode.js';
import { primitives } from '../../../src/protocol/bfcp/names.js';
import { systemNet } from '../../../src/base/system-net.js';
import { RawUdp } from '../../support/raw-udp.js';
import { bench, floorIdentity, type Bench, type Identities } from '../../support/bfcp.js';
import { cuttableNet } from '../../support/cuttable-net.js';
import { FakeFloor } from '../../support/floor-desks.js';
import { waitUntil } from '../../support/wait.js';

const here = '127.0.0.1';
const until = (test: () => boolean): Promise<void> => waitUntil(test, 5000);
const us = 7;

/**
 * Two floors: `room` is ours, `mcu` that of an MCU whose floor control server is our own machine. The call between them is
 * participant 7 of both.
 */
class Pair {
  readonly room = new FakeFloor();
  readonly mcu = new FakeFloor();

  private constructor(
    readonly on: Bench,
    readonly guest: BfcpParty,
    readonly server: BfcpParty,
    readonly net: ReturnType<typeof cuttableNet>,
  ) {}

  /** `opens` is who opens the connection. */
  static async make(
    transport: FloorTransport,
    opens: 'guest' | 'server' = 'guest',
    identities?: Identities,
  ): Promise<Pair> {
    const on = bench(identities);
    const other = bench(identities && { party: identities.client, client: identities.party });
    const net = cuttableNet();
    const pair = new Pair(on, await on.party(transport, net), await other.party(transport), net);
    const { guest, server, room, mcu } = pair;
    const version = isStream(transport) ? 1 : 2;
    const meet = (setup: HowToMeet['setup']): HowToMeet => ({ transport, version, setup, isNew: true });
    // the MCU offered, so it is the client of TLS
    const tls = (server: boolean, shows: 'party' | 'client'): Partial<HowToMeet> =>
      identities ? { tls: { server, fingerprints: [identities[shows].fingerprint] } } : {};
    mcu.join(us, server);
    server.attach(mcu.desk(us, 'Gateway'), { name: 'Gateway' });
    room.join(us, guest);
    guest.attach(room.desk(us, 'MCU'), { name: 'MCU' });
    const theirs = { ...meet(opens === 'server' ? 'active' : 'passive'), ...tls(false, 'party') };
    server.setRemote({ address: here, port: guest.local.port }, theirs);
    const ours = { ...meet(opens === 'guest' ? 'active' : 'passive'), client: server.ids, ...tls(true, 'client') };
    guest.setRemote({ address: here, port: server.local.port }, ours);
    await until(() => guest.standing.channel === 'up');
    return pair;
  }

  close(): void {
    this.guest.close();
    this.server.close();
  }
}

const holderOf = (floor: FakeFloor): string => floor.live.find(({ state }) => state === 'granted')?.name ?? 'nobody';

describe('bfcp client of an MCU: over real sockets', () => {
  let identities: Identities;
  let pair: Pair;
  before(async () => {
    identities = { party: await floorIdentity('gateway'), client: await floorIdentity('mcu') };
  });
  afterEach(() => pair.close());

  const ways: [string, FloorTransport, 'guest' | 'server'][] = [
    ['UDP', 'UDP', 'guest'],
    ['TCP that we open', 'TCP', 'guest'],
    ['TCP that the MCU opens', 'TCP', 'server'],
    ['TLS that we open', 'TLS', 'guest'],
    ['TLS that the MCU opens', 'TLS', 'server'],
    ['DTLS', 'DTLS', 'guest'],
  ];
  for (const [name, transport, opens] of ways) {
    it(`presents there, is taken over, and presents here: ${name}`, async () => {
      pair = await Pair.make(transport, opens, isEncrypted(transport) ? identities : undefined);
      const { room, mcu, guest } = pair;
      assert.equal(guest.standing.role, 'client');
      room.desk(1, 'Anna').request();
      await until(() => holderOf(mcu) === 'Gateway');
      assert.deepEqual(mcu.log, ['request Gateway (Anna)']);
      await until(() => guest.standing.content === 'may');
      mcu.desk(2, 'Far').request();
      await until(() => holderOf(room) === 'MCU');
      assert.equal(guest.standing.content, 'waits');
      assert.ok(room.log.includes('request MCU (Far)'));
      const taken = room.desk(1, 'Anna').request();
      await until(() => holderOf(mcu) === 'Gateway' && guest.standing.content === 'may');
      room.desk(1, 'Anna').release(taken.id);
      await until(() => holderOf(mcu) === 'nobody');
      mcu.desk(2, 'Far').request();
      await until(() => holderOf(room) === 'MCU');
      mcu.desk(2, 'Far').release(mcu.live[0]?.id ?? 0);
      await until(() => holderOf(room) === 'nobody');
      assert.equal(guest.standing.problem, null);
    });
  }

  for (const version of [2, 1] as const) {
    const other = version === 2 ? 1 : 2;
    it(`speaks version ${other} to a server that refuses version ${version}, and gives up when that is refused too`, async () => {
      pair = await Pair.make('UDP');
      const { guest } = pair;
      const server = await RawUdp.open();
      const client = { confId: 5, userId: 18, floorId: 1 };
      const how: HowToMeet = { transport: 'UDP', setup: 'passive', version, client, isNew: true };
      guest.setRemote({ address: here, port: server.port }, how);
      for (const one of [version, other]) {
        const hello = await server.until((data) => data[0] === one << 5 && data[1] === primitives.Hello);
        const [transactionId, userId] = [hello.readUInt16BE(8), hello.readUInt16BE(10)];
        const ids = { conferenceId: 5, transactionId, userId };
        const body = { error: { code: 12, details: [] } };
        const answer = { version: other, response: true, primitive: 'Error', ...ids, body } as const;
        server.send(encode(answer, 'datagram'), guest.local.port);
      }
      await until(() => guest.standing.channel === 'given-up');
      assert.match(guest.standing.problem ?? '', /the far end refuses floor control: floor control error 12/);
      server.close();
    });
  }

  it('ends a stream that makes no sense, and connects anew, but not all the time', async () => {
    const on = bench();
    const guest = await on.party('TCP');
    const ports: number[] = [];
    const nonsense = await systemNet.listen({ address: here, port: 0 }, { type: 'tcp' }, (stream) => {
      ports.push(stream.remote.port);
      // a FloorStatus for our numbers, whose attribute is one octet long
      stream.onData(() => stream.write(Buffer.from('2008000100000005000000120401' + '0002', 'hex')));
    });
    const again = async (count: number): Promise<void> => {
      await until(() => ports.length === count);
      await until(() => guest.describe().includes(' nobody '));
    };
    const client = { confId: 5, userId: 18, floorId: 1 };
    const remote = { address: here, port: nonsense.local.port };
    guest.setRemote(remote, { transport: 'TCP', setup: 'active', version: 1, client, isNew: true });
    try {
      await again(1);
      on.clock.skip(500);
      await again(2);
      on.clock.skip(29_000);
      // whoever connected before this one would be counted before it
      const ours = await systemNet.connect(remote, { type: 'tcp' }, { timeoutMs: 5000 });
      await until(() => ports.includes(ours.local.port));
      assert.equal(ports.indexOf(ours.local.port), 2, 'nobody before');
      ours.destroy();
      on.clock.skip(1000);
      await again(4);
      assert.equal(guest.standing.channel, 'given-up');
    } finally {
      nonsense.dispose();
      guest.close();
    }
  });

  it('waits with what was begun before the session, and tells a denial', async () => {
    pair = await Pair.make('UDP');
    const { room, mcu, guest } = pair;
    mcu.queue = true;
    mcu.desk(2, 'Far').request();
    await until(() => holderOf(room) === 'MCU');
    room.desk(1, 'Anna').request();
    await until(() => mcu.live.some(({ name, state }) => name === 'Gateway' && state === 'pending'));
    mcu.decide(mcu.live.find(({ name }) => name === 'Gateway')?.id ?? 0, 'denied', 'not now');
    await until(() => guest.standing.content === 'denied');
    assert.equal(guest.standing.problem, 'the far end does not let us present: not now');
    mcu.desk(2, 'Far').release(mcu.live[0]?.id ?? 0);
    await until(() => holderOf(mcu) === 'Gateway');
    await until(() => guest.standing.problem === null);
  });

  it('comes back after a broken connection and takes up the floor again', async () => {
    pair = await Pair.make('TCP');
    const { room, mcu, guest, net, on } = pair;
    room.desk(1, 'Anna').request();
    await until(() => guest.standing.content === 'may');
    net.cut();
    await until(() => guest.standing.channel === 'lost');
    assert.match(guest.standing.problem ?? '', /floor control is interrupted/);
    on.clock.skip(500);
    await until(() => guest.standing.channel === 'up');
    await until(() => guest.standing.content === 'may');
    assert.equal(holderOf(mcu), 'Gateway');
    assert.equal(holderOf(room), 'Anna');
  });

  it('asks for a new channel, then gives up and frees what the far end held, when it does not come back', async () => {
    pair = await Pair.make('TCP');
    const { room, mcu, guest, server, on } = pair;
    mcu.desk(2, 'Far').request();
    await until(() => holderOf(room) === 'MCU');
    let renewals = 0;
    guest.on.on('renew', () => renewals++);
    server.close();
    await until(() => guest.standing.channel === 'lost');
    on.clock.skip(renewAfterMs);
    assert.equal(renewals, 1);
    assert.equal(holderOf(room), 'MCU', 'it may come back');
    on.clock.skip(graceMs - renewAfterMs);
    assert.equal(guest.standing.channel, 'given-up');
    assert.equal(holderOf(room), 'nobody');
    assert.match(guest.standing.problem ?? '', /floor control is lost/);
    assert.equal(
      on.metrics.counted('dualstream_bfcp_events_total', { transport: 'tcp', event: 'channel_given_up' }),
      1,
    );
  });

  it('finds that a server on datagrams is gone by its keep-alive, and says Hello until one is back', async () => {
    pair = await Pair.make('UDP');
    const { guest, server, on } = pair;
    server.close();
    const hurry = setInterval(() => on.clock.skip(500), 5);
    try {
      await until(() => guest.standing.channel === 'given-up');
      assert.match(guest.standing.problem ?? '', /the far end left it/);
    } finally {
      clearInterval(hurry);
    }
  });
});
