import type { EventMessage } from '../services/api/contract.js';

/** The room's events; reconnects with growing pauses until closed or refused. */
export class RoomEvents {
  private socket: WebSocket | null = null;
  private closed = false;
  private failures = 0;

  constructor(
    private readonly url: string,
    private readonly onEvent: (event: EventMessage) => void,
  ) {
    this.connect();
  }

  close(): void {
    this.closed = true;
    this.socket?.close();
  }

  private connect(): void {
    const socket = new WebSocket(this.url);
    this.socket = socket;
    socket.addEventListener('message', ({ data }) => {
      this.failures = 0;
      if (!this.closed) this.onEvent(JSON.parse(String(data)) as EventMessage);
    });
    socket.addEventListener('close', ({ code }) => {
      // 1000: the room is over; 4401: the token is not good any more, which the call hears too
      if (this.closed || code === 1000 || code === 4401) return;
      this.failures += 1;
      setTimeout(() => this.closed || this.connect(), Math.min(250 * 2 ** this.failures, 10_000));
    });
  }
}
