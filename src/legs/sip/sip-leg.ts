import { Disposables } from '../../base/disposables.js';
import { messageOf } from '../../base/errors.js';
import { Emitter } from '../../base/events.js';
import type { Line } from '../../media/plane.js';
import { passedBothWays } from '../../media/passed-sound.js';
import type { Direction, LineName, PassedCodecName } from '../../media/vocabulary.js';
import { CannotPress } from '../../rooms/errors.js';
import type { FloorParty } from '../../rooms/floor-party.js';
import type { EndReason, Leg, LegAbilities, LegEvents, PartyStatus, PeerInfo } from '../../rooms/leg.js';
import { atMost } from '../at-most.js';
import { ContentLine } from './content-line.js';
import { ask } from './dialog-link.js';
import { DigitInputs, type DigitWay } from '../digit-inputs.js';
import { SilenceWatch } from '../silence-watch.js';
import { pressByInfo } from './digit-output.js';
import { OfferRefused } from './errors.js';
import { asFocus } from './focus.js';
import { Hold } from './hold.js';
import { Glare } from './glare.js';
import { InDialog, type ReferHandler } from './in-dialog.js';
import { refusedLines } from './line-problems.js';
import { pictureFastUpdate } from './media-control.js';
import type { SipLegParts } from './parts.js';
import { byeReason } from './reasons.js';
import { Reoffers } from './reoffers.js';
import { Settling } from './settling.js';
import { SoundOffers } from './sound-offers.js';
import type { SipDialog } from './srf.js';

/** How long a key is pressed, ms. */
const keyMs = 120;
/** How long the end of a leg waits for the answer to its BYE. */
const byeMs = 1000;

/**
 * One SIP call on a room. Lives from the moment our 200 is out.
 *
 *   confirmed --end() / BYE / silence / refused ACK--> ended (once)
 */
export class SipLeg implements Leg {
  readonly id: string;
  readonly who: PeerInfo;
  readonly on = new Emitter<LegEvents>();
  readonly glare: Glare;
  /** Decides on a REFER of the peer; without it, it is declined. */
  onRefer: ReferHandler | null = null;
  private readonly bag = new Disposables();
  private readonly inputs: DigitInputs;
  private dialog: SipDialog | null = null;
  private sideFloor: FloorParty | null = null;
  private readonly content: ContentLine;
  private readonly hold: Hold;
  private readonly settling: Settling;
  private readonly offers: Reoffers;
  readonly sound: SoundOffers;
  private infoRefused = false;
  private reason: EndReason | null = null;
  /** Kept when our 200 is acknowledged: no offer of ours may come before (RFC 3261 §14.1). */
  private readonly acknowledged: Promise<void>;
  private acknowledge: () => void = () => undefined;
  /** Ports and anchor are given back. */
  private freed: Promise<void> = Promise.resolve();
  private readonly silence: SilenceWatch;
  private readonly watched = new WeakSet<Line>();

  constructor(readonly parts: SipLegParts) {
    this.id = parts.id;
    this.who = parts.who;
    this.inputs = new DigitInputs(parts.clock);
    this.content = new ContentLine(parts.media, parts.web);
    this.hold = new Hold(parts.media, (wanted) => this.offers.offer({}, wanted));
    this.glare = new Glare(parts.clock, parts.chance, parts.weCalled !== true);
    this.acknowledged = new Promise((resolve) => (this.acknowledge = resolve));
    this.offers = new Reoffers(this, this.acknowledged, () => this.dialog);
    this.settling = new Settling(parts, this.acknowledged, this.bag);
    this.sound = new SoundOffers(parts, async (add, wanted) => {
      await this.settling.quiet();
      await this.offers.offer(add, wanted);
    });
    this.silence = new SilenceWatch(parts.clock, {
      lines: () => this.lines,
      heard: () => parts.media.party?.lastHeard ?? Number.NEGATIVE_INFINITY,
      silent: (ms) => void this.end({ kind: 'silent', ms }),
    });
    this.watchLines();
    const { media } = parts;
    this.bag.add(media.on.on('floor', () => this.linesChanged()));
    this.bag.add(media.on.on('renewFloor', () => this.renewFloor()));
  }

  get lines(): Readonly<Record<LineName, Line | null>> {
    return this.parts.media.lines;
  }

  get low(): Record<'video' | 'content', Line | null> {
    return this.parts.media.low;
  }

  get encrypted(): boolean {
    return this.parts.exchanges.encrypted;
  }

  get dialledOut(): boolean {
    return this.parts.weCalled === true;
  }

  get fecc(): Line | null {
    return this.parts.media.fecc;
  }

  get floor(): FloorParty | null {
    return this.sideFloor ?? this.parts.media.party;
  }

  /** Floor control that does not come by the description: BFCP over WebSocket. */
  set sideParty(party: FloorParty) {
    this.sideFloor = party;
  }

  get can(): LegAbilities {
    const { audio, video } = this.lines;
    const standing = this.parts.media.party?.standing;
    // without floor control a device does not look at its content line
    const alone = standing?.channel === 'given-up' || standing?.content === 'denied';
    const { mayAsk, separate } = this.content;
    return {
      audio: audio !== null,
      video: video !== null,
      content: separate && !alone ? 'separate' : video ? 'in-main' : 'none',
      renegotiate: mayAsk && !alone,
      floor: this.floor !== null,
      lowPictures: this.parts.web && this.parts.media.takesLow,
      contentWaits: !alone && standing?.content === 'waits',
    };
  }

  get holds(): boolean {
    return this.hold.holds;
  }

  /** How its content line stands, in words. */
  get contentLine(): string {
    return this.content.describe();
  }

  /** Lines without a codec that both have. */
  get lineProblems(): { line: LineName; reason: string }[] {
    return refusedLines(this.parts.exchanges.current);
  }

  get floorProblem(): string | null {
    return this.parts.media.party?.standing.problem ?? null;
  }

  /** Whether the leg has ended. */
  get over(): boolean {
    return this.reason !== null;
  }

  /** What names its dialog; null before there is one. */
  get ids(): SipDialog['sip'] | null {
    return this.dialog?.sip ?? null;
  }

  settleSound(): Promise<PassedCodecName | null> {
    const { media } = this.parts;
    const passed = passedBothWays(media.lines.audio?.params ?? null);
    media.settleSound(passed);
    return Promise.resolve(passed);
  }

  /** The first exchange is through: the device is offered what it is known to want early. */
  settleIn(): void {
    void this.settling.begin(
      () => this.open('content', 'sendrecv'),
      (floor) => this.offers.offer({ floor, content: true }, () => this.parts.media.party === null),
    );
  }

  /** Gives the leg its dialog, once, as soon as the 200 is sent or received. */
  confirm(dialog: SipDialog): void {
    this.dialog = dialog;
    new InDialog(this, dialog).listen();
    if (this.parts.weCalled) this.acknowledge();
    else dialog.on('ack', () => this.acknowledge());
    dialog.on('destroy', (_bye, reason) => this.finish(endOf(reason)));
    if (this.reason) void this.hangUp(dialog, this.reason);
  }

  async open(line: 'content', how: Direction): Promise<Line> {
    const { wishes } = this.parts.media;
    const wanted = (): boolean => {
      if (this.content.carries || !this.content.mayAsk) return false;
      wishes[line] = how;
      return true;
    };
    await this.settling.quiet();
    try {
      await this.offers.offer({ content: true }, wanted);
    } catch (error) {
      if (error instanceof OfferRefused && lasting(error.status)) this.content.refuse();
      throw error;
    }
    const { content } = this.lines;
    if (content && this.content.carries) return content;
    // a peer that has put itself on hold or taken the line away meanwhile has refused nothing
    if (this.content.mayAsk) this.content.refuse();
    throw new OfferRefused(200, 'the content line was not accepted');
  }

  /** Keeps the line with its ports and its ICE, so that opening it again is a change of direction only. */
  async close(line: 'content'): Promise<void> {
    this.parts.media.wishes[line] = 'inactive';
    if (this.lines[line]) await this.offers.offer({}, () => this.content.carries);
  }

  limit(line: LineName, kbps: number): void {
    this.parts.media.limit(line, kbps);
    this.offers.offer({}).catch((error: unknown) => {
      this.parts.log.warn({ leg: this.id, line, error: messageOf(error) }, 'The peer did not take the new rate');
    });
  }

  refresh(line: LineName): void {
    const feedback = this.lines[line]?.params?.feedback;
    if (feedback?.pli || feedback?.fir) this.lines[line]?.refresh();
    else void this.askByInfo(line);
  }

  /** SIP has requests for hold alone: of mutes devices learn by the conference package, of the floor by BFCP. */
  tell({ flow }: PartyStatus): void {
    if (!flow || this.over) return;
    this.hold.follow(flow).catch((error: unknown) => {
      this.parts.log.info({ leg: this.id, flow, error: messageOf(error) }, 'The peer did not follow a hold');
    });
  }

  async press(digits: string, durationMs = keyMs): Promise<void> {
    const { audio } = this.lines;
    if (audio?.press(digits, durationMs)) return;
    await this.acknowledged;
    const { dialog } = this;
    if (!dialog || this.over) throw new CannotPress('the call is over');
    await pressByInfo(dialog, digits, durationMs, () => this.over);
  }

  /** A key of the peer's; the same one told by another way is not another one. */
  digit(digit: string, way: DigitWay, durationMs: number | null): void {
    if (!this.over && this.inputs.take(digit, way, durationMs)) this.on.emit('digits', { digit, durationMs });
  }

  async end(why: EndReason): Promise<void> {
    if (this.over) return;
    const { dialog } = this;
    this.finish(why);
    if (dialog) await this.hangUp(dialog, why);
    await this.freed;
  }

  /** From now on our Contact is that of this room; the peer is told with the next change of the session. */
  sitsIn(room: string): void {
    const { dialog } = this;
    if (dialog && !this.parts.web) dialog.local.contact = asFocus(dialog.local.contact, room);
  }

  /** RFC 8856 §7.1: who finds that floor control is lost offers a new channel. */
  private renewFloor(): void {
    this.offers.offer({}).catch((error: unknown) => {
      this.parts.log.info({ leg: this.id, error: messageOf(error) }, 'The peer did not take a new floor channel');
    });
  }

  /** An exchange went through; `byPeer` where the offer was the peer's. */
  linesChanged(byPeer = false): void {
    if (this.over) return;
    this.content.changed(byPeer);
    this.watchLines();
    this.on.emit('lines', undefined);
  }

  private watchLines(): void {
    for (const name of ['audio', 'video', 'content'] as const) {
      const line = this.lines[name];
      if (!line || this.watched.has(line)) continue;
      this.watched.add(line);
      this.bag.add(line.on.on('digit', ({ digit, durationMs }) => this.digit(digit, 'rtp', durationMs)));
      this.silence.add(line);
    }
  }

  /** RFC 5168; a peer that refuses it once is not asked again. */
  private async askByInfo(line: LineName): Promise<void> {
    // a picture may be wanted while our 200 is on its way
    await this.acknowledged;
    const { dialog } = this;
    if (this.infoRefused || this.over || !dialog) return;
    const label = line === 'content' ? (this.parts.exchanges.current?.lines.content?.label ?? null) : null;
    const headers = { 'Content-Type': 'application/media_control+xml' };
    const { status } = await ask(dialog, 'INFO', headers, pictureFastUpdate(label));
    if (status >= 400 && status !== 408) this.infoRefused = true;
  }

  private async hangUp(dialog: SipDialog, why: EndReason): Promise<void> {
    const answered = dialog.destroy({ headers: { Reason: byeReason(why) } }).catch((error: unknown) => {
      this.parts.log.debug({ leg: this.id, error: messageOf(error) }, 'BYE was not answered');
    });
    // a peer that vanished never answers; its BYE is repeated by the engine without anybody waiting
    await atMost(this.parts.clock, byeMs, answered);
  }

  /** The only way to end: frees everything, then says so. */
  private finish(reason: EndReason): void {
    if (this.over) return;
    this.reason = reason;
    this.acknowledge();
    this.silence.close();
    this.glare.close();
    this.bag.dispose();
    this.freed = this.parts.exchanges.close().catch((error: unknown) => {
      this.parts.log.warn({ leg: this.id, error: messageOf(error) }, 'The media anchor did not close');
    });
    this.parts.metrics.count('dualstream_sip_legs_ended_total', { reason: reason.kind });
    this.on.emit('ended', { reason });
  }
}

function endOf(reason: string | undefined): EndReason {
  if (reason === undefined || reason === 'normal release') return { kind: 'left' };
  return { kind: 'failed', why: reason };
}

/** A refusal that will be the same next time: not glare, no answer, or a server in trouble. */
function lasting(status: number): boolean {
  return status >= 200 && status !== 408 && status !== 481 && status !== 491 && (status < 500 || status >= 600);
}
