import type { Endpoint } from '../../../../base/net.js';

/** A gatekeeper beside ours: each asks the other for whom it does not have. */
export interface Neighbour {
  /** What the settings call it. */
  name: string;
  /** Where its RAS is. */
  at: Endpoint;
  /** How numbers begin that it has; none means any name and number. */
  prefixes: readonly string[];
}

/** Who is asked for this name: those that have a prefix of it, or else those without prefixes. */
export function neighboursFor(name: string, all: readonly Neighbour[]): Neighbour[] {
  const having = all.filter(({ prefixes }) => prefixes.some((prefix) => name.startsWith(prefix)));
  return having.length > 0 ? having : all.filter(({ prefixes }) => prefixes.length === 0);
}
