import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { systemClock } from '../../src/base/clock.js';
import { Framer } from '../../src/base/framer.js';
import type { MessageTooLong } from '../../src/legs/sip/errors.js';
import { largestBytes, paceWrites } from '../../src/legs/sip/paced-writes.js';
import { maxFrame, wireFrames } from '../../src/protocol/drachtio/wire.js';
import { until } from '../journeys/support/until.js';
import type { Control } from '../support/engine-elsewhere.js';
import { drachtio, nothingToTestWith } from './support/drachtio.js';

/** A bare application of a server, that counts what it is answered. */
class Burst {
  answers = 0;
  readonly refused: MessageTooLong[] = [];

  private constructor(readonly socket: Socket) {
    const framer = new Framer(wireFrames, maxFrame);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      for (const each of framer.push(chunk)) if (each.toString().split('|')[1] === 'response') this.answers++;
    });
  }

  static async open({ host, port, secret }: Control, paced: boolean): Promise<Burst> {
    const socket = connect(port, host);
    await once(socket, 'connect');
    const burst = new Burst(socket);
    if (paced) paceWrites(socket, systemClock, (error) => burst.refused.push(error));
    burst.say(`authenticate|${secret}|`);
    await until('authentication', 5000, () => burst.answers === 1 || null);
    return burst;
  }

  say(text: string): void {
    const payload = `${randomUUID()}|${text}`;
    this.socket.write(`${Buffer.byteLength(payload)}#${payload}`);
  }

  /** A request to nobody, of about so many bytes. */
  request(bytes: number): void {
    const pad = 'x'.repeat(bytes - 150);
    this.say(`sip||\r\nOPTIONS sip:nobody@127.0.0.1:9 SIP/2.0\r\nX-Pad: ${pad}\r\nContent-Length: 0\r\n\r\n`);
  }
}

describe('what a drachtio-server takes at once', function () {
  this.timeout(30_000);
  if (!drachtio) return nothingToTestWith();
  const control = drachtio;
  const count = 60;
  let burst: Burst | null = null;

  afterEach(() => burst?.socket.destroy());

  it('loses a burst of larger messages when nothing paces it', async () => {
    burst = await Burst.open(control, false);
    for (let n = 0; n < count; n++) burst.request(5000);
    await new Promise((resolve) => setTimeout(resolve, 3000));
    assert.ok(burst.answers - 1 < count, 'this server has no need of pacing any more');
  });

  it('answers each message of a burst that is paced', async () => {
    burst = await Burst.open(control, true);
    for (let n = 0; n < count; n++) burst.request(5000);
    await until('all answers', 20_000, () => (burst?.answers ?? 0) - 1 === count || null);
  });

  it('takes the largest message that is let through, and goes on after one that is not', async () => {
    burst = await Burst.open(control, true);
    burst.request(largestBytes - 100);
    burst.request(largestBytes + 500);
    burst.request(500);
    await until('both answers', 10_000, () => (burst?.answers ?? 0) - 1 === 2 || null);
    assert.equal(burst.refused.length, 1);
  });
});
