import type { Clock } from '../../src/base/clock.js';
import { systemChance } from '../../src/base/ids.js';
import { messageOf } from '../../src/base/errors.js';
import type { Net } from '../../src/base/net.js';
import { openBfcpClient, type BfcpClientLink } from '../../src/legs/bfcp-party/client-link.js';
import type { Happening } from './events.js';
import type { FloorIdentity } from '../../src/legs/bfcp-party/party.js';
import type { FloorOutcome } from './sdp/outcome.js';
import type { FloorOver } from './sdp/roles.js';

/** What the floor client tells its endpoint. */
export interface FloorListener {
  tell(what: Happening): void;
  /** The own request was granted, or is granted no more. */
  granted(holds: boolean): void;
}

/** The endpoint's floor participant: connects after each negotiation that changed the association. */
export class EndpointFloor {
  private target = '';
  private ready: Promise<void> | null = null;
  private state = 'idle';
  private holds = false;
  private closing = false;
  /** Display name of who holds the floor. */
  holder: string | null = null;

  private constructor(
    private readonly link: BfcpClientLink,
    private readonly listener: FloorListener,
  ) {
    link.on.on('status', (view) => this.changed(view.state, view.info));
    link.on.on('floor', ({ holder }) => {
      const name = holder ? holder.name || `user ${holder.userId}` : null;
      if (name === this.holder) return;
      this.holder = name;
      listener.tell({ event: 'holder', holder: name, self: holder?.self ?? false });
    });
    link.on.on('closed', ({ why }) => {
      if (this.closing) return;
      listener.tell({ event: 'floor-lost', reason: why });
      this.changed('idle', '');
    });
  }

  static async open(
    options: { net: Net; clock: Clock; bind: string; transport: FloorOver; identity?: FloorIdentity },
    listener: FloorListener,
  ): Promise<EndpointFloor> {
    return new EndpointFloor(await openBfcpClient({ ...options, chance: systemChance }), listener);
  }

  get port(): number {
    return this.link.port;
  }

  /** State of the own request, `idle` without one. */
  get request(): string {
    return this.state;
  }

  /** Takes over the outcome of a negotiation; the same association goes on untouched. */
  apply(outcome: FloorOutcome | null): void {
    // the roles of TLS stay with the connection, whoever offers next
    const target = JSON.stringify(outcome && { ...outcome, tls: outcome.tls?.fingerprints });
    if (!outcome || target === this.target) return;
    this.target = target;
    this.ready = this.link.connect(outcome);
    this.ready.then(
      () => this.listener.tell({ event: 'floor-ready' }),
      (error: unknown) => this.listener.tell({ event: 'floor-lost', reason: messageOf(error) }),
    );
  }

  /** Asks for the floor; resolves with the first answer. Rejects when there is no floor control in this call. */
  async ask(info: string): Promise<string> {
    if (!this.ready) throw new Error('no floor control in this call');
    await this.ready;
    return this.link.request(info);
  }

  async release(): Promise<string> {
    return this.link.release();
  }

  close(): void {
    this.closing = true;
    this.link.close();
  }

  private changed(state: string, info: string): void {
    if (state === this.state) return;
    this.state = state;
    if (state !== 'idle') this.listener.tell({ event: 'floor', state, ...(info && { info }) });
    const holds = state === 'granted';
    if (holds === this.holds) return;
    this.holds = holds;
    this.listener.granted(holds);
  }
}
