import { parseArgs } from 'node:util';
import { messageOf } from './base/errors.js';
import { loadConfig, type Config, type Environment } from './config.js';
import { isUserName, realmOf } from './config-users-schema.js';
import { deviceSecretOf, secretsOf } from './rooms/accounts.js';
import type { Store, User } from './rooms/store.js';
import { databaseFile } from './services/store/file.js';
import { openSqliteStore } from './services/store/sqlite-store.js';

const usage = `Users that are kept in the database, besides those of the configuration.

  npm run user -- add NAME [--display TEXT] [--alias NAME]... [--h323]
                                     asks for the password; one that exists is replaced
  npm run user -- remove NAME
  npm run user -- list

  --config FILE  --data DIR   as given to npm start

A running gateway knows of a change at once. The password is read from the terminal, or the first line of standard input;
what is kept of it is a hash for each algorithm. With --h323 also the one that H.323 devices prove passwords with (H.235.1):
it has no salt, so keep it for devices that need it, with passwords that nobody can guess.`;

/** A mistake of who typed the command. */
export class Mistake extends Error {}

/** What the command uses of the machine. */
export interface Machine {
  env: Environment;
  readFile: (path: string) => string;
  /** Asks for a password. */
  password: () => Promise<string>;
  say: (text: string) => void;
}

const options = {
  display: { type: 'string' },
  alias: { type: 'string', multiple: true },
  h323: { type: 'boolean' },
  config: { type: 'string' },
  data: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Does what the words say. Throws Mistake, and StoreUnavailable or NameTaken. */
export async function userCommand(words: readonly string[], machine: Machine): Promise<void> {
  const { values, positionals } = read(words);
  const [verb, name, ...rest] = positionals;
  if (values.help || verb === undefined) return machine.say(usage);
  if (rest.length > 0) throw new Mistake(`${rest.join(' ')}: not understood`);
  const config = configOf(values, machine);
  const store = await openSqliteStore(databaseFile(config.dataDir));
  try {
    if (verb === 'list' && name === undefined) await list(store, machine);
    else if (verb === 'add' && name !== undefined)
      await add(store, config, { user: userOf(name, values), h323: values.h323 === true }, machine);
    else if (verb === 'remove' && name !== undefined) await remove(store, name, machine);
    else throw new Mistake(usage);
  } finally {
    await store.close();
  }
}

function read(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options, allowPositionals: true });
  } catch (error) {
    throw new Mistake(messageOf(error));
  }
}

function configOf(
  { config, data }: { config?: string | undefined; data?: string | undefined },
  { env, readFile }: Machine,
): Config {
  const args = [...(config === undefined ? [] : ['--config', config]), ...(data === undefined ? [] : ['--data', data])];
  const result = loadConfig(args, env, readFile, '');
  if (result.kind === 'run') return result.config;
  throw new Mistake(result.kind === 'errors' ? result.errors.join('\n') : usage);
}

function userOf(name: string, given: { display?: string | undefined; alias?: string[] | undefined }): User {
  const aliases = given.alias ?? [];
  for (const each of [name, ...aliases]) {
    if (!isUserName(each)) throw new Mistake(`${each}: a name has 1 to 64 of A-Z a-z 0-9 - _ . ! ~ * ' + $`);
  }
  return { name, display: given.display ?? null, aliases };
}

async function add(
  store: Store,
  { sip }: Config,
  { user, h323 }: { user: User; h323: boolean },
  { password: ask, say }: Machine,
): Promise<void> {
  const configured = sip.users.find((one) =>
    [user.name, ...user.aliases].some((each) => [one.name, ...one.aliases].includes(each)),
  );
  if (configured) throw new Mistake(`${configured.name} is a user of the configuration (sip.users)`);
  const password = await ask();
  if (password === '') throw new Mistake('the password is empty');
  const realm = realmOf(sip);
  const secrets = secretsOf(user, password, realm, sip.domains);
  await store.users.put(user, h323 ? [...secrets, deviceSecretOf(user, password)] : secrets);
  say(`${user.name} may register now; the realm is ${realm}.`);
}

async function remove(store: Store, name: string, { say }: Machine): Promise<void> {
  if (!(await store.users.remove(name))) throw new Mistake(`there is no user ${name} in the database`);
  say(`${name} is gone; devices stay registered until their time is over.`);
}

async function list(store: Store, { say }: Machine): Promise<void> {
  const page = 500;
  for (let after: string | null = null, users: User[]; ; after = users.at(-1)?.name ?? null) {
    users = await store.users.list(after, page);
    for (const { name, display, aliases } of users) {
      say([name, display === null ? '' : `"${display}"`, ...aliases].filter((text) => text !== '').join('  '));
    }
    if (users.length < page) return;
  }
}
