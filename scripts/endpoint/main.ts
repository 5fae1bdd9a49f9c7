import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { messageOf } from '../../src/base/errors.js';
import { readCommand, runCommand } from './commands.js';
import { startEndpoint, type Endpoint } from './endpoint.js';
import type { EndpointOptions } from './options.js';
import type { Size } from './pattern/parameter-sets.js';
import { vendors } from './vendors/index.js';
import { ffmpegPresent } from './view/decoder.js';

const help = `Usage: npm run endpoint -- sip:ROOM@HOST[:PORT] [options]

A room system without hardware: calls, sends a tone and a moving picture that carries its name, shares content over
BFCP, and prints as JSON lines what it hears and whose pictures it sees.

  --name NAME            shown in the roster and in the picture (up to 8 letters and digits read back unchanged)
  --vendor NAME          shape of the offer: ${Object.keys(vendors).join(', ')}
  --share WHAT           share at once: test-pattern, a picture file or a PDF
  --audio WHAT           tone:440 (default), tone:440+1000@0.1, silence, or a 16-bit WAV file
  --quiet                begin silent; "talk on" starts the sound
  --no-camera            send no main picture
  --transport T          udp (default), tcp, tls
  --bfcp T               udp or tcp, in place of what the vendor uses
  --size WxH --fps N     main picture, 640x360 at 10
  --content-size WxH --content-fps N   content, 1280x720 at 5
  --duration SECONDS     hang up after this time
  --bind ADDRESS         local address (default 127.0.0.1 for a loopback host, else the address towards it)

Commands on standard input, as words or as {"command":"share","argument":"test-pattern"}:
  share [WHAT] | release | page N | mute on|off | talk on|off | keyframe [main|content] | hold | resume | state | sdp |
  hangup
`;

/** Thrown for a wrong command line; the message is for the user. */
class Usage extends Error {}

function readArguments(argv: string[]): EndpointOptions | null {
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
      bind: text,
      help: flag,
    },
  });
  const [uri] = positionals;
  if (values.help || uri === undefined) return null;
  if (!/^sips?:\S+@\S+$/.test(uri)) throw new Usage(`not a SIP URI: ${uri}`);
  const options: EndpointOptions = { uri, quiet: values.quiet ?? false, camera: !values['no-camera'] };
  for (const key of ['name', 'vendor', 'share', 'audio', 'bind'] as const) {
    const value = values[key];
    if (value !== undefined) options[key] = value;
  }
  if (values.transport !== undefined) options.transport = oneOf('transport', values.transport, ['udp', 'tcp', 'tls']);
  if (values.bfcp !== undefined) options.bfcp = oneOf('bfcp', values.bfcp, ['udp', 'tcp']);
  if (values.size !== undefined) options.size = sizeOf(values.size);
  if (values['content-size'] !== undefined) options.contentSize = sizeOf(values['content-size']);
  if (values.fps !== undefined) options.fps = numberOf('fps', values.fps, 60);
  if (values['content-fps'] !== undefined) options.contentFps = numberOf('content-fps', values['content-fps'], 60);
  if (values.duration !== undefined) options.duration = numberOf('duration', values.duration, 1e6);
  return options;
}

function oneOf<T extends string>(option: string, value: string, known: readonly T[]): T {
  const found = known.find((word) => word === value);
  if (!found) throw new Usage(`--${option} must be one of ${known.join(', ')}`);
  return found;
}

function numberOf(option: string, value: string, most: number): number {
  const number = Number(value);
  if (!(number > 0 && number <= most)) throw new Usage(`--${option} must be a number up to ${most}`);
  return number;
}

/** The stamp needs cells of at least one macroblock; chroma needs even sizes. */
function sizeOf(value: string): Size {
  const [width = 0, height = 0] = value.split('x').map(Number);
  const fine = width >= 352 && height >= 256 && width <= 3840 && height <= 2160 && width % 2 === 0 && height % 2 === 0;
  if (!fine) throw new Usage(`sizes are even, from 352x256 to 3840x2160: ${value}`);
  return { width, height };
}

function print(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

function listen(endpoint: Endpoint): void {
  const input = createInterface({ input: process.stdin });
  input.on('line', (line) => {
    const command = readCommand(line);
    if (!command) return;
    runCommand(endpoint, command).then(
      (result) => result !== undefined && print({ event: 'result', command: command.word, result }),
      (error: unknown) => print({ event: 'error', command: command.word, message: messageOf(error) }),
    );
  });
  endpoint.onEvent((event) => {
    if (event.event === 'ended') input.close();
  });
}

async function main(): Promise<void> {
  const options = readArguments(process.argv.slice(2));
  if (!options) {
    process.stdout.write(help);
    return;
  }
  if (!ffmpegPresent())
    print({
      event: 'warning',
      message: 'ffmpeg is missing (apt install ffmpeg): pictures are counted but not looked at',
    });
  const endpoint = await startEndpoint({ ...options, onEvent: print });
  listen(endpoint);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void endpoint.hangup());
  const { reason } = await endpoint.over;
  process.exitCode = reason === 'hung up here' ? 0 : 3;
  process.stdin.destroy();
}

main().catch((error: unknown) => {
  const usage = error instanceof Usage || (error instanceof TypeError && 'code' in error);
  if (usage) process.stderr.write(`${messageOf(error)}\n\n${help}`);
  else print({ event: 'error', message: messageOf(error) });
  process.exitCode = usage ? 2 : 1;
});
