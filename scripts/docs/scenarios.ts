import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { table } from './sections.js';

/** What each scenario that sipp plays against the gateway expects, as a Markdown table. */
export function scenarioTable(root: string): string {
  const folder = join(root, 'test/journeys/sipp');
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.xml'))
    .sort();
  const rows = files.map((file) => {
    const name = /<scenario name="([^"]+)">/.exec(readFileSync(join(folder, file), 'utf8'))?.[1];
    if (name === undefined) throw new Error(`${file} does not say what it expects`);
    return [file.slice(0, -'.xml'.length), name];
  });
  return table(['scenario', 'expected'], rows);
}
