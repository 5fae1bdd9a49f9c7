import { Buckets } from '../../base/buckets.js';
import type { Clock, Timer } from '../../base/clock.js';
import { conferenceDocument, leftUser, type ConferenceState } from './conference-info.js';
import type { Xml } from './conference-xml.js';

/** Changes of one moment are told together, and but for mutes no two NOTIFYs to one subscriber within this, ms. */
const pauseMs = 1000;
/** Mutes that do not wait for that: so many at once, then one more in two seconds. */
const hurries = 4;
const hurriesPerSecond = 0.5;
/** Users of one document, bytes: the rest follows in the next one. A NOTIFY must pass UDP and an engine elsewhere. */
const budget = 8000;

/** Why a subscription ends (RFC 6665 §4.1.3). */
export type SubscriptionEnd = 'timeout' | 'noresource' | 'rejected';

/** What a subscription works with. */
export interface SubscriptionParts {
  clock: Clock;
  /** Conference URI. */
  entity: string;
  state(): ConferenceState;
  /** Sends a NOTIFY; resolves with the status of its answer. */
  notify(state: string, body: string | null): Promise<number>;
  /** It is over; `told` when the subscriber is told so by a last NOTIFY. */
  over(told: boolean): void;
}

/**
 * One subscriber of a room's roster: first everything, then what changed.
 *
 *   active --changed()--> waiting for its pause, a mute for nothing --NOTIFY--> active
 *   active --expiry, unsubscribe, end of the room--> last NOTIFY, over
 *   active --NOTIFY refused or unanswered, dialog gone--> over
 */
export class ConferenceSubscription {
  private version = 0;
  private full = true;
  private dirty = true;
  private sending = false;
  private readonly sent = new Map<string, Xml>();
  private sentState: Xml | null = null;
  private sentDescription: Xml | null = null;
  private quietUntil = Number.NEGATIVE_INFINITY;
  private timer: Timer | null = null;
  private expiry: Timer | null = null;
  private expiresAt = 0;
  private isOver = false;
  /** What changed does not wait for the pause. */
  private urgent = false;
  private readonly hurry: Buckets;

  constructor(private readonly parts: SubscriptionParts) {
    this.hurry = new Buckets(parts.clock, hurries, hurriesPerSecond);
  }

  /** Begins, or goes on for this long; everything is told again (RFC 6665 §4.2.1.2). */
  refresh(seconds: number): void {
    if (this.isOver) return;
    const { clock } = this.parts;
    this.expiry?.cancel();
    this.expiresAt = clock.now() + seconds * 1000;
    this.expiry = clock.after(seconds * 1000, () => this.end('timeout'));
    this.full = this.dirty = true;
    this.quietUntil = Number.NEGATIVE_INFINITY;
    this.flush();
  }

  /** Something in the room is other than before; `urgent` when it is to be seen at once. */
  changed(urgent = false): void {
    this.dirty = true;
    this.urgent ||= urgent;
    this.flush();
  }

  /** Says goodbye; `timeout` with the whole state, since it may be the answer to a fetch. */
  end(why: SubscriptionEnd): void {
    if (this.isOver) return;
    const body = why === 'timeout' ? this.document(true) : null;
    this.stop(true);
    void this.parts.notify(`terminated;reason=${why}`, body);
  }

  /** The dialog is gone: nothing more is sent. */
  drop(): void {
    if (!this.isOver) this.stop(false);
  }

  private stop(told: boolean): void {
    this.isOver = true;
    this.timer?.cancel();
    this.expiry?.cancel();
    this.parts.over(told);
  }

  private flush(): void {
    const { clock } = this.parts;
    if (this.isOver || this.sending || !this.dirty) return;
    const wait = this.quietUntil - clock.now();
    if (wait > 0 && !(this.urgent && this.hurry.take(''))) {
      this.timer ??= clock.after(wait, () => {
        this.timer = null;
        this.flush();
      });
      return;
    }
    this.timer?.cancel();
    this.timer = null;
    this.urgent = false;
    const body = this.document(this.full);
    if (body === null) return;
    this.quietUntil = clock.now() + pauseMs;
    this.sending = true;
    const left = Math.max(1, Math.round((this.expiresAt - clock.now()) / 1000));
    void this.parts.notify(`active;expires=${left}`, body).then((status) => {
      this.sending = false;
      if (status >= 300) this.drop();
      else this.flush();
    });
  }

  /** The next document; null when there is nothing to tell. Leaves `dirty` when more is to follow. */
  private document(full: boolean): string | null {
    const { entity } = this.parts;
    const { description, state, users } = this.parts.state();
    if (full) this.sent.clear();
    const told = this.pick(users);
    const news = full || state !== this.sentState;
    const described = full || description !== this.sentDescription;
    if (!news && !described && told.length === 0) return null;
    this.full = false;
    this.sentState = state;
    this.sentDescription = description;
    const version = this.version++;
    return conferenceDocument({
      entity,
      version,
      full,
      description: described ? description : null,
      state: news ? state : null,
      users: told,
    });
  }

  private pick(users: ConferenceState['users']): Xml[] {
    const told: Xml[] = [];
    let room = budget;
    this.dirty = false;
    const fits = (xml: Xml): boolean => {
      if (told.length > 0 && room < xml.length) {
        this.dirty = true;
        return false;
      }
      told.push(xml);
      room -= xml.length;
      return true;
    };
    for (const entity of [...this.sent.keys()]) {
      if (!users.has(entity) && fits(leftUser(entity))) this.sent.delete(entity);
    }
    for (const [entity, xml] of users) {
      if (this.sent.get(entity) !== xml && fits(xml)) this.sent.set(entity, xml);
    }
    return told;
  }
}
