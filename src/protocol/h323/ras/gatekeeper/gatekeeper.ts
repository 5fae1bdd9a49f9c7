import type { Clock } from '../../../../base/clock.js';
import { messageOf } from '../../../../base/errors.js';
import { Emitter } from '../../../../base/events.js';
import type { Chance } from '../../../../base/ids.js';
import type { Log } from '../../../../base/log.js';
import type { Metrics } from '../../../../base/metrics.js';
import type { Endpoint } from '../../../../base/net.js';
import { endpointText, sameHost, transportOf } from '../../addresses.js';
import type { RasMessage } from '../../h225/schema.js';
import type {
  AdmittedCall,
  Elsewhere,
  Gatekeeper,
  GatekeeperEvents,
  GatekeeperHost,
  Location,
  Registered,
  Sought,
} from '../contract.js';
import { RasRefused, RasSilent } from '../errors.js';
import { Exchanges, type Answered } from '../exchanges.js';
import { replyTo } from '../reply.js';
import { incomingCallData } from '../features.js';
import {
  answersTo,
  bodyOf,
  nameOf,
  protocolIdentifier,
  readRas,
  rejectReason,
  writeRas,
  type RequestName,
} from '../messages.js';
import { Stamps } from '../stamps.js';
import { Tally } from '../tally.js';
import { Calls } from './calls.js';
import type { Asked, Shared } from './context.js';
import { Directory } from './directory.js';
import { discover } from './discovering.js';
import { Guard, type Checked } from './guard.js';
import type { Proof } from './proof.js';
import { refusal, type Refusal } from './refusals.js';
import { Registering } from './registering.js';
import type { Registration, Way } from './registration.js';
import { MemoryRegistrations, type RegistrationStore } from './registrations.js';
import { Repeats, type Seen } from './repeats.js';
import { Seeking, type Asking } from './seeking.js';
import { Watch } from './watch.js';
import type { GatekeeperSettings } from './settings.js';

export interface GatekeeperTools {
  clock: Clock;
  chance: Chance;
  log: Log;
  metrics: Metrics;
  /** In memory of this process without it. */
  store?: RegistrationStore;
}

/** For how long a sender is told to wait when others must be asked. */
const progressMs = 5000;
/** Requests that are looked at at the same time. */
const mostAtOnce = 500;

/** Where a datagram was sent to: one of our places, or a group in which somebody looks for a gatekeeper. */
type Addressed = 'us' | 'group';

type Source = Pick<Asked, 'from' | 'way'> & { to: Addressed };

/** What is asked of everybody at once. Nobody says no to that: another one may say yes (H.225.0 §7.8, §7.13). */
const askedOfAll = new Set(['gatekeeperRequest', 'locationRequest']);

/** What comes of a request. */
interface Judged {
  answer: RasMessage | null;
  /** Password by which the answer is proved in turn. */
  proof: Proof | null;
  registration: Registration | null;
}

/**
 * Our own gatekeeper (H.225.0 §7, gatekeeper side): each datagram is read, known again if it is a repetition, its
 * password is looked at, it is answered. Nothing of it throws, whatever comes.
 */
export class OwnGatekeeper implements Gatekeeper {
  readonly on = new Emitter<GatekeeperEvents>();
  private readonly tally: Tally;
  private readonly store: RegistrationStore;
  private readonly exchanges: Exchanges;
  private readonly stamps: Stamps;
  private readonly repeats: Repeats;
  private readonly guard: Guard;
  private readonly registering: Registering;
  private readonly directory: Directory;
  private readonly calls: Calls;
  private readonly seeking: Seeking;
  private readonly watches = new Set<Watch>();
  private ended = false;

  constructor(
    private readonly settings: GatekeeperSettings,
    private readonly host: GatekeeperHost,
    private readonly tools: GatekeeperTools,
  ) {
    const { clock, chance, log, metrics } = tools;
    this.store = tools.store ?? new MemoryRegistrations();
    this.tally = new Tally(metrics);
    this.exchanges = new Exchanges(clock, chance);
    this.stamps = new Stamps(clock, chance);
    this.repeats = new Repeats(clock);
    this.guard = new Guard(settings, host, clock);
    const shared: Shared = {
      settings,
      host,
      clock,
      chance,
      log,
      store: this.store,
      ended: () => this.ended,
      on: this.on,
      ask: (registration, message, done) => this.ask(registration, message, done),
      remove: (registration, reason) => this.remove(registration, reason),
    };
    this.registering = new Registering(shared);
    this.directory = new Directory(shared);
    this.calls = new Calls(shared, this.directory);
    const sender = (way: Way) => (message: RasMessage, from: Endpoint) => this.send(message, { from, way });
    this.seeking = new Seeking(this.exchanges, host, sender, (what) => this.on.emit('neighbour', what));
    this.on.on('registered', (device) => this.tell(device, 'A device registered'));
    this.on.on('unregistered', ({ device, reason }) =>
      this.tell(device, 'A device is not registered any more', reason),
    );
  }

  locate(alias: string): Location | null {
    return this.directory.locate(alias);
  }

  /** Asks gatekeepers beside us, all at once. Rejects with RasRefused, RasSilent. */
  seek(sought: Sought, asked: readonly Asking[]): Promise<Elsewhere> {
    return this.seeking.seek(sought, this.ended ? [] : asked);
  }

  registrations(): readonly Registered[] {
    return this.store.all();
  }

  callOf(callIdentifier: string): AdmittedCall | null {
    return this.calls.of(callIdentifier);
  }

  ring(device: Registered, call: { address: Endpoint; callIdentifier: string }): Promise<void> {
    const name = 'serviceControlIndication';
    const registration = this.store.byIdentifier(device.endpointIdentifier);
    if (!registration) return Promise.reject(new RasRefused(name, 'notRegistered'));
    const message: RasMessage = {
      serviceControlIndication: {
        requestSeqNum: 1,
        // H.460.18 needs none, but some clients look for one.
        serviceControl: [{ sessionId: 0, reason: { open: true } }],
        genericData: [incomingCallData(call.address, call.callIdentifier)],
      },
    };
    return new Promise((resolve, reject) => {
      this.ask(registration, message, (answer) => {
        const result = answer?.serviceControlResponse?.result;
        if (answer?.serviceControlResponse && !result?.failed && !result?.notAvailable) resolve();
        else reject(answer ? new RasRefused(name, 'notAvailable') : new RasSilent(name));
      });
    });
  }

  unregister(endpointIdentifier: string): void {
    const registration = this.store.byIdentifier(endpointIdentifier);
    if (!registration) return;
    this.registering.tell(registration, { maintenance: true });
    this.remove(registration, 'ours');
  }

  drop(callIdentifier: string): void {
    this.calls.drop(callIdentifier);
  }

  describe(): Record<string, unknown> {
    return {
      identifier: this.settings.identifier,
      registrations: this.store.all().map(({ aliases, kind, product, account, traversal, ras, secondsLeft }) => ({
        ...{ aliases, kind, product, account, traversal, secondsLeft },
        ras: endpointText(ras),
      })),
      calls: this.calls.size,
      waiting: this.exchanges.size,
      atOnce: this.watches.size,
    };
  }

  /** Tells devices that we go, without waiting for answers. Idempotent. */
  end(): void {
    if (this.ended) return;
    for (const registration of this.store.all()) this.unregister(registration.endpointIdentifier);
    this.ended = true;
    this.exchanges.end();
    this.seeking.end();
    this.calls.end();
    for (const watch of this.watches) watch.end();
    this.watches.clear();
  }

  /** A datagram. */
  receive(octets: Uint8Array, from: Endpoint, way: Way, to: Addressed = 'us'): void {
    if (this.ended) return;
    const read = readRas(octets);
    if (!read.ok || !bodyOf(read.message)) return this.tally.dropped('malformed');
    const { message } = read;
    const name = nameOf(message);
    this.tally.message('in', name);
    if (this.exchanges.take(message, from)) return;
    if (!(name in answersTo) || (to === 'group' && !askedOfAll.has(name))) return this.tally.dropped('stray');
    const { first, entry } = this.repeats.seen(message, from);
    if (!first) return this.repeated(entry, way);
    if (this.watches.size >= mostAtOnce) return this.tally.dropped('busy');
    void this.handle(message, octets, { from, way, to }, entry);
  }

  private repeated(entry: Seen, way: Way): void {
    this.tally.dropped('repeated');
    if (entry.answer) way.send(entry.answer.octets, entry.answer.to);
    else entry.progress?.();
  }

  private async handle(message: RasMessage, octets: Uint8Array, source: Source, entry: Seen): Promise<void> {
    const name = nameOf(message) as RequestName;
    const requestSeqNum = bodyOf(message)?.requestSeqNum ?? 1;
    const progress = (delay: number): void => this.send({ requestInProgress: { requestSeqNum, delay } }, source);
    const watch = new Watch(this.tools.clock, () => progress(progressMs));
    this.watches.add(watch);
    entry.progress = () => progress(progressMs);
    try {
      const late = watch.late.then(() => ({
        answer: refusal(name, requestSeqNum, 'busy'),
        proof: null,
        registration: null,
      }));
      const result = await Promise.race([this.judged(message, octets, source, progress), late]);
      if (!this.ended) this.reply(message, source, result, entry);
    } catch (error) {
      // Only what the host is asked can fail.
      this.tools.log.error({ error: messageOf(error), message: name }, 'A request of a device could not be answered');
    } finally {
      this.watches.delete(watch);
      watch.end();
      entry.progress = null;
    }
  }

  private reply(
    message: RasMessage,
    { from, way, to: addressed }: Source,
    { answer, proof, registration }: Judged,
    entry: Seen,
  ): void {
    if (!answer) return;
    const reason = rejectReason(answer);
    if (reason !== null) this.tally.refused(nameOf(message), reason);
    if (reason !== null && addressed === 'group') return;
    const general = answer.registrationConfirm?.endpointIdentifier ?? proof?.sender ?? registration?.endpointIdentifier;
    const { gatekeeperRequest, registrationRequest, locationRequest } = message;
    const named = gatekeeperRequest?.rasAddress ?? locationRequest?.replyAddress ?? registrationRequest?.rasAddress[0];
    const known = registration && !registration.traversal ? transportOf(registration.ras) : undefined;
    const octets = this.write(answer, proof, general ?? null);
    entry.answer = { octets, to: replyTo(named ?? known, from) };
    this.tally.message('out', nameOf(answer));
    way.send(octets, entry.answer.to);
  }

  /** Sends what needs no password. */
  private send(message: RasMessage, { from, way }: Pick<Source, 'from' | 'way'>): void {
    this.tally.message('out', nameOf(message));
    way.send(this.write(message, null, null), from);
  }

  private async judged(
    message: RasMessage,
    octets: Uint8Array,
    { from, way }: Source,
    progress: (ms: number) => void,
  ): Promise<Judged> {
    const body = bodyOf(message);
    const named = this.store.byIdentifier(body?.endpointIdentifier ?? '') ?? null;
    const checked = await this.guard.check(message, octets, from.address, named);
    const proof = checked.kind === 'proved' ? checked.proof : null;
    // Who has no password is known by the address.
    const registration = named && (named.account === null ? sameHost(named.ras, from) : proof) ? named : null;
    if (checked.kind === 'refused') {
      const answer = this.refusedUnproved(message, checked, from);
      return { answer, proof: null, registration: null };
    }
    const answer = await this.answer(message, { from, way, registration, proof, progress });
    return { answer, proof: proof ?? registration?.proof ?? null, registration };
  }

  private refusedUnproved(
    message: RasMessage,
    { why, user }: Extract<Checked, { kind: 'refused' }>,
    from: Endpoint,
  ): RasMessage | null {
    this.tally.dropped('unproved');
    this.tools.log.info({ from: endpointText(from), user, why }, 'A device did not prove its password');
    this.on.emit('unproved', { from, user, why });
    const refusalOf: Refusal = why === 'time' ? 'clock' : 'unproved';
    return refusal(nameOf(message) as RequestName, bodyOf(message)?.requestSeqNum ?? 1, refusalOf);
  }

  private async answer(message: RasMessage, asked: Asked): Promise<RasMessage | null> {
    const { registration } = asked;
    if (message.gatekeeperRequest) return discover(message.gatekeeperRequest, asked, this.settings, this.host);
    if (message.registrationRequest) return this.registering.register(message.registrationRequest, asked);
    if (message.unregistrationRequest) return this.registering.unregister(message.unregistrationRequest, asked);
    if (message.locationRequest) return this.directory.answer(message.locationRequest, asked);
    const name = nameOf(message) as RequestName;
    const requestSeqNum = bodyOf(message)?.requestSeqNum ?? 1;
    if (!registration) return refusal(name, requestSeqNum, 'stranger');
    if (message.admissionRequest) return this.calls.admit(message.admissionRequest, asked);
    if (message.bandwidthRequest) return this.calls.bandwidth(message.bandwidthRequest, asked);
    if (message.disengageRequest) return this.calls.disengage(message.disengageRequest, asked);
    if (message.infoRequestResponse) return this.calls.inform(message.infoRequestResponse);
    if (message.serviceControlIndication) return { serviceControlResponse: { requestSeqNum } };
    const resources = message.resourcesAvailableIndicate;
    if (!resources) return { unknownMessageResponse: { requestSeqNum, messageNotUnderstood: writeRas(message) } };
    registration.exhausted = resources.almostOutOfResources;
    return { resourcesAvailableConfirm: { requestSeqNum, protocolIdentifier } };
  }

  private ask(registration: Registration, message: RasMessage, done: Answered): void {
    const { proof, endpointIdentifier } = registration;
    const send = (one: RasMessage, to: Endpoint): void => {
      this.tally.message('out', nameOf(one));
      registration.way.send(this.write(one, proof, endpointIdentifier), to);
    };
    this.exchanges.ask(message, registration.ras, send, done);
  }

  /** What we say to somebody with a password is proved by it; the older form knows that in one direction only. */
  private write(message: RasMessage, proof: Proof | null, generalID: string | null): Buffer {
    const secret = proof?.form === 'hmac-sha1-96' ? proof.secret : null;
    return this.stamps.write(message, { sendersID: this.settings.identifier, generalID }, secret);
  }

  private remove(registration: Registration, reason: GatekeeperEvents['unregistered']['reason']): void {
    if (this.store.byIdentifier(registration.endpointIdentifier) !== registration) return;
    registration.end();
    this.store.remove(registration);
    this.repeats.forget(registration.ras);
    this.calls.gone(registration);
    this.on.emit('unregistered', { device: registration, reason });
  }

  private tell(device: Registered, what: string, reason?: string): void {
    this.tally.registrations(this.store.size);
    const { aliases, product, account, ras } = device;
    this.tools.log.info({ aliases, product, account, ras: endpointText(ras), ...(reason && { reason }) }, what);
  }
}
