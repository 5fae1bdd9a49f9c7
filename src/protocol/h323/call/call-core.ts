import type { Clock } from '../../../base/clock.js';
import type { DualstreamError } from '../../../base/errors.js';
import { Emitter } from '../../../base/events.js';
import { NamedTimers } from '../../../base/named-timers.js';
import type { Endpoint } from '../../../base/net.js';
import { chosen } from '../../asn1/choice.js';
import { endpointOf, endpointText, transportOf } from '../addresses.js';
import type { EndpointType, Facility_UUIE, Setup_UUIE } from '../h225/schema.js';
import type { Q931Message } from '../q931.js';
import { causes } from '../q931-names.js';
import type { CallNames } from './names.js';
import { causeFor, reasonFor, reasonName } from './causes.js';
import type {
  AnswerDetails,
  CallEvents,
  CallRole,
  CallState,
  Called,
  ControlEnd,
  FastStartProposal,
  PeerFacts,
  Release,
  ReleaseReason,
  ReleaseRequest,
  SignalledCall,
} from './contract.js';
import type { ControlTimer } from './control-effects.js';
import { ControlPath } from './control-path.js';
import { learned, unknownPeer } from './peer-facts.js';
import { CallVoice } from './voice.js';
import { anyBody, bodyOf, type Signal } from './signal.js';
import type { CallTimes } from './timers.js';

/** What a call asks of its surroundings. */
export interface CallEffects {
  /** One message of call signalling. */
  send(octets: Buffer): void;
  /** Connects for H.245; ends in `control.connected` or `control.failed`. */
  dialControl(to: Endpoint): void;
  /** Listens for H.245; ends in `control.listening`. */
  listenControl(): void;
  stopControl(): void;
  /** The call is over and nothing of it runs any more; `state` is where it was. */
  ended(state: CallState, release: Release): void;
  count(event: string): void;
}

/** What every call of a process has. */
export interface CallSettings {
  clock: Clock;
  times: CallTimes;
  us: EndpointType;
  effects: CallEffects;
}

export type CallTimer = 'T301' | 'T303' | 'T310' | 'proceeding' | 'answer' | 'dialBack' | 'endSession' | ControlTimer;

/** What callers and callees have in common. No sockets; gets messages and timers, tells the layer above by events. */
export abstract class CallCore implements SignalledCall {
  abstract readonly role: CallRole;
  state: CallState = 'connecting';
  path: { local: Endpoint; remote: Endpoint } | null = null;
  peer: PeerFacts = unknownPeer;
  called: Called = { aliases: [], number: '', extension: null };
  bearerKbps: number | null = null;
  setup: Setup_UUIE | null = null;
  proposals: readonly FastStartProposal[] = [];
  controlOffered = false;
  readonly callIdentifier: string;
  readonly conferenceID: string;
  readonly callReference: number;
  readonly control: ControlPath;
  /** The peer is behind NAT. */
  readonly natPeer: boolean;
  readonly on = new Emitter<CallEvents>();
  protected readonly timers: NamedTimers<CallTimer>;
  protected readonly voice: CallVoice;
  /** Something was opened by fast start. */
  protected fastStarted = false;
  private ending: 'endSession' | 'lost' | null = null;

  constructor(
    role: CallRole,
    readonly names: CallNames,
    protected readonly settings: CallSettings,
    control: { tunnelling: boolean; natPeer: boolean },
  ) {
    this.natPeer = control.natPeer;
    this.callReference = names.callReference;
    this.callIdentifier = names.callIdentifier.toString('hex');
    this.conferenceID = names.conferenceID.toString('hex');
    this.timers = new NamedTimers(settings.clock, (name) => this.elapsed(name));
    const { effects } = settings;
    this.voice = new CallVoice(this, effects);
    this.control = new ControlPath(role, control.tunnelling, control.natPeer, {
      tunnel: (pdus) => this.voice.tunnel(pdus),
      startH245: (at) => this.voice.facility({ reason: { startH245: true }, h245Address: transportOf(at) }),
      dial: (to) => effects.dialControl(to),
      listen: () => effects.listenControl(),
      stop: () => effects.stopControl(),
      wait: (timer) => this.timers.start(timer, settings.times[timer]),
      done: (timer) => this.timers.stop(timer),
      ending: (how) => this.endSoon(how),
      closed: (end, why) => this.withoutControl(end, why),
      count: (event) => effects.count(event),
    });
  }

  abstract proceeding(details?: AnswerDetails): void;
  abstract alerting(details?: AnswerDetails): void;
  abstract progress(details?: AnswerDetails): void;
  abstract connect(details?: AnswerDetails): void;
  abstract startControl(): void;
  /** A message other than those that mean the same to both sides; false when it is not for this role or state. */
  protected abstract heard(signal: Signal): boolean;
  protected abstract elapsedOwn(timer: CallTimer): void;

  // ---- the layer above -----------------------------------------------------------------------------------------

  release(how: ReleaseRequest = {}): void {
    const cause = how.cause ?? (how.reason ? causeFor(how.reason) : causes.normalCallClearing);
    const reason = how.reason ?? (cause === causes.normalCallClearing ? null : reasonFor(cause));
    this.end({ by: 'us', cause, reason, why: how.why ?? 'ended by us' }, true);
  }

  keypad(digits: string): void {
    if (!this.established) return;
    for (const keypad of digits) this.voice.say('information', this.voice.named(), { keypad });
  }

  notify(display: string): void {
    if (!this.established) return;
    this.voice.say('notify', this.voice.named(), { display });
  }

  facility({ facility, h4501 }: { facility?: Partial<Facility_UUIE>; h4501?: readonly Buffer[] }): void {
    if (!this.established) return;
    const more = h4501 && h4501.length > 0 ? { h4501SupplementaryService: [...h4501] } : {};
    if (facility) this.voice.facility(facility, more);
    else this.voice.emptyFacility(more);
  }

  describe(): string {
    const peer = this.path ? endpointText(this.path.remote) : 'nobody';
    return `${this.role} ${this.callIdentifier} crv ${this.callReference} ${peer} ${this.state} timers=${this.timers.describe()} ${this.control.describe()}`;
  }

  /** Between Setup and the end. */
  private get established(): boolean {
    return this.state !== 'connecting' && this.state !== 'released';
  }

  // ---- the connection below ------------------------------------------------------------------------------------

  /** A message with our call reference. */
  receive(signal: Signal): void {
    if (this.state === 'released') return;
    const { type } = signal.q931;
    if (type === 'releaseComplete' || type === 'release' || type === 'disconnect') return this.releasedByPeer(signal);
    this.learn(signal);
    if (!this.answered(signal)) this.unexpected(signal);
    if (this.ended) return;
    this.control.tunnelled(signal.pdu?.h245Control ?? []);
    this.afterControl(signal);
  }

  /** A message that could not be read, Q.931 §5.8. What cannot be done without its contents ends the call. */
  garbled(type: Q931Message['type'], cause: number, fault: DualstreamError): void {
    if (this.state === 'released') return;
    const why = `${type}: ${fault.message}`;
    if (type === 'releaseComplete')
      return this.end({ by: 'peer', cause: causes.normalUnspecified, reason: null, why }, false);
    if (type === 'connect' || type === 'setup')
      return this.end({ by: 'us', cause, reason: 'undefinedReason', why }, true);
    if (type !== 'status') this.voice.status(cause);
  }

  /** The signalling connection is gone. */
  connectionLost(why: string): void {
    this.end({ by: 'connection', cause: causes.temporaryFailure, reason: null, why }, false);
  }

  // ---- for the roles -------------------------------------------------------------------------------------------

  /** Called when the H.245 of a message was handled. */
  protected afterControl(_signal: Signal): void {}

  /** Whether the call ended while its listeners were told something. */
  protected get ended(): boolean {
    return this.state === 'released';
  }

  protected end(release: Release, tell: boolean): void {
    if (this.state === 'released') return;
    const silent = this.state === 'connecting' || !tell;
    const { state } = this;
    const last = silent ? [] : this.control.finish();
    this.state = 'released';
    this.timers.clear();
    if (!silent) this.voice.releaseComplete(release, last);
    this.control.released();
    this.on.emit('released', release);
    this.settings.effects.ended(state, release);
  }

  // ---- within --------------------------------------------------------------------------------------------------

  /** What any message may tell. */
  protected learn(signal: Signal): void {
    const known = this.peer;
    this.peer = learned(known, signal);
    const { pdu, q931 } = signal;
    if (pdu) {
      const body = anyBody(pdu);
      const facility = bodyOf(pdu, 'facility');
      this.control.told({
        tunnelling: pdu.provisionalRespToH245Tunnelling ? undefined : pdu.h245Tunnelling,
        conclusive: q931.type === 'connect' || q931.type === 'setup',
        address: endpointOf(body.h245Address),
        startH245: facility?.reason.startH245 === true,
      });
    }
    if (this.peer !== known && known !== unknownPeer) this.on.emit('facts', this.peer);
  }

  private answered(signal: Signal): boolean {
    const { q931, pdu } = signal;
    switch (q931.type) {
      case 'facility':
        this.facilityHeard(bodyOf(pdu, 'facility'), pdu?.h4501SupplementaryService ?? []);
        return this.heard(signal) || true;
      case 'information':
        if (q931.keypad) this.on.emit('keypad', q931.keypad);
        return this.heard(signal) || true;
      case 'notify':
        this.notified(q931.notificationIndicator);
        return true;
      case 'statusInquiry':
        this.voice.state();
        return true;
      case 'status':
        this.statusHeard(q931);
        return true;
      default:
        return this.heard(signal);
    }
  }

  private unexpected({ q931: { type } }: Signal): void {
    this.settings.effects.count('unexpected_message');
    const known = typeof type === 'string' && knownTypes.has(type);
    this.voice.status(known ? causes.messageNotCompatibleWithState : causes.messageTypeNotImplemented);
  }

  /** Q.931 notification indicators of H.450 gateways and some devices: 0 and 1 suspend and resume. */
  private notified(indicator: number | undefined): void {
    if (indicator === remoteHold || indicator === 0) this.on.emit('held', true);
    if (indicator === remoteRetrieval || indicator === 1) this.on.emit('held', false);
  }

  private statusHeard({ callState, cause }: Q931Message): void {
    if (cause) this.settings.effects.count(`status_heard_${cause.value}`);
    if (callState !== 0) return;
    const why = 'the peer says that there is no such call';
    this.end({ by: 'peer', cause: causes.messageNotCompatibleWithState, reason: null, why }, false);
  }

  private facilityHeard(facility: Facility_UUIE | null, h4501: readonly Buffer[]): void {
    const reason = facility && chosen(facility.reason);
    if (reason === 'noH245') this.control.refused();
    if (facility && reason && reroutes.has(reason)) this.rerouted(facility, reason);
    else if ((facility && reason && !handled.has(reason)) || h4501.length > 0) {
      this.on.emit('facility', { facility, h4501 });
    }
  }

  /** A caller is told before the answer to call somebody else. In a call we stay: it is refused (Q.850 cause 29). */
  private rerouted(facility: Facility_UUIE, reason: string): void {
    this.settings.effects.count('rerouted');
    if (this.role === 'callee' || this.state === 'active') return this.voice.status(causes.facilityRejected);
    const forwardedTo = {
      address: endpointOf(facility.alternativeAddress),
      aliases: facility.alternativeAliasAddress ?? [],
    };
    const told: ReleaseReason = 'facilityCallDeflection';
    const cause = causeFor(told);
    this.end({ by: 'peer', cause, reason: told, why: `forwarded (${reason})`, forwardedTo }, true);
  }

  private releasedByPeer(signal: Signal): void {
    this.peer = learned(this.peer, signal);
    this.control.tunnelled(signal.pdu?.h245Control ?? []);
    const reason = reasonName(bodyOf(signal.pdu, 'releaseComplete')?.reason);
    const cause = signal.q931.cause?.value ?? (reason ? causeFor(reason) : causes.normalUnspecified);
    // the answer carries our endSession; without H.245 nobody waits for one
    this.end({ by: 'peer', cause, reason, why: 'ended by the peer' }, this.control.way === 'tunnelled');
  }

  private endSoon(how: 'endSession' | 'lost'): void {
    if (this.state === 'released' || this.ending) return;
    this.ending = how;
    this.timers.start('endSession', this.settings.times.endSession);
  }

  private withoutControl(end: ControlEnd, why: string): void {
    if (end !== 'unavailable' || this.state !== 'active' || this.fastStarted) return;
    this.end({ by: 'timer', cause: causes.recoveryOnTimerExpiry, reason: 'undefinedReason', why }, true);
  }

  private elapsed(timer: CallTimer): void {
    if (timer === 'control' || timer === 'controlAgain') return this.control.elapsed(timer);
    if (timer !== 'endSession') return this.elapsedOwn(timer);
    const told = this.ending === 'endSession';
    this.end(
      {
        by: told ? 'peer' : 'connection',
        cause: told ? causes.normalCallClearing : causes.temporaryFailure,
        reason: told ? null : 'undefinedReason',
        why: told ? 'endSession without ReleaseComplete' : 'the H.245 connection was lost',
      },
      true,
    );
  }

  /** Ends the call for a timer of Q.931 that ran out. */
  protected tooLate(timer: CallTimer, cause: number): void {
    this.settings.effects.count(`timer_${timer}`);
    this.end({ by: 'timer', cause, reason: reasonFor(cause), why: `${timer} ran out` }, true);
  }
}

const remoteHold = 0x79;
const remoteRetrieval = 0x7a;
const knownTypes: ReadonlySet<string> = new Set([
  'setup',
  'callProceeding',
  'alerting',
  'progress',
  'connect',
  'setupAcknowledge',
]);
const reroutes: ReadonlySet<string> = new Set(['callForwarded', 'routeCallToMC', 'routeCallToGatekeeper']);
/** Facility reasons whose meaning is all in components that are read anyway. */
const handled: ReadonlySet<string> = new Set([
  'startH245',
  'noH245',
  'transportedInformation',
  'forwardedElements',
  'newTokens',
  'featureSetUpdate',
]);
