import type { Clock, Timer } from '../../base/clock.js';
import type { Metrics } from '../../base/metrics.js';
import type { SipUri } from '../sip-values/uri.js';
import type { Flow, TransportName } from './flow.js';
import { printMessage, type SipRequest } from './message.js';
import type { Family, Resolver, Target } from './resolver.js';
import type { Transports } from './transports.js';

export interface PathOptions {
  clock: Clock;
  metrics: Metrics;
  /** Longest request that goes by UDP, bytes. */
  udpMtu: number;
}

/** The most one datagram of IPv4 carries; longer messages cannot go by UDP at all. */
export const largestDatagram = 65_507;
/** How long a TCP connection for a long request may take before UDP is used after all, milliseconds. */
const switchMs = 2000;
/** How long a peer that refused TCP is not asked again, milliseconds, and how many are remembered. */
const refusedMs = 60_000;
const maxRefused = 1000;

/** Ways to peers: from a URI to its targets, from a target to a flow, and from UDP to TCP for what is too long. */
export class Paths {
  private readonly refused = new Map<string, number>();
  /** Deadlines of connections for long requests. */
  private readonly late = new Set<Timer>();

  constructor(
    readonly resolver: Resolver,
    private readonly transports: Transports,
    private readonly options: PathOptions,
  ) {}

  /** Every target of a URI but ourselves; answers at once where DNS need not be asked. */
  targets(uri: SipUri): Target[] | Promise<Target[]> {
    const direct = this.resolver.direct(uri);
    if (direct) return [direct];
    return this.resolver.resolve(uri).then((all) => all.filter((each) => !this.isOwn(each)));
  }

  isOwn({ transport, address, port }: Target): boolean {
    return this.transports.isOwn(transport, address, port);
  }

  /** A flow to a target. Throws or rejects when there is none. */
  reach({ transport, address, port, name }: Target): Flow | Promise<Flow> {
    return this.transports.reach(transport, address, port, name);
  }

  /** A flow to the first target of a URI that can be reached; UDP by the socket of `near`, if that is one. */
  async first(uri: SipUri, near: Flow): Promise<Flow> {
    let why: unknown = new Error('no target');
    for (const target of await this.targets(uri)) {
      try {
        const { transport, address, port } = target;
        const same = transport === 'udp' && near.transport === 'udp' && isV6(address) === isV6(near.local.address);
        return same ? this.transports.redirect(near, { address, port }) : await this.reach(target);
      } catch (error) {
        this.resolver.failed(target);
        why = error;
      }
    }
    throw why;
  }

  /**
   * Hands over the request as it goes out: by TCP when it is too long for UDP and we can be reached by TCP ourselves, as
   * the Contact then says so (RFC 3261 §18.1.1). It is composed for the flow that carries it, so that Via never lies.
   */
  carry(flow: Flow, compose: (flow: Flow) => SipRequest, use: (request: SipRequest, flow: Flow) => void): void {
    const request = compose(flow);
    if (flow.transport !== 'udp' || !flow.open || !this.isLong(request) || !this.mayUseTcp(flow)) {
      return use(request, flow);
    }
    const { address, port } = flow.remote;
    let done = false;
    const settle = (tcp: Flow | null): void => {
      if (done) return;
      done = true;
      late.cancel();
      this.late.delete(late);
      this.options.metrics.count('dualstream_sip_long_requests_total', { transport: tcp ? 'tcp' : 'udp' });
      if (tcp) return use(compose(tcp), tcp);
      this.remember(`${address} ${port}`);
      use(request, flow);
    };
    const late = this.options.clock.after(switchMs, () => settle(null));
    this.late.add(late);
    const tcp = this.transports.reach('tcp', address, port);
    if (!(tcp instanceof Promise)) return settle(tcp);
    tcp.then(settle, () => settle(null));
  }

  dispose(): void {
    this.resolver.dispose();
    for (const late of this.late) late.cancel();
  }

  private mayUseTcp({ remote, local }: Flow): boolean {
    const until = this.refused.get(`${remote.address} ${remote.port}`) ?? 0;
    if (until > this.options.clock.now()) return false;
    return familiesOf(this.transports, 'tcp').includes(isV6(local.address) ? 6 : 4);
  }

  private remember(peer: string): void {
    const [oldest] = this.refused.keys();
    if (this.refused.size >= maxRefused && oldest !== undefined) this.refused.delete(oldest);
    this.refused.set(peer, this.options.clock.now() + refusedMs);
  }

  /** Measures exactly only what could be too long: a character takes at most three bytes. */
  private isLong(request: SipRequest): boolean {
    const limit = this.options.udpMtu;
    let most = request.body.length + 3 * (request.uri.length + request.method.length + 16);
    for (const { name, value } of request.headers) most += 3 * (name.length + value.length + 4);
    return most > limit && printMessage(request).length > limit;
  }
}

/** Families of addresses we listen on by this transport, in the order of the listeners. */
export function familiesOf(transports: Transports, transport: TransportName): Family[] {
  const of = transports.listening.filter((each) => each.transport === transport);
  return [...new Set(of.map(({ local }): Family => (isV6(local.address) ? 6 : 4)))];
}

/** Families to send from: those of the transport's listeners, or of any where connections need no listener. */
export function sendingFamilies(transports: Transports, transport: TransportName): Family[] {
  const own = familiesOf(transports, transport);
  if (own.length > 0 || (transport !== 'tcp' && transport !== 'tls')) return own;
  return [...new Set(transports.listening.map(({ local }): Family => (isV6(local.address) ? 6 : 4)))];
}

function isV6(address: string): boolean {
  return address.includes(':');
}
