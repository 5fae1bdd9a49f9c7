import { fuzzCommands, fuzzEngine, fuzzMessages } from './fuzzing.js';

describe('hostile SIP', () => {
  it('is read or refused by name, and what was read is read again after printing', () => fuzzMessages(4711, 6000));

  it('makes no application command throw', () => fuzzCommands(42, 3000));

  it('on every port never disturbs the engine', () => fuzzEngine(99, 3000));
});
