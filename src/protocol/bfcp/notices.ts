import type { DeskTicket } from './desk.js';
import { Retransmitter } from './retransmission.js';

/** What the server tells of its own accord. The floor is described when the notice goes out, not when it is queued. */
export type Notice = { kind: 'floor' } | { kind: 'request'; ticket: DeskTicket };

/** Writes a notice under a transaction id. */
export type NoticeWriter = (notice: Notice, transactionId: number) => Uint8Array;

/**
 * Server notifications to one peer, RFC 8855 §8.2. On reliable carriage they go out at once with transaction id 0. On
 * datagrams one waits for its acknowledgement and the others queue behind it, newer ones replacing older ones of the same
 * subject. A peer that never acknowledged anything is not waited for: after the first repetition the next notice goes out,
 * and after one notice was lost for good each goes out once only.
 */
export class Notices {
  private readonly line: Retransmitter;
  private readonly queue: Notice[] = [];
  private transactionId: number;
  private acknowledges: boolean | null = null;
  private loose = 0;

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
    return this.line.due;
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
    const same = this.queue.findIndex((other) =>
      notice.kind === 'request' && other.kind === 'request'
        ? other.ticket.id === notice.ticket.id
        : other.kind === notice.kind,
    );
    if (same >= 0) this.queue.splice(same, 1);
    this.queue.push(notice);
  }

  /** Forgets all that waits: the peer left. */
  clear(): void {
    this.queue.length = 0;
    this.line.abandon();
  }

  /** Sends what may go out now. `patient` false: do not wait for an acknowledgement (the peer has not spoken yet). */
  flush(now: number, patient: boolean): void {
    if (this.line.transmissions > 1 && this.acknowledges === null && this.queue.length > 0) this.line.abandon();
    while (this.queue.length > 0 && !this.line.busy) {
      const notice = this.queue.shift();
      if (!notice) return;
      if (this.reliable) {
        this.send(this.write(notice, 0));
        continue;
      }
      const id = this.nextId();
      if (patient && this.acknowledges !== false) this.line.begin(id, this.write(notice, id), now);
      else this.sendLoose(id, this.write(notice, id));
    }
  }

  /** Id for a message outside the queue (Goodbye). */
  nextId(): number {
    this.transactionId = this.transactionId >= 0xffff ? 1 : this.transactionId + 1;
    return this.transactionId;
  }

  /** Takes an acknowledgement; false when it matches nothing. */
  acknowledged(transactionId: number, now: number): boolean {
    const matched = this.line.answered(transactionId, now);
    if (!matched && transactionId !== this.loose) return false;
    this.acknowledges = true;
    return true;
  }

  tick(now: number): void {
    if (this.line.tick(now) === null) return;
    this.acknowledges ??= false;
    this.onLost();
  }

  private sendLoose(id: number, bytes: Uint8Array): void {
    this.loose = id;
    this.send(bytes);
  }
}
