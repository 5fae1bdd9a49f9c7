import assert from 'node:assert/strict';
import { Framer, FramingError } from '../../../src/base/framer.js';
import { sipFrames } from '../../../src/protocol/sip/stream-framing.js';
import { maxFrame, frame, wireFrames } from '../../../src/protocol/drachtio/wire.js';

const message = (body: string, header = `Content-Length: ${Buffer.byteLength(body)}`): string =>
  `MESSAGE sip:a@b SIP/2.0\r\nVia: SIP/2.0/TCP c;branch=z9hG4bK1\r\n${header}\r\n\r\n${body}`;

function framer(): { push(text: string): string[]; pings: number; partial: boolean } {
  const state = { pings: 0, partial: false, push: (_: string): string[] => [] };
  const inner = new Framer(
    sipFrames({ ping: () => void state.pings++, partial: (yes) => void (state.partial = yes) }, 1000),
    1000,
  );
  state.push = (text) => inner.push(Buffer.from(text)).map(String);
  return state;
}

describe('SIP over a stream', () => {
  it('is cut however it comes: byte by byte, two at once, in the middle of the length', () => {
    const text = message('häll') + message('');
    const one = framer();
    const bytes = Buffer.from(text);
    const frames: string[] = [];
    for (const byte of bytes) frames.push(...one.push(String.fromCharCode(byte)));
    assert.equal(frames.length, 2);
    assert.deepEqual(framer().push(text), [message('häll'), message('')]);
    const cut = framer();
    const at = text.indexOf('Length: ') + 8;
    assert.deepEqual(cut.push(text.slice(0, at)), []);
    assert.equal(cut.partial, true);
    assert.deepEqual(cut.push(text.slice(at)), [message('häll'), message('')]);
    assert.equal(cut.partial, false);
  });

  it('takes the compact length and folded headers', () => {
    assert.deepEqual(framer().push(message('abc', 'Subject: x\r\n y\r\nl :3')), [
      message('abc', 'Subject: x\r\n y\r\nl :3'),
    ]);
  });

  it('answers a double CRLF and skips single ones, cut or not', () => {
    const one = framer();
    assert.deepEqual(one.push('\r\n'), []);
    assert.equal(one.pings, 0);
    assert.deepEqual(one.push('\r\n'), []);
    assert.equal(one.pings, 1);
    assert.deepEqual(one.push(`\r\n${message('')}`), [message('')]);
    assert.equal(one.pings, 1);
  });

  it('hands over headers alone where there is no usable length', () => {
    assert.deepEqual(framer().push(message('body', 'X: 1')), [message('', 'X: 1'), 'body'].slice(0, 1));
    assert.deepEqual(framer().push(message('', 'Content-Length: 5000')), [message('', 'Content-Length: 5000')]);
  });

  it('refuses at once what is no SIP, and waits for what may become it', () => {
    const refused = ['GET / HTTP/1.0\r\n', 'SSH-2.0-x\n', '\u0016\u0003\u0001', '\u0000', 'hello world\r\n'];
    for (const text of refused) assert.throws(() => framer().push(text), FramingError, JSON.stringify(text));
    for (const text of [
      'GET / HT',
      'OPTIONS sip:a@b SIP/7.0\r\n',
      'SIP/2.0 200 OK\r\n',
      'INVITE  sip:a  sip / 2.0 \r\n',
    ]) {
      assert.deepEqual(framer().push(text), [], JSON.stringify(text));
    }
    assert.throws(() => framer().push(`${message('')}GET / HTTP/1.1\r\n`), /HTTP on a SIP port/);
  });

  it('reads a message that trickles in once, not again with every byte', () => {
    const looked: number[] = [];
    const rule = sipFrames({ ping: () => undefined, partial: () => undefined }, 65_536);
    const text = message('x'.repeat(2000), `X: ${'y'.repeat(2000)}\r\nContent-Length: 2000`);
    const bytes = Buffer.from(text);
    for (let length = 1; length <= bytes.length; length++) {
      const part = bytes.subarray(0, length);
      const watched = new Proxy(part, {
        get(target, name) {
          const value: unknown = Reflect.get(target, name, target);
          if (name !== 'indexOf' || typeof value !== 'function')
            return typeof value === 'function' ? (value.bind(target) as unknown) : value;
          return (what: string | number, from = 0) => {
            if (what === '\r\n\r\n') looked.push(target.length - from);
            return target.indexOf(what, from);
          };
        },
      });
      assert.equal(rule(watched).kind, length < bytes.length ? 'more' : 'frame');
    }
    assert.ok(Math.max(...looked) <= 4, `${Math.max(...looked)} bytes looked at for one`);
    assert.ok(looked.length <= bytes.length - 2000);
  });

  it('gives up when the headers never end', () => {
    assert.throws(() => framer().push(`MESSAGE ${'x'.repeat(1100)}`), FramingError);
  });
});

describe('application wire', () => {
  const push = (chunks: Buffer[]): string[] => {
    const inner = new Framer(wireFrames, maxFrame);
    return chunks.flatMap((chunk) => inner.push(chunk).map(String));
  };

  it('counts bytes, not characters, and is cut however it comes', () => {
    const data = Buffer.concat([frame('a|ping', null), frame('b|sip||', Buffer.from('é\r\n\r\n')), frame('', null)]);
    const whole = ['a|ping', 'b|sip||\r\né\r\n\r\n', ''];
    assert.deepEqual(push([data]), whole);
    assert.deepEqual(push([...data].map((byte) => Buffer.from([byte]))), whole);
  });

  it('takes messages of any sensible size and refuses others', () => {
    const big = 'x'.repeat(200_000);
    assert.deepEqual(push([frame(big, null)]), [big]);
    for (const bad of ['abc#x', '#x', '9999999#', '123456789']) {
      assert.throws(() => push([Buffer.from(bad)]), FramingError, bad);
    }
  });
});
