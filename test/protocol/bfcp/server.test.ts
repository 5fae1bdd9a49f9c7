import assert from 'node:assert/strict';
import { decode, decodeHeader } from '../../../src/protocol/bfcp/decode.js';
import type { Body, Carriage } from '../../../src/protocol/bfcp/message.js';
import { encode } from '../../../src/protocol/bfcp/encode.js';
import type { PrimitiveName, RequestState } from '../../../src/protocol/bfcp/names.js';
import { NoRoomForRequests } from './failures.js';
import { brief, ServerBench } from './server-bench.js';
import { bytesOf, hexOf } from './vectors.js';

function bytesFor({ config }: ServerBench, primitive: PrimitiveName, body: Body): Uint8Array {
  const { conferenceId, userId } = config;
  return encode({ version: 2, response: false, primitive, conferenceId, userId, transactionId: 1, body }, 'datagram');
}

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

  it('says in words what is wrong', () => {
    const bench = new ServerBench('datagram');
    const [unknown] = bench.ask('FloorRelease', { floorRequestId: 77 }, 1);
    assert.equal(unknown?.body.errorInfo, 'no such floor request');
    bench.floor.failure = new NoRoomForRequests();
    const [failed] = bench.ask('FloorRequest', { floorIds: [2] }, 2);
    assert.equal(failed?.body.errorInfo, 'too many floor requests');
  });

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

describe('bfcp server: chair', () => {
  const onFloor = (id: number, state: RequestState, position = 0, info?: string): Body => {
    const floor = { id: 2, status: { state, position }, ...(info === undefined ? {} : { info }) };
    return { floorRequests: [{ id, floors: [floor] }] };
  };

  /** The peer is a chair; two others hold and wait. */
  async function chaired(
    carriage: Carriage = 'datagram',
  ): Promise<{ bench: ServerBench; held: number; asked: number }> {
    const bench = new ServerBench(carriage, { tellUnasked: true });
    bench.floor.chairs.add(7);
    bench.floor.queue = true;
    bench.ask('Hello', {}, 1);
    const held = bench.floor.desk(8, 'Holder').request().id;
    const asked = bench.floor.desk(9, 'Asker').request('budget').id;
    await settle();
    return { bench, held, asked };
  }

  it('is told of every request, also of those that wait, with who asks and why', async () => {
    const { bench, asked } = await chaired('reliable');
    const waits = bench
      .messages()
      .at(-1)
      ?.body.floorRequests?.find(({ id }) => id === asked);
    assert.equal(waits?.overall?.status?.state, 'pending');
    assert.deepEqual(waits.beneficiary, { id: 9, name: 'Asker' });
    assert.equal(waits.providedInfo, 'budget');
    const [status] = bench.ask('FloorRequestQuery', { floorRequestId: asked }, 2);
    assert.equal(status && brief(status), 'FloorRequestStatus#2 pending');
    assert.equal(status?.body.floorRequests?.[0]?.beneficiary?.id, 9);
  });

  it('is told nothing of waiting requests when it unsubscribed, and others only when they subscribed', async () => {
    const { bench } = await chaired('reliable');
    bench.ask('FloorQuery', {}, 2);
    bench.clear();
    bench.floor.desk(10, 'Third').request();
    await settle();
    assert.deepEqual(bench.messages(), []);
    const other = new ServerBench('reliable', { tellUnasked: true });
    other.floor.queue = true;
    other.floor.desk(8, 'Holder').request();
    other.ask('Hello', {}, 1);
    await settle();
    other.clear();
    other.floor.desk(9, 'Asker').request();
    await settle();
    assert.deepEqual(other.messages(), []);
    other.ask('FloorQuery', { floorIds: [2] }, 2);
    other.clear();
    other.floor.desk(10, 'Third').request();
    await settle();
    assert.deepEqual(other.messages().map(brief), ['FloorStatus#0 granted+pending+pending']);
  });

  it('acknowledges first, then tells what follows', async () => {
    const { bench, held, asked } = await chaired('reliable');
    const answers = bench.ask('ChairAction', onFloor(held, 'revoked', 0, 'time is up'), 2);
    assert.deepEqual(answers.map(brief), ['ChairActionAck#2']);
    bench.clear();
    await settle();
    assert.deepEqual(bench.messages().map(brief), ['FloorStatus#0 pending']);
    bench.ask('ChairAction', onFloor(asked, 'granted'), 3);
    assert.deepEqual(bench.floor.log.slice(2), [
      `revoke ${held} at 0 (time is up)`,
      'revoked Holder',
      `grant ${asked} at 0`,
    ]);
    assert.equal(bench.floor.live[0]?.state, 'granted');
  });

  it('accepts into a place of the queue, and the one who asked hears the place', () => {
    const bench = new ServerBench('datagram');
    bench.floor.queue = true;
    bench.floor.chairs.add(7);
    bench.floor.desk(8, 'Holder').request();
    const id = bench.ask('FloorRequest', { floorIds: [2] }, 1)[0]?.body.floorRequests?.[0]?.id ?? 0;
    const answers = bench.ask('ChairAction', onFloor(id, 'accepted', 3), 2);
    assert.deepEqual(answers.map(brief), ['R ChairActionAck#2', 'FloorRequestStatus#501 accepted']);
    assert.deepEqual(answers[1]?.body.floorRequests?.[0]?.overall?.status, { state: 'accepted', position: 3 });
  });

  it('ends a request whichever of Denied and Revoked the chair says', async () => {
    const { bench, held, asked } = await chaired();
    bench.ask('ChairAction', onFloor(held, 'denied'), 2);
    bench.ask('ChairAction', onFloor(asked, 'revoked', 0, 'later'), 3);
    assert.deepEqual(bench.floor.log.slice(2), [
      `revoke ${held} at 0`,
      'revoked Holder',
      `deny ${asked} at 0 (later)`,
      'denied Asker',
    ]);
  });

  it('reads the overall status where the floor has none', async () => {
    const { bench, asked } = await chaired();
    const overall = { id: asked, status: { state: 'denied' as const, position: 0 } };
    bench.ask('ChairAction', { floorRequests: [{ id: asked, overall, floors: [{ id: 2 }] }] }, 2);
    assert.equal(bench.floor.log.at(-1), 'denied Asker');
  });

  it('does a repeated action once', async () => {
    const { bench, asked } = await chaired();
    for (let i = 0; i < 2; i++) {
      assert.deepEqual(bench.ask('ChairAction', onFloor(asked, 'denied'), 2).map(brief), ['R ChairActionAck#2']);
    }
    assert.equal(bench.floor.log.filter((line) => line.startsWith('deny')).length, 1);
  });

  const refused: [string, (ids: { held: number; asked: number }) => Body, number][] = [
    ['another floor', ({ asked }) => ({ floorRequests: [{ id: asked, floors: [{ id: 5 }] }] }), 6],
    ['a request that is gone', () => onFloor(77, 'granted'), 7],
    ['a state that is no decision', ({ asked }) => onFloor(asked, 'released'), 14],
    ['no status at all', ({ asked }) => ({ floorRequests: [{ id: asked, floors: [{ id: 2 }] }] }), 14],
  ];
  for (const [what, body, code] of refused) {
    it(`refuses ${what} with error ${code}`, async () => {
      const { bench, held, asked } = await chaired();
      assert.deepEqual(bench.ask('ChairAction', body({ held, asked }), 9).map(brief), [`R Error#9 ${code}`]);
    });
  }

  it('refuses who is no chair with error 5, and who was one until now', async () => {
    const { bench, asked } = await chaired();
    bench.floor.chairs.clear();
    assert.deepEqual(bench.ask('ChairAction', onFloor(asked, 'granted'), 2).map(brief), ['R Error#2 5']);
    assert.equal(bench.floor.live.find(({ id }) => id === asked)?.state, 'pending');
  });

  it('takes the golden grant', () => {
    const bytes = bytesOf('chairaction-tcp-grant');
    const read = decode(bytes, 'reliable');
    assert.ok(read.ok);
    const { conferenceId, userId, body } = read.value;
    const info = body.floorRequests?.[0];
    const floorId = info?.floors[0]?.id ?? 0;
    const bench = new ServerBench('reliable', { conferenceId, userId, floorId });
    bench.floor.chairs.add(7);
    bench.floor.live.push({ id: info?.id ?? 0, who: 8, name: 'Other', state: 'pending', position: 0, info: '' });
    const [answer] = bench.feed(bytes);
    assert.equal(answer?.primitive, 'ChairActionAck');
    assert.equal(bench.floor.log.length > 0, true);
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
    assert.deepEqual(bench.counted, ['notice_lost']);
    assert.equal(bench.server.due, 17_500, 'it may have been lost: told again later');
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

  it('keeps an answer for replay longer where the way is longer: T2 follows T1', async () => {
    const bench = new ServerBench('datagram');
    bench.ask('FloorQuery', { floorIds: [2] }, 1);
    bench.floor.desk(8, 'Other').request();
    await settle();
    bench.now += 400;
    bench.ask('FloorStatusAck', {}, 501, { response: true });
    // first sample 400 ms: T1 = 400 + 4 * 200
    bench.ask('FloorRequest', { floorIds: [2] }, 2);
    const until = bench.now + 1200 * 20;
    bench.now = until - 1;
    bench.ask('FloorRequest', { floorIds: [2] }, 2);
    const asked = (): number => bench.floor.log.filter((line) => line === 'request Room 4').length;
    assert.equal(asked(), 1, 'replayed');
    bench.now = until;
    bench.ask('FloorRequest', { floorIds: [2] }, 2);
    assert.equal(asked(), 2, 'asked anew');
  });

  it('answers every Hello, repeated or renumbered, and tells the floor once', async () => {
    const bench = new ServerBench('datagram', { tellUnasked: true });
    bench.floor.desk(8, 'Other').request();
    await settle();
    bench.clear();
    assert.deepEqual(bench.ask('Hello', {}, 1).map(brief).slice(0, 1), ['R HelloAck#1']);
    bench.ask('FloorStatusAck', {}, 502, { response: true });
    assert.deepEqual(bench.ask('Hello', {}, 1).map(brief), ['R HelloAck#1'], 'the same number');
    assert.deepEqual(bench.ask('Hello', {}, 2).map(brief), ['R HelloAck#2'], 'a number of its own');
    bench.pass(9_999);
    assert.deepEqual(bench.ask('Hello', {}, 3).map(brief), ['R HelloAck#3']);
    bench.clear();
    bench.pass(9_999);
    assert.deepEqual(bench.messages().map(brief), [], 'a Hello keeps the path open: nothing else is sent');
  });

  it('works again after Goodbye and a new Hello', async () => {
    const bench = new ServerBench('datagram', { tellUnasked: true });
    bench.ask('Hello', {}, 1);
    bench.ask('Goodbye', {}, 2);
    bench.floor.desk(8, 'Other').request();
    await settle();
    bench.clear();
    assert.deepEqual(bench.ask('Hello', {}, 3).map(brief), ['R HelloAck#3', 'FloorStatus#501 granted']);
  });

  it('takes an acknowledgement in version 1', async () => {
    const bench = new ServerBench('datagram');
    bench.ask('FloorQuery', { floorIds: [2] });
    bench.floor.desk(8, 'Other').request();
    await settle();
    assert.deepEqual(bench.ask('FloorStatusAck', {}, 501, { version: 1, response: true }), []);
    assert.equal(bench.server.due, null);
  });

  it('fragments what is long, and takes it apart as another stack would', () => {
    const bench = new ServerBench('datagram');
    bench.floor.queue = true;
    for (let who = 100; who < 124; who++) bench.floor.desk(who, `Participant ${who} `.repeat(6)).request();
    bench.sent.length = 0;
    bench.server.receive(bytesFor(bench, 'FloorQuery', { floorIds: [2] }), 0);
    assert.ok(bench.sent.length >= 3);
    assert.ok(bench.sent.every((piece) => piece.length <= 1200 && piece.length % 4 === 0));
    const header = decodeHeader(bench.sent[0] ?? new Uint8Array(), 'datagram');
    assert.ok(header.ok);
    const words = bench.sent.reduce((sum, piece) => sum + (piece.length - 16) / 4, 0);
    assert.equal(words, header.value.payloadWords);
    const whole = Buffer.concat([
      (bench.sent[0] ?? Buffer.alloc(0)).subarray(0, 12),
      ...bench.sent.map((piece) => piece.subarray(16)),
    ]);
    whole[0] = 0x50;
    const read = decode(whole, 'datagram');
    assert.ok(read.ok);
    assert.equal(read.value.body.floorRequests?.length, 24);
  });
});
