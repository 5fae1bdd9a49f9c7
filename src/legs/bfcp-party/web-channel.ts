import type { MessageStream } from '../../base/net.js';
import { streamLimit } from '../../protocol/bfcp/framing.js';

/** What becomes of a WebSocket. */
export interface WebSink {
  regained(): void;
  receive(bytes: Uint8Array): void;
  lost(why: string): void;
  /** A message passes. */
  note(outgoing: boolean, bytes: Uint8Array, ends: MessageStream): void;
}

/** The WebSocket of one association, RFC 8857: a new connection of the same call replaces the old one. */
export class WebChannel {
  private current: MessageStream | null = null;

  constructor(private readonly sink: WebSink) {}

  get open(): boolean {
    return this.current !== null;
  }

  send(bytes: Uint8Array): void {
    const { current } = this;
    if (!current) return;
    this.sink.note(true, bytes, current);
    current.send(bytes);
  }

  take(stream: MessageStream): void {
    const old = this.current;
    this.current = stream;
    old?.close();
    this.sink.regained();
    stream.onMessage((data) => {
      if (stream !== this.current) return;
      if (data.length > streamLimit) return this.drop();
      this.sink.note(false, data, stream);
      this.sink.receive(data);
    });
    stream.onClose(() => {
      if (stream === this.current) this.drop();
    });
  }

  /** What comes makes no sense, or nothing comes any more. */
  drop(): void {
    if (!this.current) return;
    this.close();
    this.sink.lost('the connection is gone');
  }

  close(): void {
    const { current } = this;
    this.current = null;
    current?.close();
  }
}
