import type { Clock } from '../../base/clock.js';
import { plainResponse } from './compose.js';
import { InviteServerMachine } from './invite-server.js';
import { printMessage, type SipRequest, type SipResponse } from './message.js';
import { ServerMachine } from './server-machine.js';
import type { Incoming } from './incoming.js';
import type { SipTimers } from './timers.js';

/** What the owner of server transactions provides. */
export interface ServerOwner {
  clock: Clock;
  timers: SipTimers;
  /** Sends a response by RFC 3261 §18.2.2. */
  transmit(data: Buffer, incoming: Incoming<SipRequest>): void;
  ended(transaction: ServerTransaction): void;
}

/** A received request and the machine that answers it. */
export class ServerTransaction {
  /** The final response sent, if any. */
  final: SipResponse | null = null;
  /** Called when the transaction is forgotten. */
  onEnded: () => void = () => undefined;
  private readonly machine: InviteServerMachine | ServerMachine;

  constructor(
    readonly key: string,
    readonly incoming: Incoming<SipRequest>,
    owner: ServerOwner,
  ) {
    const { clock, timers } = owner;
    const reliable = incoming.flow.reliable;
    const effects = {
      send: (response: SipResponse) => owner.transmit(printMessage(response), incoming),
      trying: () => plainResponse(incoming.message, 100, null),
      unacknowledged: () => undefined,
      terminated: () => {
        owner.ended(this);
        this.onEnded();
      },
    };
    this.machine =
      incoming.message.method === 'INVITE'
        ? new InviteServerMachine(clock, timers, reliable, effects)
        : new ServerMachine(clock, timers, reliable, effects);
  }

  get request(): SipRequest {
    return this.incoming.message;
  }

  get answered(): boolean {
    return this.machine.answered;
  }

  /** Sends a response; false when a final one was sent before (2xx to INVITE may be repeated). */
  respond(response: SipResponse): boolean {
    const sent = this.machine.respond(response);
    if (sent && response.status >= 200) this.final ??= response;
    return sent;
  }

  /** A retransmission of the request came in. */
  again(): void {
    this.machine.again();
  }

  /** The ACK of a final response of 300 and more came in. */
  ack(): void {
    if (this.machine instanceof InviteServerMachine) this.machine.ack();
  }

  dispose(): void {
    this.machine.dispose();
  }

  describe(): string {
    return `${this.machine.describe()} ${this.request.method} ${this.incoming.envelope.callId}`;
  }
}
