import { readdirSync } from 'node:fs';

/** All recordings by name. */
export const names: readonly string[] = readdirSync(new URL('../../golden/drachtio/', import.meta.url))
  .filter((name) => name.endsWith('.txt'))
  .map((name) => name.slice(0, -4))
  .sort();
