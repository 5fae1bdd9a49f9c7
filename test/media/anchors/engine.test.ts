import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { systemClock } from '../../../src/base/clock.js';
import { next } from '../../../src/base/events.js';
import { silentLog } from '../../../src/base/log.js';
import { createMetrics } from '../../../src/base/metrics.js';
import { systemNet } from '../../../src/base/system-net.js';
import { startRtpengine, type AnchorEngine } from '../../../src/media/anchors/engine.js';
import type { RtpengineAnchor } from '../../../src/media/anchors/rtpengine-anchor.js';
import { RtpengineError } from '../../../src/protocol/rtpengine/control.js';

const fixture = (name: string): string => readFileSync(`sdp-fixtures/${name}.offer.sdp`, 'utf8');
const advertised = '198.51.100.7';

/** What Chromium puts below each of its lines. */
const browserLines = [
  'a=ice-ufrag:Xq3f',
  'a=ice-pwd:bYw0u2GHv8sL5nR1pTzQ7kEd',
  'a=ice-options:trickle',
  `a=fingerprint:sha-256 ${Array.from({ length: 32 }, (_, n) => (n + 16).toString(16).toUpperCase()).join(':')}`,
  'a=setup:actpass',
  'a=rtcp-mux',
].join('\r\n');

/** The recorded offers, with the keys that were left out of the recordings. */
const offers = {
  dtls: fixture('chromium-rtpengine-content-attribute')
    .replaceAll('RTP/AVPF', 'UDP/TLS/RTP/SAVPF')
    .replace(/^a=mid:.*$/gm, (mid) => `${mid.trimEnd()}\r\n${browserLines}`),
  sdes: fixture('polycom-group-sdes').replace(/inline:[A-Z0-9]+/g, `inline:${'A'.repeat(40)}`),
};
const profiles = { dtls: 'UDP/TLS/RTP/SAVPF', sdes: 'RTP/SAVP' };

function start(): Promise<AnchorEngine> {
  const from = 30_000 + (process.pid % 250) * 100;
  return startRtpengine({
    net: systemNet,
    clock: systemClock,
    log: silentLog,
    metrics: createMetrics(),
    outside: [
      { bind: '127.0.0.1', advertise: '127.0.0.1' },
      { bind: '127.0.0.1', advertise: advertised },
    ],
    ports: { from, to: from + 99 },
  });
}

/** The m-lines with the lines below each. */
function sections(sdp: string): string[] {
  return sdp.split(/\r?\n(?=m=)/).slice(1);
}

/** A plain answer that takes what is offered, or an offer of the same. */
function plainFor(sdp: string, port: number): string {
  const lines = sections(sdp).map((section, index) => {
    const [head = '', ...rest] = section.split(/\r?\n/);
    const [media, offered, profile, ...formats] = head.split(' ');
    if (offered === '0' || !/audio|video/.test(media ?? '')) return `${media} 0 ${profile} ${formats.join(' ')}`;
    const maps = rest.filter((line) => /^a=(rtpmap|fmtp|rtcp-fb|content|mid)/.test(line));
    return [`${media} ${port + 2 * index} ${profile} ${formats.join(' ')}`, ...maps].join('\r\n');
  });
  return `v=0\r\no=dualstream 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n${lines.join('\r\n')}\r\n`;
}

describe('the rtpengine anchor', function () {
  let engine: AnchorEngine;
  let count = 0;
  let anchor: RtpengineAnchor;

  before(async function () {
    const installed = spawnSync('rtpengine', ['--version']).error === undefined;
    if (!installed) return this.skip();
    engine = await start();
  });
  after(() => engine?.close());
  afterEach(() => anchor?.close());

  it('takes a browser offer to plain RTP and our answer back to DTLS and ICE', async () => {
    anchor = engine.open(`web-${++count}`, 'dtls', advertised);
    const plain = await anchor.offerFromPeer(offers.dtls);
    assert.doesNotMatch(plain, /fingerprint|candidate|ice-|crypto|rtcp-mux|BUNDLE/);
    assert.match(plain, /^m=audio \d+ RTP\/AVPF .*\r?\n(?:.*\r?\n)*?c=IN IP4 127\.0\.0\.1/m);
    const answer = await anchor.answerToPeer(plainFor(plain, 41_000));
    for (const section of sections(answer)) {
      assert.match(section, /^m=(audio|video) [1-9]\d* UDP\/TLS\/RTP\/SAVPF /);
      assert.match(section, /a=fingerprint:sha-256 /);
      assert.match(section, /a=rtcp-mux/);
      assert.match(section, new RegExp(`a=candidate:.* ${advertised.replaceAll('.', '\\.')} \\d+ typ host`));
    }
    assert.deepEqual(answer.match(/a=content:\w+/g), plain.match(/a=content:\w+/g));
  });

  it('shows every address of ours to a browser whose own is hidden', async () => {
    anchor = engine.open(`hidden-${++count}`, 'dtls', null);
    const answer = await anchor.answerToPeer(plainFor(await anchor.offerFromPeer(offers.dtls), 41_100));
    for (const section of sections(answer)) {
      for (const address of ['127.0.0.1', advertised]) assert.ok(section.includes(` ${address} `), section);
    }
  });

  it('takes an offer with SDES keys to plain RTP and our answer back to keys', async () => {
    anchor = engine.open(`sdes-${++count}`, 'sdes', '127.0.0.1');
    const offer = offers.sdes;
    const plain = await anchor.offerFromPeer(offer);
    assert.doesNotMatch(
      sections(plain)
        .filter((section) => /^m=(audio|video)/.test(section))
        .join(''),
      /crypto|SAVP/,
    );
    const answer = await anchor.answerToPeer(plainFor(plain, 42_000));
    const heads = (sdp: string): string[] => sections(sdp).map((section) => /^m=(\w+)/.exec(section)?.[1] ?? '');
    assert.deepEqual(heads(answer), heads(offer));
    const [audio = ''] = sections(answer);
    assert.match(audio, /^m=audio [1-9]\d* RTP\/SAVP /);
    assert.match(audio, /a=crypto:\d+ AES_CM_128_HMAC_SHA1_80 inline:/);
    assert.doesNotMatch(audio, /fingerprint/);
  });

  for (const keying of ['dtls', 'sdes'] as const) {
    it(`carries later offers of both sides (${keying})`, async () => {
      anchor = engine.open(`again-${++count}`, keying, '127.0.0.1');
      const keyed = offers[keying];
      const profile = profiles[keying];
      const plain = await anchor.offerFromPeer(keyed);
      const first = await anchor.answerToPeer(plainFor(plain, 43_000));
      const ours = await anchor.offerToPeer(plainFor(plain, 43_000));
      assert.ok(sections(ours)[0]?.includes(` ${profile} `), ours);
      assert.equal(
        sections(ours)[0]?.split(' ')[1],
        sections(first)[0]?.split(' ')[1],
        'the port towards the peer stays',
      );
      const back = await anchor.answerFromPeer(keyed);
      assert.doesNotMatch(back, /fingerprint|a=candidate/);
      const again = await anchor.offerFromPeer(keyed);
      assert.equal(sections(again)[0]?.split(' ')[1], sections(plain)[0]?.split(' ')[1], 'the port towards us stays');
      const answer = await anchor.answerToPeer(plainFor(again, 43_000));
      assert.ok(sections(answer)[0]?.includes(` ${profile} `), answer);
    });
  }

  it('says when rtpengine refuses', async () => {
    anchor = engine.open(`bad-${++count}`, 'dtls', '127.0.0.1');
    await assert.rejects(anchor.answerToPeer(plainFor('m=audio 5 RTP/AVP 0', 44_000)), RtpengineError);
  });

  it('comes back after it was killed, and tells that calls were lost', async () => {
    const pid = engine.pid ?? 0;
    const lost = next(engine.on, 'lost');
    const back = next(engine.on, 'back');
    process.kill(pid, 'SIGKILL');
    assert.deepEqual(await lost, { reason: 'SIGKILL' });
    assert.equal(engine.up, false);
    await back;
    assert.notEqual(engine.pid, pid);
    anchor = engine.open(`new-${++count}`, 'sdes', '127.0.0.1');
    assert.match(await anchor.offerFromPeer(offers.sdes), /m=audio [1-9]/);
  });
});
