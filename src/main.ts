import { existsSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { announcement, explainStartError, sipUris } from './announcement.js';
import { banner } from './banner.js';
import { bindFor, createAddressing, type Addressing } from './base/addressing.js';
import { systemClock } from './base/clock.js';
import { messageOf } from './base/errors.js';
import { systemChance } from './base/ids.js';
import { systemDns } from './base/system-dns.js';
import { createLog, silentLog, type Log } from './base/log.js';
import { systemNet } from './base/system-net.js';
import { fixedTls } from './base/tls.js';
import type { Core } from './compose.js';
import { loadConfig, systemEnvironment, type Config } from './config.js';
import { detected } from './external-address.js';
import { startGateway, type Gateway, type GatewaySettings } from './gateway.js';
import { DialplanUnusable, readDialplan, type Dialplan } from './legs/admission/dialplan.js';
import { anyPort, portRange } from './legs/bfcp-party/ports.js';
import { shippedRooms } from './rooms/directory.js';
import type { RoomSettings } from './rooms/room.js';
import { machineNames, ownCertificate, selfSigned, type Certificate } from './services/api/certificate.js';

/** Root of the checkout: above `dist/src` in the build, above `src` under a loader. */
const root = resolve(dirname(fileURLToPath(import.meta.url)), import.meta.url.endsWith('.ts') ? '..' : '../..');
const loopback = '127.0.0.1';

function logOf({ logging }: Config): Log {
  if (logging.level === 'silent') return silentLog;
  return createLog({ level: logging.level, ...(logging.file === undefined ? {} : { file: logging.file }) });
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

async function certificateOf({ web, dataDir }: Config, addressing: Addressing): Promise<Certificate> {
  if (web.cert !== undefined && web.key !== undefined) return ownCertificate(web.cert, web.key);
  const names = machineNames({ addresses: addressing.reachable() });
  return selfSigned(join(dataDir, 'tls'), names, systemClock);
}

function roomsOf({ rooms }: Config): GatewaySettings['rooms'] {
  const like = { capacity: rooms.capacity, policy: rooms.floor.policy };
  const permanent = rooms.permanent.map((room): RoomSettings => ({
    name: room.name,
    permanent: true,
    capacity: room.capacity ?? like.capacity,
    policy: room.floor ?? like.policy,
    mode: room.mode,
    pin: room.pin,
  }));
  const shipped = shippedRooms(like).filter(({ name }) => permanent.every((room) => room.name !== name));
  const adHoc = rooms.adHoc ? like : null;
  return { permanent: [...shipped, ...permanent], adHoc, graceMs: rooms.graceSeconds * 1000, limit: rooms.limit };
}

function sipOf(config: Config, tls: Certificate): GatewaySettings['sip'] {
  const { engine, listen, controlPort, outboundProxy, udpMtu } = config.sip;
  if (engine.kind === 'drachtio') {
    return { engine: 'external', host: engine.host, port: engine.port, secret: config.drachtioSecret ?? '' };
  }
  const control = { address: loopback, port: controlPort };
  const at = listen.map((one) =>
    one.transport === 'tls' ? { ...one, tls: fixedTls({ cert: tls.cert, key: tls.key }) } : one,
  );
  const { timeoutSeconds, cacheEntries: entries, maxSeconds, negativeSeconds, servers } = config.sip.dns;
  return {
    engine: 'embedded',
    listen: at,
    control,
    secret: systemChance.hex(16),
    dns: systemDns({ servers, queryMs: 1000 * Math.max(1, Math.floor(timeoutSeconds / 3)) }),
    dnsLimits: { deadlineMs: timeoutSeconds * 1000, entries, maxSeconds, negativeSeconds },
    udpMtu,
    ...(outboundProxy === undefined ? {} : { outboundProxy }),
  };
}

function rtpengineOf({ media }: Config, addressing: Addressing): GatewaySettings['rtpengine'] {
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
        outside: addressing.pairs(),
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

function settingsOf(config: Config, addressing: Addressing, tls: Certificate, version: string): GatewaySettings {
  const { media, bfcp, web, api } = config;
  const floorPorts = bfcp.ports ?? media.ports;
  return {
    log: logOf(config),
    sip: sipOf(config, tls),
    media: {
      bind: addressing.bind,
      advertise: (peer, via) => addressing.advertise(peer, via),
      ports: media.ports,
      maxKbps: media.maxKbps,
      inside: insideOf(config, addressing),
      floorPorts: floorPorts ? portRange(floorPorts.from, floorPorts.to, floorPorts.from) : anyPort,
    },
    rooms: roomsOf(config),
    decide: dialplanOf(config).decide,
    rtpengine: rtpengineOf(config, addressing),
    web: {
      http: web.http,
      https: web.https && { ...web.https, cert: tls.cert, key: tls.key },
      directory: join(root, 'dist/web'),
      sip: (config.sip.engine.kind === 'drachtio' && config.sip.engine.ws) || null,
      hosts: api.hosts,
    },
    about: (core) => ({
      version,
      httpsUrls: web.https
        ? addressing.reachable().map((address) => `https://${bracket(address)}:${web.https?.port}`)
        : [],
      fingerprint: tls.fingerprint,
      sipUris: sipUris(addressing, core.listening),
    }),
    demo: {
      command: [process.execPath, join(root, 'dist/scripts/endpoint/main.js')],
      uri: demoUri,
    },
  };
}

function dialplanOf({ rooms }: Config): Dialplan {
  const file = resolve(root, rooms.dialplan);
  try {
    return readDialplan(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new DialplanUnusable(`The dial plan ${file} (rooms.dialplan) cannot be used: ${messageOf(error)}`);
  }
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
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
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

function announce(config: Config, addressing: Addressing, gateway: Gateway, tls: Certificate, version: string): void {
  const { core, api, tokens, rtpengineProblem } = gateway;
  const facts = announcement(config, addressing, {
    version,
    sip: core.listening,
    http: api.http,
    https: api.https,
    certificate: tls,
    adminPath: tokens.adminLink(),
    rtpengineProblem,
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
  const tls = await certificateOf(config, addressing);
  const settings = settingsOf(config, addressing, tls, version);
  if (asked.check) {
    process.stdout.write(`Node.js ${process.version}; configuration, dial plan and certificate are fine.\n`);
    return;
  }
  try {
    const starting = startGateway(settings);
    closeOnSignals(starting);
    announce(config, addressing, await starting, tls, version);
  } catch (error) {
    process.stderr.write(`${explainStartError(error, config)}\n`);
    process.exit(1);
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
});
