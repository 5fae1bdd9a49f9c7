import type { Timer } from '../../base/clock.js';
import type { ReliableProvisional } from '../sip/reliable-provisional.js';
import type { ServerTransaction } from '../sip/server-transaction.js';
import type { App } from './apps.js';
import type { Call } from './call.js';

/** A request of the network that was handed to an application. */
export interface Pending {
  /** Transaction id; an UPDATE before the final answer shares that of its INVITE. */
  readonly id: string;
  readonly transaction: ServerTransaction;
  readonly app: App;
  /** Its dialog: of an in-dialog request from the start, of an INVITE from the first response. */
  call: Call | null;
  toTag: string | null;
  reliable: ReliableProvisional | null;
  /** Answers in place of an application that says nothing. */
  timer: Timer | null;
}

/** Requests that wait for an application, by transaction id. */
export class Pendings {
  private readonly byId = new Map<string, Pending[]>();
  private readonly byTransaction = new Map<ServerTransaction, Pending>();

  add(pending: Pending): void {
    const list = this.byId.get(pending.id) ?? [];
    this.byId.set(pending.id, [...list, pending]);
    this.byTransaction.set(pending.transaction, pending);
  }

  /** The one an answer is for; `method` is from its CSeq where the application gave one. */
  find(id: string, method: string | null): Pending | null {
    const list = this.byId.get(id) ?? [];
    return (
      list.find((each) => each.transaction.request.method === method) ?? (method === null ? list[0] : undefined) ?? null
    );
  }

  of(transaction: ServerTransaction): Pending | null {
    return this.byTransaction.get(transaction) ?? null;
  }

  /** The INVITE of a call that has no final answer yet. */
  inviteOf(call: Call): Pending | null {
    for (const transaction of call.open) {
      if (transaction.request.method === 'INVITE' && !transaction.answered) return this.of(transaction);
    }
    return null;
  }

  ofApp(app: App): Pending[] {
    return [...this.byTransaction.values()].filter((each) => each.app === app);
  }

  remove(pending: Pending): void {
    pending.timer?.cancel();
    pending.reliable?.stop();
    pending.call?.open.delete(pending.transaction);
    this.byTransaction.delete(pending.transaction);
    const rest = (this.byId.get(pending.id) ?? []).filter((each) => each !== pending);
    if (rest.length > 0) this.byId.set(pending.id, rest);
    else this.byId.delete(pending.id);
  }

  dispose(): void {
    for (const pending of [...this.byTransaction.values()]) this.remove(pending);
  }
}
