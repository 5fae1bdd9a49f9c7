import assert from 'node:assert/strict';
import type { Control } from '../../support/engine-elsewhere.js';
import { replay } from './replay.js';
import { serverDeviations, serverExcluded } from './server-deviations.js';
import { ServerStage } from './server-stage.js';
import { readTranscript } from './transcript.js';

/** One test a recording, against a running drachtio-server. */
export function replayOnServer(control: Control, names: readonly string[]): void {
  for (const name of names) {
    if (name in serverExcluded) continue;
    it(`replays ${name}`, async () => {
      const steps = readTranscript(name);
      const stage = await ServerStage.start(steps, control);
      assert.deepEqual(await replay(steps, stage, serverDeviations[name] ?? []), []);
    });
  }
}
