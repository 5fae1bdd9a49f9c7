import type { Clock, Timer } from '../../base/clock.js';
import { DualstreamError, type Verdict } from '../../base/errors.js';
import { Emitter, type Events } from '../../base/events.js';
import {
  BfcpClient,
  viewOf,
  type ClientConfig,
  type Decision,
  type FloorView,
  type Outcome,
  type RequestView,
} from './client.js';
import type { Message } from './message.js';
import type { RequestState } from './names.js';

/** A client operation that got an Error (`code` of RFC 8855 §5.2.6) or no answer at all (`code` 0). */
export class BfcpOperationFailed extends DualstreamError {
  readonly verdict: Verdict;

  constructor(
    readonly code: number,
    text: string,
  ) {
    super(code === 0 ? 'no answer from the floor control server' : `floor control error ${code}${text && `: ${text}`}`);
    const label = code === 0 ? 'bfcp_timeout' : `bfcp_error_${code}`;
    this.verdict = { sip: 500, h225: 'undefinedReason', bfcp: code, http: 502, label, retry: code === 0 };
  }
}

/** Raised by a client session. */
export interface SessionEvents {
  /** A request of this client changed, also without its asking (revoked, granted after waiting). */
  status: RequestView;
  floor: FloorView;
  /** Once, last. */
  closed: { why: string };
}

/** Settings of a client session. */
export interface SessionOptions extends ClientConfig {
  clock: Clock;
  send(bytes: Uint8Array): void;
  /** The byte stream makes no sense: close the connection, which ends the session. */
  broken?(why: string): void;
  /** Hello is repeated after this many milliseconds to keep NAT bindings; 0 never. */
  keepAliveMs: number;
}

/** The client machine with a clock and promises. It needs nothing of Node, so the web client uses it as it is. */
export class BfcpSession {
  private readonly emitter = new Emitter<SessionEvents>();
  private readonly client: BfcpClient;
  private readonly clock: Clock;
  private readonly pending = new Map<number, (outcome: Outcome) => void>();
  /** Outcomes that came before the caller could ask for them. */
  private readonly early = new Map<number, Outcome>();
  private timer: Timer | null = null;
  private keepAlive: Timer | null = null;
  private closed = false;

  constructor(private readonly options: SessionOptions) {
    this.clock = options.clock;
    this.client = new BfcpClient(options, {
      send: (bytes) => options.send(bytes),
      done: (operation, outcome) => this.done(operation, outcome),
      status: (view) => this.emitter.emit('status', view),
      floor: (view) => this.emitter.emit('floor', view),
      goodbye: () => this.end('goodbye'),
      broken: (why) => options.broken?.(why),
    });
  }

  get on(): Events<SessionEvents> {
    return this.emitter;
  }

  /** Id of this client's own ongoing request, or null. */
  get ongoing(): number | null {
    return this.client.ongoing;
  }

  /** Says Hello and subscribes to the floor. Rejects with BfcpOperationFailed. */
  async start(): Promise<void> {
    await this.hello();
    await this.subscribe();
  }

  /** Says Hello, and keeps saying it. Rejects with BfcpOperationFailed. */
  async hello(): Promise<void> {
    await this.run((now) => this.client.hello(now));
    const { keepAliveMs } = this.options;
    if (keepAliveMs > 0 && !this.closed) this.keepAlive ??= this.clock.every(keepAliveMs, () => this.ping());
  }

  /** Subscribes to the floor. Rejects with BfcpOperationFailed. */
  async subscribe(): Promise<void> {
    await this.run((now) => this.client.query(now));
  }

  /** Asks for the floor and tells the first answer; later changes come as `status`. Rejects with BfcpOperationFailed. */
  async request(reason = ''): Promise<RequestState> {
    return stateOf(await this.run((now) => this.client.request(now, reason)));
  }

  /** Releases or cancels the own request; without one it resolves at once. Rejects with BfcpOperationFailed. */
  async release(): Promise<RequestState> {
    if (this.client.ongoing === null) return 'released';
    return stateOf(await this.run((now) => this.client.release(now)));
  }

  /** As a chair: decides on anybody's request. Resolves when the server took it. Rejects with BfcpOperationFailed. */
  async decide(requestId: number, decision: Decision): Promise<void> {
    await this.run((now) => this.client.decide(now, requestId, decision));
  }

  /** Any other operation of the machine, with the answer as it came. Rejects with BfcpOperationFailed. */
  run(start: (now: number, client: BfcpClient) => number): Promise<Message> {
    if (this.closed) return Promise.reject(new BfcpOperationFailed(0, ''));
    return new Promise((resolve, reject) => {
      const settle = (outcome: Outcome): void => {
        if (outcome.kind === 'answer') resolve(outcome.message);
        else if (outcome.kind === 'error') reject(new BfcpOperationFailed(outcome.code, outcome.text));
        else reject(new BfcpOperationFailed(0, ''));
      };
      const operation = start(this.clock.now(), this.client);
      const outcome = this.early.get(operation);
      if (outcome) {
        this.early.delete(operation);
        settle(outcome);
      } else {
        this.pending.set(operation, settle);
      }
      this.arm();
    });
  }

  /** Takes one datagram or one framed message. */
  receive(bytes: Uint8Array): void {
    if (this.closed) return;
    this.client.receive(bytes, this.clock.now());
    this.arm();
  }

  /** Says Goodbye where the carriage has one, and ends; idempotent. */
  close(): void {
    if (this.closed) return;
    if (this.options.carriage === 'datagram') this.client.goodbye(this.clock.now());
    this.end('closed');
  }

  /** The connection is gone: everything that waits fails; idempotent. */
  end(why: string): void {
    if (this.closed) return;
    this.closed = true;
    this.timer?.cancel();
    this.keepAlive?.cancel();
    this.client.abandon(this.clock.now());
    this.early.clear();
    this.emitter.emit('closed', { why });
  }

  private ping(): void {
    this.run((now) => this.client.hello(now)).catch(() => this.end('no answer to Hello'));
  }

  private done(operation: number, outcome: Outcome): void {
    const settle = this.pending.get(operation);
    this.pending.delete(operation);
    if (settle) settle(outcome);
    else this.early.set(operation, outcome);
  }

  private arm(): void {
    this.timer?.cancel();
    this.timer = null;
    const { due } = this.client;
    if (due === null || this.closed) return;
    this.timer = this.clock.after(Math.max(0, due - this.clock.now()), () => {
      this.client.tick(this.clock.now());
      this.arm();
    });
  }
}

function stateOf(message: Message): RequestState {
  const [info] = message.body.floorRequests ?? [];
  return (info && viewOf(info)?.state) ?? 'denied';
}
