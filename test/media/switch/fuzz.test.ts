import { fuzzForwarder } from './fuzzing.js';

describe('forwarder under random sources', () => {
  for (let seed = 1; seed <= 12; seed++)
    it(`never uses a number twice or steps back at a change (seed ${seed})`, () => fuzzForwarder(seed, 20_000));
});
