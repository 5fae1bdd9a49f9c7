import { readDialplan } from '../../../src/legs/admission/dialplan.js';
import type { PlanContext } from '../../../src/legs/admission/rule.js';
import type { CallFacts, Verdict } from '../../../src/legs/admission/verdict.js';

/** A call from a private network, by nobody in particular. */
export function factsOf(uri: string, more: Partial<CallFacts> = {}): CallFacts {
  return { uri, alias: null, source: '192.168.1.9', transport: 'udp', listener: null, user: null, ...more };
}

/** What the tests' plans may name. */
export const context: PlanContext = {
  networks: [
    { name: 'office', addresses: ['10.1.0.0/16', '2001:db8:1::/48'], trusted: true },
    { name: 'guests', addresses: ['10.2.0.0/16'], trusted: false },
  ],
  listeners: ['inside', 'outside'],
  trunks: ['pstn'],
  registrations: ['campus'],
};

/** Text of a plan with these rules. */
export function planText(...rules: unknown[]): string {
  return JSON.stringify({ rules });
}

/** Asks a plan of these rules. */
export function deciding(...rules: unknown[]): (uri: string, more?: Partial<CallFacts>) => Verdict {
  const { decide } = readDialplan(planText(...rules), context);
  return (uri, more) => decide(factsOf(uri, more));
}
