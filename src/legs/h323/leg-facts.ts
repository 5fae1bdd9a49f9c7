import { Disposables } from '../../base/disposables.js';
import type { LegFacts, LineFacts, WatchedLeg } from '../../rooms/call-diagnosis.js';
import { describeEnd } from '../../rooms/describe.js';
import type { LineName } from '../../media/vocabulary.js';
import { lineFacts } from '../line-facts.js';
import type { H323Leg } from './h323-leg.js';

const shown: readonly (readonly [LineName, LineFacts['line']])[] = [
  ['audio', 'audio'],
  ['video', 'main'],
  ['content', 'content'],
];

/** A leg for those who follow its call. */
export function watchedLeg(leg: H323Leg): WatchedLeg {
  return {
    id: leg.id,
    protocol: 'h323',
    callId: leg.parts.call.callIdentifier,
    weCalled: leg.dialledOut,
    lines: () => [...Object.values(leg.lines), leg.fecc].filter((line) => line !== null),
    facts: () => factsOf(leg),
    follow(changed, ended) {
      const bag = new Disposables();
      bag.add(leg.on.on('lines', changed));
      bag.add(leg.on.on('ended', ({ reason }) => ended(describeEnd(reason))));
      return bag;
    },
  };
}

function factsOf(leg: H323Leg): LegFacts {
  const lines = shown.flatMap(([name, line]) => {
    const open = leg.lines[name];
    return open?.params ? [lineFacts(line, open, null)] : [];
  });
  return {
    device: leg.who.agent === '' ? null : leg.who.agent,
    encrypted: leg.encrypted,
    lines,
    refused: leg.lineProblems.map(({ reason }) => reason),
    floor: null,
    content: { way: leg.can.content, why: leg.contentProblem },
  };
}
