import type { ConnectionReuse, Setup } from './description.js';
import type { FloorRole } from './floor-attributes.js';

/** Transport under BFCP: it decides default and allowed versions. */
export type FloorTransport = 'UDP' | 'TCP' | 'TLS' | 'DTLS' | 'TCP-DTLS' | 'WS' | 'WSS';

const protos: Readonly<Record<FloorTransport, string>> = {
  UDP: 'UDP/BFCP',
  TCP: 'TCP/BFCP',
  TLS: 'TCP/TLS/BFCP',
  DTLS: 'UDP/TLS/BFCP',
  'TCP-DTLS': 'TCP/DTLS/BFCP',
  WS: 'TCP/WS/BFCP',
  WSS: 'TCP/WSS/BFCP',
};

/** What the m-line says (RFC 8856 §4, RFC 8857 §6). */
export function floorProto(transport: FloorTransport): string {
  return protos[transport];
}

/** The transport of an m-line; null for one that we do not know. */
export function floorTransport(proto: string): FloorTransport | null {
  const wanted = proto.toUpperCase();
  return (Object.keys(protos) as FloorTransport[]).find((transport) => protos[transport] === wanted) ?? null;
}

/** A connection that somebody opens: setup and connection count (RFC 8856 §4). */
export function isStream(transport: FloorTransport): boolean {
  return transport === 'TCP' || transport === 'TLS' || transport === 'TCP-DTLS' || isWeb(transport);
}

/** WebSockets, plain or secure: who connects is known by the URI, who answers by its certificate (RFC 8857). */
export function isWeb(transport: FloorTransport): transport is 'WS' | 'WSS' {
  return transport === 'WS' || transport === 'WSS';
}

/** TLS or DTLS, with fingerprints in the description; secure WebSockets have none. */
export function isEncrypted(transport: FloorTransport): boolean {
  return transport === 'TLS' || isDtls(transport);
}

/** DTLS, over UDP or framed over TCP (RFC 4571): the only ones with ICE (RFC 8856 §9). */
export function isDtls(transport: FloorTransport): transport is 'DTLS' | 'TCP-DTLS' {
  return transport === 'DTLS' || transport === 'TCP-DTLS';
}

/** Which BFCP role a side takes. */
export type FloorSide = 'server' | 'client';

/**
 * Our role for an offer's floorctrl (RFC 8856 §5.1, §10.2): server wherever the offer allows it, client only when the
 * offerer insists on serving. Missing means an RFC 4583 client; `c-s` means either, and is answered with one role: the old
 * answer `c-s` is turned into `c-only` by call managers on the way, and then both ends serve.
 */
export function answerSide(offered: readonly FloorRole[]): FloorSide {
  return offered.length > 0 && offered.every((role) => role === 's-only') ? 'client' : 'server';
}

/** Which role an offer of ours leaves to the peer's choice, or settles. */
export type OfferedSide = FloorSide | 'either';

/** What an offer of ours says (RFC 8856 §5.1). */
export function rolesOf(side: OfferedSide): FloorRole[] {
  return side === 'either' ? ['c-only', 's-only'] : [roleOf(side)];
}

/** What we write for our role; answers hold exactly one role, and `c-s` is never sent. */
export function roleOf(side: FloorSide): FloorRole {
  return side === 'server' ? 's-only' : 'c-only';
}

/**
 * Our role after an answer to our offer. An answer that repeats our own `s-only` is invalid: the peer serves whatever we
 * said, so we become its client. Missing, `c-only` and `c-s` make us the server when we offered to be.
 */
export function sideAfterAnswer(offered: readonly FloorRole[], answered: readonly FloorRole[]): FloorSide {
  if (answered.includes('c-only') || answered.includes('c-s')) return 'server';
  if (answered.includes('s-only')) return 'client';
  return offered.includes('s-only') ? 'server' : 'client';
}

/**
 * Our a=setup in an answer (RFC 4145 §4.1); null answers silence with silence (then the offerer connects). With `actpass`
 * the side that has a listening port stays passive: `canListen`.
 */
export function answerSetup(offered: Setup | null, canListen = true): Setup | null {
  switch (offered) {
    case 'active':
      return 'passive';
    case 'passive':
      return 'active';
    case 'actpass':
      return canListen ? 'passive' : 'active';
    case 'holdconn':
      return 'holdconn';
    case null:
      return null;
  }
}

/**
 * What we do about the TCP connection once both setup values are known. Missing values mean offerer active, answerer
 * passive. Pairs that RFC 4145 forbids (both active, both passive) are tolerated: our own word decides.
 */
export function tcpPart(ours: Setup | null, theirs: Setup | null, weOffered: boolean): 'passive' | 'active' | 'none' {
  if (ours === 'holdconn' || theirs === 'holdconn') return 'none';
  if (ours === 'active' || ours === 'passive') return ours;
  if (theirs === 'active') return 'passive';
  if (theirs === 'passive') return 'active';
  return weOffered ? 'active' : 'passive';
}

/**
 * a=connection of our answer and whether the channel starts anew (RFC 4145 §5). `existing` can only be kept when there is
 * a channel; silence counts as `new` on TCP and is answered by silence.
 */
export function answerConnection(
  offered: ConnectionReuse | null,
  haveOne: boolean,
): { answer: ConnectionReuse | null; isNew: boolean } {
  if (offered === 'existing' && haveOne) return { answer: 'existing', isNew: false };
  return { answer: offered === null ? null : 'new', isNew: true };
}

/**
 * a=bfcpver of our answer and the version in force (RFC 8856 §5.5): version 2 on UDP, 1 on TCP; missing means just that.
 * An offer of only version 1 on UDP is taken as such (seen behind call managers); only version 2 on TCP has nothing in
 * common: null.
 */
export function answerVersion(offered: readonly number[], transport: FloorTransport): 1 | 2 | null {
  const natural = isStream(transport) ? 1 : 2;
  if (offered.length === 0 || offered.includes(natural)) return natural;
  return natural === 2 && offered.includes(1) ? 1 : null;
}

/**
 * Our a=setup in an answer for DTLS over UDP (RFC 8842 §5.3): here it decides who sends the first flight. We wait for it:
 * the offerer may be behind a NAT that only its own datagrams open. `holdconn` is not allowed and read as `actpass`.
 */
export function answerDtlsSetup(offered: Setup | null): Setup {
  return offered === 'passive' ? 'active' : 'passive';
}

/**
 * Our TLS role. Of TLS over TCP the answerer of the exchange that made the connection is the server, whoever connected
 * (RFC 8856 §8); of DTLS, over UDP and TCP, the active side is the client (RFC 8842 §5). Null on plain transports.
 */
export function tlsPart(
  transport: FloorTransport,
  ours: Setup | null,
  theirs: Setup | null,
  weOffered: boolean,
): 'client' | 'server' | null {
  if (!isEncrypted(transport)) return null;
  if (transport === 'TLS') return weOffered ? 'client' : 'server';
  if (ours === 'active' || ours === 'passive') return ours === 'active' ? 'client' : 'server';
  if (theirs === 'active' || theirs === 'passive') return theirs === 'active' ? 'server' : 'client';
  // an answer that leaves the choice open where ours did too: answerers are active (RFC 5763 §5)
  return weOffered ? 'server' : 'client';
}
