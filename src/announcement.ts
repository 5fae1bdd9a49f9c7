import type { Addressing } from './base/addressing.js';
import type { Endpoint } from './base/net.js';
import { explainPortInUse, portOfError, type PortProtocol } from './base/ports-in-use.js';
import { messageOf } from './base/errors.js';
import type { BannerFacts, FirewallRule } from './banner.js';
import type { Config } from './config.js';

/** What is known once everything runs. */
export interface Started {
  version: string;
  /** Listeners of the embedded engine, or host ports of the drachtio-server. */
  sip: readonly { transport: string; local: Endpoint }[];
  /** Listeners of H.323. */
  h323: readonly Endpoint[];
  /** Where devices of H.323 register. */
  h323Devices: readonly Endpoint[];
  /** Why H.323 calls or registrations are not taken, or null. */
  h323Problem: string | null;
  http: Endpoint | null;
  https: Endpoint | null;
  certificate: { fingerprint: string; own: boolean };
  /** What is wrong with the dates of certificates, one line each. */
  certificateProblems: readonly string[];
  /** Path of the one-time administrator link, or null. */
  adminPath: string | null;
  /** Why browsers and encrypted calls cannot join, or null. */
  rtpengineProblem: string | null;
  /** Why users and registrations are not kept, or null. */
  storeProblem: string | null;
  /** Whether the built web client is there. */
  webBuilt: boolean;
  columns: number;
}

/** Puts together what people should be told. Pure. */
export function announcement(config: Config, addressing: Addressing, started: Started): BannerFacts {
  const { http, https, certificate, adminPath } = started;
  const localPage = http && `http://localhost:${http.port}`;
  const pages = https ? hostsOf(addressing, https).map((host) => `https://${host}:${https.port}`) : [];
  const adminAt = localPage ?? pages[0];
  return {
    version: started.version,
    sipUris: [...sipUris(addressing, started.sip), ...h323Uris(addressing, started.h323)],
    localPage,
    pages,
    fingerprint: https && certificate.fingerprint,
    selfSigned: !certificate.own,
    adminLink: adminPath !== null && adminAt !== undefined ? adminAt + adminPath : null,
    firewall: firewallRules(config, addressing, started),
    engines: engines(config, started),
    warnings: warnings(config, started),
    columns: started.columns,
  };
}

/** SIP addresses of the demo room that people can dial, with the port where it is not the usual one. */
export function sipUris(addressing: Addressing, listening: Started['sip']): string[] {
  const over = (wanted: string): Started['sip'] => listening.filter(({ transport }) => transport === wanted);
  const [udp] = over('udp');
  // what a device finds by itself needs no line of its own: TCP beside UDP, TLS on its usual port
  const said = [
    ...over('udp'),
    ...over('tcp').filter(({ local }) => local.port !== udp?.local.port),
    ...over('tls').filter(({ local }) => local.port !== 5061),
  ];
  const uris = said.flatMap(({ transport, local }) => {
    const port = local.port === 5060 ? '' : `:${local.port}`;
    const suffix = transport === 'udp' ? port : `${port};transport=${transport}`;
    return hostsOf(addressing, local).map((host) => `sip:demo@${host}${suffix}`);
  });
  return [...new Set(uris)];
}

/** Addresses that devices of H.323 can dial, with the port where it is not the usual one. */
function h323Uris(addressing: Addressing, listening: Started['h323']): string[] {
  const uris = listening.flatMap((local) => {
    const port = local.port === 1720 ? '' : `:${local.port}`;
    return hostsOf(addressing, local).map((host) => `h323:demo@${host}${port}`);
  });
  return [...new Set(uris)];
}

/** Says why a port cannot be had, who holds it, and which setting to change; other errors in their own words. */
export function explainStartError(error: unknown, config: Config): string {
  const protocol: PortProtocol =
    error instanceof Error && 'syscall' in error && error.syscall === 'bind' ? 'udp' : 'tcp';
  const taken = portOfError(error);
  if (taken) return explainPortInUse(protocol, taken.port, keyOfPort(config, protocol, taken.port));
  if (!(error instanceof Error) || !('code' in error) || !('port' in error)) return messageOf(error);
  const port = Number(error.port);
  const address = 'address' in error ? String(error.address) : '';
  switch (error.code) {
    case 'EADDRNOTAVAIL':
      return `${address} is no address of this machine. Change --bind, or the address in the configuration.`;
    case 'EACCES':
      return `${protocol.toUpperCase()} port ${port} is for root only. Change ${keyOfPort(config, protocol, port)} in the configuration.`;
    default:
      return messageOf(error);
  }
}

function keyOfPort({ sip, web }: Config, protocol: PortProtocol, port: number): string {
  const index = sip.listen.findIndex((at) => at.port === port && (at.transport === 'udp') === (protocol === 'udp'));
  if (index >= 0) return `sip.listen.${index}.port (--sip-port)`;
  if (protocol === 'tcp') {
    if (web.http?.port === port) return 'web.http.port (--http-port)';
    if (web.https?.port === port) return 'web.https.port (--https-port)';
    if (sip.controlPort === port) return 'sip.controlPort';
  }
  return 'the port';
}

function hostsOf(addressing: Addressing, at: Endpoint): string[] {
  const anywhere = at.address === '0.0.0.0' || at.address === '::';
  const addresses = anywhere ? addressing.reachable() : [at.address];
  return addresses.map((address) => (address.includes(':') ? `[${address}]` : address));
}

function firewallRules(config: Config, addressing: Addressing, started: Started): FirewallRule[] {
  if (addressing.reachable().every((address) => address === '::1' || address.startsWith('127.'))) return [];
  const { sip, media, bfcp, h323 } = config;
  const ours = sip.engine.kind === 'embedded' ? started.sip : [];
  const rules: FirewallRule[] = ours.map(({ transport, local }) => ({
    protocol: transport === 'udp' ? 'udp' : 'tcp',
    from: local.port,
    to: local.port,
    what: { tls: 'SIP over TLS', ws: 'SIP over WebSocket', wss: 'SIP over WebSocket and TLS' }[transport] ?? 'SIP',
  }));
  for (const { port } of started.h323Devices)
    rules.push({ protocol: 'udp', from: port, to: port, what: 'registrations of H.323' });
  for (const { port } of started.h323) rules.push({ protocol: 'tcp', from: port, to: port, what: 'H.323' });
  const { https } = started;
  if (https)
    rules.push({
      protocol: 'tcp',
      from: https.port,
      to: https.port,
      what: 'web page, SIP and floor control of browsers',
    });
  const add = (protocol: 'udp' | 'tcp', range: { from: number; to: number } | null, what: string): void => {
    rules.push({ protocol, from: range?.from ?? 1024, to: range?.to ?? 65535, what });
  };
  if (started.h323.length > 0) add('tcp', h323.h245Ports, 'H.323 (H.245)');
  const shared = h323.nat.multiplexPort;
  if (started.h323.length > 0 && shared) {
    add('udp', { from: shared, to: shared + 1 }, 'audio and video of H.323 devices behind NAT');
  }
  add('udp', media.ports, 'audio, video and floor control');
  add('tcp', bfcp.ports ?? media.ports, 'floor control');
  if (bfcp.ports) add('udp', bfcp.ports, 'floor control');
  if (media.rtpengine.kind === 'embedded' && started.rtpengineProblem === null) {
    add('udp', media.rtpengine.ports, 'audio and video of browsers and encrypted calls');
  }
  return rules;
}

function engines({ sip, media }: Config, { rtpengineProblem }: Started): string[] {
  const { rtpengine } = media;
  const signalling =
    sip.engine.kind === 'embedded' ? 'embedded' : `drachtio-server at ${sip.engine.host}:${sip.engine.port}`;
  const running =
    rtpengine.kind === 'external' ? `external at ${rtpengine.host}:${rtpengine.port}` : 'rtpengine, embedded';
  return [
    `signalling: ${signalling}`,
    'video switch and audio mixer: embedded',
    `encrypted media: ${rtpengineProblem === null ? running : 'none'}`,
  ];
}

function warnings(
  { sip }: Config,
  { sip: listening, h323Problem, rtpengineProblem, storeProblem, webBuilt, https, certificateProblems }: Started,
): string[] {
  const found: string[] = [];
  const ws = listening.some(({ transport }) => transport === 'ws');
  if (sip.engine.kind === 'drachtio' && sip.engine.ws === undefined && !ws) {
    found.push('calls of browsers: the drachtio-server has no WebSocket listener without TLS (see sip.engine.ws)');
  }
  for (const problem of certificateProblems) found.push(`encryption with the certificate of ${problem}`);
  if (h323Problem !== null) found.push(`calls by H.323: ${h323Problem}`);
  if (rtpengineProblem !== null) found.push(`browsers and encrypted SIP calls: ${rtpengineProblem}`);
  if (storeProblem !== null) found.push(`users of the database: ${storeProblem}`);
  if (!webBuilt) found.push('the web page: it was not built (npm run setup)');
  if (!https) found.push('browsers on other machines: HTTPS is switched off (web.https)');
  return found;
}
