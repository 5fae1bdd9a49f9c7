import { fuzzPdus, fuzzQ931 } from './fuzzing.js';

describe('h323 fuzz', () => {
  it('never throws anything of its own on PDUs, and what it accepts it can write and read again', () =>
    fuzzPdus(0x225, 5000));

  it('does so with messages of Q.931', () => fuzzQ931(0x931, 5000));
});
