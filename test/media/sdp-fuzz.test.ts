import { fuzzSessions, fuzzTexts } from './sdp-fuzzing.js';

describe('SDP fuzz (seeded)', () => {
  it('nothing but our own errors; what is read can be printed and read again', () => fuzzTexts(20260601, 1500));

  it('answers to mutated offers are SDP with the same m-lines; mutated answers are taken or refused', () =>
    fuzzSessions(42, 600));
});
