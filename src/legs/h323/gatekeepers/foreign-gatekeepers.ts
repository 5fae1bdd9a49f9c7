import type { SignalledCall } from '../../../protocol/h323/call/contract.js';
import type { TrunkState, TrunkStates } from '../../../rooms/trunk-states.js';
import { BadTarget } from '../../../rooms/dialer.js';
import { ForeignGatekeeper, type GatekeeperParts } from './foreign-gatekeeper.js';
import type { ForeignGatekeeperSettings } from './settings.js';

/** Above this share of the calls that we take, gatekeepers are told to look elsewhere; below the other one no more. */
const almostFull = { from: 0.95, until: 0.85 };

/** Every registration of ours with gatekeepers elsewhere. */
export class ForeignGatekeepers implements TrunkStates {
  private readonly all: readonly ForeignGatekeeper[];
  private full = false;

  constructor(settings: readonly ForeignGatekeeperSettings[], parts: GatekeeperParts) {
    this.all = settings.map((one) => new ForeignGatekeeper(one, parts));
  }

  start(): void {
    for (const one of this.all) one.start();
  }

  /** @throws BadTarget */
  get(name: string): ForeignGatekeeper {
    const found = this.all.find((one) => one.name === name);
    if (!found) throw new BadTarget(`there is no registration ${name}`);
    return found;
  }

  has(name: string): boolean {
    return this.all.some((one) => one.name === name);
  }

  /** The one that has to be asked for a call that came in, or null. */
  ownerOf(call: SignalledCall): ForeignGatekeeper | null {
    return this.all.find((one) => one.owns(call)) ?? null;
  }

  /** So many calls there are of so many that we take. */
  load(calls: number, most: number): void {
    this.full = calls >= most * (this.full ? almostFull.until : almostFull.from);
    for (const one of this.all) one.resources(this.full);
  }

  list(): TrunkState[] {
    return this.all.map((one) => one.snapshot());
  }

  async close(): Promise<void> {
    await Promise.all(this.all.map((one) => one.close()));
  }
}
