import type { Kysely, Selectable } from 'kysely';
import type { Binding, BindingStore } from '../../rooms/store.js';
import type { Tables } from './schema.js';
import { together, type Asked } from './together.js';

/** Registrations in the database. */
export function sqliteBindings(db: Kysely<Tables>, asked: Asked): BindingStore {
  return {
    all: () => asked(async () => (await db.selectFrom('bindings').selectAll().execute()).map(bindingOf)),
    change: ({ put, remove }) =>
      asked(() =>
        together(db, async (change) => {
          for (const id of remove) await change.deleteFrom('bindings').where('id', '=', id).execute();
          for (const row of put.map(rowOf)) {
            const query = change.insertInto('bindings').values(row);
            await query.onConflict((conflict) => conflict.column('id').doUpdateSet(row)).execute();
          }
        }),
      ),
  };
}

type Row = Selectable<Tables['bindings']>;

function rowOf({ regId, callId, registeredAt, expiresAt, path, ...rest }: Binding): Row {
  return {
    ...rest,
    path: JSON.stringify(path),
    reg_id: regId,
    call_id: callId,
    registered_at: Math.round(registeredAt),
    expires_at: Math.round(expiresAt),
  };
}

function bindingOf({ reg_id, call_id, registered_at, expires_at, path, transport, ...rest }: Row): Binding {
  return {
    ...rest,
    transport: transport as Binding['transport'],
    path: JSON.parse(path) as string[],
    regId: reg_id,
    callId: call_id,
    registeredAt: registered_at,
    expiresAt: expires_at,
  };
}
