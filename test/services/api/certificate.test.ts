import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { systemClock } from '../../../src/base/clock.js';
import { machineNames, ownCertificate, selfSigned } from '../../../src/services/api/certificate.js';
import { CertificateUnusable } from '../../../src/services/api/errors.js';
import { ManualClock } from '../../support/manual-clock.js';
import { apiUnderTest, closeCode } from './support.js';

describe('services/api/certificate', () => {
  let directory: string;
  beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), 'dualstream-tls-'))));
  afterEach(() => rm(directory, { recursive: true }));

  it('names everything, keeps its key to itself and survives a restart', async () => {
    const names = machineNames({ hosts: ['gw.example.org'], addresses: ['192.0.2.7'] });
    const made = await selfSigned(join(directory, 'tls'), names, systemClock);
    const x509 = new X509Certificate(made.cert);
    for (const host of ['localhost', 'gw.example.org']) assert.ok(x509.checkHost(host), host);
    for (const address of ['127.0.0.1', '::1', '192.0.2.7']) assert.ok(x509.checkIP(address), address);
    assert.match(made.fingerprint, /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    assert.equal((await stat(join(directory, 'tls/key.pem'))).mode & 0o777, 0o600);
    const again = await selfSigned(join(directory, 'tls'), names, systemClock);
    assert.deepEqual([made.fresh, again.fresh, again.fingerprint], [true, false, made.fingerprint]);
    const fewer = await selfSigned(join(directory, 'tls'), { hosts: ['localhost'], addresses: [] }, systemClock);
    assert.equal(fewer.fingerprint, made.fingerprint, 'naming more than needed is fine');
  });

  it('is made anew for a new address, near its end and when torn', async () => {
    const clock = new ManualClock();
    const names = { hosts: ['localhost'], addresses: ['127.0.0.1'] };
    const made = await selfSigned(directory, names, clock);
    const moved = await selfSigned(directory, { ...names, addresses: ['127.0.0.1', '192.0.2.8'] }, clock);
    assert.notEqual(moved.fingerprint, made.fingerprint);
    await writeFile(join(directory, 'cert.pem'), (await readFile(join(directory, 'cert.pem'), 'utf8')).slice(0, 300));
    const torn = await selfSigned(directory, names, clock);
    assert.equal(torn.fresh, true);
    clock.advance(810 * 86_400_000);
    assert.equal((await selfSigned(directory, names, clock)).fresh, true);
  });

  it('takes own files and says what is wrong with them', async () => {
    const [cert, key] = [join(directory, 'cert.pem'), join(directory, 'key.pem')];
    await assert.rejects(ownCertificate(cert, key), CertificateUnusable);
    await selfSigned(directory, { hosts: ['localhost'], addresses: [] }, systemClock);
    assert.equal((await ownCertificate(cert, key)).own, true);
    await selfSigned(join(directory, 'b'), { hosts: ['localhost'], addresses: [] }, systemClock);
    await assert.rejects(ownCertificate(cert, join(directory, 'b/key.pem')), /is not the key of/);
    await assert.rejects(ownCertificate(key, cert), /not usable/);
  });

  it('serves HTTPS and WSS', async () => {
    const { cert, key } = await selfSigned(directory, { hosts: ['localhost'], addresses: ['127.0.0.1'] }, systemClock);
    let secure: boolean | null = null;
    const test = await apiUnderTest({
      https: { address: '127.0.0.1', port: 0, cert, key },
      onSip: (stream, how) => {
        secure = how;
        stream.send('hello');
      },
    });
    const port = test.api.https?.port ?? 0;
    const status = await new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port, path: '/api/v1/health', ca: cert, agent: false };
      request(options, (answer) => resolve(answer.resume().statusCode))
        .on('error', reject)
        .end();
    });
    assert.equal(status, 200);
    const ws = new WebSocket(`wss://127.0.0.1:${port}/sip`, 'sip', { ca: cert });
    await new Promise((resolve) => ws.once('message', resolve));
    assert.equal(secure, true);
    const code = closeCode(ws);
    await test.close();
    assert.ok([1001, 1006].includes(await code));
  });
});
