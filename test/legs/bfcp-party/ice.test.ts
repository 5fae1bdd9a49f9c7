import assert from 'node:assert/strict';
import { connect as tcpConnect } from 'node:net';
import { once } from 'node:events';
import { systemChance } from '../../../src/base/ids.js';
import type { Datagrams, Endpoint } from '../../../src/base/net.js';
import { systemNet } from '../../../src/base/system-net.js';
import type { BfcpClientLink } from '../../../src/legs/bfcp-party/client-link.js';
import { DtlsChannel } from '../../../src/legs/bfcp-party/dtls-channel.js';
import { FramedDatagrams } from '../../../src/legs/bfcp-party/framed-datagrams.js';
import { IceDatagrams, icePeer } from '../../../src/legs/bfcp-party/ice-datagrams.js';
import { anyPort } from '../../../src/legs/bfcp-party/ports.js';
import type { BfcpParty, HowToMeet } from '../../../src/legs/bfcp-party/party.js';
import { encode } from '../../../src/protocol/bfcp/encode.js';
import type { IceCredentials, IceTerms } from '../../../src/protocol/ice/agent.js';
import { decodeStun, encodeStun, stunMessage } from '../../../src/protocol/stun/message.js';
import { bench, floorIdentity, targetOf, type Bench, type Identities } from '../../support/bfcp.js';
import { FakeFloor } from '../../support/floor-desks.js';
import { RawUdp } from '../../support/raw-udp.js';
import { waitUntil } from '../../support/wait.js';

const here = '127.0.0.1';
const until = (test: () => boolean): Promise<void> => waitUntil(test, 5000);
const counted = (on: Bench, event: string): number =>
  on.metrics.counted('dualstream_bfcp_events_total', { transport: 'dtls', event });

describe('bfcp over DTLS with ICE', () => {
  let identities: Identities;
  let on: Bench;
  let party: BfcpParty;
  const ends: (() => void)[] = [];

  before(async () => {
    identities = { party: await floorIdentity('party'), client: await floorIdentity('client') };
  });
  beforeEach(async () => {
    on = bench(identities);
    const floor = new FakeFloor();
    party = await on.party('DTLS');
    floor.join(1, party);
    party.attach(floor.desk(1, 'Anna'), { name: 'Anna' });
  });
  afterEach(async () => {
    for (const end of ends.splice(0)) end();
    party.close();
    await until(() => on.clock.pending === 0);
  });

  const how = (ice: IceTerms | null, more: Partial<HowToMeet> = {}): HowToMeet => ({
    ...{ transport: 'DTLS', setup: 'passive', version: 2, ice, isNew: false },
    tls: { server: true, fingerprints: [identities.client.fingerprint] },
    ...more,
  });
  const ours = (): IceCredentials => party.ice?.current ?? { ufrag: '', pwd: '' };
  const place = (port: number) => ({ address: here, port, priority: 1000 });
  const nobody: IceTerms['theirs'] = { ufrag: 'peer', pwd: 'peer+password+of/22+octets' };

  /** Agrees on ICE with a client, which controls. */
  async function meet(client: BfcpClientLink): Promise<void> {
    ends.push(() => client.close());
    const theirs = client.ice ?? nobody;
    const mine = ours();
    const places = [place(party.local.port)];
    const tls = { server: false, fingerprints: [identities.party.fingerprint] };
    const connected = client.connect({
      ...targetOf(party),
      tls,
      ice: { ours: theirs, theirs: mine, places, controlling: true },
    });
    party.setRemote(
      { address: here, port: client.port },
      how({ ours: mine, theirs, places: [], controlling: false }, { isNew: true }),
    );
    await connected;
  }

  it('finds a peer that names no address, by its checks', async () => {
    const client = await on.client('DTLS');
    await meet(client);
    assert.equal(await client.request(), 'granted');
    assert.match(party.describe(), /ice controlled 127\.0\.0\.1:\d+ \(127\.0\.0\.1:\d+ valid\)/);
  });

  it('has no word for handshakes and messages of who has not shown the password', async () => {
    const client = await on.client('DTLS');
    await meet(client);
    const before = party.describe();
    const stranger = await RawUdp.open();
    ends.push(() => stranger.close());
    const hello = Buffer.from('16feff000000000000000000100100000400000000000000', 'hex');
    const ids = { conferenceId: party.ids.confId, transactionId: 1, userId: party.ids.userId };
    const plain = encode({ ...ids, version: 2, response: false, primitive: 'Hello', body: {} }, 'datagram');
    for (const bytes of [hello, plain, Buffer.alloc(1200)]) stranger.send(bytes, party.local.port);
    await until(() => counted(on, 'stranger') === 3);
    assert.deepEqual(stranger.received, []);
    assert.equal(party.describe(), before);
    assert.equal(await client.request(), 'granted');
  });

  it('tells strangers a few times that their checks are wrong, then nothing, and is not moved', async () => {
    const client = await on.client('DTLS');
    await meet(client);
    const before = party.describe();
    const stranger = await RawUdp.open();
    ends.push(() => stranger.close());
    for (let round = 0; round < 50; round += 1) {
      const transaction = Buffer.from(systemChance.hex(12), 'hex');
      const check = {
        ...stunMessage('request', transaction),
        username: `${ours().ufrag}:x`,
        useCandidate: true,
        priority: 1,
      };
      stranger.send(encodeStun(check, 'not the password'), party.local.port);
    }
    assert.equal(await client.request(), 'granted');
    const codes = stranger.received.map((bytes) => decodeStun(bytes)?.error?.code);
    assert.ok(codes.length <= 5 && codes.every((code) => code === 401), codes.join());
    assert.equal(party.describe().replace(/bfcp.*/, ''), before.replace(/bfcp.*/, ''));
  });

  it('keeps the association when ICE restarts over another address, and when it is left out later', async () => {
    const both = await TwoSockets.open();
    const { clock } = on;
    let ways = 0;
    const ice = new IceDatagrams(
      { clock, chance: systemChance, socket: both },
      { path: () => void (ways += 1), failed: () => undefined, stranger: () => undefined },
    );
    let connections = 0;
    const channel = new DtlsChannel(
      { clock, chance: systemChance, socket: ice, identity: identities.client },
      {
        connected: () => void (connections += 1),
        data: () => (heard += 1),
        lost: () => undefined,
        other: () => undefined,
      },
    );
    let heard = 0;
    ends.push(() => (channel.close(), ice.close()));
    const mine = ice.credentials.current;
    const first = ours();
    const places = [place(party.local.port)];
    ice.agree({ ours: mine, theirs: first, places, controlling: true });
    party.setRemote(null, how({ ours: first, theirs: mine, places: [], controlling: false }, { isNew: true }));
    await until(() => ways > 0);
    channel.expect({ server: false, fingerprints: [identities.party.fingerprint] }, icePeer, true);
    await until(() => connections === 1);

    both.use(1);
    const [newMine, newOurs] = [ice.credentials.next, party.ice?.next ?? first];
    ice.agree({ ours: newMine, theirs: newOurs, places, controlling: true });
    party.setRemote(null, how({ ours: newOurs, theirs: newMine, places: [], controlling: false }));
    await until(() => party.describe().includes(`ice controlled ${here}:${both.ports[1]}`));
    assert.deepEqual(ours(), newOurs);
    const { confId: conferenceId, userId } = party.ids;
    const hello = (transactionId: number): Uint8Array =>
      encode(
        { version: 2, response: false, primitive: 'Hello', conferenceId, userId, transactionId, body: {} },
        'datagram',
      );
    const before = heard;
    channel.send(hello(1));
    await until(() => heard > before);

    party.setRemote({ address: here, port: both.ports[1] ?? 0 }, how(null));
    ice.agree(null);
    channel.rename({ address: here, port: party.local.port });
    const then = heard;
    channel.send(hello(2));
    await until(() => heard > then);
    assert.equal(connections, 1, 'one handshake for all of it');
    assert.equal(counted(on, 'channel_lost'), 0);
  });

  it('says that no way was found', async () => {
    const deaf = await RawUdp.open();
    ends.push(() => deaf.close());
    party.setRemote(
      null,
      how({ ours: ours(), theirs: nobody, places: [place(deaf.port)], controlling: false }, { isNew: true }),
    );
    await until(() => deaf.received.length > 0);
    await until(() => {
      on.clock.skip(10_000);
      return counted(on, 'ice_failed') === 1;
    });
    await until(() => deaf.received.length === 7);
  });
});

describe('datagrams over TCP (RFC 4571)', () => {
  let on: Bench;
  let framed: FramedDatagrams;
  let heard: string[];
  const sockets: ReturnType<typeof tcpConnect>[] = [];

  beforeEach(async () => {
    on = bench();
    heard = [];
    framed = await FramedDatagrams.open({ net: systemNet, clock: on.clock, bind: here, ports: anyPort });
    framed.onMessage((data) => void heard.push(data.toString()));
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    framed.close();
    await until(() => on.clock.pending === 0);
  });

  async function stranger(): Promise<ReturnType<typeof tcpConnect>> {
    const socket = tcpConnect(framed.local.port, here);
    sockets.push(socket);
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  }

  it('come in one by one however the stream is cut; empty ones mean nothing', async () => {
    const socket = await stranger();
    for (const octet of Buffer.from('\0\x02ab\0\0\0\x01c')) socket.write(Buffer.from([octet]));
    await until(() => heard.length === 2);
    assert.deepEqual(heard, ['ab', 'c']);
  });

  it('longer than any record end the connection', async () => {
    const socket = await stranger();
    socket.write(Buffer.from([0xff, 0xff, 1]));
    await once(socket, 'close');
  });

  it('few strangers connect at a time, and none for long; who is known stays', async () => {
    const [first] = await Promise.all(Array.from({ length: 4 }, stranger));
    assert.ok(first);
    first.write('\0\x01x');
    await until(() => heard.length === 1);
    const fifth = await stranger();
    await once(fifth, 'close');
    framed.known({ address: here, port: first.localPort ?? 0 }, true);
    on.clock.skip(31_000);
    await until(() => sockets.filter(({ closed }) => !closed).length === 1);
    first.write('\0\x01y');
    await until(() => heard.length === 2);
  });

  it('go nowhere without a connection, but where one may be made', async () => {
    const other = await FramedDatagrams.open({ net: systemNet, clock: on.clock, bind: here, ports: anyPort });
    const got: string[] = [];
    other.onMessage((data) => void got.push(data.toString()));
    framed.send(Buffer.from('lost'), other.local);
    framed.expect([other.local], true);
    framed.send(Buffer.from('one'), other.local);
    framed.send(Buffer.from('two'), other.local);
    await until(() => got.length === 2);
    assert.deepEqual(got, ['one', 'two']);
    other.close();
  });
});

/** A socket whose address changes, as behind a router that forgets. */
class TwoSockets implements Datagrams {
  private current = 0;

  static async open(): Promise<TwoSockets> {
    const at = { address: here, port: 0 };
    return new TwoSockets([await systemNet.udp(at), await systemNet.udp(at)]);
  }

  private constructor(private readonly sockets: Datagrams[]) {}

  get ports(): number[] {
    return this.sockets.map(({ local }) => local.port);
  }

  get local(): Endpoint {
    return { address: here, port: this.ports[this.current] ?? 0 };
  }

  use(index: number): void {
    this.current = index;
  }

  send(data: Uint8Array, to: Endpoint): void {
    this.sockets[this.current]?.send(data, to);
  }

  onMessage(listener: (data: Buffer, from: Endpoint) => void): void {
    for (const [index, socket] of this.sockets.entries()) {
      socket.onMessage((data, from) => {
        if (index === this.current) listener(data, from);
      });
    }
  }

  onError(listener: (error: Error) => void): void {
    for (const socket of this.sockets) socket.onError(listener);
  }

  close(): void {
    for (const socket of this.sockets) socket.close();
  }
}
