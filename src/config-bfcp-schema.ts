import { z } from 'zod';

// The words given to `describe` are those of docs/operations.md (npm run docs).
const portRange = z.strictObject({ from: z.int().min(1024).max(65535), to: z.int().min(1024).max(65535) });
const transport = z.enum(['udp', 'tcp', 'dtls', 'tls', 'tcp-dtls']);

/** `bfcp`. */
export const bfcp = z
  .strictObject({
    ports: portRange
      .nullable()
      .default(null)
      .describe('Ports for floor control of their own; null shares `media.ports`'),
    offer: z
      .array(transport)
      .min(1)
      .max(5)
      .refine((all) => new Set(all).size === all.length, 'each once')
      .default(['dtls', 'udp'])
      .describe(
        'Over what calls of ours offer floor control, one after the other until one is taken: encrypted calls first the encrypted ones, plain calls the plain ones; without plain ones in the list floor control is never offered in the plain',
      ),
    webSocketHosts: z
      .array(
        z.string().regex(/^(?:\*\.)?[A-Za-z0-9[\]][A-Za-z0-9.:[\]-]{0,252}$/, 'expected a host, *.host or host:port'),
      )
      .max(100)
      .default([])
      .describe(
        'Hosts to which we open WebSockets for floor control when a caller names one there (RFC 8857): `host`, `*.host` or `host:port`; by default none',
      ),
  })
  .prefault({});
