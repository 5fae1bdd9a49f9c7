import assert from 'node:assert/strict';
import type { ByteStream, Endpoint } from '../../../src/base/net.js';
import { systemNet } from '../../../src/base/system-net.js';
import type { BfcpParty } from '../../../src/legs/bfcp-party/party.js';
import { decode } from '../../../src/protocol/bfcp/decode.js';
import { encode } from '../../../src/protocol/bfcp/encode.js';
import type { Body, Message } from '../../../src/protocol/bfcp/message.js';
import type { PrimitiveName } from '../../../src/protocol/bfcp/names.js';
import { bench, targetOf, type Bench } from '../../support/bfcp.js';
import { FakeFloor } from '../../support/floor-desks.js';
import { bytesOf } from '../../protocol/bfcp/vectors.js';

const passive = { transport: 'TCP', setup: 'passive', version: 1 } as const;
const elsewhere: Endpoint = { address: '127.0.0.1', port: 9 };

/** A bare TCP peer that collects messages; one message must not be cut over two chunks here. */
class RawTcp {
  readonly received: Message[] = [];
  closed = false;
  private wake: () => void = () => undefined;

  constructor(readonly stream: ByteStream) {
    stream.onData((data) => {
      for (let at = 0; at < data.length;) {
        const length = 12 + 4 * data.readUInt16BE(at + 2);
        const decoded = decode(data.subarray(at, at + length), 'reliable');
        assert.ok(decoded.ok);
        this.received.push(decoded.value);
        at += length;
      }
      this.wake();
    });
    stream.onClose(() => {
      this.closed = true;
      this.wake();
    });
  }

  async until(test: () => boolean): Promise<void> {
    while (!test()) await new Promise<void>((resolve) => (this.wake = resolve));
  }

  async answer(transactionId: number): Promise<Message | undefined> {
    const find = (): Message | undefined => this.received.find((message) => message.transactionId === transactionId);
    await this.until(() => find() !== undefined || this.closed);
    return find();
  }
}

describe('bfcp over TCP: connections', () => {
  let on: Bench;
  let floor: FakeFloor;
  let party: BfcpParty;
  const peers: RawTcp[] = [];

  beforeEach(async () => {
    on = bench();
    floor = new FakeFloor();
    party = await on.party('TCP');
    party.setRemote(elsewhere, passive);
    floor.join(1, party);
    party.attach(floor.desk(1, 'Peer'), { name: 'Peer' });
  });

  afterEach(() => {
    party.close();
    for (const peer of peers.splice(0)) peer.stream.destroy();
    assert.equal(on.clock.pending, 0);
  });

  async function dial(): Promise<RawTcp> {
    const to = { address: '127.0.0.1', port: party.local.port };
    const peer = new RawTcp(await systemNet.connect(to, { type: 'tcp' }));
    peers.push(peer);
    return peer;
  }

  function say(
    peer: RawTcp,
    primitive: PrimitiveName,
    transactionId: number,
    body: Body = {},
    more: Partial<Message> = {},
  ): void {
    const { confId: conferenceId, userId } = party.ids;
    const message = { version: 1, response: false, primitive, conferenceId, userId, transactionId, body } as const;
    peer.stream.write(encode({ ...message, ...more }, 'reliable'));
  }

  it('takes the first connection that shows the ids and closes the others', async () => {
    const [first, second] = [await dial(), await dial()];
    say(second, 'Hello', 1);
    assert.equal((await second.answer(1))?.primitive, 'HelloAck');
    await first.until(() => first.closed);
    assert.equal(second.closed, false);
  });

  it('closes connections with wrong ids without a word', async () => {
    const peer = await dial();
    say(peer, 'Hello', 1, {}, { conferenceId: 1 });
    await peer.until(() => peer.closed);
    assert.deepEqual(peer.received, []);
    assert.equal(on.metrics.counted('dualstream_bfcp_events_total', { transport: 'tcp', event: 'stranger' }), 1);
  });

  it('does not let a second connection take over a living one', async () => {
    const peer = await dial();
    say(peer, 'FloorRequest', 1, { floorIds: [2] });
    const id = (await peer.answer(1))?.body.floorRequests?.[0]?.id ?? 0;
    const thief = await dial();
    say(thief, 'FloorRelease', 2, { floorRequestId: id });
    await thief.until(() => thief.closed);
    assert.equal(floor.live.length, 1);
    say(peer, 'Hello', 3);
    assert.equal((await peer.answer(3))?.primitive, 'HelloAck');
  });

  it('closes what cannot be parsed and lives on', async () => {
    const peer = await dial();
    say(peer, 'Hello', 1);
    await peer.answer(1);
    const broken = Buffer.from(bytesOf('attr-length-1'));
    broken[0] = 0x20;
    broken.writeUInt32BE(party.ids.confId, 4);
    broken.writeUInt16BE(party.ids.userId, 10);
    peer.stream.write(broken);
    await peer.until(() => peer.closed);
    const again = await dial();
    say(again, 'Hello', 2);
    assert.equal((await again.answer(2))?.primitive, 'HelloAck');
  });

  it('closes other protocols at once', async () => {
    const peer = await dial();
    peer.stream.write('GET / HTTP/1.1\r\n\r\n');
    await peer.until(() => peer.closed);
    assert.equal(on.metrics.counted('dualstream_bfcp_events_total', { transport: 'tcp', event: 'fault_framing' }), 1);
  });

  it('keeps the seat of the signalled host free of many silent connections', async () => {
    party.setRemote({ address: '127.0.0.2', port: 9 }, passive);
    const silent = [await dial(), await dial(), await dial(), await dial()];
    const fifth = await dial();
    await fifth.until(() => fifth.closed);
    assert.ok(silent.every((peer) => !peer.closed));
    on.clock.skip(30_000);
    await silent[0]?.until(() => silent[0]?.closed ?? true);
  });

  it('calls a passive peer after all when it does not come', async () => {
    const client = await on.client('TCP');
    party.setRemote({ address: '127.0.0.1', port: client.port }, passive);
    on.clock.skip(3000);
    await client.connect(targetOf(party, 'passive'));
    assert.equal(await client.request(), 'granted');
    client.close();
  });

  it('tries again when the peer does not listen yet', async () => {
    const closed = await on.client('TCP');
    const { port } = closed;
    closed.close();
    party.setRemote({ address: '127.0.0.1', port }, { ...passive, setup: 'active' });
    const failed = (): number =>
      on.metrics.counted('dualstream_bfcp_events_total', { transport: 'tcp', event: 'connect_failed' });
    while (failed() === 0) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(on.clock.pending, 1);
  });
});
