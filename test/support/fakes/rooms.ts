import { silentLog } from '../../../src/base/log.js';
import { createMetrics } from '../../../src/base/metrics.js';
import { RoomDirectory, shippedRooms, type DirectorySettings } from '../../../src/rooms/directory.js';
import { Room, type RoomEvents, type RoomSettings, type RoomTools } from '../../../src/rooms/room.js';
import { ManualClock } from '../manual-clock.js';
import { FakeBridge } from './fake-bridge.js';
import { FakePlane } from './fake-plane.js';

/** Everything a room works with, in memory. */
export function roomTools() {
  const tools = {
    plane: new FakePlane(),
    bridge: new FakeBridge(),
    clock: new ManualClock(),
    log: silentLog,
    metrics: createMetrics(),
    confirmMs: 3000,
  };
  return tools;
}

export type FakeTools = ReturnType<typeof roomTools> & Pick<RoomTools, 'recordings'>;

/** A room over fakes. */
export function fakeRoom(settings: Partial<RoomSettings> = {}, tools: FakeTools = roomTools()) {
  const room = new Room(
    {
      name: 'demo',
      permanent: true,
      capacity: 10,
      policy: 'latest-takes-over',
      mode: 'conference',
      pin: null,
      ...settings,
    },
    tools,
  );
  return { room, ...tools };
}

/** A directory over fakes with the rooms every installation has. */
export function fakeDirectory(settings: Partial<DirectorySettings> = {}, tools: FakeTools = roomTools()) {
  const like = { capacity: 10, policy: 'latest-takes-over' as const };
  const rooms = new RoomDirectory(
    { permanent: shippedRooms(like), adHoc: like, graceMs: 5000, limit: 100, ...settings },
    tools,
  );
  return { rooms, ...tools };
}

/** Writes down the names of a room's events with what matters of them. */
export function record(room: Room): string[] {
  const lines: string[] = [];
  const add = <K extends keyof RoomEvents>(name: K, show: (value: RoomEvents[K]) => string): void => {
    room.on.on(name, (value) => lines.push(`${name} ${show(value)}`.trim()));
  };
  add('participantJoined', (one) => one.name);
  add('participantLeft', (one) => `${one.id} ${one.reason}`);
  add('floor', (floor) => floor.holder?.name ?? 'nobody');
  add('activeSpeaker', (one) => String(one.speaker));
  add('locked', (one) => String(one.locked));
  add('closed', (one) => one.reason);
  return lines;
}

/** Lets everything that is ready to run, run. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
