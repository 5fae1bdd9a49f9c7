import { WebSocket, type ClientOptions } from 'ws';
import type { Endpoint, MessageStream } from '../base/net.js';
import { duplexOver, tlsOver } from '../base/tls-over-stream.js';
import { systemNet } from '../base/system-net.js';
import type { TlsMaterial } from '../base/tls.js';
import { messageStreamOf } from './api/message-stream.js';

/** How a WebSocket of ours is opened. */
export interface WsClientOptions {
  protocol: string;
  /** Bytes of the largest message. */
  largest: number;
  timeoutMs: number;
  /** Authorities (PEM) besides the well-known ones. */
  ca?: string;
  /**
   * By what the server is known instead of by authorities and its name: why its certificate (DER) is not the right one, and
   * what we show.
   */
  pinned?: { own: TlsMaterial; refusal(certificate: Uint8Array | null): string | null };
}

/**
 * Opens a WebSocket. Redirections are not followed, and nothing of the request is sent before the certificate is known to be
 * right. Rejects with the system's error, or with what the server said.
 */
export async function openWebSocket(uri: string, options: WsClientOptions): Promise<MessageStream> {
  const { protocol, largest, timeoutMs, ca, pinned } = options;
  const url = new URL(uri);
  const common: ClientOptions = {
    perMessageDeflate: false,
    maxPayload: largest,
    handshakeTimeout: timeoutMs,
    followRedirects: false,
  };
  if (!pinned || url.protocol !== 'wss:') {
    return opened(new WebSocket(uri, protocol, { ...common, ...(ca === undefined ? {} : { ca }) }), null);
  }
  const address = url.hostname.replace(/^\[|\]$/g, '');
  const to = { address, port: Number(url.port || 443) };
  const plain = await systemNet.connect(to, { type: 'tcp' }, { timeoutMs });
  const secured = await tlsOver(plain, { server: false, ...pinned, timeoutMs, serverName: address });
  const createConnection = (): ReturnType<typeof duplexOver> => duplexOver(secured);
  const socket = new WebSocket(uri, protocol, { ...common, createConnection: createConnection as never });
  return opened(socket, { local: secured.local, remote: secured.remote });
}

function opened(socket: WebSocket, known: { local: Endpoint; remote: Endpoint } | null): Promise<MessageStream> {
  return new Promise((resolve, reject) => {
    let ends = known;
    socket.once('error', reject);
    socket.once('upgrade', ({ socket: below }) => {
      const { localAddress = '', localPort = 0, remoteAddress = '', remotePort = 0 } = below;
      ends ??= {
        local: { address: localAddress, port: localPort },
        remote: { address: remoteAddress, port: remotePort },
      };
    });
    socket.once('open', () => {
      socket.off('error', reject);
      // a server may speak first, before whoever opened it listens
      socket.pause();
      const nowhere = { address: '', port: 0 };
      const stream = messageStreamOf(socket, ends ?? { local: nowhere, remote: nowhere });
      const onMessage = (listener: (data: Buffer) => void): void => {
        stream.onMessage(listener);
        socket.resume();
      };
      resolve({ ...stream, onMessage });
    });
  });
}
