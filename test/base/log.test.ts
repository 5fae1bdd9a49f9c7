import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileSink } from '../../src/base/log-file.js';
import { createLog } from '../../src/base/log.js';
import { waitUntil } from '../support/wait.js';

describe('base/log', () => {
  it('never writes credentials, at whatever depth they come', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'log-'));
    const file = join(directory, 'log');
    const log = createLog({ level: 'debug', file });
    const secret = 'open sesame';
    log.info({ password: secret, room: 'demo' }, 'one');
    log.child({ token: secret }).warn({ peer: { authorization: secret } }, 'two');
    log.error({ request: { headers: { cookie: secret } }, pin: secret, ha1: secret, key: secret, secret }, 'three');
    const written = (): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');
    await waitUntil(() => written().includes('three'), 3000);
    const text = written();
    assert.ok(!text.includes(secret), text);
    assert.equal(text.split('[redacted]').length - 1, 8);
    assert.match(text, /"room":"demo"/);
    rmSync(directory, { recursive: true, force: true });
  });

  it('loses lines to a full disk, says how many, and goes on when there is room again', async () => {
    if (!existsSync('/dev/full')) return;
    let lines = 0;
    const reasons = new Set<string>();
    const lost = (count: number, why: string): void => {
      lines += count;
      reasons.add(why);
    };
    const sink = fileSink('/dev/full', lost);
    for (let n = 0; n < 100; n++) sink.write(`line ${n}\n`);
    await waitUntil(
      () => lines === 100,
      3000,
      () => `${lines} lost`,
    );
    sink.write('last\n');
    sink.close();
    sink.write('after the end\n');
    assert.equal(lines, 101);
    assert.match([...reasons].join(), /ENOSPC/);
  });

  it('keeps no more than a mebibyte for a disk that is too slow, and writes the rest in order', () => {
    const directory = mkdtempSync(join(tmpdir(), 'log-'));
    const file = join(directory, 'deep', 'log');
    let lines = 0;
    const sink = fileSink(file, (count) => (lines += count));
    const line = `${'x'.repeat(1023)}\n`;
    for (let n = 0; n < 3000; n++) sink.write(line);
    assert.ok(lines > 1500, `${lines} lost at once`);
    sink.close();
    const text = readFileSync(file, 'latin1');
    assert.ok(text.split('\n').every((one) => one === '' || one.length === 1023));
    assert.ok(text.length / 1024 >= 3000 - lines, `${text.length / 1024} lines and ${lines} lost`);
    rmSync(directory, { recursive: true, force: true });
  });
});
