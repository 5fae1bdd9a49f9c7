import { execFileSync, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const sourceOf = (name: string): string =>
  fileURLToPath(new URL(`../../support/bfcp-libre/${name}.c`, import.meta.url));
/** Debian's pkg-config file leaves these out, and without them structures of the library have another size. */
const defines = ['-DHAVE_INTTYPES_H', '-DHAVE_STDBOOL_H', '-DHAVE_INET6'];

/** The test peer on libre, built. */
export interface LibreProgram {
  path: string;
  remove(): void;
}

/** Builds it: `peer`, or `ice` over DTLS; a text says why that is not possible here. */
export function buildLibrePeer(name: 'peer' | 'ice' = 'peer'): LibreProgram | string {
  const folder = mkdtempSync(join(tmpdir(), 'bfcp-libre-'));
  const path = join(folder, 'peer');
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    execFileSync(
      'gcc',
      ['-O1', '-Wall', '-Werror', ...defines, '-I/usr/include/re', '-o', path, sourceOf(name), '-lre'],
      {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    return { path, remove };
  } catch (error) {
    remove();
    const { code, stderr = '' } = error as { code?: string; stderr?: string };
    if (code === 'ENOENT') return 'there is no gcc';
    if (/re\.h: No such file/.test(stderr)) return 'there is no libre-dev';
    throw error;
  }
}

/** A running peer: what it prints, line by line. */
export class LibrePeer {
  readonly lines: string[] = [];
  private rest = '';
  private taken = 0;
  private readonly waiting = new Set<() => void>();

  private constructor(private readonly child: ChildProcessWithoutNullStreams) {
    child.stdout.on('data', (data: Buffer) => {
      const parts = (this.rest + data.toString()).split('\n');
      this.rest = parts.pop() ?? '';
      this.lines.push(...parts);
      for (const look of [...this.waiting]) look();
    });
    child.on('exit', () => {
      this.lines.push('exited');
      for (const look of [...this.waiting]) look();
    });
  }

  static start(program: LibreProgram, args: readonly (string | number)[], env: Record<string, string> = {}): LibrePeer {
    const stdio = ['pipe', 'pipe', 'pipe'] as const;
    const child = spawn(program.path, args.map(String), { stdio: [...stdio], env: { ...process.env, ...env } });
    return new LibrePeer(child);
  }

  type(command: string): void {
    this.child.stdin.write(`${command}\n`);
  }

  /** The next line that matches, among those after the last one taken. */
  line(pattern: RegExp): Promise<string> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const index = this.lines.findIndex((line, at) => at >= this.taken && pattern.test(line));
        const line = this.lines[index];
        if (line === undefined) {
          if (this.lines.at(-1) === 'exited') reject(new Error(`the peer ended: ${this.lines.join(' | ')}`));
          return;
        }
        this.taken = index + 1;
        this.waiting.delete(look);
        resolve(line);
      };
      this.waiting.add(look);
      look();
    });
  }

  /** Types a command and takes what answers it. */
  ask(command: string, pattern = /^(answer|failed)/): Promise<string> {
    this.type(command);
    return this.line(pattern);
  }

  async end(): Promise<number | null> {
    const over = new Promise<number | null>((resolve) => this.child.once('exit', resolve));
    if (this.child.exitCode !== null) return this.child.exitCode;
    this.type('quit');
    return over;
  }
}
