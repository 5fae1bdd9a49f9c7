import Srf from 'drachtio-srf';
import { systemClock } from '../../../src/base/clock.js';
import { systemChance } from '../../../src/base/ids.js';
import { silentLog } from '../../../src/base/log.js';
import { systemNet } from '../../../src/base/system-net.js';
import type { B2buaSettings } from './settings.js';

// The application of the signalling bench: every call goes on to one callee. With settings that name no engine it runs the
// embedded one in its own process, as the gateway does. Says `ready <port>` with the UDP port that takes calls.

interface Dialog {
  on(event: 'destroy', listener: () => void): void;
  destroy(): Promise<unknown>;
}

interface Library {
  on(event: 'connect', listener: (error: Error | null, hostports: string) => void): void;
  connect(options: { host: string; port: number; secret: string }): void;
  invite(handler: (request: { body: string }, response: unknown) => void): void;
  createB2BUA(
    request: unknown,
    response: unknown,
    uri: string,
    options: { localSdpB: string },
  ): Promise<{ uas: Dialog; uac: Dialog }>;
}

const settings = JSON.parse(process.argv[2] ?? '') as B2buaSettings;

/** Connects the application to a server, or to an engine of its own as the gateway does. */
async function connect({ elsewhere }: B2buaSettings): Promise<void> {
  if (elsewhere) return library.connect(elsewhere);
  // only here, so that the pair that runs elsewhere does not carry its weight
  const { startEngine } = await import('../../../src/protocol/drachtio/server.js');
  const { createMetrics } = await import('../../../src/base/metrics.js');
  const here = { address: '127.0.0.1', port: 0 };
  const secret = systemChance.hex(16);
  const engine = await startEngine({
    net: systemNet,
    clock: systemClock,
    chance: systemChance,
    log: silentLog,
    metrics: createMetrics(),
    control: { ...here, secret },
    listen: [{ transport: 'udp', ...here }],
  });
  const { lendConnection, socketPipe } = await import('../../../src/base/socket-pipe.js');
  const { socket, stream } = socketPipe();
  engine.acceptApplication(stream);
  lendConnection(socket, () => library.connect({ host: engine.control.address, port: engine.control.port, secret }));
}

const library = new Srf() as unknown as Library;
/** Calls that are up. */
let standing = 0;
library.invite((request, response) => {
  library.createB2BUA(request, response, settings.callee, { localSdpB: request.body }).then(
    ({ uas, uac }) => {
      standing++;
      const over = (): void => void standing--;
      uas.on('destroy', over);
      uas.on('destroy', () => void uac.destroy());
      uac.on('destroy', () => void uas.destroy());
    },
    () => undefined, // the caller of the bench counts what failed
  );
});
library.on('connect', (error, hostports) => {
  if (error) throw error;
  console.log(`ready ${/udp\/[^,]*:(\d+)/.exec(hostports)?.[1]}`);
});
process.on('SIGUSR2', () => {
  void globalThis.gc?.();
  console.log(`collected ${standing}`);
});
process.on('SIGTERM', () => process.exit(0));
// whoever started this is gone: nothing more may be sent here
process.stdin.on('end', () => process.exit(1)).resume();
await connect(settings);
