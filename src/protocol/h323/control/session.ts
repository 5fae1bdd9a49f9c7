import type { Disposable } from '../../../base/disposables.js';
import { Emitter, type Events } from '../../../base/events.js';
import type { H239Message } from '../h239/messages.js';
import { writeH239 } from '../h239/messages.js';
import { RateRelease } from '../h239/rate.js';
import { Token } from '../h239/token.js';
import { Channels } from './channels.js';
import { ChannelCommands, restrictionOf } from './commands.js';
import type {
  ChannelAcceptance,
  ChannelOpening,
  ControlLink,
  ControlRole,
  ControlSession,
  ControlSessionEvents,
  ControlSessionOptions,
  IncomingChannel,
  LogicalChannel,
  ModeDescription,
  MultimediaSystemControlMessage,
  OutgoingChannel,
} from './contract.js';
import type { Countdown } from './countdown.js';
import { Determination } from './determination.js';
import { Dispatcher, type Procedures } from './dispatcher.js';
import { CapabilityExchange } from './exchange.js';
import { FastUpdates } from './fast-updates.js';
import type { ControlEnd } from '../call/contract.js';
import type { Incoming } from './incoming-channel.js';
import { Modes } from './modes.js';
import type { Outgoing } from './outgoing-channel.js';
import { RoundTrip } from './round-trip.js';
import { ownTimers } from './timers.js';
import { writeKey } from './user-input.js';
import type { CapabilitySet } from './values.js';
import { Wire } from './wire.js';

/** An MCU that mixes audio and video, H.245 table 3. */
const mcuTerminalType = 190;
/** As devices of H.323 number theirs; they guess the next one. */
const usualFirstChannel = 101;

/** H.245 and H.239 of one call over a control link: the procedures of H.245 Annex C, put together. */
class Session implements ControlSession {
  remote: CapabilitySet | null = null;
  paused = false;
  state: ControlSession['state'] = 'new';
  readonly token: Token;
  private readonly emitter = new Emitter<ControlSessionEvents>();
  private readonly link: ControlLink;
  private readonly wire: Wire;
  private readonly exchange: CapabilityExchange;
  private readonly determination: Determination;
  private readonly ours: Channels;
  private readonly updates: FastUpdates;
  private readonly trips: RoundTrip;
  private readonly modes: Modes;
  private readonly rates: RateRelease;
  private readonly endTimer: Countdown;
  private readonly subscriptions: Disposable[];
  /** Rates that the peer was told, by channel number; 0 is all together. */
  private readonly limits = new Map<number, number | null>();
  private wasReady = false;

  constructor(private readonly options: ControlSessionOptions) {
    const { link, clock, chance } = options;
    this.link = link;
    this.wire = new Wire(
      clock,
      () => link.state === 'waiting',
      (pdu) => link.send(pdu),
    );
    this.exchange = this.createExchange();
    this.determination = new Determination(this.wire, chance, options.terminalType ?? mcuTerminalType, {
      decided: (role) => {
        this.emitter.emit('role', role);
        this.checkReady();
      },
      failed: (fatal) => this.emitter.emit('timedOut', { what: 'determination', fatal }),
      quirk: (label) => this.quirk(label),
    });
    this.ours = this.createChannels();
    this.updates = new FastUpdates(this.wire, (number) => {
      const channel = this.ours.sending(number);
      if (channel) this.emitter.emit('fastUpdate', { channel });
    });
    this.trips = new RoundTrip(this.wire, options.roundTripEvery ?? ownTimers.roundTripEvery, (ms, lost) => {
      if (ms === null) this.emitter.emit('timedOut', { what: 'roundTrip', fatal: false });
      this.emitter.emit('roundTrip', { ms, lost });
    });
    this.modes = new Modes(this.wire, {
      asked: (asked) => this.emitter.emit('modeAsked', asked),
      answered: (accepted, why) => this.emitter.emit('modeAnswered', { accepted, why }),
      timedOut: () => this.emitter.emit('timedOut', { what: 'mode', fatal: false }),
    });
    this.token = this.createToken();
    this.rates = this.createRates();
    this.endTimer = this.wire.timer();
    this.subscriptions = this.subscribe();
  }

  get on(): Events<ControlSessionEvents> {
    return this.emitter;
  }

  get role(): ControlRole | null {
    return this.determination.role;
  }

  get channels(): readonly LogicalChannel[] {
    return this.ours.all;
  }

  get nextNumber(): number {
    return this.ours.nextNumber;
  }

  start(ours: CapabilitySet): void {
    if (this.state !== 'new') return;
    if (this.link.state === 'closed') return this.finish('link', 'closed');
    this.state = 'running';
    this.exchange.offer(ours);
    // One that the peer began is not begun twice.
    if (this.role === null) this.determination.start();
    this.trips.start();
  }

  changeCapabilities(ours: CapabilitySet | null): void {
    if (this.state === 'running') this.exchange.offer(ours);
  }

  open(opening: ChannelOpening): OutgoingChannel | null {
    return this.state === 'running' && !this.paused ? this.ours.open(opening) : null;
  }

  adopt(direction: 'out', number: number, opening: ChannelOpening, acceptance: ChannelAcceptance): Outgoing;
  adopt(direction: 'in', number: number, opening: ChannelOpening, acceptance: ChannelAcceptance): Incoming;
  adopt(
    direction: 'in' | 'out',
    number: number,
    opening: ChannelOpening,
    acceptance: ChannelAcceptance,
  ): Outgoing | Incoming {
    return direction === 'out'
      ? this.ours.adoptOutgoing(number, opening, acceptance)
      : this.ours.adoptIncoming(number, opening, acceptance);
  }

  limit(channel: IncomingChannel | null, bps: number | null): void {
    const key = channel?.number ?? 0;
    if (!this.active || (this.limits.get(key) ?? null) === bps) return;
    this.limits.set(key, bps);
    const scope = channel ? { logicalChannelNumber: channel.number } : { wholeMultiplex: true as const };
    this.wire.command({ flowControlCommand: { scope, restriction: restrictionOf(bps) } });
  }

  requestFastUpdate({ number }: IncomingChannel): void {
    if (!this.active) return;
    this.wire.command({
      miscellaneousCommand: { logicalChannelNumber: number, type: { videoFastUpdatePicture: true } },
    });
  }

  mute({ number }: OutgoingChannel, muted: boolean): void {
    if (!this.active) return;
    const type = muted ? { logicalChannelInactive: true as const } : { logicalChannelActive: true as const };
    this.wire.indicate({ miscellaneousIndication: { logicalChannelNumber: number, type } });
  }

  press(key: string, durationMs: number | null): boolean {
    const userInput = this.active ? writeKey(key, durationMs, this.remote) : null;
    if (userInput) this.wire.indicate({ userInput });
    return userInput !== null;
  }

  requestMode(modes: ModeDescription[]): void {
    if (this.active) this.modes.request(modes);
  }

  requestRate({ number }: OutgoingChannel, bps: number): void {
    if (this.active) this.rates.request(number, bps);
  }

  measure(): void {
    if (this.active) this.trips.measure();
  }

  tellConference(active: boolean): void {
    if (!this.active) return;
    // It is about all channels, but has to name one.
    const logicalChannelNumber = this.ours.all.find(({ direction }) => direction === 'out')?.number ?? 1;
    const command = active ? { multipointModeCommand: true as const } : { cancelMultipointModeCommand: true as const };
    const said = active ? { multipointConference: true as const } : { cancelMultipointConference: true as const };
    this.wire.command({ miscellaneousCommand: { logicalChannelNumber, type: command } });
    this.wire.indicate({ miscellaneousIndication: { logicalChannelNumber, type: said } });
  }

  send(pdu: MultimediaSystemControlMessage): void {
    if (this.active) this.link.send(pdu);
  }

  end(): void {
    if (this.state === 'ending' || this.state === 'ended') return;
    if (this.link.state === 'closed') return this.finish('link', 'closed');
    this.state = 'ending';
    this.stop();
    this.wire.command({ endSessionCommand: { disconnect: true } });
    this.endTimer.start(ownTimers.endSession, () => this.finish('us', 'not answered'));
  }

  private get active(): boolean {
    return this.state === 'new' || this.state === 'running';
  }

  private quirk(label: string): void {
    this.emitter.emit('quirk', { label });
  }

  private onEndSession(): void {
    if (this.state === 'ending') return this.finish('us', 'endSession');
    this.wire.command({ endSessionCommand: { disconnect: true } });
    this.finish('peer', 'endSession');
  }

  /** Nothing is asked or waited for any more. */
  private stop(): void {
    this.quieten();
    this.ours.drop();
  }

  private quieten(): void {
    for (const part of [this.exchange, this.determination, this.updates, this.trips, this.modes]) part.stop();
    this.token.stop();
    this.rates.stop();
  }

  /** Where the peer has no H.245, channels that fast start opened stay as they are until the call is over. */
  private linkClosed(why: ControlEnd): void {
    if (why === 'unavailable' && this.ours.adopted) this.quieten();
    else this.finish('link', why);
  }

  private finish(by: 'us' | 'peer' | 'link', why: string): void {
    if (this.state === 'ended') return;
    this.state = 'ended';
    this.endTimer.stop();
    this.stop();
    for (const subscription of this.subscriptions) subscription.dispose();
    this.emitter.emit('ended', { by, why });
  }

  private checkReady(): void {
    if (this.wasReady || this.role === null || this.remote === null || !this.exchange.agreed) return;
    this.wasReady = true;
    this.emitter.emit('ready', undefined);
  }

  private onRemote(set: CapabilitySet | null): void {
    const resumed = this.paused && set !== null;
    this.paused = set === null;
    this.remote = set;
    if (set === null) this.ours.pause();
    // H.323 §8.4.6: after an empty set everything begins anew.
    if (resumed && this.state === 'running') {
      this.exchange.again();
      this.determination.start();
    }
    this.emitter.emit('remoteCapabilities', set);
    this.checkReady();
  }

  private createExchange(): CapabilityExchange {
    return new CapabilityExchange(this.wire, {
      remote: (set) => this.onRemote(set),
      accepted: () => {
        this.emitter.emit('capabilitiesAccepted', undefined);
        this.checkReady();
      },
      refused: (cause) => this.emitter.emit('capabilitiesRefused', { cause }),
      timedOut: (fatal) => this.emitter.emit('timedOut', { what: 'capabilities', fatal }),
      quirk: (label) => this.quirk(label),
    });
  }

  private createChannels(): Channels {
    return new Channels(this.wire, this.options.firstChannel ?? usualFirstChannel, {
      role: () => this.role,
      offered: (channel) => this.emitter.emit('channelOffered', { channel }),
      opened: (channel) => this.onOpened(channel),
      refused: (channel, cause, conflictsWith) =>
        this.emitter.emit('channelRefused', { channel, cause, conflictsWith }),
      closed: (channel, cause, reopen) => {
        if (channel.direction === 'out') this.updates.forget(channel.number);
        else this.limits.delete(channel.number);
        this.emitter.emit('channelClosed', { channel, cause, reopen });
      },
      closeRefused: (channel) => this.onCloseRefused(channel),
      timedOut: (what) => this.emitter.emit('timedOut', { what, fatal: false }),
      quirk: (label) => this.quirk(label),
    });
  }

  private onOpened(channel: LogicalChannel): void {
    const isContent = channel.opening.forward?.media.kind === 'content';
    // As devices do it.
    if (channel.direction === 'out' && isContent) this.mute(channel, false);
    this.emitter.emit('channelOpened', { channel });
    if (channel.direction === 'out' && channel.acceptance?.flowControlToZero) {
      this.emitter.emit('flowControl', { channel, bps: 0 });
    }
  }

  /** Content of one who shall not present: if it does not close, it shall at least not flow. */
  private onCloseRefused(channel: Incoming): void {
    if (channel.media.kind === 'content' && this.token.holder !== 'peer') this.limit(channel, 0);
  }

  private createToken(): Token {
    const content = (): Outgoing[] =>
      this.ours.all.filter((one): one is Outgoing => one.direction === 'out' && mediaKind(one) === 'content');
    return new Token({
      clock: this.options.clock,
      chance: this.options.chance,
      role: () => this.role,
      send: (message) => this.sendH239(message),
      channel: () => content()[0]?.number ?? this.nextNumber,
      closeContent: () => content().forEach((channel) => channel.close()),
      stopPeer: () => {
        for (const one of this.ours.all) {
          if (one.direction === 'in' && mediaKind(one) === 'content') one.requestClose();
        }
      },
      asked: (asked) => this.emitter.emit('tokenAsked', asked),
      withdrawn: () => this.emitter.emit('tokenAskWithdrawn', undefined),
      holder: (holder, why) => this.emitter.emit('tokenHolder', { holder, why }),
      refused: (why) => this.emitter.emit('tokenRefused', { why }),
      timedOut: () => this.emitter.emit('timedOut', { what: 'token', fatal: false }),
      quirk: (label) => this.quirk(label),
    });
  }

  private createRates(): RateRelease {
    return new RateRelease({
      clock: this.options.clock,
      send: (message) => this.sendH239(message),
      asked: ({ channel: number, ...asked }) => {
        const channel = this.ours.receiving(number);
        if (channel) this.emitter.emit('rateAsked', { ...asked, channel });
        else asked.reject();
      },
      answered: (channel, accepted) => this.emitter.emit('rateAnswered', { channel, accepted }),
    });
  }

  private sendH239(message: H239Message): void {
    if (this.active) this.link.send(writeH239(message));
  }

  private subscribe(): Disposable[] {
    const { exchange, determination, ours: channels, trips, modes, token, rates, wire } = this;
    const emit = this.emitter.emit.bind(this.emitter);
    const commands = new ChannelCommands(channels, this.updates, emit);
    const to: Procedures = { exchange, determination, channels, trips, modes, token, rates, wire, commands };
    const dispatcher = new Dispatcher(to, emit);
    return [
      this.link.on.on('pdu', (pdu) => {
        if (pdu.command?.endSessionCommand) this.onEndSession();
        else if (this.active) dispatcher.dispatch(pdu);
      }),
      this.link.on.on('fault', () => {
        if (this.active) dispatcher.garbled();
      }),
      this.link.on.on('closed', (why) => this.linkClosed(why)),
    ];
  }
}

function mediaKind({ opening }: LogicalChannel): string | undefined {
  return opening.forward?.media.kind;
}

/** H.245 and H.239 of one call. It answers from now on, and speaks by itself after `start`. */
export function createControlSession(options: ControlSessionOptions): ControlSession {
  return new Session(options);
}
