import { Disposables } from '../base/disposables.js';
import type { Line } from '../media/plane.js';
import type { LineName } from '../media/vocabulary.js';
import type { ParticipantDescription, Shown } from './describe.js';
import type { FloorDesk, ParticipantId } from './floor-party.js';
import type { Viewer } from './layout.js';
import type { Leg, MediaFlow } from './leg.js';
import type { Role } from './rights.js';

/** How a leg enters a room. */
export interface JoinOptions {
  role?: Role;
  /** Grant of the token it joined with, so that its owner can be recognised. */
  session?: string | null;
  /** Wished participant id, 1..65535; taken when free. */
  id?: ParticipantId;
  /** Display name instead of the leg's own. */
  name?: string;
  /** Names the person or device beyond this call, so that it is known when it comes back; null when nothing does. */
  identity?: string | null;
}

/** What the room does with what happens on a participant's lines. */
export interface LineWatch {
  keyframeWanted(line: LineName): void;
  /** What the peer sends on a line should change to this rate, kbit/s. */
  rateWanted(line: LineName, kbps: number): void;
  /** A line gets the low encoding of what is routed to it, or the full one again. */
  tier(low: boolean): void;
  changed(): void;
}

/** What is known of a line from what it raised. */
interface Watched {
  line: Line;
  bag: Disposables;
  silent: boolean;
  problem: string | null;
  transcodable: boolean;
  /** It gets a low encoding. */
  low: boolean;
  /** Of what the peer sends on it a low encoding is wanted, kbit/s. */
  lowWanted: number | null;
}

const lineNames: readonly LineName[] = ['audio', 'video', 'content'];

/** One leg's seat in a room: its state as the room knows it. Only the room changes it. */
export class Participant {
  muted = false;
  /** Who changed that last; null where it is not known. */
  mutedBy: string | null = null;
  speaking = false;
  presenting = false;
  /** A moderator lets it present where only presenters may. */
  presenter = false;
  /** Its content came since it holds the floor. */
  shared = false;
  /** A content line is being opened. */
  opening = false;
  /** Opening one was tried for the present holder of the floor. */
  tried = false;
  sees: { main: Shown | null; content: Shown | null } = { main: null, content: null };
  /** Lines whose picture is encoded anew for it. */
  transcoded: ('main' | 'content')[] = [];
  /** Lines whose picture is to be encoded anew for it and is not, and why. */
  unserved: { line: 'main' | 'content'; reason: string }[] = [];
  /** What it was told last of the other end of a call of two. */
  private idle = { audio: false, video: false };
  private flow: MediaFlow = 'sendrecv';
  /** Last description told, as JSON. */
  told = '';
  readonly bag = new Disposables();
  private readonly watched = new Map<LineName, Watched>();

  constructor(
    readonly id: ParticipantId,
    readonly leg: Leg,
    readonly name: string,
    readonly role: Role,
    readonly session: string | null,
    readonly joinedAt: number,
    readonly desk: FloorDesk,
    readonly identity: string | null = null,
  ) {
    this.bag.defer(() => this.unwatch());
  }

  /** Its sound is turned off or on again, as the audio bridge says. */
  mute(on: boolean, by: string | null): void {
    if (this.muted === on) return;
    this.muted = on;
    this.mutedBy = by;
  }

  /** Follows the lines the leg has now; lines it no longer has are forgotten. */
  watchLines(watch: LineWatch): void {
    for (const name of lineNames) {
      const line = this.leg.lines[name];
      const seen = this.watched.get(name);
      if (seen?.line === line) continue;
      seen?.bag.dispose();
      this.watched.delete(name);
      if (line) this.watchLine(name, line, watch);
    }
  }

  /** The lines the leg has now. */
  lines(): Line[] {
    return lineNames.map((name) => this.leg.lines[name]).filter((line) => line !== null);
  }

  /** Lines that cannot be sent what is routed to them, and could if it were encoded anew, and why. */
  stuckLines(): [Line, string][] {
    return [...this.watched.values()].flatMap(({ line, transcodable, problem }) =>
      transcodable && problem !== null ? [[line, problem]] : [],
    );
  }

  /** What goes out on the line is a low encoding. */
  getsLow(name: 'video' | 'content'): boolean {
    return this.watched.get(name)?.low === true;
  }

  viewer(): Viewer {
    const { video, content } = this.leg.lines;
    const contentLine = content !== null && sends(content);
    return {
      id: this.id,
      camera: video !== null && receives(video) && this.watched.get('video')?.silent !== true,
      main: video !== null && sends(video),
      // a share that pauses is shown as it was last
      shares: content !== null && (receives(content) || this.pauses(content)),
      contentLine,
      content: this.contentPlace(contentLine),
    };
  }

  /** It presents, and its content has stopped for now: on hold, or not heard of any more. */
  get paused(): boolean {
    const { content } = this.leg.lines;
    if (!this.presenting || !content) return false;
    return this.pauses(content) || (receives(content) && this.watched.get('content')?.silent === true);
  }

  private pauses(content: Line): boolean {
    return this.presenting && this.shared && content.params?.held === true && !receives(content);
  }

  describe(): ParticipantDescription {
    const problems: ParticipantDescription['problems'] = [];
    for (const [name, line] of [['video', 'main'] as const, ['content', 'content'] as const]) {
      const reason = this.watched.get(name)?.problem ?? null;
      if (reason !== null) problems.push({ line, reason });
    }
    for (const { line, reason } of this.unserved) {
      const known = problems.find((one) => one.line === line);
      if (known) known.reason += `; it is not encoded anew: ${reason}`;
      else problems.push({ line, reason: `the picture is not encoded anew: ${reason}` });
    }
    const { floorProblem = null, lineProblems = [] } = this.leg;
    for (const { line, reason } of lineProblems)
      if (line !== 'audio') problems.push({ line: line === 'video' ? 'main' : line, reason });
    if (floorProblem !== null) problems.push({ line: 'floor', reason: floorProblem });
    return {
      id: this.id,
      name: this.name,
      agent: this.leg.who.agent,
      role: this.role,
      joinedAt: new Date(this.joinedAt).toISOString(),
      audio: this.leg.lines.audio !== null,
      muted: this.muted || this.leg.selfMuted === true,
      mutedBy: this.mutedBy,
      speaking: this.speaking,
      presenting: this.presenting,
      presenter: this.presenter,
      video: this.viewer().camera,
      encrypted: this.leg.encrypted === true,
      content: this.leg.can.content,
      sees: this.sees,
      lowWanted: {
        main: this.watched.get('video')?.lowWanted ?? null,
        content: this.watched.get('content')?.lowWanted ?? null,
      },
      transcoded: this.transcoded,
      problems,
    };
  }

  /** In a call of two: tells it what of the other one does not come any more, or comes again, and whether that one holds. */
  tellOf({ leg }: Participant): void {
    const { audio, video } = leg.lines;
    const silent = (line: Line | null): boolean => line !== null && line.params !== null && !receives(line);
    const idle = { audio: silent(audio), video: silent(video) };
    const comes = [audio, video].some((line) => line !== null && receives(line));
    const flow = leg.holds !== true ? 'sendrecv' : comes ? 'sendonly' : 'inactive';
    if (idle.audio !== this.idle.audio || idle.video !== this.idle.video) this.leg.tell({ idle: (this.idle = idle) });
    if (flow !== this.flow) this.leg.tell({ flow: (this.flow = flow) });
  }

  private contentPlace(contentLine: boolean): Viewer['content'] {
    const can = this.leg.can;
    if (can.contentWaits) return 'none';
    return contentLine && can.content !== 'in-main' ? 'line' : this.contentWithoutLine();
  }

  private contentWithoutLine(): Viewer['content'] {
    const can = this.leg.can;
    if (can.content === 'none') return 'none';
    if (this.opening) return 'open';
    return can.content === 'separate' && can.renegotiate && !this.tried ? 'open' : 'in-main';
  }

  private watchLine(name: LineName, line: Line, watch: LineWatch): void {
    const fresh = { silent: false, problem: null, transcodable: false, low: false, lowWanted: null };
    const seen: Watched = { line, bag: new Disposables(), ...fresh };
    this.watched.set(name, seen);
    const silent = (on: boolean): void => {
      seen.silent = on;
      watch.changed();
    };
    seen.bag.add(line.on.on('keyframeWanted', () => watch.keyframeWanted(name)));
    seen.bag.add(line.on.on('rateWanted', ({ kbps }) => watch.rateWanted(name, kbps)));
    seen.bag.add(
      line.on.on('lowWanted', ({ kbps }) => {
        seen.lowWanted = kbps;
        watch.changed();
      }),
    );
    seen.bag.add(
      line.on.on('tier', ({ low }) => {
        seen.low = low;
        watch.tier(low);
      }),
    );
    seen.bag.add(line.on.on('silent', () => silent(true)));
    seen.bag.add(line.on.on('alive', () => silent(false)));
    seen.bag.add(line.on.on('params', () => watch.changed()));
    seen.bag.add(
      line.on.on('unforwardable', ({ reason, transcodable = false }) => {
        seen.problem = reason;
        seen.transcodable = transcodable;
        watch.changed();
      }),
    );
  }

  private unwatch(): void {
    for (const { bag } of this.watched.values()) bag.dispose();
    this.watched.clear();
  }
}

/** We may send on it. */
function sends(line: Line): boolean {
  return line.params?.direction === 'sendrecv' || line.params?.direction === 'sendonly';
}

/** The peer may send on it. */
function receives(line: Line): boolean {
  return line.params?.direction === 'sendrecv' || line.params?.direction === 'recvonly';
}
