import type { DeskTicket } from './desk.js';
import { Retransmitter } from './retransmission.js';

/** What the server tells of its own accord. The floor is described when the notice goes out, not when it is queued. */
export type Notice = { kind: 'floor' } | { kind: 'request'; ticket: DeskTicket };

/** Writes a notice under a transaction id. */
export type NoticeWriter = (notice: Notice, transactionId: number) => Uint8Array;

/** When a notification that may not have arrived is told again, milliseconds after it was given up, and how often. */
const againMs = 10_000;
const mostAgain = 3;

/** A notice, and how often it was told again. */
interface Entry {
  notice: Notice;
  again: number;
}

/**
 * Server notifications to one peer, RFC 8855 §8.2. On reliable carriage they go out at once with transaction id 0. On
 * datagrams one waits for its acknowledgement and the others queue behind it, newer ones replacing older ones of the same
 * subject. A peer that never acknowledged anything is not waited for: after the first repetition the next notice goes out,
 * and after one notice was lost for good each goes out once only. What was not acknowledged is told a few times more as
 * long as nothing newer is known: who missed that the floor was taken from it would present on.
 */
export class Notices {
  private readonly line: Retransmitter;
  private readonly queue: Entry[] = [];
  /** In the line. */
  private current: Entry | null = null;
  private doubtful: Entry[] = [];
  private doubtfulAt: number | null = null;
  private transactionId: number;
  private acknowledges: boolean | null = null;
  private loose: { id: number; entry: Entry } | null = null;

  constructor(
    private readonly reliable: boolean,
    firstTransactionId: number,
    private readonly write: NoticeWriter,
    private readonly send: (bytes: Uint8Array) => void,
    private readonly onLost: () => void,
  ) {
    this.transactionId = firstTransactionId;
    this.line = new Retransmitter(true, send);
  }

  get due(): number | null {
    const { due } = this.line;
    if (due === null || this.doubtfulAt === null) return due ?? this.doubtfulAt;
    return Math.min(due, this.doubtfulAt);
  }

  /** Current T1 towards this peer, milliseconds. */
  get t1(): number {
    return this.line.roundTrip.t1;
  }

  /** Null until the peer has acknowledged something, or failed to. */
  get peerAcknowledges(): boolean | null {
    return this.acknowledges;
  }

  push(notice: Notice): void {
    const other = (entry: Entry): boolean => !sameSubject(entry.notice, notice);
    this.believe((entry) => !other(entry));
    this.queue.splice(0, Infinity, ...this.queue.filter(other), { notice, again: 0 });
  }

  /** The peer has just been told how its requests stand, by an answer. */
  answered(): void {
    this.believe(({ notice }) => notice.kind === 'request');
  }

  /** Forgets all that waits: the peer left. */
  clear(): void {
    this.queue.length = 0;
    this.believe(() => true);
    this.line.abandon();
  }

  /** Sends what may go out now. `patient` false: do not wait for an acknowledgement (the peer has not spoken yet). */
  flush(now: number, patient: boolean): void {
    if (this.line.transmissions > 1 && this.acknowledges === null && this.queue.length > 0) {
      this.line.abandon();
      this.doubt(this.current, now);
    }
    while (this.queue.length > 0 && !this.line.busy) {
      const entry = this.queue.shift();
      if (!entry) return;
      if (this.reliable) {
        this.send(this.write(entry.notice, 0));
        continue;
      }
      const id = this.nextId();
      const bytes = this.write(entry.notice, id);
      if (patient && this.acknowledges !== false) {
        this.current = entry;
        this.line.begin(id, bytes, now);
      } else {
        this.loose = { id, entry };
        this.send(bytes);
        if (patient) this.doubt(entry, now);
      }
    }
  }

  /** Id for a message outside the queue (Goodbye). */
  nextId(): number {
    this.transactionId = this.transactionId >= 0xffff ? 1 : this.transactionId + 1;
    return this.transactionId;
  }

  /** Takes an acknowledgement; false when it matches nothing. */
  acknowledged(transactionId: number, now: number): boolean {
    const { loose } = this;
    if (!this.line.answered(transactionId, now)) {
      if (transactionId !== loose?.id) return false;
      this.believe((entry) => entry === loose.entry);
    }
    this.acknowledges = true;
    return true;
  }

  /** `flush` is to follow. */
  tick(now: number): void {
    if (this.doubtfulAt !== null && now >= this.doubtfulAt) {
      this.doubtfulAt = null;
      this.queue.push(...this.doubtful.splice(0).map(({ notice, again }) => ({ notice, again: again + 1 })));
    }
    if (this.line.tick(now) === null) return;
    this.acknowledges ??= false;
    this.doubt(this.current, now);
    this.onLost();
  }

  /** These need not be told again. */
  private believe(which: (entry: Entry) => boolean): void {
    this.doubtful = this.doubtful.filter((entry) => !which(entry));
    if (this.doubtful.length === 0) this.doubtfulAt = null;
  }

  /** It may not have arrived. */
  private doubt(entry: Entry | null, now: number): void {
    if (!entry || entry.again >= mostAgain) return;
    if (this.queue.some(({ notice }) => sameSubject(notice, entry.notice))) return;
    this.doubtful.push(entry);
    this.doubtfulAt ??= now + againMs;
  }
}

function sameSubject(one: Notice, other: Notice): boolean {
  if (one.kind === 'request' && other.kind === 'request') return one.ticket.id === other.ticket.id;
  return one.kind === other.kind;
}
