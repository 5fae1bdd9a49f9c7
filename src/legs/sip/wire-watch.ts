import { isIP } from 'node:net';
import type { Endpoint } from '../../base/net.js';
import type { SeenMessage, Way } from '../../base/seen.js';
import type { ListenPoint } from './hostports.js';

const ways: ReadonlySet<string> = new Set<Way>(['udp', 'tcp', 'tls', 'ws', 'wss']);
const nowhere: Endpoint = { address: '0.0.0.0', port: 0 };

/**
 * The SIP message in one message of a drachtio-server, as it was received or sent on the wire; null for all others. The
 * server tells the other end of what it receives and of responses that it sends, of requests that it sends its own end:
 * where those go, the message itself says. What it makes up (408) has no length.
 */
export function readWire(message: string, listening: readonly ListenPoint[]): SeenMessage | null {
  const cut = message.indexOf('\r\n');
  if (cut < 0) return null;
  const tokens = message.slice(0, cut).split('|');
  const text = message.slice(cut + 2);
  const received = tokens[1] === 'sip' && tokens[2] === 'network';
  const byItself = tokens[1] === 'sip' && tokens[2] === 'application';
  const answered = tokens[1] === 'response' && tokens[3] === 'OK' && tokens[4] === 'application';
  if (!received && !byItself && !answered) return null;
  const [size, protocol = '', address = '', port = ''] = tokens.slice(received || byItself ? 3 : 5);
  if (Number(size) === 0 || text === '') return null;
  const way = wayOf(text, protocol);
  const told: Endpoint = { address, port: Number(port) || 0 };
  const bytes = Buffer.from(text, 'utf8');
  const request = !/^SIP\/2\.0 /i.test(text);
  if (!received && request) return { outgoing: true, way, local: told, remote: targetOf(text), bytes };
  const local = received ? receivedOn(tokens) : null;
  return { outgoing: !received, way, local: local ?? listenerOf(way, listening), remote: told, bytes };
}

/** The server says `tcp` of WebSockets too, and nothing of ACKs; the topmost Via tells. */
function wayOf(text: string, protocol: string): Way {
  const via = /\r\n(?:via|v)[ \t]*:[ \t]*SIP[ \t]*\/[ \t]*2\.0[ \t]*\/[ \t]*(\w+)/i.exec(text)?.[1]?.toLowerCase();
  const way = via !== undefined && ways.has(via) ? via : protocol;
  return ways.has(way) ? (way as Way) : 'udp';
}

/** Told of requests outside calls only. */
function receivedOn(tokens: readonly string[]): Endpoint | null {
  const [address = '', port = ''] = tokens.slice(10, 12);
  return isIP(address) === 0 ? null : { address, port: Number(port) };
}

function listenerOf(way: Way, listening: readonly ListenPoint[]): Endpoint {
  return listening.find(({ transport }) => transport === way)?.local ?? nowhere;
}

/** Next hop of a request, where it is an address. */
function targetOf(text: string): Endpoint {
  const route = /\r\nroute[ \t]*:[ \t]*[^\r\n]*?<?(sips?:[^>,\r\n]*)/i.exec(text)?.[1];
  const uri = route ?? text.split(' ', 2)[1] ?? '';
  const [, six, host = six ?? '', port] = /^sips?:(?:[^@]*@)?(?:\[([^\]]+)\]|([^:;?>\s]+))(?::(\d+))?/i.exec(uri) ?? [];
  const fallback = /^sips:|;transport=tls/i.test(uri) ? 5061 : 5060;
  return isIP(host) === 0 ? nowhere : { address: host, port: Number(port ?? fallback) };
}
