import { systemClock } from './base/clock.js';
import { messageOf } from './base/errors.js';
import { lendConnection, socketPipe } from './base/socket-pipe.js';
import type { Log } from './base/log.js';
import { readHostports, type ListenPoint } from './legs/sip/hostports.js';
import type { Signalling } from './legs/sip/srf.js';
import type { Engine } from './protocol/drachtio/server.js';

const connectMs = 5000;
const longestRetryMs = 5000;

/**
 * Connects the SIP application to its engine; resolves with where that takes SIP, as peers are told and as bound. Rejects
 * when the secret is wrong or nobody answers. A connection that is lost later comes back by itself.
 */
export function connectApplication(
  signalling: Signalling,
  { log, secret, ...at }: { host: string; port: number; secret: string; log: Log },
  engine: Engine | null,
): Promise<{ listening: ListenPoint[]; local: ListenPoint[] }> {
  signalling.on('error', (error) => log.warn({ error: messageOf(error) }, 'The signalling connection failed'));
  return new Promise((resolve, reject) => {
    let connected = false;
    const fail = (why: string): void => {
      signalling.disconnect();
      reject(new Error(`SIP engine at ${at.host}:${at.port}: ${why}`));
    };
    const deadline = systemClock.after(connectMs, () => fail('nobody answers'));
    signalling.on('connect', (error, hostports, _version, local) => {
      deadline.cancel();
      if (error && !connected) return fail(messageOf(error));
      if (error) return log.error({ error: messageOf(error) }, 'The SIP engine does not take us any more');
      log.info({ hostports }, 'Connected to the SIP engine');
      connected = true;
      resolve({ listening: readHostports(hostports), local: readHostports(local ?? hostports) });
    });
    const reconnect = { retryMaxDelay: longestRetryMs };
    const connectTo = (): void =>
      signalling.connect({ host: at.host, port: at.port, secret, reconnect, enablePing: engine === null });
    if (engine) within(engine, connectTo);
    else connectTo();
  });
}

/** Our own engine is reached without the system's help; only a connection that was lost is made anew through its port. */
function within(engine: Engine, connectTo: () => void): void {
  const { socket, stream } = socketPipe();
  engine.acceptApplication(stream);
  lendConnection(socket, connectTo);
}
