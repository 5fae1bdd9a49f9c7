import assert from 'node:assert/strict';
import { TierChoice, type TierInput } from '../../../src/media/switch/tier-choice.js';

const weak: TierInput = {
  ...{ takes: 448, allowed: 4000, sending: 1500, unfit: false },
  ...{ low: 'there', joined: false, flowing: true },
};

/** A choice that is asked five times a second. */
class Run {
  readonly choice = new TierChoice();
  now = 0;

  for(ms: number, input: TierInput): this {
    for (const end = this.now + ms; this.now < end;) this.choice.step(input, (this.now += 200));
    return this;
  }

  /** In the low encoding, its first keyframe gone out. */
  lowered(): this {
    return this.for(1000, weak).for(200, { ...weak, joined: true });
  }
}

describe('the choice between two encodings', () => {
  const joined = { ...weak, joined: true };

  it('stays with the full one where the receiver takes it, or where it is coming down', () => {
    for (const input of [
      { ...weak, takes: null },
      { ...weak, sending: 400 },
      { ...weak, allowed: 448 },
      { ...weak, low: 'none' as const },
    ]) {
      const { choice } = new Run().for(20_000, input);
      assert.deepEqual([choice.low, choice.wants], [false, false], JSON.stringify(input));
    }
  });

  it('wants the low one when the full one was too much for 600 ms, not for a moment of it', () => {
    const run = new Run()
      .for(600, weak)
      .for(200, { ...weak, sending: 300 })
      .for(600, weak);
    assert.equal(run.choice.wants, false);
    run.for(200, weak);
    assert.deepEqual([run.choice.wants, run.choice.low], [true, true]);
  });

  it('routes nothing before the line is there, and hopes meanwhile', () => {
    const run = new Run().for(1000, { ...weak, low: 'possible', flowing: false });
    assert.deepEqual([run.choice.wants, run.choice.low, run.choice.hopes(run.now)], [true, false, true]);
    run.for(200, weak);
    assert.equal(run.choice.low, true);
  });

  it('gives it up for a minute when it does not come in 8 s', () => {
    const deaf = { ...weak, low: 'possible' as const, flowing: false };
    const run = new Run().for(10_000, deaf);
    assert.deepEqual([run.choice.wants, run.choice.hopes(run.now)], [false, false]);
    run.for(50_000, deaf);
    assert.equal(run.choice.wants, false);
    run.for(12_000, deaf);
    assert.equal(run.choice.wants, true);
  });

  it('returns two seconds after the receiver takes all that it may grow to', () => {
    for (const takes of [null, 4000]) {
      const run = new Run().lowered().for(1800, { ...joined, takes });
      assert.equal(run.choice.low, true);
      assert.equal(run.for(400, { ...joined, takes }).choice.low, false);
      assert.equal(run.choice.wants, false);
    }
  });

  it('returns after ten quiet seconds of the full one, after a return that did not hold only after twenty', () => {
    const quiet = { ...joined, sending: 300 };
    const run = new Run().lowered().for(9000, quiet);
    assert.equal(run.choice.low, true);
    run.for(1400, quiet);
    assert.equal(run.choice.low, false);
    run.lowered().for(18_000, quiet);
    assert.equal(run.choice.low, true);
    run.for(2400, quiet);
    assert.equal(run.choice.low, false);
  });

  it('does not return for a moment of quiet, nor where the full one would only just fit', () => {
    const run = new Run().lowered();
    for (let i = 0; i < 10; i++) run.for(8000, { ...joined, sending: 300 }).for(400, joined);
    assert.equal(run.choice.low, true);
    assert.equal(run.for(30_000, { ...joined, sending: 420 }).choice.low, true);
  });

  it('wants it for pictures that are too large, whatever the rate, and as long as they are', () => {
    const large = { ...weak, takes: null, unfit: true };
    const run = new Run().for(1000, large).for(200, { ...large, joined: true });
    assert.equal(run.for(60_000, { ...large, joined: true }).choice.low, true);
    assert.equal(run.for(2400, { ...large, joined: true, unfit: false }).choice.low, false);
  });

  it('returns when nothing comes of the low one any more', () => {
    const run = new Run().lowered().for(200, { ...joined, flowing: false });
    assert.deepEqual([run.choice.low, run.choice.wants], [false, false]);
  });

  it('begins with the low one where it is known to be needed', () => {
    const begun = (input: TierInput): boolean => {
      const choice = new TierChoice();
      choice.begin(input, 0);
      return choice.low;
    };
    assert.equal(begun(weak), true);
    assert.equal(begun({ ...weak, takes: null }), false);
    assert.equal(begun({ ...weak, low: 'possible' }), false);
  });
});
