import { parseNameAddrList, parseNameAddr, printNameAddr } from '../sip-values/name-addr.js';
import { withoutParam } from '../sip-values/params.js';
import { isSipUri, parseSipUri, printSipUri } from '../sip-values/uri.js';
import type { Flow } from './flow.js';
import type { Headers } from './message.js';
import { isLoose, routeValues } from './routing.js';

/** Dialog state of RFC 3261 §12: ends, tags, sequence numbers, remote target and route set. Values are as on the wire. */
export interface Dialog {
  readonly role: 'uac' | 'uas';
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
  /** From and To values without tags, as we write them. */
  readonly localParty: string;
  readonly remoteParty: string;
  localCseq: number;
  remoteCseq: number | null;
  /** URI in-dialog requests are addressed to (the peer's Contact). */
  target: string;
  /** Route header values in the order they are sent. */
  routes: string[];
  /** Where the peer was last heard. */
  flow: Flow;
  /** Set when UDP requests go to where the peer's packets came from, not where its Contact says (NAT). */
  behindNat: boolean;
}

/** URI of the single Contact of a message, or null. Throws MalformedSip when it cannot be read. */
export function contactUri(headers: Headers): string | null {
  const text = headers.joined('contact');
  if (text === null || text.trim() === '*') return null;
  return parseNameAddrList(text)[0]?.uri ?? null;
}

/** Record-Route values of a message in order. */
export function recordRoutes(headers: Headers): string[] {
  return routeValues(headers, 'record-route');
}

/** A From or To value without its tag. */
export function partyOf(value: string): string {
  const party = parseNameAddr(value);
  const params = new Map(party.params);
  params.delete('tag');
  return printNameAddr({ ...party, params });
}

/** Request-URI and Route headers of a request inside the dialog (RFC 3261 §12.2.1.1, strict routers included). */
export function routed(dialog: Dialog, target: string): { uri: string; routes: string[] } {
  const [first, ...rest] = dialog.routes;
  if (first === undefined || isLoose(first)) return { uri: target, routes: dialog.routes };
  return { uri: asRequestUri(parseNameAddr(first).uri), routes: [...rest, `<${target}>`] };
}

/** What may not stand in a Request-URI is taken out (RFC 3261 §19.1.1). */
function asRequestUri(uri: string): string {
  const parsed = parseSipUri(uri);
  return printSipUri({ ...parsed, params: withoutParam(parsed.params, 'method'), headers: null });
}

/** Whether a Contact leads elsewhere than where its packet came from, with no proxy between (drachtio NAT rule). */
export function differsFromSource(contact: string, routes: string[], flow: Flow): boolean {
  if (flow.transport !== 'udp' || routes.length > 0 || !isSipUri(contact)) return false;
  const { host, port } = parseSipUri(contact);
  return host !== flow.remote.address || (port ?? 5060) !== flow.remote.port;
}

/** One line for dumps. */
export function describeDialog(dialog: Dialog): string {
  const { role, callId, localTag, remoteTag, flow } = dialog;
  return `dialog ${role} ${callId} ${localTag}/${remoteTag} ${flow.transport} ${flow.remote.address}:${flow.remote.port}`;
}
