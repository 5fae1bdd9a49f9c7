import assert from 'node:assert/strict';
import { BfcpClient, type ClientSink } from '../../../src/protocol/bfcp/client.js';
import { decode, decodeHeader } from '../../../src/protocol/bfcp/decode.js';
import { encode } from '../../../src/protocol/bfcp/encode.js';
import { Reassembler } from '../../../src/protocol/bfcp/fragments.js';
import type { Carriage, Message } from '../../../src/protocol/bfcp/message.js';
import { RoundTrip } from '../../../src/protocol/bfcp/retransmission.js';
import { brief, ServerBench } from './server-bench.js';
import { bytesOf } from './vectors.js';

const settle = (): Promise<void> => new Promise((resolve) => queueMicrotask(resolve));
const ids = { conferenceId: 1, userId: 70 } as const;

describe('bfcp server: rules that are seldom met', () => {
  it('does each request once although a peer gives several the same number', () => {
    const bench = new ServerBench('datagram');
    assert.deepEqual(bench.ask('Hello', {}, 5).map(brief), ['R HelloAck#5']);
    assert.deepEqual(bench.ask('FloorQuery', { floorIds: [2] }, 5).map(brief), ['R FloorStatus#5']);
    assert.deepEqual(bench.ask('FloorRequest', { floorIds: [2] }, 5).map(brief), ['R FloorRequestStatus#5 granted']);
  });

  it('takes the number of an answered request for a new one on streams, where nothing is repeated', () => {
    const bench = new ServerBench('reliable');
    bench.ask('FloorQuery', { floorIds: [2] }, 1);
    const [ended] = bench.ask('FloorQuery', {}, 1);
    assert.deepEqual(ended?.body, {});
  });

  it('takes who says Hello with a lower number for one that began anew: it is told how things are, not how they were', async () => {
    const bench = new ServerBench('datagram');
    for (let i = 0; i < 2; i++) {
      bench.ask('Hello', {}, 1);
      const [status] = bench.ask('FloorQuery', { floorIds: [2] }, 2);
      assert.equal(status && brief(status), i === 0 ? 'R FloorStatus#2' : 'R FloorStatus#2 granted');
      bench.floor.desk(8, 'Other').request();
      await settle();
    }
    const again = new ServerBench('datagram', { tellUnasked: true });
    again.ask('Hello', {}, 1);
    again.ask('FloorRequest', { floorIds: [2] }, 2);
    again.ask('FloorStatusAck', {}, 501, { response: true });
    assert.deepEqual(again.ask('Hello', {}, 1).map(brief).slice(0, 1), ['R HelloAck#1']);
  });

  it('tells again what was lost, unless something newer is known or the peer has been answered', () => {
    const ticket = { who: 7, name: 'Room 4', position: 0, info: '' };
    const lost = (): ServerBench => {
      const bench = new ServerBench('datagram');
      bench.ask('Hello', {}, 1);
      bench.ask('FloorRequest', { floorIds: [2] }, 2);
      bench.server.changed({ ...ticket, id: 100, state: 'revoked' }, bench.now);
      bench.pass(7_500);
      bench.clear();
      return bench;
    };
    const again = lost();
    again.pass(10_000);
    assert.deepEqual(again.messages().map(brief), ['FloorRequestStatus#502 revoked']);
    again.ask('FloorRequestStatusAck', {}, 502, { response: true });
    again.pass(60_000);
    assert.deepEqual(again.messages(), []);
    const answered = lost();
    assert.equal(answered.ask('FloorRelease', { floorRequestId: 100 }, 3).length, 1);
    answered.clear();
    answered.pass(60_000);
    assert.deepEqual(answered.messages(), []);
    const newer = lost();
    newer.server.changed({ ...ticket, id: 100, state: 'released' }, newer.now);
    newer.ask('FloorRequestStatusAck', {}, 502, { response: true });
    newer.pass(60_000);
    assert.equal(newer.server.due, null);
  });

  it('repeats nothing to who said Goodbye', async () => {
    const bench = new ServerBench('datagram', { tellUnasked: true });
    bench.ask('FloorQuery', { floorIds: [2] }, 1);
    bench.floor.desk(8, 'Other').request();
    await settle();
    assert.deepEqual(bench.messages().map(brief).at(-1), 'FloorStatus#501 granted');
    bench.ask('Goodbye', {}, 2);
    bench.clear();
    bench.pass(20_000);
    assert.deepEqual(bench.sent, []);
  });

  it('tells who comes back after Goodbye, although it had ended its subscription before', async () => {
    const bench = new ServerBench('datagram', { tellUnasked: true });
    bench.ask('FloorQuery', {}, 1);
    bench.ask('Goodbye', {}, 2);
    bench.floor.desk(8, 'Other').request();
    await settle();
    assert.deepEqual(bench.ask('Hello', {}, 3).map(brief), ['R HelloAck#3', 'FloorStatus#501 granted']);
  });

  it('refuses in the version of who asked, before anything else was heard', () => {
    const bench = new ServerBench('datagram');
    const [error] = bench.ask('FloorStatus', { floorIds: [2] }, 3, { version: 1 });
    assert.deepEqual([error && brief(error), error?.version], ['R Error#3 3', 1]);
  });

  it('speaks the version of the negotiation until the peer has spoken, and the peer’s from then on', async () => {
    const bench = new ServerBench('datagram', { tellUnasked: true });
    bench.server.expect(1);
    bench.server.greet(0);
    assert.equal(bench.messages()[0]?.version, 1);
    bench.ask('Hello', {}, 1, { version: 2 });
    bench.server.expect(1);
    bench.floor.desk(8, 'Other').request();
    await settle();
    assert.equal(bench.messages().at(-1)?.version, 2);
  });

  it('tells the state of an own request that has ended, and says of others that they are gone', () => {
    const bench = new ServerBench('datagram');
    const id = bench.ask('FloorRequest', { floorIds: [2] }, 1)[0]?.body.floorRequests?.[0]?.id ?? 0;
    bench.ask('FloorRelease', { floorRequestId: id }, 2);
    assert.deepEqual(bench.ask('FloorRequestQuery', { floorRequestId: id }, 3).map(brief), [
      'R FloorRequestStatus#3 released',
    ]);
    const other = bench.floor.desk(8, 'Other');
    const theirs = other.request().id;
    other.release(theirs);
    assert.deepEqual(bench.ask('FloorRequestQuery', { floorRequestId: theirs }, 4).map(brief), ['R Error#4 7']);
  });

  it('states a place in the queue only of who was accepted (RFC 8855 §5.2.5)', () => {
    const bench = new ServerBench('datagram');
    for (const [id, state] of [
      [11, 'pending'],
      [12, 'accepted'],
    ] as const) {
      bench.floor.live.push({ id, who: id, name: '', state, position: 3, info: '' });
    }
    const [status] = bench.ask('FloorQuery', { floorIds: [2] });
    assert.deepEqual(
      status?.body.floorRequests?.map(({ overall }) => overall?.status?.position),
      [0, 3],
    );
  });

  it('tells of a user who asked for nothing, and of nobody else', () => {
    const bench = new ServerBench('reliable');
    bench.floor.desk(9, 'Anna');
    const [anna] = bench.ask('UserQuery', { beneficiaryId: 9 }, 1);
    assert.deepEqual(anna?.body, { beneficiary: { id: 9, name: 'Anna' } });
    assert.deepEqual(bench.ask('UserQuery', { beneficiaryId: 10 }, 2).map(brief), ['Error#2 2']);
  });

  it('tells each of two requests, and numbers its notifications from 1 after 65535', () => {
    const bench = new ServerBench('datagram', { firstTransactionId: 0xfffe });
    bench.ask('Hello', {}, 1);
    const ticket = { who: 7, name: 'Room 4', position: 0, info: '' };
    bench.server.changed({ ...ticket, id: 4, state: 'revoked' }, 0);
    bench.server.changed({ ...ticket, id: 5, state: 'pending' }, 0);
    bench.server.changed({ ...ticket, id: 6, state: 'granted' }, 0);
    const said = bench.messages().map(brief).slice(1);
    for (const number of [0xffff, 1, 2]) {
      said.push(...bench.ask('FloorRequestStatusAck', {}, number, { response: true }).map(brief));
    }
    assert.deepEqual(said, [
      'FloorRequestStatus#65535 revoked',
      'FloorRequestStatus#1 pending',
      'FloorRequestStatus#2 granted',
    ]);
  });
});

describe('bfcp client: rules that are seldom met', () => {
  function clientOf(carriage: Carriage, sink: Partial<ClientSink> = {}, firstTransactionId = 40) {
    const sent: Uint8Array[] = [];
    const nothing = (): void => undefined;
    const client = new BfcpClient(
      { ...ids, floorId: 2, carriage, version: carriage === 'datagram' ? 2 : 1, firstTransactionId },
      { send: (bytes) => sent.push(bytes), done: nothing, status: nothing, floor: nothing, goodbye: nothing, ...sink },
    );
    return { client, sent };
  }
  const message = (primitive: Message['primitive'], transactionId: number, body: Message['body'] = {}): Uint8Array =>
    encode({ ...ids, version: 2, response: true, primitive, transactionId, body }, 'datagram');

  it('numbers its requests from 1 after 65535', () => {
    const { client, sent } = clientOf('datagram', {}, 0xffff);
    client.hello(0);
    client.receive(message('HelloAck', 0xffff), 0);
    client.hello(0);
    assert.equal(Buffer.from(sent[1] ?? []).readUInt16BE(8), 1);
  });

  it('believes no answer that it is not waiting for', () => {
    let heard = 0;
    const { client, sent } = clientOf('datagram', { status: () => heard++, done: () => heard++ });
    const status = { id: 9, status: { state: 'revoked' as const, position: 0 } };
    client.receive(message('FloorRequestStatus', 77, { floorRequests: [{ id: 9, overall: status, floors: [] }] }), 0);
    client.receive(message('Error', 77, { error: { code: 1, details: [] } }), 0);
    assert.deepEqual([heard, sent.length], [0, 0]);
  });

  it('has a stream closed that cannot be read (RFC 8855 §6.1), not for what it does not know', () => {
    const why: string[] = [];
    const { client } = clientOf('reliable', { broken: (text) => why.push(text) });
    const header = '20080001' + '00000001' + '0000' + '0046';
    for (const payload of ['c7040102', '04040002']) client.receive(Buffer.from(header + payload, 'hex'), 0);
    client.receive(Buffer.from(header.replace('2008', '202a') + 'c7040102', 'hex'), 0);
    assert.deepEqual(why, []);
    for (const bad of ['04010002', '04080002']) client.receive(Buffer.from(header + bad, 'hex'), 0);
    client.receive(Buffer.from(header, 'hex'), 0);
    assert.deepEqual(why, ['attribute length below 2', 'attribute runs over its container', 'lengths disagree']);
  });

  it('ignores on datagrams what cannot be read', () => {
    const { client } = clientOf('datagram', { broken: (text) => assert.fail(text) });
    client.receive(Buffer.from('400800010000000100000046' + '04010002', 'hex'), 0);
  });
});

describe('bfcp codec and timers: rules that are seldom met', () => {
  it('refuses a group whose contents run over it into the next attribute', () => {
    // FLOOR-REQUEST-INFORMATION of 8 octets with an OVERALL-REQUEST-STATUS of 8 octets in it, and 4 more after it
    const bytes = Buffer.from('2004000300000001000000ea' + '1e080315' + '24080315' + '0a040300', 'hex');
    const read = decode(bytes, 'reliable');
    assert.ok(!read.ok);
    assert.deepEqual([read.fault.kind, read.fault.position], ['malformed', 16]);
  });

  it('writes texts of up to 253 octets whole', () => {
    for (const [length, kept] of [
      [253, 253],
      [254, 253],
    ] as const) {
      const body = { floorIds: [2], providedInfo: 'x'.repeat(length) };
      const message = {
        ...ids,
        version: 1,
        response: false,
        primitive: 'FloorRequest',
        transactionId: 1,
        body,
      } as const;
      const read = decode(encode(message, 'reliable'), 'reliable');
      assert.equal(read.ok && read.value.body.providedInfo?.length, kept);
    }
  });

  it('refuses fragments beyond the end of their message, empty ones, and all of those that contradict each other', () => {
    const beyond = Buffer.from(bytesOf('fragment-2of2-udp'));
    beyond.writeUInt16BE(11, 12);
    const read = decodeHeader(beyond, 'datagram');
    assert.equal(!read.ok && read.fault.kind, 'wrong-length');
    const reassembler = new Reassembler(10_000);
    const put = (bytes: Uint8Array): Uint8Array | null | 'refused' => {
      const header = decodeHeader(bytes, 'datagram');
      assert.ok(header.ok);
      return reassembler.add(bytes, header.value, 0);
    };
    const empty = Buffer.from(bytesOf('fragment-1of2-udp').subarray(0, 16));
    empty.writeUInt16BE(0, 14);
    assert.equal(put(empty), 'refused');
    const [first, second] = [bytesOf('fragment-1of2-udp'), bytesOf('fragment-2of2-udp')];
    const overlap = Buffer.from(second);
    overlap.writeUInt16BE(9, 12);
    assert.deepEqual([put(first), put(overlap)], [null, 'refused']);
    assert.equal(put(second), null, 'the first went with what contradicted it');
    assert.equal(typeof put(first), 'object');
  });

  it('reckons T1 as RFC 6298 with a granularity of 100 ms, and never below 500 ms', () => {
    const trip = new RoundTrip();
    const after = (ms: number): number => {
      trip.sample(ms);
      return trip.t1;
    };
    assert.equal(after(100), 500);
    // RTTVAR = 3/4 * 50 + 1/4 * |100 - 900|, then SRTT = 7/8 * 100 + 1/8 * 900
    assert.equal(after(900), 200 + 4 * 237.5);
    for (let i = 0; i < 100; i++) trip.sample(800);
    assert.ok(Math.abs(trip.t1 - 900) < 0.01, 'the variation is below the granularity');
  });
});
