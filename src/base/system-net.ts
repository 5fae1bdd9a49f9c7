import { createSocket } from 'node:dgram';
import { connect as tcpConnect, createServer, isIPv6, type Server, type Socket } from 'node:net';
import { connect as tlsConnect, createServer as createTlsServer } from 'node:tls';
import type { ByteStream, Datagrams, Endpoint, Listener, Net, StreamKind } from './net.js';

/** The machine's network. Sockets have Nagle off; a socket error always ends in `onClose` or `onError`. */
export const systemNet: Net = { udp: bindUdp, listen: listenStream, connect: connectStream };

function bindUdp(at: Endpoint): Promise<Datagrams> {
  const socket = createSocket({
    type: isIPv6(at.address) ? 'udp6' : 'udp4',
    // `::` is every address of IPv6 and none of IPv4: who wants both asks for both
    ipv6Only: isIPv6(at.address),
    recvBufferSize: 1 << 20,
    sendBufferSize: 1 << 20,
  });
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ address: at.address, port: at.port, exclusive: true }, () => {
      socket.off('error', reject);
      const { address, port } = socket.address();
      let onError: (error: Error) => void = () => undefined;
      let closed = false;
      socket.on('error', (error) => onError(error));
      resolve({
        local: { address, port },
        send(data, to) {
          if (closed) return;
          socket.send(data, to.port, to.address, (error) => {
            if (error) onError(error);
          });
        },
        onMessage: (listener) => void socket.on('message', (data, from) => listener(data, from)),
        onError(listener) {
          onError = listener;
        },
        close() {
          if (closed) return;
          closed = true;
          socket.close();
        },
      });
    });
  });
}

function listenStream(at: Endpoint, kind: StreamKind, on: (stream: ByteStream) => void): Promise<Listener> {
  const accept = (socket: Socket): void => on(streamOf(socket));
  const server: Server =
    kind.type === 'tcp'
      ? createServer(accept)
      : createTlsServer({ cert: kind.server?.cert, key: kind.server?.key, ca: kind.server?.ca }, accept);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: at.address, port: at.port, exclusive: true, ipv6Only: isIPv6(at.address) }, () => {
      server.off('error', reject);
      server.on('error', () => undefined);
      server.on('tlsClientError', (_error, socket: Socket) => socket.destroy());
      const local = server.address();
      if (local === null || typeof local === 'string') throw new Error('listener without an address');
      resolve({ local: { address: local.address, port: local.port }, dispose: () => void server.close() });
    });
  });
}

function connectStream(
  to: Endpoint,
  kind: StreamKind,
  options: { localAddress?: string; timeoutMs?: number } = {},
): Promise<ByteStream> {
  return new Promise((resolve, reject) => {
    const at = {
      host: to.address,
      port: to.port,
      ...(options.localAddress ? { localAddress: options.localAddress } : {}),
    };
    const socket: Socket =
      kind.type === 'tcp'
        ? tcpConnect(at)
        : tlsConnect({
            ...at,
            rejectUnauthorized: kind.verify !== false,
            ...(kind.serverName ? { servername: kind.serverName } : {}),
          });
    const fail = (error: Error): void => {
      socket.destroy();
      reject(error);
    };
    const deadline = setTimeout(() => fail(new Error('connect timed out')), options.timeoutMs ?? 10_000);
    socket.once('error', fail);
    socket.once('close', () => clearTimeout(deadline));
    socket.once(kind.type === 'tcp' ? 'connect' : 'secureConnect', () => {
      clearTimeout(deadline);
      socket.off('error', fail);
      resolve(streamOf(socket));
    });
  });
}

/** Wraps a connected socket; also used for sockets that arrive through an HTTP upgrade. */
export function streamOf(socket: Socket): ByteStream {
  socket.setNoDelay(true);
  const remote = { address: plainAddress(socket.remoteAddress ?? '0.0.0.0'), port: socket.remotePort ?? 0 };
  const local = { address: plainAddress(socket.localAddress ?? '0.0.0.0'), port: socket.localPort ?? 0 };
  let cause: Error | undefined;
  const closers: ((error?: Error) => void)[] = [];
  socket.on('error', (error) => (cause = error));
  socket.once('close', () => {
    for (const closer of closers.splice(0)) closer(cause);
  });
  return {
    local,
    remote,
    write: (data) => (socket.writable ? socket.write(data) : false),
    onData: (listener) => void socket.on('data', listener),
    onClose(listener) {
      if (socket.closed) listener(cause);
      else closers.push(listener);
    },
    end: () => void socket.end(),
    destroy: () => void socket.destroy(),
  };
}

/** An IPv4 address that came in through a dual-stack socket, written plainly. */
function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}
