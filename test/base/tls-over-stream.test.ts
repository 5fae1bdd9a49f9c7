import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { connect as tcpConnect, type Socket } from 'node:net';
import { connect as tlsConnect, TLSSocket } from 'node:tls';
import type { ByteStream, Listener } from '../../src/base/net.js';
import { systemNet } from '../../src/base/system-net.js';
import { tlsOver } from '../../src/base/tls-over-stream.js';
import { selfSignedTest, type TestCertificate } from '../support/certificates.js';
import { waitUntil } from '../support/wait.js';

const here = '127.0.0.1';

/** What becomes of connections that speak TLS in either role. */
describe('tls over a stream', () => {
  let ours: TestCertificate;
  let theirs: TestCertificate;
  let listener: Listener;
  let log: string[];
  const sockets: Socket[] = [];

  before(async () => {
    ours = await selfSignedTest({ common: 'ours' });
    theirs = await selfSignedTest({ common: 'theirs' });
  });
  beforeEach(() => (log = []));
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
    listener.dispose();
  });

  const refusal = (shown: Uint8Array | null): string | null =>
    shown && Buffer.compare(shown, new X509Certificate(theirs.cert).raw) === 0 ? null : 'another certificate';
  const listen = async (server: boolean): Promise<Socket> => {
    const take = (stream: ByteStream): void => {
      tlsOver(stream, { server, own: ours, refusal, timeoutMs: 5000 }).then(
        (secured) => {
          log.push('ready');
          secured.onData((data) => log.push(data.toString()));
          secured.onClose(() => log.push('closed'));
        },
        (error: unknown) => log.push(`refused: ${error instanceof Error ? error.message : ''}`),
      );
    };
    listener = await systemNet.listen({ address: here, port: 0 }, { type: 'tcp' }, take);
    const socket = tcpConnect(listener.local.port, here).on('error', () => undefined);
    sockets.push(socket);
    return socket;
  };
  const secure = (socket: Socket, server: boolean, shown: TestCertificate): TLSSocket => {
    const options = { cert: shown.cert, key: shown.key, rejectUnauthorized: false, maxVersion: 'TLSv1.2' } as const;
    const secured = server
      ? tlsConnect({ ...options, socket })
      : new TLSSocket(socket, { ...options, isServer: true, requestCert: true });
    return secured.on('error', () => undefined);
  };
  const said = (what: RegExp): Promise<void> =>
    waitUntil(
      () => log.some((line) => what.test(line)),
      5000,
      () => log.join(),
    );

  for (const server of [true, false]) {
    const role = server ? 'server' : 'client';
    it(`tells as a ${role} of a connection that breaks before, in and after the handshake`, async () => {
      for (const bytes of ['', '1603030010', '16030300050200']) {
        const socket = await listen(server);
        await new Promise<void>((resolve) => socket.write(Buffer.from(bytes, 'hex'), () => resolve()));
        socket.resetAndDestroy();
        await said(/^refused: /);
        log = [];
        listener.dispose();
      }
      const socket = await listen(server);
      secure(socket, server, theirs);
      await said(/^ready$/);
      socket.resetAndDestroy();
      await said(/^closed$/);
    });

    it(`refuses as a ${role} another certificate`, async () => {
      secure(await listen(server), server, ours);
      await said(/^refused: another certificate$/);
    });
  }

  it('keeps to the handshake in which it saw the certificate', async () => {
    const client = secure(await listen(true), true, theirs);
    await said(/^ready$/);
    client.write('before');
    await said(/^before$/);
    const error = await new Promise<Error | null>((resolve) => {
      client.on('error', resolve);
      client.renegotiate({}, resolve);
    });
    assert.match(error?.message ?? '', /renegotiation/i);
  });
});
