import { readdirSync, readFileSync } from 'node:fs';

/** CPU seconds of each thread of a process, by thread id. */
export function threadSeconds(pid: number): Map<string, number> {
  const read = (id: string): number =>
    Number(readFileSync(`/proc/${pid}/task/${id}/schedstat`, 'utf8').split(' ')[0]) / 1e9;
  return new Map(readdirSync(`/proc/${pid}/task`).map((id) => [id, read(id)]));
}

/** CPU seconds that each thread used between two looks, most first. */
export function busiest(before: Map<string, number>, now: Map<string, number>): number[] {
  return [...now].map(([id, cpu]) => cpu - (before.get(id) ?? 0)).sort((a, b) => b - a);
}
