import assert from 'node:assert/strict';
import { deviations } from './deviations.js';
import { MemoryStage } from './memory-stage.js';
import { names } from './names.js';
import { replay } from './replay.js';
import { readTranscript } from './transcript.js';

describe('recorded conversations of drachtio-server', () => {
  for (const name of names) {
    it(`replays ${name}`, async () => {
      const steps = readTranscript(name);
      assert.deepEqual(await replay(steps, await MemoryStage.start(steps), deviations[name] ?? []), []);
    });
  }
});
