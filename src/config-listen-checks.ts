import { isIPv6 } from 'node:net';
import type { ListenSettings } from './config-listen-schema.js';

/** What contradicts what among the listeners; `path` is below `sip`. */
export function listenConflicts(sip: {
  listen: readonly ListenSettings[];
  tls: { cert?: string | undefined; key?: string | undefined };
}): { path: string[]; message: string }[] {
  const found = sip.listen.flatMap((at, index) =>
    conflictsOf(at).map(([key, message]) => ({ path: ['listen', String(index), key], message })),
  );
  if ((sip.tls.cert === undefined) !== (sip.tls.key === undefined)) {
    found.push({ path: ['tls', sip.tls.cert === undefined ? 'key' : 'cert'], message: 'cert and key go together' });
  }
  return found;
}

function conflictsOf(at: ListenSettings): [key: string, message: string][] {
  const { transport, cert, key, sni, clientCertificates, clientCa, origins } = at;
  const found: [string, string][] = [];
  const secure = transport === 'tls' || transport === 'wss';
  if (!secure) {
    const given = {
      cert,
      key,
      sni: sni[0],
      clientCa,
      clientCertificates: clientCertificates === 'off' ? undefined : 1,
    };
    for (const [name, value] of Object.entries(given)) {
      if (value !== undefined) found.push([name, `only tls and wss have this, not ${transport}`]);
    }
    return [...found, ...addressFaults(at), ...originFaults(transport, origins)];
  }
  if ((cert === undefined) !== (key === undefined)) {
    found.push([cert === undefined ? 'key' : 'cert', 'cert and key go together']);
  }
  if (clientCertificates !== 'off' && clientCa === undefined) {
    found.push(['clientCertificates', 'clientCa must say who vouches for the callers']);
  }
  if (clientCertificates === 'off' && clientCa !== undefined) {
    found.push(['clientCa', 'callers are asked for a certificate only with clientCertificates: optional or required']);
  }
  return [...found, ...addressFaults(at), ...originFaults(transport, origins)];
}

function originFaults(transport: string, origins: readonly string[]): [string, string][] {
  return origins.length > 0 && !transport.startsWith('ws')
    ? [['origins', `only ws and wss have this, not ${transport}`]]
    : [];
}

/** What is wrong with the address that callers of a listener are told. */
export function addressFaults({
  address,
  advertise,
}: {
  address: string;
  advertise?: string | undefined;
}): [key: string, message: string][] {
  if (advertise === undefined) return [];
  if (['0.0.0.0', '::'].includes(advertise)) return [['advertise', `${advertise} is no address that a peer can reach`]];
  if (/^fe[89ab]|%/i.test(advertise)) return [['advertise', 'a link-local address is of no use to others']];
  return isIPv6(advertise) === isIPv6(address) ? [] : [['advertise', 'it must be of the same family as address']];
}
