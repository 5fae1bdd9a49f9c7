import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import { systemChance } from '../../../src/base/ids.js';
import { DtlsClient } from '../../../src/protocol/dtls/client.js';
import type { DtlsSink } from '../../../src/protocol/dtls/peer.js';
import { Signer } from '../../../src/protocol/dtls/signatures.js';
import { next } from '../../../src/base/events.js';
import type { BfcpClientLink } from '../../../src/legs/bfcp-party/client-link.js';
import type { FloorTls } from '../../../src/legs/bfcp-party/contract.js';
import { fingerprintOf, wrongCertificate } from '../../../src/legs/bfcp-party/fingerprints.js';
import type { BfcpParty, HowToMeet } from '../../../src/legs/bfcp-party/party.js';
import { decode } from '../../../src/protocol/bfcp/decode.js';
import { encode } from '../../../src/protocol/bfcp/encode.js';
import { readFingerprint } from '../../../src/protocol/sdp/fingerprint.js';
import { bench, floorIdentity, targetOf, type Bench, type Identities } from '../../support/bfcp.js';
import { FakeFloor } from '../../support/floor-desks.js';
import { RawUdp } from '../../support/raw-udp.js';
import { waitUntil } from '../../support/wait.js';

const here = '127.0.0.1';
const until = (test: () => boolean): Promise<void> => waitUntil(test, 5000);

describe('bfcp encrypted: certificates', () => {
  const certificate = Buffer.from('any certificate');
  const right = fingerprintOf(certificate);

  it('reads fingerprints as they are written, and no others', () => {
    const { digest } = right;
    assert.deepEqual(readFingerprint(` SHA-256 ${digest.toLowerCase()} `), right);
    assert.equal(readFingerprint(`md5 ${digest.slice(0, 47)}`), null);
    assert.equal(readFingerprint(`sha-256 ${digest.slice(0, -3)}`), null, 'too short');
    assert.equal(readFingerprint('sha-256'), null);
    assert.equal(readFingerprint(`constructor ${digest}`), null);
  });

  it('takes the certificate of the strongest fingerprint only', () => {
    const other = fingerprintOf(Buffer.from('another'));
    const old = fingerprintOf(certificate, 'sha-1');
    assert.equal(wrongCertificate(certificate, [right]), null);
    assert.equal(wrongCertificate(certificate, [old]), null, 'all that an old device tells');
    assert.equal(wrongCertificate(certificate, [other, right]), null, 'two certificates of one strength');
    assert.match(wrongCertificate(certificate, [old, other]) ?? '', /not that of its fingerprint/);
    assert.match(wrongCertificate(certificate, []) ?? '', /not that of its fingerprint/);
    assert.match(wrongCertificate(null, [right]) ?? '', /shows no certificate/);
  });
});

describe('bfcp encrypted: peers', () => {
  let identities: Identities;
  let on: Bench;
  let floor: FakeFloor;
  let party: BfcpParty;
  const clients: BfcpClientLink[] = [];

  before(async () => {
    identities = { party: await floorIdentity('party'), client: await floorIdentity('client') };
  });
  beforeEach(() => {
    on = bench(identities);
    floor = new FakeFloor();
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    party.close();
    await until(() => on.clock.pending === 0);
  });

  const open = async (transport: 'TLS' | 'DTLS'): Promise<void> => {
    party = await on.party(transport);
    floor.join(1, party);
    party.attach(floor.desk(1, 'Peer'), { name: 'Peer' });
  };
  const client = async (transport: 'TLS' | 'DTLS', from = on): Promise<BfcpClientLink> => {
    const link = await from.client(transport);
    clients.push(link);
    return link;
  };
  const tls = (server: boolean, who: keyof Identities): { tls: FloorTls } => ({
    tls: { server, fingerprints: [identities[who].fingerprint] },
  });
  const meet = (transport: 'TLS' | 'DTLS'): HowToMeet => ({
    ...{ transport, setup: 'passive', version: transport === 'TLS' ? 1 : 2 },
    ...tls(true, 'client'),
  });
  const counted = (transport: string, event: string): number =>
    on.metrics.counted('dualstream_bfcp_events_total', { transport, event });

  it('keeps a TLS connection that comes before the negotiation waiting for it', async () => {
    await open('TLS');
    const link = await client('TLS');
    const connected = link.connect({ ...targetOf(party), ...tls(false, 'party') });
    await until(() => /\(\+1\)/.test(party.describe()));
    party.setRemote({ address: here, port: 9 }, meet('TLS'));
    await connected;
    assert.equal(await link.request(), 'granted');
  });

  for (const transport of ['TLS', 'DTLS'] as const) {
    it(`lets nobody in by ${transport} whose certificate is not that of the fingerprint`, async () => {
      await open(transport);
      party.setRemote({ address: here, port: 9 }, meet(transport));
      const stranger = bench({ client: await floorIdentity('stranger') });
      const link = await client(transport, stranger);
      await assert.rejects(link.connect({ ...targetOf(party), ...tls(false, 'party') }));
      assert.deepEqual(floor.log, []);
      const real = await client(transport);
      await real.connect({ ...targetOf(party), ...tls(false, 'party') });
      assert.equal(await real.request(), 'granted');
    });

    it(`connects by ${transport} to nobody else than the one of the fingerprint`, async () => {
      await open(transport);
      party.setRemote({ address: here, port: 9 }, meet(transport));
      const link = await client(transport);
      const wrong = { server: false, fingerprints: [identities.client.fingerprint] };
      await assert.rejects(link.connect({ ...targetOf(party), tls: wrong }), /certificate|socket|closed/i);
    });
  }

  it('tells who speaks in the plain on a TLS port to use TLS, if it is the peer, and ends it', async () => {
    await open('TLS');
    for (const [host, why] of [
      [here, { code: 9 }],
      ['127.0.0.2', { code: 0 }],
    ] as const) {
      party.setRemote({ address: host, port: 9 }, meet('TLS'));
      const plain = await bench().client('TCP');
      clients.push(plain);
      await assert.rejects(plain.connect({ ...targetOf(party), setup: 'active' }), why);
      plain.close();
    }
    await until(() => counted('tls', 'tls_failed') === 2);
    assert.equal(party.standing.channel, 'waiting');
  });

  it('ends what is neither TLS nor BFCP without a word', async () => {
    await open('TLS');
    party.setRemote({ address: here, port: 9 }, meet('TLS'));
    const socket = connect({ host: here, port: party.local.port });
    const said: Buffer[] = [];
    socket.on('data', (data) => said.push(data)).on('error', () => undefined);
    const closed = once(socket, 'close');
    socket.write('GET / HTTP/1.1\r\n\r\n');
    await closed;
    const alert = 21;
    assert.ok(said.every(([type]) => type === alert));
    assert.equal(counted('tls', 'tls_failed'), 1);
  });

  for (const transport of ['TLS', 'DTLS'] as const) {
    it(`as a client by ${transport} waits on for the server when a stranger fails to be it`, async () => {
      await open(transport);
      const numbers = { confId: 1, userId: 2, floorId: 3 };
      party.setRemote({ address: '127.0.0.2', port: 9 }, { ...meet(transport), client: numbers });
      const stranger = bench({ client: await floorIdentity('stranger') });
      const link = await client(transport, stranger);
      await assert.rejects(link.connect({ ...targetOf(party), ...tls(false, 'party') }));
      await until(() => counted('tls', 'tls_failed') + counted('dtls', 'stranger') === 1);
      assert.equal(party.standing.channel, 'waiting');
    });
  }

  for (const transport of ['TLS', 'DTLS'] as const) {
    it(`ends by ${transport} what is established when another certificate is told, and takes that one`, async () => {
      await open(transport);
      party.setRemote({ address: here, port: 9 }, meet(transport));
      const first = await client(transport);
      await first.connect({ ...targetOf(party), ...tls(false, 'party') });
      assert.equal(await first.request(), 'granted');
      party.setRemote({ address: here, port: 9 }, meet(transport));
      assert.equal(party.standing.channel, 'up');
      const another = await floorIdentity('another');
      const told = { server: true, fingerprints: [another.fingerprint] };
      party.setRemote({ address: here, port: 9 }, { ...meet(transport), tls: told });
      assert.equal(party.standing.channel, 'lost');
      const second = await client(transport, bench({ client: another }));
      await second.connect({ ...targetOf(party), ...tls(false, 'party') });
      assert.equal(await second.request(), 'granted');
      assert.equal(party.standing.channel, 'up');
    });
  }

  it('wants a certificate of a TLS client', async () => {
    await open('TLS');
    party.setRemote({ address: here, port: 9 }, meet('TLS'));
    const socket = tlsConnect({ host: here, port: party.local.port, rejectUnauthorized: false });
    await new Promise((resolve) => socket.on('error', () => undefined).on('close', resolve));
    assert.equal(counted('tls', 'tls_failed'), 1);
  });

  it('tells who speaks in the plain on a DTLS port to use DTLS, if it is the peer', async () => {
    await open('DTLS');
    const [peer, thief] = await Promise.all([RawUdp.open(), RawUdp.open()]);
    party.setRemote({ address: here, port: peer.port }, meet('DTLS'));
    const { confId: conferenceId, userId } = party.ids;
    const hello = encode(
      { version: 2, response: false, primitive: 'Hello', conferenceId, userId, transactionId: 9, body: {} },
      'datagram',
    );
    thief.send(hello, party.local.port);
    peer.send(hello, party.local.port);
    const told = decode(await peer.until(() => true), 'datagram');
    assert.ok(told.ok);
    assert.equal(told.value.body.error?.code, 11);
    assert.equal(told.value.transactionId, 9);
    assert.deepEqual(thief.received, []);
    peer.close();
    thief.close();
  });

  it('lets a peer that restarted shake hands anew, and the new association replaces the old one', async () => {
    await open('DTLS');
    party.setRemote({ address: here, port: 9 }, meet('DTLS'));
    const first = await client('DTLS');
    await first.connect({ ...targetOf(party), ...tls(false, 'party') });
    assert.equal(await first.request(), 'granted');
    const second = await client('DTLS');
    await second.connect({ ...targetOf(party), ...tls(false, 'party') });
    const free = next(second.on, 'floor', ({ holder }) => holder === null);
    assert.equal(await second.request(), 'granted');
    assert.equal(floor.live.length, 1, 'it is the same participant');
    floor.desk(1, 'Peer').release(floor.live[0]?.id ?? 0);
    await free;
  });

  it('keeps nothing of who asks without showing that it is there', async () => {
    await open('DTLS');
    party.setRemote({ address: here, port: 9 }, meet('DTLS'));
    const thief = await RawUdp.open();
    const pending = on.clock.pending;
    const own = new Signer(identities.client);
    const hellos: Uint8Array[] = [];
    for (let n = 0; n < 50; n++) {
      const sink = { send: (datagram: Uint8Array) => hellos.push(datagram) } as unknown as DtlsSink;
      new DtlsClient({ own, refusal: () => null, chance: systemChance }, sink).start(0);
    }
    for (const hello of hellos) thief.send(hello, party.local.port);
    await until(() => thief.received.length === 50);
    assert.ok(thief.received.every((data) => data.length < (hellos[0]?.length ?? 0)));
    assert.equal(on.clock.pending, pending, 'no handshake waits for anything');
    thief.close();
  });

  it('finds at once that the peer closed DTLS, and shakes hands again where it is the client', async () => {
    await open('DTLS');
    const link = await client('DTLS');
    const connected = link.connect({ ...targetOf(party), ...tls(true, 'party') });
    party.setRemote({ address: here, port: link.port }, { ...meet('DTLS'), ...tls(false, 'client') });
    await connected;
    assert.equal(party.standing.channel, 'up');
    link.close();
    await until(() => party.standing.channel === 'lost');
    assert.match(party.standing.problem ?? '', /the other end closed the DTLS association/);
  });
});
