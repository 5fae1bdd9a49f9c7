import type { Clock, Timer } from '../../base/clock.js';
import { MessageTooLong } from './errors.js';

/** Bytes that a drachtio-server takes at once without mixing them up: more on the way corrupts its buffer (0.9.10). */
export const windowBytes = 4000;
/** Largest message it takes at all; a larger one is never read, and nothing after it. */
export const largestBytes = 12_200;
/** What a description may have of that; the rest is for headers. */
export const longestDescription = 10_000;
/** A message whose receipt is not told holds up the others no longer than this, milliseconds. */
const giveUpMs = 500;

/** The part of a connection that is paced. */
export interface Connection {
  write(data: string, sent?: () => void): boolean;
  on(event: 'data', listener: (chunk: Buffer) => void): unknown;
  once(event: 'close', listener: () => void): unknown;
}

interface Waiting {
  id: string;
  data: string;
  bytes: number;
  sent: (() => void) | undefined;
}

/**
 * Paces what a library writes to a drachtio-server: at most a window of bytes is on its way, told by the answer that the server
 * gives to each message. A message larger than the window goes alone. `refused` gets one that is too long, which is not sent.
 */
export function paceWrites(connection: Connection, clock: Clock, refused: (error: MessageTooLong) => void): void {
  const write = connection.write.bind(connection);
  const queue: Waiting[] = [];
  const onTheWay = new Map<string, number>();
  let bytes = 0;
  let overdue: Timer | null = null;
  let tail = '';

  const pump = (): void => {
    for (let next = queue[0]; next && (bytes === 0 || bytes + next.bytes <= windowBytes); next = queue[0]) {
      queue.shift();
      onTheWay.set(next.id, next.bytes);
      bytes += next.bytes;
      write(next.data, next.sent);
    }
    overdue?.cancel();
    overdue = queue.length === 0 ? null : clock.after(giveUpMs, forget);
  };
  const forget = (): void => {
    onTheWay.clear();
    bytes = 0;
    pump();
  };
  connection.write = (data, sent) => {
    const size = Buffer.byteLength(data);
    const payload = size - data.indexOf('#') - 1;
    if (payload > largestBytes) {
      refused(new MessageTooLong(payload, largestBytes));
      return true;
    }
    const id = /^\d+#([^|]+)\|/.exec(data)?.[1] ?? '';
    queue.push({ id, data, bytes: size, sent });
    pump();
    return true;
  };
  connection.on('data', (chunk) => {
    const text = tail + chunk.toString('latin1');
    for (const [, id = ''] of text.matchAll(/\|response\|([0-9a-f-]{36})\|/g)) {
      bytes -= onTheWay.get(id) ?? 0;
      onTheWay.delete(id);
    }
    tail = text.slice(-48);
    pump();
  });
  connection.once('close', () => {
    overdue?.cancel();
    queue.length = 0;
  });
}
