import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { BfcpClient } from '../../../src/protocol/bfcp/client.js';
import { decode } from '../../../src/protocol/bfcp/decode.js';
import { brief, ServerBench } from './server-bench.js';

const quirks = JSON.parse(readFileSync(new URL('../../golden/bfcp/quirks.json', import.meta.url), 'utf8')) as {
  name: string;
  meaning: string;
  hex: string;
}[];
const settle = (): Promise<void> => new Promise((resolve) => queueMicrotask(resolve));

function bytes(name: string): Buffer {
  const quirk = quirks.find((one) => one.name === name);
  assert.ok(quirk, name);
  return Buffer.from(quirk.hex, 'hex');
}

/** A server with a notification of number 501 under way. */
async function telling(): Promise<ServerBench> {
  const bench = new ServerBench('datagram');
  bench.ask('FloorQuery', { floorIds: [2] }, 30);
  bench.floor.desk(8, 'Other').request();
  await settle();
  assert.deepEqual(bench.messages().map(brief).at(-1), 'FloorStatus#501 granted');
  return bench;
}

/** What peers do that the standard does not foresee, one vector each: taken, and counted once an association. */
describe('bfcp quirks', () => {
  for (const [name, counted] of [
    ['old-ack-91', ['quirk_old_ack']],
    ['old-ack-93', ['quirk_old_ack']],
    ['v1-ack', []],
    ['v1-ack-unmarked', []],
    ['ack-unmarked', []],
  ] as const) {
    it(`${name}: is an acknowledgement, and nothing is answered or repeated`, async () => {
      const bench = await telling();
      bench.counted.length = 0;
      assert.deepEqual(bench.feed(bytes(name)), []);
      assert.deepEqual(bench.feed(bytes(name)), []);
      assert.equal(bench.server.due, null);
      assert.deepEqual(bench.counted, [...counted]);
    });
  }

  it('hello-again, hello-renumbered: are answered each time and change nothing', () => {
    const bench = new ServerBench('datagram');
    bench.feed(bytes('hello-again'));
    const { id } = bench.floor.desk(7, 'Room 4').request();
    for (const name of ['hello-again', 'hello-renumbered', 'hello-renumbered']) {
      assert.equal(bench.feed(bytes(name))[0]?.primitive, 'HelloAck');
    }
    assert.equal(bench.floor.live[0]?.id, id);
  });

  it('hello-v1: is answered in version 1 with the primitives of RFC 4582', () => {
    const bench = new ServerBench('datagram');
    const [ack] = bench.feed(bytes('hello-v1'));
    assert.equal(ack?.version, 1);
    assert.equal(ack?.body.supportedPrimitives?.length, 13);
    assert.deepEqual(bench.counted, ['quirk_version_1']);
    bench.feed(bytes('hello-v1'));
    assert.equal(bench.counted.length, 1);
  });

  it('floor-0: is the floor, and is called so in the answer', () => {
    const bench = new ServerBench('datagram');
    const [answer] = bench.feed(bytes('floor-0'));
    assert.equal(answer && brief(answer), 'R FloorRequestStatus#3 granted');
    assert.equal(answer?.body.floorRequests?.[0]?.floors[0]?.id, 0);
    assert.deepEqual(bench.counted, ['quirk_floor_0']);
  });

  it('own-user-id: is spoken to by that id', () => {
    const bench = new ServerBench('datagram');
    const [answer] = bench.feed(bytes('own-user-id'));
    assert.equal(answer?.userId, 18);
    assert.equal(answer?.body.floorRequests?.[0]?.beneficiary?.id, 18);
    assert.deepEqual(bench.counted, ['quirk_user_id']);
    const strict = new ServerBench('datagram', { lenient: false });
    assert.equal(strict.feed(bytes('own-user-id'))[0]?.body.error?.code, 2);
  });

  it('server-tid-0, helloack-13: a client takes every notification and acknowledges none', () => {
    const sent: Uint8Array[] = [];
    let [floors, answered] = [0, 0];
    const client = new BfcpClient(
      { carriage: 'datagram', version: 1, conferenceId: 1, userId: 70, floorId: 2, firstTransactionId: 40 },
      {
        send: (data) => sent.push(data),
        done: () => (answered += 1),
        status: () => undefined,
        floor: () => (floors += 1),
        goodbye: () => undefined,
      },
    );
    client.hello(0);
    const golden = decode(bytes('helloack-13'), 'datagram');
    assert.ok(golden.ok);
    assert.deepEqual(golden.value.body.supportedPrimitives, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
    client.receive(bytes('helloack-13'), 0);
    assert.equal(answered, 1);
    client.receive(bytes('server-tid-0'), 0);
    client.receive(bytes('server-tid-0'), 0);
    assert.equal(floors, 2);
    assert.equal(sent.length, 1, 'the Hello only');
  });

  it('never-acks: is not waited for after the first notification was lost, and told three times more', async () => {
    const bench = await telling();
    bench.pass(10_000);
    bench.clear();
    const [held] = bench.floor.live;
    bench.floor.desk(8, 'Other').release(held?.id ?? 0);
    await settle();
    bench.pass(9_999);
    assert.deepEqual(bench.messages().map(brief), ['FloorStatus#502']);
    bench.pass(60_000);
    const numbers = [502, 503, 504, 505];
    assert.deepEqual(
      bench.messages().map(brief),
      numbers.map((number) => `FloorStatus#${number}`),
    );
    assert.equal(bench.server.due, null);
  });
});
