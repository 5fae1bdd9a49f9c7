import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttp } from 'node:http';
import { createServer as createHttps, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import type { MessageStream } from '../../src/base/net.js';
import { fingerprintOfPem, wrongCertificate } from '../../src/legs/bfcp-party/fingerprints.js';
import { openWebSocket, type WsClientOptions } from '../../src/services/ws-client.js';
import { selfSignedTest, type TestCertificate } from '../support/certificates.js';
import { waitUntil } from '../support/wait.js';

const here = '127.0.0.1';

describe('WebSockets of ours', () => {
  let certificate: TestCertificate;
  let own: TestCertificate;
  let https: Server;
  let asked: string[];
  let uri: string;
  const streams: MessageStream[] = [];

  before(async () => {
    certificate = await selfSignedTest({ common: 'peer', names: [here] });
    own = await selfSignedTest({ common: 'us' });
  });
  beforeEach(async () => {
    asked = [];
    https = createHttps(certificate);
    const sockets = new WebSocketServer({ server: https });
    https.on('upgrade', (request) => asked.push(request.url ?? ''));
    sockets.on('connection', (socket) => {
      socket.on('message', (data: Buffer, binary) => socket.send(data, { binary }));
      assert.equal(socket.protocol, 'bfcp');
    });
    https.listen(0, here);
    await once(https, 'listening');
    uri = `wss://${here}:${(https.address() as AddressInfo).port}/floor?token=t`;
  });
  afterEach(async () => {
    for (const stream of streams.splice(0)) stream.destroy?.();
    https.closeAllConnections();
    https.close();
    await once(https, 'close').catch(() => undefined);
  });

  const open = async (more: Partial<WsClientOptions>): Promise<MessageStream> => {
    const stream = await openWebSocket(uri, { protocol: 'bfcp', largest: 4096, timeoutMs: 3000, ...more });
    streams.push(stream);
    return stream;
  };
  const pinned = (pem: string): NonNullable<WsClientOptions['pinned']> => ({
    own,
    refusal: (shown) => wrongCertificate(shown, [fingerprintOfPem(pem)]),
  });
  const echoes = async (stream: MessageStream): Promise<void> => {
    let got = '';
    stream.onMessage((data) => (got = data.toString()));
    stream.send(Buffer.from('hello'));
    await waitUntil(() => got === 'hello', 2000);
    assert.equal(stream.remote.address, here);
    assert.deepEqual(asked, ['/floor?token=t']);
  };

  it('are opened to servers that an authority vouches for', async () => echoes(await open({ ca: certificate.ca })));

  it('are opened to servers that are known by fingerprint', async () =>
    echoes(await open({ pinned: pinned(certificate.cert) })));

  it('send nothing of the request, which may hold a secret, to servers with another certificate', async () => {
    await assert.rejects(open({}), /self.signed|unable to verify/i);
    await assert.rejects(open({ pinned: pinned(own.cert) }), /not that of its fingerprint/);
    uri = uri.replace(here, 'localhost');
    await assert.rejects(open({ ca: certificate.ca }), /altnames|does not match/i);
    assert.deepEqual(asked, []);
  });

  it('are not led elsewhere by a redirection', async () => {
    let reached = false;
    const inside = createHttp(() => (reached = true)).listen(0, here);
    await once(inside, 'listening');
    const { port } = inside.address() as AddressInfo;
    const outside = createHttp().listen(0, here);
    await once(outside, 'listening');
    outside.on('upgrade', (_request, socket) =>
      socket.end(`HTTP/1.1 302 Found\r\nLocation: ws://${here}:${port}/secret\r\nConnection: close\r\n\r\n`),
    );
    uri = `ws://${here}:${(outside.address() as AddressInfo).port}/`;
    await assert.rejects(open({}), /302/);
    assert.equal(reached, false);
    inside.close();
    outside.close();
  });

  it('are given up where nobody answers in time', async () => {
    https.removeAllListeners('upgrade');
    https.on('upgrade', () => undefined);
    await assert.rejects(open({ ca: certificate.ca, timeoutMs: 200 }), /timed out/);
  });
});
