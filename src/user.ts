import { readFileSync } from 'node:fs';
import { messageOf } from './base/errors.js';
import { systemEnvironment } from './config.js';
import { Mistake, userCommand } from './user-command.js';

/** Without echo where a person types it. */
async function askPassword(): Promise<string> {
  const { stdin } = process;
  if (stdin.isTTY) {
    process.stderr.write('Password: ');
    stdin.setRawMode(true);
  }
  let text = '';
  try {
    for await (const chunk of stdin.setEncoding('utf8')) {
      text += String(chunk);
      if (text.includes('\u0003')) throw new Mistake('\nstopped');
      if (/[\r\n\u0004]/.test(text)) break;
    }
  } finally {
    if (stdin.isTTY) {
      stdin.setRawMode(false);
      process.stderr.write('\n');
    }
  }
  return typed(text.split(/[\r\n\u0004]/)[0] ?? '');
}

/** What was typed, after the corrections made while typing. */
function typed(text: string): string {
  const kept: string[] = [];
  for (const character of text) {
    if (character === '\u007f' || character === '\b') kept.pop();
    else kept.push(character);
  }
  return kept.join('');
}

userCommand(process.argv.slice(2), {
  env: systemEnvironment,
  readFile: (path) => readFileSync(path, 'utf8'),
  password: askPassword,
  say: (text) => void process.stdout.write(`${text}\n`),
}).catch((error: unknown) => {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = error instanceof Mistake ? 2 : 1;
});
