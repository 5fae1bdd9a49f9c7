import assert from 'node:assert/strict';
import { ActiveSpeaker } from '../../../src/media/mixer/speaker.js';
import type { Voice } from '../../../src/media/mixer/speaker.js';
import { SpeechDetector } from '../../../src/media/mixer/speech.js';

/** Levels as `[ms, dBFS]` stretches; returns when speech began and ended, ms. */
function speech(stretches: readonly (readonly [number, number])[], detector = new SpeechDetector()): string[] {
  const turns: string[] = [];
  let now = 0;
  let before = detector.speaking;
  for (const [ms, db] of stretches) {
    for (let t = 0; t < ms; t += 20) {
      detector.step(db, 20);
      now += 20;
      if (detector.speaking !== before) turns.push(`${detector.speaking ? 'on' : 'off'} ${now}`);
      before = detector.speaking;
    }
  }
  return turns;
}

describe('speech detector', () => {
  it('takes a glimpse of a voice for all of the time it stands for, and one of a pause for nothing but that', () => {
    const detector = new SpeechDetector();
    assert.deepEqual(
      speech(
        [
          [1000, -70],
          [200, -25],
        ] as const,
        detector,
      ),
      ['on 1060'],
    );
    detector.glimpse(-20, 400);
    assert.deepEqual(
      [detector.speaking, detector.voiced, Math.round(detector.level), detector.loudness],
      [true, true, -20, -20],
    );
    detector.glimpse(-70, 400);
    assert.deepEqual([detector.speaking, detector.voiced, detector.loudness], [true, false, -32]);
    // Silence is what ends it, heard as it is.
    assert.deepEqual(speech([[600, -70]], detector), ['off 500']);
  });

  const cases: { name: string; levels: [number, number][]; turns: string[] }[] = [
    { name: 'silence', levels: [[5000, -127]], turns: [] },
    { name: 'a steady fan', levels: [[20_000, -52]], turns: [] },
    {
      name: 'a word after silence',
      levels: [
        [1000, -70],
        [600, -25],
        [2000, -70],
      ],
      turns: ['on 1060', 'off 2100'],
    },
    {
      name: 'a cough of 40 ms',
      levels: [
        [1000, -70],
        [40, -20],
        [2000, -70],
      ],
      turns: [],
    },
    {
      name: 'a pause between words',
      levels: [
        [1000, -70],
        [400, -25],
        [300, -70],
        [400, -25],
        [1000, -70],
      ],
      turns: ['on 1060', 'off 2600'],
    },
    {
      name: 'speech over a noisy background',
      levels: [
        [8000, -50],
        [600, -30],
        [2000, -50],
      ],
      turns: ['on 8060', 'off 9100'],
    },
    {
      name: 'a steady loud tone',
      levels: [
        [100, -70],
        [60_000, -15],
      ],
      turns: ['on 160'],
    },
  ];
  for (const { name, levels, turns } of cases) {
    it(`${turns.length ? 'hears' : 'ignores'} ${name}`, () => assert.deepEqual(speech(levels), turns));
  }

  it('forgets its speech on reset', () => {
    const detector = new SpeechDetector();
    speech([[500, -20]], detector);
    detector.reset();
    assert.equal(detector.speaking, false);
  });
});

/** Who speaks how loudly in each stretch; returns the changes of the active speaker. */
function conversation(stretches: readonly { ms: number; voices: Record<string, number | null> }[]): string[] {
  const speaker = new ActiveSpeaker();
  const turns: string[] = [];
  let now = 0;
  for (const { ms, voices } of stretches) {
    const list: Voice[] = Object.entries(voices).map(([id, level]) => ({
      id,
      speaking: level !== null,
      level: level ?? -80,
    }));
    for (let t = 0; t < ms; t += 20) {
      now += 20;
      const { active } = speaker.step(now, list);
      if (active !== undefined) turns.push(`${active ?? 'nobody'} ${now}`);
    }
  }
  return turns;
}

describe('active speaker', () => {
  const cases: { name: string; stretches: Parameters<typeof conversation>[0]; turns: string[] }[] = [
    { name: 'nobody while all are silent', stretches: [{ ms: 3000, voices: { a: null, b: null } }], turns: [] },
    { name: 'the first voice at once', stretches: [{ ms: 100, voices: { a: -20, b: null } }], turns: ['a 20'] },
    {
      name: 'the last one through silence',
      stretches: [
        { ms: 3000, voices: { a: -20, b: null } },
        { ms: 60_000, voices: { a: null, b: null } },
      ],
      turns: ['a 20'],
    },
    {
      name: 'the next one 200 ms after it began, when the last fell silent',
      stretches: [
        { ms: 3000, voices: { a: -20, b: null } },
        { ms: 1000, voices: { a: null, b: -30 } },
      ],
      turns: ['a 20', 'b 3220'],
    },
    {
      name: 'the same one through short interjections',
      stretches: [
        { ms: 3000, voices: { a: -20, b: null } },
        { ms: 500, voices: { a: -20, b: -18 } },
        { ms: 2000, voices: { a: -20, b: null } },
      ],
      turns: ['a 20'],
    },
    {
      name: 'the same one against an equally loud second voice',
      stretches: [
        { ms: 1000, voices: { a: -20, b: null } },
        { ms: 20_000, voices: { a: -20, b: -17 } },
      ],
      turns: ['a 20'],
    },
    {
      name: 'a clearly louder voice after 1.2 s',
      stretches: [
        { ms: 3000, voices: { a: -30, b: null } },
        { ms: 3000, voices: { a: -30, b: -20 } },
      ],
      turns: ['a 20', 'b 4220'],
    },
    {
      name: 'each for at least 1.5 s when two alternate quickly',
      stretches: Array.from({ length: 20 }, (_, i) => ({
        ms: 400,
        voices: i % 2 ? { a: null, b: -20 } : { a: -20, b: null },
      })),
      turns: ['a 20', 'b 1520', 'a 3420', 'b 5420', 'a 7420'],
    },
    {
      name: 'the loudest left when the active one leaves',
      stretches: [
        { ms: 1000, voices: { a: -20, b: -30, c: -25 } },
        { ms: 100, voices: { b: -30, c: -25 } },
      ],
      turns: ['a 20', 'c 1020'],
    },
    {
      name: 'nobody when the active one leaves silence behind',
      stretches: [
        { ms: 1000, voices: { a: -20, b: null } },
        { ms: 100, voices: { b: null } },
      ],
      turns: ['a 20', 'nobody 1020'],
    },
  ];
  for (const { name, stretches, turns } of cases) {
    it(`is ${name}`, () => assert.deepEqual(conversation(stretches), turns));
  }

  it('lists who speaks, the loudest first, on change only', () => {
    const speaker = new ActiveSpeaker();
    const a = { id: 'a', speaking: true, level: -30 };
    const b = { id: 'b', speaking: true, level: -20 };
    assert.deepEqual(speaker.step(0, [a, b]).speaking, ['b', 'a']);
    assert.equal(speaker.step(20, [a, { ...b, level: -40 }]).speaking, undefined);
    assert.deepEqual(speaker.step(40, [a]).speaking, ['a']);
    assert.deepEqual(speaker.step(60, []).speaking, []);
    assert.match(speaker.describe(), /nobody/);
  });
});
