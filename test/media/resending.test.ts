import assert from 'node:assert/strict';
import { gatewayAbilities } from '../../src/media/abilities.js';
import { SdpSession, type Locals } from '../../src/media/sdp-session.js';

const local = (rtpPort: number, ssrc: number): NonNullable<Locals['video']> => ({
  ...{ address: '192.0.2.1', rtpPort, rtcpPort: rtpPort + 1 },
  sender: { ssrc, resendSsrc: ssrc + 1, cname: 'leg@dualstream' },
});
const locals: Locals = {
  audio: null,
  video: local(20_000, 10),
  content: null,
  floor: null,
  abilities: gatewayAbilities(),
};
const head = ['v=0', 'o=- 1 1 IN IP4 192.0.2.9', 's=-', 'c=IN IP4 192.0.2.9', 't=0 0'];
const describeVideo = (numbers: string, ...lines: string[]): string =>
  [...head, `m=video 40000 RTP/AVPF ${numbers}`, ...lines, ''].join('\r\n');
const h264 = (pt: number, mode: number): string[] => [
  `a=rtpmap:${pt} H264/90000`,
  `a=fmtp:${pt} profile-level-id=42e01f;packetization-mode=${mode}`,
];
const rtx = (pt: number, apt: number): string[] => [`a=rtpmap:${pt} rtx/90000`, `a=fmtp:${pt} apt=${apt}`];
const resendLines = (sdp: string): string[] => sdp.split('\r\n').filter((line) => /rtx|apt=|ssrc|^m=video/.test(line));

describe('numbers for what is sent again (RFC 4588)', () => {
  const offer = describeVideo(
    '103 104 105 106 96 97',
    ...h264(103, 1),
    ...rtx(104, 103),
    ...h264(105, 0),
    ...rtx(106, 105),
    'a=rtpmap:96 VP8/90000',
    ...rtx(97, 96),
    'a=rtcp-fb:* nack',
  );

  it('are answered for the formats in use, with the stream that repeats ours', () => {
    const session = new SdpSession({ sessionId: '1' });
    const agreed = session.answer(offer, locals);
    assert.deepEqual(resendLines(agreed.sdp), [
      'm=video 20000 RTP/AVPF 105 103 104 106',
      ...[...rtx(104, 103), ...rtx(106, 105)],
      'a=ssrc-group:FID 10 11',
      'a=ssrc:10 cname:leg@dualstream',
      'a=ssrc:11 cname:leg@dualstream',
    ]);
    const both = [
      { pt: 104, apt: 103 },
      { pt: 106, apt: 105 },
    ];
    assert.deepEqual(agreed.lines.video?.rtx, { receive: both, send: both });
  });

  it('stay in offers of ours in the same call, and the answer settles which', () => {
    const session = new SdpSession({ sessionId: '1' });
    session.answer(offer, locals);
    assert.ok(resendLines(session.offer(locals)).includes('a=fmtp:104 apt=103'));
    const answer = describeVideo('103 104 105', ...h264(103, 1), ...rtx(104, 103), ...h264(105, 0), 'a=rtcp-fb:* nack');
    const one = [{ pt: 104, apt: 103 }];
    assert.deepEqual(session.accept(answer).lines.video?.rtx, { receive: one, send: one });
    session.offer(locals);
    assert.equal(session.accept(describeVideo('103', ...h264(103, 1))).lines.video?.rtx, undefined);
    assert.ok(!session.offer(locals).includes('rtx'), 'and are gone for good');
  });

  it('are never offered first, nor answered where the offer has none of use', () => {
    assert.ok(!new SdpSession({ sessionId: '1' }).offer(locals).includes('rtx'));
    for (const odd of [
      describeVideo('103 97', ...h264(103, 1), ...rtx(97, 96)),
      describeVideo('103 97', ...h264(103, 1), 'a=rtpmap:97 rtx/90000'),
      describeVideo('103 97', ...h264(103, 1), 'a=rtpmap:97 rtx/90000', 'a=fmtp:97 apt=x;rtx-time=3000'),
    ]) {
      const agreed = new SdpSession({ sessionId: '1' }).answer(odd, locals);
      assert.equal(agreed.lines.video?.rtx, undefined);
      assert.deepEqual(resendLines(agreed.sdp), ['m=video 20000 RTP/AVPF 103']);
    }
  });
});
