import assert from 'node:assert/strict';
import { decodeHeader } from '../../../src/protocol/bfcp/decode.js';
import { NoRoomForRequests } from './failures.js';
import { brief, ServerBench } from './server-bench.js';
import { bytesOf, hexOf } from './vectors.js';

const settle = (): Promise<void> => new Promise((resolve) => queueMicrotask(resolve));

describe('bfcp server: answers', () => {
  it('answers Hello with both lists, as the golden bytes', () => {
    const udp = new ServerBench('datagram', { conferenceId: 4321, userId: 1234 });
    udp.feed(bytesOf('hello-udp'));
    assert.equal(hexOf(udp.sent[0] ?? new Uint8Array()), hexOf(bytesOf('helloack-udp')));
    const tcp = new ServerBench('reliable', { conferenceId: 4321, userId: 1234 });
    tcp.feed(bytesOf('hello-tcp'));
    assert.equal(hexOf(tcp.sent[0] ?? new Uint8Array()), hexOf(bytesOf('helloack-tcp')));
  });

  it('goes through request, query, release', () => {
    const server = new ServerBench('datagram');
    const [granted] = server.ask('FloorRequest', { floorIds: [2], providedInfo: 'slides' }, 1);
    assert.ok(granted);
    assert.equal(brief(granted), 'R FloorRequestStatus#1 granted');
    const info = granted.body.floorRequests?.[0];
    assert.deepEqual(info?.beneficiary, { id: 70, name: 'Room 4' });
    assert.deepEqual(info?.floors, [{ id: 2, status: { state: 'granted', position: 0 } }]);
    assert.equal(info?.providedInfo, 'slides');
    const id = info?.id ?? 0;
    assert.deepEqual(server.ask('FloorRequestQuery', { floorRequestId: id }, 2).map(brief), [
      'R FloorRequestStatus#2 granted',
    ]);
    const [user] = server.ask('UserQuery', {}, 3);
    assert.deepEqual(user?.body.beneficiary, { id: 70, name: 'Room 4' });
    assert.equal(user?.body.floorRequests?.length, 1);
    assert.deepEqual(server.ask('FloorRelease', { floorRequestId: id }, 4).map(brief), [
      'R FloorRequestStatus#4 released',
    ]);
    assert.deepEqual(server.ask('FloorRelease', { floorRequestId: 999 }, 5).map(brief), ['R Error#5 7']);
  });

  it('subscribes, replaces and ends subscriptions', async () => {
    const bench = new ServerBench('datagram');
    const [status] = bench.ask('FloorQuery', { floorIds: [2] }, 1);
    assert.ok(status);
    assert.deepEqual(status.body, { floorIds: [2] });
    bench.clear();
    bench.floor.desk(8, 'Other').request();
    await settle();
    assert.deepEqual(bench.messages().map(brief), ['FloorStatus#501 granted']);
    assert.equal(bench.messages()[0]?.body.floorRequests?.[0]?.beneficiary?.id, 8);
    assert.deepEqual(bench.ask('FloorStatusAck', {}, 501, { response: true }), []);
    assert.deepEqual(
      bench.ask('FloorQuery', {}, 2).map((message) => message.body),
      [{}],
    );
    bench.clear();
    bench.floor.desk(9, 'Third').request();
    await settle();
    assert.deepEqual(bench.messages(), []);
  });

  it('tells those who never ask where that is wanted, and never before the answer', async () => {
    const bench = new ServerBench('reliable', { tellUnasked: true });
    bench.floor.desk(8, 'Other').request();
    await settle();
    assert.deepEqual(bench.ask('Hello').map(brief), ['HelloAck#1', 'FloorStatus#0 granted']);
    assert.deepEqual(bench.ask('FloorRequest', { floorIds: [2] }, 2).map(brief), ['FloorRequestStatus#2 granted']);
    bench.clear();
    await settle();
    assert.deepEqual(bench.messages().map(brief), ['FloorStatus#0 granted']);
  });

  it('never shows another participant under the peer’s own user id', () => {
    const bench = new ServerBench('reliable');
    bench.floor.desk(70, 'Namesake').request();
    const [status] = bench.ask('FloorQuery', { floorIds: [2] });
    assert.notEqual(status?.body.floorRequests?.[0]?.beneficiary?.id, 70);
  });

  it('answers a release that crosses the revocation', () => {
    const bench = new ServerBench('datagram');
    const id = bench.ask('FloorRequest', { floorIds: [2] })[0]?.body.floorRequests?.[0]?.id ?? 0;
    bench.clear();
    bench.floor.decide(id, 'revoked');
    assert.deepEqual(bench.messages().map(brief), ['FloorRequestStatus#501 revoked']);
    assert.deepEqual(bench.ask('FloorRelease', { floorRequestId: id }, 2).map(brief), [
      'R FloorRequestStatus#2 released',
    ]);
  });

  it('frees the floor at Goodbye and falls silent', async () => {
    const bench = new ServerBench('datagram', { tellUnasked: true });
    bench.ask('FloorRequest', { floorIds: [2] });
    assert.deepEqual(bench.ask('Goodbye', {}, 2).map(brief), ['R GoodbyeAck#2']);
    assert.deepEqual(bench.floor.live, []);
    await settle();
    bench.clear();
    bench.pass(60_000);
    assert.deepEqual(bench.sent, []);
  });

  it('keeps requests that come before the room, once each', () => {
    const bench = new ServerBench('datagram', {}, false);
    assert.deepEqual(bench.ask('FloorRequest', { floorIds: [2] }, 5), []);
    assert.deepEqual(bench.ask('FloorRequest', { floorIds: [2] }, 5), []);
    assert.deepEqual(bench.ask('Hello', {}, 6).map(brief), ['R HelloAck#6']);
    bench.clear();
    bench.attach();
    assert.deepEqual(bench.messages().map(brief), ['R FloorRequestStatus#5 granted']);
    assert.equal(bench.floor.log.length, 1);
  });
});

describe('bfcp server: refusals', () => {
  const cases: [string, number | null][] = [
    ['unknown-attr-mandatory', 4],
    ['unknown-primitive', 3],
    ['bad-version-3', 12],
    ['payload-too-long', 13],
    ['payload-too-short', 13],
    ['attr-length-1', 10],
    ['floorrequest-no-floor', 10],
    ['short-datagram', null],
  ];
  for (const [name, code] of cases) {
    it(`answers ${name} with ${code ?? 'silence'}`, () => {
      const bench = new ServerBench('datagram', { userId: 2 });
      const bytes = bytesOf(name);
      const answers = bench.feed(bytes);
      assert.deepEqual(
        answers.map((message) => message.body.error?.code),
        code === null ? [] : [code],
      );
      assert.ok(bench.counted.length > 0);
      if (code === null) return;
      const [answer] = answers;
      assert.equal(answer?.transactionId, bytes.readUInt16BE(8));
      assert.equal(answer?.conferenceId, bytes.readUInt32BE(4));
      assert.equal(answer?.response, true);
      if (code === 4) assert.deepEqual(answer?.body.error?.details, [99 << 1]);
    });
  }

  it('refuses version 1 on datagrams only where it is strict, and else answers in kind', () => {
    const strict = new ServerBench('datagram', { userId: 2, lenient: false });
    assert.deepEqual(strict.feed(bytesOf('v1-on-udp')).map(brief), ['R Error#38 12']);
    const lenient = new ServerBench('datagram', { userId: 2 });
    const [ack] = lenient.feed(bytesOf('v1-on-udp'));
    assert.equal(ack?.version, 1);
    assert.equal(ack?.body.supportedPrimitives?.length, 13);
  });

  it('refuses version 2 on streams, and closes broken ones', () => {
    const bench = new ServerBench('reliable', { userId: 2 });
    assert.deepEqual(bench.ask('Hello', {}, 3, { version: 2 }).map(brief), ['Error#3 12']);
    const broken = Buffer.from(bytesOf('attr-length-1'));
    broken[0] = 0x20;
    assert.deepEqual(bench.feed(broken), []);
    assert.equal(bench.broken.length, 1);
  });

  it('answers transaction id 0 and ignores R and F on streams', () => {
    const bench = new ServerBench('reliable', { userId: 2 });
    assert.deepEqual(bench.feed(bytesOf('tid-zero-request')).map(brief), ['HelloAck#0']);
    assert.deepEqual(bench.feed(bytesOf('rf-bits-on-tcp')).map(brief), ['HelloAck#35']);
  });

  const errors: [string, number, Parameters<ServerBench['ask']>][] = [
    ['another conference', 1, ['Hello', {}, 9, { conferenceId: 2 }]],
    ['another user', 2, ['Hello', {}, 9, { userId: 71 }]],
    ['another floor', 6, ['FloorRequest', { floorIds: [3] }, 9]],
    ['one wrong floor of two', 6, ['FloorQuery', { floorIds: [2, 3] }, 9]],
    ['somebody else as beneficiary', 5, ['FloorRequest', { floorIds: [2], beneficiaryId: 8 }, 9]],
    ['an unknown request', 7, ['FloorRequestQuery', { floorRequestId: 77 }, 9]],
    ['an unknown user', 2, ['UserQuery', { beneficiaryId: 77 }, 9]],
    ['a server primitive', 3, ['FloorStatus', { floorIds: [2] }, 9]],
    [
      'a chair action on an unknown request',
      7,
      ['ChairAction', { floorRequests: [{ id: 3, floors: [{ id: 2 }] }] }, 9],
    ],
    ['a chair action on an unknown floor', 6, ['ChairAction', { floorRequests: [{ id: 3, floors: [{ id: 4 }] }] }, 9]],
  ];
  for (const [what, code, question] of errors) {
    it(`answers ${what} with error ${code}`, () => {
      const bench = new ServerBench('datagram', { lenient: false });
      assert.deepEqual(bench.ask(...question).map(brief), [`R Error#9 ${code}`]);
    });
  }

  it('lets nobody release or decide the requests of others', () => {
    const bench = new ServerBench('datagram');
    const { id } = bench.floor.desk(8, 'Other').request();
    assert.deepEqual(bench.ask('FloorRelease', { floorRequestId: id }, 1).map(brief), ['R Error#1 5']);
    const action = { floorRequests: [{ id, floors: [{ id: 2 }] }] };
    assert.deepEqual(bench.ask('ChairAction', action, 2).map(brief), ['R Error#2 5']);
    assert.equal(bench.floor.live[0]?.state, 'granted');
  });

  it('turns what the desk throws into its error, and anything else into 14', () => {
    const bench = new ServerBench('datagram');
    bench.floor.failure = new NoRoomForRequests();
    assert.deepEqual(bench.ask('FloorRequest', { floorIds: [2] }, 1).map(brief), ['R Error#1 8']);
    bench.floor.failure = new Error('broken desk');
    assert.deepEqual(bench.ask('FloorRequest', { floorIds: [2] }, 2).map(brief), ['R Error#2 14']);
  });

  it('never answers an answer, an error or a stray acknowledgement', () => {
    const bench = new ServerBench('datagram', { lenient: false });
    const other = { conferenceId: 9 };
    const error = { error: { code: 1, details: [] } };
    for (const response of [true, false]) {
      assert.deepEqual(bench.ask('Error', error, 1, { response, ...other }), []);
      assert.deepEqual(bench.ask('FloorStatusAck', {}, 1, { response, ...other }), []);
    }
    assert.deepEqual(bench.ask('Hello', {}, 1, { response: true }), []);
    const broken = Buffer.from(bytesOf('payload-too-long'));
    broken[0] = 0x50;
    assert.deepEqual(bench.feed(broken), []);
  });
});

describe('bfcp server: datagram transactions', () => {
  it('replays the answer to a repeated request and does it once', () => {
    const bench = new ServerBench('datagram');
    bench.ask('FloorRequest', { floorIds: [2] }, 1);
    const first = hexOf(bench.sent[0] ?? new Uint8Array());
    bench.now = 3500;
    bench.ask('FloorRequest', { floorIds: [2] }, 1);
    assert.equal(hexOf(bench.sent[0] ?? new Uint8Array()), first);
    assert.equal(bench.floor.log.length, 1);
    bench.now = 10_000;
    bench.ask('FloorRequest', { floorIds: [2] }, 1);
    assert.equal(bench.floor.log.length, 2, 'T2 is over');
  });

  it('repeats a notification at 0.5, 1.5 and 3.5 s, and gives up at 7.5 s', () => {
    const bench = new ServerBench('datagram');
    const id = bench.ask('FloorRequest', { floorIds: [2] })[0]?.body.floorRequests?.[0]?.id ?? 0;
    bench.clear();
    bench.floor.decide(id, 'revoked');
    const counts = [0, 499, 1, 999, 1, 1999, 1, 4000].map((ms) => {
      bench.pass(ms);
      return bench.sent.length;
    });
    assert.deepEqual(counts, [1, 1, 2, 2, 3, 3, 4, 4]);
    assert.equal(bench.server.due, null);
    assert.deepEqual(bench.counted, ['notice_lost']);
  });

  it('has one notification under way, the newest state next', async () => {
    const bench = new ServerBench('datagram');
    bench.ask('FloorQuery', { floorIds: [2] });
    bench.clear();
    const other = bench.floor.desk(8, 'Other');
    for (let i = 0; i < 3; i++) {
      const { id } = other.request();
      await settle();
      other.release(id);
      await settle();
    }
    assert.deepEqual(bench.messages().map(brief), ['FloorStatus#501 granted']);
    assert.deepEqual(bench.ask('FloorStatusAck', {}, 501, { response: true }).map(brief), ['FloorStatus#502']);
    assert.deepEqual(bench.ask('FloorStatusAck', {}, 502, { response: true }), []);
    assert.equal(bench.server.due, null);
  });

  it('does not wait for peers that never acknowledge', async () => {
    const bench = new ServerBench('datagram');
    bench.ask('FloorQuery', { floorIds: [2] });
    bench.clear();
    const other = bench.floor.desk(8, 'Other');
    const { id } = other.request();
    await settle();
    other.release(id);
    await settle();
    bench.pass(600);
    assert.deepEqual(bench.messages().map(brief), [
      'FloorStatus#501 granted',
      'FloorStatus#501 granted',
      'FloorStatus#502',
    ]);
    bench.pass(10_000);
    bench.clear();
    const again = other.request();
    await settle();
    other.release(again.id);
    await settle();
    assert.deepEqual(bench.messages().map(brief), ['FloorStatus#503 granted', 'FloorStatus#504']);
  });

  it('takes the acknowledgements of old stacks: no R bit, primitives 91 and 93', async () => {
    const bench = new ServerBench('datagram');
    bench.ask('FloorQuery', { floorIds: [2] });
    const other = bench.floor.desk(8, 'Other');
    const { id } = other.request();
    await settle();
    const ack = Buffer.from('205d00000000000101f50046', 'hex');
    assert.ok(decodeHeader(ack, 'datagram').ok);
    assert.deepEqual(bench.feed(ack), []);
    assert.equal(bench.server.due, null);
    other.release(id);
    await settle();
    bench.ask('FloorStatusAck', {}, 502);
    assert.equal(bench.server.due, null);
  });

  it('speaks to a peer in the ids it uses itself', async () => {
    const bench = new ServerBench('datagram');
    const [answer] = bench.ask('FloorRequest', { floorIds: [0] }, 1, { userId: 18 });
    assert.equal(answer?.userId, 18);
    assert.equal(answer?.body.floorRequests?.[0]?.beneficiary?.id, 18);
    assert.equal(answer?.body.floorRequests?.[0]?.floors[0]?.id, 0);
    bench.clear();
    bench.floor.desk(8, 'Other').request();
    await settle();
    assert.equal(bench.messages()[0]?.userId, 18);
  });

  it('puts fragments together, and refuses contradicting ones', () => {
    const bench = new ServerBench('datagram');
    const part = (offset: number, words: string, tid = '0009'): Buffer =>
      Buffer.from(
        `480100020000000100090046${offset.toString(16).padStart(4, '0')}0001${words}`.replace('00090046', `${tid}0046`),
        'hex',
      );
    assert.deepEqual(bench.feed(part(1, '0404ffff')), []);
    assert.deepEqual(bench.feed(part(1, '0404ffff')), [], 'a repeated piece is no contradiction');
    assert.deepEqual(bench.feed(part(0, '04040002')).map(brief), ['R Error#9 6']);
    assert.deepEqual(bench.feed(part(0, '04040002', '000a')), []);
    const longer = part(1, '04040002', '000a');
    longer.writeUInt16BE(3, 2);
    assert.deepEqual(bench.feed(longer).map(brief), ['R Error#10 13']);
  });

  it('tells the floor first and keeps the path open', () => {
    const bench = new ServerBench('datagram', { tellUnasked: true });
    bench.server.greet(bench.now);
    assert.deepEqual(bench.messages().map(brief), ['FloorStatus#501']);
    bench.pass(9_999);
    assert.equal(bench.sent.length, 1, 'not repeated as long as the peer has not spoken');
    bench.pass(1);
    assert.equal(bench.sent.length, 2);
  });
});
