import { MalformedSip } from './errors.js';
import { parseParams, printParams, type Params } from './params.js';
import { splitOutside } from './split.js';
import { parseHostPort, printHostPort } from './uri.js';

/** One Via value (RFC 3261 §20.42). `transport` is upper case. */
export interface Via {
  transport: string;
  host: string;
  port: number | null;
  params: Params;
}

const viaPattern = /^\s*SIP\s*\/\s*2\.0\s*\/\s*([A-Za-z0-9\-.!%*_+`'~]+)\s+([^;]+?)\s*(;.*)?$/is;

/** Parses one Via value. Throws MalformedSip. */
export function parseVia(text: string, at = 0): Via {
  const match = viaPattern.exec(text);
  if (!match) throw new MalformedSip('bad Via', at);
  const { host, port } = parseHostPort(match[2] ?? '', at);
  return { transport: (match[1] ?? '').toUpperCase(), host, port, params: parseParams(match[3] ?? '', at) };
}

/** Parses a comma separated list of Via values. Throws MalformedSip. */
export function parseViaList(text: string): Via[] {
  return splitOutside(text, ',').map((piece) => parseVia(piece.text, piece.at));
}

/** Writes one Via value. */
export function printVia(via: Via): string {
  return `SIP/2.0/${via.transport} ${printHostPort(via.host, via.port)}${printParams(via.params)}`;
}

/** Branch parameter, or null. */
export function branchOf(via: Via): string | null {
  return via.params.get('branch') ?? null;
}
