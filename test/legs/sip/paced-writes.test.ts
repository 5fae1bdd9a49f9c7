import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { MessageTooLong } from '../../../src/legs/sip/errors.js';
import { largestBytes, paceWrites, windowBytes } from '../../../src/legs/sip/paced-writes.js';
import { ManualClock } from '../../support/manual-clock.js';

class Fake extends EventEmitter {
  readonly written: string[] = [];
  write(data: string): boolean {
    this.written.push(data);
    return true;
  }
  answer(id: string): void {
    const text = `00000000-0000-4000-8000-000000000000|response|${id}|OK`;
    this.emit('data', Buffer.from(`${text.length}#${text}`));
  }
}

const idOf = (n: number): string => `${String(n).padStart(8, '0')}-0000-4000-8000-000000000000`;

function message(n: number, bytes: number): string {
  const head = `${idOf(n)}|sip||`;
  return `${bytes}#${head}${'x'.repeat(bytes - head.length)}`;
}

describe('writes to a drachtio-server', () => {
  let clock: ManualClock;
  let connection: Fake;
  let refused: MessageTooLong[];

  beforeEach(() => {
    clock = new ManualClock();
    connection = new Fake();
    refused = [];
    paceWrites(connection, clock, (error) => refused.push(error));
  });

  const ids = (): string[] => connection.written.map((data) => /#([^|]+)/.exec(data)?.[1] ?? '');

  it('go out at once while they are few', () => {
    for (let n = 0; n < 7; n++) connection.write(message(n, 500));
    assert.equal(connection.written.length, 7);
    assert.equal(clock.pending, 0);
  });

  it('wait for the answers to those before, in order, never more than a window on the way', () => {
    for (let n = 0; n < 20; n++) connection.write(message(n, 1500));
    for (let n = 0; n < 20; n++) {
      const outstanding = connection.written.slice(n).reduce((sum, data) => sum + data.length, 0);
      assert.ok(outstanding <= windowBytes, `${outstanding} bytes on the way`);
      connection.answer(idOf(n));
    }
    assert.deepEqual(
      ids(),
      Array.from({ length: 20 }, (_, n) => idOf(n)),
    );
    assert.equal(clock.pending, 0);
  });

  it('go alone when they are larger than the window', () => {
    connection.write(message(0, 100));
    connection.write(message(1, 11_000));
    connection.write(message(2, 100));
    assert.deepEqual(ids(), [idOf(0)]);
    connection.answer(idOf(0));
    assert.deepEqual(ids(), [idOf(0), idOf(1)]);
    connection.answer(idOf(1));
    assert.equal(connection.written.length, 3);
  });

  it('are not sent and told when the server would never read them', () => {
    connection.write(message(0, largestBytes + 1));
    connection.write(message(1, 100));
    assert.deepEqual(ids(), [idOf(1)]);
    assert.equal(refused[0]?.verdict.sip, 513);
  });

  it('take answers that are cut anywhere', () => {
    connection.write(message(0, 4000));
    connection.write(message(1, 4000));
    const text = Buffer.from(`90#00000000-0000-4000-8000-000000000000|response|${idOf(0)}|OK`);
    for (const octet of text) connection.emit('data', Buffer.from([octet]));
    assert.equal(connection.written.length, 2);
  });

  it('do not wait for ever for an answer, nor after the end', () => {
    connection.write(message(0, 4000));
    connection.write(message(1, 4000));
    clock.advance(600);
    assert.equal(connection.written.length, 2);
    connection.write(message(2, 4000));
    connection.emit('close');
    assert.equal(clock.pending, 0);
  });
});
