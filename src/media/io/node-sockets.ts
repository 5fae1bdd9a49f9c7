import { createSocket, type Socket } from 'node:dgram';
import type { MediaSocket, MediaSockets, OnDatagram } from './sockets.js';

/** Sockets of Node.js, which work everywhere. `onError` is told of send and socket errors by code. */
export function nodeSockets(onError: (code: string) => void): MediaSockets {
  return { bind: (address, port, onDatagram) => bind(address, port, onDatagram, onError) };
}

// Addresses are literals: without these every send would go through the resolver and wait a turn.
type Lookup = (host: string, options: unknown, done: (error: null, address: string, family: number) => void) => void;
const literal4: Lookup = (host, _options, done) => done(null, host, 4);
const literal6: Lookup = (host, _options, done) => done(null, host, 6);

function bind(
  address: string,
  port: number,
  onDatagram: OnDatagram,
  onError: (code: string) => void,
): Promise<MediaSocket> {
  const six = address.includes(':');
  const socket = createSocket({
    type: six ? 'udp6' : 'udp4',
    // all addresses of IPv6 do not mean those of IPv4
    ipv6Only: six,
    recvBufferSize: 1 << 20,
    lookup: six ? literal6 : literal4,
  });
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      // it stays open when its port is taken
      socket.close();
      reject(error);
    };
    socket.once('error', fail);
    socket.bind({ address, port, exclusive: true }, () => {
      socket.off('error', fail);
      resolve(new BoundSocket(socket, onDatagram, onError));
    });
  });
}

class BoundSocket implements MediaSocket {
  readonly port: number;
  private open = true;
  private readonly failed: (error: NodeJS.ErrnoException) => void;
  private readonly sent: (error: Error | null) => void;

  constructor(
    private readonly socket: Socket,
    onDatagram: OnDatagram,
    onError: (code: string) => void,
  ) {
    this.failed = (error) => onError(error.code ?? 'unknown');
    this.sent = (error) => {
      if (error && this.open) this.failed(error);
    };
    this.port = socket.address().port;
    socket.on('error', this.failed);
    socket.on('message', (data, from) => onDatagram(data, from.address, from.port));
  }

  send(parts: Uint8Array[], port: number, address: string): void {
    if (!this.open) return;
    try {
      // the system may take it later
      this.socket.send(Buffer.concat(parts), port, address, this.sent);
    } catch (error) {
      this.failed(error as NodeJS.ErrnoException);
    }
  }

  close(): void {
    if (!this.open) return;
    this.open = false;
    this.socket.close();
  }
}
