import { z } from 'zod';

// The words given to `describe` are those of docs/operations.md (npm run docs).
const name = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,31}$/, 'expected 1 to 32 of a-z 0-9 _ -');
const host = z
  .string()
  .regex(
    /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?|[0-9A-Fa-f:.]+)$/,
    'expected a host name or an IP address',
  );
const port = z.int().min(1).max(65535);
const alias = z.string().min(1).max(128);
const digits = z.string().regex(/^[0-9#*]{1,32}$/, 'expected digits');

const place = z.strictObject({ host: host.describe('Name or address'), port: port.default(1719) });

const registration = z.strictObject({
  name: name.describe('What rules call it'),
  gatekeepers: z
    .union([z.literal('multicast'), z.array(place).min(1).max(8)])
    .describe('Where it is, the preferred first; `multicast` asks the network for one (224.0.1.41)'),
  identifier: z.string().min(1).max(64).optional().describe('Name of the gatekeeper that is wanted; by default any'),
  discover: z.boolean().default(true).describe('Whether it is asked (GRQ) before we register'),
  kind: z
    .enum(['mcu', 'gateway', 'terminal'])
    .default('mcu')
    .describe('What we say that we are; prefixes are for the first two'),
  aliases: z.array(alias).max(32).default(['Dualstream']).describe('Our names and numbers there'),
  prefixes: z.array(digits).max(32).default([]).describe('Numbers that begin so come to us'),
  user: alias.optional().describe('Name for its password (H.235)'),
  secretEnv: z.string().min(1).optional().describe('Name of the environment variable that holds the password'),
  passwordForm: z
    .enum(['hmac-sha1-96', 'md5'])
    .default('hmac-sha1-96')
    .describe('How the password is proved: by H.235.1, or in the older way'),
  port: z.int().min(0).max(65535).default(0).describe('Our UDP port for it; 0 lets the system pick'),
  seconds: z.int().min(30).max(86_400).default(300).describe('How long a registration is asked for'),
  kbps: z
    .int()
    .min(64)
    .max(1_000_000)
    .default(3840)
    .describe('What a call asks for at first, both directions together, kbit/s'),
  maxCalls: z.int().min(1).max(10_000).default(100).describe('Most calls that go out by it'),
});

/** `h323.registrations`. */
export const registrations = z
  .array(registration)
  .max(16)
  .default([])
  .describe('Gatekeepers elsewhere with which we register; they are listed with the trunks');

/** `h323.dialOut.numbers`. */
export const numbers = z
  .array(
    z.strictObject({
      dialled: z
        .string()
        .min(1)
        .max(200)
        .refine(isPattern, 'expected a regular expression')
        .describe('All of what stands after `h323:`'),
      registration: name.describe('Which gatekeeper is asked'),
      to: z.string().min(1).max(100).describe('What it is asked for; `$1` to `$9` are the groups of `dialled`'),
    }),
  )
  .max(1000)
  .default([])
  .describe(
    'Which names and numbers rooms may call by `h323:` through which gatekeeper; the first one that fits counts',
  );

function isPattern(text: string): boolean {
  try {
    return new RegExp(`^(?:${text})$`).source !== '';
  } catch {
    return false;
  }
}

type Registrations = z.infer<typeof registrations>;

/** What cannot work although each key by itself is fine; paths are below `h323`. */
export function registrationConflicts(
  all: Registrations,
  rules: z.infer<typeof numbers>,
  trunks: readonly string[],
  networks: readonly string[],
): { path: string[]; message: string }[] {
  const found: { path: string[]; message: string }[] = [];
  const names = new Set(trunks);
  for (const [index, one] of all.entries()) {
    const path = (key: string): string[] => ['registrations', String(index), key];
    if (names.has(one.name))
      found.push({ path: path('name'), message: `${one.name} is the name of another one, or of a trunk` });
    names.add(one.name);
    if (networks.includes(one.name))
      found.push({ path: path('name'), message: `${one.name} is also one of sip.networks: rules could mean either` });
    if ((one.user === undefined) !== (one.secretEnv === undefined))
      found.push({ path: path('user'), message: 'user and secretEnv go together' });
    if (one.kind === 'terminal' && one.prefixes.length > 0)
      found.push({ path: path('prefixes'), message: 'a terminal has none' });
  }
  for (const [index, { registration: name }] of rules.entries()) {
    if (all.some((one) => one.name === name)) continue;
    const path = ['dialOut', 'numbers', String(index), 'registration'];
    found.push({ path, message: `there is no registration ${name}` });
  }
  return found;
}
