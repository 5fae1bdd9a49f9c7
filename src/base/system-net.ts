import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { lookup, type LookupOneOptions } from 'node:dns';
import { connect as tcpConnect, createServer, isIP, isIPv6, type Socket } from 'node:net';
import type {
  ByteStream,
  Datagrams,
  Endpoint,
  Listener,
  ListenOptions,
  MulticastGroup,
  Net,
  StreamKind,
} from './net.js';
import {
  plainAddress,
  remoteOf,
  tlsAcceptor,
  tlsConnect,
  tlsPeerOf,
  type TlsAcceptor,
  type TlsEvents,
} from './system-tls.js';

const handshakeMs = 10_000;
const keepAliveMs = 60_000;
const nothing = (): void => undefined;

/** The machine's network. Sockets have Nagle off; a socket error always ends in `onClose` or `onError`. */
export const systemNet: Net = { udp: bindUdp, listen: listenStream, connect: connectStream };

function bindUdp(at: Endpoint, group?: MulticastGroup): Promise<Datagrams> {
  const socket = createSocket({
    type: isIPv6(at.address) ? 'udp6' : 'udp4',
    // `::` is every address of IPv6 and none of IPv4: who wants both asks for both
    ipv6Only: isIPv6(at.address),
    // the system gives what it allows (net.core.rmem_max): half a second of a busy machine must not lose calls
    recvBufferSize: 4 << 20,
    sendBufferSize: 1 << 20,
    lookup: withoutAddresses,
    reuseAddr: group !== undefined,
  });
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      // it stays open when its port is taken
      socket.close();
      reject(error);
    };
    socket.once('error', fail);
    socket.bind({ address: at.address, port: at.port, exclusive: true }, () => {
      socket.off('error', fail);
      const refused = group && join(socket, group);
      if (refused) return fail(refused);
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

/** Why no interface could join, or null. */
function join(socket: UdpSocket, { address, interfaces }: MulticastGroup): Error | null {
  let refused: unknown = null;
  let joined = 0;
  for (const by of interfaces.length > 0 ? interfaces : [undefined]) {
    try {
      socket.addMembership(address, by);
      joined++;
    } catch (error) {
      refused = error;
    }
  }
  return joined > 0 ? null : refused instanceof Error ? refused : new Error(`no interface joins ${address}`);
}

/** An address is no name: without asking the resolver a datagram leaves at once. */
function withoutAddresses(
  host: string,
  options: LookupOneOptions,
  done: (error: NodeJS.ErrnoException | null, address: string, family: number) => void,
): void {
  const family = isIP(host);
  if (family === 0) lookup(host, options, done);
  else done(null, host, family);
}

function listenStream(
  at: Endpoint,
  kind: StreamKind,
  on: (stream: ByteStream) => void,
  how: ListenOptions = {},
): Promise<Listener> {
  return listenSockets(at, kind, (socket) => on(streamOf(socket)), how);
}

/**
 * Listens for sockets, those of TLS after their handshake. Connections in the middle of it are closed with the listener;
 * those handed over are not.
 */
export function listenSockets(
  at: Endpoint,
  kind: StreamKind,
  on: (socket: Socket) => void,
  how: ListenOptions = {},
): Promise<Listener> {
  const shaking = new Map<string, Socket>();
  const failed = (error: Error, socket: Socket): void => {
    how.failed?.(error, remoteOf(socket));
    socket.destroy();
  };
  const secured = (socket: Socket): void => {
    shaking.delete(placeOf(socket));
    on(socket);
  };
  const tls = acceptorOf(kind, how, { secured, failed });
  const server = createServer((socket) => {
    const release = how.admit ? how.admit(remoteOf(socket)) : nothing;
    if (!release) return void socket.destroy();
    const place = placeOf(socket);
    socket.on('error', nothing);
    socket.once('close', () => {
      shaking.delete(place);
      release();
    });
    if (!tls) return on(socket);
    shaking.set(place, socket);
    tls.emit('connection', socket);
  });
  const dispose = (): void => {
    server.close();
    tls?.emit('close');
    for (const socket of shaking.values()) socket.destroy();
  };
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: at.address, port: at.port, exclusive: true, ipv6Only: isIPv6(at.address) }, () => {
      server.off('error', reject);
      server.on('error', () => undefined);
      const local = server.address();
      if (local === null || typeof local === 'string') throw new Error('listener without an address');
      resolve({ local: { address: local.address, port: local.port }, dispose });
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
    const socket: Socket = kind.type === 'tcp' ? tcpConnect(at) : tlsConnect(at, kind);
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
  // a peer that lost its power or its network says nothing: the system asks
  socket.setKeepAlive(true, keepAliveMs);
  const remote = remoteOf(socket);
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
    peer: tlsPeerOf(socket),
    queued: () => socket.writableLength,
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

/** A connection while it lasts: its raw socket and the TLS one around it are at the same place. */
function placeOf({ remoteAddress = '', remotePort = 0 }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

function acceptorOf(kind: StreamKind, how: ListenOptions, events: TlsEvents): TlsAcceptor | null {
  if (kind.type === 'tcp') return null;
  if (!kind.server) throw new Error('a TLS listener needs a certificate');
  return tlsAcceptor(kind.server, how.handshakeMs ?? handshakeMs, events);
}
