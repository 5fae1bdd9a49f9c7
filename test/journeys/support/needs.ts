import { existsSync } from 'node:fs';

/** What a test needs and this machine lacks, in words, or null. */
export function missing(programs: string[]): string | null {
  const places = ['/usr/bin', '/usr/sbin', '/bin', '/sbin', '/usr/local/bin'];
  const lacking = programs.filter((program) => !places.some((place) => existsSync(`${place}/${program}`)));
  return lacking.length === 0 ? null : `not installed: ${lacking.join(', ')}`;
}

/** Skips a suite, saying why, when a program is not installed. */
export function skipWithout(context: Mocha.Context, programs: string[]): void {
  const lacking = missing(programs);
  if (lacking === null) return;
  process.stderr.write(`      skipped: ${lacking}\n`);
  context.skip();
}
