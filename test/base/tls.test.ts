import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import type { ByteStream, Endpoint, Listener, ListenOptions } from '../../src/base/net.js';
import { systemNet } from '../../src/base/system-net.js';
import { explainTls } from '../../src/base/tls-faults.js';
import { fixedTls, modernTls, namesHost, readAltNames, type TlsMaterial, type TlsServer } from '../../src/base/tls.js';
import { selfSignedTest, TestAuthority, type TestCertificate } from '../support/certificates.js';
import { waitUntil } from '../support/wait.js';

const here = '127.0.0.1';
const day = 86_400_000;

describe('TLS', () => {
  let authority: TestAuthority;
  let stranger: TestAuthority;
  let good: TestCertificate;
  let named: TestCertificate;
  let client: TestCertificate;
  const listeners: Listener[] = [];
  const accepted: ByteStream[] = [];
  const opened: { destroy(): void }[] = [];
  const faults: string[] = [];

  before(async () => {
    authority = await TestAuthority.make();
    stranger = await TestAuthority.make('Stranger');
    good = await authority.sign({ names: ['gw.example.org', here] });
    named = await authority.sign({ common: 'other', names: ['other.example.net'] });
    client = await authority.sign({ common: 'room 7', names: ['sip:room7.example.org'] });
  });
  afterEach(() => {
    for (const each of [...opened.splice(0), ...accepted.splice(0)]) each.destroy();
    for (const listener of listeners.splice(0)) listener.dispose();
    faults.length = 0;
  });

  const listen = async (server: TlsServer, how: ListenOptions = {}): Promise<Endpoint> => {
    const listener = await systemNet.listen(
      { address: here, port: 0 },
      { type: 'tls', server },
      (stream) => accepted.push(stream),
      { failed: (error) => faults.push(explainTls(error).label), ...how },
    );
    listeners.push(listener);
    return listener.local;
  };
  const call = async (at: Endpoint, options: ConnectionOptions = {}): Promise<TLSSocket> => {
    const socket = connect({
      host: at.address,
      port: at.port,
      ca: authority.cert,
      servername: 'gw.example.org',
      ...options,
    });
    opened.push(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('secureConnect', resolve);
      socket.once('error', reject);
    });
    return socket;
  };
  const subject = (socket: TLSSocket): string => String(socket.getPeerCertificate().subject.CN);
  const reach = async (at: Endpoint, serverName?: string, ca: string = authority.cert, own?: TlsMaterial) => {
    const kind = {
      type: 'tls' as const,
      ...(serverName === undefined ? {} : { serverName }),
      client: { ca, ...(own ? { own } : {}) },
    };
    const stream = await systemNet.connect(at, kind, { timeoutMs: 3000 });
    opened.push(stream);
    return stream;
  };
  const fault = async (work: Promise<unknown>): Promise<string> => {
    try {
      await work;
    } catch (error) {
      return explainTls(error as Error).label;
    }
    return 'none';
  };

  it('shows the certificate of the name that is asked for, and another one from the next handshake on', async () => {
    let current = good;
    let changed: () => void = () => undefined;
    const at = await listen({
      ...fixedTls(good),
      materialFor: (name) => (name !== null && namesHost(['*.example.net'], name) ? named : current),
      onChange(listener) {
        changed = listener;
        return { dispose: () => undefined };
      },
    });
    assert.equal(subject(await call(at)), 'test');
    assert.equal(subject(await call(at, { servername: 'other.example.net' })), 'other');
    const early = await call(at, { servername: '', checkServerIdentity: () => undefined });
    assert.equal(subject(early), 'test');
    current = await authority.sign({ common: 'renewed', names: ['gw.example.org'] });
    changed();
    for (const servername of ['gw.example.org', '']) {
      assert.equal(subject(await call(at, { servername, checkServerIdentity: () => undefined })), 'renewed');
    }
    // whoever was connected before stays so
    early.write('still here');
    let heard = '';
    for (const stream of accepted) stream.onData((data) => (heard += data.toString()));
    await waitUntil(() => heard === 'still here', 2000);
  });

  it('speaks TLS 1.2 and 1.3 with forward secrecy, and nothing older', async () => {
    const at = await listen(fixedTls(good));
    assert.equal((await call(at)).getProtocol(), 'TLSv1.3');
    const older = await call(at, { maxVersion: 'TLSv1.2' });
    assert.match(older.getCipher().name, /^ECDHE-ECDSA-AES\d+-GCM|^ECDHE-ECDSA-CHACHA20/);
    const ancient = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    assert.equal(await fault(call(at, ancient)), 'protocol');
    const weak = { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA' } as const;
    assert.equal(await fault(call(at, weak)), 'cipher');
    await waitUntil(() => faults.length === 2, 2000);
    assert.deepEqual(faults, ['protocol', 'cipher']);
    assert.doesNotMatch(modernTls.ciphers, /CBC|SHA(:|$)|RC4|3DES/);
  });

  it('asks for the certificate of a client where it may or must have one', async () => {
    const server = { ...good };
    const may = await listen(fixedTls(server, 'optional'));
    const must = await listen(fixedTls(server, 'required'));
    const foreign = await stranger.sign({ common: 'foreign' });
    for (const own of [client, foreign, null]) await call(may, own ? { cert: own.cert, key: own.key } : {});
    await waitUntil(() => accepted.length === 3, 2000);
    assert.deepEqual(
      accepted.map(({ peer }) => peer && [peer.commonName, peer.verified]),
      [['room 7', true], ['foreign', false], null],
    );
    assert.deepEqual(accepted[0]?.peer?.names.uris, ['sip:room7.example.org']);
    await call(must, { cert: client.cert, key: client.key });
    await waitUntil(() => accepted.length === 4, 2000);
    const late = await authority.sign({
      common: 'late',
      from: new Date(Date.now() - 9 * day),
      to: new Date(Date.now() - day),
    });
    for (const own of [null, foreign, late]) {
      const socket = await call(must, {
        maxVersion: 'TLSv1.2',
        ...(own ? { cert: own.cert, key: own.key } : {}),
      }).catch(() => null);
      socket?.on('error', () => undefined);
    }
    await waitUntil(() => faults.length === 3, 2000);
    assert.deepEqual(faults, ['no_certificate', 'unknown_ca', 'expired']);
    assert.equal(accepted.length, 4);
  });

  it('says in words what is wrong with the certificate of a server', async () => {
    const now = Date.now();
    const cases: [string, TlsMaterial, string | undefined][] = [
      ['none', good, 'gw.example.org'],
      ['none', good, undefined],
      ['wrong_host', good, 'gw.example.com'],
      ['wrong_host', named, undefined],
      [
        'expired',
        await authority.sign({ names: [here], from: new Date(now - 9 * day), to: new Date(now - day) }),
        undefined,
      ],
      [
        'not_yet_valid',
        await authority.sign({ names: [here], from: new Date(now + day), to: new Date(now + 9 * day) }),
        undefined,
      ],
      ['unknown_ca', await stranger.sign({ names: [here] }), undefined],
      ['self_signed', await selfSignedTest({ names: [here] }), undefined],
    ];
    for (const [label, material, name] of cases) {
      const at = await listen(fixedTls(material));
      assert.equal(await fault(reach(at, name)), label, `${label} ${name}`);
    }
    const own = await selfSignedTest({ names: [here] });
    const at = await listen(fixedTls(own));
    assert.equal(await fault(reach(at, undefined, own.cert)), 'none', 'a certificate may be its own authority');
    assert.match(explainTls(Object.assign(new Error('x'), { code: 'CERT_HAS_EXPIRED' })).text, /has expired/);
  });

  it('tells what a client thinks of our certificate', async function () {
    const alert = (code: string): string => explainTls(Object.assign(new Error(code), { code })).label;
    assert.equal(alert('ERR_SSL_TLSV1_ALERT_UNKNOWN_CA'), 'unknown_ca');
    assert.equal(alert('ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED'), 'expired');
    assert.equal(alert('ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE'), 'bad_certificate');
    assert.equal(alert('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'), 'no_certificate');
    assert.equal(alert('ECONNREFUSED'), 'other');
    // Node's own client closes without a word, others send an alert
    if (spawnSync('openssl', ['version']).error) return this.skip();
    const directory = await mkdtemp(join(tmpdir(), 'tls-'));
    const file = join(directory, 'ca.pem');
    await writeFile(file, authority.cert);
    const late = await authority.sign({ from: new Date(Date.now() - 9 * day), to: new Date(Date.now() - day) });
    for (const [material, label] of [
      [good, 'unknown_ca'],
      [late, 'expired'],
    ] as const) {
      const at = await listen(fixedTls(material));
      const trusted = label === 'expired' ? ['-CAfile', file] : ['-no-CAfile', '-no-CApath'];
      const args = ['s_client', '-verify_return_error', '-connect', `${here}:${at.port}`, ...trusted];
      await once(spawn('openssl', args, { stdio: 'ignore' }), 'close');
      await waitUntil(
        () => faults.includes(label),
        2000,
        () => faults.join(),
      );
    }
    await rm(directory, { recursive: true });
  });

  it('shows its own certificate to a server that requires one', async () => {
    const at = await listen(fixedTls(good, 'required'));
    await reach(at, undefined, authority.cert, client);
    await waitUntil(() => accepted.length === 1, 2000);
    assert.equal(accepted[0]?.peer?.commonName, 'room 7');
    const without = await reach(at);
    let why: Error | undefined;
    without.onClose((error) => (why = error));
    await waitUntil(() => why !== undefined, 2000);
    assert.ok(why);
    assert.match(explainTls(why).text, /wants a certificate from us/);
  });

  it('admits and releases each connection from its first packet on, and cuts off a slow handshake', async () => {
    let inside = 0;
    const at = await listen(fixedTls(good), {
      handshakeMs: 150,
      admit: () => {
        if (inside >= 2) return null;
        inside += 1;
        return () => void (inside -= 1);
      },
    });
    const slow = connectTcp(at.port, here);
    opened.push(slow);
    await waitUntil(() => inside === 1, 2000);
    const fine = await call(at);
    await waitUntil(() => accepted.length === 1 && inside === 2, 2000);
    assert.equal(await fault(call(at)), 'closed');
    let cut = false;
    slow
      .on('close', () => (cut = true))
      .on('error', () => undefined)
      .resume();
    slow.write(Buffer.from([22, 3, 1]));
    await waitUntil(() => cut && inside === 1, 2000);
    assert.deepEqual(faults, ['timeout']);
    fine.destroy();
    await waitUntil(() => inside === 0, 2000);
    const junk = connectTcp(at.port, here, () => void junk.write('GET / HTTP/1.1\r\n\r\n'));
    junk.on('error', () => undefined);
    opened.push(junk);
    await waitUntil(() => faults.length === 2, 2000);
    assert.equal(faults[1], 'not_tls');
    await waitUntil(() => inside === 0, 2000);
  });

  it('ends handshakes with its listener', async () => {
    const at = await listen(fixedTls(good));
    const slow = connectTcp(at.port, here);
    opened.push(slow);
    let cut = false;
    slow
      .on('close', () => (cut = true))
      .on('error', () => undefined)
      .resume();
    await new Promise((resolve) => slow.once('connect', resolve));
    // one that came after it was accepted shows that the listener knows of the slow one
    await call(at);
    listeners.splice(0)[0]?.dispose();
    await waitUntil(() => cut, 2000);
  });

  it('reads alternative names, those with traps in them too', () => {
    assert.deepEqual(readAltNames('DNS:a.org, URI:sip:b.org, IP Address:192.0.2.1, IP Address:2001:DB8:0:0:0:0:0:1'), {
      dns: ['a.org'],
      uris: ['sip:b.org'],
      ips: ['192.0.2.1', '2001:DB8:0:0:0:0:0:1'],
    });
    assert.deepEqual(readAltNames('DNS:"evil.org, DNS:good.org", DNS:x'), {
      dns: ['evil.org, DNS:good.org', 'x'],
      uris: [],
      ips: [],
    });
    assert.deepEqual(readAltNames(''), { dns: [], uris: [], ips: [] });
  });
});
