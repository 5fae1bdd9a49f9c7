import { Disposables } from '../../base/disposables.js';
import { messageOf } from '../../base/errors.js';
import { Emitter } from '../../base/events.js';
import type { Log } from '../../base/log.js';
import { hasPassed } from '../../media/abilities.js';
import { ourEvents, readCapabilities, readChannel, type RemoteMedia } from '../../media/h245-capabilities.js';
import { bestSent } from '../../media/h245-formats.js';
import { sendableAs } from '../../media/h245-modes.js';
import { negotiate, NoCommonMedia, type Abilities, type MediaAnswer } from '../../media/negotiate.js';
import type { Line } from '../../media/plane.js';
import { tryLine } from '../../media/try-line.js';
import type { Format, LineName, PassedCodecName } from '../../media/vocabulary.js';
import type {
  CapabilitySet,
  ControlSession,
  IncomingChannel,
  LogicalChannel,
  OutgoingChannel,
} from '../../protocol/h323/control/contract.js';
import { CameraLine } from './camera-line.js';
import type { ChannelKeys } from './channel-keys.js';
import { ContentWait } from './content-wait.js';
import { ContentRefused } from './errors.js';
import type { FastOffer } from './fast-offer.js';
import { FastStart } from './fast-start.js';
import { KeyUpdates, type KeyedLine } from './key-updates.js';
import type { LegLinesEvents } from './leg-lines-events.js';
import { lineFor, LineSlot, sessionIds } from './line-slot.js';
import { LineSlots } from './line-slots.js';
import { hearing } from './hearing.js';
import type { H323Makers } from './makers.js';
import { ModeRequests } from './mode-requests.js';
import { openLine } from './open-line.js';
import { passedOn, withdrawPassed } from './passed-sound.js';
import { SlotTraversal } from './traversal.js';
import { leaveWithdrawn } from './withdrawn.js';

/**
 * The lines of one call by the logical channels of its H.245 session: each kind of media has one channel for each
 * direction, which come and go by themselves, and one port pair for both.
 */
export class LegLines {
  readonly on = new Emitter<LegLinesEvents>();
  /** What the peer takes; null while it is not known, or while it wants nothing. */
  remote: RemoteMedia | null = null;
  private answer: MediaAnswer | null = null;
  private ready = false;
  private closed = false;
  /** A capability set without it closed our content: one with it opens it again. */
  private resumes = false;
  private readonly bag = new Disposables();
  private readonly slots: LineSlots;
  /** New keys for channels that are open. */
  readonly updates: KeyUpdates;
  private readonly waiting = new ContentWait();
  /** Channels that are opened before H.245. */
  readonly fast: FastStart;
  private readonly modes: ModeRequests;
  /** Null where it is not wanted. */
  private readonly camera: CameraLine | null;

  constructor(
    private readonly legId: string,
    private readonly session: ControlSession,
    private readonly makers: H323Makers,
    private readonly keys: ChannelKeys,
    private readonly log: Log,
    /** What fast start of our Setup proposes. */
    offer: FastOffer | null = null,
  ) {
    const events = makers.abilities.events ? [ourEvents] : [];
    const slot = (name: LineName): LineSlot =>
      new LineSlot(name, () => this.openLine(name), events, new SlotTraversal(makers.traversal));
    const cname = `${legId}@dualstream`;
    this.slots = new LineSlots(slot, cname);
    const { slots } = this;
    this.fast = new FastStart({
      session,
      offer,
      slots,
      abilities: makers.abilities,
      keys,
      closed: () => this.closed,
      adopted: (name) => this.changed(name),
      failed: (name, error) => this.failed(name, error),
      decided: () => this.begin(),
    });
    this.modes = new ModeRequests({
      slots,
      abilities: () => makers.abilities,
      remote: () => (this.mayOpen ? this.remote : null),
      open: (name, format) => this.tryOpen(name, format),
    });
    this.listen();
    // behind sound and pictures, which get their ports first
    const parts = { session, keys, traversal: new SlotTraversal(makers.traversal) };
    this.camera = makers.fecc ? new CameraLine(cname, parts, () => this.openLine('fecc')) : null;
    this.camera?.on.on('changed', () => this.on.emit('changed', undefined));
    const lines = [...slots.all, ...(this.camera ? [this.camera] : [])];
    this.updates = new KeyUpdates(keys, lines, session, (line) => this.rekeyed(line));
  }

  /** Far-end camera control. */
  get fecc(): Line | null {
    return this.camera?.live ?? null;
  }

  get lines(): Readonly<Record<LineName, Line | null>> {
    return this.slots.lines;
  }

  /** There is media, and all of it is encrypted, both ways. */
  get encrypted(): boolean {
    return this.slots.sealed;
  }

  /** Slides can have a line of their own. */
  get takesContent(): boolean {
    return this.remote?.h239 === true && this.answer?.lines.content !== undefined;
  }

  /** The peer sends on its content channel. */
  get hearsContent(): boolean {
    return this.slots.content.hears;
  }

  /** Lines that the peer has and that came to nothing. */
  get problems(): { line: LineName; reason: string }[] {
    return this.slots.problems(this.answer);
  }

  /** Opens our content channel. Rejects with ContentRefused. */
  openContent(): Promise<Line> {
    const slot = this.slots.content;
    if (slot.sends && slot.line) return Promise.resolve(slot.line);
    if (!this.may('content')) return Promise.reject(new ContentRefused('the token is not ours'));
    const opened = this.waiting.begin();
    this.open('content').catch((error: unknown) => this.waiting.fail(messageOf(error)));
    return opened;
  }

  /** Closes our content channel. */
  closeContent(): void {
    this.resumes = false;
    this.waiting.fail('given up');
    this.slots.content.out?.close();
  }

  /** The peer says that its sound carries nothing. */
  get soundMuted(): boolean {
    return this.slots.audio.hears && this.slots.audio.muted;
  }

  /** The codec that is only passed on in which sound goes both ways; undefined where that is open. */
  get passedSound(): PassedCodecName | null | undefined {
    return passedOn(this.slots.audio);
  }

  /** From here on sound is in codecs of these; channels of one that is only passed on end where there is none among them. */
  settleSound(now: Abilities, ours: () => CapabilitySet): void {
    const withdrawn = hasPassed(this.makers.abilities) && !hasPassed(now);
    this.makers.abilities = now;
    this.decide();
    if (withdrawn) withdrawPassed(this.session, ours, this.remote, this.slots.audio);
    this.begin();
  }

  /** Says which of our channels carry nothing at present (logicalChannelInactive). */
  idle(lines: Readonly<Record<'audio' | 'video', boolean>>): void {
    this.slots.idle(this.session, lines);
  }

  /** Asks the peer to close its content channel. */
  stopContent(): void {
    const { incoming } = this.slots.content;
    if (incoming?.state === 'open') incoming.requestClose();
  }

  limit(name: LineName, kbps: number): void {
    this.slots[name].limit(this.session, kbps);
  }

  refresh(name: LineName): void {
    const { incoming } = this.slots[name];
    if (incoming?.state === 'open') this.session.requestFastUpdate(incoming);
  }

  /** Keys were agreed on, or there are none, after H.245 or fast start has begun. */
  keyed(): void {
    this.fast.keyed();
    this.camera?.keyed();
    if (this.remote) this.known();
  }

  /** Frees every port; idempotent. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.bag.dispose();
    this.waiting.fail('the call is over');
    this.slots.close();
    this.camera?.close();
  }

  private listen(): void {
    const hear = hearing(this.session, this.bag);
    hear('remoteCapabilities', (set) => {
      const before = this.remote;
      this.remote = set && readCapabilities(set);
      if (set === null) this.modes.forget();
      this.decide();
      const left = leaveWithdrawn(this.slots, before, this.remote, (name) => this.answer?.lines[name] !== undefined);
      this.resumes ||= left.includes('content');
      this.known();
    });
    hear('tokenHolder', ({ holder }) => {
      if (holder === 'peer') this.waiting.fail('the peer presents');
    });
    hear('ready', () => {
      this.ready = true;
      this.begin();
    });
    hear('channelOffered', ({ channel }) => {
      if (!this.camera || channel.opening.forward?.media.kind !== 'h224') void this.offered(channel);
    });
    hear('channelOpened', ({ channel }) => this.opened(channel));
    hear('channelRefused', ({ channel, cause, conflictsWith }) => this.refused(channel, cause, conflictsWith));
    hear('channelClosed', ({ channel, cause, reopen }) => {
      this.resumes ||= cause === 'paused' && channel === this.slots.content.out;
      this.gone(channel, reopen);
    });
    hear('flowControl', ({ channel, bps }) => {
      for (const name of this.slots.flow(this.session, channel, bps)) this.changed(name);
    });
    hear('fastUpdate', ({ channel }) => {
      const name = this.slots.nameOf(channel);
      if (name) this.on.emit('refresh', { line: name });
    });
    hear('muted', ({ channel, muted }) => {
      const name = this.slots.nameOf(channel);
      if (!name) return;
      this.slots[name].muted = muted;
      this.changed(name);
    });
    hear('encryption', ({ pdu }) => this.updates.take(pdu));
    hear('rateAsked', (asked) => this.slots[this.slots.nameOf(asked.channel) ?? 'content'].answerRate(asked));
    hear('modeAsked', (asked) => this.modes.asked(asked));
  }

  /** What the peer takes, or whether there are keys, has changed. */
  private known(): void {
    if (this.keys.missing(this.answer, this.remote)) return this.on.emit('plainOnly', undefined);
    this.begin();
    this.on.emit('changed', undefined);
  }

  /** What we send of what the peer takes; the one place that decides it is `negotiate`. */
  private decide(): void {
    this.answer = null;
    if (!this.remote) return;
    try {
      this.answer = negotiate(this.makers.abilities, this.remote.offer);
    } catch (error) {
      if (!(error instanceof NoCommonMedia)) throw error;
      this.slots.audio.problem = error.message;
      this.log.info({ leg: this.legId, reason: error.message }, 'There is nothing to send to this peer');
    }
    if (this.slots.audio.learn(this.answer?.lines.audio?.events.send)) this.changed('audio');
  }

  /** Opens what we send, once capabilities and roles are known and fast start is decided. */
  private begin(): void {
    if (!this.mayOpen) return;
    for (const name of ['audio', 'video'] as const) this.tryOpen(name);
    if (this.resumes && this.takesContent && this.may('content')) this.tryOpen('content');
    this.resumes &&= !this.takesContent;
  }

  private get mayOpen(): boolean {
    return this.ready && !this.fast.undecided && !this.keys.undecided && !this.closed;
  }

  private tryOpen(name: LineName, only: Format | null = null): void {
    this.open(name, only).catch((error: unknown) => this.failed(name, error));
  }

  private async open(name: LineName, only: Format | null = null): Promise<void> {
    const slot = this.slots[name];
    const agreed = this.answer?.lines[name];
    const format = only ?? (agreed ? bestSent(agreed.send) : null);
    const described = format && this.remote?.sent(format);
    if (!agreed || !format || !described) {
      if (name === 'content') throw new ContentRefused('the peer has no codec for it');
      return;
    }
    if (slot.out) return;
    const others = [ourEvents, ...agreed.events.send].map(({ pt }) => pt);
    const sealing = this.keys.sealing(this.remote?.algorithms(format) ?? [], format.pt, others);
    const line = await slot.ensure();
    if (this.closed) return slot.close();
    // it may have been paused, opened or settled meanwhile, and the peer may have begun to present
    const settled = name === 'audio' && this.answer?.lines.audio !== agreed;
    if (slot.out || !this.remote || settled || !this.may(name)) return this.changed(name);
    const sending = { format, described, events: agreed.events.send };
    if (slot.open(this.session, sessionIds[name], sending, line, sealing)) this.slots.apply(name);
    else this.changed(name);
    slot.problem = null;
  }

  /** Content goes out as long as we have the token, the rest unless a mode leaves it out. */
  private may(name: LineName): boolean {
    return name === 'content' ? this.session.token.holder === 'us' : this.modes.allows(name);
  }

  /** The peer wants to send. */
  private async offered(channel: IncomingChannel): Promise<void> {
    const { forward, reverse } = channel.opening;
    const name = forward && lineFor(forward.media);
    if (!forward || !name || reverse) return channel.reject('dataTypeNotSupported');
    const taken = this.keys.taken(channel.opening);
    if ('cause' in taken) return channel.reject(taken.cause);
    const offer = readChannel(name, forward.media, forward.payloadType, forward.packetization);
    const agreed = tryLine(this.makers.abilities, name, offer);
    if (!agreed) return channel.reject('dataTypeNotSupported');
    const slot = this.slots[name];
    slot.receives(channel, agreed, taken);
    try {
      const { local } = await slot.ensure();
      if (this.closed) return slot.close();
      channel.accept({ ...slot.traversal.accepting(local), ...taken.told });
    } catch (error) {
      channel.reject('dataTypeNotAvailable');
      this.failed(name, error);
    }
  }

  private opened(channel: LogicalChannel): void {
    const name = this.slots.nameOf(channel);
    if (!name) return;
    if (channel.direction === 'out') this.slots[name].opened(this.keys, this.session);
    this.changed(name);
    const { line } = this.slots[name];
    if (name !== 'content' || !line || channel.state !== 'open') return;
    if (channel.direction === 'out') this.waiting.settle(line);
    else this.on.emit('content', { open: true });
  }

  private refused(channel: OutgoingChannel, cause: string, conflictsWith: IncomingChannel | null): void {
    const name = this.slots.nameOf(channel);
    if (!name) return;
    const slot = this.slots[name];
    const { remote } = this;
    const other = conflictsWith && slot.heard !== slot.sending?.format.name ? slot.heard : undefined;
    const instead = other && remote && sendableAs(other, name, this.makers.abilities, remote);
    slot.forgetOut();
    // the master wants one codec both ways
    if (instead) return this.tryOpen(name, instead);
    slot.problem = `the peer refused the channel: ${cause}`;
    if (name === 'content') this.waiting.fail(cause);
    this.changed(name);
  }

  private gone(channel: LogicalChannel, reopen: boolean): void {
    const name = this.slots.nameOf(channel);
    if (!name) return;
    const slot = this.slots[name];
    if (channel.direction === 'out') {
      slot.forgetOut();
      slot.flowKbps = null;
      if (name === 'content') this.waiting.fail('the channel was closed');
    } else slot.forgetIncoming();
    this.changed(name);
    if (name === 'content' && channel.direction === 'in') this.on.emit('content', { open: false });
    if (reopen && channel.direction === 'out') this.tryOpen(name);
  }

  private changed(name: LineName): void {
    if (this.closed) return;
    this.slots.apply(name);
    this.on.emit('changed', undefined);
  }

  /** A channel has another key. */
  private rekeyed(line: KeyedLine): void {
    const slot = this.slots.all.find((one) => one === line);
    if (slot) this.changed(slot.name);
    else this.camera?.settle();
  }

  private failed(name: LineName, error: unknown): void {
    this.slots[name].problem = messageOf(error);
    this.log.warn({ leg: this.legId, line: name, error: messageOf(error) }, 'A channel could not be opened');
    this.changed(name);
  }

  private readonly openLine = (name: LineName | 'fecc'): Promise<Line> =>
    openLine(this.makers.plane, this.legId, name, this.makers.address());
}
