import { BfcpClient, type FloorView, type Outcome } from '../protocol/bfcp/client.js';
import type { BfcpAccess } from '../services/api/contract.js';

/** What happens to this page's own request, and to the connection. */
export interface FloorListener {
  /** The connection stands, again after a loss too. */
  ready(): void;
  /** Granted after waiting. */
  granted(): void;
  /** A moderator or the room did not grant what was waited for. */
  denied(): void;
  /** Another took over, or a moderator ended it. */
  revoked(): void;
}

/** Outcome of a request; after `waiting` the listener hears more. */
export type FloorAnswer = 'granted' | 'waiting' | 'denied' | 'unavailable';

const pauses = [250, 1000, 2000, 5000];

/**
 * The page as a BFCP floor participant over WebSocket (RFC 8857). Connects again until closed; the gateway keeps what was
 * held for a while, so a share outlives a lost connection.
 */
export class Floor {
  private socket: WebSocket | null = null;
  private client: BfcpClient | null = null;
  private readonly outcomes = new Map<number, (outcome: Outcome) => void>();
  private state: 'none' | 'waiting' | 'held' = 'none';
  /** Own request as found after connecting again; the client machine knows only those that it made. */
  private found: number | null = null;
  /** What was held before the connection broke is to be compared with what the gateway says now. */
  private comparing = false;
  private closed = false;
  private failures = 0;

  constructor(
    private readonly access: BfcpAccess,
    private readonly listener: FloorListener,
  ) {
    this.connect();
  }

  /** Asks for the floor; `waiting` means that `granted` or `denied` comes later. */
  async request(): Promise<FloorAnswer> {
    const { client } = this;
    if (!client || this.socket?.readyState !== WebSocket.OPEN) return 'unavailable';
    const operation = client.request(performance.now());
    const outcome = await new Promise<Outcome>((resolve) => this.outcomes.set(operation, resolve));
    if (outcome.kind === 'timeout') return 'unavailable';
    if (outcome.kind === 'error' || this.state === 'none') return 'denied';
    return this.state === 'held' ? 'granted' : 'waiting';
  }

  /** Gives the floor back, or withdraws the request. */
  release(): void {
    if (this.state === 'none' || this.socket?.readyState !== WebSocket.OPEN) return;
    this.state = 'none';
    const now = performance.now();
    if (this.found === null) this.client?.release(now);
    else this.client?.release(now, this.found);
    this.found = null;
  }

  close(): void {
    this.closed = true;
    this.socket?.close();
    this.client?.abandon(performance.now());
  }

  private connect(): void {
    const socket = new WebSocket(this.access.url, 'bfcp');
    socket.binaryType = 'arraybuffer';
    const client = this.clientOn(socket);
    this.socket = socket;
    this.client = client;
    socket.addEventListener('open', () => {
      this.failures = 0;
      client.hello(performance.now());
      client.query(performance.now());
      this.listener.ready();
    });
    socket.addEventListener('message', ({ data }) => {
      client.receive(new Uint8Array(data as ArrayBuffer), performance.now());
    });
    socket.addEventListener('close', () => {
      client.abandon(performance.now());
      if (!this.closed) this.again();
    });
  }

  private again(): void {
    this.comparing = true;
    const pause = pauses[Math.min(this.failures, pauses.length - 1)] ?? 0;
    this.failures += 1;
    setTimeout(() => this.closed || this.connect(), pause);
  }

  private clientOn(socket: WebSocket): BfcpClient {
    const { confId, userId, floorId } = this.access;
    return new BfcpClient(
      { conferenceId: confId, userId, floorId, carriage: 'reliable', version: 1 },
      {
        send: (bytes) => socket.send(bytes.slice().buffer),
        done: (operation, outcome) => {
          this.outcomes.get(operation)?.(outcome);
          this.outcomes.delete(operation);
        },
        status: ({ state }) => this.changed(state),
        floor: (view) => this.compare(view),
        goodbye: () => socket.close(),
        broken: () => socket.close(),
      },
    );
  }

  private compare({ holder, requests }: FloorView): void {
    if (!this.comparing) return;
    this.comparing = false;
    const { userId } = this.access;
    const own = requests.find(({ beneficiary, requestedBy }) => (beneficiary ?? requestedBy)?.id === userId);
    this.found = own?.id ?? null;
    this.changed(holder?.self ? 'granted' : own ? 'pending' : 'released');
  }

  private changed(state: string): void {
    const before = this.state;
    if (state === 'granted') this.state = 'held';
    else if (state === 'pending' || state === 'accepted') this.state = 'waiting';
    else this.state = 'none';
    if (this.state === 'none') this.found = null;
    if (before === 'waiting' && this.state === 'held') this.listener.granted();
    if (before === 'waiting' && this.state === 'none') this.listener.denied();
    if (before === 'held' && this.state === 'none') this.listener.revoked();
  }
}
