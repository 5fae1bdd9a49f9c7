import { mkdir, readdir, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { messageOf } from '../../base/errors.js';
import { RecordingUnusable } from '../../media/mixer/wave-file.js';

/** A recording as it is remembered; times are wall-clock milliseconds. */
export interface CataloguedRecording {
  id: string;
  room: string;
  by: string;
  startedAt: number;
  endedAt: number | null;
  files: { path: string; server: string | null }[];
}

/** Ids, which are names of files: no dot and no slash. */
export const recordingId = /^[\w-]{1,100}$/;
const longestFile = 64 * 1024;
const at = z.number().int().nonnegative();
const shape = z.strictObject({
  id: z.string().regex(recordingId),
  room: z.string().max(64),
  by: z.string().max(256),
  startedAt: at,
  endedAt: at.nullable(),
  files: z.array(z.strictObject({ path: z.string().max(4096), server: z.string().max(64).nullable() })).max(1000),
});

/** What is known of each recording, as a file of JSON beside it: `ID.json`. */
export class Catalogue {
  constructor(private readonly directory: string) {}

  /** Everything that can be read, at most `most` of it, the latest first; `bad` is told of what cannot. */
  async load(most: number, bad: (file: string, why: string) => void): Promise<CataloguedRecording[]> {
    const names = (await readdir(this.directory).catch(() => [])).filter((name) => name.endsWith('.json'));
    const found: CataloguedRecording[] = [];
    for (const name of names.sort().reverse().slice(0, most)) {
      try {
        const text = await readFile(join(this.directory, name), 'utf8');
        if (text.length > longestFile) throw new Error('too long');
        const one = shape.parse(JSON.parse(text));
        if (name !== `${one.id}.json`) throw new Error('it is called otherwise');
        found.push(one);
      } catch (error) {
        bad(name, messageOf(error));
      }
    }
    return found;
  }

  /** Rejects with RecordingUnusable. */
  async keep(one: CataloguedRecording): Promise<void> {
    const file = join(this.directory, `${one.id}.json`);
    try {
      await mkdir(this.directory, { recursive: true, mode: 0o700 });
      await writeFile(`${file}.new`, JSON.stringify(one), { mode: 0o600 });
      await rename(`${file}.new`, file);
    } catch (error) {
      throw new RecordingUnusable(messageOf(error));
    }
  }

  /** Idempotent. */
  async forget(id: string): Promise<void> {
    await unlink(join(this.directory, `${id}.json`)).catch(() => undefined);
  }
}
