import { isIP } from 'node:net';
import type { Clock } from '../../base/clock.js';
import type { Chance } from '../../base/ids.js';
import type { Log } from '../../base/log.js';
import type { Metrics } from '../../base/metrics.js';
import type { Secure } from '../../media/negotiate.js';
import { BadTarget, TooManyCalls } from '../../rooms/dialer.js';
import type { TrunkState, TrunkStates } from '../../rooms/trunk-states.js';
import { networkTest, type NetworkTest } from '../../base/networks.js';
import { atMost } from '../at-most.js';
import type { Hop } from './outgoing-call.js';
import type { Credentials } from './outgoing-digest.js';
import type { Signalling } from './srf.js';
import { TrunkRegistration } from './trunk-registration.js';
import { askKnown, askOutside, type Answered } from './trunk-requests.js';
import { TrunkServer, type ServerAddress } from './trunk-server.js';

/** One trunk as configured. */
export interface TrunkSettings {
  name: string;
  servers: readonly ServerAddress[];
  credentials: Credentials | null;
  /** Host of Request-URI and From; null takes the server's. */
  domain: string | null;
  /** User of From; null says who calls. */
  fromUser: string | null;
  register: boolean;
  expires: number;
  /** Between two OPTIONS to a server, milliseconds; 0 sends none. */
  optionsMs: number;
  maxCalls: number;
  /** Networks whose calls are this trunk's; its servers by address count anyway. */
  sources: readonly string[];
  keying: Secure;
}

/** What trunks work with. */
export interface TrunkTools {
  signalling: Signalling;
  clock: Clock;
  chance: Chance;
  log: Log;
  metrics: Metrics;
}

/** Who calls, as a trunk is told. */
export interface Caller {
  name: string;
  /** User part, or a number. */
  user: string;
}

const askMs = 5000;
const goodbyeMs = 1000;

/** One way to the outside: servers, who we are there, and how many calls it takes. */
export class Trunk {
  readonly servers: readonly TrunkServer[];
  readonly registration: TrunkRegistration | null;
  /** Whether calls from this address are this trunk's. */
  readonly owns: NetworkTest;
  private busy = 0;

  constructor(
    readonly settings: TrunkSettings,
    private readonly tools: TrunkTools,
  ) {
    const { clock } = tools;
    this.servers = settings.servers.map(
      (at) =>
        new TrunkServer(at, {
          clock,
          everyMs: settings.optionsMs,
          check: (server) => this.check(server),
          changed: (server, why) => this.serverChanged(server, why),
        }),
    );
    this.registration = settings.register
      ? new TrunkRegistration({
          clock,
          expires: settings.expires,
          servers: () => this.order(),
          register: (server, expires) => this.register(server, expires),
          changed: (registered, why) => this.registrationChanged(registered, why),
        })
      : null;
    this.owns = networkTest(ownSources(settings));
  }

  get name(): string {
    return this.settings.name;
  }

  /** Calls that go out through it now. */
  get calls(): number {
    return this.busy;
  }

  start(): void {
    for (const server of this.servers) this.gauge(server);
    for (const server of this.servers) server.start();
    this.registration?.start();
  }

  /** Takes one of its calls; the function gives it back. @throws TooManyCalls */
  take(): () => void {
    const { maxCalls, name } = this.settings;
    if (this.busy >= maxCalls) throw new TooManyCalls(`trunk ${name}`, maxCalls);
    this.count(1);
    let held = true;
    return () => {
      if (held) this.count(-1);
      held = false;
    };
  }

  /** Servers by priority, those of one priority by chance and weight; the ones that are down come last. */
  order(): TrunkServer[] {
    const left = [...this.servers];
    const ordered: TrunkServer[] = [];
    while (left.length > 0) {
      const first = Math.min(...left.map(({ at }) => at.priority));
      const group = left.filter(({ at }) => at.priority === first);
      const total = group.reduce((sum, { at }) => sum + at.weight, 0);
      let ticket = this.tools.chance.int(1, Math.max(1, total));
      const chosen = group.find(({ at }) => (ticket -= at.weight) <= 0) ?? group[0];
      if (!chosen) break;
      ordered.push(chosen);
      left.splice(left.indexOf(chosen), 1);
    }
    return [...ordered.filter((one) => !one.down), ...ordered.filter((one) => one.down)];
  }

  /** How a call for `to` goes out by this server. */
  hop(server: TrunkServer, to: string, caller: Caller, headers: Record<string, string>): Hop {
    const { domain, fromUser, credentials, keying } = this.settings;
    const host = domain ?? server.uri.replace(/^sip:|;.*$/g, '');
    const user = fromUser ?? credentials?.user ?? caller.user;
    return {
      uri: `sip:${to}@${host}`,
      proxy: server.uri,
      host: server.at.host,
      from: `"${caller.name.replace(/["\\\r\n]/g, '')}" <sip:${user}@${domain ?? 'localhost'}>`,
      headers,
      credentials,
      keying,
      secret: server.at.transport === 'tls',
    };
  }

  async close(): Promise<void> {
    for (const server of this.servers) server.close();
    if (this.registration) await atMost(this.tools.clock, goodbyeMs, this.registration.close());
  }

  snapshot(): TrunkState {
    const { name, calls, registration } = this;
    const servers = this.servers.map((server) => server.snapshot);
    return { name, calls, maxCalls: this.settings.maxCalls, registered: registration?.registered ?? null, servers };
  }

  describe(): string[] {
    const servers = this.servers.map((server) => `${this.name} ${server.uri} ${server.describe()}`);
    return this.registration ? [...servers, `${this.name} ${this.registration.describe()}`] : servers;
  }

  private check(server: TrunkServer): Promise<Answered> {
    const { signalling, clock } = this.tools;
    const uri = this.settings.domain === null ? server.uri : `sip:${this.settings.domain}`;
    return askOutside(signalling, clock, askMs, uri, { method: 'OPTIONS', proxy: server.uri, headers: this.from() });
  }

  private register(server: TrunkServer, expires: number): Promise<Answered> {
    const { credentials, domain } = this.settings;
    const user = credentials?.user ?? this.settings.fromUser ?? 'dualstream';
    const uri = `sip:${domain ?? server.at.host}`;
    const transport = server.at.transport === 'udp' ? '' : `;transport=${server.at.transport}`;
    const self = `<sip:${user}@${uri.slice(4)}>`;
    const headers = {
      From: self,
      To: self,
      Contact: `<sip:${user}@localhost${transport}>`,
      Expires: String(expires),
    };
    return askKnown(this.tools, askMs, credentials, uri, { method: 'REGISTER', proxy: server.uri, headers });
  }

  private from(): Record<string, string> {
    const { credentials, fromUser, domain } = this.settings;
    return { From: `<sip:${fromUser ?? credentials?.user ?? 'dualstream'}@${domain ?? 'localhost'}>` };
  }

  private count(by: number): void {
    this.busy += by;
    this.tools.metrics.gauge('dualstream_trunk_calls', this.busy, { trunk: this.name });
  }

  private serverChanged(server: TrunkServer, reason: string): void {
    const { log } = this.tools;
    this.gauge(server);
    const fields = { trunk: this.name, server: server.uri, reason };
    if (server.down) log.warn(fields, 'A trunk server is down');
    else log.info(fields, 'A trunk server is back');
  }

  private gauge(server: TrunkServer): void {
    const labels = { trunk: this.name, server: server.uri };
    this.tools.metrics.gauge('dualstream_trunk_server_up', server.down ? 0 : 1, labels);
  }

  private registrationChanged(registered: boolean, reason: string): void {
    const { log, metrics } = this.tools;
    metrics.gauge('dualstream_trunk_registered', registered ? 1 : 0, { trunk: this.name });
    if (registered) log.info({ trunk: this.name, server: reason }, 'Registered at a trunk');
    else log.warn({ trunk: this.name, reason }, 'Not registered at a trunk');
  }
}

/** Every trunk by name. */
export class Trunks implements TrunkStates {
  private readonly byName = new Map<string, Trunk>();

  constructor(settings: readonly TrunkSettings[], tools: TrunkTools) {
    for (const one of settings) this.byName.set(one.name, new Trunk(one, tools));
  }

  start(): void {
    for (const trunk of this.byName.values()) trunk.start();
  }

  /** @throws BadTarget */
  get(name: string): Trunk {
    const found = this.byName.get(name);
    if (!found) throw new BadTarget(`there is no trunk ${name}`);
    return found;
  }

  /** The trunk that calls from this address belong to; null when it is no trunk's. */
  bySource(address: string): string | null {
    for (const trunk of this.byName.values()) if (trunk.owns(address)) return trunk.name;
    return null;
  }

  list(): TrunkState[] {
    return [...this.byName.values()].map((trunk) => trunk.snapshot());
  }

  describe(): string[] {
    return [...this.byName.values()].flatMap((trunk) => trunk.describe());
  }

  async close(): Promise<void> {
    await Promise.all([...this.byName.values()].map((trunk) => trunk.close()));
  }
}

/** Addresses and networks whose calls are a trunk's: those given, and its servers where they are given by address. */
export function ownSources(trunk: { servers: readonly { host: string }[]; sources: readonly string[] }): string[] {
  const hosts = trunk.servers.map(({ host }) => host.replace(/^\[|\]$/g, ''));
  return [...trunk.sources, ...hosts.filter((host) => isIP(host) !== 0)];
}
