import assert from 'node:assert/strict';
import { isSafePath } from '../../../src/bridges/freeswitch/safe-path.js';

describe('paths in commands to FreeSWITCH', () => {
  it('are absolute, of one word, and lead nowhere else', () => {
    for (const path of ['/a.wav', '/var/lib/sounds/room-1_2@x+y.wav', '/a..b/c.wav'])
      assert.equal(isSafePath(path), true, path);
    for (const path of [
      '',
      '/',
      'a.wav',
      '/a b.wav',
      '/a\nb',
      '/a;b',
      '/{x=1}a',
      '/a//b',
      '/a/',
      '/../a',
      '/a/../b',
      '/a/..',
    ])
      assert.equal(isSafePath(path), false, path);
  });
});
