import type { Addressing } from './base/addressing.js';
import type { Dns } from './base/dns.js';
import type { Config } from './config.js';
import { noContext, type readDialplan } from './legs/admission/dialplan.js';
import { ownSources, type TrunkSettings } from './legs/sip/trunks.js';
import type { OutgoingSettings } from './outgoing.js';

/** Calls that go out, as configured. */
export function outgoingOf({ sip, trunkSecrets }: Config, addressing: Addressing, dns: Dns): OutgoingSettings {
  const { targets, numbers, ringSeconds, perRoom, srtp, srtpBy, who } = sip.dialOut;
  return {
    trunks: sip.trunks.map((trunk) => trunkOf(trunk, trunkSecrets.get(trunk.name) ?? null)),
    rules: { targets, numbers: numbers.map((one) => ({ ...one, dialled: new RegExp(`^(?:${one.dialled})$`) })) },
    ringMs: ringSeconds * 1000,
    ...{ perRoom, srtp, srtpBy, who, domains: sip.domains },
    addresses: [...addressing.reachable(), '127.0.0.1', '::1', 'localhost'],
    dns,
    trusted: sip.networks.flatMap(({ trusted, addresses }) => (trusted ? addresses : [])),
  };
}

type Trunk = Config['sip']['trunks'][number];

function trunkOf(trunk: Trunk, password: string | null): TrunkSettings {
  const { name, user, realm, register, maxCalls, sources, srtp, srtpBy } = trunk;
  return {
    ...{ name, register, maxCalls, sources },
    servers: trunk.servers.map((server) => ({ ...server, port: server.port ?? null })),
    credentials: user === undefined || password === null ? null : { user, password, realm: realm ?? null },
    domain: trunk.domain ?? null,
    fromUser: trunk.fromUser ?? null,
    expires: trunk.expiresSeconds,
    optionsMs: trunk.optionsSeconds * 1000,
    keying: srtp === 'required' ? srtpBy : 'none',
  };
}

/**
 * What rules of the dial plan may name: trunks, the networks that calls of each come from under its name, and registrations
 * with gatekeepers elsewhere.
 */
export function trunkContext({ sip: { trunks }, h323 }: Config): NonNullable<Parameters<typeof readDialplan>[1]> {
  const networks = trunks.map((trunk) => ({ name: trunk.name, addresses: ownSources(trunk), trusted: true }));
  const registrations = h323.enabled ? h323.registrations.map(({ name }) => name) : [];
  return { ...noContext, networks, trunks: trunks.map(({ name }) => name), registrations };
}
