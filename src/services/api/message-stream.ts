import { WebSocket, type RawData } from 'ws';
import type { Endpoint, PacedStream } from '../../base/net.js';
import type { TlsPeer } from '../../base/tls.js';

/** Most bytes queued towards one WebSocket; a reader slower than that is cut off. */
export const sendLimit = 4 << 20;

/** A WebSocket as the protocols see it. Text goes out as text, bytes as binary; both come in as bytes. */
export function messageStreamOf(
  socket: WebSocket,
  ends: { local: Endpoint; remote: Endpoint; peer?: TlsPeer | null },
): PacedStream {
  const closers: ((error?: Error) => void)[] = [];
  let cause: Error | undefined;
  socket.on('error', (error) => (cause = error));
  socket.once('close', () => {
    for (const closer of closers.splice(0)) closer(cause);
  });
  return {
    ...ends,
    send(data, sent) {
      if (socket.readyState !== WebSocket.OPEN) return sent?.();
      if (socket.bufferedAmount > sendLimit) {
        cause = new Error('the peer reads too slowly');
        socket.terminate();
        return sent?.();
      }
      socket.send(data, sent && (() => sent()));
    },
    onMessage: (listener) => void socket.on('message', (data, binary) => listener(bytesOf(data), !binary)),
    onClose(listener) {
      if (socket.readyState === WebSocket.CLOSED) listener(cause);
      else closers.push(listener);
    },
    close: () => socket.close(),
    destroy: () => socket.terminate(),
    queued: () => socket.bufferedAmount,
    pause: () => socket.pause(),
    resume: () => socket.resume(),
  };
}

function bytesOf(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}
