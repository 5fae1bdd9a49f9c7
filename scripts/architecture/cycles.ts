import type { Source } from './sources.js';

/** Groups of files that import each other in a circle, type imports included; one line per group. */
export function checkCycles(sources: Source[]): string[] {
  const edges = new Map(sources.map(({ path, imports }) => [path, imports.flatMap((i) => (i.file ? [i.file] : []))]));
  const reach = new Map(sources.map(({ path }) => [path, reachable(path, edges)]));
  const reported = new Set<string>();
  const lines: string[] = [];
  for (const path of edges.keys()) {
    if (reported.has(path) || !reach.get(path)?.has(path)) continue;
    const group = [...edges.keys()].filter((other) => reach.get(path)?.has(other) && reach.get(other)?.has(path));
    for (const member of group) reported.add(member);
    lines.push(`import cycle: ${group.join(' <-> ')}`);
  }
  return lines;
}

function reachable(from: string, edges: Map<string, string[]>): Set<string> {
  const seen = new Set<string>();
  const waiting = [...(edges.get(from) ?? [])];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    waiting.push(...(edges.get(next) ?? []));
  }
  return seen;
}
