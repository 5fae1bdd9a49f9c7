import { z } from 'zod';

const domain = z
  .string()
  .regex(/^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/, 'expected a host name like example.com')
  .transform((name) => name.toLowerCase());
const namePattern = /^[A-Za-z0-9\-_.!~*'+$]{1,64}$/;
const name = z.string().regex(namePattern, "expected 1 to 64 of A-Z a-z 0-9 - _ . ! ~ * ' + $");
const hex = (digits: number) =>
  z
    .string()
    .regex(new RegExp(`^[0-9a-fA-F]{${digits}}$`), `expected ${digits} hexadecimal digits`)
    .transform((text) => text.toLowerCase())
    .optional();
const seconds = z.int().min(1).max(86_400);

const user = z.strictObject({
  name: name.describe('What the device authenticates as, and the user part of its address'),
  password: z.string().min(1).optional().describe('In plain; or one or more of the hashes below'),
  ha1Md5: hex(32).describe('MD5 of `name:realm:password`'),
  ha1Sha256: hex(64).describe('SHA-256 of the same'),
  ha1Sha512256: hex(64).describe('SHA-512/256 of the same'),
  display: z.string().min(1).max(64).optional().describe('Shown to others in place of what the device says'),
  aliases: z.array(name).default([]).describe('Further names that lead to this user, e.g. numbers'),
});

/** Keys of `sip` about users and their devices. */
export const usersOfSip = {
  domains: z
    .array(domain)
    .default([])
    .describe('Domains of our users; the first is the realm of passwords (`dualstream` without any)'),
  users: z.array(user).default([]).describe('Who may register and authenticate, besides those of `npm run user`'),
  registrar: z
    .strictObject({
      algorithms: z
        .array(z.enum(['SHA-256', 'SHA-512-256', 'MD5']))
        .min(1)
        .default(['SHA-256', 'MD5'])
        .describe('Offered to devices, the preferred first; old devices know MD5 only'),
      nonceSeconds: seconds.min(10).default(300).describe('How long a challenge may be answered again'),
      leastSeconds: seconds.default(60).describe('Registrations that ask for less are refused'),
      usualSeconds: seconds.default(600).describe('What devices get that do not say'),
      mostSeconds: seconds.default(3600).describe('What devices get that ask for more'),
      contactsPerUser: z.int().min(1).max(100).default(10).describe('Most devices of a user'),
    })
    .prefault({}),
};

/** Section `store`. */
export const store = z.strictObject({
  kind: z
    .enum(['sqlite', 'memory'])
    .default('sqlite')
    .describe('Where users and registrations are kept: a file in `dataDir`, or nowhere'),
});

/** Users and registrar as they are read. */
export type UsersOfSip = z.infer<z.ZodObject<typeof usersOfSip>>;

/** Whether a user may have this name. */
export function isUserName(text: string): boolean {
  return namePattern.test(text);
}

/** What passwords are hashed with. */
export function realmOf({ domains }: Pick<UsersOfSip, 'domains'>): string {
  return domains[0] ?? 'dualstream';
}

/** What cannot work although each key by itself is fine; paths are below `sip`. */
export function userConflicts({ users, registrar }: UsersOfSip): { path: string[]; message: string }[] {
  const found: { path: string[]; message: string }[] = [];
  const owners = new Map<string, number>();
  for (const [index, one] of users.entries()) {
    const path = ['users', String(index)];
    const hashes = [one.ha1Md5, one.ha1Sha256, one.ha1Sha512256].filter((hash) => hash !== undefined).length;
    if (one.password === undefined && hashes === 0) found.push({ path, message: 'expected password or one of ha1...' });
    if (one.password !== undefined && hashes > 0)
      found.push({ path, message: 'password and ha1... exclude each other' });
    for (const each of new Set([one.name, ...one.aliases])) {
      if (owners.has(each)) found.push({ path, message: `the name ${each} belongs to another user` });
      owners.set(each, index);
    }
  }
  const { leastSeconds, usualSeconds, mostSeconds } = registrar;
  if (leastSeconds > mostSeconds || usualSeconds < leastSeconds || usualSeconds > mostSeconds) {
    const message = 'expected leastSeconds <= usualSeconds <= mostSeconds';
    found.push({ path: ['registrar', 'usualSeconds'], message });
  }
  return found;
}
