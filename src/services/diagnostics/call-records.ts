import type { Clock, Timer } from '../../base/clock.js';
import { isUnspecified } from '../../base/addressing.js';
import { fineWall } from '../../base/clock.js';
import type { Chance } from '../../base/ids.js';
import type { Metrics } from '../../base/metrics.js';
import type { Seen, SeenMessage } from '../../base/seen.js';
import type { CallArchive, CallReport, CallSummary } from '../../rooms/call-archive.js';
import type { CallWatch, SoundStay, WatchedLeg } from '../../rooms/call-diagnosis.js';
import type { Shown } from '../../rooms/describe.js';
import { CallRecord, floorTape, taped, tracedLine } from './call-record.js';
import { captureOf } from './capture.js';
import { H323Calls } from './h323-calls.js';
import { h323Signalling } from './h323-signalling.js';
import type { Signalling } from './signalling.js';
import { sipSignalling } from './sip-signalling.js';
import { callIdOf } from './sip-text.js';
import type { Language, Tape } from './tape.js';

/** How much is kept. */
export interface RecordLimits {
  /** Calls that are over, and as many that were never answered. */
  calls: number;
  /** How long, milliseconds. */
  ms: number;
  /** Bytes of messages of one call. */
  bytes: number;
}

/** What suits a gateway with calls of all kinds. */
export const usualRecords: RecordLimits = { calls: 100, ms: 3_600_000, bytes: 65_536 };

/** What records work with. */
export interface RecordTools {
  clock: Clock;
  chance: Chance;
  metrics: Metrics;
  limits: RecordLimits;
  /** What a participant is shown now. */
  sees(room: string, participant: number): { main: Shown | null; content: Shown | null } | undefined;
}

/** Most legs that are known before their calls are answered. */
const mostUnanswered = 200;
/** Most live calls that are recorded; beyond them new ones are not. */
const mostLive = 20_000;
const invite = Buffer.from('INVITE ', 'latin1');

/** What is known of a leg before its call is answered. */
interface Unanswered {
  tape: Tape;
  seat: { room: string; participant: number } | null;
  sound: SoundStay[];
}

/**
 * The recorder of all calls: SIP and floor control as they pass, within bounds, while a call lives and for a while after.
 * Calls that are over and calls that were never answered have places of their own, so that no flood of the ones takes those
 * of the others.
 */
export class CallRecords implements CallWatch, CallArchive {
  private readonly byCallId = new Map<string, CallRecord>();
  private readonly byId = new Map<string, CallRecord>();
  private readonly byLeg = new Map<string, CallRecord>();
  /** In the order in which they are forgotten. */
  private readonly over = new Set<CallRecord>();
  private readonly refused = new Set<CallRecord>();
  private readonly unanswered = new Map<string, Unanswered>();
  /** Call-IDs of calls to servers of ours, which are not recorded. */
  private readonly innerCalls = new Set<string>();
  /** Those whose sound goes to a server now, by channel: their ends come after those of the legs. */
  private readonly bySound = new Map<string, CallRecord>();
  private readonly h323Calls = new H323Calls();
  private readonly wall: () => number;
  private timer: Timer | null = null;
  private closed = false;

  constructor(private readonly tools: RecordTools) {
    this.wall = fineWall(tools.clock);
  }

  /** A SIP message passed. */
  readonly sip: Seen = (message) => {
    if (this.closed) return;
    const bytes = message.bytes as Buffer;
    const callId = callIdOf(bytes);
    if (callId === '' || this.innerCalls.has(callId)) return;
    const begins = bytes.subarray(0, invite.length).equals(invite);
    this.recordOf(callId, begins, sipSignalling)?.add(message);
  };

  /** A message of H.323 passed; `callId` is its callIdentifier where whoever saw it knows. */
  readonly h323 = (message: SeenMessage, language: Language, callId: string | null): void => {
    if (this.closed) return;
    const { callIds, begins } = this.h323Calls.place(message, language, callId);
    for (const one of callIds) this.recordOf(one, begins, h323Signalling)?.add(message, language);
  };

  /** Where floor control of a leg is to be told; `own` stands for an address of ours that the system chose. */
  floor(legId: string, own?: string): Seen {
    const tape = this.byLeg.get(legId)?.floor ?? this.early(legId).tape;
    return (message: SeenMessage) => {
      if (this.closed) return;
      const { address, port } = message.local;
      const local = own !== undefined && isUnspecified(address) ? { address: own, port } : message.local;
      tape.add(taped({ ...message, local }, this.wall()));
    };
  }

  answered(leg: WatchedLeg): void {
    if (this.closed) return;
    const signalling = leg.protocol === 'h323' ? h323Signalling : sipSignalling;
    const record = this.byCallId.get(leg.callId) ?? this.make(leg.callId, signalling);
    if (!record) return;
    this.refused.delete(record);
    this.over.delete(record);
    this.byLeg.set(leg.id, record);
    const { tape, seat, sound } = this.early(leg.id);
    this.unanswered.delete(leg.id);
    record.floor = tape;
    if (seat) this.seat(record, seat);
    for (const stay of sound) this.keepSound(record, stay);
    record.follow(leg, () => this.ended(record, leg.id));
    this.measure();
  }

  seated(legId: string, room: string, participant: number): void {
    if (this.closed) return;
    const record = this.byLeg.get(legId);
    if (record) this.seat(record, { room, participant });
    else this.early(legId).seat = { room, participant };
  }

  secret(callId: string, text: string): void {
    if (text.length >= 2) this.byCallId.get(callId)?.secrets.add(text);
  }

  inner(callId: string): void {
    if (this.closed) return;
    this.innerCalls.add(callId);
    const [oldest] = this.innerCalls;
    if (this.innerCalls.size > mostLive && oldest !== undefined) this.innerCalls.delete(oldest);
  }

  sound(legId: string, stay: SoundStay): void {
    if (this.closed) return;
    const record = this.byLeg.get(legId) ?? this.bySound.get(stay.channel);
    if (record) return this.keepSound(record, stay);
    if (stay.state === 'over') return;
    const early = this.early(legId);
    early.sound = [...early.sound.filter(({ channel }) => channel !== stay.channel), stay].slice(-2);
  }

  list({ room, callId, limit }: { room?: string; callId?: string; limit: number }): CallSummary[] {
    this.forget();
    const fits = (one: CallRecord): boolean =>
      (room === undefined || one.room === room.toLowerCase()) && (callId === undefined || one.callId === callId);
    const found = [...this.byId.values()].filter(fits);
    return found
      .sort((a, b) => b.startedAt - a.startedAt)
      .slice(0, limit)
      .map((one) => one.summary());
  }

  report(id: string): CallReport | null {
    this.forget();
    const record = this.byId.get(id);
    if (!record) return null;
    const { room, participant, alive } = record;
    const sees = alive && room !== null && participant !== null ? this.tools.sees(room, participant) : null;
    return { ...record.report(), sees: sees ?? null };
  }

  callOf(room: string, participant: number): string | null {
    const here = (one: CallRecord): boolean =>
      one.alive && one.participant === participant && one.room === room.toLowerCase();
    return [...this.byLeg.values()].find(here)?.id ?? null;
  }

  async capture(id: string, rtpMs: number): Promise<Buffer | null> {
    this.forget();
    const record = this.byId.get(id);
    if (!record) return null;
    const live = await Promise.all(record.lines.map(async (line) => tracedLine(line, await line.trace(rtpMs))));
    return captureOf(record, live);
  }

  /** Forgets everything; idempotent. */
  close(): void {
    this.closed = true;
    this.timer?.cancel();
    this.timer = null;
    for (const record of this.byId.values()) record.dispose();
    for (const map of [this.byId, this.byCallId, this.byLeg, this.bySound, this.unanswered]) map.clear();
    this.innerCalls.clear();
    this.over.clear();
    this.refused.clear();
  }

  /** The record of a call, made anew where this message begins one; null where the name is that of another kind of call. */
  private recordOf(callId: string, begins: boolean, signalling: Signalling): CallRecord | null {
    const record = this.byCallId.get(callId) ?? (begins ? this.make(callId, signalling) : null);
    return record?.signalling === signalling ? record : null;
  }

  private make(callId: string, signalling: Signalling): CallRecord | null {
    const { limits, chance } = this.tools;
    if (limits.bytes === 0 || this.byId.size >= mostLive + 2 * limits.calls) return null;
    const record = new CallRecord(chance.hex(6), callId, this.wall(), limits.bytes, this.wall, signalling);
    this.byCallId.set(callId, record);
    this.byId.set(record.id, record);
    this.refused.add(record);
    this.forget();
    return record;
  }

  private seat(record: CallRecord, { room, participant }: NonNullable<Unanswered['seat']>): void {
    record.room = room;
    record.participant = participant;
  }

  private keepSound(record: CallRecord, stay: SoundStay): void {
    record.sound(stay);
    if (stay.state === 'over') this.bySound.delete(stay.channel);
    else this.bySound.set(stay.channel, record);
  }

  private early(legId: string): Unanswered {
    const known = this.unanswered.get(legId);
    if (known) return known;
    const one: Unanswered = { tape: floorTape(this.tools.limits.bytes), seat: null, sound: [] };
    this.unanswered.set(legId, one);
    const [oldest] = this.unanswered.keys();
    if (this.unanswered.size > mostUnanswered && oldest !== undefined) this.unanswered.delete(oldest);
    return one;
  }

  private ended(record: CallRecord, legId: string): void {
    this.byLeg.delete(legId);
    if (record.alive) return;
    this.over.add(record);
    this.forget();
    this.measure();
  }

  /** What is too old or too much. */
  private forget(): void {
    const { limits, clock } = this.tools;
    const oldest = this.wall() - limits.ms;
    for (const group of [this.over, this.refused]) {
      for (const record of group) {
        const fresh = (record.endedAt ?? record.startedAt) > oldest;
        // at least one that is not answered: it may be being answered
        if (fresh && group.size <= Math.max(limits.calls, group === this.refused ? 1 : 0)) break;
        this.drop(group, record);
      }
    }
    if (this.over.size + this.refused.size === 0 || this.closed) return;
    this.timer ??= clock.after(Math.max(1000, limits.ms / 10), () => {
      this.timer = null;
      this.forget();
    });
  }

  private drop(group: Set<CallRecord>, record: CallRecord): void {
    group.delete(record);
    record.dispose();
    this.byId.delete(record.id);
    if (this.byCallId.get(record.callId) === record) this.byCallId.delete(record.callId);
    this.measure();
  }

  private measure(): void {
    this.tools.metrics.gauge('dualstream_calls_recorded', this.byId.size);
  }
}
