import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../../..');
const script = join(root, 'scripts/native-modules.sh');
const good = 'int answer(void) { return 42; }\n';

describe('building native modules', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'dualstream-build-'));
    mkdirSync(join(home, 'src/media/native'), { recursive: true });
    writeFileSync(join(home, 'package-lock.json'), '{}');
  });
  afterEach(() => rmSync(home, { recursive: true }));

  const source = (text: string): void => writeFileSync(join(home, 'src/media/native/one.c'), text);
  const at = (name: string): string => join(home, 'dist/native', name);
  /** Runs what set-up runs; what it said. */
  const build = (env: Record<string, string> = {}): string =>
    execFileSync(
      'sh',
      ['-euc', `say() { printf '%s\\n' "$*"; }; . ${script}; if native_modules_missing; then build_native_modules; fi`],
      { cwd: home, env: { ...process.env, ...env }, encoding: 'utf8' },
    );
  /** As if the file had been written so many seconds ago. */
  const aged = (path: string, seconds: number): void => {
    const then = new Date(statSync(path).mtimeMs - seconds * 1000);
    utimesSync(path, then, then);
  };

  it('happens once, and again when the source is newer', () => {
    source(good);
    assert.equal(build(), 'Building the native module one ...\n');
    assert.ok(existsSync(at('one.node')));
    assert.equal(build(), '');
    aged(at('one.node'), 60);
    source(good);
    assert.equal(build(), 'Building the native module one ...\n');
  });

  it('says why it does not without a compiler, once, and does it when there is one', () => {
    source(good);
    const said = build({ CC: 'no-such-compiler' });
    assert.match(said, /^The native module one is not built \(no C compiler on this machine\)/);
    assert.equal(build({ CC: 'no-such-compiler' }), '');
    assert.match(readFileSync(at('one.missing'), 'utf8'), /^no C compiler/);
    build();
    assert.ok(existsSync(at('one.node')) && !existsSync(at('one.missing')));
  });

  it('leaves none behind that is refused, and tries again when the source is newer', () => {
    source(good);
    build();
    aged(at('one.node'), 60);
    source('this is no C\n');
    assert.match(build(), /not built \(the C compiler refused it, see dist\/native\/one.log\)/);
    assert.ok(!existsSync(at('one.node')) && existsSync(at('one.log')));
    assert.equal(build(), '');
    aged(at('one.missing'), 60);
    source(good);
    build();
    assert.ok(existsSync(at('one.node')) && !existsSync(at('one.missing')));
  });

  it('says which package it needs, once, and does it when that is there', () => {
    source(`// needs: no-such-header.h libsuch-dev\n${good}`);
    assert.match(build(), /^The native module one is not built \(libsuch-dev is not installed\)/);
    assert.equal(build(), '');
    source(`// needs: one/later.h libsuch-dev\n${good}`);
    aged(at('one.missing'), 60);
    assert.match(build(), /libsuch-dev is not installed/);
    mkdirSync(join(home, 'include/one'), { recursive: true });
    writeFileSync(join(home, 'include/one/later.h'), '');
    assert.equal(build({ CPATH: join(home, 'include') }), 'Building the native module one ...\n');
    assert.ok(existsSync(at('one.node')) && !existsSync(at('one.missing')));
  });

  it('links with what the source names', () => {
    source(`// link: -lm\n${good}`);
    build();
    assert.ok(existsSync(at('one.node')));
    aged(at('one.node'), 60);
    source(`// link: -lno-such-library\n${good}`);
    build();
    assert.match(readFileSync(at('one.log'), 'utf8'), /no-such-library/);
  });
});
