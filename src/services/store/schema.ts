import type { Kysely, Migration } from 'kysely';

/** Tables as queries see them. */
export interface Tables {
  users: { name: string; display: string | null };
  /** Every name of a user, its own included: so that none is given twice. */
  user_names: { name: string; user: string };
  user_secrets: { username: string; realm: string; algorithm: string; ha1: string; user: string };
  bindings: {
    id: string;
    user: string;
    contact: string;
    params: string;
    q: number;
    instance: string | null;
    reg_id: number | null;
    /** JSON list of strings. */
    path: string;
    agent: string;
    transport: string;
    address: string;
    port: number;
    call_id: string;
    cseq: number;
    registered_at: number;
    expires_at: number;
  };
}

/**
 * Changes of the schema by name, in the order of their names. What was released is never edited: a change gets an entry
 * of its own, and must also run where the tables are full.
 */
export const migrations: Record<string, Migration> = {
  '001-users-and-bindings': {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable('users')
        .addColumn('name', 'text', (column) => column.primaryKey().notNull())
        .addColumn('display', 'text')
        .execute();
      const ofUser = 'users.name';
      await db.schema
        .createTable('user_names')
        .addColumn('name', 'text', (column) => column.primaryKey().notNull())
        .addColumn('user', 'text', (column) => column.notNull().references(ofUser).onDelete('cascade'))
        .execute();
      await db.schema
        .createTable('user_secrets')
        .addColumn('username', 'text', (column) => column.notNull())
        .addColumn('realm', 'text', (column) => column.notNull())
        .addColumn('algorithm', 'text', (column) => column.notNull())
        .addColumn('ha1', 'text', (column) => column.notNull())
        .addColumn('user', 'text', (column) => column.notNull().references(ofUser).onDelete('cascade'))
        .addPrimaryKeyConstraint('user_secrets_key', ['username', 'realm', 'algorithm'])
        .execute();
      // users of the configuration have bindings too
      let table = db.schema.createTable('bindings').addColumn('id', 'text', (column) => column.primaryKey().notNull());
      for (const name of ['user', 'contact', 'params', 'path', 'agent', 'transport', 'address', 'call_id'] as const) {
        table = table.addColumn(name, 'text', (column) => column.notNull());
      }
      for (const name of ['q', 'port', 'cseq', 'registered_at', 'expires_at'] as const) {
        table = table.addColumn(name, 'bigint', (column) => column.notNull());
      }
      await table.addColumn('instance', 'text').addColumn('reg_id', 'bigint').execute();
    },
  },
};
