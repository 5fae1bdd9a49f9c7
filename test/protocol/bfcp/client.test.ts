import assert from 'node:assert/strict';
import { BfcpClient, type FloorView, type Outcome, type RequestView } from '../../../src/protocol/bfcp/client.js';
import { decode } from '../../../src/protocol/bfcp/decode.js';
import { encode } from '../../../src/protocol/bfcp/encode.js';
import type { Body, Carriage, Message } from '../../../src/protocol/bfcp/message.js';
import type { PrimitiveName, RequestState } from '../../../src/protocol/bfcp/names.js';
import { fragment } from '../../../src/protocol/bfcp/fragments.js';
import { brief } from './server-bench.js';
import { bytesOf, hexOf } from './vectors.js';

class ClientBench {
  readonly sent: Uint8Array[] = [];
  readonly outcomes: [number, Outcome][] = [];
  readonly statuses: RequestView[] = [];
  readonly floors: FloorView[] = [];
  goodbyes = 0;
  now = 0;
  readonly client: BfcpClient;

  constructor(private readonly carriage: Carriage = 'datagram') {
    const version = carriage === 'datagram' ? 2 : 1;
    this.client = new BfcpClient(
      { carriage, version, conferenceId: 1, userId: 70, floorId: 2, firstTransactionId: 40 },
      {
        send: (bytes) => this.sent.push(bytes),
        done: (operation, outcome) => this.outcomes.push([operation, outcome]),
        status: (view) => this.statuses.push(view),
        floor: (view) => this.floors.push(view),
        goodbye: () => this.goodbyes++,
      },
    );
  }

  tell(primitive: PrimitiveName, transactionId: number, body: Body = {}, more: Partial<Message> = {}): void {
    const version = this.carriage === 'datagram' ? 2 : 1;
    const message = { version, response: true, primitive, conferenceId: 1, userId: 70, transactionId, body } as const;
    this.client.receive(encode({ ...message, ...more }, this.carriage), this.now);
  }

  status(id: number, state: RequestState): Body {
    return { floorRequests: [{ id, overall: { id, status: { state, position: 0 } }, floors: [{ id: 2 }] }] };
  }

  log(): string[] {
    return this.sent.splice(0).map((bytes) => {
      const decoded = decode(bytes, this.carriage);
      assert.ok(decoded.ok);
      return brief(decoded.value);
    });
  }
}

describe('bfcp client', () => {
  it('sends one request at a time', () => {
    const bench = new ClientBench();
    const hello = bench.client.hello(0);
    const query = bench.client.query(0);
    assert.deepEqual(bench.log(), ['Hello#40']);
    bench.tell('HelloAck', 40);
    assert.deepEqual(bench.log(), ['FloorQuery#41']);
    bench.tell('FloorStatus', 41, { floorIds: [2] });
    assert.deepEqual(
      bench.outcomes.map(([operation, outcome]) => [operation, outcome.kind]),
      [
        [hello, 'answer'],
        [query, 'answer'],
      ],
    );
    assert.deepEqual(bench.floors, [{ holder: null, requests: [] }]);
  });

  it('requests, is revoked, and acknowledges also repeated notifications', () => {
    const bench = new ClientBench();
    bench.client.request(0, 'slides');
    bench.tell('FloorRequestStatus', 40, bench.status(9, 'granted'));
    assert.equal(bench.client.ongoing, 9);
    bench.log();
    for (let i = 0; i < 2; i++) {
      bench.tell('FloorRequestStatus', 500, bench.status(9, 'revoked'), { response: false });
    }
    assert.deepEqual(bench.log(), ['R FloorRequestStatusAck#500', 'R FloorRequestStatusAck#500']);
    assert.deepEqual(
      bench.statuses.map((view) => view.state),
      ['granted', 'revoked'],
    );
    assert.equal(bench.client.ongoing, null);
  });

  it('tells a notification from an answer with the same number', () => {
    const bench = new ClientBench();
    bench.client.hello(0);
    bench.tell('HelloAck', 40);
    bench.client.request(0);
    bench.tell('FloorRequestStatus', 41, bench.status(8, 'revoked'), { response: false });
    assert.equal(bench.outcomes.length, 1);
    bench.tell('FloorRequestStatus', 41, bench.status(9, 'granted'));
    assert.equal(bench.outcomes.length, 2);
  });

  it('takes unmarked answers of old servers', () => {
    const bench = new ClientBench();
    bench.client.hello(0);
    bench.tell('HelloAck', 40, {}, { response: false, version: 1 });
    assert.equal(bench.outcomes[0]?.[1].kind, 'answer');
  });

  it('repeats, doubling, and gives up after the fourth', () => {
    const bench = new ClientBench();
    bench.client.hello(0);
    const times = [0];
    for (let due = bench.client.due; due !== null; due = bench.client.due) {
      times.push(due);
      bench.client.tick(due);
    }
    assert.deepEqual(times, [0, 500, 1500, 3500, 7500]);
    assert.equal(bench.sent.length, 4);
    assert.deepEqual(bench.outcomes, [[1, { kind: 'timeout' }]]);
  });

  it('learns the round trip, and only from requests sent once', () => {
    const bench = new ClientBench();
    bench.client.hello(0);
    bench.now = 400;
    bench.tell('HelloAck', 40);
    bench.client.hello(400);
    assert.equal(bench.client.due, 400 + 400 + 4 * 200, 'first sample: R + 4 R/2');
    bench.client.tick(1600);
    bench.now = 1700;
    bench.tell('HelloAck', 41);
    bench.client.hello(1700);
    assert.equal(bench.client.due, 1700 + 1200, 'the repeated one did not count');
  });

  it('does not repeat on streams but gives up as well', () => {
    const bench = new ClientBench('reliable');
    bench.client.hello(0);
    assert.equal(bench.client.due, 7500);
    bench.client.tick(7500);
    assert.equal(bench.sent.length, 1);
    assert.deepEqual(bench.outcomes, [[1, { kind: 'timeout' }]]);
  });

  it('passes on errors, Goodbye, and nothing of other conferences', () => {
    const bench = new ClientBench();
    bench.client.request(0);
    bench.tell('FloorRequestStatus', 40, bench.status(9, 'granted'), { conferenceId: 2 });
    bench.tell('FloorRequestStatus', 40, bench.status(9, 'granted'), { userId: 71 });
    bench.client.receive(Buffer.from('500400', 'hex'), 0);
    assert.equal(bench.outcomes.length, 0);
    bench.tell('Error', 40, { error: { code: 8, details: [] }, errorInfo: 'one is enough' });
    assert.deepEqual(bench.outcomes, [[1, { kind: 'error', code: 8, text: 'one is enough' }]]);
    bench.log();
    bench.tell('Goodbye', 501, {}, { response: false });
    assert.equal(bench.goodbyes, 1);
    assert.deepEqual(bench.log(), ['R GoodbyeAck#501']);
  });

  it('ends everything that waits when the connection is gone', () => {
    const bench = new ClientBench('reliable');
    bench.client.hello(0);
    bench.client.query(0);
    bench.client.abandon(0);
    assert.deepEqual(
      bench.outcomes.map(([, outcome]) => outcome.kind),
      ['timeout', 'timeout'],
    );
    assert.equal(bench.client.due, null);
  });

  it('decides as a chair, as the golden bytes', () => {
    const golden = decode(bytesOf('chairaction-tcp-grant'), 'reliable');
    assert.ok(golden.ok);
    const { conferenceId, userId, transactionId, body } = golden.value;
    const info = body.floorRequests?.[0];
    const floor = info?.floors[0];
    const ids = { conferenceId, userId, floorId: floor?.id ?? 0, firstTransactionId: transactionId };
    const sent: Uint8Array[] = [];
    const nothing = (): void => undefined;
    const client = new BfcpClient(
      { carriage: 'reliable', version: 1, ...ids },
      { send: (bytes) => sent.push(bytes), done: nothing, status: nothing, floor: nothing, goodbye: nothing },
    );
    assert.equal(floor?.status?.state, 'granted');
    client.decide(0, info?.id ?? 0, { state: 'granted', ...(floor.info === undefined ? {} : { info: floor.info }) });
    assert.equal(hexOf(sent[0] ?? new Uint8Array()), hexOf(bytesOf('chairaction-tcp-grant')));
  });

  it('hears that its decision was taken, or why not', () => {
    const bench = new ClientBench();
    bench.client.decide(0, 9, { state: 'accepted', position: 2, info: 'after the break' });
    const read = decode(bench.sent[0] ?? new Uint8Array(), 'datagram');
    assert.ok(read.ok);
    assert.deepEqual(read.value.body.floorRequests, [
      { id: 9, floors: [{ id: 2, status: { state: 'accepted', position: 2 }, info: 'after the break' }] },
    ]);
    bench.tell('ChairActionAck', 40);
    bench.client.decide(0, 9, { state: 'denied' });
    bench.tell('Error', 41, { error: { code: 5, details: [] } });
    assert.deepEqual(
      bench.outcomes.map(([, outcome]) => outcome.kind),
      ['answer', 'error'],
    );
  });

  it('believes what the server told while an older answer was on its way', () => {
    const bench = new ClientBench();
    bench.client.request(0);
    bench.tell('FloorRequestStatus', 500, bench.status(9, 'granted'), { response: false });
    bench.tell('FloorRequestStatus', 501, bench.status(9, 'revoked'), { response: false });
    bench.tell('FloorRequestStatus', 40, bench.status(9, 'granted'));
    assert.equal(bench.client.ongoing, null);
    assert.deepEqual(
      bench.statuses.map((view) => view.state),
      ['granted', 'revoked'],
    );
    const [, outcome] = bench.outcomes[0] ?? [];
    assert.equal(
      outcome?.kind === 'answer' && outcome.message.body.floorRequests?.[0]?.overall?.status?.state,
      'revoked',
    );
    bench.client.query(0);
    const holds = { floorIds: [2], ...bench.status(12, 'granted') };
    bench.tell('FloorStatus', 502, holds, { response: false });
    bench.tell('FloorStatus', 41, { floorIds: [2] });
    assert.equal(bench.floors.length, 1);
    assert.equal(bench.floors[0]?.holder?.requestId, 12);
  });

  it('acknowledges a crossing notification and still waits for its own answer', () => {
    const bench = new ClientBench();
    bench.client.request(0);
    bench.log();
    bench.tell('FloorStatus', 500, { floorIds: [2] }, { response: false });
    assert.deepEqual(bench.log(), ['R FloorStatusAck#500']);
    assert.equal(bench.outcomes.length, 0);
    bench.tell('FloorRequestStatus', 40, bench.status(9, 'granted'));
    assert.equal(bench.client.ongoing, 9);
  });

  it('takes all notifications of a server that numbers them 0 on datagrams', () => {
    const bench = new ClientBench();
    bench.client.request(0);
    bench.tell('FloorRequestStatus', 40, bench.status(9, 'pending'), { response: false, version: 1 });
    for (const state of ['accepted', 'granted', 'revoked'] as const) {
      bench.tell('FloorRequestStatus', 0, bench.status(9, state), { response: false, version: 1 });
    }
    assert.deepEqual(
      bench.statuses.map((view) => view.state),
      ['pending', 'accepted', 'granted', 'revoked'],
    );
  });

  it('acknowledges nothing to a server that knows the 13 primitives of RFC 4582 only', () => {
    const bench = new ClientBench();
    bench.client.hello(0);
    const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);
    bench.tell('HelloAck', 40, { supportedPrimitives: upTo(13), supportedAttributes: upTo(18) }, { version: 1 });
    bench.log();
    bench.tell('FloorStatus', 500, { floorIds: [2] }, { response: false, version: 1 });
    assert.deepEqual(bench.log(), []);
    assert.equal(bench.floors.length, 1);
    bench.client.hello(0);
    bench.log();
    bench.tell('HelloAck', 41, { supportedPrimitives: upTo(17) });
    bench.tell('FloorStatus', 501, { floorIds: [2] }, { response: false });
    assert.deepEqual(bench.log(), ['R FloorStatusAck#501']);
  });

  it('puts a fragmented notification together, in any order, and acknowledges it once', () => {
    const bench = new ClientBench();
    const floorRequests = Array.from({ length: 24 }, (_, index) => ({
      id: index + 1,
      floors: [{ id: 2, status: { state: index === 0 ? ('granted' as const) : ('pending' as const), position: 0 } }],
      beneficiary: { id: 100 + index, name: `Participant ${index} `.repeat(6) },
    }));
    const message = { version: 2, response: false, primitive: 'FloorStatus', conferenceId: 1, userId: 70 } as const;
    const whole = encode({ ...message, transactionId: 500, body: { floorIds: [2], floorRequests } }, 'datagram');
    const pieces = fragment(whole);
    assert.ok(pieces.length >= 3);
    for (const piece of pieces.toReversed()) bench.client.receive(piece, 0);
    assert.deepEqual(bench.log(), ['R FloorStatusAck#500']);
    assert.equal(bench.floors[0]?.requests.length, 24);
    assert.equal(bench.floors[0]?.holder?.userId, 100);
  });
});
