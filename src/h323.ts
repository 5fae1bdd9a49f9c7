import { bindFor } from './base/addressing.js';
import type { Clock } from './base/clock.js';
import type { Disposable } from './base/disposables.js';
import { messageOf } from './base/errors.js';
import type { Chance } from './base/ids.js';
import type { Log } from './base/log.js';
import type { Metrics } from './base/metrics.js';
import type { Endpoint } from './base/net.js';
import { explainPortInUse, portOfError } from './base/ports-in-use.js';
import { systemNet } from './base/system-net.js';
import type { Guard } from './guard.js';
import { H323Dialer } from './legs/h323/dialer.js';
import { H323Gateway, type H323GatewayOptions } from './legs/h323/gateway.js';
import { us } from './legs/h323/us.js';
import { ownPlaces } from './legs/sip/dial-targets.js';
import type { OutgoingSettings } from './outgoing.js';
import { createSignallingEndpoint } from './protocol/h323/call/endpoint.js';

/** Calls by H.323. */
export interface H323Settings {
  listen: readonly { name?: string | undefined; address: string; port: number }[];
  /** Null lets the system pick. */
  h245Ports: { from: number; to: number } | null;
  /** What a caller means who dials our address only; null asks. */
  bare: string | null;
  kbps: number;
  /** Whom rooms may call. */
  targets: readonly string[];
}

/** What the H.323 side is made with. */
export type H323Parts = Pick<
  H323GatewayOptions,
  'plane' | 'abilities' | 'rooms' | 'roomDoor' | 'decide' | 'lobby' | 'pinByPrompt' | 'calls'
> & {
  clock: Clock;
  chance: Chance;
  log: Log;
  metrics: Metrics;
  guard: Guard | null;
  media: { bind: string; advertise(peer: string, via?: string): string };
  outgoing: Pick<OutgoingSettings, 'domains' | 'addresses' | 'ringMs'>;
  lookup(host: string): Promise<string>;
};

/** Takes and makes calls by H.323. */
export interface H323Side {
  gateway: H323Gateway;
  dialer: H323Dialer;
  /** Where calls are taken now. */
  readonly listening: readonly Endpoint[];
  /** Why they are not taken somewhere, or null. */
  readonly problem: string | null;
  /** A port that cannot be had is told, and ends nothing. */
  listen(): Promise<void>;
  close(): Promise<void>;
}

/** Puts the H.323 side together; nothing is taken before `listen`. */
export function makeH323(settings: H323Settings, { guard, media, outgoing, lookup, ...parts }: H323Parts): H323Side {
  const { h245Ports, bare, kbps, targets } = settings;
  const { clock, chance, metrics, log } = parts;
  const listening: { local: Endpoint; name: string; socket: Disposable }[] = [];
  const advertise = (peer: string, via: string): string => media.advertise(peer, via === '' ? undefined : via);
  const endpoint = createSignallingEndpoint({
    ...{ net: systemNet, clock, chance, metrics, us },
    h245Ports: h245Ports ? { min: h245Ports.from, max: h245Ports.to } : { min: 0, max: 0 },
    advertise: (local, remote) => advertise(remote, local),
  });
  const nameOf = ({ address, port }: Endpoint): string | null => {
    const same = listening.filter(({ local }) => local.port === port);
    return (same.find(({ local }) => local.address === address) ?? same[0])?.name ?? null;
  };
  const gateway = new H323Gateway({
    ...parts,
    ...{ endpoint, bare, listenerOf: nameOf },
    addressFor(peer, via) {
      const told = advertise(peer, via);
      return { bind: bindFor(media.bind, told), advertise: told };
    },
    ...(guard ? { defence: guard.defence, door: guard.door } : {}),
  });
  const isOwn = ownPlaces(outgoing.domains, outgoing.addresses, (port) =>
    listening.some(({ local }) => local.port === port),
  );
  const rules = { targets, isOwn };
  const dialer = new H323Dialer({ endpoint, gateway, rules, lookup, kbps, clock, ringMs: outgoing.ringMs });
  const problems: string[] = [];
  return {
    gateway,
    dialer,
    get listening() {
      return listening.map(({ local }) => local);
    },
    get problem() {
      return problems.length > 0 ? problems.join(' ') : null;
    },
    async listen() {
      for (const [index, { name, address, port }] of settings.listen.entries()) {
        try {
          const socket = await endpoint.listen({ address, port });
          listening.push({ local: socket.local, name: name ?? `h323-${socket.local.port}`, socket });
        } catch (error) {
          const why = explain(error, index);
          problems.push(why);
          log.error({ error: why }, 'H.323 calls are not taken there');
        }
      }
    },
    close: () => gateway.close(),
  };
}

function explain(error: unknown, index: number): string {
  const taken = portOfError(error);
  return taken ? explainPortInUse('tcp', taken.port, `h323.listen.${index}.port`) : messageOf(error);
}
