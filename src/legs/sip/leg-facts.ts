import { Disposables } from '../../base/disposables.js';
import type { NegotiatedFloor } from '../../media/sdp-session.js';
import type { StreamName } from '../../media/vocabulary.js';
import type { FloorFacts, LegFacts, LineFacts, WatchedLeg } from '../../rooms/call-diagnosis.js';
import { describeEnd } from '../../rooms/describe.js';
import { lineFacts } from '../line-facts.js';
import type { BfcpParty } from '../bfcp-party/party.js';
import type { SipLeg } from './sip-leg.js';

const shown: readonly (readonly [StreamName, LineFacts['line']])[] = [
  ['audio', 'audio'],
  ['video', 'main'],
  ['content', 'content'],
  ['lowVideo', 'low-main'],
  ['lowContent', 'low-content'],
];

/** A leg for those who follow its call; null while it has no dialog. */
export function watchedLeg(leg: SipLeg): WatchedLeg | null {
  const callId = leg.ids?.callId;
  if (callId === undefined) return null;
  return {
    id: leg.id,
    callId,
    weCalled: leg.dialledOut,
    lines: () => [...shown.map(([name]) => leg.parts.media.lines[name]), leg.fecc].filter((line) => line !== null),
    facts: () => factsOfLeg(leg),
    follow(changed, ended) {
      const bag = new Disposables();
      bag.add(leg.on.on('lines', changed));
      bag.add(leg.on.on('ended', ({ reason }) => ended(describeEnd(reason))));
      return bag;
    },
  };
}

function factsOfLeg(leg: SipLeg): LegFacts {
  const { exchanges, media } = leg.parts;
  const current = exchanges.current;
  const lines = shown.flatMap(([name, line]) => {
    const open = media.lines[name];
    return open?.params ? [lineFacts(line, open, current?.lines[name]?.label ?? null)] : [];
  });
  return {
    device: exchanges.device?.name ?? null,
    encrypted: leg.encrypted,
    lines,
    refused: leg.lineProblems.map(({ reason }) => reason),
    floor: current?.floor ? floorFacts(current.floor, media.party) : null,
    content: { way: leg.can.content, why: whyNotSeparate(leg) },
  };
}

function floorFacts(agreed: NegotiatedFloor, party: BfcpParty | null): FloorFacts {
  const { transport, weAre, setup, bfcpVersion: version, confId, userId, floorId, remote } = agreed;
  const standing = party?.standing ?? null;
  return {
    ...{ transport, weAre, setup, version, confId, userId, floorId, remote },
    port: party?.local.port ?? null,
    channel: standing?.channel ?? null,
    problem: standing?.problem ?? null,
  };
}

/** Why content does not go out on a line of its own; null where it does, or will when somebody presents. */
function whyNotSeparate(leg: SipLeg): string | null {
  const { can, parts } = leg;
  if (can.content === 'separate') return can.contentWaits === true ? 'the far end has not granted its floor' : null;
  if (leg.floorProblem !== null) return leg.floorProblem;
  if (!can.video) return 'there is no video';
  if (parts.media.party === null) return parts.web ? 'no content line' : 'no floor control was agreed';
  return `the content line is ${leg.contentLine}`;
}
