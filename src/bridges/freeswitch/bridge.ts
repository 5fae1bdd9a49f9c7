import type { Timer } from '../../base/clock.js';
import { Disposables } from '../../base/disposables.js';
import type { AudioBridge, AudioConference } from '../../rooms/audio-bridge.js';
import type { CallWatch } from '../../rooms/call-diagnosis.js';
import type { AudioServers, AudioServerState } from '../../rooms/audio-servers.js';
import { FreeSwitchConference } from './conference.js';
import { isLink } from './link.js';
import type { MemberTools } from './member.js';
import { Pool } from './pool.js';
import { FreeSwitchRoom, type RoomTools } from './room.js';
import type { Server, ServerSettings, ServerTools } from './server.js';

/** How long a server that was lost may take to come back before its conferences go to another one, milliseconds. */
const patienceMs = 1000;

/** What the bridge works with. */
export type FreeSwitchTools = ServerTools &
  Omit<MemberTools, 'told'> &
  Omit<RoomTools, 'open'> & {
    /** Keeps how it is with the calls of members, for operators; absent: nobody does. */
    calls?: Pick<CallWatch, 'sound'>;
  };

/** Audio conferences on FreeSWITCH servers. */
export type FreeSwitchBridge = AudioBridge & AudioServers;

/** Begins to connect to its servers; conferences are refused until one is there. */
export function freeSwitchBridge(servers: readonly ServerSettings[], tools: FreeSwitchTools): FreeSwitchBridge {
  return new Bridge(servers, tools);
}

class Bridge implements AudioBridge, AudioServers {
  private readonly pool: Pool;
  private readonly rooms = new Set<FreeSwitchRoom>();
  /** Of all rooms. */
  private readonly conferences = new Set<FreeSwitchConference>();
  private readonly patience = new Map<Server, Timer>();
  private readonly bag = new Disposables();

  constructor(
    servers: readonly ServerSettings[],
    private readonly tools: FreeSwitchTools,
  ) {
    this.pool = new Pool(servers, tools);
    for (const server of this.pool.servers) {
      this.bag.add(server.on.on('down', () => this.lost(server)));
      this.bag.add(server.on.on('up', () => this.back(server)));
    }
    this.pool.start();
  }

  async open(room: string, options?: { echo: boolean }): Promise<AudioConference> {
    // what nobody else hears needs no server
    if (options?.echo) return this.tools.local.open(room, options);
    const name = room.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, 50);
    const open = (besides: readonly Server[]): FreeSwitchConference => this.conference(name, besides);
    const made: FreeSwitchRoom = new FreeSwitchRoom({ ...this.tools, open }, () => this.rooms.delete(made));
    this.rooms.add(made);
    return made;
  }

  /** A new one, on a server that is none of `besides` where there is one. @throws NoServer */
  private conference(room: string, besides: readonly Server[]): FreeSwitchConference {
    const { pool, tools } = this;
    const server = pool.chooseBesides(besides);
    const made: FreeSwitchConference = new FreeSwitchConference(`${room}-${tools.chance.hex(4)}`, server, {
      ...tools,
      closed: () => this.conferences.delete(made),
      told: (member, stay) => {
        if (!isLink(member)) tools.calls?.sound(member, stay);
      },
    });
    this.conferences.add(made);
    return made;
  }

  list(): AudioServerState[] {
    return this.pool.list();
  }

  drain(name: string, on: boolean, move: boolean): boolean {
    const server = this.pool.find(name);
    if (!server) return false;
    server.draining = on;
    if (on && move) this.moveAway(server);
    return true;
  }

  async close(): Promise<void> {
    this.bag.dispose();
    for (const timer of this.patience.values()) timer.cancel();
    await Promise.all([...this.rooms].map((room) => room.close()));
    this.pool.close();
  }

  private lost(server: Server): void {
    if (this.patience.has(server)) return;
    this.patience.set(
      server,
      this.tools.clock.after(patienceMs, () => {
        this.patience.delete(server);
        this.moveAway(server);
      }),
    );
  }

  /** What it still has is there; whoever waited for a server gets one. */
  private back(server: Server): void {
    this.patience.get(server)?.cancel();
    this.patience.delete(server);
    for (const other of this.pool.servers) if (!other.up && !this.patience.has(other)) this.moveAway(other);
  }

  private moveAway(from: Server): void {
    for (const conference of this.conferences) {
      if (conference.server !== from) continue;
      const to = this.pool.servers.filter((each) => each !== from && each.up && !each.draining);
      if (to.length === 0) return;
      this.tools.metrics.count('dualstream_freeswitch_moved_total', { from: from.name });
      conference.move(this.pool.choose([from]));
    }
  }
}
