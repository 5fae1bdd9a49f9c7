import type { Endpoint } from '../../base/net.js';
import { MalformedSip } from '../sip-values/errors.js';
import { parseSeconds } from '../sip-values/numbers.js';
import { bareHost, isSipUri, parseSipUri } from '../sip-values/uri.js';
import { plainResponse } from '../sip/compose.js';
import { recordRoutes } from '../sip/dialog.js';
import { tagOf } from '../sip/envelope.js';
import type { Flow, TransportName } from '../sip/flow.js';
import { arrival, breadthOf, departure, forwarded, hopsLeft, type Arrival } from '../sip/forward.js';
import type { Incoming } from '../sip/incoming.js';
import { Headers, printMessage, type SipRequest, type SipResponse } from '../sip/message.js';
import { defaultPort, ownVia, transportOf } from '../sip/routing.js';
import type { ServerTransaction } from '../sip/server-transaction.js';
import type { AppMessage } from './commands.js';
import type { Core, Reply } from './core.js';
import { copyHeaders, ownContact } from './headers.js';
import type { Pendings } from './pendings.js';
import type { Branch } from './proxy-branch.js';
import { ProxyChallenges } from './proxy-challenges.js';
import { ProxyContext, type Passing, type ProxyWitness } from './proxy-context.js';
import { ProxyDialogs } from './proxy-dialogs.js';
import { isDestination, readProxyOptions, unique, type ProxyOptions } from './proxy-options.js';

/** Requests an application has proxied, and what follows in their dialogs. */
export class Proxies {
  private readonly contexts = new Map<ServerTransaction, ProxyContext>();
  private readonly live = new Set<Branch>();
  private readonly dialogs: ProxyDialogs;
  private readonly challenges: ProxyChallenges;

  constructor(
    private readonly core: Core,
    private readonly pendings: Pendings,
  ) {
    this.dialogs = new ProxyDialogs(core.clock);
    this.challenges = new ProxyChallenges(core.clock);
  }

  /** The `proxy` command of an application, for a request it has not answered in any way. */
  command(reply: Reply, id: string, tokens: readonly string[], message: AppMessage | null): void {
    const pending = this.pendings.find(id, null);
    if (!pending || pending.transaction.answered || pending.call) return reply.nok(`Unknown transaction id: ${id}`);
    const { transaction } = pending;
    this.pendings.remove(pending);
    const options = readProxyOptions(tokens);
    const challengers = unique(this.challenges.answeredBy(transaction.request));
    if (challengers.length > 0) options.destinations = challengers;
    if (hopsLeft(transaction.request) === 0) {
      this.refuse(transaction, 483);
      return reply.nok('Rejected with 483 Too Many Hops due to Max-Forwards value of 0');
    }
    const needs = transaction.request.headers.joined('proxy-require');
    if (needs !== null && needs.trim() !== '') {
      this.refuse(transaction, 420, { Unsupported: needs });
      return reply.nok('Rejected with 420 Bad Extension due to Proxy-Require');
    }
    if (options.simultaneous && options.destinations.length > breadthOf(transaction.request)) {
      this.refuse(transaction, 440);
      return reply.nok('Rejected with 440 Max-Breadth Exceeded');
    }
    if (options.destinations.length === 0) {
      this.refuse(transaction, 500);
      return reply.nok('error proxying request to ');
    }
    this.begin(transaction, this.passingOf(transaction, options, message), this.witnessOf(transaction, options, reply));
  }

  /** Takes a request of a dialog we stay on the way of; false when it is none. */
  takes(transaction: ServerTransaction): boolean {
    const { incoming, request } = transaction;
    const came = this.arrived(incoming);
    if (!came) return false;
    if (hopsLeft(request) === 0) this.refuse(transaction, 483);
    else this.begin(transaction, this.alongRoute(incoming, came), this.inDialogWitness(incoming));
    return true;
  }

  /** Passes on the ACK of a 2xx, which is no transaction (RFC 3261 §16.11); false when it is none of ours. */
  ack(incoming: Incoming<SipRequest>): boolean {
    const came = this.arrived(incoming);
    if (!came) return false;
    if (hopsLeft(incoming.message) === 0) return true;
    const passing = this.alongRoute(incoming, came);
    const { next, known } = passing.way(came.uri);
    const { paths, metrics } = this.core;
    const send = (flow: Flow): void =>
      paths.carry(
        flow,
        (over) => passing.compose(came.uri, false, over),
        (ack, over) => over.send(printMessage(ack)),
      );
    if (known) send(known);
    else if (!isDestination(next)) metrics.count('dualstream_sip_unreachable_total');
    else
      paths.first(parseSipUri(next), incoming.flow).then(send, () => metrics.count('dualstream_sip_unreachable_total'));
    return true;
  }

  /** The caller cancels an INVITE; false when that is not proxied. */
  cancel(invite: ServerTransaction, cancel: SipRequest): boolean {
    const context = this.contexts.get(invite);
    context?.cancel(cancel.headers.get('reason'));
    return context !== undefined;
  }

  /** Whether a dialog we stay on the way of leads down this connection. */
  uses(flow: Flow): boolean {
    return this.dialogs.uses(flow);
  }

  dispose(): void {
    for (const branch of this.live) branch.dispose();
    this.live.clear();
    this.contexts.clear();
  }

  describe(): string[] {
    return [...this.contexts.keys()].map((each) => `proxied ${each.describe()}`);
  }

  private begin(transaction: ServerTransaction, passing: Passing, witness: ProxyWitness): void {
    const context = new ProxyContext(this.core, transaction, passing, witness, this.live);
    this.contexts.set(transaction, context);
    transaction.onEnded = () => this.contexts.delete(transaction);
    context.start();
  }

  private refuse(transaction: ServerTransaction, status: number, extra: Record<string, string> = {}): void {
    const response = plainResponse(transaction.request, status, this.core.stack.newTag(), extra);
    transaction.respond(response);
    if (transaction.request.method === 'INVITE') this.core.cdrs.stop('application', 'call-rejected', response);
  }

  /** How a new request goes to the destinations of the application. */
  private passingOf(transaction: ServerTransaction, options: ProxyOptions, message: AppMessage | null): Passing {
    const { incoming, request } = transaction;
    const { routes } = arrival(request, (uri) => this.isOurs(uri, incoming.flow));
    const split = options.simultaneous ? options.destinations.length : 1;
    const asked = request.headers.has('max-breadth');
    const maxBreadth = asked || split > 1 ? Math.floor(breadthOf(request) / split) : null;
    // an address of ours means nothing to the destination; any other is what the caller wants to reach
    const local = isSipUri(request.uri) && this.isOurs(request.uri, incoming.flow);
    return {
      ...options,
      way: (destination) => ({
        next: this.core.outboundProxy ?? destination,
        known: this.core.contacts.find(destination),
      }),
      compose: (destination, redirected, flow) => {
        const via = ownVia(flow, this.core.stack.newBranch());
        const own = options.remain ? this.ownRoutes(incoming, flow) : [];
        const register = request.method === 'REGISTER';
        const uri = local || redirected ? destination : request.uri;
        const sent = forwarded(request, { uri, via, recordRoutes: register ? [] : own, routes, maxBreadth });
        if (message) addHeaders(message, sent, flow);
        if (register && own[0] !== undefined) sent.headers.add('Path', own[0]);
        return sent;
      },
    };
  }

  /** How a request goes on inside its dialog: by the Route that is left, or to its Request-URI. */
  private alongRoute(incoming: Incoming<SipRequest>, came: Arrival): Passing {
    const { uri, routes, next } = departure(came.uri, came.routes);
    const neighbour = this.dialogs.use(incoming);
    const maxBreadth = incoming.message.headers.has('max-breadth') ? breadthOf(incoming.message) : null;
    return {
      destinations: [came.uri],
      simultaneous: false,
      followRedirects: false,
      provisionalMs: null,
      finalMs: null,
      way: () => ({ next, known: routes.length > 0 ? null : (neighbour ?? this.core.contacts.find(uri)) }),
      compose: (_destination, _redirected, flow) => {
        const via = ownVia(flow, this.core.stack.newBranch());
        return forwarded(incoming.message, { uri, via, recordRoutes: [], routes, maxBreadth });
      },
    };
  }

  /** What the application and the records hear of a new request. */
  private witnessOf(transaction: ServerTransaction, options: ProxyOptions, reply: Reply): ProxyWitness {
    const { cdrs } = this.core;
    const { request, incoming } = transaction;
    const invite = request.method === 'INVITE';
    const reason = (status: number) => (status === 487 ? 'call-canceled' : 'call-rejected');
    return {
      sent: (sent) => invite && cdrs.attempt('application', sent),
      final: (response, destination) => {
        const { message } = response;
        if (message.status === 401 || message.status === 407) this.challenges.learn(message, destination);
        if (options.fullResponse) reply.proxied(response, printMessage(message));
        if (!invite) return;
        if (message.status < 300) cdrs.start('network', 'proxy-uac', message);
        else cdrs.stop('network', reason(message.status), message);
      },
      passed: (response) => this.passed(incoming, response, options.remain),
      done: (status) => {
        const { final } = transaction;
        if (invite && final && status < 300) cdrs.start('application', 'proxy-uas', final);
        else if (invite && final) cdrs.stop('application', reason(status), final);
        reply.done();
      },
    };
  }

  private passed(request: Incoming<SipRequest>, response: Incoming<SipResponse>, remain: boolean): void {
    if (request.message.method === 'REGISTER' && response.message.status < 300) this.registered(request, response);
    const forms = ['INVITE', 'SUBSCRIBE', 'REFER'].includes(request.message.method);
    if (!remain || !forms || response.message.status <= 100) return;
    const [first] = recordRoutes(response.message.headers);
    const neighbour = first !== undefined && this.isOurs(uriOf(first), response.flow);
    this.dialogs.learn(request, response, neighbour);
  }

  /** A registered device stays reachable by its connection. */
  private registered({ message, flow }: Incoming<SipRequest>, response: Incoming<SipResponse>): void {
    const contacts = message.headers.joined('contact');
    const expires = response.message.headers.get('expires') ?? message.headers.get('expires');
    if (contacts !== null) this.core.contacts.learn(contacts, flow, parseSeconds(expires) ?? 3600);
  }

  private inDialogWitness(incoming: Incoming<SipRequest>): ProxyWitness {
    const { method } = incoming.message;
    const nothing = (): void => undefined;
    const { cdrs } = this.core;
    if (method === 'BYE') cdrs.stop('network', 'normal-release', incoming.message);
    return {
      sent: (sent) => method === 'BYE' && cdrs.stop('application', 'normal-release', sent),
      final: nothing,
      passed: nothing,
      done: (status) => {
        if (method === 'BYE' && status !== 401 && status !== 407) this.dialogs.end(incoming.envelope);
      },
    };
  }

  /** What is left of the way of a request that came by our Route within a dialog of ours; null for any other. */
  private arrived(incoming: Incoming<SipRequest>): Arrival | null {
    if (tagOf(incoming.envelope.to) === null || !this.dialogs.has(incoming.envelope)) return null;
    const { envelope, flow } = incoming;
    const came = arrival(incoming.message, (uri) => this.isOurs(uri, flow, (at) => this.dialogs.names(envelope, at)));
    return came.ours ? came : null;
  }

  /** Record-Route for the far side first; two where the sides differ, so that each gets one it can use (RFC 5658). */
  private ownRoutes({ flow }: Incoming, out: Flow): string[] {
    const far = looseRoute(out);
    const near = looseRoute(flow);
    return far === near ? [far] : [far, near];
  }

  /** Whether a URI names this engine: one of its listeners, or where this request arrived. */
  private isOurs(uri: string, flow: Flow, named: (at: Endpoint) => boolean = () => false): boolean {
    try {
      const { host, port, params, scheme } = parseSipUri(uri);
      const transport = transportOf(params.get('transport')?.toLowerCase() ?? null, scheme === 'sips');
      if (!transport) return false;
      const address = bareHost(params.get('maddr') ?? host);
      const at = port ?? defaultPort(transport);
      const { advertised, local } = flow;
      if ([advertised, local].some((each) => each.address === address && each.port === at)) return true;
      if (named({ address, port: at })) return true;
      return listened.some((each) => this.core.transports.isOwn(each, address, at));
    } catch (error) {
      if (error instanceof MalformedSip) return false;
      throw error;
    }
  }
}

const listened: TransportName[] = ['udp', 'tcp', 'tls'];

function looseRoute(flow: Flow): string {
  return ownContact(flow, false).replace(/>$/, ';lr>');
}

function uriOf(route: string): string {
  return /<([^>]*)>/.exec(route)?.[1] ?? route;
}

/** Headers of the application are put in the place of those of that name. */
function addHeaders(message: AppMessage, sent: SipRequest, flow: Flow): void {
  const own = new Headers();
  copyHeaders(message.headers, own, flow);
  for (const { name } of own) sent.headers.remove(name);
  for (const { name, value } of own) sent.headers.add(name, value);
}
