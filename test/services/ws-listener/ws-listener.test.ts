import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { WebSocket } from 'ws';
import { silentLog } from '../../../src/base/log.js';
import { systemChance } from '../../../src/base/ids.js';
import { createMetrics, type Metrics } from '../../../src/base/metrics.js';
import { systemNet } from '../../../src/base/system-net.js';
import { fixedTls } from '../../../src/base/tls.js';
import { createSignalling, type SipRequest, type Signalling } from '../../../src/legs/sip/srf.js';
import { startEngine, type Engine, type EngineLimits } from '../../../src/protocol/drachtio/server.js';
import { openWsListener } from '../../../src/services/ws-listener/ws-listener.js';
import { TestAuthority, type TestCertificate } from '../../support/certificates.js';
import { SkewClock } from '../../support/skew-clock.js';
import { waitUntil } from '../../support/wait.js';

const here = '127.0.0.1';

describe('listeners for SIP over WebSocket', () => {
  let authority: TestAuthority;
  let certificate: TestCertificate;
  let room: TestCertificate;
  let engine: Engine;
  let app: Signalling;
  let metrics: Metrics;
  let clock: SkewClock;
  const requests: SipRequest[] = [];
  const clients: (WebSocket | Socket)[] = [];

  before(async () => {
    authority = await TestAuthority.make();
    certificate = await authority.sign({ names: [here] });
    room = await authority.sign({ common: 'room 7' });
  });

  const start = async (limits: Partial<EngineLimits> = {}): Promise<void> => {
    metrics = createMetrics();
    clock = new SkewClock();
    const origins = ['https://phone.example.org'];
    const open = openWsListener.bind(null, { clock, metrics, origins, hosts: [], largest: 65_536 });
    const tls = fixedTls(certificate, 'optional');
    engine = await startEngine({
      net: systemNet,
      clock,
      chance: systemChance,
      log: silentLog,
      metrics,
      control: { address: here, port: 0, secret: 's' },
      limits,
      listen: [
        { transport: 'ws', address: here, port: 0, open },
        { transport: 'wss', address: here, port: 0, open, tls, name: 'phones', advertise: '203.0.113.5' },
      ],
    });
    app = createSignalling();
    app.options((request, response) => {
      requests.push(request);
      response.send(200);
    });
    app.connect({ host: here, port: engine.control.port, secret: 's' });
    await new Promise<void>((resolve) => app.on('connect', () => resolve()));
  };
  afterEach(async () => {
    for (const client of clients.splice(0)) {
      if (client instanceof WebSocket) client.terminate();
      else client.destroy();
    }
    app.disconnect();
    await engine.close();
    assert.equal(clock.pending, 0);
    requests.length = 0;
  });

  const portOf = (transport: string): number =>
    engine.listening.find((one) => one.transport === transport)?.local.port ?? 0;
  const dial = (transport: 'ws' | 'wss', options: object = {}, path = '/'): WebSocket => {
    const all = { ca: authority.cert, ...options };
    const client = new WebSocket(`${transport}://${here}:${portOf(transport)}${path}`, ['sip'], all);
    clients.push(client);
    return client;
  };
  const upgraded = (client: WebSocket): Promise<number> =>
    new Promise((resolve) => {
      client.once('open', () => resolve(101));
      client.once('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
      client.on('error', () => undefined);
    });
  const raw = async (text: string): Promise<Socket> => {
    const socket = connectTcp(portOf('ws'), here);
    clients.push(socket);
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(text);
    return socket;
  };
  const closed = async (socket: Socket): Promise<string> => {
    let text = '';
    socket.on('data', (data) => (text += data.toString()));
    await once(socket, 'close');
    return text;
  };
  const options = (transport: string): string =>
    [
      'OPTIONS sip:demo@x SIP/2.0',
      `Via: SIP/2.0/${transport} df7jal23ls0d.invalid;branch=z9hG4bK56sdasks;rport`,
      'From: <sip:a@b>;tag=1',
      'To: <sip:demo@x>',
      `Call-ID: ${transport}`,
      'CSeq: 1 OPTIONS',
      'Content-Length: 0',
      '',
      '',
    ].join('\r\n');

  for (const transport of ['ws', 'wss'] as const) {
    it(`carry requests to the application and answers back over ${transport}, and answer keep-alives`, async () => {
      await start();
      const client = dial(transport, { cert: room.cert, key: room.key }, '/any/path?x=1');
      assert.equal(await upgraded(client), 101);
      assert.equal(client.protocol, 'sip');
      const heard: string[] = [];
      client.on('message', (data: Buffer) => heard.push(data.toString()));
      client.send(options(transport.toUpperCase()));
      await waitUntil(() => heard.length === 1, 2000);
      assert.match(heard[0] ?? '', /^SIP\/2\.0 200 OK/);
      client.send('\r\n\r\n');
      await waitUntil(() => heard.length === 2, 2000);
      assert.equal(heard[1], '\r\n');
      const [request] = requests;
      assert.ok(request);
      const [address = '', port] = (request.receivedOn ?? '').split(':');
      const source = { address: request.source_address, port: Number(request.source_port) };
      const arrival = engine.arrival(source, { address, port: Number(port) });
      assert.deepEqual(
        arrival && { ...arrival, peer: arrival.peer && [arrival.peer.commonName, arrival.peer.verified] },
        transport === 'ws'
          ? { listener: `ws-${portOf('ws')}`, transport, peer: null, advertise: null }
          : { listener: 'phones', transport, peer: ['room 7', true], advertise: '203.0.113.5' },
      );
    });
  }

  it('take no page of another site, unless its origin is named', async () => {
    await start();
    const from = (origin: string, transport: 'ws' | 'wss' = 'ws', headers: object = {}): Promise<number> =>
      upgraded(dial(transport, { origin, headers }));
    assert.equal(await from('https://evil.example.com'), 403);
    assert.equal(await from('null', 'wss'), 403);
    assert.equal(await from('https://PHONE.example.org'), 101);
    assert.equal(await from(`http://${here}:${portOf('ws')}`), 101);
    // a name of another site that was pointed at this machine
    assert.equal(await from('http://evil.example.com', 'ws', { Host: 'evil.example.com' }), 403);
    assert.equal(await upgraded(dial('ws')), 101);
    assert.equal(metrics.counted('dualstream_websockets_refused_total', { status: '403' }), 3);
  });

  it('refuse other protocols and plain HTTP in its own words', async () => {
    await start();
    const other = new WebSocket(`ws://${here}:${portOf('ws')}`, ['chat']);
    clients.push(other);
    assert.equal(await upgraded(other), 400);
    assert.match(await closed(await raw('GET / HTTP/1.1\r\nHost: x\r\n\r\n')), /^HTTP\/1\.1 426 Upgrade Required/);
    assert.match(await closed(await raw('OPTIONS sip:a@b SIP/2.0\r\n\r\n')), /^HTTP\/1\.1 400 Bad Request/);
    assert.equal(metrics.counted('dualstream_websockets_refused_total', { status: '400' }), 2);
  });

  it('cut off a handshake that takes too long, and count connections from the first packet on', async () => {
    await start({ connections: 2, handshakeSeconds: 10 });
    const slow = await raw('GET / HTTP/1.1\r\nHost: ');
    const fine = dial('ws');
    assert.equal(await upgraded(fine), 101);
    const over = await raw('');
    await once(over, 'close');
    assert.equal(metrics.counted('dualstream_sip_connections_refused_total', { reason: 'total' }), 1);
    const cut = once(slow, 'close');
    clock.skip(10_000);
    await cut;
    assert.equal(metrics.counted('dualstream_sip_handshakes_failed_total', { reason: 'timeout' }), 1);
    assert.equal(await upgraded(dial('ws')), 101);
  });

  it('drop a client that does not answer pings, and let go of everything at the end', async () => {
    await start();
    const client = dial('ws');
    assert.equal(await upgraded(client), 101);
    assert.equal(engine.describe().length, 1);
    client.pause();
    clock.skip(25_000);
    clock.skip(25_000);
    await waitUntil(() => engine.describe().length === 0, 2000);
  });
});
