import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const tries = 100;
const program = 'test/media/io/taken-port.ts';

describe('ports that are taken', () => {
  for (const [name, what] of [
    ['media sockets', 'media'],
    ['media sockets by Node.js', 'node'],
    ['the network', 'network'],
  ] as const) {
    it(`leave no socket of ${name} behind`, async function () {
      this.timeout(30_000);
      // by itself, so that it ends whatever it leaves open, and nobody else's sockets are counted
      const args = ['--import', 'tsx', program, what, `${tries}`];
      const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 25_000 });
      const left = Number(stdout);
      assert.equal(left, 0, `${left} are left of ${tries}`);
    });
  }
});
