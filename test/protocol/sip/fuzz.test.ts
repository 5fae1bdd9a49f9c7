import { fuzzCommands, fuzzEngine, fuzzMessages, fuzzStreams } from './fuzzing.js';

describe('hostile SIP', () => {
  it('is read or refused by name, and what was read is read again after printing', () => fuzzMessages(4711, 4000));

  it('is cut into the same messages whatever pieces it comes in', () => fuzzStreams(17, 1500));

  it('makes no application command throw', () => fuzzCommands(42, 3000));

  it('on every port never disturbs the engine', () => fuzzEngine(99, 1500));
});
