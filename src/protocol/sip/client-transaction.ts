import type { Clock } from '../../base/clock.js';
import type { Disposable } from '../../base/disposables.js';
import { ClientMachine } from './client-machine.js';
import { hopAck } from './compose.js';
import type { Flow } from './flow.js';
import { InviteClientMachine } from './invite-client.js';
import { printMessage, type SipRequest, type SipResponse } from './message.js';
import type { Incoming } from './incoming.js';
import type { SipTimers } from './timers.js';

/** What the sender of a request hears of it. */
export interface ClientHandlers {
  /** Every provisional, the first final; for INVITE every 2xx, retransmissions included. */
  response(incoming: Incoming<SipResponse>): void;
  /** No final response will come: 408 after the timeout, 503 when the connection failed. */
  failed(status: 408 | 503): void;
  /** The request is passed on for somebody else: responses carry more Via values than ours. */
  readonly forwards?: boolean;
}

/** What the owner of client transactions provides. */
export interface ClientOwner {
  clock: Clock;
  timers: SipTimers;
  ended(transaction: ClientTransaction): void;
}

/** A request that was sent and the machine that waits for its answer. */
export class ClientTransaction {
  private readonly machine: InviteClientMachine | ClientMachine;
  private readonly watch: Disposable;
  private current: Incoming<SipResponse> | null = null;
  /** Whether responses carry more Via values than ours. */
  readonly forwards: boolean;

  constructor(
    readonly key: string,
    readonly request: SipRequest,
    readonly flow: Flow,
    handlers: ClientHandlers,
    private readonly owner: ClientOwner,
  ) {
    this.forwards = handlers.forwards === true;
    const data = printMessage(request);
    const effects = {
      send: () => flow.send(data),
      ack: (response: SipResponse) => flow.send(printMessage(hopAck(request, response))),
      response: () => {
        if (this.current) handlers.response(this.current);
      },
      failed: (status: 408 | 503) => handlers.failed(status),
      terminated: () => {
        this.watch.dispose();
        owner.ended(this);
      },
    };
    const Machine = request.method === 'INVITE' ? InviteClientMachine : ClientMachine;
    this.machine = new Machine(owner.clock, owner.timers, flow.reliable, effects);
    this.watch = flow.onClose(() => this.machine.transportFailed());
  }

  start(): void {
    this.machine.start();
  }

  receive(incoming: Incoming<SipResponse>): void {
    this.current = incoming;
    this.machine.receive(incoming.message);
    this.current = null;
  }

  /** Whether no final response has come yet. */
  get waiting(): boolean {
    return this.machine.waiting;
  }

  dispose(): void {
    this.watch.dispose();
    this.machine.dispose();
    this.owner.ended(this);
  }

  describe(): string {
    return `${this.machine.describe()} ${this.request.method} ${this.request.headers.get('call-id') ?? ''}`;
  }
}
