import assert from 'node:assert/strict';
import { parseSdp } from '../../../src/protocol/sdp/parse.js';
import { findStreams, type StreamIndexes } from '../../../src/protocol/sdp/streams.js';

const HEAD = ['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 't=0 0'];
const AUDIO = ['m=audio 4000 RTP/AVP 0'];
const video = (...attributes: string[]): string[] => ['m=video 4002 RTP/AVP 97', ...attributes.map((a) => `a=${a}`)];
const bfcp = (...attributes: string[]): string[] => [
  'm=application 4004 UDP/BFCP *',
  ...attributes.map((a) => `a=${a}`),
];
const control = (profile: string): string[] => [`m=control 4006 RTP/${profile} 97`, 'a=rtpmap:97 H264/90000'];
const find = (sections: string[][], known?: Partial<StreamIndexes>): StreamIndexes =>
  findStreams(parseSdp([...HEAD, ...sections.flat()].join('\r\n')).media, known);

describe('which m-line is what', () => {
  const rows: [string, string[][], [number | null, number | null, number | null, number | null]][] = [
    [
      'label before content',
      [AUDIO, video('label:1', 'content:slides'), video('label:2'), bfcp('floorid:1 mstrm:2')],
      [0, null, 2, 3],
    ],
    ['label with leading zeros', [AUDIO, video('label:07'), video('label:8'), bfcp('floorid:1 mstrm:7')], [0, 2, 1, 3]],
    [
      'label that exists nowhere: content',
      [AUDIO, video('content:slides'), video('content:main'), bfcp('floorid:1 mstrm:9')],
      [0, 2, 1, 3],
    ],
    [
      'label of content:main is not believed',
      [AUDIO, video('content:main', 'label:1'), video('label:2'), bfcp('floorid:1 mstrm:1')],
      [0, 1, 2, 3],
    ],
    ['content second, without BFCP', [AUDIO, video(), video('content:slides')], [0, 1, 2, null]],
    ['order last', [AUDIO, video(), bfcp(), video()], [0, 1, 3, 2]],
    ['order without BFCP', [AUDIO, video(), video()], [0, 1, 2, null]],
    ['a second people line is not content', [AUDIO, video('content:main'), video('content:alt')], [0, 1, null, null]],
    ['pictures on a control line', [AUDIO, video(), control('AVP'), bfcp()], [0, 1, 2, 3]],
    ['a control line after a second video line', [AUDIO, control('AVP'), video(), video()], [0, 2, 3, null]],
    ['a control line with keys', [AUDIO, video(), control('SAVP')], [0, 1, null, null]],
    ['a control line without pictures', [AUDIO, video(), ['m=control 9 H323 mc']], [0, 1, null, null]],
    ['a control line without a camera beside it', [AUDIO, control('AVP')], [0, null, null, null]],
    ['content:speaker is people', [AUDIO, video('content:speaker'), video('content:slides')], [0, 1, 2, null]],
    ['a single labelled line is the main video', [AUDIO, video('label:1'), bfcp('floorid:1 mstrm:1')], [0, 1, null, 2]],
    ['slides alone', [AUDIO, video('content:slides')], [0, null, 1, null]],
    [
      'label of a floor that lists several streams',
      [AUDIO, video('label:1'), video('label:5'), bfcp('floorid:1 mstrm:4 5')],
      [0, 1, 2, 3],
    ],
    ['UDP before TCP', [['m=application 9 TCP/BFCP *'], bfcp(), AUDIO], [2, null, null, 1]],
    [
      'dead lines are passed over',
      [['m=application 0 UDP/BFCP *'], ['m=audio 0 RTP/AVP 0'], AUDIO, bfcp()],
      [2, null, null, 3],
    ],
    [
      'floor control over TLS before DTLS on TCP',
      [AUDIO, ['m=application 9 TCP/DTLS/BFCP *'], ['m=application 9 TCP/TLS/BFCP *']],
      [0, null, null, 2],
    ],
    [
      'floor control over TLS before that in the plain',
      [AUDIO, ['m=application 9 TCP/TLS/BFCP *'], ['m=application 9 TCP/BFCP *']],
      [0, null, null, 1],
    ],
    ['plain before secure', [['m=audio 4 RTP/SAVP 0'], AUDIO], [1, null, null, null]],
    ['secure when there is nothing else', [['m=audio 4 RTP/SAVP 0']], [0, null, null, null]],
  ];
  for (const [name, sections, [audio, main, content, floor]] of rows) {
    it(name, () => assert.deepEqual(find(sections), { audio, video: main, content, floor, fecc: null }));
  }

  it('far-end camera control is H.224 over plain RTP, wherever it stands', () => {
    const h224 = (head: string, name = 'H224/4800'): string[] => [head, `a=rtpmap:100 ${name}`];
    const plain = h224('m=application 5000 RTP/AVP 100');
    assert.equal(find([AUDIO, plain, bfcp('floorid:1')]).fecc, 1);
    assert.equal(find([AUDIO, bfcp('floorid:1'), h224('m=application 5000 RTP/AVP 100', 'h224/4800')]).fecc, 2);
    for (const other of [
      h224('m=application 0 RTP/AVP 100'),
      h224('m=application 5000 RTP/SAVP 100'),
      h224('m=application 5000 RTP/AVP 100', 'H224/9600'),
      h224('m=application 5000 UDP/UDT/IX 100'),
      h224('m=video 5000 RTP/AVP 100'),
    ]) {
      assert.equal(find([AUDIO, other]).fecc, null, other[0]);
    }
    assert.deepEqual(find([AUDIO, h224('m=application 0 RTP/AVP 100'), plain], { fecc: 1 }).fecc, 2);
    assert.deepEqual(find([AUDIO, h224('m=application 0 RTP/AVP 100')], { fecc: 1 }).fecc, 1);
  });
  it('a line keeps its meaning in later offers', () => {
    const known = { audio: 0, video: 2, content: 1, floor: null, fecc: null };
    assert.deepEqual(find([AUDIO, video(), video()], known), known);
    assert.deepEqual(find([AUDIO, ['m=video 0 RTP/AVP 97'], video()], known), known);
  });
  it('a line that comes in place of a dead one takes over its meaning', () => {
    const known = { audio: 0, video: 1, content: null, floor: 2, fecc: null };
    const dead = ['m=application 0 UDP/BFCP *'];
    assert.deepEqual(find([AUDIO, video(), dead, ['m=application 4 TCP/BFCP *']], known), { ...known, floor: 3 });
    assert.deepEqual(find([AUDIO, video(), dead, video('content:slides')], known), { ...known, content: 3 });
  });
});
