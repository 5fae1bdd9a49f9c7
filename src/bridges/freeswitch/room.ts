import { Disposables } from '../../base/disposables.js';
import { Emitter } from '../../base/events.js';
import { Serial } from '../../base/serial.js';
import type { Line } from '../../media/plane.js';
import type {
  AudioConference,
  AudioMember,
  AudioRecording,
  ConferenceEvents,
  JoinOptions,
  MemberId,
  Prompt,
} from '../../rooms/audio-bridge.js';
import type { FreeSwitchConference } from './conference.js';
import { NotInConference, NotPossible } from './errors.js';
import { isLink, Link, type LinkTools } from './link.js';
import type { Server } from './server.js';

/** Places of the first conference, of so many, that are kept for links: so many further ones can there be. */
function placesForLinks(most: number): number {
  return Math.min(8, Math.max(1, Math.floor(most / 4)));
}

/** What a room works with. */
export interface RoomTools extends LinkTools {
  /** Opens a conference, on a server that has none of these where there is one. */
  open(besides: readonly Server[]): FreeSwitchConference;
}

interface Half {
  conference: FreeSwitchConference;
  /** To the first; null for itself. */
  link: Link | null;
  speaking: readonly MemberId[];
  active: MemberId | null;
  bag: Disposables;
}

/**
 * The sound of one room: one conference, and where more come in than a server has place for in one, further ones that are
 * linked to the first. Roster, mutes, locks and speakers are those of the whole.
 */
export class FreeSwitchRoom implements AudioConference {
  readonly on = new Emitter<ConferenceEvents>();
  private readonly halves: Half[] = [];
  private readonly growing = new Serial();
  private readonly members = new Map<MemberId, Half>();
  private locked = false;
  private active: MemberId | null = null;
  private closing: Promise<void> | null = null;

  constructor(
    private readonly tools: RoomTools,
    private readonly closed: () => void,
  ) {
    this.add(tools.open([]));
  }

  /** For dumps and tests. */
  get conferences(): readonly FreeSwitchConference[] {
    return this.halves.map(({ conference }) => conference);
  }

  async join(id: MemberId, line: Line, options: JoinOptions = {}): Promise<AudioMember> {
    this.open();
    if (this.members.has(id)) throw new NotInConference('there is such a member already');
    if (this.locked && options.pass !== true) throw new NotInConference('the conference is locked');
    const half = this.halves.find((one) => this.hasPlace(one)) ?? (await this.growing.run(() => this.grow()));
    this.open();
    this.members.set(id, half);
    try {
      return await half.conference.join(id, line, options);
    } catch (error) {
      this.members.delete(id);
      throw error;
    }
  }

  /** What everybody is to hear is played in the first, whose links carry it on. */
  async play(prompt: Prompt, to?: MemberId): Promise<void> {
    this.open();
    await this.of(to).play(prompt, to);
  }

  async hush(to?: MemberId): Promise<void> {
    this.open();
    await this.of(to).hush(to);
  }

  async lock(on: boolean): Promise<void> {
    this.open();
    await Promise.all(this.halves.map(({ conference }) => conference.lock(on)));
    this.becomeLocked(on);
  }

  /** The first hears all others. */
  async record(path: string): Promise<AudioRecording> {
    this.open();
    return this.of(undefined).record(path);
  }

  close(): Promise<void> {
    return (this.closing ??= this.end());
  }

  private async end(): Promise<void> {
    await this.growing.run(() => Promise.resolve());
    // the first last: it has the recording
    for (const half of [...this.halves].reverse()) await this.drop(half);
    this.closed();
  }

  private async drop(half: Half): Promise<void> {
    await half.link?.close();
    await half.conference.close();
    half.bag.dispose();
  }

  /** Another half, unless one has place again. */
  private async grow(): Promise<Half> {
    const free = this.halves.find((one) => this.hasPlace(one));
    if (free) return free;
    this.open();
    const [first] = this.conferences;
    const most = first ? placesForLinks(first.server.settings.membersPerConference) : 1;
    if (this.halves.length > most) throw new NotPossible('the room is as large as its servers let it become');
    const conference = this.tools.open(this.conferences.map(({ server }) => server));
    const half = this.add(conference);
    try {
      if (first) half.link = await Link.between(first, conference, this.tools);
      if (this.locked) await conference.lock(true);
      return half;
    } catch (error) {
      this.halves.splice(this.halves.indexOf(half), 1);
      await this.drop(half);
      throw error;
    }
  }

  private hasPlace(half: Half): boolean {
    const { membersPerConference: most } = half.conference.server.settings;
    const links = half === this.halves[0] ? placesForLinks(most) : 1;
    return [...this.members.values()].filter((one) => one === half).length < most - links;
  }

  private add(conference: FreeSwitchConference): Half {
    const half: Half = { conference, link: null, speaking: [], active: null, bag: new Disposables() };
    this.halves.push(half);
    const { on } = conference;
    half.bag.add(on.on('member', (state) => (isLink(state.id) ? this.mend(half) : this.on.emit('member', state))));
    half.bag.add(on.on('removed', (who) => (isLink(who.member) ? this.mend(half) : this.removed(who))));
    half.bag.add(on.on('left', ({ member }) => void this.members.delete(member)));
    half.bag.add(on.on('speaking', ({ members }) => this.speaking(half, members)));
    half.bag.add(on.on('active', ({ member }) => this.activeIn(half, member)));
    half.bag.add(on.on('digit', (key) => this.on.emit('digit', key)));
    half.bag.add(on.on('locked', ({ on: locked }) => this.lockedIn(half, locked)));
    half.bag.add(on.on('recording', (state) => this.on.emit('recording', state)));
    return half;
  }

  private removed(who: ConferenceEvents['removed']): void {
    this.members.delete(who.member);
    this.on.emit('removed', who);
  }

  private mend(half: Half): void {
    const links = half.link ? [half.link] : this.halves.map(({ link }) => link);
    for (const link of links) link?.mend(half.conference);
  }

  private speaking(half: Half, members: readonly MemberId[]): void {
    const before = this.speakers();
    half.speaking = members.filter((id) => !isLink(id));
    const now = this.speakers();
    if (now.join() !== before.join()) this.on.emit('speaking', { members: now });
    if (this.halves.length > 1) this.choose();
  }

  private speakers(): MemberId[] {
    return this.halves.flatMap(({ speaking }) => speaking);
  }

  private activeIn(half: Half, member: MemberId | null): void {
    half.active = member;
    if (this.halves.length === 1) this.becomeActive(member);
    else this.choose();
  }

  /**
   * Of several halves each has somebody active, or the link for whoever speaks elsewhere. One who is active in its half and
   * speaks is so in the whole, as long as it does.
   */
  private choose(): void {
    const candidates = this.halves.flatMap(({ active, speaking }) =>
      active !== null && speaking.includes(active) ? [active] : [],
    );
    const [first] = candidates;
    if (first !== undefined && !candidates.some((id) => id === this.active)) this.becomeActive(first);
  }

  private becomeActive(member: MemberId | null): void {
    if (member === this.active) return;
    this.active = member;
    this.on.emit('active', { member });
  }

  /** Somebody at the console locked or opened a half: so is the whole. */
  private lockedIn(half: Half, on: boolean): void {
    if (this.locked === on || this.closing) return;
    for (const other of this.halves) if (other !== half) void other.conference.lock(on).catch(() => undefined);
    this.becomeLocked(on);
  }

  private becomeLocked(on: boolean): void {
    if (this.locked === on) return;
    this.locked = on;
    this.on.emit('locked', { on });
  }

  private of(member: MemberId | undefined): FreeSwitchConference {
    const half = member === undefined ? this.halves[0] : this.members.get(member);
    if (!half) throw new NotInConference('there is no such member');
    return half.conference;
  }

  private open(): void {
    if (this.closing) throw new NotInConference('the conference is closed');
  }
}
