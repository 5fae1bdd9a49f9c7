import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UDP_INTERFACE } from '../../../src/media/native/udp-module.js';
import { loadNative } from '../../../src/media/native/load.js';

const root = join(import.meta.dirname, '../../..');

describe('native modules', () => {
  let folder: string;
  before(() => (folder = `${mkdtempSync(join(tmpdir(), 'dualstream-native-'))}/`));
  after(() => rmSync(folder, { recursive: true }));

  it('are there where the set-up built them', () => {
    const loaded = loadNative('udp', UDP_INTERFACE);
    assert.ok('module' in loaded, JSON.stringify(loaded));
    assert.equal(loaded.module.interface, UDP_INTERFACE);
  });

  it('say that they were refused', () =>
    assert.deepEqual(loadNative('udp', UDP_INTERFACE, 'off'), { missing: 'refused by media.native' }));

  it('of another interface are not used', () => {
    const loaded = loadNative('udp', 999);
    assert.ok(
      'missing' in loaded && loaded.missing.startsWith(`built for interface ${UDP_INTERFACE}, 999`),
      JSON.stringify(loaded),
    );
  });

  it('say that nobody built them', () =>
    assert.deepEqual(loadNative('nothing', 1, 'auto', folder), { missing: 'not built: scripts/setup does it' }));

  it('say why they could not be built', () => {
    writeFileSync(`${folder}late.missing`, 'no C compiler on this machine\n');
    assert.deepEqual(loadNative('late', 1, 'auto', folder), { missing: 'no C compiler on this machine' });
  });

  it('that are broken are not used', () => {
    copyFileSync(join(root, 'package.json'), `${folder}broken.node`);
    const loaded = loadNative('broken', 1, 'auto', folder);
    assert.ok('missing' in loaded && loaded.missing.includes('broken.node'), JSON.stringify(loaded));
  });
});
