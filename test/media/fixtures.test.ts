import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { SdpSession } from '../../src/media/sdp-session.js';
import {
  answerFixtureNames,
  describeAnswer,
  describeFixture,
  fixtureLocals,
  fixtureNames,
  fixtureOffer,
  FIXTURES,
  withoutKeys,
} from './support/fixtures.js';

describe('sdp-fixtures: every offer is answered as expected', () => {
  for (const name of fixtureNames()) {
    it(name, () => {
      const expected: unknown = JSON.parse(readFileSync(new URL(`${name}.expect.json`, FIXTURES), 'utf8'));
      assert.deepEqual(JSON.parse(JSON.stringify(describeFixture(name))), expected);
    });
  }
});

describe('sdp-fixtures: every answer is read as expected', () => {
  for (const name of answerFixtureNames()) {
    it(name, () => {
      const expected: unknown = JSON.parse(readFileSync(new URL(`${name}.expect.json`, FIXTURES), 'utf8'));
      assert.deepEqual(JSON.parse(JSON.stringify(describeAnswer(name))), expected);
    });
  }
});

describe('sdp-fixtures: rules that hold for every answer', () => {
  const heads = (sdp: string): string[][] => sdp.match(/^m=.*$/gm)?.map((line) => line.trim().split(' ')) ?? [];
  for (const name of fixtureNames().filter((n) => !/no-common-codec|h265/.test(n))) {
    it(name, () => {
      const offer = withoutKeys(fixtureOffer(name));
      const session = new SdpSession({ sessionId: '99' });
      const locals = fixtureLocals(session.peek(offer).floor?.transport);
      const answer = session.answer(offer, locals).sdp;
      const [asked, said] = [heads(offer), heads(answer)];
      assert.equal(said.length, asked.length, 'same count');
      for (const [index, [media, port, proto, ...formats]] of said.entries()) {
        const [offeredMedia, offeredPort, offeredProto, ...offeredFormats] = asked[index] ?? [];
        assert.deepEqual([media, proto], [offeredMedia, offeredProto], 'same media and proto');
        assert.ok(
          formats.every((format) => offeredFormats.includes(format)),
          'payload numbers of the offer',
        );
        if (offeredPort === '0') assert.equal(port, '0', 'dead lines stay dead');
        if (port === '0') assert.deepEqual(formats, offeredFormats, 'refused lines keep their formats');
      }
      assert.equal(/^t=.*$/m.exec(answer)?.[0], /^t=.*$/m.exec(offer)?.[0], 't= of the offer');
      assert.doesNotMatch(
        answer,
        /max-smbps|max-dpb|max-cpb|max-fps|sar=|sprop-/,
        "nothing of the offerer's own limits",
      );
      assert.equal(session.answer(offer, locals).sdp, answer, 'the same offer gets the same answer');
      const again = new SdpSession({ sessionId: '99' });
      assert.equal(again.answer(offer.replace(/\r\n/g, '\n'), locals).sdp, answer, 'bare line feeds are taken');
    });
  }
});
