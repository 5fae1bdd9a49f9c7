import assert from 'node:assert/strict';
import { BfcpClient, type Outcome, type RequestView } from '../../../src/protocol/bfcp/client.js';
import { decode } from '../../../src/protocol/bfcp/decode.js';
import type { Carriage } from '../../../src/protocol/bfcp/message.js';
import type { RequestState } from '../../../src/protocol/bfcp/names.js';
import type { ServerConfig } from '../../../src/protocol/bfcp/server.js';
import { brief, ServerBench } from './server-bench.js';
import { bytesOf, vectors } from './vectors.js';

const own = 7;

/** What the room knows before a message comes: requests by number, with who made them, and their state. */
interface Before extends Partial<ServerConfig> {
  requests?: [id: number, who: number, name: string, state: RequestState][];
  chair?: boolean;
}

/** Every golden message that a client may send, and all that the server says to it. */
const asked: Record<string, [answers: string[], before?: Before]> = {
  'hello-udp': [['R HelloAck#1']],
  'hello-tcp': [['HelloAck#1']],
  'floorrequest-udp-min': [['R FloorRequestStatus#2 granted']],
  'floorrequeststatusack-udp': [[]],
  'floorrelease-udp': [['R FloorRequestStatus#126 released'], { requests: [[789, own, 'Room 4', 'granted']] }],
  'floorrequestquery-tcp': [['FloorRequestStatus#5 accepted'], { requests: [[789, own, 'Room 4', 'accepted']] }],
  'userquery-tcp': [['UserStatus#6 pending'], { requests: [[12, 234, 'Ann', 'pending']] }],
  'floorquery-udp': [['R FloorStatus#10']],
  'floorquery-udp-unsubscribe': [['R FloorStatus#11']],
  'floorstatusack-udp': [[]],
  'chairaction-tcp-grant': [
    ['ChairActionAck#769'],
    { floorId: 543, chair: true, requests: [[635, 8, 'Other', 'pending']] },
  ],
  'goodbye-udp': [['R GoodbyeAck#400']],
  'goodbyeack-udp': [[]],
  'mbit-set-on-known': [['FloorRequestStatus#30 granted']],
  'unknown-attr-optional': [['R FloorRequestStatus#31 granted']],
  'unknown-attr-mandatory': [['R Error#32 4']],
  'rf-bits-on-tcp': [['HelloAck#35']],
  'unknown-primitive': [['R Error#36 3']],
  'bad-version-3': [['R Error#37 12']],
  'v1-on-udp': [['R Error#38 12'], { lenient: false }],
  'payload-too-long': [['R Error#40 13']],
  'payload-too-short': [['R Error#41 13']],
  'attr-length-1': [['R Error#42 10']],
  'floorrequest-no-floor': [['R Error#45 10']],
  'short-datagram': [[]],
  'tid-zero-request': [['HelloAck#0']],
};

/** Every golden message of a server: what the client had asked for, how that ends, and what it says to the message. */
const told: Record<
  string,
  [ask: ((client: BfcpClient) => number) | null, outcome: string, says: string[], state?: string]
> = {
  'helloack-udp': [(client) => client.hello(0), 'answer', []],
  'helloack-tcp': [(client) => client.hello(0), 'answer', []],
  'floorrequeststatus-udp-resp-pending': [(client) => client.request(0), 'answer', [], 'pending 0'],
  'floorrequeststatus-udp-srv-accepted': [null, 'none', ['R FloorRequestStatusAck#124'], 'accepted 1'],
  'floorrequeststatus-tcp-srv-granted': [null, 'none', [], 'granted 0'],
  'floorrequeststatus-released': [(client) => client.release(0, 789), 'answer', [], 'released 0'],
  'floorstatus-udp-resp': [(client) => client.query(0), 'answer', []],
  'floorstatus-udp-srv-free': [null, 'none', ['R FloorStatusAck#300']],
  'chairactionack-tcp': [(client) => client.decide(0, 635, { state: 'granted' }), 'answer', []],
  'error-unknown-mandatory': [(client) => client.hello(0), 'error 4', []],
  'goodbye-udp': [null, 'none', ['R GoodbyeAck#400']],
  'goodbyeack-udp': [(client) => client.goodbye(0), 'answer', []],
  'fragment-1of2-udp': [(client) => client.queryUser(0), 'none', []],
  'fragment-2of2-udp': [(client) => client.queryUser(0), 'answer', []],
};

const carriageOf = (name: string): Carriage =>
  vectors.find((one) => one.name === name)?.transport === 'udp' ? 'datagram' : 'reliable';

/** Conference, transaction and user of a message long enough to have them. */
function idsOf(bytes: Buffer): { conferenceId: number; transactionId: number; userId: number } {
  if (bytes.length < 12) return { conferenceId: 1, transactionId: 1, userId: 2 };
  return {
    conferenceId: bytes.readUInt32BE(4),
    transactionId: bytes.readUInt16BE(8),
    userId: bytes.readUInt16BE(10),
  };
}

describe('bfcp golden messages, answered', () => {
  it('are all in these tables', () => {
    const names = vectors.map(({ name }) => name);
    assert.deepEqual([...new Set([...Object.keys(asked), ...Object.keys(told)])].sort(), [...names].sort());
  });

  for (const [name, [answers, { requests = [], chair = false, ...config } = {}]] of Object.entries(asked)) {
    it(`${name}: ${answers.join() || 'silence'}`, () => {
      const bytes = bytesOf(name);
      const { conferenceId, userId } = idsOf(bytes);
      const bench = new ServerBench(carriageOf(name), { conferenceId, userId, ...config });
      for (const [id, who, person, state] of requests) {
        bench.floor.live.push({ id, who, name: person, state, position: 0, info: '' });
      }
      if (chair) bench.floor.chairs.add(own);
      assert.deepEqual(bench.feed(bytes).map(brief), answers);
      const expected = vectors.find((one) => one.name === name)?.expect ?? { ok: true };
      if (typeof expected['serverError'] !== 'number') return;
      assert.equal(bench.messages()[0]?.body.error?.code, expected['serverError']);
      assert.deepEqual(idsOf(Buffer.from(bench.sent[0] ?? [])), idsOf(bytes), 'the numbers of what is wrong');
    });
  }

  for (const [name, [ask, outcome, says, state]] of Object.entries(told)) {
    it(`${name} at a client: ${says.join() || 'silence'}`, () => {
      const bytes = bytesOf(name);
      const carriage = carriageOf(name);
      const { conferenceId, userId, transactionId } = idsOf(bytes);
      const sent: Uint8Array[] = [];
      const outcomes: Outcome[] = [];
      const views: RequestView[] = [];
      let floors = 0;
      const ids = { conferenceId, userId, floorId: name.startsWith('floorstatus-udp-srv') ? 2 : 543 };
      const client = new BfcpClient(
        { ...ids, carriage, version: carriage === 'datagram' ? 2 : 1, firstTransactionId: transactionId },
        {
          send: (data) => sent.push(data),
          done: (_, how) => outcomes.push(how),
          status: (view) => views.push(view),
          floor: () => (floors += 1),
          goodbye: () => undefined,
          broken: (why) => assert.fail(why),
        },
      );
      ask?.(client);
      sent.length = 0;
      if (name === 'fragment-2of2-udp') client.receive(bytesOf('fragment-1of2-udp'), 0);
      client.receive(bytes, 0);
      const said = sent.map((data) => {
        const read = decode(data, carriage);
        assert.ok(read.ok);
        return brief(read.value);
      });
      assert.deepEqual(said, says);
      const ends = outcomes.map((one) => (one.kind === 'error' ? `error ${one.code}` : one.kind));
      assert.deepEqual(ends, outcome === 'none' ? [] : [outcome]);
      assert.deepEqual(
        views.map((view) => `${view.state} ${view.position}`),
        state === undefined ? [] : [state],
      );
      assert.equal(floors, name.startsWith('floorstatus') ? 1 : 0);
    });
  }
});
