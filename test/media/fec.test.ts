import assert from 'node:assert/strict';
import { gatewayAbilities } from '../../src/media/abilities.js';
import { SdpSession, type Locals } from '../../src/media/sdp-session.js';

const local = (rtpPort: number): NonNullable<Locals['video']> => {
  return { address: '192.0.2.1', rtpPort, rtcpPort: rtpPort + 1 };
};
const locals: Locals = { audio: null, video: local(20_000), content: null, floor: null, abilities: gatewayAbilities() };
const head = ['v=0', 'o=- 1 1 IN IP4 192.0.2.9', 's=-', 'c=IN IP4 192.0.2.9', 't=0 0'];
const describeVideo = (numbers: string, ...lines: string[]): string =>
  [...head, `m=video 40000 RTP/AVPF ${numbers}`, ...lines, ''].join('\r\n');
const h264 = (pt: number): string[] => [
  `a=rtpmap:${pt} H264/90000`,
  `a=fmtp:${pt} profile-level-id=42e01f;packetization-mode=1`,
];
const rtx = (pt: number, apt: number): string[] => [`a=rtpmap:${pt} rtx/90000`, `a=fmtp:${pt} apt=${apt}`];
const fec = (red: number, ulpfec: number): string[] => [`a=rtpmap:${red} red/90000`, `a=rtpmap:${ulpfec} ulpfec/90000`];
const fecLines = (sdp: string): string[] =>
  sdp.split('\r\n').filter((line) => /red|ulpfec|rtx|apt=|^m=video/.test(line));
const offer = describeVideo('103 104 114 115 116', ...h264(103), ...rtx(104, 103), ...fec(114, 116), ...rtx(115, 114));

describe('numbers of FEC (RFC 5109, RFC 2198)', () => {
  it('are answered where both are offered, and what was in RED may be sent again too', () => {
    const agreed = new SdpSession({ sessionId: '1' }).answer(offer, locals);
    assert.deepEqual(fecLines(agreed.sdp), [
      'm=video 20000 RTP/AVPF 103 104 115 114 116',
      ...[...rtx(104, 103), ...rtx(115, 114), ...fec(114, 116)],
    ]);
    const numbers = { red: 114, ulpfec: 116 };
    assert.deepEqual(agreed.lines.video?.fec, { receive: numbers, send: numbers });
    assert.deepEqual(
      agreed.lines.video?.rtx?.send.map(({ apt }) => apt),
      [103, 114],
    );
  });

  it('are not, where one is missing, means something else, or FEC is switched off', () => {
    const bad = [
      describeVideo('103 114', ...h264(103), 'a=rtpmap:114 red/90000'),
      describeVideo('103 116', ...h264(103), 'a=rtpmap:116 ulpfec/90000'),
      describeVideo('103 114 116', ...h264(103), 'a=rtpmap:114 red/8000', 'a=rtpmap:116 ulpfec/90000'),
      describeVideo('103 116', 'a=rtpmap:103 red/90000', ...h264(103), 'a=rtpmap:116 ulpfec/90000'),
    ];
    for (const one of bad) {
      const agreed = new SdpSession({ sessionId: '1' }).answer(one, locals);
      assert.equal(agreed.lines.video?.fec, undefined, one);
      assert.deepEqual(fecLines(agreed.sdp), ['m=video 20000 RTP/AVPF 103']);
    }
    const off = new SdpSession({ sessionId: '1' }).answer(offer, {
      ...locals,
      abilities: gatewayAbilities(undefined, false, false),
    });
    assert.deepEqual(fecLines(off.sdp), ['m=video 20000 RTP/AVPF 103 104', ...rtx(104, 103)]);
  });

  it('are for pictures: RED of sound is left alone', () => {
    const audio = [...head, 'm=audio 40000 RTP/AVP 0 63 64', 'a=rtpmap:63 red/90000', 'a=rtpmap:64 ulpfec/90000', ''];
    const agreed = new SdpSession({ sessionId: '1' }).answer(audio.join('\r\n'), { ...locals, audio: local(20_002) });
    assert.equal(agreed.lines.audio?.fec, undefined);
    assert.ok(!agreed.sdp.includes('red'));
  });

  it('stay in offers of ours in the same call, and the answer settles whether, under its own numbers', () => {
    const session = new SdpSession({ sessionId: '1' });
    session.answer(offer, locals);
    const content = { ...locals, content: local(20_004) };
    const [main, added] = session.offer(content).split('m=video').slice(1);
    for (const line of fec(114, 116)) assert.ok(main?.includes(line) && added?.includes(line), line);
    const answer = `${describeVideo('103 120 121', ...h264(103), ...fec(120, 121))}m=video 0 RTP/AVPF 103\r\n`;
    const agreed = session.accept(answer);
    assert.deepEqual(agreed.lines.video?.fec, { receive: { red: 114, ulpfec: 116 }, send: { red: 120, ulpfec: 121 } });
    session.offer(locals);
    assert.equal(
      session.accept(`${describeVideo('103', ...h264(103))}m=video 0 RTP/AVPF 103\r\n`).lines.video?.fec,
      undefined,
    );
    assert.ok(!session.offer(locals).includes('ulpfec'), 'and is gone for good');
  });

  it('are offered first only to who is known to take them, beside all other numbers', () => {
    assert.ok(!new SdpSession({ sessionId: '1' }).offer(locals).includes('ulpfec'));
    const both: Locals = {
      ...{ ...locals, audio: local(20_002), content: local(20_004) },
      abilities: { ...gatewayAbilities(), fec: 'offer' },
    };
    const sdp = new SdpSession({ sessionId: '1' }).offer(both);
    assert.equal(sdp.split('a=rtpmap:116 red/90000\r\na=rtpmap:117 ulpfec/90000').length, 3);
    for (const line of sdp.split('\r\n').filter((one) => one.startsWith('m='))) {
      const numbers = line.split(' ').slice(3);
      assert.equal(new Set(numbers).size, numbers.length, line);
    }
  });

  it('are left out of an answer that would be too long', () => {
    const whole = new SdpSession({ sessionId: '1' }).answer(offer, locals).sdp.length;
    const agreed = new SdpSession({ sessionId: '1' }).answer(offer, locals, whole - 1);
    assert.ok(!agreed.sdp.includes('ulpfec'));
    assert.equal(agreed.lines.video?.fec, undefined);
  });
});
