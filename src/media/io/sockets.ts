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

function bind(
  address: string,
  port: number,
  onDatagram: OnDatagram,
  onError: (code: string) => void,
): Promise<MediaSocket> {
  const family = address.includes(':') ? 6 : 4;
  const socket = createSocket({
    type: family === 6 ? 'udp6' : 'udp4',
    // all addresses of IPv6 do not mean those of IPv4
    ipv6Only: family === 6,
    recvBufferSize: 1 << 20,
    // Addresses are literals: without this every send would go through the resolver and wait a turn.
    lookup: (host, _options, done) => done(null, host, family),
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
      socket.on('error', (error: NodeJS.ErrnoException) => onError(error.code ?? 'unknown'));
      socket.on('message', (data, from) => onDatagram(data, from.address, from.port));
      resolve(wrap(socket, onError));
    });
  });
}

function wrap(socket: Socket, onError: (code: string) => void): MediaSocket {
  let open = true;
  return {
    port: socket.address().port,
    send(parts, port, address) {
      if (!open) return;
      try {
        socket.send(parts, port, address);
      } catch (error) {
        onError(error instanceof Error ? error.name : 'unknown');
      }
    },
    close() {
      if (!open) return;
      open = false;
      socket.close();
    },
  };
}
