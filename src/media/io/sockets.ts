import { createSocket, type Socket } from 'node:dgram';

/** One bound UDP socket of the io worker. */
export interface MediaSocket {
  readonly port: number;
  /** Header and payload as one datagram; errors are counted, never thrown. */
  send(parts: Uint8Array[], port: number, address: string): void;
  close(): void;
}

/** Takes what arrives; called for every datagram. */
export type OnDatagram = (data: Buffer, address: string, port: number) => void;

/** Binds sockets; tests have one without a network. */
export interface MediaSockets {
  /** Rejects with the system's error; port 0 lets the system choose. */
  bind(address: string, port: number, onDatagram: OnDatagram): Promise<MediaSocket>;
}

/** The machine's sockets. `onError` is told of send and socket errors by code. */
export function systemSockets(onError: (code: string) => void): MediaSockets {
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

  constructor(
    private readonly socket: Socket,
    onDatagram: OnDatagram,
    private readonly onError: (code: string) => void,
  ) {
    this.port = socket.address().port;
    socket.on('error', (error: NodeJS.ErrnoException) => onError(error.code ?? 'unknown'));
    socket.on('message', (data, from) => onDatagram(data, from.address, from.port));
  }

  send(parts: Uint8Array[], port: number, address: string): void {
    if (!this.open) return;
    try {
      this.socket.send(parts, port, address);
    } catch (error) {
      this.onError(error instanceof Error ? error.name : 'unknown');
    }
  }

  close(): void {
    if (!this.open) return;
    this.open = false;
    this.socket.close();
  }
}
