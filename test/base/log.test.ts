import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
});
