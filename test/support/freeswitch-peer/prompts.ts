import { systemClock, type Timer } from '../../../src/base/clock.js';
import type { Conference, Member } from './conference.js';
import type { Core } from './core.js';
import { promptOf } from './sound.js';

interface Playing {
  file: string;
  to: Member | null;
  startedAt: number;
  timer: Timer;
}

/** What plays in a conference. */
export class Prompts {
  private readonly playing = new Set<Playing>();

  constructor(
    private readonly conference: Conference,
    private readonly core: Core,
  ) {}

  /** False when there is no such file. */
  play(file: string, to: Member | null): boolean {
    const prompt = promptOf(file);
    if (!prompt) {
      const error = { File: file, Async: 'false', Error: 'File could not be played' };
      this.core.raise('play-file:error', { ...this.conference.values(), ...error });
      return false;
    }
    const { mixer } = this.conference.sound;
    void mixer.play(this.conference.uuid, to ? String(to.id) : null, prompt.pcm).catch(() => undefined);
    const timer = systemClock.after(prompt.ms, () => this.done(playing));
    const playing: Playing = { file, to, startedAt: systemClock.now(), timer };
    this.playing.add(playing);
    this.raise('play-file', playing);
    return true;
  }

  /** Ends those of one member, or those for all; resolves with how many. */
  async stop(of: Member | null): Promise<number> {
    const mine = [...this.playing].filter(({ to }) => to === of);
    await this.conference.sound.mixer.hush(this.conference.uuid, of ? String(of.id) : null);
    for (const each of mine) this.done(each);
    return mine.length;
  }

  /** The member has gone. */
  forget(member: Member): void {
    for (const each of [...this.playing]) if (each.to === member) this.drop(each);
  }

  clear(): void {
    for (const each of [...this.playing]) this.drop(each);
  }

  private drop(playing: Playing): void {
    playing.timer.cancel();
    this.playing.delete(playing);
  }

  private done(playing: Playing): void {
    this.drop(playing);
    const ms = Math.round(systemClock.now() - playing.startedAt);
    const samples = String(ms * (this.conference.profile === 'wideband' ? 48 : 8));
    const lasted = { seconds: String(Math.floor(ms / 1000)), milliseconds: String(ms), samples };
    this.raise('play-file', playing, '-done', lasted);
  }

  private raise(action: string, { file, to }: Playing, end = '', more: Record<string, string> = {}): void {
    const values = { File: file, ...more };
    if (to) this.conference.tell(`${action}-member${end}`, to, values);
    else this.core.raise(`${action}${end}`, { ...this.conference.values(), ...values });
  }
}
