import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, type Timer } from '../../../src/base/clock.js';
import { systemChance } from '../../../src/base/ids.js';
import type { Datagrams, Endpoint } from '../../../src/base/net.js';
import { systemNet } from '../../../src/base/system-net.js';
import { DtlsClient } from '../../../src/protocol/dtls/client.js';
import type { DtlsPeer, DtlsSink } from '../../../src/protocol/dtls/peer.js';
import { Cookies, DtlsServer } from '../../../src/protocol/dtls/server.js';
import { Signer } from '../../../src/protocol/dtls/signatures.js';
import { rsaTest, selfSignedTest, type TestCertificate } from '../../support/certificates.js';
import { waitUntil } from '../../support/wait.js';

const here = '127.0.0.1';

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** One end of ours on a real socket. */
class Ours {
  readonly log: string[] = [];
  peer: DtlsPeer | null = null;
  private timer: Timer | null = null;

  constructor(
    readonly socket: Datagrams,
    make: (sink: (to: Endpoint) => DtlsSink, from: Endpoint | null) => DtlsPeer | null,
  ) {
    const sink = (to: Endpoint): DtlsSink => ({
      send: (datagram) => socket.send(datagram, to),
      connected: () => this.log.push('connected'),
      data: (bytes) => this.log.push(Buffer.from(bytes).toString()),
      closed: (why) => this.log.push(`closed: ${why}`),
    });
    this.peer = make(sink, null);
    socket.onMessage((data, from) => {
      this.peer ??= make(sink, from);
      this.peer?.receive(data, systemClock.now());
    });
    this.timer = systemClock.every(100, () => this.peer?.tick(systemClock.now()));
  }

  async said(what: string | RegExp): Promise<void> {
    const test = (line: string): boolean => (typeof what === 'string' ? line === what : what.test(line));
    await waitUntil(
      () => this.log.some(test),
      5000,
      () => this.log.join(' | '),
    );
  }

  close(): void {
    this.peer?.close();
    this.timer?.cancel();
    this.socket.close();
  }
}

/** Another stack's DTLS over real sockets, in both roles. */
describe('dtls with openssl', function () {
  this.timeout(30_000);
  let folder: string;
  let child: ChildProcessWithoutNullStreams;
  let said = '';
  let ours: Ours;
  const kept: Record<'ec' | 'rsa', TestCertificate | null> = { ec: null, rsa: null };

  before(async function () {
    if (!hasOpenssl()) return this.skip();
    folder = mkdtempSync(join(tmpdir(), 'dtls-'));
    kept.ec = await selfSignedTest({ common: 'ec' });
    kept.rsa = await rsaTest('rsa');
    for (const name of ['ec', 'rsa'] as const) {
      writeFileSync(join(folder, `${name}.pem`), `${kept[name]?.cert ?? ''}\n${kept[name]?.key ?? ''}`);
    }
  });
  after(() => folder && rmSync(folder, { recursive: true }));
  afterEach(() => {
    ours.close();
    child.kill();
  });

  const of = (kind: 'ec' | 'rsa'): TestCertificate => {
    const one = kept[kind];
    assert.ok(one);
    return one;
  };
  const config = (own: 'ec' | 'rsa', theirs: 'ec' | 'rsa'): ConstructorParameters<typeof DtlsClient>[0] => {
    const { raw } = new X509Certificate(of(theirs).cert);
    return {
      own: new Signer(of(own)),
      chance: systemChance,
      refusal: (shown) => (shown && Buffer.compare(shown, raw) === 0 ? null : 'another certificate'),
    };
  };
  const openssl = (...args: string[]): void => {
    said = '';
    child = spawn('openssl', args, { cwd: folder, stdio: ['pipe', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (said += data.toString()));
  };
  const heard = (what: RegExp): Promise<void> =>
    waitUntil(
      () => what.test(said),
      5000,
      () => said,
    );
  const freePort = async (): Promise<number> => {
    const socket = await systemNet.udp({ address: here, port: 0 });
    socket.close();
    return socket.local.port;
  };

  for (const [own, theirs, more] of [
    ['ec', 'ec', []],
    ['rsa', 'ec', []],
    ['ec', 'rsa', []],
    ['ec', 'ec', ['-mtu', '300']],
    ['rsa', 'rsa', ['-cipher', 'ECDHE-RSA-AES256-GCM-SHA384']],
  ] as const) {
    it(`is a server of its client: ${own} here, ${theirs} there ${more.join(' ')}`, async () => {
      const socket = await systemNet.udp({ address: here, port: 0 });
      ours = new Ours(socket, (sink, from) => {
        return (
          from && new DtlsServer(config(own, theirs), sink(from), new Cookies(Buffer.from('a secret'), `${from.port}`))
        );
      });
      const to = `${here}:${socket.local.port}`;
      openssl('s_client', '-dtls1_2', '-connect', to, '-cert', `${theirs}.pem`, ...more);
      await ours.said('connected');
      child.stdin.write('a question\n');
      await ours.said('a question\n');
      ours.peer?.write(Buffer.from('an answer\n'));
      await heard(/^an answer$/m);
      assert.match(said, /Extended master secret: yes/);
      assert.match(said, /Secure Renegotiation IS supported/);
      child.stdin.end();
      await ours.said('closed: the other end closed the DTLS association');
    });

    it(`is a client of its server: ${own} here, ${theirs} there ${more.join(' ')}`, async () => {
      const port = await freePort();
      const files = ['-cert', `${theirs}.pem`, '-key', `${theirs}.pem`];
      openssl('s_server', '-dtls1_2', '-accept', `${here}:${port}`, ...files, '-Verify', '1', ...more);
      await heard(/ACCEPT/);
      const socket = await systemNet.udp({ address: here, port: 0 });
      ours = new Ours(socket, (sink) => new DtlsClient(config(own, theirs), sink({ address: here, port })));
      (ours.peer as DtlsClient).start(systemClock.now());
      await ours.said('connected');
      ours.peer?.write(Buffer.from('a question\n'));
      await heard(/^a question$/m);
      child.stdin.write('an answer\n');
      await ours.said('an answer\n');
    });
  }

  it('lets a client without a certificate go', async () => {
    const socket = await systemNet.udp({ address: here, port: 0 });
    ours = new Ours(
      socket,
      (sink, from) =>
        from && new DtlsServer(config('ec', 'ec'), sink(from), new Cookies(Buffer.from('a secret'), 'somebody')),
    );
    openssl('s_client', '-dtls1_2', '-connect', `${here}:${socket.local.port}`);
    await ours.said(/^closed: another certificate/);
    await heard(/alert|error/i);
    assert.ok(!ours.log.includes('connected'));
  });

  it('lets a client of DTLS 1.0 go', async () => {
    const socket = await systemNet.udp({ address: here, port: 0 });
    ours = new Ours(
      socket,
      (sink, from) =>
        from && new DtlsServer(config('ec', 'ec'), sink(from), new Cookies(Buffer.from('a secret'), 'somebody')),
    );
    openssl('s_client', '-dtls1', '-cipher', 'ALL:@SECLEVEL=0', '-connect', `${here}:${socket.local.port}`);
    await ours.said(/^closed: the other end knows DTLS 1.0 only/);
  });
});
