import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { messageOf } from '../../src/base/errors.js';
import { readCommand, runCommand } from './commands.js';
import { startEndpoint, type Endpoint } from './endpoint.js';
import { devices } from './h323/devices.js';
import { usualPort } from './h323/signalling.js';
import { listenForCalls } from './listen.js';
import type { EndpointOptions, H323Options } from './options.js';
import type { Size } from './pattern/parameter-sets.js';
import { vendors } from './vendors/index.js';
import { ffmpegPresent } from './view/decoder.js';

const help = `Usage: npm run endpoint -- sip:ROOM@HOST[:PORT] | h323:ROOM@HOST[:PORT] [options]
       npm run endpoint -- --listen [[h323:]ADDRESS:PORT] [options]

A room system without hardware: calls, sends a tone and a moving picture that carries its name, shares content over
BFCP or H.239, and prints as JSON lines what it hears and whose pictures it sees.

With --listen it waits for calls and takes one at a time: by SIP over UDP and TCP (default 127.0.0.1:5070), by H.323 with
h323: in front (default port 1720). Port 0 picks free ones.

  --name NAME            shown in the roster and in the picture (up to 8 letters and digits read back unchanged)
  --vendor NAME          shape of the offer: ${Object.keys(vendors).join(', ')}
                         by H.323: ${Object.keys(devices).join(', ')}
  --share WHAT           share at once: test-pattern, a picture file or a PDF
  --audio WHAT           tone:440 (default), tone:440+1000@0.1, silence, or a 16-bit WAV file
  --quiet                begin silent; "talk on" starts the sound
  --no-camera            send no main picture
  --transport T          udp (default), tcp, tls
  --bfcp T               udp, tcp, tls, dtls or tcp-dtls, in place of what the vendor uses
  --size WxH --fps N     main picture, 640x360 at 10
  --content-size WxH --content-fps N   content, 1280x720 at 5
  --start slow|fast      H.323: media after H.245 (default), or with the Setup
  --h245 tunnelled|separate   H.323: H.245 in call signalling (default), or on a connection of its own
  --early h245Control|parallel   H.323: H.245 in the Setup, the second way beside fast start
  --keys h245|rtp        H.323: keys go by H.245 (default), or beside the sound (RFC 4733)
  --number DIGITS        H.323: a number besides the name
  --gatekeeper ADDRESS[:PORT]   H.323: registers there, and calls by its leave (port 1719)
  --encrypt off|optional|required   H.323: media is encrypted (H.235.6); off by default
  --nat plain|multiplexed   H.323: behind NAT, by H.460.18 and H.460.19
  --kbps N               take so much on all lines together
  --duration SECONDS     hang up after this time
  --bind ADDRESS         local address (default 127.0.0.1 for a loopback host, else the address towards it)

Commands on standard input, as words or as {"command":"share","argument":"test-pattern"}:
  share [WHAT] | release | page N | mute on|off | talk on|off | keyframe [main|content] | press KEYS | rekey | hold |
  resume | state | sdp | hangup
`;

/** Thrown for a wrong command line; the message is for the user. */
class Usage extends Error {}

/** What the command line asks for. */
type Task = { options: EndpointOptions } | { options: Omit<EndpointOptions, 'uri'>; at: Place };

/** Where calls are waited for. */
interface Place {
  protocol: 'sip' | 'h323';
  bind: string;
  port: number;
}

function readArguments(argv: string[]): Task | null {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      name: text,
      vendor: text,
      share: text,
      audio: text,
      quiet: flag,
      'no-camera': flag,
      transport: text,
      bfcp: text,
      size: text,
      fps: text,
      'content-size': text,
      'content-fps': text,
      duration: text,
      kbps: text,
      start: text,
      h245: text,
      early: text,
      number: text,
      gatekeeper: text,
      nat: text,
      encrypt: text,
      bind: text,
      listen: flag,
      help: flag,
    },
  });
  const [first] = positionals;
  if (values.help || (first === undefined && !values.listen)) return null;
  const options = optionsOf(values);
  if (values.listen) return { options, at: pointOf(first ?? '127.0.0.1:5070') };
  if (!/^(sips?:\S+@|h323:)\S+$/i.test(first ?? '')) throw new Usage(`not a SIP or H.323 URI: ${first}`);
  return { options: { ...options, uri: first ?? '' } };
}

type Values = Partial<Record<string, string | boolean>>;

function optionsOf(values: Values): Omit<EndpointOptions, 'uri'> {
  const options: Omit<EndpointOptions, 'uri'> = { quiet: values.quiet === true, camera: values['no-camera'] !== true };
  const text = (key: string): string | undefined => {
    const value = values[key];
    return typeof value === 'string' ? value : undefined;
  };
  for (const key of ['name', 'vendor', 'share', 'audio', 'bind'] as const) {
    const value = text(key);
    if (value !== undefined) options[key] = value;
  }
  const given: Given = (key, read, take) => {
    const value = text(key);
    if (value !== undefined) take(read(value));
  };
  const count = (key: string, most: number): ((value: string) => number) => numberOf.bind(null, key, most);
  given(
    'transport',
    (value) => oneOf('transport', value, ['udp', 'tcp', 'tls'] as const),
    (value) => (options.transport = value),
  );
  given(
    'bfcp',
    (value) => oneOf('bfcp', value, ['udp', 'tcp', 'tls', 'dtls', 'tcp-dtls'] as const),
    (value) => (options.bfcp = value),
  );
  options.h323 = h323Of(given);
  given('size', sizeOf, (value) => (options.size = value));
  given('content-size', sizeOf, (value) => (options.contentSize = value));
  given('fps', count('fps', 60), (value) => (options.fps = value));
  given('content-fps', count('content-fps', 60), (value) => (options.contentFps = value));
  given('kbps', count('kbps', 1e6), (value) => (options.kbps = value));
  given('duration', count('duration', 1e6), (value) => (options.duration = value));
  return options;
}

/** Reads one option, where it is given. */
type Given = <T>(key: string, read: (value: string) => T, take: (value: T) => void) => void;

function h323Of(given: Given): H323Options {
  const h323: H323Options = {};
  given(
    'start',
    (value) => oneOf('start', value, ['slow', 'fast'] as const),
    (value) => (h323.start = value),
  );
  given(
    'h245',
    (value) => oneOf('h245', value, ['tunnelled', 'separate'] as const),
    (value) => (h323.h245 = value),
  );
  given(
    'early',
    (value) => oneOf('early', value, ['h245Control', 'parallel'] as const),
    (value) => (h323.early = value),
  );
  given(
    'keys',
    (value) => oneOf('keys', value, ['h245', 'rtp'] as const),
    (value) => (h323.keys = value),
  );
  given(
    'encrypt',
    (value) => oneOf('encrypt', value, ['off', 'optional', 'required'] as const),
    (value) => (h323.encryption = value),
  );
  given('number', String, (value) => (h323.number = value));
  given('gatekeeper', gatekeeperAt, (value) => (h323.gatekeeper = value));
  given(
    'nat',
    (value) => oneOf('nat', value, ['plain', 'multiplexed'] as const),
    (value) => (h323.nat = value),
  );
  return h323;
}

function oneOf<T extends string>(option: string, value: string, known: readonly T[]): T {
  const found = known.find((word) => word === value);
  if (!found) throw new Usage(`--${option} must be one of ${known.join(', ')}`);
  return found;
}

function numberOf(option: string, most: number, value: string): number {
  const number = Number(value);
  if (!(number > 0 && number <= most)) throw new Usage(`--${option} must be a number up to ${most}`);
  return number;
}

function gatekeeperAt(text: string): { address: string; port: number } {
  const [, bracketed, plain, port = '1719'] = /^(?:\[([0-9a-f:]+)\]|([0-9.]+))(?::(\d{1,5}))?$/i.exec(text) ?? [];
  const address = bracketed ?? plain;
  if (address === undefined) throw new Usage(`not the address of a gatekeeper: ${text}`);
  return { address, port: Number(port) };
}

/** The stamp needs cells of at least one macroblock; chroma needs even sizes. */
function sizeOf(value: string): Size {
  const [width = 0, height = 0] = value.split('x').map(Number);
  const fine = width >= 352 && height >= 256 && width <= 3840 && height <= 2160 && width % 2 === 0 && height % 2 === 0;
  if (!fine) throw new Usage(`sizes are even, from 352x256 to 3840x2160: ${value}`);
  return { width, height };
}

/** `ADDRESS:PORT`, `ADDRESS` or `:PORT`, with `h323:` in front where calls come by H.323. */
function pointOf(text: string): Place {
  const [, scheme, address = '', port = ''] = /^(h323:)?(\[[0-9a-f:]+\]|[0-9.]*)(?::(\d{1,5}))?$/i.exec(text) ?? [];
  const nowhere = scheme === undefined && address === '' && port === '';
  if (nowhere || Number(port) > 65_535) throw new Usage(`not an address and a port: ${text}`);
  const protocol = scheme === undefined ? 'sip' : 'h323';
  const usual = protocol === 'sip' ? 5070 : usualPort;
  return { protocol, bind: address.replace(/[[\]]/g, '') || '127.0.0.1', port: port === '' ? usual : Number(port) };
}

function print(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** Does what standard input says in the call that stands. */
function obey(current: () => Endpoint | undefined): void {
  const input = createInterface({ input: process.stdin });
  input.on('line', (line) => {
    const command = readCommand(line);
    if (!command) return;
    const endpoint = current();
    if (!endpoint) return print({ event: 'error', command: command.word, message: 'there is no call' });
    runCommand(endpoint, command).then(
      (result) => result !== undefined && print({ event: 'result', command: command.word, result }),
      (error: unknown) => print({ event: 'error', command: command.word, message: messageOf(error) }),
    );
  });
}

async function call(options: EndpointOptions): Promise<void> {
  const endpoint = await startEndpoint({ ...options, onEvent: print });
  obey(() => endpoint);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void endpoint.hangup());
  const { reason } = await endpoint.over;
  process.exitCode = reason === 'hung up here' ? 0 : 3;
  process.stdin.destroy();
}

async function answer(options: Omit<EndpointOptions, 'uri'>, at: Place): Promise<void> {
  const answering = await listenForCalls({ ...options, ...at, onEvent: print });
  obey(() => answering.calls.find(({ state }) => state.phase !== 'ended'));
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  await answering.close();
  process.stdin.destroy();
}

async function main(): Promise<void> {
  const task = readArguments(process.argv.slice(2));
  if (!task) {
    process.stdout.write(help);
    return;
  }
  if (!ffmpegPresent())
    print({
      event: 'warning',
      message: 'ffmpeg is missing (apt install ffmpeg): pictures are counted but not looked at',
    });
  await ('at' in task ? answer(task.options, task.at) : call(task.options));
}

main().catch((error: unknown) => {
  const usage = error instanceof Usage || (error instanceof TypeError && 'code' in error);
  if (usage) process.stderr.write(`${messageOf(error)}\n\n${help}`);
  else print({ event: 'error', message: messageOf(error) });
  process.exitCode = usage ? 2 : 1;
});
