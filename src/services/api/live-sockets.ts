import type { WebSocket } from 'ws';
import type { Clock, Timer } from '../../base/clock.js';

/** Two of these without an answer and the peer is gone. */
const pingEveryMs = 25_000;

/** Open WebSockets of one listener: pings them, and ends those that do not answer. */
export class LiveSockets {
  private readonly live = new Map<WebSocket, { answered: boolean }>();
  private readonly pinging: Timer;

  constructor(clock: Clock) {
    this.pinging = clock.every(pingEveryMs, () => this.ping());
  }

  get size(): number {
    return this.live.size;
  }

  keep(ws: WebSocket): void {
    const state = { answered: true };
    this.live.set(ws, state);
    ws.on('pong', () => (state.answered = true));
    ws.on('error', () => ws.terminate());
    ws.once('close', () => this.live.delete(ws));
  }

  /** No more pings; whoever took the sockets closes them. */
  rest(): void {
    this.pinging.cancel();
  }

  /** Closes every one. */
  close(): void {
    this.rest();
    for (const ws of [...this.live.keys()]) {
      ws.close(1001);
      ws.terminate();
    }
  }

  private ping(): void {
    for (const [ws, state] of [...this.live]) {
      if (!state.answered) {
        ws.terminate();
        continue;
      }
      state.answered = false;
      ws.ping();
    }
  }
}
