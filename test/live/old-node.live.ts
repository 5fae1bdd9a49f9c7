import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve('.');

/** Debian 12's own Node.js with the libraries that come with it. */
const packages = [
  'nodejs',
  'libnode108',
  'libuv1',
  'libc-ares2',
  'libnghttp2-14',
  'libicu72',
  'libssl3',
  'libbrotli1',
  'zlib1g',
  'node-cjs-module-lexer',
  'node-undici',
  'node-acorn',
  'node-busboy',
];

/** A folder with a `node` of version 18, and words that run a command where that node finds its files. */
interface OldNode {
  bin: string;
  inside: string[];
}

/** Unpacks Debian's Node.js 18 into a folder; or says why it cannot be had. */
function unpackNode18(at: string): OldNode | { why: string } {
  const debs = join(at, 'debs');
  const files = join(at, 'files');
  const bin = join(at, 'bin');
  for (const folder of [debs, files, bin]) mkdirSync(folder);
  const madison = spawnSync('apt-cache', ['madison', 'nodejs'], { encoding: 'utf8' }).stdout ?? '';
  const version = /\|\s*(18\.\S+)\s*\|/.exec(madison)?.[1];
  if (version === undefined) return { why: 'this machine knows no Debian package of Node.js 18' };
  const wanted = packages.map((name) => (name === 'nodejs' || name === 'libnode108' ? `${name}=${version}` : name));
  const download = spawnSync('apt-get', ['download', ...wanted], { cwd: debs, encoding: 'utf8' });
  if (download.status !== 0)
    return { why: `the Debian packages cannot be downloaded: ${download.stderr.slice(0, 200)}` };
  for (const deb of readdirSync(debs)) spawnSync('dpkg', ['-x', join(debs, deb), files]);
  const libraries = spawnSync('find', [files, '-name', '*.so*', '-printf', '%h\n'], { encoding: 'utf8' }).stdout;
  const path = [...new Set(libraries.trim().split('\n'))].join(':');
  writeFileSync(join(bin, 'node'), `#!/bin/sh\nLD_LIBRARY_PATH=${path} exec ${files}/usr/bin/node "$@"\n`, {
    mode: 0o755,
  });
  // It reads parts of itself from /usr/share/nodejs: they are laid over this machine's files, for its processes only.
  const lay = `mount -t overlay overlay -o lowerdir=${files}/usr/share:/usr/share /usr/share && exec "$@"`;
  const inside = ['-rm', 'sh', '-c', lay, 'sh'];
  const tried = spawnSync('unshare', [...inside, join(bin, 'node'), '--version'], { encoding: 'utf8' });
  if (tried.status !== 0)
    return { why: `files cannot be laid over in a namespace here: ${tried.stderr.slice(0, 200)}` };
  return { bin, inside };
}

/** A copy of this checkout as it was built, without what `var` holds. */
function copyCheckout(to: string): void {
  for (const name of [
    'src',
    'scripts',
    'dist',
    'dialplans',
    'prompts',
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    '.npmrc',
  ]) {
    cpSync(join(root, name), join(to, name), { recursive: true, preserveTimestamps: true });
  }
  symlinkSync(join(root, 'node_modules'), join(to, 'node_modules'));
}

describe('a machine whose Node.js is too old', function () {
  const at = mkdtempSync(join(tmpdir(), 'old-node-'));
  after(() => rmSync(at, { recursive: true, force: true }));

  it('gets a private Node.js and runs on it', function () {
    const node18 = unpackNode18(at);
    if ('why' in node18) {
      process.stderr.write(`${node18.why}\n`);
      return this.skip();
    }
    const checkout = join(at, 'checkout');
    mkdirSync(checkout);
    copyCheckout(checkout);
    const env = { ...process.env, PATH: `${node18.bin}:${process.env['PATH'] ?? ''}`, DUALSTREAM_APT: 'no' };
    const inside = (...words: string[]): string => {
      const { stdout, stderr } = spawnSync('unshare', [...node18.inside, ...words], {
        cwd: checkout,
        env,
        encoding: 'utf8',
      });
      return stdout + stderr;
    };
    assert.match(inside('node', '--version'), /^v18\./);
    const first = inside('scripts/start', '--check');
    assert.match(first, /Node\.js here is v18\.\S+, 20\.19 or newer is needed: fetching node-linux-/);
    assert.match(first, /^Node\.js v20\.20\.2; configuration, dial plan and certificate are fine\.$/m);
    assert.ok(existsSync(join(checkout, 'var/node/v20.20.2/bin/node')));
    const second = inside('scripts/start', '--check');
    assert.doesNotMatch(second, /fetching/);
    assert.match(second, /^Node\.js v20\.20\.2; /m);
  });
});
