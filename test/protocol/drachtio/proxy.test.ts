import assert from 'node:assert/strict';
import { FakeDns, srv } from '../../support/fake-dns.js';
import { requestOf } from '../../support/memory-engine.js';
import { answerTo, field, fields, proxyRig, type ProxyRig } from '../../support/proxy-rig.js';

const [A, B, C] = ['sip:127.0.0.1:6100', 'sip:127.0.0.1:6200', 'sip:127.0.0.1:6300'] as const;

describe('a proxied request', () => {
  let rig: ProxyRig;

  beforeEach(async () => (rig = await proxyRig()));
  afterEach(async () => {
    rig.clock.advance(40_000);
    rig.clock.advance(40_000);
    assert.deepEqual(
      rig.engine.describe().filter((line) => /proxied|client|server/.test(line)),
      [],
    );
    await rig.close();
    assert.equal(rig.clock.pending, 0);
    assert.equal(rig.metrics.counted('dualstream_sip_internal_errors_total'), 0);
  });

  const cancel = (extra: Record<string, string> = {}): void =>
    rig.caller.send(requestOf('CANCEL', { Via: 'SIP/2.0/UDP 127.0.0.1:6001;branch=z9hG4bKINVITE1;rport', ...extra }));
  const acked = (callee: { requests(method: string): string[] }): number => callee.requests('ACK').length;

  describe('on its way', () => {
    it('gets a Via, loses a hop and keeps everything else', () => {
      rig.proxy({ to: [A] }, { 'X-Mine': 'kept', 'Max-Forwards': '12', uri: 'sip:bob@192.0.2.9' });
      const got = rig.a.last('INVITE');
      assert.match(
        got,
        /^INVITE sip:bob@192\.0\.2\.9 SIP\/2\.0\r\nVia: SIP\/2\.0\/UDP 127\.0\.0\.1:5070;rport;branch=z9hG4bK\w+\r\n/,
      );
      assert.equal(fields(got, 'Via')[1], 'SIP/2.0/UDP 127.0.0.1:6001;branch=z9hG4bKINVITE1;rport=6001');
      assert.equal(field(got, 'Max-Forwards'), '11');
      assert.equal(fields(got, 'Record-Route').length, 0);
      assert.deepEqual(
        [field(got, 'X-Mine'), field(got, 'Call-ID'), field(got, 'From')],
        ['kept', 'c1', '<sip:alice@127.0.0.1:6001>;tag=a1'],
      );
      rig.a.answer('404 Not Found');
    });

    it('to an address of ours is sent on to the destination itself', () => {
      rig.proxy({ to: ['sip:bob@127.0.0.1:6100'] });
      assert.match(rig.a.last('INVITE'), /^INVITE sip:bob@127\.0\.0\.1:6100 SIP/);
      rig.a.answer('404 Not Found');
    });

    it('loses a Route to us and gets the headers of the application in place of its own', () => {
      rig.proxy(
        { to: [A], headers: 'X-App: 1\r\nSubject: ours\r\n' },
        { Route: '<sip:127.0.0.1:5070;lr>, <sip:192.0.2.5;lr>', Subject: 'theirs' },
      );
      const got = rig.a.last('INVITE');
      assert.deepEqual(fields(got, 'Route'), ['<sip:192.0.2.5;lr>']);
      assert.deepEqual([field(got, 'X-App'), ...fields(got, 'Subject')], ['1', 'ours']);
      rig.a.answer('404 Not Found');
    });

    it('registers with a Path', () => {
      rig.proxy({ to: [A], remain: true }, {}, 'REGISTER');
      assert.equal(field(rig.a.last('REGISTER'), 'Path'), '<sip:127.0.0.1:5070;lr>');
      assert.deepEqual(fields(rig.a.last('REGISTER'), 'Record-Route'), []);
      rig.a.answer('200 OK', [], 'REGISTER');
      assert.deepEqual(rig.answers(), ['200']);
    });

    it('finds its destination by DNS and goes to the next server within one destination', async () => {
      await rig.close();
      const zone = {
        srv: { '_sip._udp.example.com': [srv(1, 0, 'x.example', 6100), srv(2, 0, 'x.example', 6200)] },
        a: { 'x.example': ['127.0.0.1'] },
      };
      rig = await proxyRig({ dns: new FakeDns(zone) });
      const id = rig.proxy({ to: ['sip:example.com'] });
      await settled();
      rig.a.answer('503 Service Unavailable');
      await settled();
      rig.b.answer('200 OK');
      assert.deepEqual(rig.answers(), ['200']);
      assert.deepEqual(rig.statuses(id), ['200']);
    });
  });

  describe('with several destinations', () => {
    it('tries one after the other and reports each final response', () => {
      const id = rig.proxy({ to: [A, B] });
      assert.equal(rig.b.requests('INVITE').length, 0);
      rig.a.answer('180 Ringing');
      rig.a.answer('486 Busy Here');
      rig.b.answer('200 OK');
      assert.deepEqual(rig.answers(), ['180', '200']);
      assert.deepEqual(rig.statuses(id), ['486', '200']);
      assert.match(
        rig.told(id)[0] ?? '',
        /\|OK\|network\|\d+\|udp\|127\.0\.0\.1\|6100\|[\d:.]+\|\|\|continue\r\nSIP\/2\.0 486/,
      );
      assert.match(rig.told(id).at(-1) ?? '', /\|OK\|done$/);
      assert.equal(acked(rig.a), 1);
      assert.equal(acked(rig.b), 0);
    });

    it('rings all at once; the first answer cancels the others, and a second one is passed on too', () => {
      const id = rig.proxy({ to: [A, B, C], simultaneous: true });
      for (const each of [rig.a, rig.b, rig.c]) each.answer('180 Ringing');
      rig.b.answer('200 OK');
      assert.match(field(rig.a.last('CANCEL'), 'Reason'), /cause=200/);
      assert.equal(field(rig.a.last('CANCEL'), 'Via'), field(rig.a.last('INVITE'), 'Via'));
      assert.equal(rig.b.requests('CANCEL').length, 0);
      rig.a.answer('200 OK', [], 'CANCEL');
      rig.a.answer('487 Request Terminated');
      // the third answered at the same moment
      rig.c.answer('200 OK');
      assert.deepEqual(rig.answers(), ['180', '180', '180', '200', '200']);
      assert.deepEqual(rig.statuses(id), ['200']);
      assert.equal(rig.told(id).filter((each) => each.endsWith('|OK|done')).length, 1);
    });

    it('passes a repeated 200 on until it is acknowledged', () => {
      rig.proxy({ to: [A] });
      rig.a.answer('200 OK');
      const before = rig.caller.got.length;
      rig.a.answer('200 OK');
      assert.equal(rig.caller.got.length, before + 1);
    });

    const best: [what: string, answers: [string, string], expected: string][] = [
      ['a refusal of the lowest class', ['503 Service Unavailable', '404 Not Found'], '404'],
      ['what the caller can mend', ['404 Not Found', '484 Address Incomplete'], '484'],
      ['a redirection before a failure', ['404 Not Found', '302 Moved Temporarily'], '302'],
      ['6xx before all', ['603 Decline', '404 Not Found'], '603'],
      ['500 in place of 503', ['503 Service Unavailable', '503 Service Unavailable'], '500'],
    ];
    for (const [what, [first, second], expected] of best) {
      it(`answers with ${what}`, () => {
        rig.proxy({ to: [A, B], simultaneous: true });
        rig.a.answer(first);
        rig.b.answer(second);
        assert.deepEqual(rig.answers(), [expected]);
      });
    }

    it('brings the challenges of all branches to the caller', () => {
      rig.proxy({ to: [A, B], simultaneous: true });
      rig.a.answer('401 Unauthorized', ['WWW-Authenticate: Digest realm="a", nonce="1"']);
      rig.b.answer('407 Proxy Authentication Required', ['Proxy-Authenticate: Digest realm="b", nonce="2"']);
      const final = rig.caller.got.at(-1) ?? '';
      assert.match(final, /^SIP\/2\.0 401 .*realm="a"/s);
      assert.match(final, /Proxy-Authenticate: Digest realm="b"/);
    });

    it('stops the search at a challenge, as the caller will come again', () => {
      rig.proxy({ to: [A, B] });
      rig.a.answer('407 Proxy Authentication Required', ['Proxy-Authenticate: Digest realm="a", nonce="1"']);
      assert.deepEqual(rig.answers(), ['407']);
      assert.equal(rig.b.got.length, 0);
    });

    it('with credentials goes to who asked for them, wherever else it could', () => {
      rig.proxy({ to: [A, B] });
      rig.a.answer('404 Not Found');
      rig.b.answer('407 Proxy Authentication Required', ['Proxy-Authenticate: Digest realm="b", nonce="n1"']);
      const again = { Via: 'SIP/2.0/UDP 127.0.0.1:6001;branch=z9hG4bKagain', CSeq: '2 INVITE' };
      rig.proxy(
        { to: [A, B] },
        { ...again, 'Proxy-Authorization': 'Digest username="u", realm="b", nonce="n1", response="x"' },
      );
      assert.equal(rig.a.requests('INVITE').length, 1);
      assert.equal(rig.b.requests('INVITE').length, 2);
      rig.b.answer('200 OK');
      assert.deepEqual(rig.answers(), ['407', '200']);
    });

    it('stops everything at 6xx', () => {
      const id = rig.proxy({ to: [A, B, C], simultaneous: true });
      rig.b.answer('180 Ringing');
      rig.a.answer('603 Decline');
      assert.equal(rig.b.requests('CANCEL').length, 1);
      assert.equal(rig.c.requests('CANCEL').length, 0, 'not before a provisional response');
      rig.c.answer('180 Ringing');
      assert.equal(rig.c.requests('CANCEL').length, 1);
      rig.b.answer('487 Request Terminated');
      rig.c.answer('487 Request Terminated');
      assert.deepEqual(rig.answers(), ['180', '180', '603']);
      assert.deepEqual(rig.statuses(id), ['603', '487', '487']);
    });
  });

  describe('that takes too long', () => {
    it('goes to the next destination when nothing comes in the time for a first response', () => {
      rig.proxy({ to: [A, B], provisional: '2s' });
      rig.clock.advance(1999);
      assert.equal(rig.b.got.length, 0);
      rig.clock.advance(1);
      assert.equal(rig.b.requests('INVITE').length, 1);
      // a response that comes after all is answered by the CANCEL it had to wait for
      rig.a.answer('180 Ringing');
      assert.equal(rig.a.requests('CANCEL').length, 1);
      rig.a.answer('487 Request Terminated');
      rig.b.answer('200 OK');
      assert.deepEqual(rig.answers(), ['200']);
    });

    it('goes to the next destination when it only rings in the time for a final response', () => {
      rig.proxy({ to: [A, B], final: '10000ms' });
      rig.a.answer('180 Ringing');
      rig.clock.advance(10_000);
      assert.equal(rig.a.requests('CANCEL').length, 1);
      rig.a.answer('487 Request Terminated');
      rig.b.answer('486 Busy Here');
      assert.deepEqual(rig.answers(), ['180', '408']);
    });

    it('ends with 408 when nobody answers', () => {
      const id = rig.proxy({ to: [A] });
      rig.clock.advance(32_000);
      assert.deepEqual(rig.answers(), ['408']);
      assert.deepEqual(rig.statuses(id), []);
      assert.match(rig.told(id)[0] ?? '', /\|OK\|done$/);
    });

    it('rings for timer C and no longer, also when the callee ignores the CANCEL', () => {
      rig.proxy({ to: [A] });
      rig.a.answer('180 Ringing');
      rig.clock.advance(180_000);
      rig.a.answer('180 Ringing');
      rig.clock.advance(184_999);
      assert.equal(rig.a.requests('CANCEL').length, 0);
      rig.clock.advance(1);
      assert.equal(rig.a.requests('CANCEL').length, 1);
      assert.deepEqual(rig.answers(), ['180', '408']);
    });

    it('of another method is answered before its sender gives up, and not with 408', () => {
      rig.proxy({ to: [A] }, {}, 'OPTIONS');
      rig.clock.advance(31_500);
      assert.deepEqual(rig.answers(), ['504']);
    });
  });

  describe('that is cancelled', () => {
    it('is cancelled at every branch, and the answers of the branches decide', () => {
      const id = rig.proxy({ to: [A, B], simultaneous: true });
      rig.a.answer('180 Ringing');
      rig.b.answer('180 Ringing');
      cancel({ Reason: 'SIP;cause=600;text="gone"' });
      assert.equal(field(rig.a.last('CANCEL'), 'Reason'), 'SIP;cause=600;text="gone"');
      rig.a.answer('487 Request Terminated');
      rig.b.answer('487 Request Terminated');
      assert.deepEqual(rig.answers(), ['180', '180', '200', '487']);
      assert.deepEqual(rig.statuses(id), ['487', '487']);
      assert.ok(!rig.app.fromNetwork.some((each) => each.includes('CANCEL sip')));
    });

    it('is not sent to further destinations', () => {
      rig.proxy({ to: [A, B] });
      rig.a.answer('180 Ringing');
      cancel();
      rig.a.answer('487 Request Terminated');
      assert.equal(rig.b.got.length, 0);
      assert.deepEqual(rig.answers(), ['180', '200', '487']);
    });

    it('lets an answer through that crossed the CANCEL', () => {
      rig.proxy({ to: [A] });
      rig.a.answer('180 Ringing');
      cancel();
      rig.a.answer('200 OK');
      assert.deepEqual(rig.answers(), ['180', '200', '200']);
      assert.match(rig.caller.got.at(-1) ?? '', /CSeq: 1 INVITE/);
    });

    it('before anything came back ends with 487, and nothing is cancelled that was not heard of', () => {
      rig.proxy({ to: [A] });
      cancel();
      assert.equal(rig.a.requests('CANCEL').length, 0);
      rig.clock.advance(32_000);
      assert.deepEqual(rig.answers(), ['200', '487']);
    });
  });

  describe('that is redirected', () => {
    it('follows the contacts when told so, each once', () => {
      const id = rig.proxy({ to: [A], follow: true });
      rig.a.answer('302 Moved Temporarily', [`Contact: <sip:new@127.0.0.1:6200>, <${A}>, <mailto:x@example.com>`]);
      assert.match(rig.b.last('INVITE'), /^INVITE sip:new@127\.0\.0\.1:6200 SIP/);
      rig.b.answer('302 Moved Temporarily', [`Contact: <sip:new@127.0.0.1:6200>`]);
      assert.deepEqual(rig.answers(), ['302']);
      assert.deepEqual(rig.statuses(id), ['302', '302']);
    });

    it('else brings the redirection to the caller', () => {
      rig.proxy({ to: [A] });
      rig.a.answer('302 Moved Temporarily', [`Contact: <${B}>`]);
      assert.deepEqual(rig.answers(), ['302']);
      assert.equal(rig.b.got.length, 0);
    });

    it('does not grow without bound', () => {
      rig.proxy({ to: [A], follow: true });
      for (let i = 0; i < 60; i++) {
        const contacts = Array.from({ length: 20 }, (_, n) => `<sip:u${i}x${n}@127.0.0.1:6100>`);
        rig.a.answer('302 Moved Temporarily', [`Contact: ${contacts.join(', ')}`]);
      }
      assert.equal(rig.a.requests('INVITE').length, 30);
      assert.deepEqual(rig.answers(), ['302']);
    });
  });

  describe('that may not go on', () => {
    const refused: [what: string, fields: Record<string, string>, status: string, why: RegExp][] = [
      ['without a hop left', { 'Max-Forwards': '0' }, '483', /NOK\|Rejected with 483 Too Many Hops/],
      ['that needs what no proxy of ours knows', { 'Proxy-Require': 'foo' }, '420', /NOK\|Rejected with 420/],
      ['that may not be split so far', { 'Max-Breadth': '1' }, '440', /NOK\|Rejected with 440/],
    ];
    for (const [what, given, status, why] of refused) {
      it(`${what} gets ${status}`, () => {
        const id = rig.proxy({ to: [A, B], simultaneous: true }, given);
        assert.deepEqual(rig.answers(), [status]);
        assert.match(rig.told(id)[0] ?? '', why);
        assert.equal(rig.a.got.length, 0);
      });
    }

    it('shares its Max-Breadth among the branches', () => {
      rig.proxy({ to: [A, B, C], simultaneous: true }, { 'Max-Breadth': '10' });
      assert.deepEqual(
        [rig.a, rig.b, rig.c].map((each) => field(each.last('INVITE'), 'Max-Breadth')),
        ['3', '3', '3'],
      );
      for (const each of [rig.a, rig.b, rig.c]) each.answer('404 Not Found');
    });

    it('that comes round gets 482', () => {
      rig.proxy({ to: [A] });
      const round = rig.a
        .last('INVITE')
        .replace('Via: ', 'Via: SIP/2.0/UDP 127.0.0.1:6100;branch=z9hG4bKother\r\nVia: ');
      rig.a.send(round.replace('INVITE sip:demo@', 'INVITE sip:elsewhere@'));
      assert.match(rig.a.got.at(-1) ?? '', /^SIP\/2\.0 482 /);
      rig.a.answer('404 Not Found');
    });

    it('to nowhere gets 500', () => {
      const id = rig.proxy({ to: ['tel:+4912345', 'sip:'] });
      assert.deepEqual(rig.answers(), ['500']);
      assert.match(rig.told(id)[0] ?? '', /NOK\|error proxying request to/);
    });

    it('is not known twice, and not after an answer', () => {
      rig.proxy({ to: [A] });
      const id = rig.app.fromNetwork[0]?.split('|')[8] ?? '';
      rig.app.say(`proxy|${id}||fullResponse||serial|||${B}`, `INVITE ${B} SIP/2.0\r\n\r\n`);
      assert.match(rig.app.heard.at(-1) ?? '', new RegExp(`NOK\\|Unknown transaction id: ${id}$`));
      rig.app.say(`sip|${id}|`, 'SIP/2.0 200 OK\r\n\r\n');
      assert.match(rig.app.heard.at(-1) ?? '', /NOK\|/);
      rig.a.answer('404 Not Found');
      assert.deepEqual(rig.answers(), ['404']);
    });
  });

  it('goes on when its application is gone', () => {
    rig.proxy({ to: [A, B] });
    rig.app.close();
    rig.a.answer('486 Busy Here');
    rig.b.answer('200 OK');
    assert.deepEqual(rig.answers(), ['200']);
  });

  it('ends with the engine, whatever is open', async () => {
    rig.proxy({ to: [A, B], simultaneous: true });
    rig.a.answer('180 Ringing');
    await rig.close();
    assert.equal(rig.clock.pending, 0);
    rig = await proxyRig();
  });

  it('takes no response with one Via for an answer to it', () => {
    rig.proxy({ to: [A] });
    const answer = answerTo(rig.a.last('INVITE'), '200 OK', 'x');
    rig.a.send(answer.replace(/Via: SIP\/2\.0\/UDP 127\.0\.0\.1:6001[^\r]*\r\n/, ''));
    assert.deepEqual(rig.answers(), []);
    rig.a.answer('404 Not Found');
  });
});

async function settled(): Promise<void> {
  for (let i = 0; i < 8; i++) await new Promise((resolve) => setImmediate(resolve));
}
