import assert from 'node:assert/strict';
import { next } from '../../../src/base/events.js';
import type { BfcpParty } from '../../../src/legs/bfcp-party/party.js';
import { decode } from '../../../src/protocol/bfcp/decode.js';
import { encode } from '../../../src/protocol/bfcp/encode.js';
import type { Body, Message } from '../../../src/protocol/bfcp/message.js';
import type { PrimitiveName } from '../../../src/protocol/bfcp/names.js';
import { bench, targetOf, type Bench } from '../../support/bfcp.js';
import { FakeFloor } from '../../support/floor-desks.js';
import { lossyNet } from '../../support/lossy-net.js';
import { RawUdp } from '../../support/raw-udp.js';
import { vectors } from '../../protocol/bfcp/vectors.js';

const how = { transport: 'UDP', setup: 'passive', version: 2 } as const;

function bytesFor(
  party: BfcpParty,
  primitive: PrimitiveName,
  body: Body = {},
  more: Partial<Message> = {},
): Uint8Array {
  const { confId: conferenceId, userId } = party.ids;
  const message = { version: 2, response: false, primitive, conferenceId, userId, transactionId: 1, body } as const;
  return encode({ ...message, ...more }, 'datagram');
}

function read(data: Buffer): Message {
  const decoded = decode(data, 'datagram');
  assert.ok(decoded.ok);
  return decoded.value;
}

const is =
  (primitive: PrimitiveName) =>
  (data: Buffer): boolean =>
    read(data).primitive === primitive;

describe('bfcp over UDP: sources', () => {
  let on: Bench;
  let floor: FakeFloor;
  let party: BfcpParty;
  let peer: RawUdp;
  let thief: RawUdp;

  beforeEach(async () => {
    on = bench();
    floor = new FakeFloor();
    party = await on.party('UDP');
    [peer, thief] = await Promise.all([RawUdp.open(), RawUdp.open()]);
    party.setRemote({ address: '127.0.0.1', port: peer.port }, how);
    floor.join(1, party);
    party.attach(floor.desk(1, 'Peer'), { name: 'Peer' });
  });

  afterEach(() => {
    party.close();
    peer.close();
    thief.close();
  });

  let settling = 0x7000;
  /** Waits until the party has taken everything sent to it before. */
  async function settled(): Promise<void> {
    const transactionId = ++settling;
    peer.send(bytesFor(party, 'Hello', {}, { transactionId }), party.local.port);
    await peer.until((data) => read(data).transactionId === transactionId && is('HelloAck')(data));
  }

  it('draws random ids for every dialog', async () => {
    const others = await Promise.all([on.party('UDP'), on.party('UDP')]);
    const seen = new Set([party, ...others].map(({ ids }) => `${ids.confId} ${ids.userId}`));
    assert.equal(seen.size, 3);
    for (const other of others) other.close();
  });

  it('speaks first, to the signalled address', async () => {
    const data = await peer.until(is('FloorStatus'));
    assert.deepEqual(read(data).body.floorIds, [party.ids.floorId]);
  });

  it('is silent to strangers whatever they send, so that nothing can be amplified', async () => {
    await settled();
    for (const vector of vectors) thief.send(Buffer.from(vector.hex, 'hex'), party.local.port);
    for (const more of [{ conferenceId: party.ids.confId ^ 1 }, { userId: party.ids.userId ^ 1 }]) {
      for (const primitive of ['Hello', 'FloorQuery', 'FloorRequest'] as const) {
        thief.send(bytesFor(party, primitive, { floorIds: [2] }, more), party.local.port);
      }
    }
    await settled();
    assert.deepEqual(thief.received, []);
    assert.ok(on.metrics.counted('dualstream_bfcp_events_total', { transport: 'udp', event: 'stranger' }) >= 40);
    assert.deepEqual(floor.log, []);
  });

  it('answers the signalled source with the wrong ids no longer than it asked', async () => {
    const wrong = { conferenceId: party.ids.confId ^ 1 };
    const question = bytesFor(party, 'FloorRequest', { floorIds: [2] }, { ...wrong, transactionId: 12 });
    peer.send(bytesFor(party, 'Hello', {}, { ...wrong, transactionId: 11 }), party.local.port);
    peer.send(question, party.local.port);
    const answer = await peer.until((data) => is('Error')(data) && read(data).transactionId === 12);
    assert.equal(read(answer).body.error?.code, 1);
    assert.ok(answer.length <= question.length);
    assert.equal(peer.received.filter(is('Error')).length, 1, 'an error is longer than a Hello');
  });

  it('lets nobody take or release the floor of another, even with the right ids', async () => {
    peer.send(bytesFor(party, 'FloorRequest', { floorIds: [2] }, { transactionId: 5 }), party.local.port);
    const granted = read(await peer.until((data) => read(data).transactionId === 5));
    const floorRequestId = granted.body.floorRequests?.[0]?.id ?? 0;
    thief.send(bytesFor(party, 'FloorRelease', { floorRequestId }, { transactionId: 6 }), party.local.port);
    thief.send(bytesFor(party, 'Goodbye', {}, { transactionId: 7 }), party.local.port);
    await settled();
    assert.deepEqual(thief.received, []);
    assert.equal(floor.live[0]?.state, 'granted');
  });

  it('keeps two dialogs apart: one cannot act in the other', async () => {
    const other = await on.party('UDP');
    other.setRemote({ address: '127.0.0.1', port: thief.port }, how);
    other.attach(floor.desk(2, 'Thief'), { name: 'Thief' });
    thief.send(bytesFor(other, 'Hello'), other.local.port);
    await thief.until(is('HelloAck'));
    peer.send(bytesFor(party, 'FloorRequest', { floorIds: [2] }, { transactionId: 5 }), party.local.port);
    const granted = read(await peer.until((data) => read(data).transactionId === 5));
    const floorRequestId = granted.body.floorRequests?.[0]?.id ?? 0;
    thief.send(bytesFor(other, 'FloorRelease', { floorRequestId }, { transactionId: 8 }), other.local.port);
    const refused = read(await thief.until((data) => read(data).transactionId === 8));
    assert.equal(refused.body.error?.code, 5);
    thief.send(bytesFor(party, 'FloorRelease', { floorRequestId }), party.local.port);
    await settled();
    assert.equal(floor.live[0]?.state, 'granted');
    other.close();
  });

  it('follows a new address of the negotiation and drops the old one', async () => {
    peer.send(bytesFor(party, 'Hello'), party.local.port);
    await peer.until(is('HelloAck'));
    party.setRemote({ address: '127.0.0.1', port: thief.port }, how);
    await thief.until(is('FloorStatus'));
    thief.send(bytesFor(party, 'Hello', {}, { transactionId: 2 }), party.local.port);
    await thief.until(is('HelloAck'));
    const before = peer.received.length;
    peer.send(bytesFor(party, 'Hello', {}, { transactionId: 3 }), party.local.port);
    thief.send(bytesFor(party, 'Hello', {}, { transactionId: 4 }), party.local.port);
    await thief.until((data) => read(data).transactionId === 4);
    assert.equal(peer.received.length, before);
  });

  it('outlives hold', async () => {
    await settled();
    party.setRemote({ address: '0.0.0.0', port: peer.port }, how);
    party.setRemote(null, how);
    await settled();
  });

  it('notes when the peer was heard, and not when a stranger was', async () => {
    const opened = party.lastHeard;
    thief.send(bytesFor(party, 'Hello', {}, { userId: party.ids.userId ^ 1, conferenceId: 1 }), party.local.port);
    await settled();
    assert.ok(party.lastHeard > opened);
  });

  it('says Goodbye, frees its port and leaves no timer', async () => {
    peer.send(bytesFor(party, 'Hello'), party.local.port);
    await peer.until(is('HelloAck'));
    const { port } = party.local;
    party.close();
    party.close();
    await peer.until(is('Goodbye'));
    for (;;) {
      if (on.clock.pending === 0) break;
      await new Promise((resolve) => setImmediate(resolve));
    }
    const again = await RawUdp.open();
    again.send(new Uint8Array(1), port);
    again.close();
    assert.equal(on.clock.pending, 0);
  });
});

describe('bfcp over UDP: loss', () => {
  it('gets through with every second datagram lost', async () => {
    const on = bench();
    const floor = new FakeFloor();
    const party = await on.party(
      'UDP',
      lossyNet((index) => index % 2 === 0),
    );
    const client = await on.client(
      'UDP',
      lossyNet((index) => index % 2 === 1),
    );
    party.setRemote({ address: '127.0.0.1', port: client.port }, how);
    floor.join(1, party);
    party.attach(floor.desk(1, 'Anna'), { name: 'Anna' });
    const hurry = setInterval(() => on.clock.skip(100), 10);
    try {
      await client.connect(targetOf(party));
      assert.equal(await client.request(), 'granted');
      const revoked = next(client.on, 'status', (view) => view.state === 'revoked');
      floor.desk(2, 'Bert').request();
      await revoked;
      assert.equal(floor.log.filter((line) => line === 'request Anna').length, 1);
    } finally {
      clearInterval(hurry);
      client.close();
      party.close();
    }
  });

  it('fails with a clear error when nobody answers', async () => {
    const on = bench();
    const party = await on.party(
      'UDP',
      lossyNet(() => true),
    );
    const client = await on.client('UDP');
    const hurry = setInterval(() => on.clock.skip(100), 10);
    try {
      await assert.rejects(client.connect(targetOf(party)), /no answer from the floor control server/);
    } finally {
      clearInterval(hurry);
      client.close();
      party.close();
    }
  });
});
