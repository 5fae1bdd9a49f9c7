import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

/** The shipped FreeSWITCH tree with Opus as FreeSWITCH has it by itself, in a folder of its own, which `remove` deletes. */
export function untunedTree(): { tree: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'dualstream-untuned-'));
  for (const part of ['freeswitch-conf', 'dialplans'])
    cpSync(join(root, part), join(folder, part), { recursive: true });
  const tree = join(folder, 'freeswitch-conf');
  const opus = join(tree, 'autoload_configs/opus.conf.xml');
  const shipped = readFileSync(opus, 'utf8');
  const bare = shipped.replace(/\n *<param name="complexity".*/, '');
  if (bare === shipped) throw new Error('the shipped tree does not set the complexity of Opus');
  writeFileSync(opus, bare);
  return { tree, remove: () => rmSync(folder, { recursive: true }) };
}
