import { sql, type Kysely } from 'kysely';
import type { Tables } from './schema.js';

/** Runs queries and says in words why one failed. */
export type Asked = <T>(query: () => Promise<T>) => Promise<T>;

/**
 * Runs changes together or not at all. SQLite has often undone them itself when one fails, and then knows nothing of a
 * transaction to roll back; what is told is what failed.
 */
export function together<T>(db: Kysely<Tables>, change: (db: Kysely<Tables>) => Promise<T>): Promise<T> {
  return db.connection().execute(async (one) => {
    await sql`begin immediate`.execute(one);
    try {
      const result = await change(one);
      await sql`commit`.execute(one);
      return result;
    } catch (error) {
      await sql`rollback`.execute(one).catch(() => undefined);
      throw error;
    }
  });
}
