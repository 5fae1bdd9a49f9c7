import { MalformedSip } from './errors.js';
import { parseParams, printParams, type Params } from './params.js';
import { isSipUri, parseSipUri, schemeOf } from './uri.js';
import { splitOutside, unquote } from './split.js';

/** A name-addr or addr-spec with its header parameters (From, To, Contact, Route, ...). `uri` is kept as written. */
export interface NameAddr {
  /** As written, quotes included; null when absent. */
  display: string | null;
  uri: string;
  params: Params;
}

/**
 * Parses one value of From, To, Contact, Route, Record-Route or the like (RFC 3261 §20.10).
 *
 * @throws MalformedSip when the URI or the parameters are wrong.
 */
export function parseNameAddr(text: string, at = 0): NameAddr {
  const open = angleOf(text);
  if (open < 0) return parseAddrSpec(text, at);
  const close = text.indexOf('>', open);
  if (close < 0) throw new MalformedSip('angle bracket does not close', at + open);
  const uri = text.slice(open + 1, close).trim();
  checkUri(uri, at + open + 1);
  const display = text.slice(0, open).trim();
  checkDisplay(display, at);
  return { display: display === '' ? null : display, uri, params: parseParams(text.slice(close + 1), at + close + 1) };
}

/** Without brackets everything after the first semicolon belongs to the header, and `?` is not allowed (§20). */
function parseAddrSpec(text: string, at: number): NameAddr {
  const semicolon = text.indexOf(';');
  const uri = (semicolon < 0 ? text : text.slice(0, semicolon)).trim();
  if (uri.includes('?')) throw new MalformedSip('URI with headers must stand in angle brackets', at);
  checkUri(uri, at);
  return {
    display: null,
    uri,
    params: semicolon < 0 ? parseParams('') : parseParams(text.slice(semicolon), at + semicolon),
  };
}

function checkUri(uri: string, at: number): void {
  if (/\s/.test(uri)) throw new MalformedSip('blank inside a URI', at);
  schemeOf(uri);
  if (isSipUri(uri)) parseSipUri(uri);
}

function checkDisplay(display: string, at: number): void {
  if (display === '' || /^"(?:[^"\\]|\\.)*"$/s.test(display)) return;
  if (!/^[A-Za-z0-9\-.!%*_+`'~\s\u0080-\uffff]+$/.test(display)) throw new MalformedSip('bad display name', at);
}

function angleOf(text: string): number {
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quoted && c === '\\') i++;
    else if (c === '"') quoted = !quoted;
    else if (!quoted && c === '<') return i;
  }
  if (quoted) throw new MalformedSip('quoted string does not end', 0);
  return -1;
}

/** Parses a comma separated list. Throws MalformedSip on an empty element. */
export function parseNameAddrList(text: string): NameAddr[] {
  return splitOutside(text, ',').map((piece) => {
    if (piece.text.trim() === '') throw new MalformedSip('empty list element', piece.at);
    return parseNameAddr(piece.text.trim(), piece.at);
  });
}

/** Writes a value, the URI always in angle brackets. */
export function printNameAddr(value: NameAddr): string {
  return `${value.display === null ? '' : `${value.display} `}<${value.uri}>${printParams(value.params)}`;
}

/** Display name without quotes, or null. */
export function displayOf(value: NameAddr): string | null {
  return value.display === null ? null : unquote(value.display);
}
