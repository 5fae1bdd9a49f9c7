import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** A group of test files and how they are run. */
export interface Group {
  name: string;
  /** Together in one mocha of several processes, or each file by itself in its own network namespace. */
  how: 'together' | 'alone';
  files: string[];
  /** One test may take this long, milliseconds. */
  timeoutMs: number;
  /** One mocha process may take this long, milliseconds. */
  processMs: number;
}

const MINUTE = 60_000;

/** The groups in the order in which they run; `long` runs only when asked for by name. */
export function findGroups(root: string): Group[] {
  const files = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .map((file) => join('test', file))
    .sort();
  const ending = (end: string): string[] => files.filter((file) => file.endsWith(end));
  const alone = (name: string, end: string, minutes: number): Group => ({
    name,
    how: 'alone',
    files: ending(end),
    timeoutMs: minutes * MINUTE,
    processMs: 5 * minutes * MINUTE,
  });
  return [
    { name: 'unit', how: 'together', files: ending('.test.ts'), timeoutMs: 30_000, processMs: 20 * MINUTE },
    alone('journeys', '.journey.ts', 2),
    alone('live', '.live.ts', 3),
    alone('long', '.long.ts', 60),
  ];
}
