import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../../..');

/** Whether Erlang's ASN.1 compiler (Debian: erlang-asn1) is here. */
export function oraclePresent(): boolean {
  const libraries = '/usr/lib/erlang/lib';
  return existsSync(libraries) && readdirSync(libraries).some((name) => name.startsWith('asn1-'));
}

/** Without optimisation the big modules compile in half of the time. */
const fast = ['+no_copt', '+no_postopt', '+no_ssa_opt', '+no_type_opt', '+no_bsm_opt'];

function run(command: string, args: string[], cwd: string): Promise<string> {
  return finished(spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] }), command);
}

function finished(child: ChildProcess, what: string): Promise<string> {
  const output: Buffer[] = [];
  let errors = '';
  child.stdout?.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  return new Promise((done, failed) => {
    child.on('error', failed);
    child.on('close', (code) => {
      const text = Buffer.concat(output).toString();
      if (code === 0) done(text);
      else failed(new Error(`${what} ended with ${code}: ${errors}${text.slice(-2000)}`));
    });
  });
}

/**
 * Compiles modules for aligned PER, in a folder under var/ that is kept for the next time. Erlang takes the type that
 * constrains an open type for the type itself; an OCTET STRING, which PER writes like an open type, keeps it from that.
 */
async function compile(modules: Record<string, string>): Promise<string> {
  const texts = Object.entries(modules).map(([name, text]): [string, string] => [
    name,
    text.replace(/TYPE-IDENTIFIER\.&Type\s*\([^)]*\)/g, 'OCTET STRING'),
  ]);
  const hash = createHash('sha256')
    .update(JSON.stringify([texts, fast]))
    .digest('hex')
    .slice(0, 16);
  const folder = join(root, 'var/asn1-oracle', hash);
  if (existsSync(folder)) return folder;
  const work = `${folder}.${process.pid}`;
  mkdirSync(work, { recursive: true });
  for (const [name, text] of texts) writeFileSync(join(work, `${name}.asn`), text);
  await run('erlc', ['-bper', '+maps', '+noobj', ...texts.map(([name]) => `${name}.asn`)], work);
  await Promise.all(texts.map(([name]) => run('erlc', [...fast, `${name}.erl`], work)));
  try {
    renameSync(work, folder);
  } catch {
    // Another run was first: its folder holds the same.
  }
  return existsSync(folder) ? folder : work;
}

/** One value in both notations. */
export interface Question {
  module: string;
  /** The type's name in the notation. */
  type: string;
  hex: string;
  /** The value as an Erlang term. */
  term: string;
}

/** What Erlang makes of the term in hex, and whether it reads the same term from our hex, or else what. */
export interface Answer {
  hex: string;
  read: string;
}

/** Modules by their names, compiled by an implementation that shares nothing with ours. */
export class Oracle {
  private constructor(private readonly folder: string) {}

  static async of(modules: Record<string, string>): Promise<Oracle> {
    return new Oracle(await compile(modules));
  }

  async ask(questions: readonly Question[]): Promise<Answer[]> {
    const child = spawn('escript', [join(import.meta.dirname, 'oracle.escript'), this.folder]);
    const answers = finished(child, 'escript');
    child.stdin.end(questions.map(({ module, type, hex, term }) => `${module}\t${type}\t${hex}\t${term}\n`).join(''));
    const lines = (await answers).split('\n');
    return questions.map((_, index) => {
      const [hex = '', read = ''] = (lines[index] ?? '').split('\t');
      return { hex, read };
    });
  }
}

/** The text of an ASN.1 module that is checked in. */
export function moduleText(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}
