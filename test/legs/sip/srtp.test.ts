import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { systemClock } from '../../../src/base/clock.js';
import { silentLog } from '../../../src/base/log.js';
import { createMetrics } from '../../../src/base/metrics.js';
import { systemNet } from '../../../src/base/system-net.js';
import type { SrtpRules } from '../../../src/legs/sip/srtp-policy.js';
import { startRtpengine, type AnchorEngine } from '../../../src/media/anchors/engine.js';
import { describePeer, linesOf } from '../../support/offers.js';
import type { RawCall } from '../../support/raw-call.js';
import { startSipRig, type SipRig } from '../../support/sip-rig.js';
import { waitUntil } from '../../support/wait.js';

const lengths: Record<string, number> = {
  AES_CM_128_HMAC_SHA1_80: 30,
  AES_CM_128_HMAC_SHA1_32: 30,
  AES_256_CM_HMAC_SHA1_80: 46,
  AEAD_AES_128_GCM: 28,
  AEAD_AES_256_GCM: 44,
};

/** A description with keys of one suite on its audio and video lines. */
function keyed(sdp: string, profile = 'RTP/SAVP', suite = 'AES_CM_128_HMAC_SHA1_80'): string {
  const key = Buffer.alloc(lengths[suite] ?? 30, 7).toString('base64');
  return sdp
    .split(/^(?=m=)/m)
    .map((section) =>
      /^m=(audio|video)/.test(section)
        ? `${section.replace('RTP/AVP', profile)}a=crypto:1 ${suite} inline:${key}\r\n`
        : section,
    )
    .join('');
}

/** The same as a browser would say it. */
function ofBrowser(sdp: string): string {
  const print = Array.from({ length: 32 }, () => '5A').join(':');
  const ice = ['a=ice-ufrag:abcdefgh', 'a=ice-pwd:0123456789abcdefghijklmn', `a=fingerprint:sha-256 ${print}`];
  return sdp
    .split(/^(?=m=)/m)
    .map((section, index) =>
      index === 0
        ? section
        : `${section.replace('RTP/AVP', 'UDP/TLS/RTP/SAVPF')}${[...ice, 'a=setup:actpass', 'a=rtcp-mux', `a=mid:${index}`, ''].join('\r\n')}`,
    )
    .join('');
}

/** What a section says of its transport. */
function transportOf(sdp: string, index: number): string[] {
  const section = sdp.split(/^(?=m=)/m)[index + 1] ?? '';
  const lines = section.split('\r\n');
  return [
    /^m=\S+ (\d+)/.exec(section)?.[1] ?? '',
    ...lines.filter((l) => /^a=(ice-ufrag|ice-pwd|fingerprint|candidate)/.test(l)).sort(),
  ];
}

const heads = (sdp: string): string =>
  [...sdp.matchAll(/^m=(\w+) (\d+) (\S+)/gm)]
    .map(([, media, port, profile]) => `${media} ${port === '0' ? 'off' : 'on'} ${profile}`)
    .join(', ');

describe('encryption of calls, by a real rtpengine', function () {
  let rig: SipRig;
  let engine: AnchorEngine | null = null;
  let down = false;
  const rules: SrtpRules = { listener: null, room: 'optional', keysNeedTls: false };

  before(async function () {
    if (spawnSync('rtpengine', ['--version']).error !== undefined) return this.skip();
    const from = 56_000 + (process.pid % 30) * 100;
    engine = await startRtpengine({
      net: systemNet,
      clock: systemClock,
      log: silentLog,
      metrics: createMetrics(),
      outside: [{ bind: '127.0.0.1', advertise: '127.0.0.1' }],
      ports: { from, to: from + 99 },
    });
    const open = (id: string, keying: 'none' | 'sdes' | 'dtls') =>
      engine && !down ? Promise.resolve(engine.open(id, keying, '127.0.0.1')) : null;
    rig = await startSipRig({ encryption: { open, rules } });
  });
  after(async () => {
    await rig?.close();
    await engine?.close();
  });
  afterEach(() => rig.nothingLeft());

  const roster = () =>
    rig
      .room('demo')
      .describe()
      .participants.map(({ encrypted }) => encrypted);
  const refused = async (call: RawCall, sdp: string, words: RegExp): Promise<void> => {
    call.send('INVITE', sdp);
    const answer = await call.final('INVITE');
    assert.match(answer.start, / 488 /);
    assert.match(answer.message.headers.get('warning') ?? '', words);
  };

  it('`required` refuses plain calls with words, and shows the others as encrypted', async () => {
    rules.room = 'required';
    await refused(await rig.call('demo'), describePeer(), /encrypted media \(SRTP\) is required/);
    const call = await rig.call('demo');
    await call.invite(keyed(describePeer()));
    assert.equal(heads(call.sdp), 'audio on RTP/SAVP, video on RTP/SAVP');
    assert.equal(call.sdp.match(/^a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:/gm)?.length, 2);
    assert.deepEqual(roster(), [true]);
    await call.bye();
  });

  for (const suite of Object.keys(lengths)) {
    it(`takes ${suite}, also beside a plain profile`, async () => {
      rules.room = 'required';
      for (const profile of ['RTP/SAVP', 'RTP/AVP']) {
        const call = await rig.call('demo');
        await call.invite(keyed(describePeer(), profile, suite));
        assert.equal(heads(call.sdp), `audio on ${profile}, video on ${profile}`);
        assert.equal(call.sdp.match(new RegExp(`^a=crypto:1 ${suite} inline:`, 'gm'))?.length, 2, call.sdp);
        await call.bye();
      }
    });
  }

  it('`required` takes the secure line of a pair', async () => {
    rules.room = 'required';
    const call = await rig.call('demo');
    const plain = describePeer({ video: null });
    const secure = keyed(plain).split(/^(?=m=)/m)[1] ?? '';
    await call.invite(plain + secure.replace('40000', '40020'));
    assert.equal(heads(call.sdp), 'audio off RTP/AVP, audio on RTP/SAVP');
    assert.deepEqual(roster(), [true]);
    await call.bye();
  });

  it('`required` lets no later offer take the keys away, by re-INVITE or UPDATE', async () => {
    rules.room = 'required';
    const call = await rig.call('demo');
    await call.invite(keyed(describePeer()));
    const half = keyed(describePeer({ version: 2 }))
      .replace(/(m=video \d+ )RTP\/SAVP/, '$1RTP/AVP')
      .replace(/a=crypto.*\r\n$/, '');
    for (const method of ['INVITE', 'UPDATE']) {
      for (const sdp of [describePeer({ version: 2 }), half]) {
        call.send(method, sdp);
        const answer = await call.final(method);
        assert.match(answer.start, / 488 /, method);
        assert.match(answer.message.headers.get('warning') ?? '', /SRTP/);
      }
    }
    assert.deepEqual(roster(), [true]);
    call.send('INVITE', keyed(describePeer({ version: 3, audio: 'sendonly' })));
    assert.match((await call.final('INVITE')).start, / 200 /, 'a change that keeps them goes through');
    call.ack();
    await call.bye();
  });

  it('`optional` lets a call become plain, and says so', async () => {
    rules.room = 'optional';
    const call = await rig.call('demo');
    await call.invite(keyed(describePeer()));
    assert.deepEqual(roster(), [true]);
    call.send('INVITE', describePeer({ version: 2 }));
    assert.match((await call.final('INVITE')).start, / 200 /);
    call.ack();
    assert.equal(heads(call.sdp), 'audio on RTP/AVP, video on RTP/AVP');
    assert.deepEqual(roster(), [false]);
    await call.bye();
  });

  it('`required` makes our own offer a secure one, and hangs up on a plain answer', async () => {
    rules.room = 'required';
    const call = await rig.call('demo');
    await call.invite('', [], false);
    assert.match(
      heads(call.sdp),
      /^audio on RTP\/SAVP, video on RTP\/SAVP, application on UDP\/BFCP, video on RTP\/SAVP/,
    );
    assert.ok((call.sdp.match(/^a=crypto:\d+ AES_CM_128_HMAC_SHA1_80 inline:/gm)?.length ?? 0) === 3, call.sdp);
    assert.doesNotMatch(call.sdp, /NULL_|F8_|fingerprint/);
    const tag = /^a=crypto:(\d+) AES_CM_128_HMAC_SHA1_80 /m.exec(call.sdp)?.[1] ?? '';
    const answer = keyed(describePeer({ content: 'sendrecv', floor: 'UDP' })).replaceAll(
      'a=crypto:1',
      `a=crypto:${tag}`,
    );
    call.ack(answer.replace(/a=floorid.*\r\n/, '').replace('c-s', 'c-only'));
    await waitUntil(() => rig.room('demo').size === 1, 2000);
    assert.deepEqual(roster(), [true]);
    await call.bye();
    const other = await rig.call('demo');
    await other.invite('', [], false);
    other.ack(describePeer());
    const bye = await other.request('BYE');
    assert.match(bye.message.headers.get('reason') ?? '', /SRTP/);
    other.peer.answer(bye, '200 OK');
  });

  it('`off` refuses keys that are demanded and leaves those out that are offered', async () => {
    rules.room = 'off';
    await refused(await rig.call('demo'), keyed(describePeer()), /encrypted media is not taken/);
    const call = await rig.call('demo');
    await call.invite(keyed(describePeer(), 'RTP/AVP'));
    assert.equal(linesOf(call.sdp), 'audio sendrecv, video sendrecv');
    assert.doesNotMatch(call.sdp, /crypto/);
    assert.deepEqual(roster(), [false]);
    await call.bye();
  });

  it('the listener counts where it is stricter', async () => {
    Object.assign(rules, { room: 'optional', listener: 'required' });
    await refused(await rig.call('demo'), describePeer(), /required/);
    Object.assign(rules, { room: 'required', listener: 'off' });
    await refused(await rig.call('demo'), keyed(describePeer()), /this listener takes none/);
    rules.listener = null;
  });

  it('keys over clear signalling are refused where TLS is asked for', async () => {
    Object.assign(rules, { room: 'optional', keysNeedTls: true });
    await refused(await rig.call('demo'), keyed(describePeer()), /over TLS only/);
    const call = await rig.call('demo');
    await call.invite(keyed(describePeer(), 'RTP/AVP'));
    assert.doesNotMatch(call.sdp, /crypto/);
    await call.bye();
    rules.keysNeedTls = false;
  });

  it('`required` means 503 while there is no media engine, never a plain call', async () => {
    rules.room = 'required';
    down = true;
    for (const sdp of [keyed(describePeer()), keyed(describePeer(), 'RTP/AVP'), '']) {
      const call = await rig.call('demo');
      call.send('INVITE', sdp);
      const answer = await call.final('INVITE');
      assert.match(answer.start, / 503 /);
      assert.ok(answer.message.headers.has('retry-after'));
    }
    down = false;
  });

  it('a browser keeps its ICE when its reserved content line is turned on', async () => {
    rules.room = 'optional';
    const anna = await rig.call('demo', 'Anna');
    await anna.invite(describePeer({ content: 'sendrecv', floor: 'UDP' }));
    const page = await rig.call('demo', 'Page');
    await page.invite(ofBrowser(describePeer({ content: 'inactive' })));
    assert.match(linesOf(page.sdp), /^audio \w+, video \w+, video inactive$/);
    const room = rig.room('demo');
    room.requestFloor(room.describe().participants.find(({ name }) => name === 'Anna')?.id ?? 0);
    const offer = await page.request('INVITE');
    const body = offer.message.body.toString();
    assert.match(linesOf(body), /, video sendonly$/);
    for (const index of [0, 1, 2]) {
      const was = transportOf(page.sdp, index);
      assert.ok(was.length >= 4, was.join());
      assert.deepEqual(transportOf(body, index), was);
    }
    const answer = ofBrowser(describePeer({ content: 'recvonly', version: 2 })).replaceAll(
      'setup:actpass',
      'setup:active',
    );
    page.peer.answer(offer, '200 OK', [`Contact: ${page.contact}`], answer);
    await page.request('ACK');
    await waitUntil(() => rig.plane.chains().some((chain) => /content -> .*content/.test(chain)), 2000);
    await Promise.all([anna.bye(), page.bye()]);
  });
});
