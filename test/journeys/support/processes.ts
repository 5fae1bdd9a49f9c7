import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A port that a process has bound. */
export interface Held {
  protocol: 'udp' | 'tcp';
  port: number;
}

/** A process and all that descend from it, from proc(5). */
export function family(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const parent = statOf(Number(entry))?.parent;
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
  }
  const found = [pid];
  for (const one of found) found.push(...(children.get(one) ?? []));
  return found;
}

/** Whether a process still runs; one that waits to be collected does not. */
export function runs(pid: number): boolean {
  return !['Z', 'X', undefined].includes(statOf(pid)?.state);
}

/** The command line of a process, '' when it is gone. */
export function commandOf(pid: number): string {
  return attempt(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()) ?? '';
}

/** The ports these processes have bound: UDP, and TCP where they listen. */
export function portsOf(pids: readonly number[]): Held[] {
  const inodes = new Set(pids.flatMap(socketsOf));
  return boundPorts().flatMap(({ inode, ...held }) => (inodes.has(inode) ? [held] : []));
}

/** Those of the ports that somebody has bound now. */
export function stillHeld(ports: readonly Held[]): Held[] {
  const taken = new Set(boundPorts().map(({ protocol, port }) => `${protocol} ${port}`));
  return ports.filter(({ protocol, port }) => taken.has(`${protocol} ${port}`));
}

function boundPorts(): (Held & { inode: string })[] {
  return (['udp', 'tcp'] as const).flatMap((protocol) =>
    [protocol, `${protocol}6`].flatMap((table) =>
      readFileSync(`/proc/net/${table}`, 'utf8')
        .split('\n')
        .slice(1)
        .flatMap((line) => {
          const [, local = '', , state = '', , , , , , inode = ''] = line.trim().split(/\s+/);
          const port = Number.parseInt(local.split(':')[1] ?? '', 16);
          const bound = port > 0 && (protocol === 'udp' || state === '0A');
          return bound ? [{ protocol, port, inode }] : [];
        }),
    ),
  );
}

function socketsOf(pid: number): string[] {
  const names = attempt(() => readdirSync(`/proc/${pid}/fd`)) ?? [];
  return names.flatMap((name) => {
    const target = attempt(() => readlinkSync(`/proc/${pid}/fd/${name}`)) ?? '';
    return /^socket:\[(\d+)\]$/.exec(target)?.slice(1) ?? [];
  });
}

function statOf(pid: number): { state: string; parent: number } | null {
  const text = attempt(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  const [state = '', parent = ''] = text?.slice(text.lastIndexOf(')') + 2).split(' ') ?? [];
  return text === null ? null : { state, parent: Number(parent) };
}

/** Processes end while we look: what is gone is null. */
function attempt<T>(look: () => T): T | null {
  try {
    return look();
  } catch {
    return null;
  }
}
