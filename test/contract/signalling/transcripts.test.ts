import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { deviations } from './deviations.js';
import { replay } from './replay.js';

describe('recorded conversations of drachtio-server', () => {
  const names = readdirSync(new URL('../../golden/drachtio/', import.meta.url))
    .filter((name) => name.endsWith('.txt'))
    .map((name) => name.slice(0, -4));
  for (const name of names) {
    it(`replays ${name}`, async () => {
      assert.deepEqual(await replay(name, deviations[name] ?? []), []);
    });
  }
});
