import type { Kysely } from 'kysely';
import { NameTaken } from '../../rooms/store-errors.js';
import type { User, UserStore } from '../../rooms/store.js';
import type { Tables } from './schema.js';
import { together, type Asked } from './together.js';

/** Users in the database. */
export function sqliteUsers(db: Kysely<Tables>, asked: Asked): UserStore {
  return {
    find: (name) => asked(() => ownerOf(db, name)),
    secret: ({ username, realm, algorithm }) =>
      asked(async () => {
        const found = await db
          .selectFrom('user_secrets')
          .select(['user', 'ha1'])
          .where('username', '=', username)
          .where('realm', '=', realm)
          .where('algorithm', '=', algorithm)
          .executeTakeFirst();
        const user = found && (await ownerOf(db, found.user));
        return user ? { user, ha1: found.ha1 } : null;
      }),
    list: (after, limit) =>
      asked(async () => {
        let query = db.selectFrom('users').select('name').orderBy('name').limit(limit);
        if (after !== null) query = query.where('name', '>', after);
        const users: User[] = [];
        for (const { name } of await query.execute()) {
          const user = await ownerOf(db, name);
          if (user) users.push(user);
        }
        return users;
      }),
    put: (user, secrets) =>
      asked(() =>
        together(db, async (change) => {
          await change.deleteFrom('users').where('name', '=', user.name).execute();
          const names = [user.name, ...user.aliases];
          for (const name of names) if (await ownerOf(change, name)) throw new NameTaken(name);
          await change.insertInto('users').values({ name: user.name, display: user.display }).execute();
          for (const name of names) await change.insertInto('user_names').values({ name, user: user.name }).execute();
          for (const secret of secrets) {
            const row = { ...secret, user: user.name };
            await change.insertInto('user_secrets').values(row).execute();
          }
        }),
      ),
    remove: (name) =>
      asked(() =>
        together(db, async (change) => {
          const { numDeletedRows } = await change.deleteFrom('users').where('name', '=', name).executeTakeFirst();
          return numDeletedRows > 0n;
        }),
      ),
  };
}

async function ownerOf(db: Kysely<Tables>, name: string): Promise<User | null> {
  const user = await db
    .selectFrom('user_names')
    .innerJoin('users', 'users.name', 'user_names.user')
    .select(['users.name', 'users.display'])
    .where('user_names.name', '=', name)
    .executeTakeFirst();
  if (!user) return null;
  const names = await db
    .selectFrom('user_names')
    .select('name')
    .where('user', '=', user.name)
    .orderBy('name')
    .execute();
  return { ...user, aliases: names.map((one) => one.name).filter((one) => one !== user.name) };
}
