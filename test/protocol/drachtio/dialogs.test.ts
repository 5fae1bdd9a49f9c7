import assert from 'node:assert/strict';
import { answered, inDialog, last, peerAnswer, sdp, sentOf, valueOf } from '../../support/engine-peer.js';
import { allVerbs, RawApp } from '../../support/raw-app.js';
import { memoryEngine, requestOf, secret, type MemoryEngine } from '../../support/memory-engine.js';

const dialogId = 'c1;from-tag=a1';
const session = { 'Session-Expires': '90;refresher=uas', Supported: 'timer' };

describe('dialogs of the SIP engine', () => {
  let run: MemoryEngine;
  beforeEach(async () => (run = await memoryEngine()));
  afterEach(async () => {
    await run.close();
    assert.equal(run.clock.pending, 0, 'timers left');
    assert.equal(run.metrics.counted('dualstream_sip_internal_errors_total'), 0);
  });

  const send = (text: string): void => run.peer.send(Buffer.from(text), run.at);
  const heard = (): string => run.app.fromNetwork.at(-1) ?? '';
  const told = (): string => run.app.heard.at(-1) ?? '';
  const confirmed = (fields: Record<string, string> = {}): string => {
    const to = answered(run, fields);
    inDialog(run, 'ACK', to, fields['CSeq'] ? Number.parseInt(fields['CSeq'], 10) : 1);
    return to;
  };
  const app = (start: string, headers = '', body = '', id = dialogId): string =>
    run.app.say(`sip||${id}`, `${start} sip:placeholder SIP/2.0\r\n${headers}\r\n${body}`);
  const call = (): string => {
    run.app.say('sip||', 'INVITE sip:bob@127.0.0.1:6001 SIP/2.0\r\n\r\n');
    return last(run);
  };
  const idOf = (invite: string): string =>
    `${valueOf(invite, 'Call-ID')};from-tag=${valueOf(invite, 'From').split('tag=')[1]}`;
  /** A request of the callee inside a dialog that our INVITE made. */
  const fromCallee = (
    invite: string,
    method: string,
    n: number,
    tag: string,
    extra: Record<string, string> = {},
  ): void =>
    inDialog(run, method, valueOf(invite, 'From'), n, {
      From: `<sip:bob@127.0.0.1:6001>;tag=${tag}`,
      'Call-ID': valueOf(invite, 'Call-ID'),
      ...extra,
    });

  describe('are found', () => {
    it('by a peer of RFC 2543, which leaves tags and branches out', () => {
      const old = { Via: 'SIP/2.0/UDP 127.0.0.1:6001' };
      const to = answered(run, old);
      inDialog(run, 'ACK', '<sip:demo@127.0.0.1>', 1, old);
      assert.match(heard(), new RegExp(`\\|${dialogId}\\|\r\nACK `));
      inDialog(run, 'INVITE', '<sip:demo@127.0.0.1>', 2, old, sdp);
      assert.match(heard(), new RegExp(`\\|${dialogId}\\|\r\nINVITE `));
      run.app.answer(heard(), '488 Not Acceptable Here');
      assert.match(last(run), /^SIP\/2\.0 488 /);
      assert.equal(valueOf(last(run), 'To'), to);
      const before = run.sent.length;
      inDialog(run, 'ACK', '<sip:demo@127.0.0.1>;tag=wrong', 2, old);
      run.clock.advance(600);
      assert.equal(run.sent.length, before + 1, 'an ACK of another tag does not stop the repetition');
      inDialog(run, 'ACK', to, 2, old);
      run.clock.advance(10_000);
      assert.equal(run.sent.length, before + 1);
      inDialog(run, 'BYE', '<sip:demo@127.0.0.1>', 3, old);
      assert.match(heard(), /\r\nBYE /);
    });

    it('no second time by an INVITE without To tag: a late copy gets 482, another 491', () => {
      confirmed();
      run.clock.advance(40_000);
      send(requestOf('INVITE', { Via: 'SIP/2.0/UDP 127.0.0.1:6001;branch=z9hG4bKlate' }, sdp));
      assert.match(last(run), /^SIP\/2\.0 482 /);
      send(requestOf('INVITE', { CSeq: '2 INVITE', Via: 'SIP/2.0/UDP 127.0.0.1:6001;branch=z9hG4bKnext' }, sdp));
      assert.match(last(run), /^SIP\/2\.0 491 /);
      assert.equal(run.app.fromNetwork.filter((each) => each.includes('\r\nINVITE ')).length, 1);
      app('BYE');
      assert.match(last(run), /^BYE /);
    });

    it('no more after a restart: 481 to all but ACK, unless an application wants the method anyhow', async () => {
      await run.close();
      run = await memoryEngine({}, ['invite']);
      const stale = '<sip:demo@127.0.0.1>;tag=stale';
      for (const [n, method] of [
        'INVITE',
        'BYE',
        'UPDATE',
        'PRACK',
        'INFO',
        'OPTIONS',
        'MESSAGE',
        'NOTIFY',
      ].entries()) {
        inDialog(run, method, stale, n + 1);
        assert.match(last(run), new RegExp(`^SIP/2\\.0 481 .*CSeq: ${n + 1} ${method}`, 's'));
      }
      const before = run.sent.length;
      inDialog(run, 'ACK', stale, 20, { Via: 'SIP/2.0/UDP 127.0.0.1:6001;branch=z9hG4bKother' });
      assert.equal(run.sent.length, before);
      run.app.say('route|info');
      inDialog(run, 'INFO', stale, 21);
      assert.match(heard(), /\r\nINFO /);
    });

    it('with a sequence number of our own below 2^31 whatever theirs is', () => {
      confirmed({ CSeq: '4294967295 INVITE' });
      app('BYE');
      assert.ok(Number.parseInt(valueOf(last(run), 'CSeq'), 10) < 2 ** 31);
    });
  });

  describe('judge requests', () => {
    it('of methods nobody takes with 405 and Allow, and with 503 when nobody is there', async () => {
      run.app.say('remove_route|message');
      send(requestOf('MESSAGE'));
      assert.match(last(run), /^SIP\/2\.0 405 /);
      assert.match(valueOf(last(run), 'Allow'), /INVITE.*UPDATE/);
      assert.doesNotMatch(valueOf(last(run), 'Allow'), /MESSAGE/);
      await run.close();
      run = await memoryEngine({}, []);
      send(requestOf('MESSAGE'));
      assert.match(last(run), /^SIP\/2\.0 503 /);
    });

    it('that require what is not known with 420, inside dialogs too, but not ACK and CANCEL', () => {
      const to = answered(run);
      inDialog(run, 'ACK', to, 1, { Require: 'nothing' });
      assert.match(heard(), /\r\nACK /);
      inDialog(run, 'INFO', to, 2, { Require: 'timer, nothing' });
      assert.match(last(run), /^SIP\/2\.0 420 .*Unsupported: nothing\r\n/s);
      send(
        requestOf('CANCEL', {
          CSeq: '1 CANCEL',
          Via: 'SIP/2.0/UDP 127.0.0.1:6001;branch=z9hG4bKINVITE1',
          Require: 'x',
        }),
      );
      assert.match(last(run), /^SIP\/2\.0 200 .*CANCEL/s);
    });

    for (const [what, method, fields] of [
      ['REFER without Refer-To', 'REFER', {}],
      ['Replaces outside INVITE', 'OPTIONS', { Replaces: 'a;to-tag=b;from-tag=c' }],
      ['Replaces beside Join', 'INVITE', { Replaces: 'a;to-tag=b;from-tag=c', Join: 'a;to-tag=b;from-tag=c' }],
      ['Max-Forwards above 255', 'OPTIONS', { 'Max-Forwards': '256' }],
      ['71 contacts', 'REGISTER', { Contact: Array<string>(71).fill('<sip:a@b>').join() }],
      ['51 parameters of a URI', 'OPTIONS', { uri: `sip:a@b${';x=1'.repeat(51)}` }],
      ['a header line of 8193 characters', 'OPTIONS', { Subject: 'x'.repeat(8193) }],
      [
        '71 Via values',
        'OPTIONS',
        { Via: Array<string>(71).fill('SIP/2.0/UDP 127.0.0.1:6001;branch=z9hG4bK1').join() },
      ],
    ] as [string, string, Record<string, string>][]) {
      it(`${what}: 400`, () => {
        send(requestOf(method, fields));
        assert.match(last(run), /^SIP\/2\.0 400 /);
        assert.equal(run.app.fromNetwork.length, 0);
      });
    }

    it('with at most 200 header lines', () => {
      send(requestOf('OPTIONS', Object.fromEntries(Array.from({ length: 201 }, (_, n) => [`X-${n}`, 'y']))));
      assert.match(last(run), /^SIP\/2\.0 400 /);
    });

    it('and lets no application send 180 or 408 to other requests than INVITE', () => {
      send(requestOf('OPTIONS'));
      for (const status of ['100 Trying', '180 Ringing', '408 Request Timeout']) {
        run.app.answer(heard(), status);
        assert.match(told(), /\|NOK\|.*RFC 4320/);
      }
      run.clock.advance(3500);
      assert.match(last(run), /^SIP\/2\.0 100 Trying/);
      run.app.answer(heard(), '200 OK');
      assert.match(last(run), /^SIP\/2\.0 200 /);
    });
  });

  describe('change', () => {
    it('their target with an accepted request, not with a refused one, and keep ob and gr', () => {
      const to = confirmed({ Contact: '<sip:alice@127.0.0.1:6001;gr=urn:uuid:1;ob>' });
      app('INFO');
      assert.match(last(run), /^INFO sip:alice@127\.0\.0\.1:6001;gr=urn:uuid:1;ob SIP/);
      inDialog(run, 'INVITE', to, 2, { Contact: '<sip:moved@127.0.0.1:6001>' }, sdp);
      run.app.answer(heard(), '488 Not Acceptable Here');
      app('INFO');
      assert.match(last(run), /^INFO sip:alice@/);
      inDialog(run, 'UPDATE', to, 3, { Contact: '<sip:moved@127.0.0.1:6001>' });
      run.app.answer(heard(), '200 OK');
      app('INFO');
      assert.match(last(run), /^INFO sip:moved@/);
    });

    it('nothing while the engine refreshes: theirs gets 491, the offer of the application waits', () => {
      const to = confirmed(session);
      run.clock.advance(45_100);
      const refresh = last(run);
      assert.match(refresh, /^INVITE .*v=0/s);
      inDialog(run, 'INVITE', to, 2, {}, sdp);
      assert.match(last(run), /^SIP\/2\.0 491 .*CSeq: 2 INVITE/s);
      inDialog(run, 'UPDATE', to, 3, {}, sdp);
      assert.match(last(run), /^SIP\/2\.0 491 .*CSeq: 3 UPDATE/s);
      inDialog(run, 'UPDATE', to, 4);
      assert.match(heard(), /\r\nUPDATE /);
      run.app.answer(heard(), '200 OK');
      app('INVITE', 'Content-Type: application/sdp\r\n', sdp);
      assert.equal(sentOf(run, 'INVITE').length, 1);
      peerAnswer(run, refresh, '200 OK', '', ['Session-Expires: 90;refresher=uac']);
      assert.deepEqual([sentOf(run, 'ACK').length, sentOf(run, 'INVITE').length], [1, 2]);
      peerAnswer(run, sentOf(run, 'INVITE')[1] ?? '', '488 Not Acceptable Here', '');
      inDialog(run, 'INVITE', to, 5, {}, sdp);
      assert.match(heard(), /\r\nINVITE /);
    });

    it('refreshes again after 491 and in trouble, and hangs up only when the interval is over', () => {
      confirmed(session);
      run.clock.advance(45_100);
      peerAnswer(run, last(run), '491 Request Pending', '');
      run.clock.advance(2001);
      assert.equal(new Set(sentOf(run, 'INVITE').map((each) => valueOf(each, 'CSeq'))).size, 2);
      for (let n = 0; n < 10; n++) {
        const invite = sentOf(run, 'INVITE').at(-1) ?? '';
        peerAnswer(run, invite, '503 Service Unavailable', '');
        run.clock.advance(5001);
      }
      assert.match(sentOf(run, 'BYE')[0] ?? '', /Session timer expired/);
      assert.ok(run.clock.now() >= 90_000);
    });

    it('refreshes with the longer interval of a 422, and by INVITE where UPDATE is not taken after all', () => {
      confirmed({ ...session, Allow: 'INVITE, UPDATE' });
      run.clock.advance(45_100);
      peerAnswer(run, last(run), '422 Session Interval Too Small', '', ['Min-SE: 120']);
      run.clock.advance(0);
      assert.match(last(run), /^UPDATE .*Session-Expires: 120;refresher=uac/s);
      peerAnswer(run, last(run), '405 Method Not Allowed', '');
      run.clock.advance(0);
      assert.match(last(run), /^INVITE .*Session-Expires: 120;refresher=uac/s);
      peerAnswer(run, last(run), '200 OK', '', ['Session-Expires: 120;refresher=uac']);
      run.clock.advance(59_000);
      assert.equal(sentOf(run, 'INVITE').length, 1);
    });

    it('what is refreshed only when the peer has taken it', () => {
      confirmed(session);
      app('INVITE', 'Content-Type: application/sdp\r\n', sdp.replace('1 1', '1 2'));
      peerAnswer(run, last(run), '488 Not Acceptable Here', '');
      run.clock.advance(45_100);
      assert.ok(last(run).includes(sdp), last(run));
      peerAnswer(run, last(run), '200 OK', '', ['Session-Expires: 90;refresher=uac']);
      app('INVITE', 'Content-Type: application/sdp\r\n', sdp.replace('1 1', '1 3'));
      peerAnswer(run, last(run), '200 OK', '', ['Session-Expires: 90;refresher=uac']);
      app('ACK');
      run.clock.advance(45_100);
      assert.ok(last(run).includes('1 3 IN'), last(run));
    });

    it('refuses an interval that is too small only where the peer knows timers', () => {
      const to = confirmed();
      inDialog(run, 'UPDATE', to, 2, { 'Session-Expires': '60', Supported: 'timer' });
      assert.match(last(run), /^SIP\/2\.0 422 .*Min-SE: 90/s);
      inDialog(run, 'UPDATE', to, 3, { 'Session-Expires': '60' });
      assert.match(heard(), /\r\nUPDATE /);
    });
  });

  describe('end', () => {
    it('with 487 to what the peer had open, also when the application hangs up', () => {
      const to = confirmed();
      inDialog(run, 'INVITE', to, 2, {}, sdp);
      const reinvite = heard();
      app('BYE');
      assert.match(sentOf(run, 'SIP/2.0 487').at(-1) ?? '', /CSeq: 2 INVITE/);
      assert.match(last(run), /^BYE /);
      run.app.answer(reinvite, '200 OK', [], sdp);
      assert.match(told(), /NOK\|Response not sent due to unknown transaction$/);
      inDialog(run, 'BYE', to, 3);
      run.app.answer(heard(), '200 OK');
      assert.match(last(run), /^SIP\/2\.0 200 .*CSeq: 3 BYE/s);
      peerAnswer(run, sentOf(run, 'BYE')[0] ?? '', '200 OK', '');
      app('INVITE', '', sdp);
      assert.match(told(), /unable to find dialog/);
    });

    it('early by the caller, with 487 to its INVITE; the callee may not', () => {
      send(requestOf('INVITE', {}, sdp));
      run.app.answer(heard(), '180 Ringing');
      inDialog(run, 'BYE', valueOf(last(run), 'To'), 2);
      assert.match(sentOf(run, 'SIP/2.0 487').at(-1) ?? '', /CSeq: 1 INVITE/);
      run.app.answer(heard(), '200 OK');
      assert.match(last(run), /^SIP\/2\.0 200 .*CSeq: 2 BYE/s);
      const invite = call();
      peerAnswer(run, invite, '180 Ringing', 'one');
      fromCallee(invite, 'BYE', 7, 'one');
      assert.match(last(run), /^SIP\/2\.0 481 .*CSeq: 7 BYE/s);
      peerAnswer(run, invite, '200 OK', 'one');
      assert.match(heard(), /SIP\/2\.0 200/);
      app('BYE', '', '', idOf(invite));
    });

    it('not by a CANCEL that comes after the answer', () => {
      const to = answered(run);
      send(requestOf('CANCEL', { CSeq: '1 CANCEL', Via: 'SIP/2.0/UDP 127.0.0.1:6001;branch=z9hG4bKINVITE1' }));
      assert.match(last(run), /^SIP\/2\.0 200 .*CSeq: 1 CANCEL/s);
      inDialog(run, 'ACK', to, 1);
      run.clock.advance(40_000);
      assert.equal(sentOf(run, 'BYE').length, 0);
      app('BYE');
      assert.match(last(run), /^BYE /);
    });

    it('not when their application is away for a moment', async () => {
      const to = confirmed();
      const stream = run.app;
      stream.close();
      inDialog(run, 'INFO', to, 2);
      assert.match(last(run), /^SIP\/2\.0 500 .*Retry-After: 2/s);
      const other = await RawApp.connect(run.net, run.engine.control, secret, ['options']);
      const back = await RawApp.connect(run.net, run.engine.control, secret, allVerbs);
      inDialog(run, 'INFO', to, 3);
      assert.match(back.fromNetwork.at(-1) ?? '', new RegExp(`\\|${dialogId}\\|\r\nINFO `));
      assert.equal(other.fromNetwork.length, 0);
      back.say(`sip||${dialogId}`, 'BYE sip:placeholder SIP/2.0\r\n\r\n');
      assert.match(last(run), /^BYE /);
    });

    it('by CANCEL what rings when its application is gone', () => {
      const invite = call();
      peerAnswer(run, invite, '180 Ringing', 'one');
      run.app.close();
      assert.match(last(run), /^CANCEL /);
      peerAnswer(run, last(run), '200 OK', 'one');
      peerAnswer(run, invite, '487 Request Terminated', 'one');
      assert.match(last(run), /^ACK /);
    });

    it('ringing by CANCEL after timer C, as long as it is set; the CANCEL requires nothing', async () => {
      await run.close();
      run = await memoryEngine({ timerC: 200_000 });
      run.app.say('sip||', 'INVITE sip:bob@127.0.0.1:6001 SIP/2.0\r\nRequire: 100rel\r\n\r\n');
      const invite = last(run);
      peerAnswer(run, invite, '180 Ringing', 'one');
      run.clock.advance(199_000);
      peerAnswer(run, invite, '100 Trying', 'one');
      assert.match(last(run), /^INVITE /);
      run.clock.advance(1100);
      const cancel = last(run);
      assert.match(cancel, /^CANCEL /);
      assert.doesNotMatch(cancel, /Require/);
      for (const name of ['Via', 'From', 'To', 'Call-ID']) assert.equal(valueOf(cancel, name), valueOf(invite, name));
      assert.equal(Number.parseInt(valueOf(cancel, 'CSeq'), 10), Number.parseInt(valueOf(invite, 'CSeq'), 10));
    });
  });

  describe('in their early days', () => {
    it('two of one INVITE get each its own PRACK, and copies and gaps none', () => {
      const invite = call();
      const id = idOf(invite);
      const ring = (tag: string, rseq: number): void =>
        peerAnswer(run, invite, '183 Session Progress', tag, ['Require: 100rel', `RSeq: ${rseq}`]);
      ring('one', 10);
      ring('two', 20);
      assert.equal(run.app.fromNetwork.length, 2);
      const n = Number.parseInt(valueOf(invite, 'CSeq'), 10);
      app('PRACK', `RAck: 10 ${n} INVITE\r\n`, '', id);
      assert.match(last(run), /^PRACK .*To: .*tag=one\r\n/s);
      app('PRACK', `RAck: 20 ${n} INVITE\r\nContent-Type: application/sdp\r\n`, sdp, id);
      assert.match(last(run), /^PRACK .*To: .*tag=two\r\n.*v=0/s);
      ring('one', 10);
      ring('one', 12);
      assert.equal(run.app.fromNetwork.length, 2);
      ring('one', 11);
      assert.equal(run.app.fromNetwork.length, 3);
      fromCallee(invite, 'UPDATE', 1, 'two');
      assert.match(heard(), new RegExp(`\\|${id}\\|\r\nUPDATE `));
      run.app.answer(heard(), '200 OK');
      peerAnswer(run, invite, '199 Early Dialog Terminated', 'two');
      fromCallee(invite, 'UPDATE', 2, 'two');
      assert.match(last(run), /^SIP\/2\.0 481 /);
      peerAnswer(run, invite, '200 OK', 'one');
      app('ACK', '', '', id);
      app('BYE', '', '', id);
      assert.match(last(run), /^BYE .*tag=one\r\n/s);
    });

    it('take the PRACK of a 180 that the 200 overtook, once and without their application', () => {
      send(requestOf('INVITE', { Supported: '100rel' }, sdp));
      const invite = heard();
      run.app.answer(invite, '180 Ringing', ['Require: 100rel']);
      const rack = `${valueOf(last(run), 'RSeq')} 1 INVITE`;
      run.app.answer(invite, '200 OK', ['Contact: <sip:app@127.0.0.1>'], sdp);
      const to = valueOf(last(run), 'To');
      const told = run.app.fromNetwork.length;
      inDialog(run, 'PRACK', to, 2, { RAck: '1 1 INVITE' });
      assert.match(last(run), /^SIP\/2\.0 481 /);
      inDialog(run, 'PRACK', to, 3, { RAck: rack });
      assert.match(last(run), /^SIP\/2\.0 200 .*CSeq: 3 PRACK/s);
      inDialog(run, 'PRACK', to, 4, { RAck: rack });
      assert.match(last(run), /^SIP\/2\.0 481 /);
      assert.equal(run.app.fromNetwork.length, told);
    });

    it('answer a PRACK with an offer, and an UPDATE that starts no session timer', () => {
      send(requestOf('INVITE', { Supported: '100rel' }, sdp));
      const invite = heard();
      run.app.answer(invite, '183 Session Progress', ['Require: 100rel'], sdp);
      const to = valueOf(last(run), 'To');
      inDialog(run, 'PRACK', to, 2, { RAck: `${valueOf(last(run), 'RSeq')} 1 INVITE` }, sdp);
      assert.match(heard(), /\r\nPRACK .*v=0/s);
      run.app.answer(heard(), '200 OK', ['Content-Type: application/sdp'], sdp);
      assert.match(last(run), /^SIP\/2\.0 200 .*CSeq: 2 PRACK.*v=0/s);
      inDialog(run, 'UPDATE', to, 3, session, sdp);
      run.app.answer(heard(), '200 OK', [], sdp);
      assert.match(last(run), /^SIP\/2\.0 200 .*CSeq: 3 UPDATE.*Contact: /s);
      run.app.answer(invite, '200 OK', []);
      inDialog(run, 'ACK', to, 1);
      run.clock.advance(100_000);
      assert.equal(sentOf(run, 'INVITE').length, 0);
    });
  });

  describe('of subscriptions', () => {
    const subscribe = (): string => {
      run.app.say('sip||', 'SUBSCRIBE sip:bob@127.0.0.1:6001 SIP/2.0\r\nEvent: conference\r\nExpires: 60\r\n\r\n');
      const subscribe = last(run);
      peerAnswer(run, subscribe, '200 OK', 'n1', ['Expires: 60']);
      return subscribe;
    };
    const calls = (): number => run.engine.describe().filter((each) => each.includes('dialog')).length;

    it('live on when they are renewed, and end 40 s after they should have been', () => {
      const id = idOf(subscribe());
      run.clock.advance(90_000);
      app('SUBSCRIBE', 'Event: conference\r\nExpires: 60\r\n', '', id);
      peerAnswer(run, last(run), '200 OK', '', ['Expires: 60']);
      run.clock.advance(90_000);
      assert.equal(calls(), 1);
      run.clock.advance(11_000);
      assert.equal(calls(), 0);
    });

    it('end with 481 to their renewal', () => {
      const id = idOf(subscribe());
      app('SUBSCRIBE', 'Event: conference\r\nExpires: 60\r\n', '', id);
      peerAnswer(run, last(run), '481 Subscription Does Not Exist', '');
      assert.equal(calls(), 0);
    });

    for (const [what, state, status] of [
      ['the last NOTIFY', 'terminated;reason=noresource', '200 OK'],
      ['481 to a NOTIFY', 'active', '481 Subscription Does Not Exist'],
    ] as const) {
      it(`end with ${what} of ours`, () => {
        send(requestOf('SUBSCRIBE', { Event: 'conference', Expires: '60' }));
        run.app.answer(heard(), '200 OK', ['Expires: 60']);
        assert.equal(calls(), 1);
        app('NOTIFY', `Event: conference\r\nSubscription-State: ${state}\r\n`);
        peerAnswer(run, last(run), status, '');
        assert.equal(calls(), 0);
      });
    }

    it('end when a NOTIFY is never answered, and leave calls alone', () => {
      send(requestOf('SUBSCRIBE', { Event: 'conference', Expires: '600' }));
      run.app.answer(heard(), '200 OK', ['Expires: 600']);
      app('NOTIFY', 'Event: conference\r\nSubscription-State: active\r\n');
      run.clock.advance(33_000);
      assert.equal(calls(), 0);
      const to = confirmed({ 'Call-ID': 'c2' });
      app('NOTIFY', 'Event: refer\r\nSubscription-State: active\r\n', '', 'c2;from-tag=a1');
      peerAnswer(run, last(run), '481 Subscription Does Not Exist', '');
      inDialog(run, 'INFO', to, 2, { 'Call-ID': 'c2' });
      assert.match(heard(), /\r\nINFO /);
    });

    it('of a REFER outside a call of either side carry its NOTIFY, unless nobody wants them', () => {
      const refer = { 'Refer-To': '<sip:room@127.0.0.1>' };
      send(requestOf('REFER', refer));
      assert.match(heard(), /\r\nREFER .*Refer-To: <sip:room@/s);
      run.app.answer(heard(), '202 Accepted');
      assert.match(last(run), /^SIP\/2\.0 202 .*Contact: /s);
      const fragment = 'SIP/2.0 100 Trying';
      const type = 'Content-Type: message/sipfrag;version=2.0\r\n';
      app('NOTIFY', `Event: refer\r\nSubscription-State: active;expires=60\r\n${type}`, fragment);
      assert.match(last(run), /^NOTIFY .*Content-Type: message\/sipfrag;version=2\.0\r\n.*SIP\/2\.0 100 Trying$/s);
      peerAnswer(run, last(run), '200 OK', '');
      run.clock.advance(230_000);
      assert.equal(calls(), 0);
      send(requestOf('REFER', { ...refer, 'Refer-Sub': 'false', 'Call-ID': 'c2', Supported: 'norefersub' }));
      run.app.answer(heard(), '200 OK', ['Refer-Sub: false']);
      assert.equal(calls(), 0);
      run.app.say('sip||', 'REFER sip:bob@127.0.0.1:6001 SIP/2.0\r\nRefer-To: <sip:a@b>\r\n\r\n');
      const ours = last(run);
      peerAnswer(run, ours, '202 Accepted', 'r1');
      fromCallee(ours, 'NOTIFY', 1, 'r1', { Event: 'refer', 'Subscription-State': 'terminated;reason=noresource' });
      assert.match(heard(), new RegExp(`\\|${idOf(ours)}\\|\r\nNOTIFY `));
      assert.equal(calls(), 0);
    });
  });
});
