import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whether the program is there. */
export function hasTshark(): boolean {
  try {
    execFileSync('tshark', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Fields of each packet of a capture file that passes `filter`; `decodeAs` are rules like `udp.port==5072,bfcp`. */
export function dissect(
  capture: Uint8Array,
  fields: readonly string[],
  { filter = '', decodeAs = [] }: { filter?: string; decodeAs?: readonly string[] } = {},
): string[][] {
  const folder = mkdtempSync(join(tmpdir(), 'capture-'));
  try {
    const file = join(folder, 'capture.pcapng');
    writeFileSync(file, capture);
    const rules = decodeAs.flatMap((rule) => ['-d', rule]);
    const columns = fields.flatMap((field) => ['-e', field]);
    // sums are checked too
    const checks = ['ip', 'udp', 'tcp'].flatMap((name) => ['-o', `${name}.check_checksum:TRUE`]);
    const shown = filter === '' ? [] : ['-Y', filter];
    const args = ['-n', '-r', file, ...checks, ...rules, ...shown, '-T', 'fields', ...columns];
    const text = execFileSync('tshark', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return text === ''
      ? []
      : text
          .replace(/\n$/, '')
          .split('\n')
          .map((line) => line.split('\t'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
