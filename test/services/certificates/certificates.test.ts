import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import type { Log } from '../../../src/base/log.js';
import { silentLog } from '../../../src/base/log.js';
import { createMetrics, type Metrics } from '../../../src/base/metrics.js';
import type { Listener } from '../../../src/base/net.js';
import { systemNet } from '../../../src/base/system-net.js';
import { modernTls } from '../../../src/base/tls.js';
import type { Certificate } from '../../../src/services/api/certificate.js';
import {
  ExpiryWatch,
  liveAuthorities,
  liveCertificate,
  liveSelfSigned,
  liveTlsServer,
} from '../../../src/services/certificates/certificates.js';
import { LiveFiles, type Live } from '../../../src/services/certificates/live-files.js';
import { CertificateUnusable } from '../../../src/services/api/errors.js';
import { TestAuthority, type Said } from '../../support/certificates.js';
import { apiUnderTest } from '../api/support.js';
import { ManualClock } from '../../support/manual-clock.js';

const day = 86_400_000;
const here = '127.0.0.1';

/** A clock whose calendar can be turned on by days while nothing waits for them. */
class LaterClock extends ManualClock {
  days = 0;
  override wall(): number {
    return super.wall() + this.days * day;
  }
}

/** A TLS connection, the certificate that it was shown, and a request over it. */
async function shown(port: number) {
  const socket = connect({ host: here, port, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const get = async (): Promise<string> => {
    socket.write('GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const [data] = (await once(socket, 'data')) as [Buffer];
    return data.toString();
  };
  return { socket, get, fingerprint: socket.getPeerCertificate().fingerprint256 };
}

describe('certificates from files', () => {
  let directory: string;
  let authority: TestAuthority;
  let clock: ManualClock;
  let metrics: Metrics;
  let files: LiveFiles;
  let said: string[];

  const log: Log = { ...silentLog, child: () => log };
  for (const level of ['info', 'warn', 'error'] as const) {
    log[level] = (fields, message) => said.push(`${level} ${message} ${JSON.stringify(fields)}`);
  }

  before(async () => (authority = await TestAuthority.make()));
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'live-'));
    clock = new ManualClock(Date.now());
    metrics = createMetrics();
    files = new LiveFiles(clock);
    said = [];
  });
  afterEach(async () => {
    files.close();
    assert.equal(clock.pending, 0);
    await rm(directory, { recursive: true });
  });

  const at = (name: string): { cert: string; key: string } => ({
    cert: join(directory, `${name}.crt`),
    key: join(directory, `${name}.key`),
  });
  const write = async (name: string, what: Said): Promise<void> => {
    const { cert, key } = await authority.sign(what);
    await writeFile(at(name).cert, cert);
    await writeFile(at(name).key, key);
  };
  const live = (name: string): Promise<Live<Certificate>> => liveCertificate(files, name, at(name), clock);
  const refused = (): number => metrics.counted('dualstream_file_reloads_total', { result: 'refused' });
  /** Two looks, ten seconds apart. */
  const looked = async (): Promise<void> => {
    for (let look = 0; look < 2; look++) {
      clock.advance(10_000);
      await files.settled();
    }
  };

  it('are read again when they have changed and rest, however they were replaced', async () => {
    await write('a', { common: 'first' });
    const one = await live('a');
    files.watch({ log, metrics });
    let changes = 0;
    one.onChange(() => changes++);
    const { fingerprint } = one.current;
    await looked();
    assert.equal(changes, 0);
    await write('a', { common: 'second' });
    clock.advance(10_000);
    await files.settled();
    assert.equal(changes, 0, 'the second file may still be missing');
    clock.advance(10_000);
    await files.settled();
    assert.equal(changes, 1);
    assert.notEqual(one.current.fingerprint, fingerprint);
    // as certbot does: a link that leads to other files
    await write('b', { common: 'third' });
    for (const kind of ['cert', 'key'] as const) {
      await symlink(at('b')[kind], `${at('a')[kind]}.new`);
      await rename(`${at('a')[kind]}.new`, at('a')[kind]);
    }
    await files.refresh();
    assert.equal(changes, 2);
    assert.match(said.join('\n'), /info Changed files are used from now on/);
  });

  it('stay as they were when the new ones cannot be used, and the log says why, once', async () => {
    await write('a', {});
    const one = await live('a');
    files.watch({ log, metrics });
    const { fingerprint } = one.current;
    const breaking: [RegExp, () => Promise<void>][] = [
      [/is not usable/, () => writeFile(at('a').cert, 'nonsense')],
      [/cannot read .*a\.crt/, () => rm(at('a').cert)],
      [/is not the key of/, async () => writeFile(at('a').cert, (await authority.sign({})).cert)],
      [
        /expired on \d{4}-/,
        () => write('a', { from: new Date(clock.wall() - 9 * day), to: new Date(clock.wall() - day) }),
      ],
      [
        /not valid before/,
        () => write('a', { from: new Date(clock.wall() + day), to: new Date(clock.wall() + 2 * day) }),
      ],
    ];
    for (const [index, [why, damage]] of breaking.entries()) {
      await damage();
      await looked();
      await looked();
      assert.equal(refused(), index + 1);
      assert.match(said.at(-1) ?? '', /^error Changed files cannot be used: the old ones stay/);
      assert.match(said.at(-1) ?? '', why);
      assert.equal(one.current.fingerprint, fingerprint);
    }
    await write('a', { common: 'good again' });
    await files.refresh();
    assert.notEqual(one.current.fingerprint, fingerprint);
    assert.doesNotMatch(said.join('\n'), /PRIVATE KEY/);
  });

  it('serve the next handshake, by the name asked for, and check callers by the new authorities', async () => {
    const stranger = await TestAuthority.make('Stranger');
    const caller = await stranger.sign({ common: 'caller' });
    const ca = join(directory, 'ca.pem');
    await writeFile(ca, `# ours\n${authority.cert}`);
    await write('main', { common: 'main', names: ['127.0.0.1'] });
    await write('other', { common: 'other', names: ['other.example.org'] });
    const server = liveTlsServer({
      main: await live('main'),
      others: [{ names: ['*.example.org'], certificate: await live('other') }],
      clients: 'optional',
      clientCa: await liveAuthorities(files, 'clientCa', ca),
      rules: modernTls,
    });
    const verified: boolean[] = [];
    const listener: Listener = await systemNet.listen(
      { address: '127.0.0.1', port: 0 },
      { type: 'tls', server },
      (stream) => {
        verified.push(stream.peer?.verified ?? false);
        stream.write('hello');
        stream.end();
      },
    );
    const shown = (servername: string): Promise<string> =>
      new Promise((resolve, reject) => {
        const { port } = listener.local;
        const options = { host: '127.0.0.1', port, servername, cert: caller.cert, key: caller.key };
        const socket = connect({ ...options, rejectUnauthorized: false });
        let name = '';
        socket.once('secureConnect', () => (name = String(socket.getPeerCertificate().subject.CN)));
        socket.once('data', () => socket.end());
        socket.once('close', () => resolve(name));
        socket.once('error', reject);
      });
    assert.deepEqual(
      [await shown(''), await shown('x.example.org'), await shown('example.net')],
      ['main', 'other', 'main'],
    );
    assert.deepEqual(verified.splice(0), [false, false, false]);
    await write('main', { common: 'main two', names: ['127.0.0.1'] });
    await write('other', { common: 'other two' });
    await writeFile(ca, stranger.cert);
    await files.refresh();
    assert.deepEqual([await shown(''), await shown('x.example.org')], ['main two', 'other two']);
    assert.deepEqual(verified, [true, true]);
    listener.dispose();
  });

  it('of the page are made anew two weeks before their end, and calls and pages that are open stay', async () => {
    const later = new LaterClock(Date.now());
    const renewing = new LiveFiles(later);
    const names = { hosts: ['localhost'], addresses: [here] };
    const page = await liveSelfSigned(
      renewing,
      'page',
      { directory: join(directory, 'tls'), names: () => names },
      later,
    );
    const first = page.current;
    const test = await apiUnderTest({
      https: { address: here, port: 0, ...first, renewed: (take) => page.onChange(() => take(page.current)) },
    });
    const port = test.api.https?.port ?? 0;
    const open = await shown(port);
    assert.equal(open.fingerprint, first.fingerprint);
    renewing.watch({ log, metrics });
    const look = async (): Promise<void> => {
      later.advance(10_000);
      await renewing.settled();
    };
    later.days = 805;
    await look();
    assert.equal(page.current, first);
    later.days = 807;
    await look();
    assert.notEqual(page.current.fingerprint, first.fingerprint);
    assert.ok(new X509Certificate(page.current.cert).checkPrivateKey(createPrivateKey(page.current.key)));
    await look();
    assert.equal(said.length, 1, said.join());
    assert.match(said[0] ?? '', new RegExp(`^warn Renewed before its end.*${page.current.fingerprint}`));
    const next = await shown(port);
    assert.equal(next.fingerprint, page.current.fingerprint);
    assert.match(await open.get(), /^HTTP\/1.1 200 /);
    for (const one of [open, next]) one.socket.destroy();
    renewing.close();
    await test.close();
    assert.equal(later.pending, 0);
  });

  it('that cannot be renewed stay, and are tried again in an hour', async () => {
    const later = new LaterClock(Date.now());
    const renewing = new LiveFiles(later);
    const place = join(directory, 'tls');
    const names = { hosts: ['localhost'], addresses: [here] };
    const page = await liveSelfSigned(renewing, 'page', { directory: place, names: () => names }, later);
    const first = page.current;
    await rename(place, `${place}.gone`);
    await writeFile(place, 'a file in its way');
    renewing.watch({ log, metrics });
    later.days = 810;
    for (let look = 0; look < 3; look++) {
      later.advance(10_000);
      await renewing.settled();
    }
    assert.equal(page.current, first);
    assert.equal(said.length, 1, said.join());
    assert.match(said[0] ?? '', /^error It ends soon and cannot be renewed/);
    await rm(place);
    later.advance(3_600_000);
    await renewing.settled();
    assert.notEqual(page.current, first);
    renewing.close();
  });

  it('are not begun with when they cannot be read', async () => {
    await assert.rejects(live('none'), CertificateUnusable);
    const file = join(directory, 'ca.pem');
    await writeFile(file, 'nothing');
    await assert.rejects(liveAuthorities(files, 'x', file), /ca\.pem is not usable: there is no certificate in it/);
  });

  it('are complained of at the start, daily and when replaced, before they end and after', async () => {
    await write('a', { to: new Date(clock.wall() + 15.5 * day) });
    await write('b', { from: new Date(clock.wall() - 3 * day), to: new Date(clock.wall() - day) });
    await write('c', { from: new Date(clock.wall() + day), to: new Date(clock.wall() + 99 * day) });
    const watch = new ExpiryWatch(clock);
    for (const name of ['a', 'b', 'c']) watch.add(name, await live(name));
    assert.equal(watch.complaints().length, 2);
    assert.match(watch.complaints().join('\n'), /^b: it expired on .* hang up\nc: it is not valid before .* hang up$/);
    watch.start({ log, metrics });
    assert.equal(said.length, 2);
    clock.advance(day);
    clock.advance(day);
    assert.match(said.at(-2) ?? '', /^warn A certificate of ours ends soon .*"certificate":"a","why":"it expires on/);
    assert.match(said.at(-1) ?? '', /^error A certificate of ours is not valid .*"certificate":"b"/);
    assert.match(await metrics.text(), /certificate_ends_seconds\{certificate="a"\} 1[6-9]\d{8}/);
    const before = said.length;
    await write('b', { to: new Date(clock.wall() + 99 * day) });
    await files.refresh();
    assert.match(said.slice(before).join('\n'), /"certificate":"a"/);
    assert.doesNotMatch(said.slice(before).join('\n'), /"certificate":"b"/);
    watch.close();
  });
});
