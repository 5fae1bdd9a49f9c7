import { systemChance } from '../../src/base/ids.js';
import { silentLog } from '../../src/base/log.js';
import type { Decide } from '../../src/legs/admission/verdict.js';
import { RoomDoor } from '../../src/legs/admission/room-door.js';
import type { SrtpPolicy } from '../../src/media/keying.js';
import { H323Dialer, type StartSettings } from '../../src/legs/h323/dialer.js';
import { H323Gateway } from '../../src/legs/h323/gateway.js';
import { us } from '../../src/legs/h323/us.js';
import type { Branch } from '../../src/legs/through/user-dialer.js';
import { gatewayAbilities } from '../../src/media/abilities.js';
import { createSignallingEndpoint } from '../../src/protocol/h323/call/endpoint.js';
import type { DialRequest } from '../../src/rooms/dialer.js';
import { PinGuesses } from '../../src/rooms/pin-guesses.js';
import { startDialRig, trunkOf, type DialRig, type Onward } from './dial-rig.js';
import { devicesAt } from './device-rig.js';
import { Peer, type PeerOptions } from './h323-rig.js';
import { alicesPassword, rasDevice } from './ras-device.js';
import type { SipPeer } from './sip-peer.js';
import type { SipRig } from './sip-rig.js';
import { TurnNet } from './turn-net.js';
import { waitUntil } from './wait.js';

const here = '127.0.0.1';

/** A gateway that takes SIP (over loopback) and H.323 (over a network in memory) and connects callers of either with others. */
export interface ThroughRig extends DialRig {
  h323: H323Gateway;
  /** A server of the trunk `main`. */
  far: SipPeer;
  /** A device. */
  device(options?: PeerOptions): Promise<Peer>;
  /** Registers a device as alice, by that name or by 1001; as `carol` without a password, by its network. */
  registerAlice(device: Peer, name?: 'alice' | '1001' | 'carol'): Promise<void>;
}

/**
 * The dial plan: `9NUMBER` goes to the trunk, `8NAME` to the registered user, `7PORT` to the H.323 device there, `75PORTs`
 * with the name `board`; all else are rooms.
 */
const plan: Decide = ({ uri }) => {
  const name = /^(?:sips?:)?([^@;]+)/.exec(uri)?.[1] ?? '';
  const [, digit, rest = ''] = /^([789])([\w+]+)$/.exec(name) ?? [];
  if (digit === '9') return { kind: 'forward', trunk: 'main', to: rest };
  if (digit === '8') return { kind: 'forward', trunk: null, to: `user:${rest}` };
  if (digit === '7') return { kind: 'forward', trunk: null, to: `h323:board@${here}:${rest}` };
  return null;
};

/** Starts one; its calls by H.323 begin as told. */
export async function startThroughRig(start?: StartSettings, srtp: SrtpPolicy = 'optional'): Promise<ThroughRig> {
  const net = new TurnNet();
  const peers: Peer[] = [];
  const leaving: (() => Promise<void> | void)[] = [];
  let h323: H323Gateway | null = null;
  let users: (name: string) => Promise<readonly Branch[]> = () => Promise.resolve([]);
  let far: SipPeer | null = null;
  const others = async (rig: SipRig, onward: () => Onward): Promise<H323Dialer[]> => {
    const { clock, metrics, rooms, plane } = rig;
    const common = { clock, metrics, chance: systemChance, log: silentLog };
    const endpoint = createSignallingEndpoint({ ...common, net, us, h245Ports: { min: 0, max: 0 } });
    const { local } = await endpoint.listen({ address: here, port: 1720 });
    const decide: Decide = (facts) => plan(facts) ?? { kind: 'room', room: facts.uri, role: 'participant' };
    const devices = devicesAt(local, {}, { ...common, net, endpoint, rooms, decide });
    await devices.listen();
    leaving.push(() => devices.close());
    h323 = new H323Gateway({
      ...{ ...common, endpoint, plane, rooms, onward, devices, decide },
      roomDoor: new RoomDoor(rooms, new PinGuesses(clock)),
      abilities: gatewayAbilities(),
      addressFor: () => ({ bind: here, advertise: here }),
      bare: 'demo',
    });
    const isOwn = (host: string, port: number | null): boolean => host === here && port === 1720;
    const rules = { targets: [], isOwn };
    const lookup = (host: string): Promise<string> => Promise.resolve(host);
    const limits = { kbps: 1920, ringMs: 60_000, srtp };
    const dialer = new H323Dialer({ ...common, ...limits, endpoint, gateway: h323, rules, lookup, start, devices });
    users = async (name) => {
      const found = await devices.ofUser(name);
      return found.map((one) => (request: DialRequest) => dialer.toDevice(one, request));
    };
    return [dialer];
  };
  const rig = await startDialRig({
    ...{ plan, others, devicesOf: (user) => users(user) },
    trunks: async ({ peer }) => [trunkOf('main', [(far = await peer())])],
  });
  const gateway = h323 as H323Gateway | null;
  const server = far as SipPeer | null;
  if (!gateway || !server) throw new Error('nothing to call by');
  return {
    ...rig,
    h323: gateway,
    far: server,
    async device(options = {}) {
      const peer = await Peer.start(net, rig.clock, options);
      peers.push(peer);
      return peer;
    },
    async registerAlice(device, name = 'alice') {
      const at = { address: here, port: device.port };
      const one = await rasDevice({ net, clock: rig.clock }, [name], at, {
        ...(name === 'carol' ? {} : alicesPassword),
        discover: false,
      });
      one.client.start();
      leaving.push(() => one.close());
      await waitUntil(() => one.client.state === 'registered', 2000);
    },
    async nothingLeft() {
      for (const leave of leaving.reverse()) await leave();
      await Promise.all(peers.map((peer) => peer.close()));
      await waitUntil(
        () => gateway.load === 0,
        2000,
        () => `${gateway.load} calls by H.323`,
      );
      await gateway.close();
      await rig.trunks.close();
      await rig.nothingLeft();
    },
  };
}
