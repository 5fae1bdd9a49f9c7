import { namesHost } from '../../base/tls.js';

/**
 * Why we do not open this WebSocket; null when we may. Whoever calls names the URI, and we are inside where it is not: only
 * what the operator listed is connected to, by `host`, `*.host` or `host:port`. Names are not looked up for this.
 */
export function whyNotConnect(uri: string, transport: 'WS' | 'WSS', allowed: readonly string[]): string | null {
  const url = URL.canParse(uri) ? new URL(uri) : null;
  if (!url || url.hostname === '') return 'it is no URI of a WebSocket';
  if (url.protocol !== `${transport.toLowerCase()}:`) return `it is not ${transport.toLowerCase()}:`;
  if (url.username !== '' || url.password !== '' || url.hash !== '') return 'it has a name, a password or a fragment';
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const port = url.port === '' ? (transport === 'WSS' ? '443' : '80') : url.port;
  const listed = allowed.some((entry) => {
    const [, name = entry, wanted] = /^(.*[^:]):(\d+)$/.exec(entry) ?? [];
    const numbered = wanted !== undefined && (!name.includes(':') || name.startsWith('['));
    const plain = (numbered ? name : entry).replace(/^\[|\]$/g, '');
    return namesHost([plain], host) && (!numbered || wanted === port);
  });
  return listed ? null : 'its host is not in bfcp.webSocketHosts';
}
