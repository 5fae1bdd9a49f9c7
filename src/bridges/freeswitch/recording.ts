import type { AudioRecording, RecordedFile, RecordingState } from '../../rooms/audio-bridge.js';
import { NotInConference, NotPossible } from './errors.js';
import { isSafePath } from './safe-path.js';

/** How long FreeSWITCH may take to say that a recording does what it was told, milliseconds. */
const confirmMs = 3000;

/** What a recording asks of its conference. */
export interface RecordingOwner {
  command(...words: string[]): Promise<unknown>;
  /** Whether there is such a file on the server. */
  exists(path: string): Promise<boolean>;
  until(what: string, ms: number, met: () => boolean): Promise<void>;
  changed(state: RecordingState): void;
  /** Name of the server that it is on now. */
  server(): string;
}

/**
 * A recording by FreeSWITCH, on its disk. Where the conference goes on on another server it goes on in a second file there.
 *
 *   starting --start-recording--> running <--pause--> paused; any --stop-recording, close--> over
 */
export class FreeSwitchRecording implements AudioRecording {
  state: RecordingState['state'] = 'running';
  files: RecordedFile[] = [];
  /** What the server said last of the file that is written. */
  private told: 'none' | RecordingState['state'] = 'none';
  private stopping: Promise<void> | null = null;
  /** It begins anew, as what it was. */
  private moving = false;

  constructor(
    private readonly path: string,
    private readonly owner: RecordingOwner,
  ) {}

  /** Rejects with NotPossible, NotConfirmed, EslRefused. */
  async start(): Promise<void> {
    const { path } = this;
    if (!isSafePath(path)) throw new NotPossible('a recording has an absolute path without spaces');
    await this.begin(path);
    this.tell();
  }

  async pause(on: boolean): Promise<void> {
    if (this.stopping || this.state === 'over') throw new NotInConference('the recording is over');
    if ((this.state === 'paused') === on) return;
    const wanted = on ? 'paused' : 'running';
    await this.owner.command('recording', on ? 'pause' : 'resume', this.file);
    await this.owner.until(on ? 'pausing' : 'going on', confirmMs, () => this.told === wanted);
  }

  stop(): Promise<void> {
    return (this.stopping ??= this.end());
  }

  /** The conference is on another server now, or there anew. */
  async move(): Promise<void> {
    if (this.state === 'over' || this.stopping) return;
    const { state } = this;
    this.moving = true;
    try {
      await this.goOn(state);
    } finally {
      this.moving = false;
    }
    this.tell();
  }

  private async goOn(state: RecordingState['state']): Promise<void> {
    await this.begin(this.path.replace(/(\.\w+)?$/, `-${this.files.length + 1}$1`));
    if (state !== 'paused') return;
    await this.owner.command('recording', 'pause', this.file);
    await this.owner.until('pausing', confirmMs, () => this.told === 'paused');
  }

  /** The server tells of a recording; `deserted` where nobody is in the conference any more, which ends all its recordings. */
  happened(path: string, what: 'start' | 'stop' | 'pause' | 'resume', deserted: boolean): void {
    if (path !== this.file || this.state === 'over') return;
    if (what === 'stop' && deserted && !this.stopping) return;
    const now = { start: 'running', resume: 'running', pause: 'paused', stop: 'over' } as const;
    this.told = now[what];
    if (this.told === this.state || this.moving) return;
    this.state = this.told;
    this.tell();
  }

  /** The conference is gone, and all recordings with it. */
  lost(): void {
    if (this.state === 'over') return;
    this.state = 'over';
    this.tell();
  }

  private get file(): string {
    return this.files.at(-1)?.path ?? '';
  }

  private async begin(path: string): Promise<void> {
    if (await this.owner.exists(path)) throw new NotPossible(`there is ${path} already`);
    this.files.push({ path, server: this.owner.server() });
    this.told = 'none';
    await this.owner.command('recording', 'start', path);
    await this.owner.until('recording', confirmMs, () => this.told !== 'none');
  }

  private async end(): Promise<void> {
    if (this.state === 'over') return;
    await this.owner.command('recording', 'stop', this.file).catch(() => undefined);
    await this.owner.until('ending the recording', confirmMs, () => this.state === 'over').catch(() => this.lost());
  }

  private tell(): void {
    this.owner.changed({ state: this.state, files: [...this.files] });
  }
}
