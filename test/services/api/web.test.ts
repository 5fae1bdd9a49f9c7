import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apiUnderTest, type TestApi } from './support.js';

describe('services/api/web', () => {
  let directory: string;
  let test: TestApi;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'dualstream-web-'));
    await mkdir(join(directory, 'web/assets'), { recursive: true });
    await writeFile(join(directory, 'secret.txt'), 'secret');
    await writeFile(join(directory, 'web/index.html'), '<!doctype html><title>client</title>');
    await writeFile(join(directory, 'web/assets/index-Ab12cd34.js'), '1');
    test = await apiUnderTest({ web: join(directory, 'web') });
  });
  afterEach(async () => {
    await test.close();
    await rm(directory, { recursive: true });
  });

  it('serves the client, also under its own paths', async () => {
    for (const path of ['/', '/r/demo', '/demo?x=1', '/index.html']) {
      const page = await test.get(path);
      assert.match(String(page.body), /client/, path);
      assert.equal(page.headers['cache-control'], 'no-cache', path);
    }
    const asset = await test.get('/assets/index-Ab12cd34.js');
    assert.match(asset.headers['cache-control'] ?? '', /immutable/);
    assert.match(asset.headers['content-type'] ?? '', /javascript/);
  });

  it('serves nothing else', async () => {
    for (const path of [
      '/../secret.txt',
      '/%2e%2e/secret.txt',
      '/assets/..%2f..%2fsecret.txt',
      '/nothing.js',
      '/api/x',
    ]) {
      const answer = await test.get(path);
      assert.ok(answer.status >= 400 || !String(answer.body).includes('secret'), path);
      assert.ok(!String(answer.body).includes('secret\n') && answer.body !== 'secret', path);
    }
    assert.equal((await test.post('/r/demo', {})).status, 404);
  });
});
