// Starts the gateway, brings three simulated room systems into the room `demo`, and lets them talk and present in turn.
// Arguments go to the gateway.
import { spawn } from 'node:child_process';
import { messageOf } from '../src/base/errors.js';
import { startDemo, type Demo } from './endpoint/demo.js';

const words = process.argv.slice(2);
const gateway = spawn(process.execPath, ['dist/src/main.js', ...words], { stdio: ['inherit', 'pipe', 'inherit'] });
let demo: Demo | null = null;
let printed = '';

/** Ctrl-C reaches the gateway too: it hangs up on everybody, and we end after it. */
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => gateway.kill('SIGTERM'));

gateway.stdout.setEncoding('utf8');
gateway.stdout.on('data', (text: string) => {
  process.stdout.write(text);
  const seen = /sip:demo@\S+/.test(printed);
  printed += text;
  const [uri] = /sip:demo@\S+/.exec(printed) ?? [];
  if (!seen && uri !== undefined && printed.includes('\n')) void bringIn(uri);
});

gateway.on('close', (code) => {
  void (demo?.stop() ?? Promise.resolve()).finally(() => process.exit(code ?? 1));
});

async function bringIn(uri: string): Promise<void> {
  try {
    demo = await startDemo(uri, (line) => console.log(line));
  } catch (error) {
    console.error(`The demo endpoints could not join: ${messageOf(error)}`);
  }
}
