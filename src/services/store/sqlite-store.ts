import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { Kysely, Migrator, SqliteDialect, sql, type SqliteDatabase } from 'kysely';
import type Libsql from 'libsql';
import { messageOf } from '../../base/errors.js';
import { StoreUnavailable } from '../../rooms/store-errors.js';
import type { Store } from '../../rooms/store.js';
import { migrations, type Tables } from './schema.js';
import { sqliteBindings } from './sqlite-bindings.js';
import { sqliteUsers } from './sqlite-users.js';
import { troubleOf } from './troubles.js';

/** A query waits so long for another process: it is the signalling that waits. */
const busyMs = 200;

export interface SqliteOptions {
  /** Pages of 4 KiB that the file may have, in place of what the disk has room for. */
  mostPages?: number;
}

/**
 * Opens the database file, made where there is none, readable for its owner only, and brings its tables up to date.
 *
 * @throws StoreUnavailable
 */
export async function openSqliteStore(file: string, { mostPages }: SqliteOptions = {}): Promise<Store> {
  const connection = await open(file);
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: asKyselyTakesIt(connection) }) });
  try {
    await migrate(db, file);
  } catch (error) {
    connection.close();
    throw troubleOf(error, file);
  }
  if (mostPages !== undefined) connection.pragma(`max_page_count = ${mostPages}`);
  const asked = async <T>(query: () => Promise<T>): Promise<T> => {
    try {
      return await query();
    } catch (error) {
      throw troubleOf(error, file);
    }
  };
  let closed = false;
  return {
    users: sqliteUsers(db, asked),
    bindings: sqliteBindings(db, asked),
    problem: null,
    close() {
      if (closed) return Promise.resolve();
      closed = true;
      // the library keeps the file open while a statement is not collected: what was written must not wait for that
      try {
        connection.pragma('wal_checkpoint(TRUNCATE)');
      } catch {
        // the log beside the file is read at the next start
      }
      connection.close();
      return Promise.resolve();
    },
  };
}

async function open(file: string): Promise<Libsql.Database> {
  // Its loader asks node for a report, which would look up the names of all our sockets: 10 s where no name server answers.
  Object.assign(process.report ?? {}, { excludeNetwork: true });
  const { default: Database } = await import('libsql').catch((error: unknown) => {
    const why = messageOf(error).split('\n')[0] ?? '';
    throw new StoreUnavailable('missing', `the database program for this kind of machine is not there: ${why}`);
  });
  try {
    mkdirSync(dirname(file), { recursive: true });
    closeSync(openSync(file, 'a', 0o600));
    chmodSync(file, 0o600);
    const connection = new Database(file, { timeout: busyMs });
    connection.pragma('journal_mode = WAL');
    // a crash of the machine may lose the last moments, never the file (https://sqlite.org/pragma.html#pragma_synchronous)
    connection.pragma('synchronous = NORMAL');
    connection.pragma('foreign_keys = ON');
    return connection;
  } catch (error) {
    throw troubleOf(error, file);
  }
}

/**
 * A prepared statement that fails stays active in this library until it is collected, and with it the state of the file
 * that it saw: a write after that of another process would fail for ever. Only `begin` meets other processes; executed
 * without being prepared, it leaves nothing behind.
 */
function asKyselyTakesIt(connection: Libsql.Database): SqliteDatabase {
  return {
    close: () => connection.close(),
    prepare(text) {
      if (!/^(begin|commit|rollback)\b/.test(text)) return connection.prepare(text);
      const run = (): { changes: number; lastInsertRowid: number } => {
        connection.exec(text);
        return { changes: 0, lastInsertRowid: 0 };
      };
      return { reader: false, run, all: () => [], iterate: () => [][Symbol.iterator]() };
    },
  };
}

/** @throws StoreUnavailable, and errors of the database */
async function migrate(db: Kysely<Tables>, file: string): Promise<void> {
  const newer = await newerThanKnown(db);
  if (newer !== null) {
    throw new StoreUnavailable('newer', `the database ${file} was made by a newer version (${newer}); nothing is kept`);
  }
  const provider = { getMigrations: () => Promise.resolve(migrations) };
  const { error } = await new Migrator({ db, provider }).migrateToLatest();
  if (error !== undefined) throw error instanceof Error ? error : new Error(messageOf(error));
}

/** Name of a change that was made to the file and is not known here, or null. */
async function newerThanKnown(db: Kysely<Tables>): Promise<string | null> {
  const tables = await sql<{
    n: number;
  }>`select count(*) as n from sqlite_master where name = 'kysely_migration'`.execute(db);
  if (tables.rows[0]?.n !== 1) return null;
  const done = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db);
  return done.rows.find(({ name }) => !(name in migrations))?.name ?? null;
}
