import assert from 'node:assert/strict';
import { BfcpClient, type FloorView, type Outcome, type RequestView } from '../../../src/protocol/bfcp/client.js';
import { decode } from '../../../src/protocol/bfcp/decode.js';
import { encode } from '../../../src/protocol/bfcp/encode.js';
import type { Body, Carriage, Message } from '../../../src/protocol/bfcp/message.js';
import type { PrimitiveName, RequestState } from '../../../src/protocol/bfcp/names.js';
import { brief } from './server-bench.js';

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
});
