import assert from 'node:assert/strict';
import { DualstreamError } from '../../src/base/errors.js';
import { NoCommonMedia } from '../../src/media/negotiate.js';
import { restoreApplications, withoutApplications } from '../../src/media/sdp-applications.js';
import { BadAnswer, SdpSession } from '../../src/media/sdp-session.js';
import { MalformedSdp, OversizeSdp } from '../../src/protocol/sdp/errors.js';
import { parseSdp } from '../../src/protocol/sdp/parse.js';
import { joinSdp, splitSdp } from '../../src/protocol/sdp/raw.js';
import { fixtureLocals, fixtureNames, fixtureOffer } from './support/fixtures.js';

/** Reproducible numbers in [0, 1). */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const SCRAPS = [
  '\r\n',
  'm=video 1 RTP/AVP 97\r\n',
  'a=',
  'c=IN IP4 ::\r\n',
  ' ',
  '0',
  '99999999999',
  '\0',
  'é',
  '__proto__',
  ';',
  ':',
  'TCP/BFCP',
  '-1',
];

function mutate(text: string, random: () => number): string {
  let result = text;
  for (let times = 1 + Math.floor(random() * 4); times > 0; times -= 1) {
    const at = Math.floor(random() * result.length);
    const length = Math.floor(random() * 40);
    const scrap = SCRAPS[Math.floor(random() * SCRAPS.length)] ?? '';
    const middle = [scrap, '', result.slice(at, at + length).repeat(2), result.slice(at, at + length).toUpperCase()];
    const kind = Math.floor(random() * middle.length);
    result = result.slice(0, at) + (middle[kind] ?? '') + result.slice(kind === 0 ? at : at + length);
  }
  return result;
}

/** Runs `step`; true when it succeeded, false when it threw an error of its own. */
function own(step: () => void): boolean {
  try {
    step();
    return true;
  } catch (error) {
    const known = [MalformedSdp, OversizeSdp, NoCommonMedia, BadAnswer].some((kind) => error instanceof kind);
    assert.ok(known && error instanceof DualstreamError, `threw ${String(error)}`);
    return false;
  }
}

describe('SDP fuzz (seeded)', () => {
  const offers = fixtureNames().map(fixtureOffer);
  it('nothing but our own errors; what is read can be printed and read again', () => {
    const random = chance(20260601);
    let accepted = 0;
    for (let round = 0; round < 1500; round += 1) {
      const text = mutate(offers[round % offers.length] ?? '', random);
      own(() => {
        const read = parseSdp(text);
        assert.deepEqual(parseSdp(joinSdp(splitSdp(text))), read);
        accepted += 1;
      });
      own(() => {
        const { sdp, taken } = withoutApplications(text);
        restoreApplications(sdp, taken);
      });
    }
    assert.ok(accepted > 300, `${accepted} accepted`);
  });
  it('answers to mutated offers are SDP with the same m-lines; mutated answers are taken or refused', () => {
    const random = chance(42);
    for (let round = 0; round < 600; round += 1) {
      const session = new SdpSession({ sessionId: '7' });
      const text = mutate(offers[round % offers.length] ?? '', random);
      own(() => {
        const answer = session.answer(text, fixtureLocals(session.peek(text).floor?.transport)).sdp;
        const media = (sdp: string): string[] => parseSdp(sdp).media.map((m) => `${m.media} ${m.proto}`);
        assert.deepEqual(media(answer), media(text));
      });
      const other = new SdpSession({ sessionId: '8' });
      const answer = new SdpSession({ sessionId: '9' }).answer(other.offer(fixtureLocals()), fixtureLocals()).sdp;
      own(() => other.accept(mutate(answer, random)));
    }
  });
});
