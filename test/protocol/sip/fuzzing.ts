import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { readCommand } from '../../../src/protocol/drachtio/commands.js';
import { Framer, FramingError } from '../../../src/base/framer.js';
import { MalformedSip } from '../../../src/protocol/sip-values/errors.js';
import { readEnvelope } from '../../../src/protocol/sip/envelope.js';
import { printMessage } from '../../../src/protocol/sip/message.js';
import { parseMessage } from '../../../src/protocol/sip/parser.js';
import { sipFrames } from '../../../src/protocol/sip/stream-framing.js';
import { readTranscript } from '../../contract/signalling/transcript.js';
import { memoryEngine, requestOf } from '../../support/memory-engine.js';
import { seeded, type Roll } from '../../support/seeded.js';

const torture = new URL('../../golden/sip-torture/', import.meta.url);
const tortures = ['rfc4475/', 'rfc5118/', 'rfc5118-as-printed/'].flatMap((folder) =>
  readdirSync(new URL(folder, torture)).map((file) => readFileSync(new URL(folder + file, torture))),
);
/** What real peers and a real server said to each other, each message once. */
const recorded = readdirSync(new URL('../../golden/drachtio/', import.meta.url))
  .filter((file) => file.endsWith('.txt'))
  .flatMap((file) => readTranscript(file.slice(0, -4)))
  .flatMap((step) =>
    step.kind === 'sip' ? [step.text.endsWith('\r\n\r\n') ? step.text : `${step.text}\r\n\r\n`] : [],
  );
const corpus = [...tortures, ...[...new Set(recorded)].map((text) => Buffer.from(text))];
const spices = [
  '\r\n',
  '\r\n\r\n',
  ';',
  ',',
  '"',
  '<',
  '>',
  ':',
  '@',
  '\0',
  '=',
  ' ',
  '%',
  '[',
  ']',
  '99999999999',
  '-1',
  '|',
  'é',
];

function mutate(data: Buffer, roll: Roll): Buffer {
  let bytes = Buffer.from(data);
  for (let n = 1 + roll(6); n > 0; n--) {
    const at = roll(bytes.length + 1);
    const length = roll(12);
    switch (roll(5)) {
      case 0:
        if (at < bytes.length) bytes[at] = roll(256);
        break;
      case 1:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
        break;
      case 2:
        bytes = Buffer.concat([
          bytes.subarray(0, at),
          Buffer.from(spices[roll(spices.length)] ?? ''),
          bytes.subarray(at),
        ]);
        break;
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(roll(at + 1), at), bytes.subarray(at)]);
        break;
      default:
        bytes = Buffer.from(bytes.subarray(0, at));
    }
  }
  return bytes;
}

/** Mutated messages are read or refused by name, and what was read is read again after printing. */
export function fuzzMessages(seed: number, rounds: number): void {
  const roll = seeded(seed);
  let read = 0;
  for (let n = 0; n < rounds; n++) {
    const parsed = parseMessage(mutate(corpus[n % corpus.length] ?? Buffer.alloc(0), roll), 'datagram');
    if (!parsed.ok) continue;
    try {
      readEnvelope(parsed.message);
      read++;
    } catch (error) {
      assert.ok(error instanceof MalformedSip);
      continue;
    }
    const again = parseMessage(printMessage(parsed.message), 'datagram');
    assert.ok(again.ok);
    assert.deepEqual(again.message, parsed.message);
    readEnvelope(again.message);
  }
  assert.ok(read > rounds / 60, `${read} of ${rounds} were readable`);
}

/** A stream of mutated messages is cut into the same frames whatever pieces it comes in, and each frame is read or refused. */
export function fuzzStreams(seed: number, rounds: number): void {
  const roll = seeded(seed);
  let frames = 0;
  for (let n = 0; n < rounds; n++) {
    const some = Array.from({ length: 1 + roll(3) }, () => {
      const message = corpus[roll(corpus.length)] ?? Buffer.alloc(0);
      return roll(2) === 0 ? message : mutate(message, roll);
    });
    const stream = Buffer.concat(some);
    const whole = framesOf([stream]);
    const pieces: Buffer[] = [];
    for (let at = 0; at < stream.length;) {
      const next = at + 1 + roll(roll(4) === 0 ? 3 : 400);
      pieces.push(stream.subarray(at, next));
      at = next;
    }
    assert.deepEqual(framesOf(pieces), whole);
    for (const frame of whole.frames) parseMessage(frame, 'stream');
    frames += whole.frames.length;
  }
  assert.ok(frames > rounds / 2, `${frames} frames in ${rounds} streams`);
}

/** What becomes of a stream; the words for what makes no sense depend on how much of it was there. */
function framesOf(pieces: Buffer[]): { frames: Buffer[]; bad: boolean } {
  const framer = new Framer(sipFrames({ ping: () => undefined, partial: () => undefined }, 65_536), 65_536);
  const frames: Buffer[] = [];
  try {
    for (const piece of pieces) frames.push(...framer.push(piece));
  } catch (error) {
    assert.ok(error instanceof FramingError);
    return { frames: [...frames, ...error.frames], bad: true };
  }
  return { frames, bad: false };
}

/** No mutated command of an application makes its reader throw. */
export function fuzzCommands(seed: number, rounds: number): void {
  const roll = seeded(seed);
  const sip = requestOf('INVITE', {}, 'v=0\r\n');
  for (let n = 0; n < rounds; n++) readCommand(mutate(Buffer.from(`id|sip|t|d\r\n${sip}`), roll));
}

/** Mutated requests on every port of an engine, with an application that answers, never disturb it. */
export async function fuzzEngine(seed: number, rounds: number): Promise<void> {
  const roll = seeded(seed);
  const { engine, net, peer, app, at, clock, metrics, sent } = await memoryEngine();
  const calls = ['INVITE', 'OPTIONS', 'REGISTER', 'BYE', 'ACK', 'CANCEL', 'PRACK', 'UPDATE', 'NOTIFY', 'SUBSCRIBE'];
  let answered = 0;
  for (let n = 0; n < rounds; n++) {
    const method = calls[n % calls.length] ?? '';
    const to = /^To: (.*;tag=.*)$/m.exec(sent.at(-1)?.text ?? '')?.[1];
    const fields = {
      'Call-ID': `f${n - (n % 4)}`,
      Via: `SIP/2.0/UDP 127.0.0.1:6001;branch=z9hG4bKf${n}`,
      CSeq: `${n} ${method}`,
      Supported: '100rel, timer',
      ...(n % 4 > 1 && to ? { To: to.trim() } : {}),
    };
    const seed = n % 3 === 0 ? corpus[n % corpus.length] : Buffer.from(requestOf(method, fields, 'v=0\r\n'));
    const data = roll(3) === 0 ? (seed ?? Buffer.alloc(0)) : mutate(seed ?? Buffer.alloc(0), roll);
    if (n % 5 === 0) {
      const stream = await net.dial(at, { address: '127.0.0.1', port: 20_000 + n });
      stream.write(data);
      stream.end();
    } else peer.send(data, at);
    const fresh = app.fromNetwork.slice(answered);
    answered += fresh.length;
    for (const request of fresh)
      app.answer(request, ['180 Ringing', '200 OK', '486 Busy Here'][roll(3)] ?? '', [], 'v=0\r\n');
    if (n % 20 === 0) clock.advance(roll(5000));
  }
  assert.ok(answered > rounds / 30, `${answered} requests reached the application`);
  clock.advance(300_000);
  assert.equal(metrics.counted('dualstream_sip_internal_errors_total'), 0);
  await engine.close();
  assert.equal(clock.pending, 0);
  assert.equal(net.open, 1, 'only the peer is left');
}
