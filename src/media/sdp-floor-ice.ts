import { canonicalAddress } from '../protocol/sdp/address.js';
import { isStream } from '../protocol/sdp/floor-rules.js';
import { type IceCandidate, printIce } from '../protocol/sdp/ice.js';
import type { FloorOffer } from './negotiate.js';
import type { LocalFloor, NegotiatedFloor, NegotiatedIce } from './sdp-locals.js';

/**
 * ICE of our answer, where the offer has it and its address is among its candidates. We are never lite: that is said of a
 * whole session (RFC 8839 §5.3), whose media lines have the full ICE of the media anchor, and of hosts that everybody
 * reaches. As the answerer to a full agent we are the controlled side, to a lite one the controlling (RFC 8445 §6.1.1).
 */
export function answerIce(
  { ice }: FloorOffer,
  local: LocalFloor,
  previous: NegotiatedFloor | null,
): NegotiatedIce | undefined {
  if (!ice || ice === 'mismatch' || !local.ice) return undefined;
  const { ufrag, pwd, candidates, lite } = ice;
  const before = previous?.ice;
  const restarts = before && (before.theirs.ufrag !== ufrag || before.theirs.pwd !== pwd);
  // an answer to a restart restarts too (RFC 8839 §4.4.2.1)
  const ours = restarts ? local.ice.next : (before?.ours ?? local.ice.current);
  return { ours, theirs: { ufrag, pwd }, candidates, controlling: lite };
}

/** ICE that goes on after an answer to an offer of ours; we never begin it. */
export function acceptIce({ ice }: FloorOffer, previous: NegotiatedFloor | null): NegotiatedIce | undefined {
  if (!ice || ice === 'mismatch' || !previous?.ice) return undefined;
  const { ufrag, pwd, candidates } = ice;
  return { ...previous.ice, theirs: { ufrag, pwd }, candidates };
}

/** What we write of it. */
export function iceLines(local: LocalFloor, ice: NegotiatedIce | undefined): string[] {
  return ice ? printIce(ice.ours, [ourCandidate(local)]) : [];
}

/** RFC 8445 §5.1.2.1, RFC 6544 §4.2: a host, on TCP one that listens. */
function ourCandidate({ transport, address, port }: LocalFloor): IceCandidate {
  const tcp = isStream(transport);
  const preference = tcp ? 4 * 2 ** 13 + 8191 : 65535;
  const priority = 126 * 2 ** 24 + preference * 256 + 255;
  const where = { address: canonicalAddress(address), port, priority };
  return tcp ? { transport: 'tcp', ...where, tcpType: 'passive' } : { transport: 'udp', ...where, tcpType: null };
}
