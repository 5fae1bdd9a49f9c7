import { isIP } from 'node:net';
import { z } from 'zod';

/** `address` or `address:port`, IPv6 in brackets when a port follows. */
const server = z.string().refine((text) => {
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text);
  return isIP(text) !== 0 || (match !== null && isIP(match[1] ?? match[2] ?? '') !== 0);
}, 'expected an IP address, with a port or without: 192.0.2.53 or [2001:db8::53]:5353');

const proxy = z
  .string()
  .regex(/^sips?:[^\s<>"|]+$/i, 'expected a SIP URI like sip:192.0.2.7;lr')
  .optional()
  .describe(
    'Proxy for requests outside calls, as a SIP URI; with `;lr` it is also written into a Route. Without it they go where their address says',
  );

const dns = z
  .strictObject({
    servers: z.array(server).default([]).describe('DNS servers for SIP names, in order; none: those of the machine'),
    timeoutSeconds: z
      .int()
      .min(1)
      .max(30)
      .default(5)
      .describe('Longest time to find out where a name leads; then the request fails with 503'),
    cacheEntries: z.int().min(10).max(1_000_000).default(10_000).describe('Most answers remembered at a time'),
    maxSeconds: z
      .int()
      .min(1)
      .max(86_400)
      .default(3600)
      .describe('Longest time an answer is remembered, however long it says itself'),
    negativeSeconds: z
      .int()
      .min(0)
      .max(3600)
      .default(30)
      .describe('How long it is remembered that there is no such name'),
  })
  .prefault({})
  .describe('How the embedded engine finds the hosts of SIP addresses (RFC 3263)');

/** Keys of `sip` about requests the gateway sends. */
export const outgoing = {
  outboundProxy: proxy,
  udpMtu: z
    .int()
    .min(500)
    .max(65_507)
    .default(65_507)
    .describe(
      'Longest request sent by UDP, bytes; longer ones go by TCP where the other side takes it (1300 by RFC 3261)',
    ),
  ringSeconds: z
    .int()
    .min(181)
    .max(3600)
    .default(185)
    .describe('Longest ringing of an outgoing call after it last said so; then it is cancelled (timer C of RFC 3261)'),
  dns,
};
