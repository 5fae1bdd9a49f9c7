import { MalformedSip } from './errors.js';
import { parseParams, printParams, type Params } from './params.js';

/** A sip: or sips: URI (RFC 3261 §19.1). `user` keeps its escapes and password; IPv6 hosts keep their brackets. */
export interface SipUri {
  scheme: 'sip' | 'sips';
  user: string | null;
  host: string;
  port: number | null;
  params: Params;
  /** Text after `?`, escaped as written. */
  headers: string | null;
}

const schemePattern = /^([A-Za-z][A-Za-z0-9+.-]*):/;

/** Lower-case scheme of any URI. Throws MalformedSip when there is none. */
export function schemeOf(uri: string): string {
  const scheme = schemePattern.exec(uri)?.[1];
  if (scheme === undefined) throw new MalformedSip('URI without a scheme', 0);
  return scheme.toLowerCase();
}

/** Whether the text is written as a sip: or sips: URI. */
export function isSipUri(uri: string): boolean {
  return /^sips?:/i.test(uri);
}

/**
 * Parses a sip: or sips: URI.
 *
 * @throws MalformedSip with the position of what is wrong; scheme errors carry status 416.
 */
export function parseSipUri(uri: string): SipUri {
  const scheme = schemeOf(uri);
  if (scheme !== 'sip' && scheme !== 'sips') throw new MalformedSip(`scheme ${scheme} is not supported`, 0, 416);
  const start = scheme.length + 1;
  const bad = /[\s<>"]/.exec(uri);
  if (bad) throw new MalformedSip('character not allowed in a URI', bad.index);
  const at = uri.indexOf('@', start);
  const user = at < 0 ? null : uri.slice(start, at);
  if (user === '') throw new MalformedSip('empty user part', start);
  const hostStart = at < 0 ? start : at + 1;
  const question = uri.indexOf('?', hostStart);
  const end = question < 0 ? uri.length : question;
  const semicolon = uri.indexOf(';', hostStart);
  const hostEnd = semicolon < 0 || semicolon > end ? end : semicolon;
  const { host, port } = parseHostPort(uri.slice(hostStart, hostEnd), hostStart);
  return {
    scheme,
    user,
    host,
    port,
    params: parseParams(uri.slice(hostEnd, end), hostEnd),
    headers: question < 0 ? null : uri.slice(question + 1),
  };
}

/** Writes a URI. */
export function printSipUri(uri: SipUri): string {
  const user = uri.user === null ? '' : `${uri.user}@`;
  const headers = uri.headers === null ? '' : `?${uri.headers}`;
  return `${uri.scheme}:${user}${printHostPort(uri.host, uri.port)}${printParams(uri.params)}${headers}`;
}

/** `host` or `host:port`. */
export function printHostPort(host: string, port: number | null): string {
  return port === null ? host : `${host}:${port}`;
}

/**
 * Parses `host[:port]` where an IPv6 address stands in brackets. Three colons from an old grammar are read as two
 * (RFC 5118 §4.10).
 */
export function parseHostPort(text: string, at = 0): { host: string; port: number | null } {
  const match = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9.])?)\s*(?::\s*(\d{1,5}))?$/.exec(
    text.trim(),
  );
  if (!match) throw new MalformedSip('bad host or port', at);
  const port = match[2] === undefined ? null : Number(match[2]);
  if (port !== null && (port < 1 || port > 65535)) throw new MalformedSip('port out of range', at);
  return { host: (match[1] ?? '').replace(':::', '::'), port };
}

/** The address inside a host: without IPv6 brackets. */
export function bareHost(host: string): string {
  return host.startsWith('[') ? host.slice(1, -1) : host;
}

/** An address as a host: IPv6 in brackets. */
export function hostOf(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

/** Whether a host is an IP address literal rather than a name. */
export function isAddress(host: string): boolean {
  return host.startsWith('[') || /^\d{1,3}(\.\d{1,3}){3}$/.test(host);
}
