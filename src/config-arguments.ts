import { parseArgs } from 'node:util';
import { messageOf } from './base/errors.js';

/** What `--help` prints. */
export const usage = `Dualstream: one room for room systems, softphones and browsers, with main and content video.

  npm start -- [options]

  --config FILE            read settings from a YAML file
  --check                  check the configuration and this machine, then end
  --print-config           print every setting with its value, then end
  --bind ADDRESS           bind and advertise this address everywhere (127.0.0.1 for this machine only)
  --ports auto             let the system pick every port, and print them
  --sip-port N             SIP over UDP and TCP (TLS is one above)
  --http-port N            page for this machine
  --https-port N           page for others
  --external-address A     address that peers outside this network reach this machine by
  --cert FILE --key FILE   one's own certificate and key, PEM
  --dialplan FILE          which number leads to which room
  --data DIR               where certificates, recordings and logs are kept
  --rtpengine WORD         embedded, off, or ADDRESS:PORT of one that runs already
  --log-level WORD         debug, info, warn, error or silent
  --help  --version

Settings, ports and defaults: README.md.`;

const options = {
  config: { type: 'string' },
  check: { type: 'boolean' },
  'print-config': { type: 'boolean' },
  bind: { type: 'string' },
  ports: { type: 'string' },
  'sip-port': { type: 'string' },
  'http-port': { type: 'string' },
  'https-port': { type: 'string' },
  'external-address': { type: 'string' },
  cert: { type: 'string' },
  key: { type: 'string' },
  dialplan: { type: 'string' },
  data: { type: 'string' },
  rtpengine: { type: 'string' },
  'log-level': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
} as const;

/** The command line as it was given. */
export type Arguments = ReturnType<typeof parse>;

function parse(argv: readonly string[]) {
  return parseArgs({ args: [...argv], options, allowPositionals: false }).values;
}

/** Reads the command line; a string says what is wrong with it. */
export function readArguments(argv: readonly string[]): Arguments | string {
  try {
    return parse(argv);
  } catch (error) {
    return messageOf(error);
  }
}

type Tree = Record<string, unknown>;

/** Lays what the command line says over what the file says. */
export function overlay(tree: Tree, given: Arguments): Tree {
  const web = tree.web as Tree | undefined;
  const media = tree.media as Tree | undefined;
  const withPort = (key: 'http' | 'https', text: string | undefined): Tree =>
    text === undefined ? {} : { [key]: { ...(web?.[key] as Tree | undefined), port: Number(text) } };
  return {
    ...tree,
    ...section('dataDir', given.data),
    web: {
      ...web,
      ...section('cert', given.cert),
      ...section('key', given.key),
      ...withPort('http', given['http-port']),
      ...withPort('https', given['https-port']),
    },
    media: {
      ...media,
      ...section('externalAddress', given['external-address']),
      ...(given.rtpengine === undefined ? {} : { rtpengine: engineOf(given.rtpengine) }),
    },
    ...within(tree, 'rooms', section('dialplan', given.dialplan)),
    ...within(tree, 'logging', section('level', given['log-level'])),
    ...(given['sip-port'] === undefined ? {} : within(tree, 'sip', { listen: listenAt(Number(given['sip-port'])) })),
  };
}

function section(key: string, value: string | undefined): Tree {
  return value === undefined ? {} : { [key]: value };
}

function within(tree: Tree, key: string, more: Tree): Tree {
  return Object.keys(more).length === 0 ? {} : { [key]: { ...(tree[key] as Tree | undefined), ...more } };
}

function engineOf(word: string): Tree {
  const external = /^\[?(.+?)\]?:(\d+)$/.exec(word);
  return external ? { kind: 'external', host: external[1], port: Number(external[2]) } : { kind: word };
}

function listenAt(port: number): Tree[] {
  const tls = port === 0 ? 0 : port + 1;
  return [
    { transport: 'udp', port },
    { transport: 'tcp', port },
    { transport: 'tls', port: tls },
  ];
}
