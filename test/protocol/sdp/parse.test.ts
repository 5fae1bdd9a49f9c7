import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { MalformedSdp, OversizeSdp } from '../../../src/protocol/sdp/errors.js';
import { parseSdp } from '../../../src/protocol/sdp/parse.js';
import { joinSdp, splitSdp } from '../../../src/protocol/sdp/raw.js';

const HEAD = 'v=0\r\no=- 1 2 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n';
const sdp = (...lines: string[]): string => HEAD + lines.map((line) => `${line}\r\n`).join('');
const only = (...lines: string[]): ReturnType<typeof parseSdp>['media'][number] => {
  const section = parseSdp(sdp(...lines)).media[0];
  assert.ok(section);
  return section;
};

describe('SDP of the field', () => {
  const golden = new URL('../../golden/sdp/', import.meta.url);
  const fixtures = new URL('../../../sdp-fixtures/', import.meta.url);
  for (const folder of [golden, fixtures]) {
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.sdp'))) {
      it(`${file} is read, and printing what was read gives the same again`, () => {
        const text = readFileSync(new URL(file, folder), 'utf8');
        const read = parseSdp(text, { fragment: true });
        assert.ok(read.media.length > 0);
        assert.equal(joinSdp(splitSdp(text)), text.endsWith('\r\n') ? text : `${text}\r\n`);
        assert.deepEqual(parseSdp(joinSdp(splitSdp(text)), { fragment: true }), read);
      });
    }
  }

  it('takes a fragment only when told so', () => {
    const text = readFileSync(new URL('aver-like-answer-udp-srtp-fragment.sdp', golden), 'utf8');
    assert.throws(() => parseSdp(text), MalformedSdp);
    const [main, floor, slides] = parseSdp(text, { fragment: true }).media;
    assert.equal(main?.crypto, true);
    assert.deepEqual(floor?.floor?.floors, [{ id: 1, streams: ['3'] }]);
    assert.equal(slides?.label, '3');
  });

  it('reads the answer of a device that lists what was never offered', () => {
    const text = readFileSync(new URL('poly-reinvite-answer-udp.sdp', golden), 'utf8');
    const media = parseSdp(text).media;
    assert.deepEqual(
      media[4]?.rtpmaps.map(({ pt, name }) => `${pt} ${name}`),
      ['116 vnd.polycom.lpr', '98 H265', '109 H264', '110 H264', '111 H264', '96 H263-1998', '34 H263'],
    );
    assert.equal(media[4]?.rtpmaps[2]?.params['max-fs'], '8192');
    assert.deepEqual(media[3]?.floor?.floors, [{ id: 1, streams: ['3'] }]);
    assert.deepEqual(media[3]?.floor?.roles, ['c-only']);
  });
});

describe('SDP attributes', () => {
  it('separates fmtp parameters by semicolons, blanks or both', () => {
    const section = only(
      'm=video 9000 RTP/AVP 97',
      'a=rtpmap:97 H264/90000',
      'a=fmtp:97  Profile-Level-Id=42e01f; max-fs=3600  max-mbps=1;;x',
    );
    assert.deepEqual(section.rtpmaps[0]?.params, {
      'profile-level-id': '42e01f',
      'max-fs': '3600',
      'max-mbps': '1',
      x: '',
    });
  });
  it('takes the last of duplicate payload types and passes over unreadable ones', () => {
    const section = only(
      'm=audio 9000 RTP/AVP 96 96 200 x 0',
      'a=rtpmap:96 first/8000',
      'a=rtpmap:96 opus/48000/2',
      'a=rtpmap:x y',
      'a=rtpmap:',
    );
    assert.deepEqual(section.rtpmaps, [
      { pt: 96, name: 'opus', clock: 48000, channels: 2, params: {} },
      { pt: 0, name: 'PCMU', clock: 8000, channels: 1, params: {} },
    ]);
  });
  it('reads feedback words, wildcard and several on a line', () => {
    const section = only(
      'm=video 9 RTP/AVP 97',
      'a=rtcp-fb:* ccm fir tmmbr',
      'a=rtcp-fb:97 nack pli',
      'a=rtcp-fb:bad nack',
      'a=rtcp-fb:97',
    );
    assert.deepEqual(section.feedback, [
      { pt: null, words: ['ccm', 'fir', 'tmmbr'] },
      { pt: 97, words: ['nack', 'pli'] },
    ]);
  });
  it('lets the section override the session', () => {
    const text = sdp(
      'a=sendonly',
      'a=setup:passive',
      'm=audio 4 RTP/AVP 0',
      'a=recvonly',
      'c=IN IP6 2001:db8::9',
      'm=audio 6 RTP/AVP 0',
    );
    const [first, second] = parseSdp(text).media;
    assert.deepEqual([first?.direction, first?.address, first?.setup], ['recvonly', '2001:db8::9', 'passive']);
    assert.deepEqual([second?.direction, second?.address], ['sendonly', '192.0.2.1']);
  });
  it('reads port count, rtcp, mux, mid, content lists, TTL and null addresses', () => {
    const section = only(
      'm=video 5000/2 RTP/AVPF 31',
      'c=IN IP4 0.0.0.0/127',
      'a=rtcp:5005 IN IP4 192.0.2.9',
      'a=rtcp-mux',
      'a=mid:v1',
      'a=content:Main, sl',
    );
    assert.equal(section.port, 5000);
    assert.equal(section.address, '0.0.0.0');
    assert.deepEqual(section.rtcp, { port: 5005, address: '192.0.2.9' });
    assert.deepEqual([section.rtcpMux, section.mid, section.content], [true, 'v1', ['main', 'sl']]);
  });
  it('does not let a peer name a parameter that breaks objects', () => {
    const section = only('m=audio 9 RTP/AVP 96', 'a=rtpmap:96 opus/48000/2', 'a=fmtp:96 __proto__=1;constructor=2');
    assert.equal(Object.getPrototypeOf(section.rtpmaps[0]?.params), Object.prototype);
  });
});

describe('SDP that is none', () => {
  const bad: Record<string, string> = {
    empty: '',
    'only line ends': '\r\n\r\n',
    'no v=': 'o=- 1 1 IN IP4 1.2.3.4\r\n',
    'another version': HEAD.replace('v=0', 'v=1'),
    'no o=': 'v=0\r\ns=-\r\nt=0 0\r\n',
    'short o=': HEAD.replace('o=- 1 2 IN IP4 192.0.2.1', 'o=- 1 2'),
    'o= ids not decimal': HEAD.replace('o=- 1 2', 'o=- one 2'),
    'a line without a type': sdp('hello'),
    'a NUL': sdp('a=x\0y'),
    'm-line without proto': sdp('m=audio 5000'),
    'port out of range': sdp('m=audio 65536 RTP/AVP 0'),
    'negative port': sdp('m=audio -1 RTP/AVP 0'),
    'c= without address': sdp('m=audio 1 RTP/AVP 0', 'c=IN IP4'),
    'c= of another network': sdp('m=audio 1 RTP/AVP 0', 'c=ATM NSAP 47'),
  };
  for (const [name, text] of Object.entries(bad)) {
    it(name, () =>
      assert.throws(
        () => parseSdp(text),
        (error) => error instanceof MalformedSdp && error.verdict.sip === 400,
      ),
    );
  }
  it('names the line', () =>
    assert.throws(
      () => parseSdp(sdp('junk')),
      (error) => error instanceof MalformedSdp && error.line === 6,
    ));
  it('more than 32 m-lines, 64 kB or 128 formats', () => {
    const over = (text: string): void =>
      assert.throws(
        () => parseSdp(text),
        (error) => error instanceof OversizeSdp && error.verdict.sip === 488,
      );
    over(sdp(...Array<string>(33).fill('m=audio 4 RTP/AVP 0')));
    over(sdp('m=audio 4 RTP/AVP 0', ...Array<string>(2000).fill(`a=x:${'y'.repeat(40)}`)));
    over(sdp(`m=audio 4 RTP/AVP ${'0 '.repeat(200)}`));
    const long = 'x'.repeat(65);
    for (const lines of [[`m=audio 4 RTP/AVP ${long}`], [`m=audio 4 ${long} 0`], [`m=${long} 4 RTP/AVP 0`]])
      over(sdp(...lines));
    over(sdp('m=audio 4 RTP/AVP 0', `a=mid:${long}`));
    over(sdp('m=audio 4 RTP/AVP 0').replace('t=0 0', `t=${long} 0`));
    assert.equal(parseSdp(sdp(...Array<string>(32).fill('m=audio 4 RTP/AVP 0'))).media.length, 32);
  });
});
