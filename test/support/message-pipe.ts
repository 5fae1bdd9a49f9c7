import type { MessageStream } from '../../src/base/net.js';

/** Two ends of a message-wise connection in memory. Messages and the close arrive in a later microtask, in order. */
export function messagePipe(): [MessageStream, MessageStream] {
  const sides = [new Side(), new Side()] as const;
  sides[0].far = sides[1];
  sides[1].far = sides[0];
  return [sides[0], sides[1]];
}

class Side implements MessageStream {
  readonly local = { address: '127.0.0.1', port: 1 };
  readonly remote = { address: '127.0.0.1', port: 2 };
  far: Side | null = null;
  private closed = false;
  private readonly messages: ((data: Buffer) => void)[] = [];
  private readonly closers: (() => void)[] = [];

  send(data: Uint8Array | string): void {
    const copy = Buffer.from(data);
    const { far } = this;
    if (!this.closed) queueMicrotask(() => far?.arrived(copy));
  }

  onMessage(listener: (data: Buffer) => void): void {
    this.messages.push(listener);
  }

  onClose(listener: () => void): void {
    this.closers.push(listener);
  }

  close(): void {
    if (this.closed) return;
    const { far } = this;
    queueMicrotask(() => far?.close());
    this.closed = true;
    for (const closer of this.closers) queueMicrotask(closer);
  }

  private arrived(data: Buffer): void {
    if (!this.closed) for (const listener of this.messages) listener(data);
  }
}
