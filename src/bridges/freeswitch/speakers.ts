import type { MemberId } from '../../rooms/audio-bridge.js';

/** What is told of speakers, on change only. */
export interface SpeakerSignals {
  speaking(members: MemberId[]): void;
  active(member: MemberId | null): void;
}

/**
 * Who speaks, and who is active: the holder of the conference's own floor once it has spoken, for FreeSWITCH gives the floor
 * to the first who comes, silent or not. Its hold time and hysteresis are FreeSWITCH's.
 */
export class Speakers {
  /** Who began last comes first. */
  private talking: MemberId[] = [];
  private readonly heard = new Set<MemberId>();
  private holder: MemberId | null = null;
  private active: MemberId | null = null;

  constructor(private readonly signals: SpeakerSignals) {}

  talks(member: MemberId, on: boolean): void {
    if (this.talking.includes(member) === on) return;
    this.talking = on ? [member, ...this.talking] : this.talking.filter((each) => each !== member);
    if (on) this.heard.add(member);
    this.signals.speaking([...this.talking]);
    this.choose();
  }

  /** The conference's floor changed hands. */
  floor(member: MemberId | null): void {
    this.holder = member;
    this.choose();
  }

  gone(member: MemberId): void {
    this.talks(member, false);
    this.heard.delete(member);
    if (this.holder === member) this.holder = null;
    if (this.active !== member) return;
    this.active = null;
    this.choose();
    if (this.active === null) this.signals.active(null);
  }

  private choose(): void {
    const { holder } = this;
    if (holder === null || holder === this.active || !this.heard.has(holder)) return;
    this.active = holder;
    this.signals.active(holder);
  }
}
