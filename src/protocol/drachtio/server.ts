import type { Clock } from '../../base/clock.js';
import { noDns, type Dns } from '../../base/dns.js';
import type { Chance } from '../../base/ids.js';
import type { Log } from '../../base/log.js';
import type { Metrics } from '../../base/metrics.js';
import type { Seen } from '../../base/seen.js';
import type { ByteStream, Endpoint, MessageStream, Net } from '../../base/net.js';
import { hostOf } from '../sip-values/uri.js';
import { ContactCache } from '../sip/contact-cache.js';
import { DnsCache, type DnsCacheLimits } from '../sip/dns-cache.js';
import type { Flow, TransportName } from '../sip/flow.js';
import { largestDatagram, Paths, sendingFamilies } from '../sip/paths.js';
import { Resolver, type Family } from '../sip/resolver.js';
import type { Screen } from '../sip/screen.js';
import { SipStack } from '../sip/stack.js';
import type { SipTimers } from '../sip/timers.js';
import {
  defaultLimits,
  type Arrival,
  type ListenAt,
  type OutgoingTls,
  type TransportLimits,
} from '../sip/transport-options.js';
import { Transports } from '../sip/transports.js';
import { Answers } from './answers.js';
import { Apps, type App, type SipCommand } from './apps.js';
import type { Call } from './call.js';
import { Calls } from './calls.js';
import { Cdrs } from './cdrs.js';
import { Reply, texts, type Core } from './core.js';
import { InDialog } from './in-dialog.js';
import { Inbound } from './inbound.js';
import { Leaders } from './leaders.js';
import { Outbound } from './outbound.js';
import { Outgoings } from './outgoing.js';
import { Pendings } from './pendings.js';
import { Proxies } from './proxies.js';

/** Bounds of the engine. */
export interface EngineLimits extends TransportLimits {
  /** Live server transactions; default 20000. */
  transactions: number;
}

/** Bounds of DNS look-ups. */
export interface DnsLimits extends DnsCacheLimits {
  /** Longest time to find where a URI leads, milliseconds. */
  deadlineMs: number;
}

const dnsLimits: DnsLimits = { entries: 10_000, maxSeconds: 3600, negativeSeconds: 30, deadlineMs: 5000 };

export interface EngineOptions {
  net: Net;
  clock: Clock;
  chance: Chance;
  log: Log;
  metrics: Metrics;
  /** Listener of the application protocol; port 0 picks a free one. */
  control: { address: string; port: number; secret: string };
  /** SIP listeners; `advertise` is the external address for Via and Contact. Port 0 picks a free one. */
  listen: readonly ListenAt[];
  /** User-Agent and Server of messages in which the application names none. */
  userAgent?: string;
  limits?: Partial<EngineLimits>;
  /** Whether certificates of TLS servers we connect to are checked; default true. */
  tlsVerify?: boolean;
  /** What else TLS servers are called with. */
  tls?: Omit<OutgoingTls, 'verify'>;
  /** How often connections that we made and need are pinged; default 0, never. */
  keepAliveSeconds?: number;
  /** Base timers of RFC 3261; tests shorten them. */
  timers?: SipTimers;
  /** Where names are looked up; without it only addresses lead anywhere. */
  dns?: Dns;
  /** Bounds of looking up. */
  dnsLimits?: Partial<DnsLimits>;
  /** Longest request sent by UDP, bytes; longer ones go by TCP where that can be. Default: what a datagram carries. */
  udpMtu?: number;
  /** URI of a proxy for new requests to which the application gives no next hop. */
  outboundProxy?: string;
  /** Looks at requests outside calls first; without it everything is taken. */
  screen?: Screen;
  /** Told of every message that is sent, and of those that come in and are taken. */
  seen?: Seen;
  /** Longest ringing of an outgoing INVITE, milliseconds; default 185000, always more than 3 minutes. */
  timerC?: number;
}

/** A running SIP engine that speaks the drachtio application protocol. */
export interface Engine {
  readonly control: Endpoint;
  readonly listening: { name: string; transport: string; local: Endpoint }[];
  /** Takes over a WebSocket client whose handshake (sub-protocol `sip`) is done. */
  acceptWebSocket(stream: MessageStream, secure: boolean): void;
  /** Where a request came in, by its source and the address of ours that took it; null when nothing is known. */
  arrival(source: Endpoint, receivedOn: Endpoint): Arrival | null;
  /** Takes an application on a connection that did not come by the control listener. */
  acceptApplication(stream: ByteStream): void;
  /** Live transactions, dialogs and connections, one line each. */
  describe(): string[];
  /** Ends every socket and timer; the applications see their connections close. */
  close(): Promise<void>;
}

/** Starts the engine. Rejects with the system's error (EADDRINUSE, ...) whose message names the listener. */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const engine = new DrachtioEngine(options);
  try {
    await engine.start();
  } catch (error) {
    await engine.close();
    throw error;
  }
  return engine;
}

class DrachtioEngine implements Engine {
  control: Endpoint = { address: '', port: 0 };
  private readonly core: Core;
  private readonly pendings = new Pendings();
  private readonly outgoings: Outgoings;
  private readonly answers: Answers;
  private readonly inbound: Inbound;
  private readonly outbound: Outbound;
  private readonly inDialog: InDialog;
  private readonly proxies: Proxies;

  constructor(private readonly options: EngineOptions) {
    this.core = this.makeCore();
    this.outgoings = new Outgoings(this.core);
    this.inDialog = new InDialog(this.core, this.outgoings, { abandon: (call) => this.inbound.abandon(call) });
    const effects = {
      refresh: (call: Call) => this.inDialog.refresh(call),
      expired: (call: Call) => this.inDialog.terminate(call, 'Session timer expired'),
    };
    this.answers = new Answers(this.core, this.pendings, {
      ...effects,
      unacknowledged: (call) => this.inDialog.terminate(call, 'ACK timeout'),
    });
    this.outbound = new Outbound(this.core, this.outgoings, {
      ...effects,
      unwanted: (call, cseq) => this.inDialog.discard(call, cseq),
    });
    this.proxies = new Proxies(this.core, this.pendings);
    this.inbound = new Inbound(this.core, this.pendings, this.answers, {
      proxies: this.proxies,
      subscribed: (incoming) => this.outbound.subscribed(incoming),
    });
  }

  /** Sockets, transactions and applications, wired to the parts that are made after them. */
  private makeCore(): Core {
    const { net, clock, chance, log, metrics, limits = {}, timers, screen, seen, userAgent = '' } = this.options;
    const transports = this.makeTransports();
    const maxTransactions = limits.transactions ?? 20_000;
    const optional = { ...(timers ? { timers } : {}), ...(screen ? { screen } : {}), ...(seen ? { seen } : {}) };
    const stackOptions = { clock, chance, log, metrics, maxTransactions, ...optional };
    const calls = new Calls();
    const stack = new SipStack(stackOptions, transports, {
      request: (transaction) => this.inbound.request(transaction),
      ack: (incoming) => this.inbound.ack(incoming),
      inCall: ({ envelope }) => calls.match(envelope) !== null,
    });
    const leaders = new Leaders(clock, chance);
    const apps = new Apps(
      { net, log, metrics, leaders, secret: this.options.control.secret },
      {
        command: (app, command) => this.command(app, command),
        closed: (app) => {
          this.inbound.appClosed(app);
          this.outgoings.appClosed(app);
        },
        hostports: () => this.hostports(),
      },
    );
    const paths = this.makePaths(transports);
    const { outboundProxy = null } = this.options;
    const contacts = new ContactCache(clock);
    const cdrs = new Cdrs(apps, leaders);
    const { timerC = 185_000 } = this.options;
    const tools = { timerC, clock, chance, log, metrics, userAgent, outboundProxy };
    return { ...tools, transports, paths, stack, apps, calls, cdrs, contacts, leaders };
  }

  private makePaths(transports: Transports): Paths {
    const { clock, chance, metrics, udpMtu = largestDatagram } = this.options;
    const limits = { ...dnsLimits, ...this.options.dnsLimits };
    const dns = new DnsCache(this.options.dns ?? noDns, clock, limits);
    const families = (transport: TransportName): Family[] => sendingFamilies(transports, transport);
    const resolver = new Resolver({ dns, clock, chance, families, deadlineMs: limits.deadlineMs });
    return new Paths(resolver, transports, { clock, metrics, udpMtu: Math.min(udpMtu, largestDatagram) });
  }

  private makeTransports(): Transports {
    const { limits = {}, tlsVerify: verify = true, tls = {}, keepAliveSeconds = 0, ...tools } = this.options;
    const inUse = (flow: Flow): boolean =>
      this.core.contacts.leadsTo(flow) || this.core.calls.uses(flow) || this.proxies.uses(flow);
    const bounds = { ...defaultLimits, ...limits };
    const options = { ...tools, limits: bounds, tls: { ...tls, verify }, keepAliveSeconds, inUse };
    return new Transports(options, (data, flow) => this.core.stack.receive(data, flow));
  }

  async start(): Promise<void> {
    const { control, listen } = this.options;
    await this.core.transports.start(listen);
    try {
      this.control = await this.core.apps.listen(control);
    } catch (error) {
      if (error instanceof Error)
        error.message = `application port ${control.address}:${control.port}: ${error.message}`;
      throw error;
    }
  }

  get listening(): { name: string; transport: string; local: Endpoint }[] {
    return this.core.transports.listening.map(({ name, transport, local }) => ({ name, transport, local }));
  }

  arrival(source: Endpoint, receivedOn: Endpoint): Arrival | null {
    return this.core.transports.arrival(source, receivedOn);
  }

  acceptWebSocket(stream: MessageStream, secure: boolean): void {
    this.core.transports.acceptWebSocket(stream, secure);
  }

  acceptApplication(stream: ByteStream): void {
    this.core.apps.accept(stream);
  }

  describe(): string[] {
    const { stack, calls, transports } = this.core;
    return [...stack.describe(), ...calls.describe(), ...this.proxies.describe(), ...transports.describe()];
  }

  async close(): Promise<void> {
    const { apps, stack, calls, contacts, transports, paths } = this.core;
    paths.dispose();
    this.pendings.dispose();
    this.proxies.dispose();
    this.outgoings.dispose();
    calls.dispose();
    stack.dispose();
    contacts.dispose();
    apps.close();
    await transports.close();
  }

  private command(app: App, command: SipCommand): void {
    const reply = new Reply(this.core, app, command.id);
    if (command.kind === 'proxy') {
      return this.proxies.command(reply, command.transactionId, command.options, command.message);
    }
    const { message, transactionId, dialogId, nextHop } = command;
    if (/^SIP\//i.test(message.start)) {
      if (transactionId === '') return reply.no('transaction id missing');
      return this.answers.respond(reply, transactionId, message);
    }
    const method = message.start.split(' ')[0] ?? '';
    if (dialogId !== '') {
      const call = this.core.calls.find(dialogId);
      if (call) return this.inDialog.request(reply, call, message);
      return reply.nok(method === 'ACK' ? texts.ackNotNeeded : texts.noDialog);
    }
    if (method === 'CANCEL') return this.outgoings.cancel(reply, transactionId, message);
    this.outbound.request(reply, message, nextHop);
  }

  private hostports(): { external: string; local: string } {
    const all = this.core.transports.listening;
    const list = (each: (one: (typeof all)[number]) => Endpoint): string =>
      all.map((one) => `${one.transport}/${hostOf(each(one).address)}:${each(one).port}`).join(',');
    return { external: list((one) => one.advertised), local: list((one) => one.local) };
  }
}
