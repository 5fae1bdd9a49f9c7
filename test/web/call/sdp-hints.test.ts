import assert from 'node:assert/strict';
import { markContent, startKbps, withStartRate } from '../../../src/web/call/sdp-hints.js';

const sdp = [
  'v=0',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111',
  'a=rtpmap:111 opus/48000/2',
  'a=fmtp:111 useinbandfec=1',
  'm=video 9 UDP/TLS/RTP/SAVPF 114 108',
  'a=rtpmap:114 H264/90000',
  'a=fmtp:114 packetization-mode=0;profile-level-id=42e028',
  'a=rtpmap:108 H264/90000',
  'a=fmtp:108 packetization-mode=1;profile-level-id=42e028',
  'm=video 9 UDP/TLS/RTP/SAVPF 114',
  'a=rtpmap:114 H264/90000',
  'a=fmtp:114 packetization-mode=1;profile-level-id=42e028',
  '',
].join('\r\n');

describe('what the page adds to descriptions', () => {
  it('names the first video line main and the second slides', () => {
    const lines = markContent(sdp).split('\r\n');
    assert.deepEqual(
      lines.filter((line) => /^m=|^a=content/.test(line)).map((line) => line.replace(/ .*/, '')),
      ['m=audio', 'm=video', 'a=content:main', 'm=video', 'a=content:slides'],
    );
    assert.equal(lines.length, sdp.split('\r\n').length + 2);
  });

  it('marks the third and the fourth as low encodings, and begins nothing anew for them', () => {
    const more = sdp + sdp.slice(sdp.indexOf('m=video'));
    const marked = markContent(more);
    assert.deepEqual(
      marked.match(/^a=(content|label):.*$/gm)?.map((line) => line.trim()),
      [
        ...['a=content:main', 'a=content:slides'],
        ...['a=content:alt', 'a=label:low-main', 'a=content:alt', 'a=label:low-slides'],
      ],
    );
    const hinted = withStartRate(marked).split(/^(?=m=)/m);
    assert.deepEqual(
      hinted.map((section) => section.includes('x-google-start-bitrate')),
      [false, false, true, true, false, false],
    );
  });

  it('tells every H.264 format of the gateway where to begin, and nothing else', () => {
    const hint = `;x-google-start-bitrate=${startKbps}`;
    const changed = withStartRate(sdp).split('\r\n');
    for (const [i, line] of sdp.split('\r\n').entries()) {
      const h264 = line.startsWith('a=fmtp:114') || line.startsWith('a=fmtp:108');
      assert.equal(changed[i], h264 ? line + hint : line);
    }
  });
});
