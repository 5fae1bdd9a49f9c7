import { constants } from 'node:crypto';
import { Duplex } from 'node:stream';
import { isIP } from 'node:net';
import { connect, TLSSocket, type ConnectionOptions } from 'node:tls';
import type { ByteStream } from './net.js';
import { tlsPeerOf } from './system-tls.js';
import { TlsTimeout } from './tls-faults.js';
import { modernTls, type TlsMaterial, type TlsRules } from './tls.js';

/** TLS between two who know each other by certificate, in a role that does not depend on who opened the connection. */
export interface PairTls {
  server: boolean;
  /** What we show. */
  own: TlsMaterial;
  /** Why the certificate of the other end (DER; null when it showed none) is not the right one; null when it is. */
  refusal(certificate: Uint8Array | null): string | null;
  timeoutMs: number;
  /** By default those of modern peers. */
  rules?: TlsRules;
  /** Name that a client asks for (SNI); an address is none. */
  serverName?: string;
}

/**
 * Speaks TLS over a connection. Authorities and names do not count, only `refusal`. Rejects with the system's error, with
 * TlsTimeout, or with what `refusal` says; the connection is closed then.
 */
export function tlsOver(stream: ByteStream, how: PairTls): Promise<ByteStream> {
  const below = new Below(stream);
  const { rules = modernTls } = how;
  const { cert, key } = how.own;
  // a second handshake could show another certificate than the one that was looked at
  const secureOptions = constants.SSL_OP_NO_RENEGOTIATION;
  const options: ConnectionOptions = { ...rules, cert, key, secureOptions, rejectUnauthorized: false };
  const socket = how.server
    ? new TLSSocket(below, { ...options, isServer: true, requestCert: true })
    : connect({
        ...options,
        socket: below,
        servername: isIP(how.serverName ?? '') === 0 ? (how.serverName ?? '') : '',
      });
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      clearTimeout(deadline);
      socket.destroy();
      stream.destroy();
      reject(error);
    };
    const deadline = setTimeout(() => fail(new TlsTimeout('no TLS handshake in time')), how.timeoutMs);
    const closed = (): void => fail(new Error('the connection was closed in the TLS handshake'));
    socket.once('error', fail);
    socket.once('close', closed);
    socket.once(how.server ? 'secure' : 'secureConnect', () => {
      const shown = socket.getPeerX509Certificate();
      const why = how.refusal(shown ? shown.raw : null);
      if (why !== null) return fail(new Error(why));
      clearTimeout(deadline);
      socket.off('error', fail);
      socket.off('close', closed);
      resolve(above(socket, stream));
    });
  });
}

/** A connection as what libraries work on. */
export function duplexOver(stream: ByteStream): Duplex {
  return new Below(stream);
}

/** The connection under TLS, as TLS wants it. */
class Below extends Duplex {
  constructor(private readonly stream: ByteStream) {
    super();
    stream.onData((data) => void this.push(data));
    stream.onClose((error) => this.destroy(error));
  }

  override _read(): void {
    // pushed to as it comes
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.stream.write(chunk);
    done();
  }

  override _final(done: () => void): void {
    this.stream.end();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.stream.destroy();
    done(error);
  }
}

/** What we work with. */
function above(socket: TLSSocket, stream: ByteStream): ByteStream {
  const closers: ((error?: Error) => void)[] = [];
  let cause: Error | undefined;
  socket.on('error', (error: Error) => (cause = error));
  socket.once('close', () => {
    for (const closer of closers.splice(0)) closer(cause);
  });
  return {
    local: stream.local,
    remote: stream.remote,
    peer: tlsPeerOf(socket),
    queued: () => socket.writableLength + stream.queued(),
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
