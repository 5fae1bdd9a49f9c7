import type { GatewaySettings } from '../../../src/gateway.js';
import { noOutgoing } from '../../../src/outgoing.js';

const here = '127.0.0.1';

/** Takes H.323 too, and sends everybody on this machine who dials `far` on to this address. */
export function sendingOn(to: () => string): (settings: GatewaySettings) => GatewaySettings {
  return (settings) => ({
    ...settings,
    outgoing: { ...noOutgoing, trusted: ['127.0.0.1/32'] },
    h323: {
      listen: [{ address: here, port: 0 }],
      ...{ h245Ports: null, bare: null, kbps: 1920, targets: [] },
      start: { fastStart: false, tunnelling: true, earlyH245: false },
    },
    decide: ({ uri }) => (/^(?:sip:)?far(?:@|$)/.test(uri) ? { kind: 'forward', trunk: null, to: to() } : null),
  });
}
