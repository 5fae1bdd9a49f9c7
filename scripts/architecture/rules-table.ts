/** Which folder may import which. Folders are named from `src/`; the longest matching name counts. */
export interface ImportRule {
  from: string;
  /** Folders (or files) of `src/` that may be imported besides one's own. */
  may: string[];
  /** Taken out of `may` again. */
  never?: string[];
}

const protocols = [
  'sip-values',
  'sip',
  'drachtio',
  'sdp',
  'bfcp',
  'dtls',
  'asn1',
  'h323',
  'rtp',
  'esl',
  'rtpengine',
  'stun',
  'ice',
  'pcapng',
];
const wings = { base: ['base'], protocol: ['base', 'protocol'] };
const media = [...wings.protocol, 'media'];
const rooms = [...media, 'rooms'];
const engine = ['protocol/sip', 'protocol/drachtio'];

const config = [
  'config.ts',
  'config-schema.ts',
  'config-source.ts',
  'config-checks.ts',
  'config-arguments.ts',
  'config-outgoing-schema.ts',
  'config-users-schema.ts',
  'config-defence-schema.ts',
  'config-diagnosis-schema.ts',
  'config-listen-schema.ts',
  'config-listen-checks.ts',
  'config-bfcp-schema.ts',
  'config-h323-schema.ts',
  'config-gatekeeper-schema.ts',
  'config-registrations-schema.ts',
  'config-audio-schema.ts',
  'config-secrets.ts',
  'config-trunks-schema.ts',
  'config-trunks-checks.ts',
  'config-dialplan-schema.ts',
  'config-dialplan-checks.ts',
];
/** Files of `src/` itself that see little; all others there compose and see everything. */
const rootFiles: ImportRule[] = [
  ...config.map((from) => ({ from, may: ['base', ...config] })),
  { from: 'banner.ts', may: ['base'] },
];

/** The import table: base <- protocol <- media <- rooms <- legs, bridges <- services <- the files of `src/` itself. */
export const importRules: ImportRule[] = [
  { from: 'base', may: [] },
  ...protocols.map((name) => ({ from: `protocol/${name}`, may: wings.base })),
  { from: 'protocol/sip', may: ['base', 'protocol/sip-values'] },
  { from: 'protocol/drachtio', may: ['base', 'protocol/sip', 'protocol/sip-values'] },
  { from: 'protocol/h323', may: ['base', 'protocol/asn1'] },
  { from: 'protocol/ice', may: ['base', 'protocol/stun'] },
  { from: 'media', may: wings.protocol, never: engine },
  { from: 'rooms', may: media, never: engine },
  { from: 'legs', may: rooms, never: engine },
  { from: 'bridges', may: rooms, never: [...engine, 'legs'] },
  { from: 'services', may: [...rooms, 'services', 'legs'], never: engine },
  { from: 'services/api', may: [...rooms, 'services'], never: [...engine, 'legs'] },
  { from: 'web', may: ['services/api/contract', 'services/api/contract.ts', 'protocol/bfcp'] },
  ...rootFiles,
  { from: '', may: ['base', 'protocol', 'media', 'rooms', 'legs', 'bridges', 'services'] },
];

/** Where each npm package may be imported: one home. A name ending in / stands for a scope. */
export const packageHomes: Record<string, string[]> = {
  'drachtio-srf': ['legs/sip'],
  'sip.js': ['web'],
  preact: ['web'],
  vite: ['web'],
  '@preact/': ['web'],
  fastify: ['services/api'],
  '@fastify/': ['services/api'],
  ws: ['services/api', 'services/tunnel', 'services/ws-listener', 'services/ws-client.ts'],
  jose: ['services'],
  selfsigned: ['services'],
  'sdp-transform': ['protocol/sdp'],
  'rtpengine-client': ['protocol/rtpengine'],
  'libopus-wasm': ['media/mixer'],
  libsql: ['services/store'],
  kysely: ['services/store'],
  pino: ['base/log.ts'],
  'prom-client': ['base/metrics.ts'],
  qrcode: ['banner.ts'],
  yaml: ['config.ts', 'config-source.ts'],
  // A description language rather than a service: every outer boundary may use it.
  zod: [
    'config-schema.ts',
    'config-outgoing-schema.ts',
    'config-users-schema.ts',
    'config-defence-schema.ts',
    'config-listen-schema.ts',
    ...config.filter((file) => file.endsWith('schema.ts')),
    'config-dialplan-schema.ts',
    'config-outgoing-schema.ts',
    'config-source.ts',
    'services',
    'legs/admission',
    'web',
  ],
};

/** What is dangerous to have everywhere: the network, files, processes, threads, time, chance, the environment. */
export const forbiddenModules = [
  'net',
  'dgram',
  'tls',
  'fs',
  'dns',
  'child_process',
  'worker_threads',
  'perf_hooks',
  'timers',
];
/** Pure helpers of a forbidden module. */
export const harmlessNames = new Set(['isIP', 'isIPv4', 'isIPv6', 'BlockList']);
/** Bare names, and `object.member` names. `Date` stands for reading the time: `new Date()` and `Date()`. */
export const forbiddenGlobals = [
  'setTimeout',
  'setInterval',
  'performance',
  'Date',
  'Date.now',
  'Math.random',
  'process.env',
  'console',
];

/** Who may use what: the homes of the forbidden. */
export const homes: Record<string, string[]> = {
  'base/clock.ts': ['setTimeout', 'setInterval', 'performance', 'Date.now', 'perf_hooks'],
  'base/log-file.ts': ['fs'],
  'base/load.ts': ['performance', 'perf_hooks'],
  'base/system-net.ts': ['net', 'dgram', 'dns', 'setTimeout'],
  'base/system-tls.ts': ['net', 'tls'],
  'base/tls-over-stream.ts': ['tls', 'setTimeout'],
  'base/socket-pipe.ts': ['net'],
  'base/thread.ts': ['worker_threads'],
  // A child needs our PATH.
  'base/child.ts': ['child_process', 'process.env', 'fs'],
  'base/ports-in-use.ts': ['fs'],
  'base/system-dns.ts': ['dns', 'fs'],
  'media/io': ['dgram', 'worker_threads', 'performance', 'perf_hooks', 'setTimeout', 'setInterval'],
  'media/native': ['fs'],
  'media/mixer': ['worker_threads', 'performance', 'perf_hooks', 'fs'],
  'bridges/embedded/bridge.ts': ['fs'],
  services: ['fs'],
  'config.ts': ['process.env'],
  'main.ts': ['fs'],
  'user.ts': ['fs'],
  'dialplan-file.ts': ['fs'],
  'prompts.ts': ['fs'],
  web: [...forbiddenGlobals],
};

/** Size caps in lines. */
export const caps = { file: 400, function: 50 };
/** Tables and schemas are long by nature. */
export const longByNature = /(^|[/.-])(tables?|schemas?|contract)\.tsx?$/;
