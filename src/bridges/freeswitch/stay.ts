import type { Clock } from '../../base/clock.js';
import { Disposables } from '../../base/disposables.js';
import { messageOf } from '../../base/errors.js';
import type { Line } from '../../media/plane.js';
import type { MemberSnapshot } from '../../protocol/esl/snapshot.js';
import { within } from '../../rooms/deadline.js';
import type { SoundStay } from '../../rooms/call-diagnosis.js';
import type { SoundCall, SoundDialer } from '../../rooms/sound-call.js';
import { NotInConference } from './errors.js';
import { SoundPath, type PathTools } from './sound-path.js';
import { difference, termsOf, type Terms } from './terms.js';

/** How long the event of a join may take after the call was answered, milliseconds. */
const joinMs = 3000;

/** What a stay works with. */
export interface StayTools extends PathTools {
  clock: Clock;
  dialer: SoundDialer;
}

/** Where and how a stay begins. */
export interface Entry {
  /** URI of the conference. */
  to: string;
  /** Names of both, for operators. */
  server: string;
  conference: string;
  /** Shown on the server. */
  name: string;
  headers: Readonly<Record<string, string>>;
}

/**
 * One call of a member to one conference, from dialling to its end; the channel there is called like the call.
 *
 *   dialling --200, add-member (in any order)--> in --BYE, del-member, end--> over (once)
 *      \--refused, too late, end--> over
 */
export class Stay {
  /** What the server says of the member; null before it is in. */
  member: MemberSnapshot | null = null;
  private readonly abort = new AbortController();
  private readonly bag = new Disposables();
  private call: SoundCall | null = null;
  private path: SoundPath | null = null;
  private terms: Terms | null = null;
  private isOver = false;
  private story: SoundStay | null = null;
  private settle: (error: Error | null) => void = () => undefined;
  private readonly joined = new Promise<void>((resolve, reject) => {
    this.settle = (error) => (error ? reject(error) : resolve());
  });

  constructor(
    /** Call-ID and channel. */
    readonly uuid: string,
    private readonly line: Line,
    private readonly tools: StayTools,
    /** It ended, by whomever. */
    private readonly ended: () => void,
    /** How it is, for operators. */
    private readonly told: (story: SoundStay) => void,
  ) {
    this.joined.catch(() => undefined);
  }

  get over(): boolean {
    return this.isOver;
  }

  /** Rejects with DialFailed, NotConfirmed, NotInConference; the stay is over then. */
  async begin(entry: Entry): Promise<void> {
    const { clock, dialer, log } = this.tools;
    const terms = termsOf(this.line.params);
    try {
      if (!terms) throw new NotInConference('nothing is agreed on with the member yet');
      this.terms = terms;
      this.begun(entry, terms);
      const call = await dialer.call({ ...entry, callId: this.uuid, terms }, this.abort.signal);
      if (this.isOver) {
        void call.end();
        throw new NotInConference('given up');
      }
      this.call = call;
      this.bag.add(call.on.on('ended', ({ why }) => this.finish(why)));
      this.path = new SoundPath(this.line, call.line, this.tools);
      this.path.connect(terms.converted);
      const { path } = this;
      // any codec of the answer may come at any time (RFC 3264 §6.1): FreeSWITCH knows one
      this.bag.add(
        this.line.on.on('unpassed', () => {
          path.connect(true);
          this.tell({ converted: true });
        }),
      );
      this.bag.add(this.line.on.on('params', () => void this.follow()));
      await within(clock, joinMs, 'joining a conference on FreeSWITCH', this.joined);
      await this.follow();
    } catch (error) {
      log.debug({ call: this.uuid, why: messageOf(error) }, 'A member does not come into its conference');
      this.finish(messageOf(error));
      throw error;
    }
  }

  /** The server says that it is in. */
  isIn(member: MemberSnapshot): void {
    this.member = member;
    if (this.story?.member !== member.memberId) this.tell({ state: 'in', member: member.memberId });
    this.settle(null);
  }

  /** Presses a key at the server. */
  press(digit: string): void {
    this.call?.line.press(digit, 100);
  }

  /** The call ended, or the server says that the member is out; `why` is for operators. */
  finish(why: string): void {
    if (this.isOver) return;
    this.isOver = true;
    this.settle(new NotInConference('the call ended'));
    this.abort.abort();
    this.bag.dispose();
    this.path?.close();
    void this.call?.end();
    this.tell({ state: 'over', endedAt: this.tools.clock.wall(), why });
    this.ended();
  }

  private begun({ server, conference }: Entry, { formats, converted, direction }: Terms): void {
    const codec = formats[0]?.name ?? '';
    const startedAt = this.tools.clock.wall();
    const none = { member: null, endedAt: null, why: '', state: 'calling' as const };
    this.story = { ...none, channel: this.uuid, server, conference, codec, converted, direction, startedAt };
    this.told(this.story);
  }

  private tell(change: Partial<SoundStay>): void {
    if (!this.story) return;
    this.story = { ...this.story, ...change };
    this.told(this.story);
  }

  /** Follows what has become otherwise with the member. */
  private async follow(): Promise<void> {
    const { call, terms: before } = this;
    // without any codec nothing comes and nothing is wanted: as if on hold
    const terms = termsOf(this.line.params) ?? (before && { ...before, direction: 'inactive' as const });
    if (!call || !terms || !before || this.isOver) return;
    const what = difference(before, terms);
    if (what === 'none') return;
    if (what === 'codec') return this.finish('another codec');
    this.terms = terms;
    this.tell({ direction: terms.direction });
    try {
      await call.change(terms);
    } catch (error) {
      this.tools.log.warn({ call: this.uuid, why: messageOf(error) }, 'FreeSWITCH does not take a change; called anew');
      this.finish(messageOf(error));
    }
  }
}
