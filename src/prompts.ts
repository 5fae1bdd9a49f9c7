import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from './base/errors.js';
import { promptNames } from './legs/admission/ivr.js';
import type { Prompts } from './legs/admission/prompts.js';

const languages = ['en', 'zh'] as const;

/** Finds the recordings below a directory, `LANGUAGE/NAME.wav`. Throws an Error that names one that cannot be used. */
export function findPrompts(directory: string): Prompts {
  const known = new Map<string, { file: string; ms: number }>();
  for (const language of languages) {
    for (const name of promptNames) {
      const file = join(directory, language, `${name}.wav`);
      known.set(`${language}/${name}`, { file, ms: lengthOf(file) });
    }
  }
  const found = (key: string): { file: string; ms: number } => known.get(key) ?? { file: '', ms: 0 };
  return {
    file: (name, language) => found(`${language}/${name}`).file,
    ms: (name, language) => found(`${language}/${name}`).ms,
  };
}

/** Milliseconds, from the byte rate that a WAVE file names in its head. */
function lengthOf(file: string): number {
  try {
    const handle = openSync(file, 'r');
    try {
      const head = Buffer.alloc(44);
      const read = readSync(handle, head, 0, head.length, 0);
      const bytesPerSecond = read === head.length ? head.readUInt32LE(28) : 0;
      if (head.toString('latin1', 0, 4) !== 'RIFF' || bytesPerSecond === 0) throw new Error('not a WAVE file');
      return Math.round((1000 * (fstatSync(handle).size - head.length)) / bytesPerSecond);
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    throw new Error(`The prompt ${file} cannot be used: ${messageOf(error)}`);
  }
}
