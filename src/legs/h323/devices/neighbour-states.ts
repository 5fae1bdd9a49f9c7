import type { Log } from '../../../base/log.js';
import type { Metrics } from '../../../base/metrics.js';
import { endpointText } from '../../../protocol/h323/addresses.js';
import type { GatekeeperEvents } from '../../../protocol/h323/ras/contract.js';
import type { Neighbour } from '../../../protocol/h323/ras/gatekeeper/neighbours.js';
import type { TrunkState, TrunkStates } from '../../../rooms/trunk-states.js';

/** What is known of one. */
interface Known {
  neighbour: Neighbour;
  answers: boolean | null;
  calls: number;
}

/** Gatekeepers beside ours as administrators see them: nobody looks after them, what they say to questions is what is known. */
export class NeighbourStates implements TrunkStates {
  private readonly known: Map<string, Known>;

  constructor(
    neighbours: readonly Neighbour[],
    private readonly tools: { log: Log; metrics: Metrics },
  ) {
    this.known = new Map(neighbours.map((one) => [one.name, { neighbour: one, answers: null, calls: 0 }]));
  }

  /** One was asked, and this came of it. */
  told({ name, outcome }: GatekeeperEvents['neighbour']): void {
    const one = this.known.get(name);
    this.tools.metrics.count('dualstream_h323_neighbour_questions_total', { neighbour: name, outcome });
    if (!one) return;
    const before = one.answers;
    one.answers = outcome !== 'silent';
    const fields = { neighbour: name, address: endpointText(one.neighbour.at) };
    if (!one.answers && before !== false) this.tools.log.warn(fields, 'A neighbour of our gatekeeper does not answer');
    if (one.answers && before === false) this.tools.log.info(fields, 'A neighbour of our gatekeeper answers again');
  }

  /** A call goes where it said; the function tells that it is over, once. */
  take(name: string): () => void {
    const one = this.known.get(name);
    let held = one !== undefined;
    if (one) one.calls += 1;
    return () => {
      if (one && held) one.calls -= 1;
      held = false;
    };
  }

  list(): TrunkState[] {
    return [...this.known.values()].map(({ neighbour: { name, at }, answers, calls }) => ({
      ...{ name, calls, maxCalls: null, registered: null },
      servers: [
        {
          uri: `h323:${endpointText(at)}`,
          state: answers === null ? 'unknown' : answers ? 'up' : 'down',
          reason: answers === false ? 'it did not answer' : null,
          asideUntil: null,
        },
      ],
    }));
  }
}
