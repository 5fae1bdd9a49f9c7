import { isIP } from 'node:net';
import { z } from 'zod';
import { audio } from './config-audio-schema.js';
import { listening } from './config-listen-schema.js';
import { defence, overload } from './config-defence-schema.js';
import { diagnosis } from './config-diagnosis-schema.js';
import { networks, prompting } from './config-dialplan-schema.js';
import { outgoing } from './config-outgoing-schema.js';
import { store, usersOfSip } from './config-users-schema.js';
import { bfcp } from './config-bfcp-schema.js';
import { h323 } from './config-h323-schema.js';
import { dialOut, trunks } from './config-trunks-schema.js';

// The words given to `describe` are those of docs/operations.md (npm run docs).
const address = z.string().refine((text) => isIP(text) !== 0, 'expected an IP address');
/** 0 lets the system pick a free one. */
const port = z.int().min(0).max(65535);
const portRange = z.strictObject({ from: z.int().min(1024).max(65535), to: z.int().min(1024).max(65535) });
const kbps = z.int().min(64).max(100_000);
const floorPolicy = z.enum(['latest-takes-over', 'first-keeps-it', 'ask-moderator', 'presenters-only']);
const pin = z.string().regex(/^\d{4,16}$/, 'expected 4 to 16 digits');
const capacity = z.int().min(1).max(65535);

const srtp = z.enum(['off', 'optional', 'required']);

const sip = z.strictObject({
  engine: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('embedded') }),
      z.strictObject({
        kind: z.literal('drachtio'),
        host: z.string().min(1).describe('Where the drachtio-server listens for its application'),
        port: port.min(1).default(9022),
        secretEnv: z
          .string()
          .min(1)
          .default('DRACHTIO_SECRET')
          .describe('Name of the environment variable that holds its secret'),
        ws: z
          .url({ protocol: /^wss?$/, error: 'expected a WebSocket address like ws://192.0.2.9:8088' })
          .optional()
          .describe('Its WebSocket listener for the calls of browsers; without it, the one that it tells (ws only)'),
      }),
    ])
    .prefault({ kind: 'embedded' })
    .describe('The SIP engine of our own, or a drachtio-server to connect to'),
  controlPort: port.default(9022).describe('Loopback port between the embedded engine and its application'),
  ...listening,
  srtpKeysNeedTls: z
    .boolean()
    .default(false)
    .describe('Whether SRTP keys in a description (SDES) count only in calls over TLS or secure WebSocket'),
  ...outgoing,
  ...usersOfSip,
  defence,
  overload,
  trunks,
  dialOut,
  ...networks,
});

/** An address, or the server that says which it is. */
const outside = z
  .string()
  .refine((text) => isIP(text) !== 0 || /^stun:\S+$/.test(text), 'expected an IP address or stun:HOST');

/** What peers are told instead of a bound address. `lan` is for peers in private networks, `wan` for all others. */
const externalAddress = z.strictObject({
  interface: z.string().min(1).optional().describe('Name or address of the interface this is about; without it, all'),
  lan: address.optional().describe('What peers in private networks and `media.lanNetworks` are told'),
  wan: outside.optional().describe('What all other peers are told; `stun:HOST` asks that server at the start'),
});

const media = z.strictObject({
  ports: portRange
    .nullable()
    .default({ from: 20000, to: 26999 })
    .describe('Ports for RTP, RTCP and floor control; null lets the system pick'),
  externalAddress: z
    .union([outside.transform((wan) => [{ wan }]), z.array(externalAddress)])
    .default([])
    .describe('What peers are told instead of our own addresses: one address for those outside, or a list'),
  lanNetworks: z
    .array(z.string().regex(/^[0-9a-fA-F.:]+\/\d{1,3}$/, 'expected a network like 192.0.2.0/24'))
    .default([])
    .describe('Networks that count as inside, besides private and connected ones'),
  maxKbps: z
    .strictObject({
      video: kbps.default(4000).describe('What we ask a device to send on its main line, kbit/s'),
      content: kbps.default(4000).describe('The same for content'),
    })
    .prefault({}),
  floorKbps: z
    .strictObject({
      video: kbps
        .default(768)
        .describe('No camera is asked for less than this because one receiver takes less, kbit/s'),
      content: kbps.default(768).describe('The same for content; who takes less gets fewer pictures'),
    })
    .prefault({}),
  lowTier: z
    .enum(['auto', 'off'])
    .default('auto')
    .describe(
      'Whether browsers are asked for a second, low encoding of their pictures while somebody takes less (auto), or never (off)',
    ),
  transcode: z
    .strictObject({
      enabled: z
        .boolean()
        .default(false)
        .describe(
          'Whether a picture that a receiver cannot take is encoded anew for it, at the price of a processor; without it, devices that have no H.264 have sound only',
        ),
      program: z.string().min(1).default('ffmpeg').describe('Name or path of the program to run'),
      most: z
        .int()
        .min(1)
        .max(64)
        .default(2)
        .describe('Most pictures that are encoded anew at a time; content comes before cameras'),
      kbps: kbps.default(512).describe('What each of them takes at most, kbit/s'),
    })
    .prefault({}),
  fec: z
    .enum(['auto', 'off'])
    .default('auto')
    .describe('Forward error correction of pictures (RED and ULPFEC), where the other side has it too'),
  native: z
    .enum(['auto', 'off'])
    .default('auto')
    .describe(
      'Whether parts that cost much work natively where a C compiler built them at set-up (auto), or always in portable code (off)',
    ),
  farEndCamera: z
    .boolean()
    .default(true)
    .describe('Whether a device may move the camera that it is shown (H.224), where both ends can'),
  rtpengine: z
    .discriminatedUnion('kind', [
      z.strictObject({
        kind: z.literal('embedded'),
        program: z.string().min(1).default('rtpengine').describe('Name or path of the program to run'),
        ports: portRange
          .nullable()
          .default({ from: 27000, to: 29999 })
          .describe('Its ports; null picks from 30000-59999'),
      }),
      z.strictObject({
        kind: z.literal('external'),
        host: address.describe('Where its ng control port answers (UDP)'),
        port: port.min(1).default(2223),
      }),
      z.strictObject({ kind: z.literal('off') }),
    ])
    .prefault({ kind: 'embedded' })
    .describe('The engine for browsers and encrypted SIP calls: run by us, running elsewhere, or none'),
});

const room = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'expected 1 to 64 of a-z 0-9 . _ -'),
  pin: pin.nullable().default(null).describe('4 to 16 digits; devices dial ROOM*PIN'),
  moderatorPin: pin.nullable().default(null).describe('4 to 16 digits that open it too and make a moderator'),
  capacity: capacity.optional().describe('Default `rooms.capacity`'),
  floor: floorPolicy.optional().describe('Default `rooms.floor.policy`'),
  srtp: srtp.optional().describe('Default `rooms.srtp`'),
  mode: z
    .enum(['conference', 'echo'])
    .default('conference')
    .describe('In an echo room everybody hears and sees themselves'),
});

const rooms = z.strictObject({
  permanent: z.array(room).default([]).describe('Rooms that always exist, besides `demo` and `echo`'),
  adHoc: z.boolean().default(true).describe('Whether calling a name that the dial plan admits makes a room'),
  graceSeconds: z.int().min(0).max(86_400).default(30).describe('How long an empty ad-hoc room stays'),
  capacity: capacity.default(100).describe('Most participants of a room'),
  srtp: srtp
    .default('optional')
    .describe(
      'Encryption of media (SRTP) of calls: `off` takes none, `optional` what the caller wants, `required` nothing else; browsers always encrypt',
    ),
  limit: z.int().min(1).max(100_000).default(1000).describe('Most rooms at a time'),
  floor: z
    .strictObject({
      policy: floorPolicy.default('latest-takes-over').describe('Who gets the floor when two want to present'),
    })
    .prefault({}),
  dialplan: z
    .string()
    .min(1)
    .default('dialplans/rooms.json')
    .describe('Which number or name leads to which room; a relative path starts at the checkout'),
  ...prompting,
});

const http = z.strictObject({ address: address.default('127.0.0.1'), port: port.default(8080) });
const https = z.strictObject({ address: address.default('0.0.0.0'), port: port.default(8443) });

/** The whole configuration file. Every key may be left out. */
export const schema = z.strictObject({
  dataDir: z.string().min(1).default('var').describe('Where certificate and database are kept'),
  sip: sip.prefault({}),
  media: media.prefault({}),
  audio,
  rooms: rooms.prefault({}),
  store: store.prefault({}),
  web: z
    .strictObject({
      http: http.nullable().prefault({}).describe('The page for this machine, on loopback only; null for none'),
      https: https.nullable().prefault({}).describe('The page for others; null for none'),
      cert: z
        .string()
        .min(1)
        .optional()
        .describe('PEM file of a certificate with its chain; without it a self-signed one is kept in `dataDir`'),
      key: z.string().min(1).optional().describe('PEM file of its key'),
    })
    .prefault({}),
  api: z
    .strictObject({
      hosts: z
        .array(z.string().min(1))
        .default([])
        .describe('Host names by which plain HTTP may be addressed, besides `localhost` and IP addresses'),
    })
    .prefault({}),
  bfcp,
  h323,
  diagnosis,
  logging: z
    .strictObject({
      level: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
      file: z.string().min(1).optional().describe('A file; without it the log goes to standard error'),
    })
    .prefault({}),
});

/** The configuration with every default filled in. */
export type Settings = z.infer<typeof schema>;

/** Words that stand for whole sections, so that `sip.engine: embedded` can be written. */
export function expandWords(tree: unknown): unknown {
  const root = asRecord(tree);
  if (!root) return tree;
  const expand = (section: unknown, key: string): unknown => {
    const record = asRecord(section);
    if (!record) return section;
    const value = record[key];
    if (typeof value === 'string') return { ...record, [key]: { kind: value } };
    const inner = asRecord(value);
    if (!inner || 'kind' in inner) return section;
    const kind = 'host' in inner ? (key === 'engine' ? 'drachtio' : 'external') : 'embedded';
    return { ...record, [key]: { kind, ...inner } };
  };
  return {
    ...root,
    ...('sip' in root ? { sip: expand(root.sip, 'engine') } : {}),
    ...('media' in root ? { media: expand(root.media, 'rtpengine') } : {}),
  };
}

function asRecord(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}
