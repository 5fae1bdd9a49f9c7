import { z } from 'zod';

// The words given to `describe` are those of docs/operations.md (npm run docs).
const host = z
  .string()
  .regex(
    /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?|[0-9A-Fa-f:.]+)$/,
    'expected a host name or an IP address',
  );
const port = z.int().min(1).max(65535);

const folder = z.string().regex(/^(?:\/[\w.@+-]+)+$/, 'expected an absolute path of letters, digits and . _ @ + -');

const server = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]{0,31}$/, 'expected 1 to 32 of a-z 0-9 _ -')
    .describe('What logs, metrics and the API call it'),
  esl: z
    .strictObject({
      host: host.default('127.0.0.1').describe('Where its event socket answers'),
      port: port.default(8021),
    })
    .prefault({}),
  sip: z
    .strictObject({
      host: host.default('127.0.0.1').describe('Where its internal SIP profile takes our calls'),
      port: port.default(5080),
    })
    .prefault({}),
  secretEnv: z
    .string()
    .min(1)
    .default('FREESWITCH_ESL_PASSWORD')
    .describe('Name of the environment variable that holds the password of its event socket'),
  secretFile: z.string().min(1).optional().describe('File that holds it instead'),
  membersPerConference: z
    .int()
    .min(3)
    .max(10_000)
    .default(500)
    .describe('Most members of one conference there; a larger room goes on in further ones that are linked to it'),
  recordings: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Where the gateway sees the folder of recordings of this server, e.g. mounted; by default the same path where the server is on loopback, else nowhere',
    ),
});

const recordings = z
  .strictObject({
    who: z
      .enum(['nobody', 'admin', 'moderator'])
      .default('moderator')
      .describe('Who may record the sound of rooms, hear the recordings and remove them'),
    directory: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Where recordings are kept, and what is known of those on FreeSWITCH servers; by default `recordings` in `dataDir`',
      ),
    maxMinutes: z.int().min(1).max(1440).default(240).describe('A recording ends when it is so long'),
    maxRecordings: z.int().min(1).max(10_000).default(500).describe('Most that are kept; no further one begins then'),
    maxMegabytes: z
      .int()
      .min(10)
      .max(10_000_000)
      .default(20_000)
      .describe('Most that all of them take of the disk (an hour takes 350), those that go on with their longest'),
    keepDays: z.int().min(1).max(3650).default(90).describe('Older ones are removed'),
  })
  .prefault({});

/** `audio`. */
export const audio = z
  .strictObject({
    bridge: z
      .enum(['embedded', 'freeswitch'])
      .default('embedded')
      .describe('Where the sound of rooms is mixed: in the gateway, or on FreeSWITCH servers'),
    recordings,
    freeswitch: z
      .strictObject({
        profile: z
          .enum(['wideband', 'narrowband'])
          .default('wideband')
          .describe(
            'Rooms there are mixed at 48 kHz, or at 8 kHz: that takes about half of the processor, and is enough where most callers are telephones (G.711)',
          ),
        recordings: folder
          .optional()
          .describe(
            'Folder on each server that recordings of rooms go to; by default `freeswitch/recordings` in `dataDir`, which `freeswitch-conf/start` makes on the same machine',
          ),
        servers: z
          .array(server)
          .max(64)
          .default([])
          .describe('FreeSWITCH servers with the configuration in `freeswitch-conf`; a room is on one of them'),
      })
      .prefault({}),
  })
  .prefault({});

/** What cannot work although each key by itself is fine; paths are below `audio`. */
export function audioConflicts({ bridge, freeswitch }: z.infer<typeof audio>): { path: string[]; message: string }[] {
  const { servers } = freeswitch;
  const found: { path: string[]; message: string }[] = [];
  if (bridge === 'freeswitch' && servers.length === 0)
    found.push({ path: ['freeswitch', 'servers'], message: 'audio.bridge is freeswitch, and there is no server' });
  for (const [index, { name }] of servers.entries()) {
    if (servers.findIndex((other) => other.name === name) === index) continue;
    found.push({
      path: ['freeswitch', 'servers', String(index), 'name'],
      message: `${name} is the name of another one`,
    });
  }
  return found;
}
