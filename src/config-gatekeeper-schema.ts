import { isIP } from 'node:net';
import { z } from 'zod';
import { isNetwork } from './base/networks.js';
import { readEndpoint } from './base/read-endpoint.js';

// The words given to `describe` are those of docs/operations.md (npm run docs).
const address = z.string().refine((text) => isIP(text) !== 0, 'expected an IP address');
const network = z.string().refine(isNetwork, 'expected an address or a network like 192.0.2.0/24');
/** Well-known port of RAS (H.225.0 Appendix IV). */
export const rasPort = 1719;
const kbps = z.int().min(64).max(100_000_000).nullable().default(null);

const registerAt = z.strictObject({
  address: address
    .default('0.0.0.0')
    .describe("One address of this machine, `0.0.0.0` or `'::'` for all of its family"),
  port: z.int().min(0).max(65535).default(1719),
});

const neighbour = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe('What logs, figures and `GET /api/v1/trunks` call it; its address without one'),
  address: z
    .string()
    .refine(
      (text) => readEndpoint(text, rasPort) !== null,
      'expected an IP address, or one with a port: 192.0.2.7:1719',
    )
    .describe('Where it is, `IP` or `IP:port`; port 1719 without one'),
  prefixes: z
    .array(z.string().regex(/^\d{1,32}$/, 'expected digits'))
    .max(100)
    .default([])
    .describe('How numbers begin that it is asked for; without any it is asked for every name that no other has'),
});

/** `h323.gatekeeper`. */
export const gatekeeper = z
  .strictObject({
    enabled: z.boolean().default(true).describe('Whether devices register with us; H.323 itself must be on'),
    identifier: z
      .string()
      .regex(/^[\x21-\x7e]{1,64}$/, 'expected 1 to 64 printable characters without spaces')
      .default('dualstream')
      .describe('What our gatekeeper calls itself'),
    listen: z
      .array(registerAt)
      .min(1)
      .max(16)
      .prefault([{ address: '0.0.0.0', port: 1719 }])
      .describe('Where devices register, by UDP'),
    multicast: z
      .boolean()
      .default(false)
      .describe('Whether devices that look for a gatekeeper in their network find us (224.0.1.41, UDP 1718)'),
    callModel: z
      .enum(['direct', 'routed'])
      .default('routed')
      .describe('Whether calls between devices go through us, or from one to the other; rooms are here either way'),
    passwords: z
      .array(z.enum(['hmac-sha1-96', 'md5']))
      .min(1)
      .default(['hmac-sha1-96'])
      .describe(
        'How devices may prove passwords: by H.235.1, or in the older way, which works with passwords in plain only (`sip.users[].password`)',
      ),
    networks: z
      .array(network)
      .default([])
      .describe('Networks whose devices register without a password; names of users and of rooms are not theirs'),
    neighbours: z
      .array(neighbour)
      .max(32)
      .default([])
      .describe(
        'Gatekeepers beside ours: they may ask where rooms and devices of ours are, and are asked for names and numbers that are none of ours (LRQ)',
      ),
    registrationSeconds: z
      .int()
      .min(30)
      .max(86_400)
      .default(60)
      .describe('How long a registration holds that asks for nothing else'),
    devices: z.int().min(1).max(100_000).default(1000).describe('Most registered devices'),
    devicesPerSource: z.int().min(1).max(100_000).default(200).describe('Most of one source address'),
    kbpsPerCall: kbps.describe(
      'Most that a call of devices may have, both directions together; null does not limit it',
    ),
    kbpsTotal: kbps.describe('Most that all their calls may have together; null does not limit it'),
  })
  .prefault({});

/** What cannot work although each key by itself is fine; paths are below `h323`. `others` are names of trunks and the like. */
export function gatekeeperConflicts(
  { enabled, neighbours }: z.infer<typeof gatekeeper>,
  others: readonly string[],
): { path: string[]; message: string }[] {
  const path = (...keys: string[]): string[] => ['gatekeeper', 'neighbours', ...keys];
  if (!enabled && neighbours.length > 0)
    return [{ path: path(), message: 'nobody asks them or answers them while gatekeeper.enabled is false' }];
  const names = new Set(others);
  return neighbours.flatMap(({ name, address }, index) => {
    const own = name ?? address;
    const taken = names.has(own);
    names.add(own);
    const key = name === undefined ? 'address' : 'name';
    return taken
      ? [{ path: path(String(index), key), message: `${own} is the name of another one, or of a trunk` }]
      : [];
  });
}
