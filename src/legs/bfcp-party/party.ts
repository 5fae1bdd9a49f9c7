import { isDtls, type FloorTransport } from '../../protocol/sdp/floor-rules.js';
import type { BfcpParty, BfcpPartyOptions } from './contract.js';
import { DtlsParty } from './dtls-party.js';
import { TcpParty } from './tcp-party.js';
import { UdpParty } from './udp-party.js';
import { WebClientParty } from './web-client-party.js';
import { WebDialogParty } from './web-dialog-party.js';

export type { BfcpParty, BfcpPartyOptions, FloorIdentity, HowToMeet, WebPlace, WebServer } from './contract.js';

/** Binds a port (or takes part in that of the page) and waits for the peer. Rejects with the system's error when no port is free. */
export function openBfcpParty(options: BfcpPartyOptions, transport: FloorTransport): Promise<BfcpParty> {
  if (transport === 'UDP') return UdpParty.open(options);
  if (transport === 'WS' || transport === 'WSS') {
    const { web, dialWeb } = options;
    if (dialWeb) return Promise.resolve(new WebClientParty(options, transport, dialWeb));
    return web
      ? Promise.resolve(new WebDialogParty(options, transport, web))
      : Promise.reject(new Error('no WebSockets'));
  }
  if (!isDtls(transport)) return TcpParty.open(options, transport);
  const { identity } = options;
  return identity
    ? DtlsParty.open({ ...options, identity }, transport)
    : Promise.reject(new Error('DTLS needs a certificate'));
}
