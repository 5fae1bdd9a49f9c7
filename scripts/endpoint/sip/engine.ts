import type { Clock } from '../../../src/base/clock.js';
import type { Caller } from './srf.js';

/** An embedded SIP engine with the library connected to it. */
export interface Engine {
  srf: Caller;
  close(): Promise<void>;
}

export async function openEngine(options: {
  bind: string;
  transport: 'udp' | 'tcp' | 'tls';
  clock: Clock;
}): Promise<Engine> {
  throw new Error(`no engine yet for ${options.transport}`);
}
