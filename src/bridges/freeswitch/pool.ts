import type { AudioServerState } from '../../rooms/audio-servers.js';
import { NoServer } from './errors.js';
import { Server, type ServerSettings, type ServerTools } from './server.js';

/** All FreeSWITCH servers: which one takes the next conference. */
export class Pool {
  readonly servers: readonly Server[];

  constructor(settings: readonly ServerSettings[], tools: ServerTools) {
    this.servers = settings.map((each) => new Server(each, tools, settings.length > 1));
  }

  start(): void {
    for (const server of this.servers) server.start();
  }

  close(): void {
    for (const server of this.servers) server.close();
  }

  /** The one with the fewest members that is up and not being drained, but none of `not`. @throws NoServer */
  choose(not: readonly Server[] = []): Server {
    const [best] = this.servers
      .filter((server) => server.up && !server.draining && !not.includes(server))
      .sort((a, b) => a.load - b.load);
    if (!best) throw new NoServer();
    return best;
  }

  /** The same, and one of these where there is no other. @throws NoServer */
  chooseBesides(these: readonly Server[]): Server {
    const others = this.servers.some((server) => server.up && !server.draining && !these.includes(server));
    return this.choose(others ? these : []);
  }

  find(name: string): Server | null {
    return this.servers.find((server) => server.name === name) ?? null;
  }

  list(): AudioServerState[] {
    return this.servers.map((server) => server.describe());
  }
}
