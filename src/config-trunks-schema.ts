import { isIP } from 'node:net';
import { z } from 'zod';

// The words given to `describe` are those of docs/operations.md (npm run docs).
const name = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,31}$/, 'expected 1 to 32 of a-z 0-9 _ -');
const host = z
  .string()
  .regex(
    /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?|[0-9A-Fa-f:.]+)$/,
    'expected a host name or an IP address',
  );
const user = z.string().regex(/^[\w.+*~!-]{1,64}$/, 'expected 1 to 64 of a-z 0-9 . _ + - * ~ !');
const network = z.string().refine((text) => isNetwork(text), 'expected an address or a network like 192.0.2.0/24');

const srtpBy = z
  .enum(['sdes', 'dtls'])
  .default('sdes')
  .describe('How they are encrypted: by keys in the description, or by DTLS between the two ends');

const server = z.strictObject({
  host: host.describe('Name or address'),
  port: z.int().min(1).max(65535).optional().describe('Without it, as DNS or the transport says'),
  transport: z.enum(['udp', 'tcp', 'tls']).default('udp'),
  priority: z.int().min(0).max(1000).default(1).describe('Lower ones are used as long as one of them is there'),
  weight: z.int().min(1).max(1000).default(1).describe('Share of the calls among those of one priority'),
});

const trunk = z.strictObject({
  name: name.describe('What rules call it'),
  servers: z.array(server).min(1).max(16).describe('Where it takes calls; the next one is used when one is not there'),
  domain: host.optional().describe('Host of the addresses called there and of ours; by default the server'),
  user: user.optional().describe('Name for its password questions'),
  secretEnv: z.string().min(1).optional().describe('Name of the environment variable that holds the password'),
  realm: z.string().min(1).max(255).optional().describe('The only realm that the password is used for'),
  fromUser: user.optional().describe('User of From; by default `user`, without that who calls'),
  register: z.boolean().default(false).describe('Whether we register there'),
  expiresSeconds: z.int().min(60).max(86_400).default(3600).describe('How long a registration is asked for'),
  optionsSeconds: z
    .int()
    .min(0)
    .max(3600)
    .default(30)
    .describe('How often each server is asked whether it is there (OPTIONS); 0 never'),
  maxCalls: z.int().min(1).max(10_000).default(100).describe('Most calls that go out through it'),
  sources: z
    .array(network)
    .default([])
    .describe('Networks whose calls are from this trunk; servers given by address are so anyway'),
  srtp: z.enum(['off', 'required']).default('off').describe('Whether calls through it are encrypted'),
  srtpBy,
});

/** `sip.trunks`. */
export const trunks = z.array(trunk).max(100).default([]).describe('Ways to other telephone systems');

const pattern = z.string().min(1).max(200);

/** `sip.dialOut`. */
export const dialOut = z
  .strictObject({
    who: z
      .enum(['moderator', 'admin'])
      .default('moderator')
      .describe('Who may have a room call somebody: its moderators, or administrators only'),
    targets: z
      .array(z.string().regex(/^(?:sips?:)?(?:[^@\s]*@)?[^@\s]+$/, 'expected an address like *@rooms.example.org'))
      .max(1000)
      .default([])
      .describe('Who may be called besides registered users: `user@host`, `*` for any part of either'),
    numbers: z
      .array(
        z.strictObject({
          dialled: pattern.refine(isPattern, 'expected a regular expression').describe('All of a `tel:` number'),
          trunk: name.describe('Which trunk takes it'),
          to: z.string().min(1).max(100).describe('What is asked for there; `$1` to `$9` are the groups of `dialled`'),
        }),
      )
      .max(1000)
      .default([])
      .describe('Which `tel:` numbers rooms may call, and through which trunk; the first one that fits counts'),
    ringSeconds: z.int().min(5).max(600).default(60).describe('How long it may ring'),
    perRoom: z.int().min(1).max(1000).default(10).describe('Most calls of one room that nobody has answered yet'),
    srtp: z
      .enum(['off', 'sips', 'required'])
      .default('sips')
      .describe(
        'Whether calls of rooms are encrypted: never, on `sips:` addresses, or always; a room with a rule of its own stands by that',
      ),
    srtpBy,
  })
  .prefault({});

function isPattern(text: string): boolean {
  try {
    return new RegExp(`^(?:${text})$`).source !== '';
  } catch {
    return false;
  }
}

function isNetwork(text: string): boolean {
  const [address = '', bits] = text.split('/');
  const most = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return most > 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most));
}
