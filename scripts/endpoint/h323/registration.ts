import { systemChance } from '../../../src/base/ids.js';
import { silentLog } from '../../../src/base/log.js';
import { createMetrics } from '../../../src/base/metrics.js';
import type { Endpoint } from '../../../src/base/net.js';
import { aliasOf } from '../../../src/protocol/h323/aliases.js';
import type { CallNumbers, SignallingEndpoint } from '../../../src/protocol/h323/call/contract.js';
import { openClient } from '../../../src/protocol/h323/ras/edge.js';
import type { FullOptions } from '../options.js';
import { CallFailed } from '../sip/call.js';

/** A registration of an endpoint with its gatekeeper. */
export interface EndpointRegistration {
  /** Where a call to an alias goes, by the gatekeeper's leave. Rejects when it is not allowed. */
  admit(alias: string, numbers: CallNumbers, kbps?: number): Promise<Endpoint>;
  close(): Promise<void>;
}

const usualKbps = 1920;

/**
 * Registers with `gatekeeper` by name and number, as one behind NAT where the options say so: whom the gatekeeper announces
 * then is connected to (H.460.18). Rejects with CallFailed when it is refused.
 */
export async function register(
  { net, clock, bind, name, h323 }: FullOptions,
  gatekeeper: Endpoint,
  signalling: SignallingEndpoint,
  local: Endpoint,
): Promise<EndpointRegistration> {
  const aliases = [name, ...(h323.number === undefined ? [] : [h323.number])].map(aliasOf);
  const tools = { net, clock, chance: systemChance, log: silentLog, metrics: createMetrics() };
  const open = await openClient(tools, { address: bind, port: 0 }, (ras) => ({
    ...{ gatekeeper, aliases, ras, discover: false, kind: 'terminal' as const, timeToLive: 60 },
    vendor: { vendor: { t35CountryCode: 181, t35Extension: 0, manufacturerCode: 0 } },
    signalling: [local],
    traversal: h323.nat !== undefined,
  }));
  const { client } = open;
  client.on.on('incoming', ({ address, callIdentifier }) => signalling.connectBack(address, callIdentifier));
  await new Promise<void>((resolve, reject) => {
    client.on.on('registered', () => resolve());
    client.on.on('refused', ({ reason }) => reject(new CallFailed(0, `the gatekeeper refused us: ${reason}`, '')));
    client.start();
  });
  return {
    close: () => open.close(),
    async admit(alias, numbers, kbps = usualKbps) {
      const call = await client.admit({
        ...numbers,
        answerCall: false,
        destination: [aliasOf(alias)],
        source: aliases,
        kbps,
        dropped: () => undefined,
      });
      const { address } = call.admission;
      if (!address) throw new CallFailed(0, 'the gatekeeper told no address', '');
      return address;
    },
  };
}
