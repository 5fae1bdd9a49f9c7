import { isIP } from 'node:net';
import { stringify } from 'yaml';
import { messageOf } from './base/errors.js';
import { overlay, readArguments, usage, type Arguments } from './config-arguments.js';
import { findConflicts } from './config-checks.js';
import { expandWords, schema, type Settings } from './config-schema.js';
import { audioSecretsOf, trunkSecretsOf } from './config-secrets.js';
import { describeIssue, readYaml, type SourceText } from './config-source.js';

/** Everything that can be configured, with defaults filled in and cross-checked. */
export interface Config extends Settings {
  /** From `--bind`: the one address to bind and to advertise, or null. */
  bind: string | null;
  /** Every port was left to the system by `--ports auto`. */
  autoPorts: boolean;
  /** Secret of an external drachtio-server, from the environment; null with the embedded engine. */
  drachtioSecret: string | null;
  /** Passwords of trunks, and of registrations by H.323, by their names, from the environment. */
  trunkSecrets: ReadonlyMap<string, string>;
  /** Passwords of FreeSWITCH servers by their names, from the environment or files. */
  audioSecrets: ReadonlyMap<string, string>;
  /** PATH of this process, for its children. */
  path: string;
}

/** What came of the command line and the file. */
export type ConfigResult =
  | { kind: 'run'; config: Config; check: boolean }
  /** Print this and end well: help, version, the configuration. */
  | { kind: 'print'; text: string }
  /** Print these, one a line, and end with an error. */
  | { kind: 'errors'; errors: string[] };

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment of this process; the only place that reads it. */
export const systemEnvironment: Environment = process.env;

/**
 * Reads the command line (without program names), the environment and the file that `--config` names. Never throws:
 * whatever is wrong comes back as lines that name path and line.
 */
export function loadConfig(
  argv: readonly string[],
  env: Environment,
  readFile: (path: string) => string,
  version: string,
): ConfigResult {
  const given = readArguments(argv);
  if (typeof given === 'string') return { kind: 'errors', errors: [`${given} (--help shows the options)`] };
  if (given.help) return { kind: 'print', text: usage };
  if (given.version) return { kind: 'print', text: `dualstream ${version}` };
  const source = readSource(given.config, readFile);
  if (typeof source === 'string') return { kind: 'errors', errors: [source] };
  const fault = wordFault(given);
  if (fault !== null) return { kind: 'errors', errors: [fault] };
  const errors = source.errors.map((error) => `${given.config}: ${error}`);
  const settings = errors.length > 0 ? null : readSettings(source, given, errors);
  if (!settings) return { kind: 'errors', errors };
  if (given['print-config']) return { kind: 'print', text: printed(settings) };
  const drachtioSecret = secretOf(settings, env);
  if (drachtioSecret === undefined) {
    const name = settings.sip.engine.kind === 'drachtio' ? settings.sip.engine.secretEnv : '';
    return { kind: 'errors', errors: [`sip.engine.secretEnv: the environment variable ${name} is not set`] };
  }
  const trunkSecrets = trunkSecretsOf(settings, env);
  if (typeof trunkSecrets === 'string') return { kind: 'errors', errors: [trunkSecrets] };
  const audioSecrets = audioSecretsOf(settings, env, readFile);
  if (typeof audioSecrets === 'string') return { kind: 'errors', errors: [audioSecrets] };
  const rest = {
    trunkSecrets,
    audioSecrets,
    bind: given.bind ?? null,
    autoPorts: given.ports === 'auto',
    drachtioSecret,
    path: env.PATH ?? '',
  };
  return { kind: 'run', check: given.check ?? false, config: { ...settings, ...rest } };
}

/** Every setting. Passwords are left out: what is printed is shown to others, and says where to put them back. */
function printed(settings: Settings): string {
  const secret = /^(password|ha1[A-Z]\w*)$/;
  const replacer = (key: unknown, value: unknown): unknown =>
    typeof key === 'string' && secret.test(key) && typeof value === 'string' ? null : value;
  return stringify(settings, replacer, { lineWidth: 0 });
}

function readSource(file: string | undefined, readFile: (path: string) => string): SourceText | string {
  if (file === undefined) return readYaml('');
  try {
    return readYaml(readFile(file));
  } catch (error) {
    return `cannot read ${file}: ${messageOf(error)}`;
  }
}

function wordFault(given: Arguments): string | null {
  if (given.ports !== undefined && given.ports !== 'auto') return '--ports: expected auto';
  for (const option of ['sip-port', 'http-port', 'https-port'] as const) {
    const text = given[option];
    // SIP over TLS is one above
    const most = option === 'sip-port' ? 65534 : 65535;
    if (text !== undefined && !(/^\d+$/.test(text) && Number(text) <= most)) {
      return `--${option}: expected a port number, 0 to ${most}`;
    }
  }
  if (given.bind !== undefined && (isIP(given.bind) === 0 || /^(0\.0\.0\.0|::)$/.test(given.bind))) {
    return '--bind: expected the IP address of an interface of this machine';
  }
  return null;
}

/** Null when `errors` got something. */
function readSettings(source: SourceText, given: Arguments, errors: string[]): Settings | null {
  const say = (path: readonly PropertyKey[], message: string): void => {
    const line = source.lineOf(path);
    errors.push(`${path.map(String).join('.') || 'configuration'}${line > 0 ? ` (line ${line})` : ''}: ${message}`);
  };
  const { tree } = source;
  if (typeof tree !== 'object' || tree === null || Array.isArray(tree)) {
    say([], 'expected keys and values');
    return null;
  }
  const parsed = schema.safeParse(expandWords(overlay(tree as Record<string, unknown>, given)));
  if (!parsed.success) {
    for (const problem of parsed.error.issues.flatMap(describeIssue)) say(problem.path, problem.message);
    return null;
  }
  const settings = rebound(parsed.data, given);
  for (const { path, message } of findConflicts(settings)) {
    say(
      path.map((part) => (/^\d+$/.test(part) ? Number(part) : part)),
      message,
    );
  }
  return errors.length > 0 ? null : settings;
}

/** `--bind` and `--ports auto` reach every listener. */
function rebound(settings: Settings, given: Arguments): Settings {
  const address = given.bind;
  const auto = given.ports === 'auto';
  const at = <T extends { address: string; port: number }>(one: T): T => ({
    ...one,
    ...(address === undefined ? {} : { address }),
    ...(auto ? { port: 0 } : {}),
  });
  const { sip, media, web, bfcp, h323 } = settings;
  const { rtpengine } = media;
  return {
    ...settings,
    sip: { ...sip, listen: reboundListeners(sip.listen.map(at), address), ...(auto ? { controlPort: 0 } : {}) },
    media: {
      ...media,
      ...(auto ? { ports: null } : {}),
      ...(auto && rtpengine.kind === 'embedded' ? { rtpengine: { ...rtpengine, ports: null } } : {}),
      ...(address === undefined ? {} : { externalAddress: [] }),
    },
    bfcp: { ...bfcp, ...(auto ? { ports: null } : {}) },
    h323: {
      ...h323,
      listen: reboundCallListeners(h323.listen.map(at), address),
      gatekeeper: { ...h323.gatekeeper, listen: onePlaceEach(h323.gatekeeper.listen.map(at)) },
      registrations: h323.registrations.map((one) => (auto ? { ...one, port: 0 } : one)),
      ...(auto ? { h245Ports: null, nat: { ...h323.nat, multiplexPort: h323.nat.multiplexPort && 0 } } : {}),
    },
    web: {
      ...web,
      http: web.http && { ...at(web.http), address: web.http.address },
      https: web.https && at(web.https),
    },
  };
}

/** With one address for everything nothing else is advertised, and what was listed once for each family is one. */
function reboundListeners(listen: Settings['sip']['listen'], address: string | undefined): Settings['sip']['listen'] {
  if (address === undefined) return listen;
  const place = ({ transport, port }: (typeof listen)[number]): string =>
    `${transport === 'udp' ? 'udp' : 'tcp'} ${port}`;
  return listen
    .filter((one, index) => one.port === 0 || listen.findIndex((other) => place(other) === place(one)) === index)
    .map(({ advertise: _, ...one }) => one);
}

/** The same for H.323. */
function reboundCallListeners(listen: Settings['h323']['listen'], address: string | undefined): typeof listen {
  if (address === undefined) return listen;
  return onePlaceEach(listen).map(({ advertise: _, ...one }) => one);
}

/** Without those that `--bind` made the same. */
function onePlaceEach<T extends { address: string; port: number }>(listen: readonly T[]): T[] {
  const place = ({ address, port }: T): string => `${address} ${port}`;
  return listen.filter(
    (one, index) => one.port === 0 || listen.findIndex((other) => place(other) === place(one)) === index,
  );
}

/** Undefined when it is needed and not set. */
function secretOf({ sip }: Settings, env: Environment): string | null | undefined {
  return sip.engine.kind === 'drachtio' ? env[sip.engine.secretEnv] : null;
}
