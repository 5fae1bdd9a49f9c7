import { Serial } from '../../base/serial.js';
import { NotInConference } from './errors.js';

/** What a fence asks of its conference. */
export interface FenceOwner {
  /** Tells the server, and waits for its event; rejects when it does not take it. */
  set(locked: boolean): Promise<void>;
  changed(locked: boolean): void;
}

/** The lock of a conference. FreeSWITCH lets nobody into a locked one: it is opened for those who may pass. */
export class Fence {
  private readonly changes = new Serial();
  private locked = false;
  /** Those who are on their way in. */
  private passing = 0;
  /** What the server said last. */
  told = false;

  constructor(private readonly owner: FenceOwner) {}

  /** Resolves when the server has it. */
  lock(on: boolean): Promise<void> {
    return this.changes.run(async () => {
      if (this.locked === on) return;
      await this.owner.set(on && this.passing === 0);
      this.become(on);
    });
  }

  /** Lets somebody in. Rejects with NotInConference where it is locked and `pass` false. */
  async through<T>(pass: boolean, join: () => Promise<T>): Promise<T> {
    if (this.locked && !pass) throw new NotInConference('the conference is locked');
    this.passing += 1;
    try {
      await this.changes.run(() => this.apply());
      return await join();
    } finally {
      this.passing -= 1;
      // who has come in is in, whatever becomes of the lock
      await this.changes.run(() => this.apply()).catch(() => undefined);
    }
  }

  /** The server says so: by us, or by somebody at its controls. */
  happened(locked: boolean): void {
    this.told = locked;
    if (this.passing === 0) this.become(locked);
  }

  /** A conference of that name begins anew on a server: it is open. */
  fresh(): void {
    this.told = false;
  }

  private async apply(): Promise<void> {
    const wanted = this.locked && this.passing === 0;
    if (this.told !== wanted) await this.owner.set(wanted);
  }

  private become(locked: boolean): void {
    if (this.locked === locked) return;
    this.locked = locked;
    this.owner.changed(locked);
  }
}
