import assert from 'node:assert/strict';
import { Framer, FramingError } from '../../../src/base/framer.js';
import { EslUnreadable } from '../../../src/protocol/esl/errors.js';
import { readEvent } from '../../../src/protocol/esl/event.js';
import { bodyLimit, eslFrames, headersLimit, readMessage, type EslMessage } from '../../../src/protocol/esl/message.js';
import { seeded } from '../../support/seeded.js';
import { serverBytes, transcriptNames } from './transcripts.js';

const limit = headersLimit + bodyLimit;

function read(...chunks: Buffer[]): EslMessage[] {
  const framer = new Framer(eslFrames, limit);
  return chunks.flatMap((chunk) => framer.push(chunk)).map(readMessage);
}

function pieces(bytes: Buffer, seed: number, most: number): Buffer[] {
  const roll = seeded(seed);
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = 1 + roll(most);
    chunks.push(bytes.subarray(at, at + length));
    at += length;
  }
  return chunks;
}

/** Types that no body of the transcripts holds, so that counting them needs no framing; some stand right behind a body. */
const outer = /Content-Type: (auth\/request|command\/reply|api\/response|text\/\S+)$/gm;

describe('messages of the event socket', () => {
  for (const name of transcriptNames) {
    it(`reads ${name}, whole and in pieces`, () => {
      const bytes = serverBytes(name);
      const whole = read(bytes);
      const expected = [...bytes.toString('latin1').matchAll(outer)].map((match) => match[1]);
      assert.deepEqual(
        whole.map(({ contentType }) => contentType),
        expected,
      );
      assert.deepEqual(read(...pieces(bytes, 7, 40)), whole);
      for (const message of whole) {
        assert.equal(Buffer.byteLength(message.body), Number(message.headers.get('content-length') ?? 0));
      }
    });
  }

  it('counts a body in bytes and begins the next message right behind it', () => {
    const messages = read(
      Buffer.from('Content-Type: api/response\nContent-Length: 4\n\nÄ\n\nContent-Type: auth/request\n\n'),
    );
    assert.deepEqual(
      messages.map(({ contentType, body }) => [contentType, body]),
      [
        ['api/response', 'Ä\n\n'],
        ['auth/request', ''],
      ],
    );
  });

  it('refuses what is no message, and what never ends', () => {
    const refused: [string, RegExp][] = [
      ['Content-Type: x\nContent-Length: -1\n\n', /Content-Length/],
      ['Content-Type: x\nContent-Length: 1e3\n\n', /Content-Length/],
      [`Content-Type: x\nContent-Length: ${bodyLimit + 1}\n\n`, /a body of/],
      ['x'.repeat(headersLimit + 1), /endless headers/],
      [`${'x: y\n'.repeat(headersLimit / 5 + 1)}\n`, /endless headers/],
    ];
    for (const [text, why] of refused) {
      assert.throws(
        () => read(Buffer.from(text)),
        (error) => error instanceof FramingError && why.test(error.message),
      );
    }
    assert.throws(() => read(Buffer.from('Reply-Text: +OK\n\n')), EslUnreadable);
  });
});

describe('events', () => {
  const event = (type: string, body: string): ReturnType<typeof readEvent> =>
    readEvent({ contentType: `text/event-${type}`, headers: new Map(), body });

  it('are the same in both forms', () => {
    const plain = event(
      'plain',
      'Event-Name: CUSTOM\nEvent-Subclass: conference%3A%3Amaintenance\nA-B: 50%25%20%C3%84\n\n',
    );
    const json = event(
      'json',
      JSON.stringify({ 'Event-Name': 'CUSTOM', 'Event-Subclass': 'conference::maintenance', 'A-B': '50% Ä' }),
    );
    for (const each of [plain, json]) {
      assert.deepEqual([each.name, each.subclass, each.get('a-b')], ['CUSTOM', 'conference::maintenance', '50% Ä']);
    }
  });

  it('keep a percent sign that begins no code', () => {
    const { get } = event('plain', 'Event-Name: X\nA: 100%zz\nB: %\nC: %4\nD: %41%\n\n');
    assert.deepEqual([get('A'), get('B'), get('C'), get('D')], ['100%zz', '%', '%4', 'A%']);
  });

  it('have the output of a job behind their headers, or in `_body`', () => {
    assert.equal(event('plain', 'Event-Name: BACKGROUND_JOB\nContent-Length: 4\n\n+OK\n').body, '+OK\n');
    assert.equal(event('json', '{"Event-Name":"BACKGROUND_JOB","_body":"+OK\\n"}').body, '+OK\n');
  });

  it('take lists, and nothing that is no text', () => {
    const { get } = event('json', '{"Event-Name":"X","L":["a","b"],"N":5,"O":{},"__proto__":"p"}');
    assert.deepEqual(
      [get('L'), get('N'), get('O'), get('__proto__'), get('toString')],
      ['ARRAY::a|:b', '', '', 'p', ''],
    );
  });

  it('are refused when they are no JSON object', () => {
    for (const body of ['', '{', '5', 'null']) assert.throws(() => event('json', body), EslUnreadable);
  });

  it('survive any damage with our own error', () => {
    const roll = seeded(11);
    for (const name of transcriptNames) {
      const bytes = Buffer.from(serverBytes(name).subarray(0, 20_000));
      for (let round = 0; round < 20; round++) {
        const broken = Buffer.from(bytes);
        for (let n = 0; n < 1 + roll(6); n++) broken[roll(broken.length)] = roll(256);
        try {
          for (const message of read(broken)) if (message.contentType.startsWith('text/event')) readEvent(message);
        } catch (error) {
          assert.ok(error instanceof FramingError || error instanceof EslUnreadable, String(error));
        }
      }
    }
  });
});
