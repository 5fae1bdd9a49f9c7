import type { Clock } from '../../base/clock.js';
import type { Dns, DnsAnswer, NaptrRecord, SrvRecord } from '../../base/dns.js';
import type { Chance } from '../../base/ids.js';
import { bareHost, isAddress, type SipUri } from '../sip-values/uri.js';
import type { TransportName } from './flow.js';
import { defaultPort, transportOf } from './routing.js';

/** One place a request can be sent to. `name` is what a certificate there must be for; null for addresses. */
export interface Target {
  transport: TransportName;
  address: string;
  port: number;
  name: string | null;
}

/** A family of IP addresses. */
export type Family = 4 | 6;

export interface ResolverOptions {
  dns: Dns;
  clock: Clock;
  chance: Chance;
  /** Families we can send from by this transport, the preferred one first; none when we do not have it at all. */
  families(transport: TransportName): Family[];
  /** Longest time for all questions about one URI, milliseconds. */
  deadlineMs: number;
}

/** A host with a port, still to be looked up. */
interface Server {
  transport: TransportName;
  host: string;
  port: number;
}

/** Services of NAPTR records we follow (RFC 3263 §4.1); WebSocket servers are not called (RFC 7118 §5). */
const services: Record<string, TransportName> = { 'SIP+D2U': 'udp', 'SIP+D2T': 'tcp', 'SIPS+D2T': 'tls' };
/** Name under which a transport's servers are listed (RFC 3263 §4.1). */
const prefixes: Partial<Record<TransportName, string>> = { udp: '_sip._udp', tcp: '_sip._tcp', tls: '_sips._tcp' };
/** More than these is nobody's set-up but somebody's attack. */
const maxServers = 16;
const maxTargets = 16;
/** How long a target that failed is tried after the others, milliseconds, and how many are remembered. */
const penaltyMs = 60_000;
/** The longest that a target may ask for. */
const longestPenaltyMs = 600_000;
const maxPenalties = 1000;

/** Finds where a SIP URI leads (RFC 3263): NAPTR, SRV by priority and weight, then addresses. */
export class Resolver {
  private readonly penalties = new Map<string, number>();
  /** Ends questions under way without an answer. */
  private readonly waiting = new Set<() => void>();

  constructor(private readonly options: ResolverOptions) {}

  /** The one target of a URI that needs no question; null when DNS has to be asked, or the transport is unknown. */
  direct(uri: SipUri): Target | null {
    const host = uri.params.get('maddr') ?? uri.host;
    if (!isLiteral(host)) return null;
    const transport = transportOf(uri.params.get('transport')?.toLowerCase() ?? null, uri.scheme === 'sips');
    return transport && { transport, address: bareHost(host), port: uri.port ?? defaultPort(transport), name: null };
  }

  /** Every target of a URI in the order to try them; none when the name leads nowhere in time. Never rejects. */
  async resolve(uri: SipUri): Promise<Target[]> {
    const direct = this.direct(uri);
    if (direct) return [direct];
    const name = bareHost(uri.params.get('maddr') ?? uri.host).replace(/\.$/, '');
    const found = this.search(uri, name).catch(() => []);
    const targets = await this.inTime(found);
    return this.byHealth(targets.slice(0, maxTargets));
  }

  /**
   * A target did not answer, or answered 503: for a while, or for as long as it asked by Retry-After (RFC 3261 §21.5.4),
   * it comes after the others.
   */
  failed(target: Target, askedMs: number | null = null): void {
    const now = this.options.clock.now();
    const [oldest] = this.penalties.keys();
    if (this.penalties.size >= maxPenalties && oldest !== undefined) this.penalties.delete(oldest);
    this.penalties.set(keyOf(target), now + Math.min(askedMs ?? penaltyMs, longestPenaltyMs));
  }

  /** Gives up on everything that is still being looked up. */
  dispose(): void {
    for (const stop of [...this.waiting]) stop();
  }

  private async search(uri: SipUri, name: string): Promise<Target[]> {
    const servers = await this.servers(uri, name);
    const targets = await Promise.all(servers.slice(0, maxServers).map((server) => this.addresses(server, name)));
    return targets.flat();
  }

  /** RFC 3263 §4.1 and §4.2: which transport, and which hosts. */
  private async servers(uri: SipUri, name: string): Promise<Server[]> {
    const secure = uri.scheme === 'sips';
    const asked = uri.params.get('transport')?.toLowerCase() ?? null;
    const plain = transportOf(asked, secure);
    if (!plain) return [];
    const direct = { transport: plain, host: name, port: uri.port ?? defaultPort(plain) };
    if (uri.port !== null) return [direct];
    const usable = (transport: TransportName): boolean => this.options.families(transport).length > 0;
    if (asked !== null) {
      const prefix = prefixes[plain];
      const listed = prefix === undefined ? null : await this.listed(plain, `${prefix}.${name}`);
      return listed ?? [direct];
    }
    const pointers = await this.pointers(name, (transport) => usable(transport) && (!secure || transport === 'tls'));
    if (pointers.length > 0) {
      const lists = await Promise.all(pointers.map((each) => this.listed(each.transport, each.replacement)));
      return lists.flatMap((list) => list ?? []);
    }
    const candidates: TransportName[] = secure ? ['tls'] : ['udp', 'tcp'];
    const lists = await Promise.all(
      candidates.filter(usable).map((each) => this.listed(each, `${prefixes[each] ?? ''}.${name}`)),
    );
    const known = lists.filter((list) => list !== null);
    return known.length > 0 ? known.flat() : [direct];
  }

  /** NAPTR records we can follow, best first. A server that fails counts as one that has none. */
  private async pointers(
    name: string,
    usable: (transport: TransportName) => boolean,
  ): Promise<{ transport: TransportName; replacement: string }[]> {
    const { records } = await this.options.dns.naptr(name).catch(none<NaptrRecord>);
    return [...records]
      .sort((a, b) => a.order - b.order || a.preference - b.preference)
      .flatMap(({ flags, service, replacement }) => {
        const transport = services[service.toUpperCase()];
        const followed = flags.toLowerCase() === 's' && transport !== undefined && usable(transport);
        return followed ? [{ transport, replacement }] : [];
      })
      .slice(0, 4);
  }

  /** Servers of one SRV name, in order; null when it has none, empty when it says there is no such service (RFC 2782). */
  private async listed(transport: TransportName, name: string): Promise<Server[] | null> {
    const { records } = await this.options.dns.srv(name).catch(none<SrvRecord>);
    if (records.length === 0) return null;
    return order(records, this.options.chance)
      .filter((each) => each.name !== '' && each.name !== '.' && each.port > 0)
      .map((each) => ({ transport, host: each.name, port: each.port }));
  }

  private async addresses({ transport, host, port }: Server, name: string): Promise<Target[]> {
    const target = (address: string): Target => ({ transport, address, port, name });
    if (isLiteral(host)) return [target(bareHost(host))];
    const { dns } = this.options;
    const found = await Promise.all(
      this.options
        .families(transport)
        .map((family) => (family === 4 ? dns.a(host) : dns.aaaa(host)).catch(none<string>)),
    );
    return found.flatMap(({ records }) => records.map(target));
  }

  private inTime(found: Promise<Target[]>): Promise<Target[]> {
    const { clock, deadlineMs } = this.options;
    return new Promise((resolve) => {
      const settle = (targets: Target[]): void => {
        deadline.cancel();
        this.waiting.delete(stop);
        resolve(targets);
      };
      const stop = (): void => settle([]);
      const deadline = clock.after(deadlineMs, stop);
      this.waiting.add(stop);
      void found.then(settle);
    });
  }

  private byHealth(targets: Target[]): Target[] {
    const now = this.options.clock.now();
    const ill = (target: Target): boolean => {
      const until = this.penalties.get(keyOf(target));
      if (until !== undefined && until <= now) this.penalties.delete(keyOf(target));
      return until !== undefined && until > now;
    };
    return [...targets.filter((each) => !ill(each)), ...targets.filter(ill)];
  }
}

/** RFC 2782: lower priority first, within one by weighted chance; weight 0 seldom comes before others. */
export function order(records: readonly SrvRecord[], chance: Chance): SrvRecord[] {
  const left = [...records].sort((a, b) => a.priority - b.priority || a.weight - b.weight);
  const result: SrvRecord[] = [];
  while (left.length > 0) {
    const group = left.filter((each) => each.priority === left[0]?.priority);
    const total = group.reduce((sum, each) => sum + each.weight, 0);
    let drawn = total === 0 ? 0 : chance.int(0, total);
    const chosen = group.find((each) => (drawn -= each.weight) <= 0) ?? group[0];
    if (!chosen) break;
    result.push(chosen);
    left.splice(left.indexOf(chosen), 1);
  }
  return result;
}

function none<R>(): DnsAnswer<R> {
  return { records: [], ttl: null };
}

function keyOf({ transport, address, port }: Target): string {
  return `${transport} ${address} ${port}`;
}

function isLiteral(host: string): boolean {
  return isAddress(host) || host.includes(':');
}
