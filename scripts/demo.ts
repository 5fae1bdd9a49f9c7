import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../src/base/errors.js';
import { startDemo, type Demo } from './endpoint/demo.js';

/** Starts the gateway with the given arguments and brings three room systems into its room `demo`. */
const root = resolve(fileURLToPath(import.meta.url), '../..');
const built = join(root, 'dist/src/main.js');
const program = existsSync(built) ? [built] : ['--import', 'tsx', join(root, 'src/main.ts')];

let demo: Promise<Demo> | null = null;
let output = '';
// In a process group of its own: Ctrl-C reaches this process only, and a second signal would cut the gateway short.
const gateway = spawn(process.execPath, [...program, ...process.argv.slice(2)], {
  stdio: ['ignore', 'pipe', 'inherit'],
  detached: true,
});

function bringIn(uri: string): void {
  demo = startDemo(uri, (line) => process.stdout.write(`[demo] ${line}\n`));
  demo.catch((error: unknown) => {
    process.stderr.write(`The room systems could not come: ${messageOf(error)}\n`);
    gateway.kill('SIGTERM');
    process.exitCode = 1;
  });
}

gateway.stdout.on('data', (text: Buffer) => {
  process.stdout.write(text);
  if (demo) return;
  output += text.toString();
  // The address for people stands in the closing text; it is complete with the last line.
  const uri = /^ +(sip:demo@[^\s;]+)/m.exec(output)?.[1];
  if (uri && output.includes('Ctrl-C')) bringIn(uri);
});

gateway.on('exit', (code) => {
  process.exitCode ??= code ?? 1;
  demo?.then((started) => started.stop()).catch(() => undefined);
});

async function leave(): Promise<void> {
  // The endpoints hang up first, so that the gateway has nobody to wait for.
  await demo?.then((started) => started.stop()).catch(() => undefined);
  gateway.kill('SIGTERM');
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => void leave());
