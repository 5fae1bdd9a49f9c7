import { isIPv4 } from 'node:net';
import type { Addressing } from './base/addressing.js';
import { readEndpoint } from './base/read-endpoint.js';
import { rasPort } from './config-gatekeeper-schema.js';
import type { Config } from './config.js';
import type { H323Settings } from './h323.js';

/** Calls by H.323, as configured; null where there are none. */
export function h323Of({ h323, sip, trunkSecrets }: Config, addressing: Addressing): H323Settings | null {
  const { enabled, listen, h245Ports, bareCalls: bare, kbps, dialOut, nat } = h323;
  const { fastStart, tunnelling, earlyH245 } = h323;
  if (!enabled) return null;
  return {
    ...{ listen, h245Ports, bare, kbps, nat, targets: dialOut.targets, srtp: dialOut.srtp },
    start: { fastStart, tunnelling, earlyH245 },
    gatekeepers: h323.registrations.map((one) => gatekeeperOf(one, trunkSecrets)),
    numbers: dialOut.numbers.map((one) => ({ ...one, dialled: new RegExp(`^(?:${one.dialled})$`) })),
    devices: devicesOf(h323, sip.domains, addressing),
  };
}

function gatekeeperOf(
  { identifier, user, secretEnv: _, passwordForm: form, ...one }: Config['h323']['registrations'][number],
  secrets: ReadonlyMap<string, string>,
): NonNullable<H323Settings['gatekeepers']>[number] {
  const password = secrets.get(one.name);
  const proof = user === undefined || password === undefined ? null : { user, password, form };
  return { ...one, identifier: identifier ?? null, password: proof };
}

function devicesOf(
  { gatekeeper, nat }: Config['h323'],
  domains: readonly string[],
  addressing: Addressing,
): H323Settings['devices'] {
  const { enabled, multicast, passwords, networks, registrationSeconds, ...rest } = gatekeeper;
  if (!enabled) return null;
  const { identifier, listen, callModel, devices, devicesPerSource, kbpsPerCall, kbpsTotal } = rest;
  const interfaces = addressing.pairs().map(({ bind }) => bind);
  return {
    ...{ identifier, listen, callModel, domains },
    discovery: multicast ? { interfaces: [...new Set(interfaces.filter((one) => isIPv4(one)))] } : null,
    forms: passwords,
    open: networks,
    neighbours: gatekeeper.neighbours.flatMap(({ name, address, prefixes }) => {
      const at = readEndpoint(address, rasPort);
      return at ? [{ name: name ?? address, at, prefixes }] : [];
    }),
    seconds: registrationSeconds,
    traversal: nat.traversal,
    limits: { devices, perSource: devicesPerSource },
    bandwidth: { perCallKbps: kbpsPerCall, totalKbps: kbpsTotal },
  };
}
