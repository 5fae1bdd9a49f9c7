import assert from 'node:assert/strict';
import type { ByteStream } from '../../../src/base/net.js';
import { messagePipe } from '../../support/message-pipe.js';
import { requestOf } from '../../support/memory-engine.js';
import { answerTo, field, fields, proxyRig, type ProxyRig } from '../../support/proxy-rig.js';

const A = 'sip:127.0.0.1:6100';
const us = '<sip:127.0.0.1:5070;lr>';

describe('a dialog we stay on the way of', () => {
  let rig: ProxyRig;

  beforeEach(async () => (rig = await proxyRig()));
  afterEach(async () => {
    await rig.close();
    assert.equal(rig.clock.pending, 0);
    assert.equal(rig.metrics.counted('dualstream_sip_internal_errors_total'), 0);
  });

  /** The call is up, through us. */
  function call(): void {
    rig.proxy({ to: [A], remain: true });
    rig.a.answer('200 OK', ['Contact: <sip:bob@127.0.0.1:6100>']);
  }

  /** A request of the caller inside the dialog. */
  const from = (method: string, fields: Record<string, string> = {}, n = 2): string =>
    requestOf(method, {
      uri: 'sip:bob@127.0.0.1:6100',
      Via: `SIP/2.0/UDP 127.0.0.1:6001;branch=z9hG4bKd${method}${n}`,
      To: '<sip:demo@127.0.0.1>;tag=t6100',
      CSeq: `${n} ${method}`,
      Route: us,
      ...fields,
    });

  /** One of the callee. */
  const back = (method: string, fields: Record<string, string> = {}): string =>
    from(method, {
      uri: 'sip:alice@127.0.0.1:6001',
      Via: `SIP/2.0/UDP 127.0.0.1:6100;branch=z9hG4bKb${method}`,
      From: '<sip:demo@127.0.0.1>;tag=t6100',
      To: '<sip:alice@127.0.0.1:6001>;tag=a1',
      Contact: '<sip:bob@127.0.0.1:6100>',
      ...fields,
    });

  it('is marked by Record-Route, passes ACK, re-INVITE, INFO and BYE both ways, and then is over', async () => {
    call();
    assert.equal(field(rig.a.last('INVITE'), 'Record-Route'), us);
    rig.caller.send(from('ACK', {}, 1));
    await settled();
    const ack = rig.a.last('ACK');
    assert.match(ack, /^ACK sip:bob@127\.0\.0\.1:6100 SIP/);
    assert.deepEqual([fields(ack, 'Route'), fields(ack, 'Via').length, field(ack, 'Max-Forwards')], [[], 2, '69']);

    rig.caller.send(from('INVITE'));
    rig.a.answer('200 OK');
    assert.match(rig.caller.got.at(-1) ?? '', /^SIP\/2\.0 200 .*CSeq: 2 INVITE/s);
    assert.equal(field(rig.a.last('INVITE'), 'Record-Route'), '');

    rig.a.send(back('INFO'));
    assert.match(rig.caller.last('INFO'), /^INFO sip:alice@127\.0\.0\.1:6001 SIP/);
    rig.caller.answer('200 OK', [], 'INFO');
    assert.match(rig.a.got.at(-1) ?? '', /^SIP\/2\.0 200 .*INFO/s);

    rig.a.send(back('BYE', { CSeq: '3 BYE' }));
    rig.caller.answer('200 OK', [], 'BYE');
    assert.match(rig.a.got.at(-1) ?? '', /^SIP\/2\.0 200 .*BYE/s);
    // the application heard nothing of all this
    assert.equal(rig.app.fromNetwork.length, 1);

    rig.caller.send(from('BYE', {}, 9));
    assert.match(rig.caller.got.at(-1) ?? '', /^SIP\/2\.0 481 /);
    rig.clock.advance(40_000);
  });

  it('passes PRACK and UPDATE of the early dialog', () => {
    rig.proxy({ to: [A], remain: true });
    rig.a.answer('183 Session Progress', ['RSeq: 7', 'Require: 100rel', 'Contact: <sip:bob@127.0.0.1:6100>']);
    assert.match(rig.caller.got.at(-1) ?? '', /^SIP\/2\.0 183 .*RSeq: 7/s);
    rig.caller.send(from('PRACK', { RAck: '7 1 INVITE' }));
    assert.equal(field(rig.a.last('PRACK'), 'RAck'), '7 1 INVITE');
    rig.a.answer('200 OK', [], 'PRACK');
    assert.match(rig.caller.got.at(-1) ?? '', /^SIP\/2\.0 200 .*PRACK/s);
    rig.a.answer('486 Busy Here');
    rig.clock.advance(40_000);
  });

  it('cancels a re-INVITE that was passed on', () => {
    call();
    rig.caller.send(from('INVITE'));
    rig.a.answer('180 Ringing');
    rig.caller.send(from('CANCEL', { Via: 'SIP/2.0/UDP 127.0.0.1:6001;branch=z9hG4bKdINVITE2', CSeq: '2 CANCEL' }));
    assert.equal(rig.a.requests('CANCEL').length, 1);
    rig.a.answer('487 Request Terminated');
    assert.match(rig.caller.got.at(-1) ?? '', /^SIP\/2\.0 487 /);
    rig.clock.advance(80_000);
  });

  it('ends a request nobody answers', () => {
    call();
    rig.caller.send(from('BYE'));
    rig.clock.advance(31_500);
    assert.match(rig.caller.got.at(-1) ?? '', /^SIP\/2\.0 504 /);
    rig.clock.advance(40_000);
  });

  it('refuses a request without a hop left', () => {
    call();
    rig.caller.send(from('INFO', { 'Max-Forwards': '0' }));
    assert.match(rig.caller.got.at(-1) ?? '', /^SIP\/2\.0 483 /);
    rig.clock.advance(40_000);
  });

  describe('is the only way through us', () => {
    const strangers: [what: string, fields: Record<string, string>][] = [
      ['a Call-ID nobody knows', { 'Call-ID': 'other' }],
      ['a tag nobody knows', { To: '<sip:demo@127.0.0.1>;tag=guess' }],
      ['a dialog of ours without a Route to us', { Route: '<sip:192.0.2.1;lr>' }],
    ];
    for (const [what, given] of strangers) {
      it(`not for ${what}`, () => {
        call();
        const before = rig.sent.length;
        rig.caller.send(from('INVITE', { uri: 'sip:victim@127.0.0.1:6200', ...given }));
        assert.match(rig.caller.got.at(-1) ?? '', /^SIP\/2\.0 481 /);
        rig.caller.send(from('ACK', { uri: 'sip:victim@127.0.0.1:6200', ...given }));
        assert.equal(rig.b.got.length, 0);
        assert.ok(rig.sent.slice(before).every(({ to }) => to.port === 6001));
        rig.clock.advance(40_000);
      });
    }

    it('not for a call that was proxied without staying', () => {
      rig.proxy({ to: [A] });
      rig.a.answer('200 OK');
      rig.caller.send(from('BYE'));
      assert.match(rig.caller.got.at(-1) ?? '', /^SIP\/2\.0 481 /);
      rig.clock.advance(40_000);
    });
  });

  describe('by way of other routers', () => {
    it('goes on to the next loose router', () => {
      call();
      rig.caller.send(from('INFO', { uri: 'sip:bob@192.0.2.9', Route: `${us}, <sip:127.0.0.1:6200;lr>` }));
      assert.match(rig.b.last('INFO'), /^INFO sip:bob@192\.0\.2\.9 .*Route: <sip:127\.0\.0\.1:6200;lr>/s);
      rig.b.answer('200 OK', [], 'INFO');
      rig.clock.advance(40_000);
    });

    it('gives a strict router what it wants', () => {
      call();
      rig.caller.send(
        from('INFO', { uri: 'sip:bob@192.0.2.9', Route: `${us}, <sip:127.0.0.1:6200>, <sip:192.0.2.8;lr>` }),
      );
      const got = rig.b.last('INFO');
      assert.match(got, /^INFO sip:127\.0\.0\.1:6200 SIP/);
      assert.deepEqual(fields(got, 'Route'), ['<sip:192.0.2.8;lr>', '<sip:bob@192.0.2.9>']);
      rig.b.answer('200 OK', [], 'INFO');
      rig.clock.advance(40_000);
    });

    it('mends what a strict router before us made of the request', () => {
      call();
      rig.caller.send(from('INFO', { uri: 'sip:127.0.0.1:5070;lr', Route: '<sip:bob@127.0.0.1:6100>' }));
      const got = rig.a.last('INFO');
      assert.match(got, /^INFO sip:bob@127\.0\.0\.1:6100 SIP/);
      assert.deepEqual(fields(got, 'Route'), []);
      rig.a.answer('200 OK', [], 'INFO');
      rig.clock.advance(40_000);
    });
  });

  it('between TCP and UDP gives each side a Route it can use, and finds the caller by its connection', async () => {
    const stream: ByteStream = await rig.net.dial(rig.at, { address: '127.0.0.1', port: 6001 });
    const heard: string[] = [];
    stream.onData((data) => heard.push(data.toString()));
    const overTcp = {
      Via: 'SIP/2.0/TCP 10.0.0.1:6001;branch=z9hG4bKt',
      Contact: '<sip:alice@nowhere.invalid;transport=tcp>',
    };
    stream.write(requestOf('INVITE', overTcp));
    const id = rig.app.fromNetwork.at(-1)?.split('|')[8] ?? '';
    rig.app.say(`proxy|${id}|remainInDialog|fullResponse||serial|||${A}`, `INVITE ${A} SIP/2.0\r\n\r\n`);
    const far = us;
    const near = '<sip:127.0.0.1:5070;transport=tcp;lr>';
    assert.deepEqual(fields(rig.a.last('INVITE'), 'Record-Route'), [far, near]);
    rig.a.answer('200 OK', ['Contact: <sip:bob@127.0.0.1:6100>']);
    assert.match(heard.at(-1) ?? '', /^SIP\/2\.0 200 /);
    // the callee hangs up: our two Routes, then nothing but the connection leads to the caller
    rig.a.send(back('BYE', { uri: 'sip:alice@nowhere.invalid;transport=tcp', Route: `${far}, ${near}` }));
    assert.match(heard.at(-1) ?? '', /^BYE sip:alice@nowhere\.invalid;transport=tcp SIP\/2\.0\r\nVia: SIP\/2\.0\/TCP /);
    assert.ok(!(heard.at(-1) ?? '').includes('Route:'));
    stream.write(answerTo(heard.at(-1) ?? '', '200 OK', 'x'));
    assert.match(rig.a.got.at(-1) ?? '', /^SIP\/2\.0 200 .*BYE/s);
    rig.clock.advance(40_000);
  });

  it('goes nowhere with an address that is none of SIP', async () => {
    call();
    const loose = `${us}, <tel:+491234;lr>`;
    for (const given of [{ uri: 'tel:+491234' }, { Route: loose }] as Record<string, string>[]) {
      rig.caller.send(
        from('INFO', { ...given, Via: `SIP/2.0/UDP 127.0.0.1:6001;branch=z9hG4bKtel${Object.keys(given).join('')}` }),
      );
      assert.match(rig.caller.got.at(-1) ?? '', /^SIP\/2\.0 500 /);
      rig.caller.send(from('ACK', { ...given }, 1));
    }
    await settled();
    assert.equal(rig.a.requests('INFO').length + rig.a.requests('ACK').length, 0);
    rig.clock.advance(40_000);
  });

  it('holds the connection of its caller, and lets it go at the end', async () => {
    await rig.close();
    rig = await proxyRig({ limits: { idleSeconds: 60 } });
    const calls = async (port: number): Promise<{ stream: ByteStream; closed: () => boolean }> => {
      const stream = await rig.net.dial(rig.at, { address: '127.0.0.1', port });
      let closed = false;
      stream.onClose(() => (closed = true));
      stream.write(requestOf('OPTIONS', { Via: `SIP/2.0/TCP 127.0.0.1:${port};branch=z9hG4bKo${port}` }));
      rig.app.answer(rig.app.fromNetwork.at(-1) ?? '', '200 OK');
      return { stream, closed: () => closed };
    };
    const [idle, used] = [await calls(7001), await calls(7002)];
    used.stream.write(
      requestOf('INVITE', {
        Via: 'SIP/2.0/TCP 127.0.0.1:7002;branch=z9hG4bKu',
        Contact: '<sip:alice@x.invalid;transport=tcp>',
      }),
    );
    const id = rig.app.fromNetwork.at(-1)?.split('|')[8] ?? '';
    rig.app.say(`proxy|${id}|remainInDialog|fullResponse||serial|||${A}`, `INVITE ${A} SIP/2.0\r\n\r\n`);
    rig.a.answer('200 OK', ['Contact: <sip:bob@127.0.0.1:6100>']);
    for (let minute = 0; minute < 60; minute++) rig.clock.advance(60_000);
    assert.deepEqual([idle.closed(), used.closed()], [true, false]);
    used.stream.write(from('BYE', { Via: 'SIP/2.0/TCP 127.0.0.1:7002;branch=z9hG4bKv' }));
    rig.a.answer('200 OK', [], 'BYE');
    for (let minute = 0; minute < 10; minute++) rig.clock.advance(60_000);
    assert.equal(used.closed(), true);
  });

  it('leads back to a browser, which has no address at all', async () => {
    const [near, far] = messagePipe();
    const heard: string[] = [];
    near.onMessage((data) => heard.push(data.toString()));
    const places = { remote: { address: '127.0.0.1', port: 51_000 }, local: { address: '127.0.0.1', port: 8080 } };
    rig.engine.acceptWebSocket(Object.assign(far, places), false);
    const overWs = { Via: 'SIP/2.0/WS x.invalid;branch=z9hG4bKw', Contact: '<sip:alice@x.invalid;transport=ws>' };
    near.send(requestOf('INVITE', overWs));
    await settled();
    const id = rig.app.fromNetwork.at(-1)?.split('|')[8] ?? '';
    rig.app.say(`proxy|${id}|remainInDialog|fullResponse||serial|||${A}`, `INVITE ${A} SIP/2.0\r\n\r\n`);
    const routes = fields(rig.a.last('INVITE'), 'Record-Route');
    assert.deepEqual(routes, [us, '<sip:127.0.0.1:8080;transport=ws;lr>']);
    rig.a.answer('200 OK', ['Contact: <sip:bob@127.0.0.1:6100>']);
    rig.a.send(back('BYE', { uri: 'sip:alice@x.invalid;transport=ws', Route: routes.join(', ') }));
    await settled();
    assert.match(heard.at(-1) ?? '', /^BYE sip:alice@x\.invalid;transport=ws SIP\/2\.0\r\nVia: SIP\/2\.0\/WS /);
    assert.ok(!(heard.at(-1) ?? '').includes('Route:'));
    near.send(answerTo(heard.at(-1) ?? '', '200 OK', 'x'));
    await settled();
    assert.match(rig.a.got.at(-1) ?? '', /^SIP\/2\.0 200 .*BYE/s);
    rig.clock.advance(40_000);
  });
});

async function settled(): Promise<void> {
  for (let i = 0; i < 8; i++) await new Promise((resolve) => setImmediate(resolve));
}
