import { canonicalAddress, familyOf, isGroupAddress, isNullAddress } from './address.js';

/** One a=candidate line that can be used: an address of the peer for its only component (RFC 8839 §5.1). */
export interface IceCandidate {
  transport: 'udp' | 'tcp';
  address: string;
  port: number;
  /** 1..2^31-1. */
  priority: number;
  /** RFC 6544 §4.5; null on UDP. */
  tcpType: 'active' | 'passive' | 'so' | null;
}

/** What a section says of ICE, with what the session says for it. */
export interface IceAttributes {
  ufrag: string;
  pwd: string;
  candidates: IceCandidate[];
  /** The peer makes no checks (RFC 8839 §5.3). */
  lite: boolean;
}

/** Candidates read of a section; a peer with more wants us to send to many places (RFC 8445 §19.5.1). */
const mostCandidates = 10;
const word = '[A-Za-z0-9+/]';

/**
 * Reads ICE of a section; null where credentials are missing or not as they have to be (RFC 8839 §5.4). Of the candidates
 * those count that name an address of ours to reach: IP literals, no groups, component 1, a transport we know.
 */
export function readIce(lines: readonly string[], session: readonly string[]): IceAttributes | null {
  const value = (name: string): string | null => {
    const start = `a=${name}:`;
    const found = [lines, session].flatMap((part) => part.filter((line) => line.startsWith(start)).slice(-1))[0];
    return found?.slice(start.length).trim() ?? null;
  };
  const ufrag = value('ice-ufrag');
  const pwd = value('ice-pwd');
  if (ufrag === null || pwd === null) return null;
  if (!new RegExp(`^${word}{4,256}$`).test(ufrag) || !new RegExp(`^${word}{22,256}$`).test(pwd)) return null;
  const candidates = lines.flatMap((line) => readCandidate(line) ?? []).slice(0, mostCandidates);
  const lite = [...session, ...lines].some((line) => line.trim() === 'a=ice-lite');
  return { ufrag, pwd, candidates, lite };
}

function readCandidate(line: string): IceCandidate | null {
  const match = /^a=candidate:\S{1,32} 1 (\S+) (\d{1,10}) (\S+) (\d{1,5}) typ (\S+)(.*)$/i.exec(line.trim());
  if (!match) return null;
  const [, proto = '', priorityText = '', named = '', portText = '', , rest = ''] = match;
  const transport = proto.toLowerCase();
  const [priority, port] = [Number(priorityText), Number(portText)];
  if ((transport !== 'udp' && transport !== 'tcp') || priority < 1 || priority > 0x7fffffff) return null;
  if (familyOf(named) === null || isGroupAddress(named) || isNullAddress(named)) return null;
  if (port < 1 || port > 65535) return null;
  const type = /(?:^| )tcptype (active|passive|so)(?: |$)/i.exec(rest)?.[1]?.toLowerCase() as IceCandidate['tcpType'];
  if (transport === 'tcp' && !type) return null;
  return { transport, address: canonicalAddress(named), port, priority, tcpType: transport === 'tcp' ? type : null };
}

/** Our lines: credentials and host candidates, as of an agent after RFC 8445 (`ice2`, RFC 8839 §5.6). */
export function printIce(
  { ufrag, pwd }: { ufrag: string; pwd: string },
  candidates: readonly IceCandidate[],
): string[] {
  const listed = candidates.map(({ transport, priority, address, port, tcpType }, index) => {
    const tail = tcpType === null ? '' : ` tcptype ${tcpType}`;
    return `a=candidate:${index + 1} 1 ${transport.toUpperCase()} ${priority} ${address} ${port} typ host${tail}`;
  });
  return [`a=ice-ufrag:${ufrag}`, `a=ice-pwd:${pwd}`, 'a=ice-options:ice2', ...listed];
}
