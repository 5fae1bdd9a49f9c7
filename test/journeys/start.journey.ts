import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { startEndpoint } from '../../scripts/endpoint/endpoint.js';
import { onceBelow } from '../support/once-below.js';
import { RawUdp } from '../support/raw-udp.js';
import { missing } from './support/needs.js';
import { commandOf, runs } from './support/processes.js';
import { Product } from './support/product.js';

const here = '127.0.0.1';
const ready = /is ready\.[\s\S]*Ctrl-C ends/;

describe('npm start', function () {
  this.timeout(60_000);
  const directory = mkdtempSync(join(tmpdir(), 'start-'));
  const data = join(directory, 'data');
  const running: Product[] = [];
  const withRtpengine = missing(['rtpengine']) === null;

  const run = (...args: string[]): Product => {
    const product = Product.start(...args);
    running.push(product);
    return product;
  };
  const start = (...args: string[]): Product => run('--bind', here, '--ports', 'auto', '--data', data, ...args);
  const file = (name: string, text: string): string => {
    writeFileSync(join(directory, name), text);
    return join(directory, name);
  };

  afterEach(async () => {
    for (const product of running.splice(0)) await product.end();
  });

  after(() => rmSync(directory, { recursive: true, force: true }));

  it('is ready in three seconds, answers a call, and ends everything by one Ctrl-C that arrives twice', async () => {
    let product = start();
    await onceBelow(6000, async () => {
      const ms = await product.printed(ready);
      figure('npm start of a checkout that is set up, until ready', ms);
      if (ms < 6000) return ms;
      await product.end();
      product = start();
      return ms;
    });
    const uri = product.find(/(sip:demo@127\.0\.0\.1:\d+)\n/);
    assert.match(await options(uri), /^SIP\/2\.0 200 /);

    const caller = await startEndpoint({ uri, name: 'CALLER', bind: here, audio: 'silence' });
    const page = product.find(/(http:\/\/localhost:\d+)\n/);
    await post(`${page}/api/v1/demo`, { action: 'start' });
    await caller.waitFor(({ holder }) => holder === 'DEMO', 10_000, 'the demo system');

    const all = product.processes();
    const names = all.map(commandOf).join('\n');
    assert.match(names, /scripts\/endpoint\/main\.js .*--name DEMO/);
    if (withRtpengine) assert.match(names, /^rtpengine /m);
    const ports = product.ports();
    assert.ok(ports.length >= 8, JSON.stringify(ports));

    const pressed = performance.now();
    product.signalJob('SIGINT');
    setTimeout(() => product.signal('SIGINT'), 40);
    const [end, { reason }] = await Promise.all([product.over, caller.over]);
    figure('Ctrl-C to the end', performance.now() - pressed);
    assert.deepEqual(end, { code: 0, signal: null });
    assert.match(reason, /cause=503;text="The gateway is shutting down"/);
    await product.leavesNothing(ports);
    assert.doesNotMatch(product.errors, /"level":(50|60)/);
  });

  it('leaves no child behind when it is killed', async function () {
    if (!withRtpengine || missing(['setpriv']) !== null) return this.skip();
    const product = start();
    await product.printed(ready);
    await post(`${product.find(/(http:\/\/localhost:\d+)\n/)}/api/v1/demo`, { action: 'start' });
    const media = product.processes().filter((pid) => commandOf(pid).startsWith('rtpengine '));
    assert.equal(media.length, 1);
    const ports = product.ports();
    product.signal('SIGKILL');
    await product.leavesNothing(ports);
    assert.ok(!media.some(runs));
  });

  it('tells what a person needs, on a machine with a network', async function () {
    const product = inNetwork('198.51.100.7', '--data', join(directory, 'net'));
    if (!product) return this.skip();
    running.push(product);
    await product.printed(ready);
    for (const words of [
      'Call with a room system or a softphone:\n  sip:demo@198.51.100.7\n  h323:demo@198.51.100.7\n',
      'Open in a browser on this machine:\n  http://localhost:8080\n',
      'Open in a browser elsewhere:\n  https://198.51.100.7:8443\n',
      'Administrator (works once):\n  http://localhost:8080/admin?key=',
      'SHA-256 fingerprint',
      '  signalling: embedded\n',
      '  video switch and audio mixer: embedded\n',
      `  encrypted media: ${withRtpengine ? 'rtpengine, embedded' : 'none'}\n`,
      '  udp 5060        SIP\n  tcp 5060        SIP\n  tcp 5061        SIP over TLS\n',
      '  tcp 1720        H.323\n',
      '  tcp 19000-19999 H.323 (H.245)\n',
      '  tcp 8443        web page, SIP and floor control of browsers\n',
      '  udp 20000-26999 ',
      '  tcp 20000-26999 ',
      ...(withRtpengine ? ['  udp 27000-29999 '] : []),
      'Ctrl-C ends every call',
    ]) {
      assert.ok(product.output.includes(words), `${words}\nis not in\n${product.output}`);
    }
    assert.match(product.output, /  ([0-9A-F]{2}:){16}\n  ([0-9A-F]{2}:){15}[0-9A-F]{2}\n/);
    assert.match(product.output, /\n  ██.*[▀▄█ ]{20}.*\n/);
  });

  it('keeps its certificate over a restart, and serves what it printed', async () => {
    const prints: string[] = [];
    for (let round = 0; round < 2; round++) {
      const product = start('--rtpengine', 'off');
      await product.printed(ready);
      const print = product.find(/((?:[0-9A-F]{2}:){16}\n  (?:[0-9A-F]{2}:){15}[0-9A-F]{2})/).replace(/\s+/, '');
      prints.push(print);
      assert.equal(await fingerprintAt(Number(product.find(/https:\/\/127\.0\.0\.1:(\d+)/))), print);
      await product.end();
    }
    assert.equal(prints[0], prints[1]);
  });

  it('signs an administrator in by the link, once', async () => {
    const product = start('--rtpengine', 'off');
    await product.printed(ready);
    const link = product.find(/(http:\/\/localhost:\d+\/admin\?key=\w+)/);
    const first = await fetch(link, { redirect: 'manual' });
    assert.equal(first.status, 302);
    const cookie = first.headers.get('set-cookie')?.split(';')[0] ?? '';
    const { origin } = new URL(link);
    const me = await fetch(`${origin}/api/v1/me`, { headers: { cookie } });
    assert.match(await me.text(), /"kind":"admin"/);
    assert.equal((await fetch(link, { redirect: 'manual' })).status, 401);
  });

  it('names who holds a taken port and what to change, and leaves nothing running', async () => {
    const holder = await RawUdp.open();
    const first = start('--rtpengine', 'off');
    await first.printed(ready);
    const http = first.find(/http:\/\/localhost:(\d+)\n/);
    const me = `node \\(process ${process.pid}\\)`;
    const cases: [string, RegExp][] = [
      [
        `sip: {listen: [{transport: udp, port: ${holder.port}}]}\nweb: {http: {port: 0}, https: null}`,
        new RegExp(`^UDP port ${holder.port} is held by ${me}\\. End it, or change sip\\.listen\\.0\\.port`, 'm'),
      ],
      [
        `sip: {listen: [{transport: udp, port: 0}]}\nweb: {http: {port: ${http}}, https: null}`,
        new RegExp(`^TCP port ${http} is held by node \\(process ${first.pid}\\)\\. .*web\\.http\\.port`, 'm'),
      ],
    ];
    try {
      for (const [index, [text, expected]] of cases.entries()) {
        const config = file(`taken-${index}.yaml`, text.replace('}]}', '}], controlPort: 0}'));
        const product = run('--bind', here, '--data', data, '--config', config);
        const watch = setInterval(() => product.processes(), 20);
        const { code } = await product.over;
        clearInterval(watch);
        assert.equal(code, 1, product.errors);
        assert.match(product.errors, expected);
        await product.leavesNothing([]);
      }
    } finally {
      holder.close();
    }
  });

  it('takes H.323, and does without where its port is taken', async () => {
    const first = start('--rtpengine', 'off');
    await first.printed(ready);
    const uri = first.find(/ {2}(h323:demo@127\.0\.0\.1:\d+)\n/);
    const port = /\d+$/.exec(uri)?.[0] ?? '';
    const config = file(
      'h323.yaml',
      `h323: {listen: [{port: ${port}}]}\nweb: {http: {port: 0}, https: null}\nsip: {listen: []}`,
    );
    const second = run('--bind', here, '--data', data, '--rtpengine', 'off', '--config', config);
    await second.printed(ready);
    assert.match(
      second.output,
      new RegExp(
        `calls by H\\.323: TCP port ${port} is held by node \\(process ${first.pid}\\)\\. .*h323\\.listen\\.0\\.port`,
      ),
    );
    assert.doesNotMatch(second.output, /h323:demo@/);
  });

  it('helps, checks, prints its configuration, and says where a file is wrong', async () => {
    const outcome = async (...args: string[]): Promise<{ code: number | null; output: string; errors: string }> => {
      const product = run(...args);
      const { code } = await product.over;
      return { code, output: product.output, errors: product.errors };
    };
    const help = await outcome('--help');
    assert.equal(help.code, 0);
    for (const option of ['--config FILE', '--check', '--print-config', '--bind', '--ports auto', '--cert FILE']) {
      assert.ok(help.output.includes(option), option);
    }
    const check = await outcome('--check', '--data', data);
    assert.equal(check.code, 0, check.errors);
    assert.match(check.output, /configuration, dial plan and certificate are fine/);

    const good = file('good.yaml', 'rooms:\n  graceSeconds: 7\n');
    const printed = await outcome('--config', good, '--print-config');
    assert.match(printed.output, /^ {2}graceSeconds: 7$/m);
    const again = await outcome('--config', file('again.yaml', printed.output), '--print-config');
    assert.equal(again.output, printed.output);

    const bad = file('bad.yaml', 'sip:\n  listen:\n    - transport: udp\n      port: 70000\nroms: {}\n');
    const wrong = await outcome('--config', bad);
    assert.equal(wrong.code, 2);
    assert.match(wrong.errors, /sip\.listen\.0\.port \(line 4\): /);
    assert.match(wrong.errors, /roms \(line 5\): this key does not exist/);
    const broken = await outcome('--config', file('broken.yaml', 'sip:\n  listen: [\n'));
    assert.equal(broken.code, 2);
    assert.match(broken.errors, /broken\.yaml: \(line \d\): /);
    assert.equal((await outcome('--config', join(directory, 'none.yaml'))).code, 2);
    assert.match((await outcome('--prots', 'auto')).errors, /--prots.*\(--help shows the options\)/);
  });

  it('lets the configuration count in a call', async () => {
    const config = file('slow.yaml', 'media: {maxKbps: {video: 512, content: 768}, rtpengine: off}\n');
    const product = start('--config', config);
    await product.printed(ready);
    const uri = product.find(/(sip:demo@127\.0\.0\.1:\d+)\n/);
    const caller = await startEndpoint({ uri, bind: here, audio: 'silence' });
    try {
      assert.match(caller.descriptions.remote, /m=video[^]*b=TIAS:512000[^]*m=video[^]*b=TIAS:768000/);
    } finally {
      await caller.hangup();
    }
  });

  it('frees its listeners while somebody is still connected', async () => {
    const product = start('--rtpengine', 'off');
    await product.printed(ready);
    const ports = product.ports();
    const socket = connect(Number(product.find(/localhost:(\d+)\n/)), here);
    socket.on('error', () => undefined);
    await new Promise((resolve) => socket.once('connect', resolve));
    product.signalJob('SIGTERM');
    assert.deepEqual(await product.over, { code: 0, signal: null });
    await product.leavesNothing(ports);
    socket.destroy();
  });
});

/** `npm start` in a namespace that has this address besides loopback; null where that is not permitted. */
function inNetwork(address: string, ...args: string[]): Product | null {
  const commands = [
    'ip link set lo up',
    'ip link add dual0 type veth peer name dual1',
    `ip addr add ${address}/24 dev dual0`,
    'ip link set dual0 up',
    'ip link set dual1 up',
    'exec "$@"',
  ];
  const enter = commands.join(' && ');
  for (const words of [['-n'], ['-rn']]) {
    const full = [...words, '--', 'sh', '-c', enter, 'sh'];
    if (spawnSync('unshare', [...full, 'true'], { stdio: 'ignore' }).status !== 0) continue;
    return Product.run('unshare', ...full, 'scripts/start', ...args);
  }
  process.stderr.write('      skipped: no network namespace with an interface of its own here\n');
  return null;
}

/** What the gateway says to OPTIONS over UDP. */
async function options(uri: string): Promise<string> {
  const port = Number(/:(\d+)$/.exec(uri)?.[1]);
  const peer = await RawUdp.open();
  try {
    const lines = [
      `OPTIONS ${uri} SIP/2.0`,
      `Via: SIP/2.0/UDP ${here}:${peer.port};branch=z9hG4bKstart;rport`,
      'Max-Forwards: 70',
      `From: <sip:start@${here}>;tag=1`,
      `To: <${uri}>`,
      'Call-ID: start',
      'CSeq: 1 OPTIONS',
      'Content-Length: 0',
    ];
    peer.send(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), port);
    return (await peer.until((data) => data.toString().startsWith('SIP/2.0 '))).toString();
  } finally {
    peer.close();
  }
}

async function post(url: string, body: unknown): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  assert.equal(answer.status, 200, await answer.text());
}

function fingerprintAt(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ host: here, port, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

function figure(what: string, ms: number): void {
  process.stdout.write(`      ${what}: ${ms.toFixed(0)} ms\n`);
}
