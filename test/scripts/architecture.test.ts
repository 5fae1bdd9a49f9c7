import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { checkScripts, checkSourceTree } from '../../scripts/architecture/check.js';

const ok = 'export const x = 1;\n';

function checked(files: Record<string, string>, check = checkSourceTree): string[] {
  const root = mkdtempSync(join(tmpdir(), 'architecture-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return check(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

function refuses(files: Record<string, string>, why: RegExp): void {
  const problems = checked(files);
  assert.equal(problems.length, 1, problems.join('\n'));
  assert.match(problems[0] ?? '', why);
}

/** One file at `from` that imports `to`, which exists. */
function edge(from: string, to: string): Record<string, string> {
  const up = '../'.repeat(from.split('/').length - 1) || './';
  return { [from]: `import { x } from '${up}${to.replace('.ts', '.js')}';\nexport const y = x;\n`, [to]: ok };
}

describe('the architecture check', () => {
  describe('imports', () => {
    for (const [from, to] of [
      ['base/a.ts', 'protocol/sip/b.ts'],
      ['protocol/bfcp/a.ts', 'protocol/sdp/b.ts'],
      ['protocol/sip/a.ts', 'protocol/drachtio/b.ts'],
      ['protocol/rtp/a.ts', 'media/b.ts'],
      ['media/a.ts', 'rooms/b.ts'],
      ['rooms/a.ts', 'legs/sip/b.ts'],
      ['legs/sip/a.ts', 'protocol/sip/b.ts'],
      ['legs/sip/a.ts', 'protocol/drachtio/b.ts'],
      ['legs/sip/a.ts', 'bridges/embedded/b.ts'],
      ['bridges/freeswitch/a.ts', 'legs/sip/b.ts'],
      ['services/api/a.ts', 'legs/sip/b.ts'],
      ['services/store/a.ts', 'protocol/drachtio/b.ts'],
      ['web/a.ts', 'rooms/b.ts'],
      ['web/a.ts', 'services/api/server.ts'],
      ['rooms/a.ts', 'config.ts'],
    ] as const) {
      it(`refuses ${from} -> ${to}`, () => refuses(edge(from, to), /must not import/));
    }
    for (const [from, to] of [
      ['protocol/drachtio/a.ts', 'protocol/sip/b.ts'],
      ['legs/sip/a.ts', 'protocol/sip-values/b.ts'],
      ['legs/sip/a.ts', 'legs/admission/b.ts'],
      ['services/recording/a.ts', 'services/api/b.ts'],
      ['web/a.ts', 'services/api/contract/b.ts'],
      ['web/a.tsx', 'protocol/bfcp/b.ts'],
      ['main.ts', 'protocol/drachtio/b.ts'],
    ] as const) {
      it(`allows ${from} -> ${to}`, () => assert.deepEqual(checked(edge(from, to)), []));
    }
    it('counts type imports, re-exports and dynamic imports', () => {
      for (const line of [
        `import type { x } from '../rooms/b.js';`,
        `export { x } from '../rooms/b.js';`,
        `export const y = import('../rooms/b.js');`,
        `export type Y = import('../rooms/b.js').X;`,
      ]) {
        refuses({ 'media/a.ts': `${line}\n`, 'rooms/b.ts': ok }, /media must not import rooms/);
      }
    });
    it('gives a package one home', () => {
      assert.deepEqual(checked({ 'legs/sip/a.ts': `import Srf from 'drachtio-srf';\nexport const s = Srf;\n` }), []);
      refuses({ 'services/api/a.ts': `import 'drachtio-srf';\n` }, /drachtio-srf belongs to legs\/sip/);
      refuses({ 'services/store/a.ts': `import '@fastify/static';\n` }, /belongs to services\/api/);
      refuses({ 'base/a.ts': `import 'left-pad';\n` }, /no home/);
    });
  });

  it('finds cycles, type imports included', () => {
    refuses(
      {
        'rooms/a.ts': `import type { B } from './b.js';\nexport type A = B;\n`,
        'rooms/b.ts': `import type { A } from './c.js';\nexport type B = A;\n`,
        'rooms/c.ts': `export type { A } from './a.js';\n`,
      },
      /import cycle: rooms\/a.ts <-> rooms\/b.ts <-> rooms\/c.ts/,
    );
  });

  describe('the forbidden', () => {
    for (const use of [
      'setTimeout(() => 1, 1)',
      'setInterval(() => 1, 1)',
      'Date.now()',
      'new Date()',
      'performance.now()',
      'Math.random()',
      'process.env',
      'globalThis.setTimeout',
      'console.log(1)',
    ]) {
      it(`refuses ${use}`, () => refuses({ 'rooms/a.ts': `export const x = ${use};\n` }, /outside its home/));
    }
    for (const name of ['net', 'dgram', 'tls', 'fs', 'fs/promises', 'child_process', 'worker_threads', 'perf_hooks']) {
      it(`refuses node:${name}`, () =>
        refuses({ 'rooms/a.ts': `import * as x from 'node:${name}';\nexport const y = x;\n` }, /outside its home/));
    }
    it('allows what is harmless, the homes and the web client', () => {
      assert.deepEqual(
        checked({
          'rooms/a.ts': `import { isIP } from 'node:net';\nimport type { Socket } from 'node:net';\nexport const at = (ms: number, s: Socket) => [new Date(ms), isIP(String(s))];\n`,
          'rooms/b.ts': `export const o = { setTimeout: 1 };\nexport const p = o.setTimeout;\n`,
          'base/clock.ts': `export const n = [Date.now(), setTimeout(() => 1, 1)];\n`,
          'web/a.ts': `export const n = setTimeout(() => Date.now(), 1);\n`,
        }),
        [],
      );
    });
  });

  describe('sizes', () => {
    const lines = (n: number): string => '  f();\n'.repeat(n);
    it('caps files', () => refuses({ 'rooms/a.ts': '// a line\n'.repeat(401) }, /401 lines, at most 400/));
    it('caps functions', () => {
      refuses({ 'rooms/a.ts': `export function f() {\n${lines(49)}}\n` }, /rooms\/a.ts:1: function of 51 lines/);
      assert.deepEqual(checked({ 'rooms/a.ts': `export function f() {\n${lines(48)}}\n` }), []);
    });
    it('leaves tables and schemas alone', () => {
      const long = '// a line\n'.repeat(401);
      assert.deepEqual(checked({ 'rooms/codes-table.ts': long, 'rooms/schema.ts': long }), []);
    });
    it('holds for scripts too', () => {
      assert.equal(checked({ 'a.ts': '// a line\n'.repeat(401) }, checkScripts).length, 1);
      assert.deepEqual(checked({ 'a.ts': 'console.log(process.env);\n' }, checkScripts), []);
    });
  });
});
