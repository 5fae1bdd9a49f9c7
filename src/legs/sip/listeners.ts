import type { Endpoint } from '../../base/net.js';

/** A listener that has a name. */
export interface NamedListener {
  name: string;
  /** `udp`, `tcp`, `tls`, `ws` or `wss`. */
  transport: string;
  local: Endpoint;
}

/** What a WebSocket listener's requests are told to come by. */
const shownAs: Readonly<Record<string, readonly string[]>> = { ws: ['tcp', 'ws'], wss: ['tcp', 'tls', 'wss'] };

/** Name of the listener that a request came in by, told from its `receivedOn` and protocol; null when it has none. */
export function listenerOf(
  listeners: readonly NamedListener[],
  { receivedOn, protocol }: { receivedOn?: string; protocol: string },
): string | null {
  const [, address = '', port] = /^\[?(.*?)\]?:(\d+)$/.exec(receivedOn ?? '') ?? [];
  const found = listeners.find(
    ({ transport, local }) =>
      local.port === Number(port) &&
      (shownAs[transport] ?? [transport]).includes(protocol.toLowerCase()) &&
      (local.address === address || local.address === '0.0.0.0' || local.address === '::'),
  );
  return found?.name ?? null;
}
