import { existsSync, readFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { announcement, explainStartError, sipUris } from './announcement.js';
import { audioOf, recordingsOf } from './audio-settings.js';
import { banner } from './banner.js';
import { bindFor, createAddressing, isUnspecified, type Addressing } from './base/addressing.js';
import { systemClock } from './base/clock.js';
import { messageOf } from './base/errors.js';
import { systemChance } from './base/ids.js';
import type { Dns } from './base/dns.js';
import { systemDns } from './base/system-dns.js';
import { LogLimit } from './base/log-limit.js';
import { createLog, silentLog, type Log } from './base/log.js';
import { systemNet } from './base/system-net.js';
import { userSettingsOf } from './compose-users.js';
import type { Core } from './compose.js';
import { listenerName } from './config-listen-schema.js';
import { loadConfig, systemEnvironment, type Config } from './config.js';
import { openDialplan } from './dialplan-file.js';
import { detected } from './external-address.js';
import { guardOf } from './guard.js';
import { startGateway, type Gateway, type GatewaySettings } from './gateway.js';
import type { LiveDialplan, WatchTools } from './legs/admission/live-dialplan.js';
import { Certificates, type Listening } from './listening.js';
import { anyPort, portRange } from './legs/bfcp-party/ports.js';
import { h323Of } from './h323-settings.js';
import { outgoingOf } from './outgoing-settings.js';
import { findPrompts } from './prompts.js';
import { shippedRooms } from './rooms/directory.js';
import type { RoomSettings } from './rooms/room.js';
import type { Certificate } from './services/api/certificate.js';
import type { Live } from './services/certificates/live-files.js';

/** Root of the checkout: above `dist/src` in the build, above `src` under a loader. */
const root = resolve(dirname(fileURLToPath(import.meta.url)), import.meta.url.endsWith('.ts') ? '..' : '../..');
const loopback = '127.0.0.1';

function logOf({ logging }: Config): Log {
  if (logging.level === 'silent') return silentLog;
  const { level, file } = logging;
  if (file === undefined) return createLog({ level });
  const limit = new LogLimit(systemClock, 60_000);
  let total = 0;
  return createLog({
    level,
    file,
    lost(lines, why) {
      total += lines;
      if (!limit.pass('')) return;
      process.stderr.write(`The log ${file} cannot be written (${why}): ${total} lines lost so far.\n`);
    },
  });
}

async function addressingOf(config: Config): Promise<Addressing> {
  const interfaces = Object.entries(networkInterfaces()).flatMap(([name, list]) =>
    (list ?? []).map(({ address, cidr, internal }) => ({ name, address, cidr, internal })),
  );
  const { externalAddress, lanNetworks } = config.media;
  const tools = { net: systemNet, clock: systemClock, chance: systemChance };
  const external = await detected(externalAddress, tools, (problem) => process.stderr.write(`${problem}\n`));
  return createAddressing({ bind: config.bind, external, lanNetworks, interfaces });
}

function roomsOf({ rooms }: Config): GatewaySettings['rooms'] {
  const like = { capacity: rooms.capacity, policy: rooms.floor.policy, srtp: rooms.srtp };
  const permanent = rooms.permanent.map((room): RoomSettings => ({
    name: room.name,
    permanent: true,
    capacity: room.capacity ?? like.capacity,
    policy: room.floor ?? like.policy,
    mode: room.mode,
    srtp: room.srtp ?? like.srtp,
    pin: room.pin,
    moderatorPin: room.moderatorPin,
  }));
  const shipped = shippedRooms(like).filter(({ name }) => permanent.every((room) => room.name !== name));
  const adHoc = rooms.adHoc ? like : null;
  return { permanent: [...shipped, ...permanent], adHoc, graceMs: rooms.graceSeconds * 1000, limit: rooms.limit };
}

function sipOf(config: Config, listening: Listening): GatewaySettings['sip'] {
  const { engine, controlPort, outboundProxy, udpMtu, ringSeconds } = config.sip;
  if (engine.kind === 'drachtio') {
    return { engine: 'external', host: engine.host, port: engine.port, secret: config.drachtioSecret ?? '' };
  }
  const control = { address: loopback, port: controlPort };
  const { timeoutSeconds, cacheEntries: entries, maxSeconds, negativeSeconds } = config.sip.dns;
  return {
    ...listening,
    engine: 'embedded',
    hosts: config.api.hosts,
    control,
    secret: systemChance.hex(16),
    dns: dnsOf(config),
    dnsLimits: { deadlineMs: timeoutSeconds * 1000, entries, maxSeconds, negativeSeconds },
    udpMtu,
    timerC: ringSeconds * 1000,
    ...(outboundProxy === undefined ? {} : { outboundProxy }),
  };
}

/** Also those that the callers of one listener are told. */
function outsideOf({ sip }: Config, addressing: Addressing): { bind: string; advertise: string }[] {
  const pairs = addressing.pairs();
  const more = sip.listen.flatMap(({ address, advertise }) => {
    if (advertise === undefined || pairs.some((pair) => pair.advertise === advertise)) return [];
    const bind = isUnspecified(address) ? pairs.find((pair) => isIPv6(pair.bind) === isIPv6(advertise))?.bind : address;
    return bind === undefined ? [] : [{ bind, advertise }];
  });
  return [...pairs, ...more];
}

function dnsOf({ sip: { dns } }: Config): Dns {
  return systemDns({ servers: dns.servers, queryMs: 1000 * Math.max(1, Math.floor(dns.timeoutSeconds / 3)) });
}

function rtpengineOf(config: Config, addressing: Addressing): GatewaySettings['rtpengine'] {
  const { media } = config;
  const { rtpengine } = media;
  switch (rtpengine.kind) {
    case 'off':
      return { kind: 'none', why: 'switched off (media.rtpengine)' };
    case 'external':
      return { kind: 'external', at: { address: rtpengine.host, port: rtpengine.port }, local: '0.0.0.0' };
    case 'embedded':
      return {
        kind: 'managed',
        command: rtpengine.program,
        outside: outsideOf(config, addressing),
        ports: rtpengine.ports ?? { from: 30_000 + systemChance.int(0, 29) * 1000, to: 59_999 },
      };
  }
}

/** Where an rtpengine reaches us: on loopback, unless it runs on another machine. */
function insideOf({ media: { rtpengine } }: Config, addressing: Addressing): { bind: string; advertise: string } {
  if (rtpengine.kind !== 'external') return { bind: loopback, advertise: loopback };
  const advertise = addressing.advertise(rtpengine.host);
  return { bind: bindFor(addressing.bind, advertise), advertise };
}

/** What the certificate of the page was read from, and everything that uses one. */
interface Tls {
  page: Live<Certificate>;
  listening: Listening;
  certificates: Certificates;
}

async function tlsOf(config: Config, addressing: Addressing): Promise<Tls> {
  const certificates = new Certificates(systemClock);
  const page = await certificates.page(config, join(config.dataDir, 'tls'), addressing.reachable());
  return { certificates, page, listening: await certificates.listening(config, page) };
}

/** What the configuration calls them. */
const floorNames = { udp: 'UDP', tcp: 'TCP', tls: 'TLS', dtls: 'DTLS', 'tcp-dtls': 'TCP-DTLS' } as const;

function mediaOf(config: Config, addressing: Addressing): GatewaySettings['media'] {
  const { media, bfcp } = config;
  const floorPorts = bfcp.ports ?? media.ports;
  return {
    bind: addressing.bind,
    advertise: (peer, via) => addressing.advertise(peer, via),
    ports: media.ports,
    maxKbps: media.maxKbps,
    floorKbps: media.floorKbps,
    transcode: media.transcode,
    lowTier: media.lowTier,
    native: media.native,
    fecc: media.farEndCamera,
    fec: media.fec,
    inside: insideOf(config, addressing),
    webSocketHosts: bfcp.webSocketHosts,
    floorOffers: bfcp.offer.map((one) => floorNames[one]),
    floorPorts: floorPorts ? portRange(floorPorts.from, floorPorts.to, floorPorts.from) : anyPort,
  };
}

/** What was found besides the configuration. */
interface Found {
  addressing: Addressing;
  tls: Tls;
  dialplan: LiveDialplan;
}

function settingsOf(config: Config, { addressing, tls, dialplan }: Found, version: string): GatewaySettings {
  const { page, listening } = tls;
  const { web, api } = config;
  return {
    log: logOf(config),
    sip: sipOf(config, listening),
    media: mediaOf(config, addressing),
    audio: audioOf(config),
    rooms: roomsOf(config),
    recordings: recordingsOf(config),
    users: userSettingsOf(config),
    decide: dialplan.decide,
    listeners: config.sip.listen.map((at) => ({ ...at, name: listenerName(at) })),
    prompts: promptsOf(config),
    guard: guardOf(config),
    outgoing: outgoingOf(config, addressing, dnsOf(config)),
    h323: h323Of(config, addressing),
    srtpKeysNeedTls: config.sip.srtpKeysNeedTls,
    rtpengine: rtpengineOf(config, addressing),
    diagnosis: diagnosisOf(config),
    web: {
      http: web.http,
      https: web.https && {
        ...web.https,
        cert: page.current.cert,
        key: page.current.key,
        renewed: (take) => page.onChange(() => take(page.current)),
      },
      directory: join(root, 'dist/web'),
      sip: (config.sip.engine.kind === 'drachtio' && config.sip.engine.ws) || null,
      hosts: api.hosts,
    },
    about: (core) => ({
      version,
      httpsUrls: httpsUrls(web.https, addressing),
      get fingerprint() {
        return page.current.fingerprint;
      },
      sipUris: sipUris(addressing, core.listening),
    }),
    demo: {
      command: [process.execPath, join(root, 'dist/scripts/endpoint/main.js')],
      uri: demoUri,
    },
  };
}

function diagnosisOf({ diagnosis }: Config): NonNullable<GatewaySettings['diagnosis']> {
  const { calls, minutes, kilobytes } = diagnosis;
  return { calls, ms: minutes * 60_000, bytes: kilobytes * 1024 };
}

function httpsUrls(https: Config['web']['https'], addressing: Addressing): string[] {
  return https ? addressing.reachable().map((address) => `https://${bracket(address)}:${https.port}`) : [];
}

function promptsOf({ rooms }: Config): NonNullable<GatewaySettings['prompts']> {
  const { promptLanguage: language, pinByPrompt: byDefault } = rooms;
  return { recordings: findPrompts(join(root, 'prompts')), language, byDefault };
}

/** Where the demonstration room system calls. */
function demoUri({ listening }: Core): string {
  const at = listening.find(({ transport }) => transport === 'udp') ?? listening[0];
  const { address, port } = at?.local ?? { address: loopback, port: 5060 };
  const host = { '0.0.0.0': loopback, '::': '::1' }[address] ?? address;
  return `sip:demo@${bracket(host)}:${port}${at?.transport === 'tcp' ? ';transport=tcp' : ''}`;
}

function bracket(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

/** One Ctrl-C arrives twice, from the terminal and from npm; what comes later than this is a second one. */
const sameSignalMs = 1000;

/** Ctrl-C and SIGTERM end the gateway in order, also while it starts; the second time at once. */
function closeOnSignals(starting: Promise<Gateway>): void {
  let since: number | null = null;
  for (const signal of ['SIGINT', 'SIGTERM', ...(process.stdin.isTTY ? (['SIGHUP'] as const) : [])] as const) {
    process.on(signal, () => {
      if (since !== null && systemClock.now() - since < sameSignalMs) return;
      if (since !== null) process.exit(1);
      since = systemClock.now();
      process.stderr.write('\nEnding every call ...\n');
      starting
        .then((gateway) => gateway.close())
        .then(
          () => process.exit(0),
          (error: unknown) => {
            process.stderr.write(`${messageOf(error)}\n`);
            process.exit(1);
          },
        );
    });
  }
}

/** Changed files count by themselves; SIGHUP reads them at once, unless it says that the terminal was closed. */
function follow({ tls, dialplan }: Found, tools: WatchTools): void {
  tls.certificates.watch(tools);
  dialplan.watch(tools);
  if (process.stdin.isTTY) return;
  process.on('SIGHUP', () => {
    void tls.certificates.refresh();
    dialplan.reload(tools);
  });
}

/** Null when there is nothing to run: the answer was printed. */
function configure(version: string): { config: Config; check: boolean } | null {
  const read = (path: string): string => readFileSync(path, 'utf8');
  const result = loadConfig(process.argv.slice(2), systemEnvironment, read, version);
  switch (result.kind) {
    case 'run':
      return result;
    case 'print':
      process.stdout.write(`${result.text}\n`);
      return null;
    case 'errors':
      process.stderr.write(`${result.errors.join('\n')}\n`);
      process.exitCode = 2;
      return null;
  }
}

function announce(config: Config, addressing: Addressing, gateway: Gateway, tls: Tls, version: string): void {
  const { core, api, tokens, rtpengineProblem } = gateway;
  const facts = announcement(config, addressing, {
    version,
    sip: core.listening,
    h323: core.h323?.listening ?? [],
    h323Devices: core.h323?.devices?.listening ?? [],
    h323Problem: core.h323?.problem ?? null,
    http: api.http,
    https: api.https,
    certificate: tls.page.current,
    certificateProblems: tls.certificates.complaints(),
    adminPath: tokens.adminLink(),
    rtpengineProblem,
    storeProblem: core.users.store.problem,
    webBuilt: existsSync(join(root, 'dist/web/index.html')),
    columns: process.stdout.columns ?? 80,
  });
  process.stdout.write(banner(facts));
}

async function main(): Promise<void> {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const asked = configure(version);
  if (!asked) return;
  const { config } = asked;
  const addressing = await addressingOf(config);
  const tls = await tlsOf(config, addressing);
  const found = { addressing, tls, dialplan: openDialplan(resolve(root, config.rooms.dialplan), config) };
  const settings = settingsOf(config, found, version);
  if (asked.check) {
    process.stdout.write(`Node.js ${process.version}; configuration, dial plan and certificate are fine.\n`);
    return;
  }
  try {
    const starting = startGateway(settings);
    closeOnSignals(starting);
    const gateway = await starting;
    announce(config, addressing, gateway, tls, version);
    follow(found, { clock: systemClock, log: settings.log, metrics: gateway.core.metrics });
  } catch (error) {
    process.stderr.write(`${explainStartError(error, config)}\n`);
    process.exit(1);
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
});
