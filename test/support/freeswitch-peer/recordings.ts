import { silentLog } from '../../../src/base/log.js';
import { EmbeddedRecording } from '../../../src/bridges/embedded/recording.js';
import type { Conference } from './conference.js';
import type { Core } from './core.js';

/** What is recorded of a conference, by our own mixer. */
export class Recordings {
  private readonly running = new Map<string, Promise<EmbeddedRecording>>();

  constructor(
    private readonly conference: Conference,
    private readonly core: Core,
  ) {}

  get any(): boolean {
    return this.running.size > 0;
  }

  has(path: string): boolean {
    return this.running.has(path);
  }

  /** It is said to record before the file is there. */
  start(path: string): void {
    const { mixer } = this.conference.sound;
    const tools = { mixer, log: silentLog, room: this.conference.uuid, changed: () => undefined };
    const recording = EmbeddedRecording.start(path, tools);
    this.running.set(path, recording);
    recording.then(
      () => this.tell('start', path),
      () => this.running.delete(path),
    );
  }

  async pause(path: string, on: boolean): Promise<void> {
    const recording = await this.running.get(path);
    await recording?.pause(on);
    this.tell(on ? 'pause' : 'resume', path);
  }

  async stop(path: string): Promise<void> {
    const recording = this.running.get(path);
    this.running.delete(path);
    await (await recording)?.stop();
    this.tell('stop', path);
  }

  async stopAll(): Promise<void> {
    for (const path of [...this.running.keys()]) await this.stop(path).catch(() => undefined);
  }

  /** The process is gone: nobody is told. */
  drop(): void {
    for (const recording of this.running.values()) void recording.then((one) => one.stop()).catch(() => undefined);
    this.running.clear();
  }

  private tell(how: string, path: string): void {
    this.core.raise(`${how}-recording`, { ...this.conference.values(), Path: path });
  }
}
