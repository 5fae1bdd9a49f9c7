import assert from 'node:assert/strict';
import { DualstreamError } from '../../src/base/errors.js';
import { NoCommonMedia } from '../../src/media/negotiate.js';
import { restoreApplications, withoutApplications } from '../../src/media/sdp-applications.js';
import { BadAnswer, SdpSession } from '../../src/media/sdp-session.js';
import { MalformedSdp, OversizeSdp } from '../../src/protocol/sdp/errors.js';
import { parseSdp } from '../../src/protocol/sdp/parse.js';
import { joinSdp, splitSdp } from '../../src/protocol/sdp/raw.js';
import { seeded, type Roll } from '../support/seeded.js';
import { fixtureLocals, fixtureNames, fixtureOffer } from './support/fixtures.js';

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

function mutate(text: string, random: Roll): string {
  let result = text;
  for (let times = 1 + random(4); times > 0; times -= 1) {
    const at = random(result.length);
    const length = random(40);
    const scrap = SCRAPS[random(SCRAPS.length)] ?? '';
    const middle = [scrap, '', result.slice(at, at + length).repeat(2), result.slice(at, at + length).toUpperCase()];
    const kind = random(middle.length);
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

const offers = fixtureNames().map(fixtureOffer);

/** Mutated offers bring nothing but our own errors; what is read can be printed and read again. */
export function fuzzTexts(seed: number, rounds: number): void {
  const random = seeded(seed);
  let accepted = 0;
  for (let round = 0; round < rounds; round += 1) {
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
  assert.ok(accepted > rounds / 5, `${accepted} accepted`);
}

/** Answers to mutated offers are SDP with the same m-lines; mutated answers are taken or refused. */
export function fuzzSessions(seed: number, rounds: number): void {
  const random = seeded(seed);
  for (let round = 0; round < rounds; round += 1) {
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
}
