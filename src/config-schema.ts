import { isIP } from 'node:net';
import { z } from 'zod';

const address = z.string().refine((text) => isIP(text) !== 0, 'expected an IP address');
/** 0 lets the system pick a free one. */
const port = z.int().min(0).max(65535);
const portRange = z.strictObject({ from: z.int().min(1024).max(65535), to: z.int().min(1024).max(65535) });
const kbps = z.int().min(64).max(100_000);
const floorPolicy = z.enum(['latest-takes-over', 'first-keeps-it', 'ask-moderator']);
const pin = z.string().regex(/^\d{4,16}$/, 'expected 4 to 16 digits');
const capacity = z.int().min(1).max(65535);

const listenAt = z.strictObject({
  transport: z.enum(['udp', 'tcp', 'tls']),
  address: address.default('0.0.0.0'),
  port,
});

const sip = z.strictObject({
  /** `embedded`, or a drachtio-server to connect to. */
  engine: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('embedded') }),
      z.strictObject({
        kind: z.literal('drachtio'),
        host: z.string().min(1),
        port: port.min(1).default(9022),
        /** Environment variable that holds the secret. */
        secretEnv: z.string().min(1).default('DRACHTIO_SECRET'),
      }),
    ])
    .prefault({ kind: 'embedded' }),
  /** Port of the loopback connection between the embedded engine and its application. */
  controlPort: port.default(9022),
  listen: z.array(listenAt).default([
    { transport: 'udp', address: '0.0.0.0', port: 5060 },
    { transport: 'tcp', address: '0.0.0.0', port: 5060 },
    { transport: 'tls', address: '0.0.0.0', port: 5061 },
  ]),
});

/** What peers are told instead of a bound address. `lan` is for peers in private networks, `wan` for all others. */
const externalAddress = z.strictObject({
  /** Address or name of the interface this is about; the default is every interface. */
  interface: z.string().min(1).optional(),
  lan: address.optional(),
  wan: address.optional(),
});

const media = z.strictObject({
  /** Ports for RTP, RTCP and BFCP of ours; null lets the system pick. */
  ports: portRange.nullable().default({ from: 20000, to: 26999 }),
  externalAddress: z.union([address.transform((wan) => [{ wan }]), z.array(externalAddress)]).default([]),
  /** What counts as LAN besides loopback, private and link-local networks, e.g. `203.0.113.0/24`. */
  lanNetworks: z
    .array(z.string().regex(/^[0-9a-fA-F.:]+\/\d{1,3}$/, 'expected a network like 192.0.2.0/24'))
    .default([]),
  maxKbps: z.strictObject({ video: kbps.default(4000), content: kbps.default(4000) }).prefault({}),
  /** The engine for browsers and encrypted SIP calls. */
  rtpengine: z
    .discriminatedUnion('kind', [
      z.strictObject({
        kind: z.literal('embedded'),
        program: z.string().min(1).default('rtpengine'),
        ports: portRange.nullable().default({ from: 27000, to: 29999 }),
      }),
      z.strictObject({ kind: z.literal('external'), host: address, port: port.min(1).default(2223) }),
      z.strictObject({ kind: z.literal('off') }),
    ])
    .prefault({ kind: 'embedded' }),
});

const room = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'expected 1 to 64 of a-z 0-9 . _ -'),
  pin: pin.nullable().default(null),
  capacity: capacity.optional(),
  floor: floorPolicy.optional(),
  mode: z.enum(['conference', 'echo']).default('conference'),
});

const rooms = z.strictObject({
  /** Rooms that always exist, besides `demo` and `echo`. */
  permanent: z.array(room).default([]),
  /** Whether calling a name that the dial plan admits makes a room. */
  adHoc: z.boolean().default(true),
  /** How long an empty ad-hoc room stays. */
  graceSeconds: z.int().min(0).max(86_400).default(30),
  capacity: capacity.default(100),
  limit: z.int().min(1).max(100_000).default(1000),
  floor: z.strictObject({ policy: floorPolicy.default('latest-takes-over') }).prefault({}),
  dialplan: z.string().min(1).default('dialplans/rooms.json'),
});

const http = z.strictObject({ address: address.default('127.0.0.1'), port: port.default(8080) });
const https = z.strictObject({ address: address.default('0.0.0.0'), port: port.default(8443) });

/** The whole configuration file. Every key may be left out. */
export const schema = z.strictObject({
  /** Where certificates, recordings and logs are kept. */
  dataDir: z.string().min(1).default('var'),
  sip: sip.prefault({}),
  media: media.prefault({}),
  rooms: rooms.prefault({}),
  web: z
    .strictObject({
      /** The page for this machine; null for none. */
      http: http.nullable().prefault({}),
      /** The page for others; null for none. */
      https: https.nullable().prefault({}),
      /** One's own certificate and key, PEM files; without them a self-signed one is kept in `dataDir`. */
      cert: z.string().min(1).optional(),
      key: z.string().min(1).optional(),
    })
    .prefault({}),
  api: z
    .strictObject({
      /** Host names by which plain HTTP may be addressed, besides `localhost`. */
      hosts: z.array(z.string().min(1)).default([]),
    })
    .prefault({}),
  bfcp: z
    .strictObject({
      /** Ports for floor control; null shares `media.ports`. */
      ports: portRange.nullable().default(null),
    })
    .prefault({}),
  logging: z
    .strictObject({
      level: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
      /** A file; without it the log goes to standard error. */
      file: z.string().min(1).optional(),
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
