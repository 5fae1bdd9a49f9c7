import { isIP } from 'node:net';
import { z } from 'zod';
import { gatekeeper } from './config-gatekeeper-schema.js';
import { numbers, registrations } from './config-registrations-schema.js';

// The words given to `describe` are those of docs/operations.md (npm run docs).
const address = z.string().refine((text) => isIP(text) !== 0, 'expected an IP address');
const port = z.int().min(0).max(65535);
const portRange = z.strictObject({ from: z.int().min(1024).max(65535), to: z.int().min(1024).max(65535) });
const room = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'expected the name of a room: a-z 0-9 . _ -');

const srtp = z.enum(['off', 'optional', 'required']);

const listenAt = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/i, 'expected 1 to 64 of a-z 0-9 . _ -')
    .optional()
    .describe('Default is `h323-` and the port; the log knows it by that'),
  address: address
    .default('0.0.0.0')
    .describe("One address of this machine, `0.0.0.0` or `'::'` for all of its family"),
  port: port.default(1720),
  advertise: address
    .optional()
    .describe(
      'What callers of this listener are told instead, for H.245 and media, wherever they are; goes before `media.externalAddress`',
    ),
  srtp: srtp
    .optional()
    .describe(
      'Encryption of media of its calls (H.235.6): none, where the caller can, or nothing else; with `rooms.srtp` the stricter counts',
    ),
});

/** `h323`. */
export const h323 = z
  .strictObject({
    enabled: z.boolean().default(true).describe('Whether calls by H.323 are taken and made'),
    listen: z
      .array(listenAt)
      .max(16)
      .prefault([{ address: '0.0.0.0', port: 1720 }])
      .describe('Where call signalling of H.323 is taken, by TCP'),
    h245Ports: portRange
      .nullable()
      .default({ from: 19000, to: 19999 })
      .describe('TCP ports for H.245 of devices that do not tunnel it; null lets the system pick'),
    bareCalls: room
      .nullable()
      .default(null)
      .describe('Room of callers who dial our address and no name; null asks them for its number'),
    kbps: z
      .int()
      .min(64)
      .max(100_000)
      .default(1920)
      .describe('Rate that calls of ours ask for (bearer capability), kbit/s'),
    fastStart: z
      .boolean()
      .default(false)
      .describe(
        'Whether calls of ours propose media in their Setup, for voice gateways; others answer with H.245. Callers may always. Encrypted, unless `h323.dialOut.srtp` is `off`',
      ),
    tunnelling: z
      .boolean()
      .default(true)
      .describe('Whether calls of ours offer H.245 within call signalling; a device that has none gets a connection'),
    earlyH245: z
      .boolean()
      .default(false)
      .describe(
        'Whether H.245 of our calls begins in the Setup (with fast start: in parallel); needs `h323.tunnelling`',
      ),
    nat: z
      .strictObject({
        traversal: z
          .boolean()
          .default(true)
          .describe('Whether devices behind NAT that have H.460.19 are told how media gets through'),
        multiplexPort: z
          .int()
          .min(0)
          .max(65534)
          .nullable()
          .default(null)
          .describe(
            'UDP port that media of such devices shares where they can (2776 is usual), the next one is for RTCP; null has none',
          ),
      })
      .prefault({}),
    gatekeeper,
    registrations,
    dialOut: z
      .strictObject({
        targets: z
          .array(z.string().min(1).max(300))
          .default([])
          .describe(
            'Whom rooms may call by `h323:`: `user@host` or `user@host:port` with `*` for any part of user or host',
          ),
        numbers,
        srtp: srtp
          .default('optional')
          .describe(
            'Whether media of calls of rooms is encrypted (H.235.6): never, where the device can, or always; a room with a rule of its own may be stricter',
          ),
      })
      .prefault({}),
  })
  .prefault({})
  .describe('H.323');

/** `h323` with every default filled in. */
export type H323Config = z.infer<typeof h323>;
