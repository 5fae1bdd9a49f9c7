import { isIP } from 'node:net';
import { bindFor } from '../../../base/addressing.js';
import type { Clock } from '../../../base/clock.js';
import { messageOf } from '../../../base/errors.js';
import type { Chance } from '../../../base/ids.js';
import type { Log } from '../../../base/log.js';
import type { Metrics } from '../../../base/metrics.js';
import type { Endpoint, Net } from '../../../base/net.js';
import type { Seen } from '../../../base/seen.js';
import { endpointText, sameHost } from '../../../protocol/h323/addresses.js';
import { aliasKey, aliasOf, aliasTexts } from '../../../protocol/h323/aliases.js';
import type { SignalledCall } from '../../../protocol/h323/call/contract.js';
import type { AdmissionAsk, ClientSettings, GatekeptCall } from '../../../protocol/h323/ras/contract.js';
import { discoveryGroup } from '../../../protocol/h323/ras/discovery.js';
import { openClient, type OpenClient } from '../../../protocol/h323/ras/edge.js';
import { NotRegistered } from '../../../protocol/h323/ras/errors.js';
import { TooManyCalls } from '../../../rooms/dialer.js';
import type { TrunkState } from '../../../rooms/trunk-states.js';
import { vendor } from '../us.js';
import { atMost } from '../../at-most.js';
import type { ForeignGatekeeperSettings } from './settings.js';

/** What registrations of ours are made with. */
export interface GatekeeperParts {
  net: Net;
  clock: Clock;
  chance: Chance;
  log: Log;
  metrics: Metrics;
  /** An address of a host; the name itself when none is found. */
  lookup: (host: string) => Promise<string>;
  /** Where sockets of ours are bound; all of a family where that is unspecified. */
  bind: string;
  /** What a peer is told as our address. */
  advertise: (peer: string, local: string) => string;
  /** Told of every message. */
  seen?: Seen | undefined;
  /** Our call signalling address, as somebody there reaches it. */
  signallingFor: (peer: Endpoint) => Endpoint;
}

/** A name that was not found is looked up again so often. */
const lookupMs = 30_000;
const goodbyeMs = 1000;

/** One registration of ours: outgoing calls by its leave, incoming ones asked for, shown as trunks are. */
export class ForeignGatekeeper {
  private open: OpenClient | null = null;
  private opening: Promise<void> | null = null;
  private closed = false;
  private timer: { cancel(): void } | null = null;
  /** Why there is no registration, or null. */
  private trouble: string | null = null;
  /** Calls that go out by it. */
  private busy = 0;
  private almostFull = false;

  constructor(
    readonly settings: ForeignGatekeeperSettings,
    private readonly parts: GatekeeperParts,
  ) {}

  get name(): string {
    return this.settings.name;
  }

  get registered(): boolean {
    return this.open?.client.state === 'registered';
  }

  /** Finds the gatekeeper and registers; again and again while nothing comes of it. */
  start(): void {
    this.measure();
    if (this.closed || this.open || this.opening) return;
    this.opening = this.begin().finally(() => (this.opening = null));
  }

  /** Whether a call that came in is one of this registration: from its gatekeeper, or for a name that we have there. */
  owns({ path, called }: Pick<SignalledCall, 'path' | 'called'>): boolean {
    if (!this.registered || !path) return false;
    if (this.isFrom({ path })) return true;
    const { aliases, prefixes } = this.settings;
    const keys = aliases.map(aliasKey);
    return [...aliasTexts(called.aliases), called.number]
      .map(aliasKey)
      .some((name) => keys.includes(name) || prefixes.some((prefix) => name.startsWith(aliasKey(prefix))));
  }

  /** Whether a call comes from the gatekeeper itself. */
  isFrom({ path }: Pick<SignalledCall, 'path'>): boolean {
    const places = this.open?.client.places ?? [];
    return path !== null && places.some((place) => sameHost(place, path.remote));
  }

  /** Asks for a call. @throws NotRegistered; rejects with RasRefused, RasSilent */
  admit(ask: Omit<AdmissionAsk, 'kbps' | 'source'> & { source?: AdmissionAsk['source'] }): Promise<GatekeptCall> {
    if (!this.open) throw new NotRegistered();
    const { kbps, aliases } = this.settings;
    return this.open.client.admit({ ...ask, kbps, source: ask.source ?? aliases.map(aliasOf) });
  }

  /** Takes one of the calls that may go out; the function gives it back. @throws TooManyCalls */
  take(): () => void {
    const { maxCalls, name } = this.settings;
    if (this.busy >= maxCalls) throw new TooManyCalls(`the registration ${name}`, maxCalls);
    this.count(1);
    let held = true;
    return () => {
      if (held) this.count(-1);
      held = false;
    };
  }

  /** Tells the gatekeeper whether we take more calls (RAI); said once for each change. */
  resources(almostFull: boolean): void {
    if (this.almostFull === almostFull) return;
    this.almostFull = almostFull;
    this.open?.client.resources(almostFull);
  }

  snapshot(): TrunkState {
    const { name, busy, registered } = this;
    const { maxCalls, gatekeepers } = this.settings;
    const at = this.open?.client.gatekeeper;
    const written =
      gatekeepers === 'multicast' ? [discoveryGroup] : gatekeepers.map(({ host, port }) => ({ address: host, port }));
    const shown = at ? [at] : written.slice(0, 1);
    const servers = shown.map((one) => ({
      uri: `h323:${endpointText(one)}`,
      state: registered ? ('up' as const) : this.trouble === null ? ('unknown' as const) : ('down' as const),
      reason: registered ? null : this.trouble,
      asideUntil: null,
    }));
    return { name, calls: busy, maxCalls, registered, servers };
  }

  /** Takes the registration back, as far as somebody is there for it; idempotent. */
  async close(): Promise<void> {
    this.closed = true;
    this.timer?.cancel();
    await this.opening;
    if (this.open) await atMost(this.parts.clock, goodbyeMs, this.open.close());
  }

  private async begin(): Promise<void> {
    try {
      const gatekeepers = await this.resolved();
      if (this.closed) return;
      await this.openAt(gatekeepers);
    } catch (error) {
      this.failed(messageOf(error));
      if (!this.closed) this.timer = this.parts.clock.after(lookupMs, () => this.start());
    }
  }

  private async resolved(): Promise<Endpoint[]> {
    const { gatekeepers } = this.settings;
    if (gatekeepers === 'multicast') return [];
    const found = await Promise.all(
      gatekeepers.map(async ({ host, port }) => ({ address: await this.parts.lookup(host), port })),
    );
    const usable = found.filter(({ address }) => isIP(address) !== 0);
    if (usable.length === 0) throw new Error('the gatekeeper has no address');
    return usable;
  }

  private async openAt(gatekeepers: readonly Endpoint[]): Promise<void> {
    const { bind, advertise, signallingFor } = this.parts;
    const [first = discoveryGroup, ...alternates] = gatekeepers;
    const at = { address: bindFor(bind, first.address), port: this.settings.port };
    const open = await openClient(this.parts, at, (local) => ({
      ...this.told(),
      gatekeeper: gatekeepers.length > 0 ? first : 'multicast',
      alternates,
      signalling: [signallingFor(first)],
      ras: { address: advertise(first.address, local.address), port: local.port },
    }));
    this.open = open;
    const { on } = open.client;
    on.on('registered', () => {
      this.trouble = null;
      if (this.almostFull) open.client.resources(true);
      this.measure();
    });
    on.on('lost', ({ reason }) => this.failed(reason));
    on.on('refused', ({ request, reason }) => this.failed(`${request}: ${reason}`));
    on.on('state', (state) => {
      if (state === 'waiting') this.failed(this.trouble ?? 'nobody answers');
    });
    if (!this.closed) open.client.start();
  }

  private told(): Omit<ClientSettings, 'gatekeeper' | 'signalling' | 'ras'> {
    const { identifier, discover, aliases, prefixes, kind, seconds, password } = this.settings;
    return {
      ...{ discover, prefixes, kind, timeToLive: seconds, vendor },
      gatekeeperIdentifier: identifier ?? undefined,
      aliases: aliases.map(aliasOf),
      password: password
        ? { user: password.user, secret: { password: password.password }, form: password.form }
        : undefined,
    };
  }

  private failed(reason: string): void {
    this.trouble = reason;
    this.measure();
  }

  private count(by: number): void {
    this.busy += by;
    this.parts.metrics.gauge('dualstream_trunk_calls', this.busy, { trunk: this.name });
  }

  private measure(): void {
    this.parts.metrics.gauge('dualstream_trunk_registered', this.registered ? 1 : 0, { trunk: this.name });
  }
}
