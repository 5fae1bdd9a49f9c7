import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { WebSocket, WebSocketServer, type RawData } from 'ws';
import { silentLog } from '../../../src/base/log.js';
import { createMetrics, type Metrics } from '../../../src/base/metrics.js';
import type { Endpoint } from '../../../src/base/net.js';
import { messageStreamOf } from '../../../src/services/api/message-stream.js';
import { SipTunnel } from '../../../src/services/tunnel/sip-tunnel.js';
import { waitUntil } from '../../support/wait.js';

const here = '127.0.0.1';
const browserAt: Endpoint = { address: '198.51.100.7', port: 40_123 };

/** The WebSocket listener of a SIP engine. */
async function startEngine(): Promise<WebSocketServer> {
  const server = new WebSocketServer({ host: here, port: 0, handleProtocols: (offered) => [...offered][0] ?? false });
  await once(server, 'listening');
  return server;
}

function portOf(server: { address(): unknown }): number {
  return (server.address() as { port: number }).port;
}

describe('the tunnel of browsers to an external SIP engine', () => {
  let engine: WebSocketServer;
  let front: WebSocketServer;
  let metrics: Metrics;
  let tunnel: SipTunnel;
  let secure = false;
  /** The gateway's ends of the browsers' connections. */
  const taken: WebSocket[] = [];

  const start = (url: string, timeoutMs = 2000): void => {
    metrics = createMetrics();
    tunnel = new SipTunnel({ url, log: silentLog, metrics, timeoutMs });
  };
  const browse = async (): Promise<WebSocket> => {
    const browser = new WebSocket(`ws://${here}:${portOf(front)}`, ['sip']);
    await once(browser, 'open');
    return browser;
  };
  const atEngine = async (): Promise<WebSocket> => {
    const [socket] = (await once(engine, 'connection')) as [WebSocket];
    return socket;
  };
  const failures = (): number => metrics.counted('dualstream_sip_tunnel_failures_total');

  beforeEach(async () => {
    engine = await startEngine();
    front = new WebSocketServer({ host: here, port: 0 });
    await once(front, 'listening');
    front.on('connection', (socket) => {
      taken.push(socket);
      tunnel.accept(messageStreamOf(socket, { local: { address: here, port: 1 }, remote: browserAt }), secure);
    });
    start(`ws://${here}:${portOf(engine)}`);
  });

  afterEach(() => {
    tunnel.close();
    for (const server of [front, engine]) {
      for (const socket of server.clients) socket.terminate();
      server.close();
    }
    taken.length = 0;
    secure = false;
  });

  it('carries text and bytes both ways as they came', async () => {
    const coming = atEngine();
    const browser = await browse();
    const far = await coming;
    assert.equal(far.protocol, 'sip');
    const atFar = collect(far);
    const atBrowser = collect(browser);
    browser.send('OPTIONS sip:ü SIP/2.0');
    browser.send(Buffer.from([0, 255, 1]));
    far.send('SIP/2.0 200 ✓');
    far.send(Buffer.from([2, 254]));
    await waitUntil(() => atFar.length === 2 && atBrowser.length === 2, 2000);
    assert.deepEqual(atFar, ['OPTIONS sip:ü SIP/2.0', Buffer.from([0, 255, 1])]);
    assert.deepEqual(atBrowser, ['SIP/2.0 200 ✓', Buffer.from([2, 254])]);
  });

  it('names the transport in Via as the engine wants to see it, and back', async () => {
    secure = true;
    const coming = atEngine();
    const browser = await browse();
    const far = await coming;
    const [atFar, atBrowser] = [collect(far), collect(browser)];
    const message = (start: string, transport: string, body = ''): string =>
      `${start}\r\nVia: SIP/2.0/${transport} a.invalid;branch=z9\r\nVia: SIP/2.0/WSS b\r\n\r\n${body}`;
    browser.send(message('INVITE sip:demo@h SIP/2.0', 'WSS', 'Via: SIP/2.0/WSS c'));
    browser.send(message('SIP/2.0 200 OK', 'WS'));
    browser.send('\r\n\r\n');
    far.send(message('SIP/2.0 200 OK', 'WS'));
    far.send(message('BYE sip:x SIP/2.0', 'WS'));
    await waitUntil(() => atFar.length === 3 && atBrowser.length === 2, 2000);
    assert.deepEqual(atFar, [
      message('INVITE sip:demo@h SIP/2.0', 'WS', 'Via: SIP/2.0/WSS c'),
      message('SIP/2.0 200 OK', 'WS'),
      '\r\n\r\n',
    ]);
    assert.deepEqual(atBrowser, [message('SIP/2.0 200 OK', 'WSS'), message('BYE sip:x SIP/2.0', 'WS')]);
  });

  it('keeps what a browser says before the engine has taken it', async () => {
    const coming = atEngine();
    const browser = new WebSocket(`ws://${here}:${portOf(front)}`, ['sip']);
    browser.once('open', () => ['1', '2', '3'].forEach((text) => browser.send(text)));
    const seen = collect(await coming);
    await waitUntil(() => seen.length === 3, 2000);
    assert.deepEqual(seen, ['1', '2', '3']);
  });

  it('knows who is behind a connection while it lasts', async () => {
    const addresses: Endpoint[] = [];
    engine.on('connection', (_socket, { socket }) =>
      addresses.push({ address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 }),
    );
    const browser = await browse();
    await waitUntil(() => addresses.length === 1, 2000);
    const [source] = addresses;
    assert.ok(source);
    assert.deepEqual(tunnel.callerAt(source), browserAt);
    assert.equal(tunnel.callerAt({ ...source, port: source.port + 1 }), null);
    browser.close();
    await waitUntil(() => tunnel.callerAt(source) === null, 2000);
  });

  it('closes the other side when one is closed', async () => {
    for (const first of ['browser', 'engine'] as const) {
      const coming = atEngine();
      const browser = await browse();
      const far = await coming;
      const [leaves, stays] = first === 'browser' ? [browser, far] : [far, browser];
      const told = once(stays, 'close');
      leaves.close();
      await told;
    }
    assert.equal(failures(), 0);
  });

  it('closes all when it is closed', async () => {
    const coming = atEngine();
    const browser = await browse();
    const gone = [once(browser, 'close'), once(await coming, 'close')];
    tunnel.close();
    await Promise.all(gone);
    assert.equal(failures(), 0);
  });

  it('closes the browser and counts when the engine refuses or says nothing', async () => {
    const silent = createServer();
    const held: Socket[] = [];
    silent.on('connection', (socket) => void held.push(socket));
    silent.listen(0, here);
    await once(silent, 'listening');
    start(`ws://${here}:${portOf(silent)}`, 100);
    await once(await browse(), 'close');
    assert.equal(failures(), 1);
    for (const socket of held) socket.destroy();
    const port = portOf(silent);
    silent.close();
    await once(silent, 'close');
    start(`ws://${here}:${port}`);
    await once(await browse(), 'close');
    assert.equal(failures(), 1);
  });

  it('gives up when the browser leaves before the engine answers', async () => {
    const silent = createServer();
    silent.listen(0, here);
    await once(silent, 'listening');
    start(`ws://${here}:${portOf(silent)}`, 5000);
    const [[far], browser] = (await Promise.all([once(silent, 'connection'), browse()])) as [[Socket], WebSocket];
    far.resume();
    const gone = once(far, 'close');
    taken[0]?.terminate();
    await gone;
    assert.equal(failures(), 0);
    browser.terminate();
    silent.close();
  });

  for (const slow of ['engine', 'browser'] as const) {
    it(`reads no faster than the ${slow} does, and loses nothing`, async () => {
      const coming = atEngine();
      const browser = await browse();
      const far = await coming;
      const [reader, writer] = slow === 'engine' ? [far, browser] : [browser, far];
      const seen = collect(reader);
      reader.pause();
      const [size, count] = [32 << 10, 600];
      for (let n = 0; n < count; n++) writer.send(String(n).padEnd(size, 'x'));
      // what neither kernel nor tunnel takes stays with the writer
      await waitUntil(() => steady(() => writer.bufferedAmount), 5000);
      assert.ok(writer.bufferedAmount > 1 << 20, `${writer.bufferedAmount} bytes left with the writer`);
      if (slow === 'engine') assert.equal(taken[0]?.isPaused, true);
      assert.ok(Math.max(...taken.map((socket) => socket.bufferedAmount)) < 1 << 20);
      reader.resume();
      await waitUntil(
        () => seen.length === count,
        10_000,
        () => `${seen.length}`,
      );
      assert.ok(seen.every((text, n) => String(text).startsWith(`${n}x`) && String(text).length === size));
    });
  }
});

function collect(socket: WebSocket): (string | Buffer)[] {
  const seen: (string | Buffer)[] = [];
  socket.on('message', (data: RawData, binary: boolean) => {
    const bytes = data as Buffer;
    seen.push(binary ? bytes : bytes.toString());
  });
  return seen;
}

const last = { value: -1, times: 0 };

/** Whether a figure has been the same ten times in a row. */
function steady(figure: () => number): boolean {
  const value = figure();
  last.times = value === last.value ? last.times + 1 : 0;
  last.value = value;
  return last.times >= 10;
}
