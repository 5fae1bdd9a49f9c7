import assert from 'node:assert/strict';
import { SdpSession, type Locals } from '../../src/media/sdp-session.js';
import { parseSdp } from '../../src/protocol/sdp/parse.js';
import { findStreams } from '../../src/protocol/sdp/streams.js';
import { fixtureLocals } from './support/fixtures.js';

const video = (port: number, direction: string, ...more: string[]): string[] => [
  `m=video ${port} RTP/AVPF 108`,
  'a=rtpmap:108 H264/90000',
  'a=fmtp:108 packetization-mode=1;profile-level-id=42e01f;level-asymmetry-allowed=1',
  ...['nack', 'nack pli', 'goog-remb'].map((feedback) => `a=rtcp-fb:108 ${feedback}`),
  ...more.map((line) => `a=${line}`),
  `a=${direction}`,
];
const first = [
  ...['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 't=0 0'],
  ...['m=audio 4000 RTP/AVPF 8', 'a=rtpmap:8 PCMA/8000', 'a=sendrecv'],
  ...video(4002, 'sendrecv', 'content:main'),
  ...video(4004, 'sendrecv', 'content:slides'),
];
const lows = [
  ...video(4006, 'sendonly', 'content:alt', 'label:low-main'),
  ...video(4008, 'sendonly', 'content:alt', 'label:low-slides'),
];
const text = (lines: string[]): string => `${lines.join('\r\n')}\r\n`;
const local = (rtpPort: number) => ({ address: '192.0.2.9', rtpPort, rtcpPort: rtpPort + 1 });
const locals: Locals = {
  ...{ ...fixtureLocals(), floor: null },
  ...{ lowVideo: local(50_020), lowContent: local(50_022) },
  direction: { lowVideo: 'recvonly', lowContent: 'recvonly' },
};
const section = (sdp: string, index: number): string => sdp.split(/\r\n(?=m=)/)[index + 1] ?? '';
const indexes = (lines: string[]) => findStreams(parseSdp(text(lines)).media);

describe('low encodings in descriptions', () => {
  it('are what says so by our own labels, and nothing else is', () => {
    assert.deepEqual(indexes([...first, ...lows]), {
      ...{ audio: 0, video: 1, content: 2, floor: null, fecc: null },
      ...{ lowVideo: 3, lowContent: 4 },
    });
    const other = video(4006, 'sendonly', 'content:alt', 'label:13');
    assert.deepEqual(indexes([...first, ...other]), { audio: 0, video: 1, content: 2, floor: null, fecc: null });
    const named = video(4006, 'sendrecv', 'content:main', 'label:low-main');
    assert.equal(indexes([...first.slice(0, 8), ...named]).video, 1);
  });

  it('never become the main picture or content, even alone', () => {
    const { video: main, content, lowVideo } = indexes([...first.slice(0, 8), ...lows]);
    assert.deepEqual([main, content, lowVideo], [null, null, 1]);
  });

  it('are added by the peer later, answered receive-only and without an estimate of its own', () => {
    const session = new SdpSession({ sessionId: '1' });
    const before = session.answer(text(first), locals);
    assert.deepEqual(Object.keys(before.lines), ['audio', 'video', 'content']);
    const after = session.answer(text([...first, ...lows]), locals);
    assert.equal(section(after.sdp, 1).trim(), section(before.sdp, 1).trim());
    assert.equal(section(after.sdp, 2).trim(), section(before.sdp, 2).trim());
    assert.match(section(after.sdp, 3), /^m=video 50020 /);
    assert.match(section(after.sdp, 3), /a=content:alt\r\na=label:low-main\r\na=recvonly/);
    assert.match(section(after.sdp, 4), /^m=video 50022 [^]*a=label:low-slides\r\na=recvonly/);
    assert.doesNotMatch(section(after.sdp, 3) + section(after.sdp, 4), /goog-remb/);
    assert.match(section(after.sdp, 1), /goog-remb/);
    assert.equal(after.lines.lowVideo?.direction, 'recvonly');
    assert.equal(/^b=AS:.*$/m.exec(after.sdp)?.[0], /^b=AS:.*$/m.exec(before.sdp)?.[0], 'no more is asked for');
  });

  it('are refused in place where they are not taken, and the rest stands', () => {
    const session = new SdpSession({ sessionId: '1' });
    const { sdp, lines } = session.answer(text([...first, ...lows]), { ...locals, lowVideo: null, lowContent: null });
    assert.deepEqual(Object.keys(lines), ['audio', 'video', 'content']);
    assert.match(section(sdp, 3), /^m=video 0 /);
    assert.match(section(sdp, 4), /^m=video 0 /);
  });

  it('keep their lines in offers of ours', () => {
    const session = new SdpSession({ sessionId: '1' });
    const { sdp: answered } = session.answer(text([...first, ...lows]), locals);
    const offer = session.offer(locals);
    assert.equal(offer.match(/^m=/gm)?.length, 5);
    assert.match(section(offer, 3), /^m=video 50020 [^]*a=label:low-main[^]*a=recvonly/);
    assert.doesNotMatch(section(offer, 3), /goog-remb/);
    const { lines } = session.accept(text([...first, ...lows]));
    assert.equal(lines.lowContent?.direction, 'recvonly');
    assert.ok(answered.includes('low-slides'));
  });
});
