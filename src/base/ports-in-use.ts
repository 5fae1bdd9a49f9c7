import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Transport protocol of a port. */
export type PortProtocol = 'udp' | 'tcp';

/** A process that holds a port. */
export interface PortHolder {
  pid: number;
  /** Program name as the kernel knows it. */
  program: string;
}

/** Finds who holds a local port, on any address. Null where nobody does, or where the system does not say. */
export function findPortHolder(protocol: PortProtocol, port: number): PortHolder | null {
  const inodes = new Set(
    ['', '6'].flatMap((family) => socketInodes(readText(`/proc/net/${protocol}${family}`), protocol, port)),
  );
  if (inodes.size === 0) return null;
  for (const entry of listNames('/proc')) {
    if (!/^\d+$/.test(entry) || !holdsOne(`/proc/${entry}/fd`, inodes)) continue;
    return { pid: Number(entry), program: readText(`/proc/${entry}/comm`).trim() || 'a process' };
  }
  return null;
}

/** In words: what could not be had, who has it, and which setting to change. */
export function explainPortInUse(protocol: PortProtocol, port: number, key: string): string {
  const holder = findPortHolder(protocol, port);
  const who = holder ? `${holder.program} (process ${holder.pid})` : 'a process of another user';
  return `${protocol.toUpperCase()} port ${port} is held by ${who}. End it, or change ${key} in the configuration.`;
}

/** Whether an error says that a port or address cannot be had, and which one. */
export function portOfError(error: unknown): { address: string; port: number } | null {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'EADDRINUSE') return null;
  const port = 'port' in error ? Number(error.port) : Number.NaN;
  const address = 'address' in error ? String(error.address) : '';
  return Number.isInteger(port) ? { address, port } : null;
}

const tcpListening = '0A';

/** Inodes of the sockets bound to the port, from a table of proc(5) /proc/net/tcp or udp. */
function socketInodes(table: string, protocol: PortProtocol, port: number): string[] {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return table.split('\n').flatMap((line) => {
    const [, local = '', , state = '', , , , , , inode = ''] = line.trim().split(/\s+/);
    const fits = local.endsWith(wanted) && (protocol === 'udp' || state === tcpListening) && inode !== '0';
    return fits ? [inode] : [];
  });
}

function holdsOne(directory: string, inodes: ReadonlySet<string>): boolean {
  return listNames(directory).some((name) => {
    const inode = /^socket:\[(\d+)\]$/.exec(readLink(`${directory}/${name}`))?.[1];
    return inode !== undefined && inodes.has(inode);
  });
}

// Processes end and belong to others while we look: what cannot be read is empty.
function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function listNames(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
