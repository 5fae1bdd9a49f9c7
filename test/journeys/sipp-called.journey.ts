import assert from 'node:assert/strict';
import type { GatewaySettings } from '../../src/gateway.js';
import { noOutgoing } from '../../src/outgoing.js';
import type { ParticipantId } from '../../src/rooms/floor-party.js';
import type { Room } from '../../src/rooms/room.js';
import { engineElsewhere } from '../support/engine-elsewhere.js';
import { onceBelow, timed } from '../support/once-below.js';
import { startTestGateway, type TestGateway } from './support/gateway.js';
import { skipWithout } from './support/needs.js';
import { play, Sipp, type Play } from './support/sipp-scenario.js';
import { until } from './support/until.js';

const here = '127.0.0.1';
/** The far end of the trunk, one that asks for a password, and devices that rooms call. */
const ports = { trunk: 5091, strict: 5092, device: 5093, other: 5094 };
const login = { user: 'gateway', password: 'through-the-trunk' };

describe('sipp, called', function () {
  this.timeout(60_000);
  let gateway: TestGateway;

  before(async function () {
    skipWithout(this, ['sipp']);
    if (engineElsewhere()) this.skip();
    gateway = await startTestGateway({ change: withTrunks });
  });

  afterEach(async () => {
    for (const one of callees.splice(0)) await one.stop();
  });

  after(async () => {
    await gateway?.close();
  });

  const at = (transport: 'udp' | 'tcp' = 'udp'): Play['to'] => ({ address: here, port: gateway.port(transport) });

  const callees: Sipp[] = [];
  const callee = async (name: string, how: Partial<Play> = {}): Promise<Sipp> => {
    const one = await Sipp.start(name, { to: at(), port: ports.device, ...how });
    callees.push(one);
    return one;
  };

  /** Has a room call the device; resolves with what is told about it. */
  const dial = (
    name: string,
    to = `sip:bob@${here}:${ports.device}`,
  ): { room: Room; id: ParticipantId; failed: string[] } => {
    const { rooms, dialOut } = gateway.gateway.core;
    const room = rooms.open(name);
    const failed: string[] = [];
    room.on.on('participantFailed', ({ status, reason }) => failed.push(`${status} ${reason}`));
    return { room, id: dialOut.call(room, { to }), failed };
  };

  const joined = (room: Room): Promise<true> =>
    until('the device to be in the room', 10_000, () => room.size === 1 || null);

  for (const [transport, how] of [
    ['udp', 'u1'],
    ['tcp', 't1'],
  ] as const) {
    it(`called, over ${transport}`, async () => {
      const device = await callee('called', { transport: how });
      const { room } = dial(`called-${transport}`, `sip:bob@${here}:${ports.device};transport=${transport}`);
      await joined(room);
      await room.close({ kind: 'shutdown' });
      await device.passed();
    });
  }

  it('called-hangs-up', async () => {
    const device = await callee('called-hangs-up');
    const { room } = dial('hangs-up');
    await device.passed();
    await until('the room to be empty', 5000, () => room.size === 0 || null);
  });

  it('called-busy', async () => {
    const device = await callee('called-busy');
    const { failed } = dial('busy');
    await device.passed();
    await until('the room to be told', 5000, () => failed.length > 0 || null);
    assert.deepEqual(failed, ['486 Busy Here']);
  });

  for (const name of ['called-cancelled', 'called-crossing', 'called-off-early']) {
    it(name, async () => {
      const device = await callee(name);
      const { room, id } = dial(name);
      await device.saw(/sent[^]*SIP\/2\.0 1/);
      room.calls.cancel(id, { kind: 'left' });
      await device.passed();
    });
  }

  for (const name of ['called-prack', 'called-forked']) {
    it(name, async () => {
      const device = await callee(name);
      const { room } = dial(name);
      await joined(room);
      if (name === 'called-forked') await device.saw(/BYE sip:[^]*SIP\/2\.0 200 OK/);
      await room.close({ kind: 'shutdown' });
      await device.passed();
    });
  }

  it('called-redirects', async () => {
    const first = await callee('called-redirects', { keys: { elsewhere: String(ports.other) } });
    const second = await callee('called', { port: ports.other });
    const { room } = dial('redirects');
    await joined(room);
    await first.passed();
    await room.close({ kind: 'shutdown' });
    await second.passed();
  });

  it('called-challenge', async () => {
    const trunk = await callee('called-challenge', { port: ports.strict, keys: login });
    const { room } = dial('challenge', 'tel:+35850123');
    await joined(room);
    await room.close({ kind: 'shutdown' });
    await trunk.passed();
  });

  const through = (name: string, keys: Record<string, string> = { room: '9123' }): Promise<string> =>
    play(name, { to: at(), keys });

  it('calls-through, hung up by the caller', async () => {
    const far = await callee('called', { port: ports.trunk });
    await through('calls-through');
    await far.passed();
  });

  it('hung-up, through the trunk, by who was called', async () => {
    const far = await callee('called-hangs-up', { port: ports.trunk });
    await through('hung-up');
    await far.passed();
  });

  it('cancelled, cancelled-early', async () => {
    const far = await callee('called-cancelled', { port: ports.trunk });
    await through('cancelled');
    await far.passed();
    await through('cancelled-early');
  });

  it('reliable', async () => {
    const far = await callee('called', { port: ports.trunk });
    await through('reliable');
    await far.passed();
  });

  it('loop', async () => {
    await onceBelow(1500, async () => {
      const far = await callee('called-redirects', {
        port: ports.trunk,
        keys: { elsewhere: String(gateway.port('udp')) },
      });
      const took = await timed(() => through('loop'));
      await far.passed();
      return took;
    });
  });

  it('leaves no call behind', async () => {
    await until('every call to be over', 5000, () => gateway.gateway.core.sip.size === 0 || null);
  });
});

function withTrunks(settings: GatewaySettings): GatewaySettings {
  const trunk = (name: string, port: number, credentials = false) => ({
    name,
    servers: [{ host: here, port, transport: 'udp' as const, priority: 1, weight: 1 }],
    credentials: credentials ? { ...login, realm: null } : null,
    ...{ domain: null, fromUser: null, register: false, expires: 3600, optionsMs: 0, maxCalls: 100 },
    ...{ sources: [], keying: 'none' as const },
  });
  return {
    ...settings,
    decide: (facts) => {
      const to = /^sip:9(\d+)@/.exec(facts.uri)?.[1];
      if (to !== undefined) return { kind: 'forward', trunk: 'main', to };
      return settings.decide(facts);
    },
    outgoing: {
      ...noOutgoing,
      trunks: [trunk('main', ports.trunk), trunk('strict', ports.strict, true)],
      rules: { targets: [`*@${here}`], numbers: [{ dialled: /^\+?(\d+)$/, trunk: 'strict', to: '$1' }] },
      trusted: [here],
    },
  };
}
