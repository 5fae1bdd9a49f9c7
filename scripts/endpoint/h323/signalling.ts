import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { systemChance } from '../../../src/base/ids.js';
import { createMetrics } from '../../../src/base/metrics.js';
import type { Endpoint } from '../../../src/base/net.js';
import type { SignallingEndpoint } from '../../../src/protocol/h323/call/contract.js';
import { createSignallingEndpoint } from '../../../src/protocol/h323/call/endpoint.js';
import { CallFailed } from '../sip/call.js';
import type { FullOptions } from '../options.js';
import { deviceNamed } from './devices.js';

/** Well-known port of call signalling. */
export const usualPort = 1720;

/** Whom a caller wants: an alias at an address, either may be missing. */
export interface Target {
  alias: string | null;
  /** A name or an address, without brackets. */
  host: string | null;
  port: number;
}

/** Reads `h323:alias@host:port`, `h323:host` and `h323:alias` (which needs a gatekeeper). Throws Error. */
export function readTarget(uri: string): Target {
  const [, name, bracketed, plain, port] =
    /^h323:(?:([^@]*)@)?(?:\[([^\]]+)\]|([^:@[\]]*))(?::(\d{1,5}))?$/i.exec(uri) ?? [];
  const host = bracketed ?? plain ?? '';
  if (host === '') throw new Error(`not an H.323 address: ${uri}`);
  const at = { alias: name === undefined ? null : decodeURIComponent(name) || null, port: Number(port ?? usualPort) };
  // without an @ a name alone is one that a gatekeeper knows
  if (name === undefined && isIP(host) === 0 && !host.includes('.') && host !== 'localhost')
    return { ...at, alias: decodeURIComponent(host), host: null };
  return { ...at, host };
}

/** Where a target is. Rejects with CallFailed. */
export async function addressOf({ host, port }: Target): Promise<Endpoint> {
  if (host === null) throw new CallFailed(0, 'only a gatekeeper knows where that is', '');
  if (isIP(host) !== 0) return { address: host, port };
  try {
    return { address: (await lookup(host, { family: 4 })).address, port };
  } catch {
    throw new CallFailed(0, `${host} has no address`, '');
  }
}

/** Call signalling of one endpoint. */
export function openSignalling({ net, clock, vendor, h323 }: FullOptions): SignallingEndpoint {
  const productId = Buffer.from(deviceNamed(vendor).product, 'latin1');
  return createSignallingEndpoint({
    net,
    clock,
    chance: systemChance,
    metrics: createMetrics(),
    us: {
      vendor: { vendor: { t35CountryCode: 181, t35Extension: 0, manufacturerCode: 0 }, productId },
      terminal: {},
      mc: false,
      undefinedNode: false,
    },
    h245Ports: h323.h245Ports ?? { min: 0, max: 0 },
    tunnelling: h323.h245 !== 'separate',
  });
}
