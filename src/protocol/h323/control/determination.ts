import type { Chance } from '../../../base/ids.js';
import type { MasterSlaveDetermination, MasterSlaveDeterminationAck } from '../h245/schema.js';
import type { ControlRole } from './contract.js';
import { annexC } from './timers.js';
import type { Wire } from './wire.js';

/** Numbers of a determination are below this. */
const range = 2 ** 24;

/** What a determination tells. */
export interface DeterminationSink {
  decided(role: ControlRole): void;
  failed(fatal: boolean): void;
  quirk(label: string): void;
}

/** Our part by the numbers of both; null is indeterminate (H.245 §C.2). */
export function roleBy(
  ours: { terminalType: number; number: number },
  theirs: { terminalType: number; number: number },
): ControlRole | null {
  if (ours.terminalType !== theirs.terminalType) return ours.terminalType > theirs.terminalType ? 'master' : 'slave';
  const difference = (theirs.number - ours.number + range) % range;
  if (difference === 0 || difference === range / 2) return null;
  return difference < range / 2 ? 'master' : 'slave';
}

/** Master-slave determination, H.245 §C.2 (MSDSE). */
export class Determination {
  private readonly timer;
  private state: 'idle' | 'outgoing' | 'incoming' = 'idle';
  private number: number;
  private retries = 0;
  /** By the numbers, told when the peer acknowledged. */
  private found: ControlRole | null = null;
  private told: ControlRole | null = null;

  constructor(
    private readonly wire: Wire,
    private readonly chance: Chance,
    private readonly terminalType: number,
    private readonly sink: DeterminationSink,
  ) {
    this.timer = wire.timer();
    this.number = this.draw();
  }

  get role(): ControlRole | null {
    return this.told;
  }

  /** Begins, unless one is under way. */
  start(): void {
    if (this.state !== 'idle') return;
    this.retries = 0;
    this.number = this.draw();
    this.ask();
  }

  onRequest({ terminalType, statusDeterminationNumber }: MasterSlaveDetermination): void {
    const ours = { terminalType: this.terminalType, number: this.number };
    const role = roleBy(ours, { terminalType, number: statusDeterminationNumber });
    if (role === null) {
      if (this.state === 'outgoing') return this.retry();
      this.number = this.draw();
      this.wire.respond({ masterSlaveDeterminationReject: { cause: { identicalNumbers: true } } });
      return;
    }
    if (this.state === 'incoming') this.sink.quirk('determination_repeated');
    this.found = role;
    this.acknowledge(role);
    this.state = 'incoming';
    this.timer.start(annexC.T106, () => this.expired());
  }

  /** The decision is that of the receiver: ours. */
  onAck({ decision }: MasterSlaveDeterminationAck): void {
    if (this.state === 'idle') return;
    const role: ControlRole = decision.master ? 'master' : 'slave';
    if (this.state === 'outgoing') this.acknowledge(role);
    else if (role !== this.found) return this.fail('determination_contradicted');
    this.decide(role);
  }

  onReject(): void {
    if (this.state === 'outgoing') this.retry();
    else if (this.state === 'incoming') this.fail('determination_rejected');
  }

  /** The peer gave up. What the numbers said is the same on both sides. */
  onRelease(): void {
    if (this.state === 'incoming') this.expired();
  }

  stop(): void {
    this.timer.stop();
    this.state = 'idle';
  }

  private ask(): void {
    this.state = 'outgoing';
    this.wire.request({
      masterSlaveDetermination: { terminalType: this.terminalType, statusDeterminationNumber: this.number },
    });
    this.timer.start(annexC.T106, () => this.expired());
  }

  private retry(): void {
    if (this.retries >= annexC.N100) return this.fail('determination_indeterminate');
    this.retries++;
    this.number = this.draw();
    this.ask();
  }

  private acknowledge(role: ControlRole): void {
    const theirs: ControlRole = role === 'master' ? 'slave' : 'master';
    this.wire.respond({
      masterSlaveDeterminationAck: { decision: theirs === 'master' ? { master: true } : { slave: true } },
    });
  }

  private expired(): void {
    if (this.state === 'outgoing') {
      this.wire.indicate({ masterSlaveDeterminationRelease: {} });
      this.fail(null);
      return;
    }
    // Both have the numbers, so the peer knows its part although it did not say so.
    this.sink.quirk('determination_not_acknowledged');
    if (this.found) this.decide(this.found);
  }

  private decide(role: ControlRole): void {
    this.stop();
    const changed = role !== this.told;
    this.told = role;
    if (changed) this.sink.decided(role);
  }

  private fail(quirk: string | null): void {
    this.stop();
    if (quirk !== null) this.sink.quirk(quirk);
    this.sink.failed(this.told === null);
  }

  private draw(): number {
    return this.chance.int(0, range - 1);
  }
}
