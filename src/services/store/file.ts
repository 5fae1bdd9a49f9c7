import { join } from 'node:path';

/** The database in the data directory. */
export function databaseFile(dataDir: string): string {
  return join(dataDir, 'dualstream.db');
}
