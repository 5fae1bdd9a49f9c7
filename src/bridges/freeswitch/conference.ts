import { messageOf } from '../../base/errors.js';
import { Disposables } from '../../base/disposables.js';
import { Emitter } from '../../base/events.js';
import type { Line } from '../../media/plane.js';
import type { ConferenceChange } from '../../protocol/esl/conferences.js';
import { EslLost, EslTimeout } from '../../protocol/esl/errors.js';
import {
  atConsole,
  type AudioConference,
  type AudioMember,
  type AudioRecording,
  type ConferenceEvents,
  type JoinOptions,
  type MemberId,
  type Prompt,
} from '../../rooms/audio-bridge.js';
import { Confirmations } from './confirmations.js';
import { NotInConference, NotPossible } from './errors.js';
import { Fence } from './fence.js';
import { FreeSwitchMember, type MemberOwner, type MemberTools } from './member.js';
import { FreeSwitchRecording } from './recording.js';
import { isSafePath } from './safe-path.js';
import type { Server } from './server.js';
import { Speakers } from './speakers.js';
import type { Entry } from './stay.js';

/** How long the server may take to confirm what it was told, milliseconds. */
const confirmMs = 2500;
/** How long it may take to say that somebody is out, milliseconds. */
const outMs = 1000;

/** `link` comes in as the other half of a larger room. */
export interface EntryOptions extends JoinOptions {
  link?: boolean;
}

/** What a conference tells the room that it is, or is a half of. */
export interface HalfEvents extends ConferenceEvents {
  /** It has no such member any more. */
  left: { member: MemberId };
}

/** What a conference needs of its bridge. */
export interface ConferenceContext extends MemberTools {
  /** It has ended. */
  closed(): void;
}

/**
 * One room's audio in one conference of one server. What its members are is what that server's events say; what they are to
 * be goes along when the conference moves to another server.
 */
export class FreeSwitchConference implements AudioConference {
  readonly on = new Emitter<HalfEvents>();
  private readonly members = new Map<MemberId, FreeSwitchMember>();
  /** Channels that the server has in it. */
  private readonly present = new Set<string>();
  private readonly confirmations: Confirmations;
  private readonly speakers: Speakers;
  private readonly fence: Fence;
  private recording: FreeSwitchRecording | null = null;
  private bag = new Disposables();
  private closing: Promise<void> | null = null;

  constructor(
    /** Of the conference on its server: one word. */
    readonly name: string,
    private at: Server,
    private readonly context: ConferenceContext,
  ) {
    this.confirmations = new Confirmations(context.clock);
    this.speakers = new Speakers({
      speaking: (members) => this.on.emit('speaking', { members }),
      active: (member) => this.on.emit('active', { member }),
    });
    this.fence = new Fence({ set: (on) => this.setLock(on), changed: (on) => this.on.emit('locked', { on }) });
    this.follow();
  }

  /** Where it is. */
  get server(): Server {
    return this.at;
  }

  /** Members, links to other halves included. */
  get size(): number {
    return this.members.size;
  }

  async join(id: MemberId, line: Line, options: EntryOptions = {}): Promise<AudioMember> {
    this.open();
    if (this.members.has(id)) throw new NotInConference('there is such a member already');
    const member = new FreeSwitchMember(id, line, options, this.context, this.owner());
    this.members.set(id, member);
    await member.enter();
    return member;
  }

  async play(prompt: Prompt, to?: MemberId): Promise<void> {
    this.open();
    const sound = 'tone' in prompt ? toneOf(prompt) : prompt.file;
    if ('file' in prompt && !isSafePath(sound)) throw new NotPossible('a prompt has an absolute path without spaces');
    await this.command('play', sound, ...this.idOf(to));
  }

  async hush(to?: MemberId): Promise<void> {
    this.open();
    await this.command('stop', 'all', ...this.idOf(to));
  }

  async lock(on: boolean): Promise<void> {
    this.open();
    await this.fence.lock(on);
  }

  async record(path: string): Promise<AudioRecording> {
    this.open();
    if (this.recording && this.recording.state !== 'over') throw new NotInConference('it is recorded already');
    const recording = new FreeSwitchRecording(path, {
      command: (...words) => this.command(...words),
      exists: async (file) => (await this.at.ask(`file_exists ${file}`)).trim() === 'true',
      until: (what, ms, met) => this.confirmations.until(what, ms, met),
      changed: (state) => this.on.emit('recording', state),
      server: () => this.at.name,
    });
    this.recording = recording;
    try {
      await recording.start();
    } catch (error) {
      this.recording = null;
      throw error;
    }
    return recording;
  }

  close(): Promise<void> {
    this.closing ??= this.end();
    return this.closing;
  }

  /** Goes on on another server, or on the same one that has forgotten it. */
  move(to: Server): void {
    if (this.closing) return;
    this.bag.dispose();
    this.at = to;
    this.present.clear();
    this.fence.fresh();
    this.follow();
    for (const member of this.members.values()) member.move();
  }

  private follow(): void {
    this.bag = new Disposables();
    this.bag.add(
      this.at.on.on('change', (change) => {
        if (change.room !== this.name) return;
        this.happened(change);
        this.confirmations.look();
      }),
    );
  }

  private async end(): Promise<void> {
    await this.recording?.stop();
    await Promise.all([...this.members.values()].map((member) => member.leave()));
    this.bag.dispose();
    this.confirmations.end(new NotInConference('the conference is closed'));
    this.context.closed();
  }

  private happened(change: ConferenceChange): void {
    switch (change.kind) {
      case 'opened':
        this.fence.fresh();
        break;
      case 'joined':
      case 'member':
        return this.told(change);
      case 'left':
        this.present.delete(change.member.uuid);
        this.memberOf(change.member.uuid)?.stay?.finish(change.cause || 'out of the conference');
        break;
      case 'kicked':
        return this.kicked(change.uuid);
      case 'floor':
        return this.speakers.floor(this.memberOf(change.uuid)?.id ?? null);
      case 'locked':
        return this.fence.happened(change.on);
      case 'recording':
        return this.recording?.happened(change.path, change.state, this.present.size === 0);
      case 'digits':
        return this.pressed(change.uuid, change.digits);
      case 'played':
      case 'closed':
        break;
    }
  }

  private told({ kind, member }: Extract<ConferenceChange, { kind: 'joined' | 'member' }>): void {
    if (kind === 'joined') this.present.add(member.uuid);
    const one = this.memberOf(member.uuid);
    if (!one) return;
    one.confirmed(member);
    this.speakers.talks(one.id, member.talking);
    if (kind === 'joined' && this.recording && this.present.size === 1) void this.recordOn(this.recording);
  }

  /** A recording ends with its conference: it goes on in that which has begun anew. */
  private async recordOn(recording: FreeSwitchRecording): Promise<void> {
    await recording.move().catch((error: unknown) => {
      this.context.log.warn({ conference: this.name, why: messageOf(error) }, 'A recording does not go on');
      recording.lost();
    });
  }

  private pressed(uuid: string, digits: string): void {
    const member = this.memberOf(uuid)?.id;
    if (member !== undefined) for (const digit of digits) this.on.emit('digit', { member, digit });
  }

  private left(member: FreeSwitchMember): void {
    if (this.members.get(member.id) !== member) return;
    this.members.delete(member.id);
    this.on.emit('left', { member: member.id });
  }

  private kicked(uuid: string): void {
    // that it is out may be told before why
    const member = [...this.members.values()].find((one) => one.isOrWas(uuid));
    if (!member) return;
    member.finish('put out at the console');
    this.on.emit('removed', { member: member.id, by: atConsole });
  }

  private memberOf(uuid: string | null): FreeSwitchMember | undefined {
    for (const member of this.members.values()) if (member.stay?.uuid === uuid) return member;
    return undefined;
  }

  private owner(): MemberOwner {
    return {
      entry: (options) => this.entry(options),
      through: (pass, join) => this.fence.through(pass, join),
      ask: (words, met) => this.ask(words, met),
      level: (uuid, step) => this.at.level(uuid, step),
      changed: (state, by) => {
        this.on.emit('member', { ...state, by });
        // not every change has an event of the server behind it
        this.confirmations.look();
      },
      absent: (uuid) =>
        this.confirmations.until('leaving', outMs, () => !this.present.has(uuid)).catch(() => undefined),
      out: (member) => this.speakers.gone(member.id),
      left: (member) => this.left(member),
    };
  }

  private entry({ moderator = false, link = false, name = '' }: EntryOptions): Entry {
    const shown = name.replace(/[^\p{L}\p{N} ._-]/gu, '').slice(0, 64);
    const to = this.at.uri(link ? 'link' : moderator ? 'moderator' : 'room', this.name);
    const { name: server, settings } = this.at;
    // whoever opens the conference decides, and that may be anybody
    const headers = settings.profile === 'narrowband' ? { 'X-Conference-Profile': settings.profile } : {};
    return { to, name: shown, headers, server, conference: this.name };
  }

  /** Tells the server, and waits for its event; where it is lost, for what becomes of the member elsewhere. */
  private async ask(words: readonly string[], met: () => boolean): Promise<void> {
    if (words.length > 0) {
      await this.command(...words).catch((error: unknown) => {
        if (!(error instanceof EslLost || error instanceof EslTimeout)) throw error;
      });
    }
    await this.confirmations.until(words[0] ?? 'a change', confirmMs, met);
  }

  private command(...words: string[]): Promise<string> {
    return this.at.conference(this.name, ...words);
  }

  /** A conference that nobody is in yet is locked when the first has come. */
  private async setLock(on: boolean): Promise<void> {
    if (this.present.size === 0) return;
    await this.command(on ? 'lock' : 'unlock');
    await this.confirmations.until('a lock', confirmMs, () => this.fence.told === on || this.present.size === 0);
  }

  private idOf(to: MemberId | undefined): string[] {
    if (to === undefined) return [];
    const id = this.members.get(to)?.stay?.member?.memberId;
    if (id === undefined) throw new NotInConference('there is no such member');
    return [String(id)];
  }

  private open(): void {
    if (this.closing) throw new NotInConference('the conference is closed');
  }
}

/** A sine tone that FreeSWITCH makes. @throws NotPossible */
function toneOf({ tone, ms }: { tone: number; ms: number }): string {
  if (!(tone >= 50 && tone <= 3400 && ms >= 20 && ms <= 120_000))
    throw new NotPossible('a tone of 50-3400 Hz, 20-120000 ms');
  return `tone_stream://%(${Math.round(ms)},0,${Math.round(tone)})`;
}
