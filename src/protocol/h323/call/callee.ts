import type { Endpoint } from '../../../base/net.js';
import { locations } from '../q931-elements.js';
import type { Q931Message } from '../q931.js';
import { causes } from '../q931-names.js';
import type { CallNames } from './names.js';
import type { Setup_UUIE } from '../h225/schema.js';
import { CallCore, type CallSettings, type CallTimer } from './call-core.js';
import { answerOf } from './compose.js';
import type { AnswerDetails } from './contract.js';
import { readProposals, writeProposals } from './fast-start.js';
import { bearerKbps, calledBy } from './peer-facts.js';
import type { BodyName, Signal } from './signal.js';

/** A call to us. */
export class CalleeCall extends CallCore {
  readonly role = 'callee';
  /** What was decided about fast start; null while it was not. */
  private fastStart: readonly Buffer[] | null = null;
  /** H.245 that the caller sent in its Setup, until it is read. */
  private early: readonly Buffer[];
  /** The caller has begun H.245 in its Setup. */
  private readonly isEarly: boolean;
  private connects = false;

  constructor(
    names: CallNames,
    settings: CallSettings,
    path: { local: Endpoint; remote: Endpoint },
    {
      signal,
      setup,
      tunnelling,
      natPeer,
    }: { signal: Signal; setup: Setup_UUIE; tunnelling: boolean; natPeer: boolean },
  ) {
    super('callee', names, settings, { tunnelling, natPeer });
    this.path = path;
    this.setup = setup;
    this.early = [...(setup.parallelH245Control ?? []), ...(signal.pdu?.h245Control ?? [])];
    this.isEarly = this.early.length > 0;
    this.called = calledBy(setup, signal.q931);
    this.bearerKbps = bearerKbps(signal.q931);
    const { proposals, faults } = readProposals(setup.fastStart);
    this.proposals = proposals;
    if (faults > 0) settings.effects.count('fault_fast_start');
    this.controlOffered = this.early.length > 0 || setup.h245Address !== undefined;
    this.state = 'present';
  }

  /** Before the layer above is told of the call. */
  arrived(signal: Signal): void {
    const { times } = this.settings;
    this.timers.start('proceeding', times.proceeding);
    this.timers.start('answer', times.answer);
    this.learn(signal);
    this.control.prepare();
  }

  /** After the layer above has been told of the call: H.245 that came in the Setup. */
  begin(): void {
    const { early } = this;
    this.early = [];
    if (!this.ended) this.control.tunnelled(early);
  }

  proceeding(details: AnswerDetails = {}): void {
    if (this.state !== 'present') return;
    this.state = 'proceeding';
    this.answer('callProceeding', details);
  }

  alerting(details: AnswerDetails = {}): void {
    if (this.state !== 'present' && this.state !== 'proceeding') return;
    this.state = 'alerting';
    this.withEarlyControl(() => this.answer('alerting', details));
  }

  progress(details: AnswerDetails = {}, sounds = true): void {
    if (!this.unanswered) return;
    const progressIndicator = { description: sounds ? inBand : notIsdn, location: locations.user };
    this.withEarlyControl(() => this.answer('progress', details, { progressIndicator }));
  }

  connect(details: AnswerDetails = {}): void {
    if (!this.unanswered || this.connects) return;
    this.connects = true;
    // an address for H.245 may still be on its way
    this.control.whenPrepared(() => {
      if (!this.unanswered) return;
      const answered = (): void => this.control.answered();
      const connect = (): void => this.sendConnect(details);
      // where fast start is taken H.245 comes after it (H.323 §8.1.7.2), unless the caller has begun both
      if (details.fastStart && details.fastStart.length > 0 && !this.isEarly) {
        connect();
        answered();
      } else this.voice.together(answered, connect);
    });
  }

  startControl(): void {
    if (!this.ended) this.control.begin();
  }

  private get unanswered(): boolean {
    return this.state === 'present' || this.state === 'proceeding' || this.state === 'alerting';
  }

  private sendConnect(details: AnswerDetails): void {
    this.timers.stop('answer');
    this.state = 'active';
    if (this.proposals.length > 0 && !details.fastStart && this.fastStart === null) this.fastStart = [];
    this.answer('connect', details);
    this.on.emit('connected', undefined);
  }

  /** H.245 that the caller has begun in its Setup is answered with the first message that may have it. */
  private withEarlyControl(write: () => void): void {
    if (!this.isEarly) return write();
    this.voice.together(() => this.control.begin(), write);
  }

  private answer(type: AnswerName, details: AnswerDetails, elements: Partial<Q931Message> = {}): void {
    this.timers.stop('proceeding');
    this.decideFastStart(details.fastStart);
    const common = answerOf(
      {
        us: this.settings.us,
        names: this.names,
        h245Address: type === 'connect' ? this.control.address : null,
        fastStart: this.fastStart,
        multipleCalls: this.setup?.multipleCalls ?? false,
        maintainConnection: this.setup?.maintainConnection ?? false,
      },
      details,
    );
    const more = { ...elements, ...(details.display ? { display: details.display } : {}) };
    const features = details.features ? { featureSet: details.features } : {};
    const who = details.aliases && details.aliases.length > 0 ? [...details.aliases] : undefined;
    const { voice } = this;
    if (type === 'progress') voice.say(type, common, more);
    else if (type === 'callProceeding') voice.say(type, { ...common, ...features }, more);
    else if (type === 'alerting') voice.say(type, { ...common, ...features, alertingAddress: who }, more);
    else {
      const { conferenceID } = this.names;
      voice.say(type, { ...common, ...features, conferenceID, connectedAddress: who }, more);
    }
  }

  private decideFastStart(channels: AnswerDetails['fastStart']): void {
    if (!channels || this.fastStart !== null || this.proposals.length === 0) return;
    try {
      this.fastStart = writeProposals(channels);
    } catch {
      this.settings.effects.count('unencodable_fast_start');
      this.fastStart = [];
    }
    this.fastStarted = this.fastStart.length > 0;
  }

  protected heard({ q931: { type } }: Signal): boolean {
    // Q.931 §5.8.3.2: a second Setup of a call is ignored
    if (type === 'setup') this.settings.effects.count('duplicate_setup');
    return type === 'setup';
  }

  protected elapsedOwn(timer: CallTimer): void {
    if (timer === 'proceeding') this.proceeding();
    else this.tooLate(timer, causes.noAnswer);
  }
}

type AnswerName = Extract<BodyName, 'callProceeding' | 'alerting' | 'progress' | 'connect'>;

/** Progress description: tones or announcements in band. */
const inBand = 8;
/** The destination is not ISDN (Q.931 table 4-20): the element has to be there, and says no more. */
const notIsdn = 2;
