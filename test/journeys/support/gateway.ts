import { join } from 'node:path';
import { silentLog } from '../../../src/base/log.js';
import { startGateway, type Gateway, type GatewaySettings } from '../../../src/gateway.js';
import { anyPort } from '../../../src/legs/bfcp-party/ports.js';
import { shippedRooms } from '../../../src/rooms/directory.js';
import type { FloorPolicy } from '../../../src/rooms/floor.js';
import type { RoomSettings } from '../../../src/rooms/room.js';
import { engineElsewhere } from '../../support/engine-elsewhere.js';
import { soundElsewhere } from '../../support/sound-elsewhere.js';
import { waitUntil } from '../../support/wait.js';
import { untilRouted } from '../../support/rig-engine.js';

/** A gateway on free loopback ports, as `npm start -- --bind 127.0.0.1 --ports auto` makes it. */
export interface TestGateway {
  gateway: Gateway;
  /** Address to dial a room at. */
  uri(room: string, transport?: 'udp' | 'tcp'): string;
  port(transport: 'udp' | 'tcp'): number;
  /** The page. */
  page: string;
  close(): Promise<void>;
}

const here = '127.0.0.1';

/** Starts one; `web` adds rtpengine and the page, `policies` gives rooms that decide otherwise about the floor. */
export async function startTestGateway(
  options: {
    web?: boolean;
    capacity?: number;
    policies?: Record<string, FloorPolicy>;
    /** Last word on the settings. */
    change?: (settings: GatewaySettings) => GatewaySettings;
  } = {},
): Promise<TestGateway> {
  const like = { capacity: options.capacity ?? 50, policy: 'latest-takes-over' as const };
  const others = Object.entries(options.policies ?? {}).map(([name, policy]): RoomSettings => ({
    ...like,
    name,
    policy,
    permanent: true,
    mode: 'conference',
    pin: null,
  }));
  const control = engineElsewhere();
  const elsewhere = control && { engine: 'external' as const, ...control };
  const settings: GatewaySettings = {
    log: silentLog,
    sip: elsewhere ?? {
      engine: 'embedded',
      listen: [
        { transport: 'udp', address: here, port: 0 },
        { transport: 'tcp', address: here, port: 0 },
      ],
      control: { address: here, port: 0 },
      secret: 'of this run only',
    },
    media: { bind: here, advertise: () => here, ports: null, floorPorts: anyPort },
    audio: soundElsewhere(),
    rooms: { permanent: [...shippedRooms(like), ...others], adHoc: like, graceMs: 500, limit: 100 },
    decide: ({ uri }) => {
      const user = /^sips?:([^@;]+)@/.exec(uri)?.[1];
      return user === undefined ? null : { kind: 'room', room: user, role: 'participant' };
    },
    rtpengine: options.web
      ? { kind: 'managed', outside: [{ bind: here, advertise: here }], ports: { from: 27_000, to: 29_999 } }
      : { kind: 'none', why: 'not in this test' },
    web: {
      http: { address: here, port: 0 },
      https: null,
      directory: join(import.meta.dirname, '../../../dist/web'),
      hosts: [],
    },
    about: () => ({ version: 'test', httpsUrls: [], fingerprint: null, sipUris: [] }),
    demo: null,
  };
  const gateway = await startGateway(options.change?.(settings) ?? settings);
  const port = (transport: 'udp' | 'tcp'): number =>
    gateway.core.listening.find((one) => one.transport === transport)?.local.port ?? 0;
  if (control) await untilRouted({ address: here, port: port('udp') });
  const { audioServers } = gateway.core;
  await waitUntil(() => audioServers.list().every(({ state }) => state === 'up'), 5000);
  return {
    gateway,
    port,
    uri: (room, transport = 'udp') => `sip:${room}@${here}:${port(transport)}`,
    page: `http://localhost:${gateway.api.http?.port ?? 0}`,
    close: () => gateway.close(),
  };
}
