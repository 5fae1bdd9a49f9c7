import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { isUnspecified } from './base/addressing.js';
import type { Endpoint } from './base/net.js';
import type { WebPlace } from './legs/bfcp-party/party.js';
import type { FloorTransport } from './protocol/sdp/floor-rules.js';
import { isLoopback } from './rooms/policy.js';

/** The listeners of the page, where floor control over WebSockets comes in too. */
export interface PageListeners {
  http: Endpoint | null;
  https: Endpoint | null;
  /** PEM of the certificate that the secure one shows now. */
  certificate(): string | null;
  /** Host names that the gateway was told it has. */
  hosts: readonly string[];
}

/**
 * Where somebody who is told `advertise` as our address reaches `/bfcp`; null where that is not possible. Over TLS the URI
 * has a host that the certificate names, since clients look at nothing else (RFC 8857 §8): a name that was configured, the
 * address, or a name of the certificate.
 */
export function webFloorPlace(at: PageListeners, transport: FloorTransport, advertise: string): WebPlace | null {
  const secure = transport === 'WSS';
  const listener = secure ? at.https : at.http;
  if (!listener || !reaches(listener.address, advertise)) return null;
  const host = secure ? hostOf(at.certificate(), [...at.hosts, advertise]) : advertise;
  if (host === null) return null;
  const { port } = listener;
  return { port, url: `${secure ? 'wss' : 'ws'}://${host.includes(':') ? `[${host}]` : host}:${port}/bfcp` };
}

/** Listeners on loopback are for this machine only. */
function reaches(bound: string, advertise: string): boolean {
  return isUnspecified(bound) || !isLoopback(bound) || isLoopback(advertise);
}

function hostOf(certificate: string | null, wanted: readonly string[]): string | null {
  if (certificate === null) return null;
  const x509 = new X509Certificate(certificate);
  const names = (host: string): boolean => (isIP(host) ? x509.checkIP(host) : x509.checkHost(host)) !== undefined;
  return wanted.find(names) ?? namesIn(x509)[0] ?? null;
}

/** Names that mean the same everywhere. */
function namesIn(x509: X509Certificate): string[] {
  const all = (x509.subjectAltName ?? '').split(', ').flatMap((one) => /^DNS:(.+)$/.exec(one)?.[1] ?? []);
  return all.filter((name) => name.includes('.') && !name.startsWith('*'));
}
