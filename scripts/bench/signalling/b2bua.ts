import Srf from 'drachtio-srf';
import type * as Clock from '../../../src/base/clock.js';
import type * as Ids from '../../../src/base/ids.js';
import type * as Log from '../../../src/base/log.js';
import type * as Metrics from '../../../src/base/metrics.js';
import type * as Pipe from '../../../src/base/socket-pipe.js';
import type * as SystemNet from '../../../src/base/system-net.js';
import type * as Server from '../../../src/protocol/drachtio/server.js';
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

type Built = typeof Clock & typeof Ids & typeof Log & typeof Metrics & typeof SystemNet & typeof Pipe & typeof Server;

const settings = JSON.parse(process.argv[2] ?? '') as B2buaSettings;

/** The built engine, as a gateway runs it: what is compiled on the fly carries helpers that cost time at every call. */
async function builtEngine(): Promise<Built> {
  const module = (name: string): Promise<object> =>
    import(new URL(`../../../dist/src/${name}.js`, import.meta.url).href);
  const names = ['base/clock', 'base/ids', 'base/log', 'base/metrics', 'base/system-net', 'base/socket-pipe'];
  const parts = await Promise.all([...names, 'protocol/drachtio/server'].map(module));
  return Object.assign({}, ...parts) as Built;
}

/** Connects the application to a server, or to an engine of its own as the gateway does. */
async function connect({ elsewhere }: B2buaSettings): Promise<void> {
  if (elsewhere) return library.connect(elsewhere);
  // only here, so that the pair that runs elsewhere does not carry its weight
  const built = await builtEngine();
  const here = { address: '127.0.0.1', port: 0 };
  const secret = built.systemChance.hex(16);
  const engine = await built.startEngine({
    net: built.systemNet,
    clock: built.systemClock,
    chance: built.systemChance,
    log: built.silentLog,
    metrics: built.createMetrics(),
    control: { ...here, secret },
    listen: [{ transport: 'udp', ...here }],
  });
  const { socket, stream } = built.socketPipe();
  engine.acceptApplication(stream);
  built.lendConnection(socket, () =>
    library.connect({ host: engine.control.address, port: engine.control.port, secret }),
  );
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
