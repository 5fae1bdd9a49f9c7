import assert from 'node:assert/strict';
import { systemClock } from '../../../src/base/clock.js';
import { systemChance } from '../../../src/base/ids.js';
import { silentLog } from '../../../src/base/log.js';
import { createMetrics } from '../../../src/base/metrics.js';
import { systemNet } from '../../../src/base/system-net.js';
import { startEngine } from '../../../src/protocol/drachtio/server.js';
import { answered, inDialog, last, peerAnswer, sdp, sentOf, valueOf } from '../../support/engine-peer.js';
import { memoryEngine, requestOf, type MemoryEngine } from '../../support/memory-engine.js';

describe('SIP engine', () => {
  let run: MemoryEngine;
  beforeEach(async () => {
    run = await memoryEngine();
  });
  afterEach(async () => {
    await run.close();
    assert.equal(run.clock.pending, 0, 'timers left');
    assert.equal(run.net.open, 1, 'sockets left');
    assert.equal(run.metrics.counted('dualstream_sip_internal_errors_total'), 0);
  });

  it('refuses a request that carries a Via of its own', () => {
    run.app.say('sip||', 'OPTIONS sip:bob@127.0.0.1:6001 SIP/2.0\r\n\r\n');
    const via = valueOf(last(run), 'Via');
    const looped = requestOf('INVITE', { Via: 'SIP/2.0/UDP 127.0.0.1:6001;branch=z9hG4bKother' });
    run.peer.send(Buffer.from(looped.replace('Max-Forwards', `Via: ${via}\r\nMax-Forwards`)), run.at);
    assert.match(last(run), /^SIP\/2\.0 482 /);
    assert.equal(run.app.fromNetwork.length, 0);
  });

  it('refuses to call itself', () => {
    run.app.say('sip||', 'INVITE sip:demo@127.0.0.1:5070 SIP/2.0\r\n\r\n');
    assert.match(run.app.heard.at(-1) ?? '', /NOK\|can not send request to myself$/);
  });

  it('refuses the second copy of a request that took two ways', () => {
    run.peer.send(Buffer.from(requestOf('INVITE')), run.at);
    run.peer.send(Buffer.from(requestOf('INVITE', { Via: 'SIP/2.0/UDP 127.0.0.1:6001;branch=z9hG4bKtwo' })), run.at);
    assert.match(last(run), /^SIP\/2\.0 482 /);
    assert.equal(run.app.fromNetwork.length, 1);
  });

  it('answers for a silent application: 500, and 480 for INVITE', () => {
    run.peer.send(Buffer.from(requestOf('INVITE')), run.at);
    run.peer.send(Buffer.from(requestOf('OPTIONS', { 'Call-ID': 'c2' })), run.at);
    run.clock.advance(32_000);
    assert.match(last(run), /^SIP\/2\.0 500 /);
    run.clock.advance(32_500);
    assert.ok(sentOf(run, 'SIP/2.0 480').length > 0);
    const late = run.app.answer(run.app.fromNetwork[0] ?? '', '200 OK', [], sdp);
    assert.match(
      run.app.heard.at(-1) ?? '',
      new RegExp(`${late}\\|NOK\\|Response not sent due to unknown transaction$`),
    );
  });

  it('refuses a lower CSeq inside a dialog', () => {
    const to = answered(run);
    inDialog(run, 'INFO', to, 5);
    inDialog(run, 'INFO', to, 4);
    assert.match(last(run), /^SIP\/2\.0 500 .*CSeq: 4 INFO/s);
  });

  it('repeats a 200 until the ACK and hangs up without one', () => {
    answered(run);
    run.clock.advance(31_900);
    assert.equal(sentOf(run, 'SIP/2.0 200').length, 11);
    run.clock.advance(200);
    assert.match(last(run), /^BYE .*Reason: SIP;cause=200;text="ACK timeout"/s);
    assert.match(run.app.heard.at(-1) ?? '', /\|sip\|application\|.*\|unsolicited\|c1;from-tag=a1\|\r\nBYE /);
  });

  it('ends what is open when the peer hangs up', () => {
    const to = answered(run);
    inDialog(run, 'ACK', to, 1);
    inDialog(run, 'INVITE', to, 2, {}, sdp);
    inDialog(run, 'BYE', to, 3);
    assert.match(sentOf(run, 'SIP/2.0 487').at(-1) ?? '', /CSeq: 2 INVITE/);
    assert.match(run.app.fromNetwork.at(-1) ?? '', /\r\nBYE /);
  });

  it('ends the loser of a fork and keeps the winner', () => {
    run.app.say('sip||', 'INVITE sip:bob@127.0.0.1:6001 SIP/2.0\r\n\r\n');
    const invite = last(run);
    peerAnswer(run, invite, '200 OK', 'one');
    const dialogId = run.app.fromNetwork.at(-1)?.split('|')[9] ?? '';
    run.app.say(`sip||${dialogId}`, 'ACK sip:bob@127.0.0.1:6001 SIP/2.0\r\n\r\n');
    peerAnswer(run, invite, '200 OK', 'two');
    assert.equal(run.app.fromNetwork.length, 1);
    assert.match(sentOf(run, 'ACK').at(-1) ?? '', /tag=two/);
    assert.match(last(run), /^BYE .*tag=two/s);
    run.app.say(`sip||${dialogId}`, 'BYE sip:placeholder SIP/2.0\r\n\r\n');
    assert.match(last(run), /^BYE .*tag=one/s);
  });

  it('acknowledges and ends a call whose application never does', () => {
    run.app.say('sip||', 'INVITE sip:bob@127.0.0.1:6001 SIP/2.0\r\n\r\n');
    peerAnswer(run, last(run), '200 OK', 'one');
    run.clock.advance(32_100);
    assert.equal(sentOf(run, 'ACK').length, 1);
    assert.ok(sentOf(run, 'BYE').length > 0);
  });

  it('follows a late ACK, an early re-INVITE and a cancelled re-INVITE', () => {
    const to = answered(run);
    inDialog(run, 'INVITE', to, 2, { Via: 'SIP/2.0/UDP 127.0.0.1:6001;branch=z9hG4bKre' }, sdp);
    inDialog(run, 'ACK', to, 1);
    inDialog(run, 'CANCEL', to, 2, { Via: 'SIP/2.0/UDP 127.0.0.1:6001;branch=z9hG4bKre' });
    assert.equal(sentOf(run, 'SIP/2.0 200').filter((text) => text.includes('CSeq: 2 CANCEL')).length, 1);
    assert.match(last(run), /^SIP\/2\.0 487 .*CSeq: 2 INVITE/s);
    inDialog(run, 'INFO', to, 3);
    assert.match(run.app.fromNetwork.at(-1) ?? '', /\r\nINFO /);
  });

  it('lets an application answer reliably and holds the 200 for the PRACK', () => {
    run.peer.send(Buffer.from(requestOf('INVITE', { Supported: '100rel' }, sdp)), run.at);
    const request = run.app.fromNetwork[0] ?? '';
    run.app.answer(request, '183 Session Progress', ['Require: 100rel'], sdp);
    const rseq = valueOf(last(run), 'RSeq');
    const to = valueOf(last(run), 'To');
    run.app.answer(request, '200 OK', [], sdp);
    assert.equal(sentOf(run, 'SIP/2.0 200').length, 0);
    inDialog(run, 'PRACK', to, 2, { RAck: `${Number(rseq) + 1} 1 INVITE` });
    assert.match(last(run), /^SIP\/2\.0 481 /);
    inDialog(run, 'PRACK', to, 3, { RAck: `${rseq} 1 INVITE` });
    assert.match(run.app.fromNetwork.at(-1) ?? '', /\r\nPRACK /);
    assert.equal(sentOf(run, 'SIP/2.0 200').length, 1);
    inDialog(run, 'ACK', to, 1);
  });

  it('fails an INVITE whose reliable response is never acknowledged', () => {
    run.peer.send(Buffer.from(requestOf('INVITE', { Require: '100rel' }, sdp)), run.at);
    run.app.answer(run.app.fromNetwork[0] ?? '', '180 Ringing');
    assert.match(last(run), /Require: 100rel/);
    run.clock.advance(32_500);
    assert.ok(sentOf(run, 'SIP/2.0 504').length > 0);
  });

  it('refreshes by UPDATE without a body where the peer allows it', () => {
    const to = answered(run, {
      'Session-Expires': '90;refresher=uas',
      Supported: 'timer',
      Allow: 'INVITE, ACK, UPDATE',
    });
    inDialog(run, 'ACK', to, 1);
    run.clock.advance(45_100);
    const update = last(run);
    assert.match(update, /^UPDATE .*Session-Expires: 90;refresher=uac\r\nMin-SE: 90.*Content-Length: 0/s);
    peerAnswer(run, update, '200 OK', '', ['Session-Expires: 90;refresher=uac']);
    run.clock.advance(45_100);
    assert.match(last(run), /^UPDATE /);
    assert.notEqual(valueOf(last(run), 'CSeq'), valueOf(update, 'CSeq'));
    peerAnswer(run, last(run), '481 Call/Transaction Does Not Exist', '');
    assert.match(last(run), /^BYE .*Session timer expired/s);
  });

  it('ends a session the peer does not refresh, and takes a plain re-INVITE for a refresh', () => {
    const to = answered(run, { 'Session-Expires': '90;refresher=uac', Supported: 'timer' });
    inDialog(run, 'ACK', to, 1);
    run.clock.advance(80_000);
    inDialog(run, 'INVITE', to, 2, {}, sdp);
    run.app.answer(run.app.fromNetwork.at(-1) ?? '', '200 OK', [], sdp);
    inDialog(run, 'ACK', to, 2);
    run.clock.advance(80_000);
    assert.equal(sentOf(run, 'BYE').length, 0);
    run.clock.advance(11_000);
    assert.match(sentOf(run, 'BYE')[0] ?? '', /Session timer expired/);
  });

  it('gives up ringing after timer C and a CANCEL without an answer', () => {
    run.app.say('sip||', 'INVITE sip:bob@127.0.0.1:6001 SIP/2.0\r\n\r\n');
    peerAnswer(run, last(run), '180 Ringing', 'one');
    run.clock.advance(185_100);
    assert.ok(sentOf(run, 'CANCEL').length > 0);
    run.clock.advance(33_000);
    assert.match(run.app.fromNetwork.at(-1) ?? '', /\|sip\|network\|0\|udp\|\|0\|.*\r\nSIP\/2\.0 487 /s);
  });

  it('closes a stream whose messages have no length, after a 400, and counts', async () => {
    const heard: string[] = [];
    let closed = false;
    const stream = await run.net.dial(run.at, { address: '127.0.0.1', port: 7000 });
    stream.onData((data) => heard.push(data.toString()));
    stream.onClose(() => (closed = true));
    stream.write('OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:7000;branch=z9hG4bK1\r\n\r\n');
    assert.match(heard[0] ?? '', /^SIP\/2\.0 400 .*Content-Length is missing/);
    assert.equal(closed, true);
    assert.equal(run.metrics.counted('dualstream_sip_malformed_total', { transport: 'tcp' }), 1);
  });

  it('drops a stream that never finishes a message', async () => {
    let closed = false;
    const stream = await run.net.dial(run.at, { address: '127.0.0.1', port: 7000 });
    stream.onClose(() => (closed = true));
    stream.write('OPTIONS sip:a@b SIP/2.0\r\n');
    run.clock.advance(31_000);
    assert.equal(closed, false);
    run.clock.advance(1100);
    assert.equal(closed, true);
  });

  it('tells the application at once when the connection of its request breaks', async () => {
    const accepted: { end(): void }[] = [];
    const listener = await run.net.listen({ address: '127.0.0.1', port: 6009 }, { type: 'tcp' }, (stream) =>
      accepted.push(stream),
    );
    run.app.say('sip||', 'INVITE sip:bob@127.0.0.1:6009;transport=tcp SIP/2.0\r\n\r\n');
    await new Promise((resolve) => setImmediate(resolve));
    accepted[0]?.end();
    listener.dispose();
    assert.match(run.app.fromNetwork[0] ?? '', /SIP\/2\.0 503 Service Unavailable/);
  });

  it('takes a NOTIFY that comes before the answer to its SUBSCRIBE', () => {
    run.app.say('sip||', 'SUBSCRIBE sip:bob@127.0.0.1:6001 SIP/2.0\r\nEvent: conference\r\nExpires: 60\r\n\r\n');
    const subscribe = last(run);
    const swapped = {
      From: '<sip:bob@127.0.0.1:6001>;tag=n1',
      To: valueOf(subscribe, 'From'),
      'Call-ID': valueOf(subscribe, 'Call-ID'),
    };
    run.peer.send(Buffer.from(requestOf('NOTIFY', { ...swapped, 'Subscription-State': 'active' })), run.at);
    const dialogId = `${valueOf(subscribe, 'Call-ID')};from-tag=${valueOf(subscribe, 'From').split('tag=')[1]}`;
    assert.equal(run.app.fromNetwork[0]?.split('|')[9], dialogId);
    peerAnswer(run, subscribe, '200 OK', 'n1', ['Expires: 60']);
    run.app.say(`sip||${dialogId}`, 'SUBSCRIBE sip:placeholder SIP/2.0\r\nEvent: conference\r\nExpires: 0\r\n\r\n');
    assert.match(last(run), /^SUBSCRIBE .*tag=n1/s);
    run.clock.advance(200_000);
  });

  it('keeps line breaks of an application out of headers', () => {
    run.app.say(
      'sip||',
      'OPTIONS sip:bob@127.0.0.1:6001 SIP/2.0\r\nX-A: one\r\n folded\r\nVia: evil\r\nRoute: <sip:evil>\r\n\r\n',
    );
    assert.match(last(run), /X-A: one folded\r\n/);
    assert.doesNotMatch(last(run), /evil/);
  });
});

describe('SIP engine limits', () => {
  it('refuses connections and transactions beyond its limits', async () => {
    const run = await memoryEngine({ limits: { connections: 1, transactions: 2 } });
    const [one, two] = await Promise.all(
      [1, 2].map((n) => run.net.dial(run.at, { address: '127.0.0.1', port: 7000 + n })),
    );
    let closed = 0;
    one?.onClose(() => closed++);
    assert.equal(two?.write('x'), false);
    assert.equal(closed, 0);
    for (let n = 0; n < 3; n++) {
      run.peer.send(
        Buffer.from(requestOf('OPTIONS', { 'Call-ID': `c${n}`, Via: `SIP/2.0/UDP 127.0.0.1:6001;branch=z9hG4bK${n}` })),
        run.at,
      );
    }
    assert.match(last(run), /^SIP\/2\.0 503 .*Retry-After: 5/s);
    assert.equal(run.app.fromNetwork.length, 2);
    await run.close();
  });

  it('advertises the external address', async () => {
    const run = await memoryEngine({
      listen: [{ transport: 'udp', address: '127.0.0.1', port: 5070, advertise: '203.0.113.7' }],
    });
    answered(run);
    assert.match(last(run), /Contact: <sip:203\.0\.113\.7:5070>/);
    assert.match(run.app.heard[0] ?? '', /\|OK\|udp\/203\.0\.113\.7:5070\|v[^|]*\|udp\/127\.0\.0\.1:5070$/);
    await run.close();
  });

  it('says which listener is taken', async () => {
    const taken = await systemNet.udp({ address: '127.0.0.1', port: 0 });
    const start = startEngine({
      net: systemNet,
      clock: systemClock,
      chance: systemChance,
      log: silentLog,
      metrics: createMetrics(),
      control: { address: '127.0.0.1', port: 0, secret: 'x' },
      listen: [
        { transport: 'tcp', address: '127.0.0.1', port: 0 },
        { transport: 'udp', ...taken.local },
      ],
    });
    await assert.rejects(start, (error: NodeJS.ErrnoException) => {
      assert.equal(error.code, 'EADDRINUSE');
      assert.match(error.message, new RegExp(`SIP udp 127\\.0\\.0\\.1:${taken.local.port}`));
      return true;
    });
    taken.close();
  });
});
