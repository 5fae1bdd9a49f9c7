import type { Chance } from '../../base/ids.js';
import type { Metrics } from '../../base/metrics.js';
import type { Defence } from './defence.js';
import type { Overload } from './overload.js';

/** A request that opens something new, as far as it is known before it is read in earnest. */
export interface Newcomer {
  address: string;
  /** `udp` can be forged. */
  transport: string;
  method: string;
  agent: string;
}

export interface FrontDoorOptions {
  defence: Defence;
  overload: Overload;
  /** Calls that live or are being answered. */
  calls(): number;
  chance: Pick<Chance, 'int'>;
  metrics: Metrics;
}

/**
 * Everybody comes by here first: silence for offenders, 503 for calls above the load. With the embedded engine it stands
 * in the engine, before anything is spent on a request; with a drachtio-server at the application.
 */
export class FrontDoor {
  constructor(private readonly options: FrontDoorOptions) {}

  screen({
    address,
    transport,
    method,
    agent,
  }: Newcomer): 'take' | 'drop' | { status: 503; headers: Record<string, string> } {
    const { defence, overload, chance, metrics } = this.options;
    if (!defence.hears({ address, agent, forgeable: transport === 'udp' })) return 'drop';
    const shed = method === 'INVITE' ? overload.admit(this.options.calls()) : null;
    if (!shed) return 'take';
    metrics.count('dualstream_overload_total', { reason: shed });
    // spread, so that those who were sent away do not come back together
    return { status: 503, headers: { 'Retry-After': String(chance.int(3, 12)) } };
  }

  /** False: a source that is not heard gets no answer either. */
  malformed(address: string, transport: string): boolean {
    const { defence } = this.options;
    const forgeable = transport === 'udp';
    defence.offence(address, 'malformed', forgeable);
    return defence.hears({ address, agent: '', forgeable });
  }
}
