import assert from 'node:assert/strict';
import { soak } from '../../scripts/soak/soak.js';
import { note } from '../journeys/support/note.js';
import { seeded } from '../support/seeded.js';

describe('a mix of calls', function () {
  this.timeout(600_000);

  it('at 10 a second for 3 minutes goes as it should and leaves nothing (npm run soak takes 30 minutes)', async () => {
    const result = await soak({ seconds: 180, callsPerSecond: 10, roll: seeded(9), progress: note });
    const { visits, left, errors, firstMegabytes, lastMegabytes, megabytesPerHour } = result;
    for (const [name, { complaints }] of visits) assert.deepEqual(complaints, [], name);
    assert.deepEqual(left, { legs: 0, transactions: 0, files: 0 });
    assert.deepEqual(errors, []);
    note(`memory ${firstMegabytes.toFixed(0)} -> ${lastMegabytes.toFixed(0)} MB, ${megabytesPerHour.toFixed(1)} MB/h`);
  });
});
