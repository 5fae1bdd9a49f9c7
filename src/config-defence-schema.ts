import { isIP } from 'node:net';
import { z } from 'zod';

// The words given to `describe` are those of docs/operations.md (npm run docs).
const network = z.string().refine((text) => {
  const [address = '', bits, ...more] = text.split('/');
  const most = { 4: 32, 6: 128 }[isIP(address)];
  return (
    most !== undefined && more.length === 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most))
  );
}, 'expected an address or a network like 192.0.2.0/24');

/** Programs that look for open servers, as they name themselves. */
const scanners = [
  'friendly-scanner',
  'sipvicious',
  'sipcli',
  'sundayddr',
  'sip-scan',
  'sipsscuser',
  'siparmyknife',
  'vaxsipuseragent',
  'pplsip',
];

export const defence = z
  .strictObject({
    allow: z
      .array(network)
      .default(['127.0.0.0/8', '::1'])
      .describe('Sources that nothing is held against: a proxy of yours in front must be one'),
    agents: z
      .array(z.string().min(3))
      .default(scanners)
      .describe('User-Agents (parts of the name) that get no answer at all'),
    requests: z
      .strictObject({
        burst: z.int().min(1).max(1_000_000).default(500),
        perSecond: z.number().positive().max(1_000_000).default(100),
      })
      .prefault({})
      .describe('Requests outside calls that one source may send; more are dropped'),
    failures: z
      .strictObject({
        burst: z.int().min(1).max(100_000).default(20),
        perMinute: z.number().positive().max(100_000).default(6),
      })
      .prefault({})
      .describe('Wrong passwords and PINs, unknown names, unreadable messages of one source before it is not heard'),
    quarantine: z
      .strictObject({
        firstSeconds: z.int().min(1).max(86_400).default(60).describe('How long the first time; doubled each time'),
        longestSeconds: z.int().min(1).max(2_592_000).default(86_400),
        forgetSeconds: z.int().min(1).max(2_592_000).default(86_400).describe('After so long a peace it begins anew'),
      })
      .prefault({}),
  })
  .prefault({});

export const overload = z
  .strictObject({
    calls: z.int().min(1).max(1_000_000).default(1000).describe('Calls at one time; more get 503'),
    starts: z
      .strictObject({
        burst: z.int().min(1).max(1_000_000).default(200),
        perSecond: z.number().positive().max(1_000_000).default(50),
      })
      .prefault({})
      .describe('New calls: so many at once, and then so many a second'),
    busyPercent: z
      .number()
      .min(10)
      .max(100)
      .default(90)
      .describe('How busy signalling may be, in percent of its time, while new calls are taken'),
  })
  .prefault({});
