import { systemClock, type Clock } from '../../src/base/clock.js';
import { messageOf } from '../../src/base/errors.js';
import { startEndpoint, type Endpoint } from './endpoint.js';
import type { EndpointOptions } from './options.js';

/** Three room systems that talk and present in turn. */
export interface Demo {
  readonly endpoints: readonly Endpoint[];
  stop(): Promise<void>;
}

/** Who comes: a name, the family it belongs to, and its voice. */
const cast: readonly Pick<EndpointOptions, 'name' | 'vendor' | 'audio'>[] = [
  { name: 'Lobby', vendor: 'cisco', audio: 'tone:330+415@0.08' },
  { name: 'Board', vendor: 'poly', audio: 'tone:392+494@0.08' },
  { name: 'Studio', vendor: 'tandberg', audio: 'tone:262+330@0.08' },
];

const talkMs = 1500;
const turnMs = 6000;
/** Every so many turns the next one presents. */
const presentEvery = 4;

/**
 * Brings three endpoints into a room. They speak a short tone one after the other, so that the active speaker moves,
 * and take the floor from each other. `note` gets a line for people. Rejects with CallFailed.
 */
export async function startDemo(
  uri: string,
  note: (line: string) => void,
  options: { clock?: Clock; bind?: string } = {},
): Promise<Demo> {
  const { clock = systemClock } = options;
  const endpoints: Endpoint[] = [];
  for (const role of cast) {
    const endpoint = await startEndpoint({ ...options, ...role, uri, quiet: true });
    endpoint.onEvent((event) => {
      if (event.event === 'sees' && event.from) note(`${endpoint.name} sees ${event.from} on its ${event.line} line`);
      if (event.event === 'floor') note(`${endpoint.name}: floor ${event.state}`);
      if (event.event === 'ended') note(`${endpoint.name} left: ${event.reason}`);
    });
    note(`${endpoint.name} (${role.vendor}) is in ${uri}`);
    endpoints.push(endpoint);
  }
  let turn = 0;
  const step = (): void => {
    const endpoint = endpoints[turn % endpoints.length];
    if (endpoint?.state.phase === 'connected') act(endpoint, turn % presentEvery === 0, clock, note);
    turn++;
  };
  step();
  const timer = clock.every(turnMs, step);
  return {
    endpoints,
    async stop() {
      timer.cancel();
      await Promise.all(endpoints.map((endpoint) => endpoint.hangup()));
    },
  };
}

function act(endpoint: Endpoint, present: boolean, clock: Clock, note: (line: string) => void): void {
  endpoint.talk(true);
  clock.after(talkMs, () => endpoint.talk(false));
  if (present) endpoint.share().catch((error: unknown) => note(`${endpoint.name} cannot present: ${messageOf(error)}`));
}
