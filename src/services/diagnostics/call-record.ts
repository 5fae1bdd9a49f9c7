import type { Disposable } from '../../base/disposables.js';
import type { SeenMessage } from '../../base/seen.js';
import type { Line, TracedPacket } from '../../media/plane.js';
import type { CallReport, CallSummary } from '../../rooms/call-archive.js';
import type { LegFacts, WatchedLeg } from '../../rooms/call-diagnosis.js';
import { exchangesOf } from './exchanges.js';
import { isKeepAlive, readFloor } from './floor-reading.js';
import { maskSip } from './mask.js';
import { readSipText, type SipText } from './sip-text.js';
import { Tape, type Taped } from './tape.js';

/** Most notes of a call. */
const mostNotes = 20;
/** Lines that are closed already, of which RTCP is kept: more than one call has. */
const mostClosed = 4;
/** Methods that are said again and again while nothing happens. */
const dullMethods = /^(OPTIONS|INFO|NOTIFY)$/;

/** Of a call's room, SIP gets the greater part. */
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
  private readonly sip: Tape;
  private ended = '';
  private facts: LegFacts | null = null;
  private readonly notes: { at: number; what: string }[] = [];
  private following: Disposable | null = null;
  private readonly traced = new Map<Line, Disposable>();
  private closed: TracedLine[] = [];

  constructor(
    readonly id: string,
    readonly callId: string,
    readonly startedAt: number,
    limit: number,
    private readonly wall: () => number,
  ) {
    this.sip = new Tape(limit * (1 - floorShare), (text) => dullMethods.test(readSipText(text).about));
  }

  /** Bytes of its tapes. */
  get size(): number {
    return this.sip.size + (this.floor?.size ?? 0);
  }

  get alive(): boolean {
    return this.leg !== null;
  }

  /** Lines of the live call. */
  get lines(): readonly Line[] {
    return this.leg?.lines() ?? [];
  }

  add(message: SeenMessage): void {
    this.sip.add(taped(message, this.wall()));
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

  /** Messages with the secrets taken out. */
  messages(): { sip: Taped[]; floor: readonly Taped[] } {
    const sip = this.sip.messages().map((one) => ({ ...one, text: maskSip(one.text, this.secrets) }));
    return { sip, floor: this.floor?.messages() ?? [] };
  }

  /** What lines held when they were closed. */
  closedLines(): readonly TracedLine[] {
    return this.closed;
  }

  summary(): CallSummary {
    return this.summarize(this.messages().sip);
  }

  report(): Omit<CallReport, 'sees'> {
    this.look();
    const { sip, floor } = this.messages();
    const missing = [...sip, ...floor].reduce((sum, one) => sum + one.missing, this.sip.missing);
    return {
      ...this.summarize(sip),
      ended: this.ended,
      exchanges: exchangesOf(sip),
      talk: readFloor(floor),
      facts: this.facts,
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

  private summarize(messages: readonly Taped[]): CallSummary {
    const read = messages.map((one) => ({ one, sip: readSipText(one.text) }));
    const first = read[0];
    const peer = read.find(({ one }) => !one.outgoing)?.sip;
    const final = read.findLast(({ sip }) => sip.about === 'INVITE' && (sip.status ?? 0) >= 200)?.sip;
    const { id, callId, startedAt, endedAt, room, participant } = this;
    return {
      ...{ id, callId, startedAt, endedAt, room, participant },
      direction: first?.one.outgoing === true ? 'out' : 'in',
      from: addressOf(first?.sip.header('From') ?? ''),
      to: first?.sip.uri ?? addressOf(first?.sip.header('To') ?? ''),
      agent: peer?.header('User-Agent') ?? peer?.header('Server') ?? '',
      transport: first?.one.way ?? '',
      peer: first ? `${bracketed(first.one.remote.address)}:${first.one.remote.port}` : '',
      state: this.stateOf(final),
      status: final?.status ?? null,
      reason: final?.reason ?? '',
    };
  }

  private stateOf(final: SipText | undefined): CallSummary['state'] {
    if (this.answered) return this.endedAt === null ? 'answered' : 'ended';
    if (!final) return 'calling';
    return (final.status ?? 0) >= 300 ? 'refused' : 'ended';
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

/** The address of a From or To value. */
function addressOf(value: string): string {
  return (/<([^>]*)>/.exec(value)?.[1] ?? value.split(';')[0] ?? '').trim();
}

function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}
