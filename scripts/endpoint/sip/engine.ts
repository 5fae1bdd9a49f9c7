import type { Clock } from '../../../src/base/clock.js';
import { systemChance } from '../../../src/base/ids.js';
import { silentLog } from '../../../src/base/log.js';
import { createMetrics } from '../../../src/base/metrics.js';
import { systemNet } from '../../../src/base/system-net.js';
import { startEngine } from '../../../src/protocol/drachtio/server.js';
import { createCaller, type Caller } from './srf.js';

/** An embedded SIP engine with the library connected to it. */
export interface Engine {
  srf: Caller;
  /** Where it takes SIP. */
  readonly listening: readonly { transport: string; local: { address: string; port: number } }[];
  close(): Promise<void>;
}

/** Starts an engine on a free port of `bind` that can call over the transport. Rejects with the system's error. */
export function openEngine(options: { bind: string; transport: 'udp' | 'tcp' | 'tls'; clock: Clock }): Promise<Engine> {
  const { bind: address, transport, clock } = options;
  return openEngineAt([{ transport: transport === 'udp' ? 'udp' : 'tcp', address, port: 0 }], clock);
}

/** Starts an engine with these listeners. Rejects with the system's error. */
export async function openEngineAt(
  listen: { transport: 'udp' | 'tcp'; address: string; port: number }[],
  clock: Clock,
): Promise<Engine> {
  const secret = systemChance.hex(16);
  const engine = await startEngine({
    net: systemNet,
    clock,
    chance: systemChance,
    log: silentLog,
    metrics: createMetrics(),
    control: { address: '127.0.0.1', port: 0, secret },
    listen,
    // The gateway's certificate is self-signed unless its operator gave it another.
    tlsVerify: false,
  });
  const srf = createCaller();
  try {
    await connected(srf, engine.control.port, secret);
  } catch (error) {
    await engine.close();
    throw error;
  }
  return {
    srf,
    listening: engine.listening,
    async close() {
      srf.disconnect();
      await engine.close();
    },
  };
}

function connected(srf: Caller, port: number, secret: string): Promise<void> {
  return new Promise((resolve, reject) => {
    srf.on('connect', (error) => (error ? reject(error) : resolve()));
    srf.on('error', reject);
    srf.connect({ host: '127.0.0.1', port, secret });
  });
}
