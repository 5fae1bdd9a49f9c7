import type { Endpoint } from '../../base/net.js';

/** Where an engine takes SIP. */
export interface ListenPoint {
  /** `udp`, `tcp`, `tls`, `ws` or `wss`. */
  transport: string;
  local: Endpoint;
}

/** Address of the first WebSocket listener without TLS, whose certificate would not name an address; or null. */
export function webSocketOf(points: readonly ListenPoint[]): string | null {
  const found = points.find(({ transport }) => transport === 'ws');
  if (!found) return null;
  const { address, port } = found.local;
  return `ws://${address.includes(':') ? `[${address}]` : address}:${port}`;
}

/** Reads what an engine tells its application on connecting, e.g. `udp/192.0.2.1:5060,tcp/[2001:db8::1]:5060`. */
export function readHostports(text: string): ListenPoint[] {
  return text.split(',').flatMap((one) => {
    const [, transport, address, port] = /^(\w+)\/\[?([^\]]+?)\]?:(\d+)$/.exec(one.trim()) ?? [];
    if (transport === undefined || address === undefined) return [];
    return [{ transport: transport.toLowerCase(), local: { address, port: Number(port) } }];
  });
}
