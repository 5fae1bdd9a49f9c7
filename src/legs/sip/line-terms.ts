import type { Line } from '../../media/plane.js';
import type { Negotiated, NegotiatedLine } from '../../media/sdp-session.js';
import type { StreamName } from '../../media/vocabulary.js';
import type { IceTerms } from '../../protocol/ice/agent.js';

/** What a line of opaque data has none of. */
export const dataParams = {
  receive: [],
  send: [],
  events: { receive: [], send: [] },
  feedback: { pli: false, fir: false, nack: false, remb: false },
  maxKbps: null,
  held: false,
};

/** On TCP only who listens can be tried (RFC 6544 §6.2). */
export function iceOf({ ice }: NonNullable<Negotiated['floor']>): IceTerms | null {
  if (!ice) return null;
  const { candidates, ...terms } = ice;
  return { ...terms, places: candidates.filter(({ tcpType }) => tcpType === null || tcpType === 'passive') };
}

/** What an agreed line is to the media plane. */
export function paramsOf(name: StreamName, agreed: NegotiatedLine, cname: string): Parameters<Line['update']>[0] {
  const { direction, remote, receive, besides = [], send, events, feedback, maxKbps, callKbps = null } = agreed;
  // nothing comes on the line of a low encoding before it is wanted
  const held = agreed.held || name === 'lowVideo' || name === 'lowContent';
  const repair = { ...(agreed.rtx ? { rtx: agreed.rtx } : {}), ...(agreed.fec ? { fec: agreed.fec } : {}) };
  const more = { maxKbps, callKbps, ...repair };
  return { direction, remote, receive: [...receive, ...besides], send, events, feedback, ...more, held, cname };
}
