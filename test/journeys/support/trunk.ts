import type { TrunkSettings } from '../../../src/legs/sip/trunks.js';
import { noOutgoing } from '../../../src/outgoing.js';
import type { GatewaySettings } from '../../../src/gateway.js';

/** Settings of a gateway that forwards what begins with 9 to a trunk at 127.0.0.1, for callers at 127.0.0.2 and .3. */
export function withTrunk(
  port: number,
  keying: TrunkSettings['keying'] = 'none',
): (settings: GatewaySettings) => GatewaySettings {
  const trunk: TrunkSettings = {
    name: 'main',
    servers: [{ host: '127.0.0.1', port, transport: 'udp', priority: 1, weight: 1 }],
    ...{ credentials: null, domain: null, fromUser: null, register: false, expires: 3600 },
    ...{ optionsMs: 0, maxCalls: 10, sources: [], keying },
  };
  return (settings) => ({
    ...settings,
    outgoing: { ...noOutgoing, trunks: [trunk], trusted: ['127.0.0.2/31'] },
    decide: ({ uri }) => {
      const to = /^sip:9(\d+)@/.exec(uri)?.[1];
      return to === undefined ? null : { kind: 'forward', trunk: 'main', to };
    },
  });
}
