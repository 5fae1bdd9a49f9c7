import { z } from 'zod';
import { isNetwork } from '../../base/networks.js';

// The words given to `describe` are those of docs/dialplan.md (npm run docs).
const pattern = z.string().min(1).max(200);
const names = z.union([z.string().min(1).max(100), z.array(z.string().min(1).max(100)).min(1).max(100)]);
const source = z.string().refine((text) => isNetwork(text) || /^[a-z][a-z0-9_-]{0,31}$/.test(text), {
  message: 'expected an address, a network like 192.0.2.0/24 or the name of a network',
});
const transport = z.enum(['udp', 'tcp', 'tls', 'h323']);
const printable = /^[\x20-\x7e]*$/;

/** One rule as it is written. */
export const ruleSchema = z.strictObject({
  dialled: pattern
    .optional()
    .describe(
      'What was dialled: user part of the request URI, or an alias or number; a regular expression for all of it',
    ),
  uri: pattern.optional().describe('The whole request URI; a regular expression for all of it'),
  alias: pattern.optional().describe('User part of To, or a further alias; a regular expression for all of it'),
  domain: names.optional().describe('Host of the request URI; `*.example.org` is any host below'),
  source: z
    .union([source, z.array(source).min(1).max(100)])
    .optional()
    .describe(
      'Where the call comes from: addresses, networks like `192.0.2.0/24`, names from `sip.networks`, trunks and registrations',
    ),
  transport: z
    .union([transport, z.array(transport).min(1)])
    .optional()
    .describe('How it comes; WebSockets count as `tcp`'),
  listener: names.optional().describe('Where it comes in: names from `sip.listen`'),
  user: z
    .union([names, z.strictObject({ matches: pattern.describe('A regular expression for all of the name') })])
    .optional()
    .describe('Who calls, by password: a name, `any`, or `none` for who showed no password'),
  challenge: z
    .boolean()
    .default(true)
    .describe('Whether a rule that fits but for its `user` asks for a password; `false` passes on to the next rule'),
  room: z.string().min(1).max(100).optional().describe('Result: this room; `$1` to `$9` are the groups of `dialled`'),
  pin: z.string().min(2).max(20).optional().describe('The PIN that was dialled along, `$1` to `$9`'),
  ivr: z
    .union([z.literal(true), z.strictObject({ room: z.string().min(1).max(100) })])
    .optional()
    .describe('Result: spoken prompts that ask for a room number and its PIN, or for the PIN of the room given'),
  reject: z
    .strictObject({
      status: z.int().min(400).max(699).describe('SIP status'),
      reason: z.string().max(64).regex(printable, 'expected printable ASCII').default('').describe('Words beside it'),
    })
    .optional()
    .describe('Result: refused'),
  forward: z
    .strictObject({
      trunk: z
        .string()
        .min(1)
        .max(100)
        .optional()
        .describe(
          'Name from `sip.trunks` or `h323.registrations`; without one `to` is an address (`sip:`, `sips:`, `h323:`) or `user:NAME`',
        ),
      to: z
        .string()
        .min(1)
        .max(200)
        .regex(printable, 'expected printable ASCII')
        .describe('Number, or address whose host is written out; `$1` to `$9`'),
    })
    .optional()
    .describe('Result: goes on to a trunk or address; only with a `user`, or from trusted networks alone'),
  role: z.enum(['moderator', 'participant', 'guest']).default('participant').describe('Role in the room'),
  language: z.enum(['en', 'zh']).optional().describe('Language of spoken prompts; default `rooms.promptLanguage`'),
  note: z.string().optional().describe('For people'),
});

/** A rule with its defaults. */
export type Rule = z.infer<typeof ruleSchema>;

const rules = z.array(ruleSchema).min(1).max(10_000);

/** The whole file. */
export const planSchema = z
  .strictObject({
    rules: rules.optional().describe('The first rule that fits counts'),
    rooms: rules.optional().describe('The same under its older name'),
  })
  .refine((plan) => (plan.rules === undefined) !== (plan.rooms === undefined), 'expected a list of rules');

const results = ['room', 'ivr', 'reject', 'forward'] as const;

/** What is wrong with a rule that is well-formed, with the key to change; null when nothing is. */
export function contradiction(rule: Rule): { key: string; why: string } | null {
  const given = results.filter((key) => rule[key] !== undefined);
  if (given.length !== 1) {
    return { key: given[1] ?? 'room', why: `expected exactly one result: ${results.join(', ')}` };
  }
  if (rule.pin !== undefined && rule.room === undefined) return { key: 'pin', why: 'goes with room only' };
  return null;
}
