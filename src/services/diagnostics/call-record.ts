import type { Disposable } from '../../base/disposables.js';
import type { SeenMessage } from '../../base/seen.js';
import type { Line, TracedPacket } from '../../media/plane.js';
import type { CallReport, CallSummary, SaidMessage } from '../../rooms/call-archive.js';
import type { LegFacts, SoundStay, WatchedLeg } from '../../rooms/call-diagnosis.js';
import { isKeepAlive, readFloor } from './floor-reading.js';
import type { Signalling } from './signalling.js';
import { sipSignalling } from './sip-signalling.js';
import { Tape, type Language, type Taped } from './tape.js';

/** Calls with its sound that are kept: the latest. */
const mostStays = 8;
/** Most notes of a call. */
const mostNotes = 20;
/** Longest sentence about a message. */
const mostWords = 1000;
/** Lines that are closed already, of which RTCP is kept: more than one call has. */
const mostClosed = 4;
/** Of a call's room, signalling gets the greater part. */
const floorShare = 0.25;

/** A tape for floor control. */
export function floorTape(limit: number): Tape {
  return new Tape(limit * floorShare, isKeepAlive);
}

/** What a line remembered. */
export interface TracedLine {
  /** audio, video, content or fecc. */
  name: string;
  /** Of our end. */
  address: string;
  packets: readonly TracedPacket[];
}

/** Without the line itself, which may be over. */
export function tracedLine({ id, local }: Line, packets: readonly TracedPacket[]): TracedLine {
  return { name: id.split('/').at(-1) ?? '', address: local.address, packets };
}

/** What is kept of one call. */
export class CallRecord {
  floor: Tape | null = null;
  endedAt: number | null = null;
  room: string | null = null;
  participant: number | null = null;
  /** Words that were dialled and are secret. */
  readonly secrets = new Set<string>();
  /** While it lives: nothing of a call that is over is kept alive. */
  private leg: WatchedLeg | null = null;
  private answered = false;
  private readonly tape: Tape;
  private ended = '';
  private facts: LegFacts | null = null;
  private readonly notes: { at: number; what: string }[] = [];
  /** By channel. */
  private readonly stays = new Map<string, SoundStay>();
  private following: Disposable | null = null;
  private readonly traced = new Map<Line, Disposable>();
  private closed: TracedLine[] = [];

  constructor(
    readonly id: string,
    readonly callId: string,
    readonly startedAt: number,
    limit: number,
    private readonly wall: () => number,
    readonly signalling: Signalling = sipSignalling,
  ) {
    this.tape = new Tape(limit * (1 - floorShare), (text, language) => signalling.dull(text, language));
  }

  /** Bytes of its tapes. */
  get size(): number {
    return this.tape.size + (this.floor?.size ?? 0);
  }

  get alive(): boolean {
    return this.leg !== null;
  }

  /** Lines of the live call. */
  get lines(): readonly Line[] {
    return this.leg?.lines() ?? [];
  }

  add(message: SeenMessage, language?: Language): void {
    this.tape.add({ ...taped(message, this.wall()), ...(language ? { language } : {}) });
  }

  /** The call was answered: from now on its leg tells how it is. */
  follow(leg: WatchedLeg, ended: () => void): void {
    this.following?.dispose();
    this.leg = leg;
    this.answered = true;
    this.endedAt = null;
    this.look();
    this.following = leg.follow(
      () => this.look(),
      (why) => {
        this.ended = why;
        this.endedAt = this.wall();
        this.note(`ended: ${why}`);
        this.following?.dispose();
        this.following = this.leg = null;
        ended();
      },
    );
  }

  /** How it is with a call that carries its sound to a server that mixes. */
  sound(stay: SoundStay): void {
    this.stays.set(stay.channel, stay);
    const [oldest] = this.stays.keys();
    if (this.stays.size > mostStays && oldest !== undefined) this.stays.delete(oldest);
  }

  /** Messages with the secrets taken out. */
  messages(): { signalling: Taped[]; floor: readonly Taped[] } {
    const signalling = this.tape.messages().map((one) => this.signalling.mask(one, this.secrets));
    return { signalling, floor: this.floor?.messages() ?? [] };
  }

  /** What lines held when they were closed. */
  closedLines(): readonly TracedLine[] {
    return this.closed;
  }

  summary(): CallSummary {
    const { id, callId, startedAt, endedAt, room, participant } = this;
    const { final, ...told } = this.signalling.tell(this.tape.messages(), this.secrets);
    const { protocol } = this.signalling;
    return { ...{ id, callId, protocol, startedAt, endedAt, room, participant }, ...told, state: this.stateOf(final) };
  }

  report(): Omit<CallReport, 'sees'> {
    this.look();
    const { signalling, floor } = this.messages();
    const missing = [...signalling, ...floor].reduce((sum, one) => sum + one.missing, this.tape.missing);
    return {
      ...this.summary(),
      ended: this.ended,
      messages: signalling.map((one) => this.said(one)),
      exchanges: this.signalling.exchanges(signalling),
      talk: readFloor(floor),
      facts: this.facts,
      sound: [...this.stays.values()],
      notes: [...this.notes],
      missing,
    };
  }

  /** Nobody follows it any more. */
  dispose(): void {
    this.following?.dispose();
    this.following = this.leg = null;
    for (const watching of this.traced.values()) watching.dispose();
    this.traced.clear();
  }

  private said(message: Taped): SaidMessage {
    const { at, outgoing } = message;
    const what = this.signalling.words(message);
    return { at, by: outgoing ? 'us' : 'peer', what: what.length > mostWords ? `${what.slice(0, mostWords)}…` : what };
  }

  private stateOf(final: { refused: boolean } | null): CallSummary['state'] {
    if (this.answered) return this.endedAt === null ? 'answered' : 'ended';
    if (!final) return 'calling';
    return final.refused ? 'refused' : 'ended';
  }

  /** Takes what the leg says now, and notes what is different. */
  private look(): void {
    const { leg } = this;
    if (!leg) return;
    const before = this.facts;
    const now = leg.facts();
    this.facts = now;
    for (const line of leg.lines()) this.listenTo(line);
    for (const change of changesOf(before, now)) this.note(change);
  }

  private listenTo(line: Line): void {
    if (this.traced.has(line)) return;
    const watching = line.on.on('closed', ({ trace }) => {
      this.traced.get(line)?.dispose();
      this.traced.delete(line);
      this.closed = [...this.closed, tracedLine(line, trace)].slice(-mostClosed);
    });
    this.traced.set(line, watching);
  }

  private note(what: string): void {
    this.notes.push({ at: this.wall(), what });
    if (this.notes.length > mostNotes) this.notes.splice(1, 1);
  }
}

/** What is worth telling. */
function changesOf(before: LegFacts | null, now: LegFacts): string[] {
  const [was, is] = [before?.floor ?? null, now.floor];
  const { refused = [] } = now;
  const changes = refused.filter((why) => !before?.refused?.includes(why)).map((why) => `refused: ${why}`);
  if (was && !is) changes.push('floor control: no longer agreed');
  if (is && is.channel !== null && is.channel !== was?.channel) changes.push(`floor control: ${is.channel}`);
  if (is && is.problem !== null && is.problem !== was?.problem) changes.push(`floor control: ${is.problem}`);
  const { way, why } = now.content;
  const other = before ? before.content.way !== way || (why !== null && before.content.why !== why) : why !== null;
  if (other) changes.push(`content: ${way}${why === null ? '' : ` (${why})`}`);
  return changes;
}

/** A copy that keeps nothing else alive. */
export function taped({ outgoing, way, local, remote, bytes }: SeenMessage, at: number): Omit<Taped, 'missing'> {
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { at, outgoing, way, local, remote, text: buffer.toString('latin1') };
}
