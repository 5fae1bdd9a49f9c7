import { readFileSync } from 'node:fs';
import { systemClock } from '../../../src/base/clock.js';
import { silentLog } from '../../../src/base/log.js';
import { createMetrics } from '../../../src/base/metrics.js';
import { formatsOf } from '../../../src/bridges/embedded/formats.js';
import { startMediaPlane } from '../../../src/media/io/plane.js';
import { startMixer, type Mixer } from '../../../src/media/mixer/mixer.js';
import type { PromptPcm } from '../../../src/media/mixer/prompts.js';
import { toneSound, wavSound } from '../../../src/media/mixer/sound.js';
import type { Line, MediaPlane } from '../../../src/media/plane.js';

const here = '127.0.0.1';

/** What is heard in the stand-in: our own media threads and mixer. */
export class Sound {
  private lines = 0;

  private constructor(
    readonly mixer: Mixer,
    private readonly plane: MediaPlane & { close(): Promise<void> },
  ) {}

  /** Lines raise `silent` when nothing came for `silentMs`. */
  static async start(silentMs: number): Promise<Sound> {
    const plane = await startMediaPlane({ ports: 'auto', limits: { silentMs } });
    const tools = { clock: systemClock, log: silentLog, metrics: createMetrics() };
    const mixer = await startMixer({ ...tools, rings: plane.rings, ioPort: plane.mixerPort });
    return new Sound(mixer, plane);
  }

  open(): Promise<Line> {
    return this.plane.open({ id: `channel${++this.lines}/audio`, kind: 'audio', bind: here, advertise: here });
  }

  /** Neither heard nor hearing until `follow`, so that who comes muted is never heard before. */
  join(room: string, member: string, line: Line): Promise<void> {
    return this.mixer.join(room, member, line.slot, { receive: [], send: null });
  }

  /** As the line's parameters are now. */
  follow(room: string, member: string, line: Line): void {
    this.mixer.update(room, member, formatsOf(line.params)).catch(() => undefined);
  }

  async close(): Promise<void> {
    this.mixer.dispose();
    await this.plane.close();
  }
}

/** What `play` is asked for, and how long it takes, ms; null for what is not there. */
export function promptOf(file: string): { pcm: PromptPcm; ms: number } | null {
  const [, ms, hz] = /^tone_stream:\/\/(?:[^%]*;)?%\((\d+),\d+,(\d+)\)/.exec(file) ?? [];
  try {
    const pcm = ms === undefined ? wavSound(readFileSync(file)) : toneSound(Number(hz), Number(ms));
    return { pcm, ms: pcm[8000].length / 8 };
  } catch {
    return null;
  }
}

/** Decibels of FreeSWITCH's steps of volume, -4 to 4. */
export function decibelsOf(level: number): number {
  const factor = [0.2, 0.4, 0.6, 0.8, 1, 1.3, 2.3, 3.3, 4.3][level + 4] ?? 1;
  return 20 * Math.log10(factor);
}
