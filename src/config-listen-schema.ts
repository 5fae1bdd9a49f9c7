import { isIP } from 'node:net';
import { z } from 'zod';

const address = z.string().refine((text) => isIP(text) !== 0, 'expected an IP address');
const port = z.int().min(0).max(65535);
const file = z.string().min(1);
const seconds = z.int().min(1).max(86_400);

const sni = z.strictObject({
  names: z.array(z.string().min(1)).min(1).describe('Host names it is shown for; `*.example.org` is one label more'),
  cert: file.describe('PEM file of the certificate with its chain'),
  key: file.describe('PEM file of its key'),
});

const listenAt = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/i, 'expected 1 to 64 of a-z 0-9 . _ -')
    .optional()
    .describe('Default is transport and port, e.g. `udp-5060`; the dial plan and the log know it by that'),
  transport: z.enum(['udp', 'tcp', 'tls', 'ws', 'wss']),
  address: address
    .default('0.0.0.0')
    .describe("One address of this machine, `0.0.0.0` or `'::'` for all of its family"),
  port,
  advertise: address
    .optional()
    .describe(
      'What callers of this listener are told instead, in Via, Contact and SDP, wherever they are; goes before `media.externalAddress`',
    ),
  cert: file.optional().describe('PEM file of a certificate with its chain (tls, wss); default is that of the page'),
  key: file.optional().describe('PEM file of its key'),
  sni: z.array(sni).default([]).describe('Further certificates, by the host name that a caller asks for'),
  clientCertificates: z
    .enum(['off', 'optional', 'required'])
    .default('off')
    .describe('Whether callers are asked for a certificate, and turned away without a good one (tls, wss)'),
  clientCa: file.optional().describe("PEM file of the authorities that callers' certificates must be of"),
  srtp: z
    .enum(['off', 'optional', 'required'])
    .optional()
    .describe(
      'Encryption of media of its calls: none, what the caller wants, or nothing else; with `rooms.srtp` the stricter counts',
    ),
  origins: z
    .array(z.string().min(1))
    .default([])
    .describe('Pages of other sites that may connect (ws, wss), e.g. `https://phone.example.org`; `*` is all'),
});

const limits = z
  .strictObject({
    connections: z.int().min(1).max(1_000_000).default(4000).describe('Most connections accepted at a time'),
    connectionsPerSource: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(500)
      .describe('Of these, from one address (IPv6: one /64)'),
    messageBytes: z.int().min(4096).max(1_048_576).default(65_536).describe('Largest message'),
    queuedBytes: z
      .int()
      .min(65_536)
      .max(67_108_864)
      .default(1_048_576)
      .describe('Most bytes that wait for a peer that does not read; then its connection is closed'),
    idleSeconds: seconds
      .default(600)
      .describe('A connection without traffic, call and registration is closed after this time'),
    silentSeconds: seconds.default(60).describe('An accepted connection must have sent a whole message by then'),
    handshakeSeconds: seconds.max(120).default(10).describe('Longest TLS or WebSocket handshake'),
  })
  .prefault({})
  .describe('Bounds of the connections of the embedded engine');

const tls = z
  .strictObject({
    minVersion: z.enum(['1.2', '1.3']).default('1.2'),
    ciphers: z
      .string()
      .min(1)
      .optional()
      .describe('OpenSSL cipher list; by default TLS 1.3 and TLS 1.2 with ECDHE and AES-GCM or ChaCha20'),
    verify: z
      .boolean()
      .default(true)
      .describe('Whether the certificates of servers that we call are checked (RFC 5922)'),
    ca: file.optional().describe('PEM file of authorities that count for them besides the well-known ones'),
    wildcards: z
      .boolean()
      .default(false)
      .describe('Whether `*.example.org` counts for sip.example.org; RFC 5922 says no, some providers need it'),
    cert: file.optional().describe('PEM file of the certificate that we show to servers who ask for one'),
    key: file.optional().describe('PEM file of its key'),
  })
  .prefault({})
  .describe('TLS of the embedded engine');

/** Keys of `sip` about where the embedded engine listens and how it treats connections. */
export const listening = {
  listen: z
    .array(listenAt)
    .prefault([
      { transport: 'udp', address: '0.0.0.0', port: 5060 },
      { transport: 'tcp', address: '0.0.0.0', port: 5060 },
      { transport: 'tls', address: '0.0.0.0', port: 5061 },
    ])
    .describe('Where the embedded engine listens'),
  limits,
  tls,
  keepAliveSeconds: z
    .int()
    .min(0)
    .max(3600)
    .default(100)
    .describe(
      'How often a connection of ours that a call or registration needs is kept open by CRLFs (RFC 5626); 0 never',
    ),
};

/** One listener as configured. */
export type ListenSettings = z.infer<typeof listenAt>;

/** What a listener is called where it has no name of its own. */
export function listenerName({ name, transport, port }: Pick<ListenSettings, 'name' | 'transport' | 'port'>): string {
  return name ?? `${transport}-${port}`;
}
