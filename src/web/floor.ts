import { BfcpClient, type Outcome } from '../protocol/bfcp/client';
import type { BfcpAccess } from '../services/api/contract';

/** What happens to this page's own request, and when the connection goes. */
export interface FloorListener {
  /** Another took over, or a moderator ended it. */
  revoked(): void;
  /** Granted after waiting. */
  granted(): void;
  lost(): void;
}

/** The page as a BFCP floor participant over WebSocket (RFC 8857). */
export class Floor {
  private readonly socket: WebSocket;
  private readonly client: BfcpClient;
  private readonly outcomes = new Map<number, (outcome: Outcome) => void>();
  private state: 'none' | 'waiting' | 'held' = 'none';
  private closed = false;

  constructor(
    access: BfcpAccess,
    private readonly listener: FloorListener,
  ) {
    const socket = new WebSocket(access.url, 'bfcp');
    socket.binaryType = 'arraybuffer';
    this.socket = socket;
    const ids = { conferenceId: access.confId, userId: access.userId, floorId: access.floorId };
    this.client = new BfcpClient(
      { ...ids, carriage: 'reliable', version: 1 },
      {
        send: (bytes) => socket.send(bytes.slice().buffer),
        done: (operation, outcome) => {
          this.outcomes.get(operation)?.(outcome);
          this.outcomes.delete(operation);
        },
        status: ({ state }) => this.changed(state),
        floor: () => undefined,
        goodbye: () => socket.close(),
      },
    );
    socket.addEventListener('open', () => {
      this.client.hello(performance.now());
      this.client.query(performance.now());
    });
    socket.addEventListener('message', ({ data }) => {
      this.client.receive(new Uint8Array(data as ArrayBuffer), performance.now());
    });
    socket.addEventListener('close', () => {
      this.client.abandon(performance.now());
      if (!this.closed) this.listener.lost();
    });
  }

  /** Asks for the floor; `waiting` means that `granted` may come later. */
  async request(): Promise<'granted' | 'waiting' | 'denied' | 'unavailable'> {
    if (this.socket.readyState !== WebSocket.OPEN) return 'unavailable';
    const operation = this.client.request(performance.now());
    const outcome = await new Promise<Outcome>((resolve) => this.outcomes.set(operation, resolve));
    if (outcome.kind === 'timeout') return 'unavailable';
    if (outcome.kind === 'error' || this.state === 'none') return 'denied';
    return this.state === 'held' ? 'granted' : 'waiting';
  }

  release(): void {
    if (this.state === 'none' || this.socket.readyState !== WebSocket.OPEN) return;
    this.state = 'none';
    this.client.release(performance.now());
  }

  close(): void {
    this.closed = true;
    this.socket.close();
  }

  private changed(state: string): void {
    const before = this.state;
    if (state === 'granted') this.state = 'held';
    else if (state === 'pending' || state === 'accepted') this.state = 'waiting';
    else this.state = 'none';
    if (before === 'waiting' && this.state === 'held') this.listener.granted();
    if (before !== 'none' && this.state === 'none') this.listener.revoked();
  }
}
