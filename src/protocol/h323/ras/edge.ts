import { Buckets } from '../../../base/buckets.js';
import type { Clock } from '../../../base/clock.js';
import { messageOf } from '../../../base/errors.js';
import type { Log } from '../../../base/log.js';
import type { Datagrams, Endpoint, MulticastGroup, Net } from '../../../base/net.js';
import type { Seen } from '../../../base/seen.js';
import { sameFamily } from '../../../base/addressing.js';
import { sourceOf } from '../../../base/source.js';
import { RegistrationClient } from './client/client.js';
import type { ClientTools } from './client/courier.js';
import type { ClientSettings } from './contract.js';
import { OwnGatekeeper, type GatekeeperTools } from './gatekeeper/gatekeeper.js';
import type { GatekeeperSettings } from './gatekeeper/settings.js';
import type { GatekeeperHost } from './contract.js';
import { largestDatagram } from './messages.js';
import { Tally } from './tally.js';

/** Messages a second of one source, and of all together, that are looked at; five times as many at once. */
export interface RasRates {
  perSource: number;
  all: number;
}

/** A hundred devices behind one address keep their registrations by it. */
export const usualRates: RasRates = { perSource: 50, all: 1000 };
/** How many seconds' worth may come at once. */
const burstSeconds = 5;

interface EdgeTools {
  net: Net;
  clock: Clock;
  log: Log;
  /** Whether anything of this source is looked at; by default of all. */
  hears?: ((from: Endpoint) => boolean) | undefined;
  /** Told of every datagram that is sent, and of those received that are looked at. */
  seen?: Seen | undefined;
}

/** Where a gatekeeper listens; with a group it is found there, and everything else comes to the other places. */
export type RasPlace = Endpoint & { group?: MulticastGroup | undefined };

/** Lets through what is not too large and not too much, before anything is decoded. */
class Intake {
  private readonly sources: Buckets;
  private readonly all: Buckets;
  private readonly hears: (from: Endpoint) => boolean;

  constructor(
    { clock, hears }: Pick<EdgeTools, 'clock' | 'hears'>,
    rates: RasRates,
    private readonly tally: Tally,
  ) {
    this.hears = hears ?? (() => true);
    this.sources = new Buckets(clock, rates.perSource * burstSeconds, rates.perSource);
    this.all = new Buckets(clock, rates.all * burstSeconds, rates.all);
  }

  admits(octets: Uint8Array, from: Endpoint): boolean {
    if (!this.hears(from)) return this.no('unheard');
    if (octets.length > largestDatagram) return this.no('oversize');
    return (this.sources.take(sourceOf(from.address)) && this.all.take('all')) || this.no('flood');
  }

  private no(reason: 'oversize' | 'flood' | 'unheard'): false {
    this.tally.dropped(reason);
    return false;
  }
}

async function open(
  { net, log, seen }: EdgeTools,
  { group, ...at }: RasPlace,
  intake: Intake,
  receive: (octets: Buffer, from: Endpoint, socket: Datagrams) => void,
): Promise<Datagrams> {
  const plain = await net.udp(at, group);
  const socket = seen ? watched(plain, seen) : plain;
  socket.onError((error) => log.debug({ error: messageOf(error) }, 'a message of RAS was not delivered'));
  socket.onMessage((octets, from) => {
    if (!intake.admits(octets, from)) return;
    seen?.({ outgoing: false, way: 'udp', local: socket.local, remote: from, bytes: octets });
    receive(octets, from, socket);
  });
  return socket;
}

/** The same socket, with somebody told of what it sends. */
function watched(socket: Datagrams, seen: Seen): Datagrams {
  const { local } = socket;
  return {
    local,
    send(bytes, to) {
      seen({ outgoing: true, way: 'udp', local, remote: to, bytes });
      socket.send(bytes, to);
    },
    onMessage: (listener) => socket.onMessage(listener),
    onError: (listener) => socket.onError(listener),
    close: () => socket.close(),
  };
}

/** A registration with its socket. */
export interface OpenClient {
  client: RegistrationClient;
  /** Unregisters and closes the socket. */
  close(): Promise<void>;
}

/**
 * Binds a socket for a registration with a gatekeeper elsewhere, and makes the machine for it: not started yet. `settings`
 * is asked when the port is known. Rejects with the system's error.
 */
export async function openClient(
  tools: EdgeTools & Omit<ClientTools, 'send'>,
  at: Endpoint,
  settings: (local: Endpoint) => ClientSettings,
  rates = usualRates,
): Promise<OpenClient> {
  const intake = new Intake(tools, rates, new Tally(tools.metrics));
  const holder: { client?: RegistrationClient } = {};
  const socket = await open(tools, at, intake, (octets, from) => holder.client?.receive(octets, from));
  const client = new RegistrationClient(settings(socket.local), {
    ...tools,
    send: (octets, to) => socket.send(octets, to),
  });
  holder.client = client;
  return {
    client,
    async close() {
      await client.stop();
      socket.close();
    },
  };
}

/** Our gatekeeper with its sockets. */
export interface OpenGatekeeper {
  gatekeeper: OwnGatekeeper;
  /** Where it listens, in the order of the addresses given. */
  locals: readonly Endpoint[];
  /** The socket by which somebody there is asked; null where none of ours is of that family. */
  wayTo(peer: Endpoint): Datagrams | null;
  /** Tells registered devices, ends all and closes the sockets. */
  close(): void;
}

/** Opens our gatekeeper in these places, of which one at least has no group. Rejects with the system's error, and then nothing is left open. */
export async function openGatekeeper(
  tools: EdgeTools & GatekeeperTools,
  at: readonly RasPlace[],
  settings: GatekeeperSettings,
  host: GatekeeperHost,
  rates = usualRates,
): Promise<OpenGatekeeper> {
  const intake = new Intake(tools, rates, new Tally(tools.metrics));
  const gatekeeper = new OwnGatekeeper(settings, host, tools);
  const sockets: Datagrams[] = [];
  // what came by a group is answered from where the rest is to go
  const plain = (): Datagrams | undefined => sockets.find((_, index) => !at[index]?.group);
  const close = (): void => {
    gatekeeper.end();
    for (const socket of sockets) socket.close();
  };
  try {
    for (const one of at)
      sockets.push(
        await open(tools, one, intake, (octets, from, socket) => {
          if (one.group) gatekeeper.receive(octets, from, plain() ?? socket, 'group');
          else gatekeeper.receive(octets, from, socket);
        }),
      );
  } catch (error) {
    close();
    throw error;
  }
  const wayTo = (peer: Endpoint): Datagrams | null =>
    sockets.find(({ local }, index) => !at[index]?.group && sameFamily(local.address, peer.address)) ?? null;
  return { gatekeeper, locals: sockets.map(({ local }) => local), wayTo, close };
}
