import type { Timer } from '../../../../base/clock.js';
import { Emitter } from '../../../../base/events.js';
import type { Endpoint } from '../../../../base/net.js';
import { chosen } from '../../../asn1/choice.js';
import { endpointOf, endpointText, endpointsOf, sameHost } from '../../addresses.js';
import type {
  AlternateGK,
  GatekeeperConfirm,
  GatekeeperReject,
  RasMessage,
  RegistrationConfirm,
  RegistrationReject,
  UnregistrationRequest,
} from '../../h225/schema.js';
import type {
  AdmissionAsk,
  ClientEvents,
  ClientSettings,
  ClientState,
  GatekeeperClient,
  GatekeptCall,
} from '../contract.js';
import { ClientCalls } from './calls.js';
import { Courier, type ClientTools } from './courier.js';
import { discoveryGroup } from '../discovery.js';
import { configured, homeIn, type Candidate, type Gatekeepers } from './gatekeepers.js';
import { Rehoming } from './rehoming.js';
import { discovery, keepAlive, registration, resources, unregistration } from './requests.js';
import { answerRequest } from './requests-in.js';
import type { Registration } from './state.js';
import type { RasName } from '../messages.js';

/** First and longest pause before the next attempt. */
const shortestRetryMs = 5000;
const longestRetryMs = 300_000;
/** A registration that was taken back so soon is not asked for at once again. */
const settledMs = 10_000;

/**
 * Our registration with a gatekeeper (H.225.0 §7, client side).
 *
 * ```
 * idle ─start→ discovering ─GCF→ registering ─RCF→ registered ─URQ, RRJ, silence→ discovering | registering
 *                  │  GRJ, silence   │  RRJ, silence
 *                  └──→ the next alternate, in the end waiting ──→ discovering | registering
 * any ─stop→ ending ─UCF, silence→ idle
 * ```
 */
export class RegistrationClient implements GatekeeperClient {
  readonly on = new Emitter<ClientEvents>();
  private current: ClientState = 'idle';
  private readonly courier: Courier;
  private readonly calls: ClientCalls;
  private readonly rehoming: Rehoming;
  private gatekeepers: Gatekeepers;
  private held: Registration | null = null;
  private heldSince = 0;
  private doubtedAt = -Infinity;
  private discovered = false;
  private timer: Timer | null = null;
  private attempts = 0;
  /** Answers to what was asked in an earlier state are not waited for. */
  private round = 0;
  private stopped: Promise<void> | null = null;

  constructor(
    readonly settings: ClientSettings,
    private readonly tools: ClientTools,
  ) {
    this.gatekeepers = configured(settings);
    const names = () => ({
      endpointIdentifier: this.held?.endpointIdentifier ?? null,
      gatekeeperIdentifier: this.held?.gatekeeperIdentifier ?? this.gatekeepers.current.identifier,
    });
    this.courier = new Courier(tools, settings.password, names, (name, from) => this.doubt(name, from));
    this.calls = new ClientCalls(settings, tools, this.courier, {
      registration: () => this.held,
      settled: () => this.settled(),
      again: () => this.fallBack('not_known'),
      check: () => this.refresh(),
      moved: (named) => this.move(named),
      assigned: (home) => this.held && (this.held.home = home),
      others: () => this.gatekeepers.known.slice(1).filter(({ needToRegister }) => !needToRegister),
    });
    this.rehoming = new Rehoming(tools.clock, {
      probe: (to, done) =>
        this.courier.ask(discovery(settings), to, (answer) => void (answer?.gatekeeperConfirm && done())),
      free: () => this.current === 'registered' && this.calls.size === 0,
      leaveFor: (home) => this.goHome(home),
    });
  }

  get state(): ClientState {
    return this.current;
  }

  get gatekeeper(): Endpoint | null {
    return this.held?.gatekeeper ?? null;
  }

  get places(): readonly Endpoint[] {
    return this.held ? [this.held.gatekeeper, ...this.held.signalling] : [];
  }

  start(): void {
    if (this.current !== 'idle') return;
    this.gatekeepers = configured(this.settings);
    this.attempts = 0;
    this.begin();
  }

  async stop(): Promise<void> {
    if (this.current !== 'idle') this.stopped ??= this.unregister();
    await this.stopped;
    this.stopped = null;
  }

  resources(almostOut: boolean): void {
    const { held } = this;
    if (held) this.courier.ask(resources(this.settings, held, almostOut), held.gatekeeper, () => undefined);
  }

  admit(ask: AdmissionAsk): Promise<GatekeptCall> {
    return this.calls.admit(ask);
  }

  /** A datagram for us. */
  receive(octets: Uint8Array, from: Endpoint): void {
    const message = this.courier.receive(octets, from);
    if (message) answerRequest(message, from, this.answering);
  }

  describe(): Record<string, unknown> {
    return {
      state: this.current,
      gatekeeper: endpointText(this.gatekeepers.current.ras),
      gatekeeperIdentifier: this.held?.gatekeeperIdentifier ?? null,
      endpointIdentifier: this.held?.endpointIdentifier ?? null,
      alternates: this.gatekeepers.known.slice(1).map(({ ras }) => endpointText(ras)),
      timeToLive: this.held?.timeToLive ?? null,
      calls: this.calls.size,
      waiting: this.courier.waiting,
    };
  }

  private readonly answering = {
    settings: () => this.settings,
    held: () => this.held,
    calls: () => this.calls,
    courier: () => this.courier,
    unregistered: (request: UnregistrationRequest) => this.unregistered(request),
    incoming: (call: ClientEvents['incoming']) => this.on.emit('incoming', call),
  };

  private get group(): boolean {
    return this.gatekeepers.current.ras.address === discoveryGroup.address;
  }

  /** The only place where the state changes. */
  private enter(state: ClientState): void {
    this.timer?.cancel();
    this.timer = null;
    this.round++;
    if (this.current === state) return;
    this.current = state;
    this.on.emit('state', state);
  }

  private begin(): void {
    this.discovered = false;
    if (this.settings.discover || this.group) this.discover();
    else this.register();
  }

  /** Asks, and hears only an answer that comes in the same state. */
  private ask(message: RasMessage, done: (answer: RasMessage | null, from: Endpoint) => void): void {
    const { round } = this;
    this.courier.ask(
      message,
      this.gatekeepers.current.ras,
      (answer, from) => {
        if (round === this.round) done(answer, from);
      },
      this.group,
    );
  }

  private discover(): void {
    this.enter('discovering');
    this.ask(discovery(this.settings), (answer, from) => {
      if (answer?.gatekeeperConfirm) this.onDiscovered(answer.gatekeeperConfirm, from);
      else this.onNotDiscovered(answer?.gatekeeperReject ?? null);
    });
  }

  private onDiscovered(confirm: GatekeeperConfirm, from: Endpoint): void {
    this.discovered = true;
    this.gatekeepers.found(endpointOf(confirm.rasAddress) ?? from, confirm.gatekeeperIdentifier ?? null);
    this.gatekeepers.alternates(confirm.alternateGatekeeper);
    if (this.gatekeepers.assigned(confirm.assignedGatekeeper)) this.begin();
    else this.register();
  }

  private onNotDiscovered(reject: GatekeeperReject | null): void {
    if (reject) this.refused('gatekeeperRequest', chosen(reject.rejectReason));
    if (reject?.altGKInfo && this.gatekeepers.replace(reject.altGKInfo.alternateGatekeeper)) this.begin();
    else this.another();
  }

  private register(): void {
    this.enter('registering');
    const state = { discovered: this.discovered, gatekeeperIdentifier: this.gatekeepers.current.identifier };
    this.ask(registration(this.settings, state), (answer, from) => {
      if (answer?.registrationConfirm) this.onRegistered(answer.registrationConfirm, from);
      else if (answer?.registrationReject) this.onRefused(answer.registrationReject);
      else this.another();
    });
  }

  private onRegistered(confirm: RegistrationConfirm, from: Endpoint): void {
    const { endpointIdentifier, gatekeeperIdentifier = null } = confirm;
    this.take(confirm);
    this.heldSince = this.tools.clock.now();
    this.attempts = 0;
    this.enter('registered');
    this.keepAliveLater();
    this.tools.log.info({ gatekeeper: endpointText(from), gatekeeperIdentifier }, 'Registered with a gatekeeper');
    const gatekeeper = this.gatekeepers.current.ras;
    this.on.emit('registered', { endpointIdentifier, gatekeeper, gatekeeperIdentifier });
  }

  private take(confirm: RegistrationConfirm): void {
    const { ras } = this.gatekeepers.current;
    if (confirm.gatekeeperIdentifier !== undefined) this.gatekeepers.found(ras, confirm.gatekeeperIdentifier);
    this.gatekeepers.alternates(confirm.alternateGatekeeper);
    const signalling = endpointsOf(confirm.callSignalAddress);
    const before = this.held?.gatekeeper && sameHost(this.held.gatekeeper, ras) ? this.held : null;
    this.held = {
      gatekeeper: ras,
      endpointIdentifier: confirm.endpointIdentifier,
      gatekeeperIdentifier: confirm.gatekeeperIdentifier ?? this.gatekeepers.current.identifier,
      // signs of life may be answered without
      signalling: signalling.length > 0 ? signalling : (before?.signalling ?? []),
      timeToLive: confirm.timeToLive ?? null,
      willRespondToIRR: confirm.willRespondToIRR ?? false,
      preGranted: confirm.preGrantedARQ ?? null,
      home: homeIn(confirm, before?.home ?? null),
    };
  }

  /** Registers with the gatekeeper that we are assigned to. */
  private goHome(home: Candidate): void {
    if (this.held) this.courier.ask(unregistration(this.settings, this.held), this.held.gatekeeper, () => undefined);
    this.gatekeepers.goHome(home);
    this.lost('assigned');
    this.begin();
  }

  /** In time for two repetitions, but never more than twice as often as wanted. */
  private keepAliveLater(): void {
    this.rehoming.seek(this.gatekeepers.elsewhere(this.held?.home));
    const seconds = this.held?.timeToLive ?? null;
    if (seconds === null) return;
    const due = Math.max(seconds / 2, Math.min(seconds * 0.75, seconds - 15));
    this.timer?.cancel();
    // Timers hold no more than 2^31 ms.
    this.timer = this.tools.clock.after(Math.min(due, 1_000_000) * 1000, () => this.refresh());
  }

  /** Tells the gatekeeper that we are there, and learns whether it knows. */
  private refresh(): void {
    if (this.current !== 'registered' || !this.held) return;
    this.timer?.cancel();
    this.timer = null;
    const timeToLive = this.held.timeToLive ?? this.settings.timeToLive;
    this.ask(keepAlive(this.settings, { ...this.held, timeToLive }), (answer) => {
      if (answer?.registrationConfirm) {
        this.take(answer.registrationConfirm);
        this.keepAliveLater();
      } else if (answer?.registrationReject) {
        this.lost(chosen(answer.registrationReject.rejectReason));
        this.onRefused(answer.registrationReject);
      } else {
        this.lost('silence');
        this.another();
      }
    });
  }

  /** What a refusal asks for (H.225.0 §7.9.3). */
  private onRefused(reject: RegistrationReject): void {
    const { rejectReason, altGKInfo, assignedGatekeeper } = reject;
    const reason = chosen(rejectReason);
    const named = altGKInfo?.alternateGatekeeper ?? (assignedGatekeeper ? [assignedGatekeeper] : []);
    if (this.current === 'registering') this.refused('registrationRequest', reason);
    if (named.length > 0 && this.gatekeepers.replace(named)) return this.begin();
    // Each once only: a gatekeeper that goes on asking for it is asked again later.
    if (rejectReason.discoveryRequired && !this.discovered) return this.discover();
    if (rejectReason.fullRegistrationRequired && this.current === 'registered') return this.register();
    if (rejectReason.discoveryRequired && this.current === 'registered') return this.discover();
    this.another();
  }

  private unregistered({ reason, alternateGatekeeper = [] }: UnregistrationRequest): void {
    if (this.current !== 'registered') return;
    const settled = this.tools.clock.now() - this.heldSince >= settledMs;
    this.lost(reason ? chosen(reason) : 'unregistered');
    const moved = this.gatekeepers.replace(alternateGatekeeper);
    if (moved || (settled && !reason?.securityDenial)) this.begin();
    else this.wait();
  }

  /** What comes of the attempt that is under way. */
  private settled(): Promise<Registration | null> {
    if (this.current !== 'discovering' && this.current !== 'registering') return Promise.resolve(this.held);
    return new Promise((resolve) => {
      const watch = this.on.on('state', (state) => {
        if (state === 'discovering' || state === 'registering') return;
        watch.dispose();
        resolve(this.held);
      });
    });
  }

  /** Some gatekeepers end registrations without proving that it is them. They are not believed, but asked, now and then. */
  private doubt(name: RasName, from: Endpoint): void {
    const now = this.tools.clock.now();
    if (name !== 'unregistrationRequest' || !this.held || !sameHost(this.held.gatekeeper, from)) return;
    if (now - this.doubtedAt < settledMs) return;
    this.doubtedAt = now;
    this.refresh();
  }

  /** A request was refused because the gatekeeper does not know us any more. */
  private fallBack(reason: string): void {
    if (this.current !== 'registered') return;
    this.lost(reason);
    this.register();
  }

  /** Registers with others that a refusal named. */
  private move(named: readonly AlternateGK[]): boolean {
    if (this.current !== 'registered' || !this.gatekeepers.replace(named)) return false;
    this.lost('moved');
    this.begin();
    return true;
  }

  private lost(reason: string): void {
    if (!this.held) return;
    this.held = null;
    this.calls.unregistered();
    this.tools.log.warn({ reason }, 'Lost the registration with the gatekeeper');
    this.on.emit('lost', { reason });
  }

  private refused(request: string, reason: string): void {
    this.tools.log.warn({ request, reason }, 'The gatekeeper refused');
    this.on.emit('refused', { request, reason });
  }

  /** The next alternate at once, or all of them later. */
  private another(): void {
    if (this.gatekeepers.next()) this.begin();
    else this.wait();
  }

  private wait(): void {
    this.enter('waiting');
    this.gatekeepers = configured(this.settings);
    const pause = Math.min(longestRetryMs, shortestRetryMs * 2 ** Math.min(this.attempts++, 10));
    const ms = pause + this.tools.chance.int(0, Math.floor(pause / 5));
    this.timer = this.tools.clock.after(ms, () => this.begin());
  }

  private unregister(): Promise<void> {
    const { held } = this;
    const end = (): void => {
      this.held = null;
      this.courier.end();
      this.enter('idle');
    };
    this.enter('ending');
    this.calls.end();
    return new Promise((resolve) => {
      const ended = (): void => {
        end();
        resolve();
      };
      if (held) this.ask(unregistration(this.settings, held), ended);
      else ended();
    });
  }
}
