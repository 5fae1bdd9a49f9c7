import assert from 'node:assert/strict';
import { gatewayAbilities } from '../../src/media/abilities.js';
import { NoCommonMedia } from '../../src/media/negotiate.js';
import { readOtherVideo } from '../../src/media/other-video.js';
import { SdpSession, type Negotiated } from '../../src/media/sdp-session.js';
import type { VideoFormat } from '../../src/media/vocabulary.js';

const line = (rtpPort: number) => ({ address: '192.0.2.1', rtpPort, rtcpPort: rtpPort + 1 });
const locals = (transcodes: boolean, audio = true) => ({
  ...{ audio: audio ? line(20_000) : null, video: line(20_002), content: null, floor: null },
  abilities: gatewayAbilities(undefined, transcodes),
});
const said = (...lines: string[]): string =>
  ['v=0', 'o=- 1 1 IN IP4 192.0.2.9', 's=-', 'c=IN IP4 192.0.2.9', 't=0 0', ...lines, ''].join('\r\n');
const audio = 'm=audio 5000 RTP/AVP 0';
const vp8 = ['m=video 5002 RTP/AVP 99', 'a=rtpmap:99 VP8/90000', 'a=fmtp:99 max-fs=1200;max-fr=30'];
const h264 = ['a=rtpmap:97 H264/90000', 'a=fmtp:97 profile-level-id=42e01f;packetization-mode=1'];

function answer(offer: string[], transcodes = true): Negotiated {
  return new SdpSession({ sessionId: '1' }).answer(said(audio, ...offer), locals(transcodes));
}
const video = (negotiated: Negotiated): string => /^m=video.*/m.exec(negotiated.sdp)?.[0] ?? '';

describe('codecs of pictures beside H.264', () => {
  it('are taken where the peer has nothing else and pictures can be encoded anew', () => {
    const negotiated = answer(vp8);
    assert.equal(video(negotiated), 'm=video 20002 RTP/AVP 99');
    assert.match(negotiated.sdp, /a=rtpmap:99 VP8\/90000\r\na=fmtp:99 max-fs=3600;max-fr=30\r\n/);
    const [sent] = negotiated.lines.video?.send ?? [];
    assert.deepEqual({ ...sent, name: 'VP8', maxFs: 1200, maxMbps: 36_000 }, sent);
  });

  it('are refused where nothing is encoded anew, and the call lives on with its sound', () => {
    const negotiated = answer(vp8, false);
    assert.equal(video(negotiated), 'm=video 0 RTP/AVP 99');
    assert.ok(negotiated.lines.audio);
    assert.throws(() => new SdpSession({ sessionId: '1' }).answer(said(...vp8), locals(false, false)), NoCommonMedia);
  });

  it('are left aside where the peer has H.264', () => {
    const both = answer(['m=video 5002 RTP/AVP 99 97', ...vp8.slice(1), ...h264]);
    assert.equal(video(both), 'm=video 20002 RTP/AVP 97');
    const strange = ['a=rtpmap:97 H264/90000', 'a=fmtp:97 profile-level-id=42e01f;packetization-mode=2'];
    assert.equal(
      video(answer(['m=video 5002 RTP/AVP 97 99', ...strange, ...vp8.slice(1)])),
      'm=video 20002 RTP/AVP 99',
    );
  });

  it('are chosen by their price, one alone', () => {
    const old = ['m=video 5002 RTP/AVP 34 98 100', 'a=rtpmap:98 H263-1998/90000', 'a=fmtp:98 CIF=1;QCIF=1'];
    assert.equal(video(answer([...old, 'a=rtpmap:100 H265/90000'])), 'm=video 20002 RTP/AVP 100');
    const negotiated = answer(old);
    assert.match(negotiated.sdp, /m=video 20002 RTP\/AVP 98\r\n.*a=fmtp:98 CIF4=2;CIF=1;QCIF=1\r\n/s);
    assert.equal(video(answer(['m=video 5002 RTP/AVP 34'])), 'm=video 20002 RTP/AVP 34');
    assert.match(
      answer(['m=video 5002 RTP/AVP 31']).sdp,
      /m=video 20002 RTP\/AVP 31\r\n.*a=rtpmap:31 H261\/90000\r\na=fmtp:31 CIF=1;QCIF=1\r\n/s,
    );
    assert.equal(video(answer(['m=video 5002 RTP/AVP 32 26'])), 'm=video 0 RTP/AVP 32 26');
  });

  it('stand behind H.264 in our own offers, and an answer with both means H.264', () => {
    const session = new SdpSession({ sessionId: '1' });
    const offer = session.offer(locals(true));
    assert.match(offer, /m=video 20002 RTP\/AVP 97 98 99 100 101 102 103 34\r\n/);
    const names = [...offer.matchAll(/^a=rtpmap:(?:9[789]|1\d\d|34) (H26\S+|VP8)\//gm)].map(([, name]) => name);
    assert.deepEqual(names, [...Array<string>(4).fill('H264'), 'VP8', 'H265', 'H263-1998', 'H263']);
    const taken = ['m=video 5002 RTP/AVP 101 97', 'a=rtpmap:101 VP8/90000', ...h264];
    assert.deepEqual(
      session.accept(said(audio, ...taken)).lines.video?.send.map(({ name }) => name),
      ['H264'],
    );
    const plain = new SdpSession({ sessionId: '1' }).offer(locals(false));
    assert.match(plain, /m=video 20002 RTP\/AVP 97 98 99 100\r\n/);
  });

  it('in an answer are agreed alone', () => {
    const session = new SdpSession({ sessionId: '1' });
    session.offer(locals(true));
    const lines = ['m=video 5002 RTP/AVP 102 101', 'a=rtpmap:101 VP8/90000', 'a=rtpmap:102 H265/90000'];
    const { video: agreed } = session.accept(said(audio, ...lines)).lines;
    assert.deepEqual(
      [agreed?.receive, agreed?.besides, agreed?.send].map((formats) => formats?.map(({ name }) => name)),
      [['VP8'], [], ['VP8']],
    );
  });

  const limits = (name: string, params: Record<string, string>): (number | undefined)[] => {
    const { maxFs, maxMbps, maxBr }: Partial<VideoFormat> =
      readOtherVideo({ pt: 99, name, clock: 90000, channels: 1, params }) ?? {};
    return [maxFs, maxMbps, maxBr];
  };
  for (const [name, params, expected] of [
    ['VP8', {}, [Infinity, Infinity, Infinity]],
    ['VP8', { 'max-fs': '300', 'max-fr': '15' }, [300, 4500, Infinity]],
    ['H265', {}, [3840, 129_600, 10_000]],
    ['H265', { 'level-id': '60' }, [480, 14_400, 1500]],
    ['H265', { 'sprop-max-don-diff': '2' }, [undefined, undefined, undefined]],
    ['H261', { qcif: '1' }, [99, 2970, Infinity]],
    ['H263', {}, [396, 11_880, Infinity]],
    ['H263-1998', { cif4: '2', cif: '1' }, [1584, 23_760, Infinity]],
    ['H263-2000', { qcif: '2' }, [99, 1485, Infinity]],
    ['VP9', {}, [undefined, undefined, undefined]],
  ] as const)
    it(`${name} with ${JSON.stringify(params)} takes ${expected.join(', ')}`, () =>
      assert.deepEqual(limits(name, params), expected));
});
