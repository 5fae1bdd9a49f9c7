import assert from 'node:assert/strict';
import { gatewayAbilities, preferring, settledOn } from '../../src/media/abilities.js';
import { readH264 } from '../../src/media/h264.js';
import type { Abilities, LineOffer, MediaOffer } from '../../src/media/negotiate.js';
import { answerDirection, negotiate, NoCommonMedia } from '../../src/media/negotiate.js';
import { passedFormat } from '../../src/media/passed-sound.js';
import { kbpsOf } from '../../src/media/sdp-read.js';
import { settle } from '../../src/media/settle.js';
import type { AudioFormat, Format, H264Format } from '../../src/media/vocabulary.js';

const NONE = { pli: false, fir: false, nack: false, remb: false };

function line(formats: Format[], more: Partial<LineOffer> = {}): LineOffer {
  return {
    direction: 'sendrecv',
    remote: { address: '192.0.2.1', rtpPort: 4000, rtcpPort: 4001 },
    formats,
    events: [],
    feedback: NONE,
    maxKbps: null,
    label: null,
    held: false,
    rtcpMux: false,
    secure: 'none',
    unusable: null,
    names: formats.map(({ name }) => name),
    index: 0,
    ...more,
  };
}
const call = (lines: Partial<MediaOffer>): MediaOffer => ({
  maxKbps: null,
  secure: 'none',
  bestEffort: false,
  ...lines,
});
const sound = (name: AudioFormat['name'], pt: number, clock = 8000): AudioFormat => ({
  kind: 'audio',
  name,
  pt,
  clock,
  channels: name === 'opus' ? 2 : 1,
  params: {},
});
const picture = (pt: number, id: string, mode: 0 | 1, more: Record<string, string> = {}): H264Format => {
  const format = readH264(pt, { 'profile-level-id': id, 'packetization-mode': String(mode), ...more });
  assert.ok(format);
  return format;
};
const ours = gatewayAbilities();
const numbers = (formats: Format[] | undefined): number[] | undefined => formats?.map(({ pt }) => pt);

describe('direction (RFC 3264 §6.1)', () => {
  for (const [theirs, wish, answer] of [
    ['sendrecv', 'sendrecv', 'sendrecv'],
    ['sendrecv', 'sendonly', 'sendonly'],
    ['sendrecv', 'recvonly', 'recvonly'],
    ['sendrecv', 'inactive', 'inactive'],
    ['sendonly', 'sendrecv', 'recvonly'],
    ['sendonly', 'sendonly', 'inactive'],
    ['recvonly', 'sendrecv', 'sendonly'],
    ['recvonly', 'recvonly', 'inactive'],
    ['inactive', 'sendrecv', 'inactive'],
  ] as const) {
    it(`${theirs}, wish ${wish}: ${answer}`, () => assert.equal(answerDirection(theirs, wish), answer));
  }
});

describe('audio', () => {
  it('one codec, our order', () => {
    const offer = call({
      audio: line([sound('PCMU', 0), sound('PCMA', 8), sound('G722', 9), sound('opus', 111, 48000)]),
    });
    assert.deepEqual(numbers(negotiate(ours, offer).lines.audio?.send), [111]);
    const narrow: Abilities = { ...ours, audio: [{ name: 'PCMU', params: {} }] };
    assert.deepEqual(numbers(negotiate(narrow, offer).lines.audio?.receive), [0]);
  });
  it('G.722.1 only where it is asked for, and then alone where nothing else is', () => {
    const theirs = call({
      audio: line([passedFormat('G7221-24', 112), passedFormat('G7221-32', 113), sound('PCMU', 0)]),
    });
    const agreed = (abilities: Abilities): (string | number)[] =>
      negotiate(abilities, theirs).lines.audio?.send.flatMap(({ name, pt }) => [name, pt]) ?? [];
    assert.deepEqual(agreed(ours), ['PCMU', 0]);
    assert.deepEqual(agreed(preferring(ours, ['G7221-32', 'PCMU'])), ['G7221-32', 113]);
    const alone = preferring(ours, ['G7221-24']);
    assert.deepEqual([agreed(alone), alone.audio.length], [['G7221-24', 112], 1]);
    assert.deepEqual(settledOn(preferring(ours, ['G7221-32', 'PCMU']), null).audio[0]?.name, 'PCMU');
  });
  it('events of the clock of the codec, else those of 8000 Hz', () => {
    const both = [
      { pt: 101, clock: 8000 },
      { pt: 110, clock: 48000 },
    ];
    const events = (formats: Format[], offered: { pt: number; clock: number }[]): number[] | undefined =>
      negotiate(ours, call({ audio: line(formats, { events: offered }) })).lines.audio?.events.send.map(({ pt }) => pt);
    assert.deepEqual(events([sound('opus', 111, 48000)], both), [110]);
    assert.deepEqual(events([sound('PCMU', 0)], both), [101]);
    assert.deepEqual(events([sound('opus', 111, 48000)], both.slice(0, 1)), [101]);
    assert.deepEqual(events([sound('PCMU', 0)], both.slice(1)), []);
  });
});

describe('video', () => {
  const video = (...formats: H264Format[]): ReturnType<typeof negotiate>['lines']['video'] =>
    negotiate(ours, call({ video: line(formats) })).lines.video;

  it('both modes of a profile, mode 0 first', () => {
    assert.deepEqual(numbers(video(picture(97, '42e01f', 1), picture(98, '42e01f', 0))?.receive), [98, 97]);
    assert.deepEqual(numbers(video(picture(97, '42e01f', 1))?.receive), [97]);
    assert.deepEqual(numbers(video(picture(98, '428014', 0))?.receive), [98]);
  });
  it('the Baseline family before Main and High', () => {
    const all = [picture(1, '64001f', 1), picture(2, '4d001f', 1), picture(3, '42801f', 1), picture(4, '42e01f', 1)];
    assert.deepEqual(numbers(video(...all)?.send), [4]);
    assert.deepEqual(numbers(video(...all.slice(0, 3))?.send), [3]);
    assert.deepEqual(numbers(video(...all.slice(0, 2))?.send), [2]);
    assert.deepEqual(numbers(video(...all.slice(0, 1))?.send), [1]);
    assert.deepEqual(numbers(video(picture(5, '42801f', 0), picture(6, '42e01f', 1))?.send), [5, 6]);
  });
  it('the largest picture among equals', () => {
    const formats = [picture(126, '42e00d', 1), picture(97, '42e01f', 1), picture(98, '42c01f', 1)];
    assert.deepEqual(numbers(video(...formats)?.send), [97]);
  });
  it("our level with asymmetry on both sides, else the lower one; profile bytes are the offer's", () => {
    const asymmetric = { 'level-asymmetry-allowed': '1' };
    const level = (format: H264Format): string | undefined => {
      const got = video(format)?.receive[0];
      return got?.name === 'H264'
        ? [got.profileIdc, got.profileIop, got.levelIdc].map((v) => v.toString(16)).join(' ')
        : undefined;
    };
    assert.equal(level(picture(97, '42c01f', 1, asymmetric)), '42 c0 28');
    assert.equal(level(picture(97, '42c01f', 1)), '42 c0 1f');
    assert.equal(level(picture(97, '42c033', 1)), '42 c0 28');
  });
  it("receive carries our limits, send the peer's, parameter sets of the peer stay with what it sends", () => {
    const theirs = picture(97, '42e01f', 1, {
      'max-fs': '5000',
      'sprop-parameter-sets': 'Z0LADdkBQfsBEAAAAwAQAAADA8DxQqSA,aMuMsg==',
    });
    const agreed = video(theirs);
    const [receive, send] = [agreed?.receive[0], agreed?.send[0]];
    assert.ok(receive?.name === 'H264' && send?.name === 'H264');
    assert.deepEqual([receive.maxFs, send.maxFs, receive.parameterSets.length], [8192, 5000, 2]);
  });
});

describe('a line that cannot be', () => {
  const refusal = (offer: Partial<MediaOffer>): { code: number; text: string } | null => {
    try {
      negotiate(ours, call(offer));
      return null;
    } catch (error) {
      assert.ok(error instanceof NoCommonMedia);
      assert.equal(error.verdict.sip, 488);
      return error.warning;
    }
  };
  it('does not fail the call', () => {
    const answer = negotiate(ours, call({ audio: line([sound('PCMU', 0)]), video: line([], { names: ['VP8'] }) }));
    assert.deepEqual(Object.keys(answer.lines), ['audio']);
    assert.deepEqual(answer.refused.video, { code: 305, text: 'video: none of VP8 is supported' });
  });
  it('fails it when it is the last', () => {
    assert.deepEqual(refusal({}), { code: 304, text: 'the offer has neither audio nor video' });
    assert.equal(refusal({ audio: line([], { names: ['GSM'] }) })?.code, 305);
    assert.equal(refusal({ audio: line([sound('PCMU', 0)], { unusable: 'no c= line' }) })?.code, 302);
    assert.equal(refusal({ audio: line([sound('PCMU', 0)], { secure: 'sdes' }) })?.code, 302);
    assert.equal(refusal({ audio: line([], { unusable: 'x' }), video: line([], { names: ['VP8'] }) })?.code, 305);
  });
  it('can be refused by wish', () => {
    const answer = negotiate(
      ours,
      call({ audio: line([sound('PCMU', 0)]), content: line([picture(97, '42e01f', 1)]) }),
      { content: null },
    );
    assert.equal(answer.refused.content?.code, 399);
  });
});

describe('bandwidth', () => {
  for (const [lines, kbps] of [
    [['AS:512'], 512],
    [['CT:768'], 768],
    [['AS:512', 'TIAS:400000'], 400],
    [['CT:768', 'AS:512'], 512],
    [['AS:0'], 0],
    [['RS:0', 'RR:0'], null],
    [[], null],
  ] as const) {
    it(`${lines.join(' ') || 'nothing'}: ${kbps}`, () => {
      const bandwidth = lines.map((text) => ({ type: text.split(':')[0] ?? '', value: Number(text.split(':')[1]) }));
      assert.equal(kbpsOf(bandwidth), kbps);
    });
  }
});

describe('an answer to our offer', () => {
  const our = (formats: Format[]): Parameters<typeof settle>[0] => ({
    video: { direction: 'sendrecv', formats, events: [], feedback: ours.feedback, rtcpMux: false },
  });
  const offered = [
    picture(97, '42e028', 0),
    picture(98, '42e028', 1),
    picture(99, '428028', 0),
    picture(100, '428028', 1),
  ];
  const pairs = (theirs: H264Format[]): string[] => {
    const settled = settle(our(offered), call({ video: line(theirs) })).lines.video;
    return settled?.receive.map(({ pt }, index) => `${pt}>${settled.send[index]?.pt}`) ?? [];
  };
  it('keeps our order and pairs each format once', () => {
    assert.deepEqual(pairs([picture(100, '428014', 1), picture(97, '42e01f', 0)]), ['97>97', '100>100']);
    assert.deepEqual(pairs([picture(98, '42e01f', 1)]), ['98>98']);
  });
  it('follows numbers the peer chose itself', () => assert.deepEqual(pairs([picture(120, '42801f', 1)]), ['98>120']));
  it('passes over formats that were never offered', () => {
    assert.deepEqual(pairs([picture(111, '640020', 1), picture(99, '428020', 0)]), ['99>99']);
    assert.throws(() => pairs([picture(111, '640020', 1)]), NoCommonMedia);
  });
  it('sound that is only passed on goes alone, or not at all, as the answer puts it first', () => {
    const both = [passedFormat('G7221-32', 113), sound('PCMA', 8), sound('PCMU', 0)];
    const audio = { ...our([]).video!, formats: both };
    const taken = (theirs: Format[]): string[] =>
      settle({ audio }, call({ audio: line(theirs) })).lines.audio?.receive.map(({ name }) => name) ?? [];
    assert.deepEqual(taken([passedFormat('G7221-32', 113), sound('PCMU', 0)]), ['G7221-32']);
    assert.deepEqual(taken([sound('PCMU', 0), passedFormat('G7221-32', 113), sound('PCMA', 8)]), ['PCMA', 'PCMU']);
    assert.deepEqual(taken([sound('opus', 96), passedFormat('G7221-32', 113), sound('PCMA', 8)]), ['G7221-32']);
    assert.throws(() => taken([passedFormat('G7221-24', 113)]), NoCommonMedia);
  });
  it('a refused line is not agreed', () => assert.throws(() => settle(our(offered), call({})), NoCommonMedia));
});
