import { MalformedSip } from '../../protocol/sip-values/errors.js';
import { parseNameAddr, parseNameAddrList, type NameAddr } from '../../protocol/sip-values/name-addr.js';
import { parseCSeq, parseSeconds } from '../../protocol/sip-values/numbers.js';
import { printParams, withoutParam, type Params } from '../../protocol/sip-values/params.js';
import { splitOutside } from '../../protocol/sip-values/split.js';
import { bareHost, isSipUri, parseSipUri } from '../../protocol/sip-values/uri.js';
import { parseViaList } from '../../protocol/sip-values/via.js';
import type { Binding } from '../../rooms/store.js';
import type { SipRequest } from './srf.js';

/** One Contact of a REGISTER. */
export interface AskedContact {
  uri: string;
  /** Parameters besides `q` and `expires`, as written. */
  params: string;
  q: number;
  /** Seconds, the Expires header included; null where neither is there. */
  expires: number | null;
  instance: string | null;
  regId: number | null;
}

/** A REGISTER as the registrar reads it (RFC 3261 §10.3). */
export interface RegisterRequest {
  /** User part of the address of record, unescaped. */
  user: string;
  callId: string;
  cseq: number;
  /** `*` takes all back. */
  contacts: AskedContact[] | '*';
  path: string[];
  /** The device knows RFC 5626, and nothing on the way stands against it. */
  outbound: 'no' | 'yes' | 'not-on-this-way';
  /** Extensions it insists on and we do not know. */
  unknown: string[];
  from: Pick<Binding, 'transport' | 'address' | 'port'>;
  /** No proxy in between. */
  direct: boolean;
  agent: string;
}

/** Extensions of REGISTER that a device may insist on. */
export const registerExtensions = ['path', 'outbound'];

/** What an expiry that cannot be read counts as (§10.3). */
const unreadable = 3600;
const mostSeconds = 0xffffffff;

/** @throws MalformedSip, with 416 for an address of record that is no SIP address */
export function readRegister(request: SipRequest): RegisterRequest {
  const { number } = parseCSeq(header(request, 'CSeq'));
  const expires = request.get('Expires');
  const path = listOf(request.get('Path'));
  for (const hop of path) parseSipUri(parseNameAddr(hop).uri);
  const vias = parseViaList(header(request, 'Via'));
  const direct = vias.length === 1;
  const supported = tokens(request.get('Supported'));
  const required = tokens(request.get('Require'));
  return {
    user: userOf(header(request, 'To')),
    callId: header(request, 'Call-ID'),
    cseq: number,
    contacts: contactsOf(request.get('Contact'), expires === undefined ? null : (parseSeconds(expires) ?? unreadable)),
    path,
    outbound: outboundOf(supported.includes('outbound') || required.includes('outbound'), path, direct),
    unknown: required.filter((one) => !registerExtensions.includes(one)),
    from: {
      transport: transportOf(vias[0]?.transport ?? '', request.protocol),
      address: request.source_address,
      port: Number(request.source_port),
    },
    direct,
    agent: (request.get('User-Agent') ?? '').replace(/[\u0000-\u001f\u007f-\u009f]/g, '').slice(0, 64),
  };
}

function header(request: SipRequest, name: string): string {
  const text = request.get(name);
  if (text === undefined || text.trim() === '') throw new MalformedSip(`the request has no ${name}`, 0);
  return text.trim();
}

function userOf(to: string): string {
  const { user } = parseSipUri(parseNameAddr(to).uri);
  // a password in the user part is no part of the name
  return unescaped((user ?? '').split(':')[0] ?? '');
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new MalformedSip('bad escape in a user part', 0);
  }
}

function listOf(text: string | undefined): string[] {
  if (text === undefined || text.trim() === '') return [];
  return splitOutside(text, ',').map((piece) => piece.text.trim());
}

function tokens(text: string | undefined): string[] {
  return listOf(text).map((token) => token.toLowerCase());
}

/** A drachtio-server calls a WebSocket `tcp`, and ours does too; the client's Via says what it is. */
function transportOf(via: string, protocol: string): Binding['transport'] {
  if (via === 'WS' || via === 'WSS') return via === 'WS' ? 'ws' : 'wss';
  const known = ['udp', 'tcp', 'tls'] as const;
  return known.find((one) => one === protocol.toLowerCase()) ?? 'udp';
}

/** RFC 5626 §6: the first hop must know it, which a device without a proxy in between shows by asking us itself. */
function outboundOf(asked: boolean, path: readonly string[], direct: boolean): RegisterRequest['outbound'] {
  if (!asked) return 'no';
  const first = path.at(-1);
  const known = first === undefined ? direct : parseSipUri(parseNameAddr(first).uri).params.has('ob');
  return known ? 'yes' : 'not-on-this-way';
}

function contactsOf(text: string | undefined, expires: number | null): RegisterRequest['contacts'] {
  if (text === undefined || text.trim() === '') return [];
  if (text.trim() === '*') {
    if (expires === 0) return '*';
    throw new MalformedSip('Contact: * goes with Expires: 0', 0);
  }
  const contacts = parseNameAddrList(text).map((contact) => contactOf(contact, expires));
  for (const { uri } of contacts) if (!isSipUri(uri)) throw new MalformedSip('a contact is no SIP address', 0);
  return contacts;
}

function contactOf({ uri, params }: NameAddr, fallback: number | null): AskedContact {
  const written = params.get('expires');
  const seconds = written === undefined || written === null ? fallback : (parseSeconds(written) ?? unreadable);
  const regId = /^[1-9]\d{0,8}$/.exec(params.get('reg-id') ?? '')?.[0];
  return {
    uri,
    params: printParams(withoutParam(withoutParam(params, 'expires'), 'q')),
    q: qOf(params),
    expires: seconds === null ? null : Math.min(seconds, mostSeconds),
    instance: params.get('+sip.instance') ?? null,
    regId: regId === undefined ? null : Number(regId),
  };
}

function qOf(params: Params): number {
  const text = params.get('q');
  return text && /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(text) ? Math.round(Number(text) * 1000) : 1000;
}

/** Whether a contact's address is not where its REGISTER came from: then it is reached there and nowhere else. */
export function isElsewhere(contact: string, from: Pick<Binding, 'transport' | 'address' | 'port'>): boolean {
  const { host, port, scheme } = parseSipUri(contact);
  const own = from.transport === 'tls' || scheme === 'sips' ? 5061 : 5060;
  // over connections the source port is one of the moment
  const samePort = from.transport !== 'udp' || (port ?? own) === from.port;
  return bareHost(host).toLowerCase() !== from.address.toLowerCase() || !samePort;
}
