import type { Endpoint } from '../../../base/net.js';
import type { Setup_UUIE } from '../h225/schema.js';
import { causes } from '../q931-names.js';
import type { CallNames } from './names.js';
import { CallCore, type CallSettings, type CallTimer } from './call-core.js';
import { bearerOf, digitsOf, numberOf, setupOf } from './compose.js';
import type { DialOptions } from './contract.js';
import { matchAnswers, proposalOf, readProposals } from './fast-start.js';
import { anyBody, type Signal } from './signal.js';

/** A call of ours: Setup goes out, answers come. */
export class CallerCall extends CallCore {
  readonly role = 'caller';
  /** Whether the callee has decided about fast start. */
  private fastStartDecided = false;
  private early: DialOptions['early'];

  constructor(
    names: CallNames,
    settings: CallSettings,
    private readonly how: DialOptions,
  ) {
    super('caller', names, settings, { tunnelling: how.tunnelling ?? true, natPeer: how.natPeer ?? false });
    this.early = how.early;
    this.proposals = (how.fastStart ?? []).map(proposalOf).filter((one) => one !== null);
    this.called = { aliases: how.destination, number: how.calledNumber ?? '', extension: how.extension ?? null };
  }

  /** A connection to the peer is there: Setup goes. `signalling`: where we take calls ourselves. */
  connected(path: { local: Endpoint; remote: Endpoint }, signalling: Endpoint | null): void {
    if (this.state !== 'connecting') return;
    this.path = path;
    this.timers.clear();
    this.state = 'initiated';
    this.voice.together(
      () => this.early && this.control.beginEarly(),
      () => this.sendSetup(path.remote, signalling),
    );
  }

  /** No connection came about. */
  unreachable(why: string): void {
    this.end({ by: 'connection', cause: causes.destinationOutOfOrder, reason: 'unreachableDestination', why }, false);
  }

  /** Waits for a device that is to connect to us. */
  awaitConnection(): void {
    this.timers.start('dialBack', this.settings.times.dialBack);
  }

  // what only a callee says
  proceeding(): void {}
  alerting(): void {}
  progress(): void {}
  connect(): void {}

  startControl(): void {
    if (this.state === 'connecting') this.early ??= 'h245Control';
    else if (!this.ended) this.control.begin();
  }

  private sendSetup(to: Endpoint, signalling: Endpoint | null): void {
    const { how, names } = this;
    const parallel = this.early === 'parallel' && this.proposals.length > 0 ? this.voice.takeOutbox() : [];
    let setup: Setup_UUIE;
    try {
      setup = setupOf(how, { names, us: this.settings.us, to, signalling });
    } catch (error) {
      return this.unwritten(String(error));
    }
    if (parallel.length > 0) setup.parallelH245Control = parallel;
    this.setup = setup;
    const bearerCapability = bearerOf(how.bearerKbps);
    this.bearerKbps = (bearerCapability.rateMultiplier ?? 0) * 64;
    const number = how.calledNumber ?? digitsOf(how.destination);
    const written = this.voice.say('setup', setup, {
      bearerCapability,
      ...(how.display ? { display: how.display } : {}),
      ...(how.callingNumber ? { callingPartyNumber: numberOf(how.callingNumber) } : {}),
      ...(number ? { calledPartyNumber: numberOf(number) } : {}),
    });
    if (written) this.timers.start('T303', this.settings.times.T303);
    else this.unwritten(this.voice.trouble);
  }

  /** A name or number that no Setup has room for. */
  private unwritten(why: string): void {
    this.end({ by: 'us', cause: causes.invalidNumberFormat, reason: 'badFormatAddress', why }, false);
  }

  protected heard(signal: Signal): boolean {
    const { type, progressIndicator } = signal.q931;
    switch (type) {
      case 'callProceeding':
        this.fastStartHeard(signal);
        if (this.state === 'initiated') this.advance('proceeding', 'T310');
        return true;
      case 'alerting':
        this.fastStartHeard(signal);
        if (this.state === 'initiated' || this.state === 'proceeding') this.advance('alerting', 'T301');
        if (progressIndicator?.description === inBand && !this.ended) this.on.emit('progress', { inBand: true });
        return true;
      case 'progress':
        this.fastStartHeard(signal);
        if (this.state === 'initiated') this.advance('proceeding', 'T310');
        if (!this.ended) this.on.emit('progress', { inBand: progressIndicator?.description === inBand });
        return true;
      case 'connect':
        this.connectHeard(signal);
        return true;
      case 'facility':
      case 'information':
        this.fastStartHeard(signal);
        return true;
      case 'setupAcknowledge':
        // it wants more digits: we have sent all (canOverlapSend false)
        this.release({ cause: causes.invalidNumberFormat, why: 'the peer wants more digits' });
        return true;
      default:
        return false;
    }
  }

  private advance(state: 'proceeding' | 'alerting', timer: 'T310' | 'T301'): void {
    for (const name of ['T303', 'T310'] as const) this.timers.stop(name);
    this.timers.start(timer, this.settings.times[timer]);
    this.state = state;
    this.on.emit(state, undefined);
  }

  private connectHeard(signal: Signal): void {
    if (this.state === 'active') return;
    for (const name of ['T303', 'T310', 'T301'] as const) this.timers.stop(name);
    this.fastStartHeard(signal);
    if (this.ended) return;
    this.state = 'active';
    if (this.proposals.length > 0 && !this.fastStartDecided) this.decideFastStart(undefined);
    this.on.emit('connected', undefined);
    if (!this.ended) this.control.answered();
  }

  protected override afterControl({ q931 }: Signal): void {
    if (q931.type === 'connect') this.control.repeatEarly();
  }

  private fastStartHeard({ pdu }: Signal): void {
    if (this.fastStartDecided || this.proposals.length === 0) return;
    const { fastStart, fastConnectRefused } = anyBody(pdu);
    if (fastStart || fastConnectRefused) this.decideFastStart(fastConnectRefused ? undefined : fastStart);
  }

  private decideFastStart(answer: readonly Buffer[] | undefined): void {
    this.fastStartDecided = true;
    const { proposals, faults } = readProposals(answer);
    if (faults > 0) this.settings.effects.count('fault_fast_start');
    const accepted = matchAnswers(this.how.fastStart ?? [], proposals);
    this.fastStarted = accepted.length > 0;
    this.on.emit('fastStart', accepted);
  }

  protected elapsedOwn(timer: CallTimer): void {
    if (timer === 'T301') this.tooLate(timer, causes.noAnswer);
    else if (timer === 'dialBack') this.unreachable('the device did not connect to us in time');
    else this.tooLate(timer, causes.noUserResponding);
  }
}

/** Progress description: tones or announcements in band. */
const inBand = 8;
