import assert from 'node:assert/strict';
import { readdirSync, readlinkSync } from 'node:fs';
import { roomSystem } from '../../scripts/bench/offers.js';
import { Uac } from '../../scripts/bench/uac.js';
import { systemClock } from '../../src/base/clock.js';
import { startTestGateway, type TestGateway } from '../journeys/support/gateway.js';
import { waitUntil } from '../support/wait.js';

const calls = 300;
const everyMs = 15;

/** The same sequence on every run. */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return Math.floor((state / 0x80000000) * below);
  };
}

/** Sockets that this process holds, those of its threads included; null where the system does not tell. */
function sockets(): number | null {
  try {
    const isSocket = (fd: string): boolean => readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:');
    return readdirSync('/proc/self/fd').filter((fd) => {
      try {
        return isSocket(fd);
      } catch {
        return false;
      }
    }).length;
  } catch {
    return null;
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => systemClock.after(ms, resolve));

describe('hundreds of joins and leaves', () => {
  let gateway: TestGateway;
  let uac: Uac;

  before(async () => {
    gateway = await startTestGateway();
    uac = await Uac.open({ address: '127.0.0.1', port: gateway.port('udp') });
  });

  after(async () => {
    uac?.close();
    await gateway?.close();
  });

  /** One call of audio, camera, slides and floor; every fifth is put out by its room, the others hang up. */
  async function visit(room: string, stayMs: number, putOut: boolean): Promise<number[]> {
    const offer = roomSystem({ audio: 9, video: 9, content: 9, bfcp: 9 }).offer();
    const { answer, call } = await uac.call(room, offer);
    if (answer.status !== 200) return [answer.status];
    await pause(stayMs);
    if (!putOut) return [answer.status, await call.bye()];
    const found = gateway.gateway.core.rooms.find(room);
    const someone = found?.describe().participants[0];
    if (someone) await found?.remove(someone.id, 'the test');
    return [answer.status, await call.bye()];
  }

  it('leave no call, seat, route or socket behind', async function () {
    this.timeout(30_000);
    const { core } = gateway.gateway;
    const before = sockets();
    const pick = seeded(20_261_122);
    const visits: Promise<number[]>[] = [];
    for (let i = 0; i < calls; i++) {
      visits.push(visit(`soak-${pick(6)}`, pick(400), pick(5) === 0));
      await pause(everyMs);
    }
    const answers = (await Promise.all(visits)).flat();
    // Who was put out hears of it before or after its own BYE: 481 is right then.
    assert.deepEqual(
      [...new Set(answers)].filter((status) => status !== 200 && status !== 481),
      [],
    );
    await waitUntil(
      () => core.sip.size === 0,
      5000,
      () => `${core.sip.size} calls`,
    );
    await waitUntil(() => core.rooms.list().every((room) => room.size === 0), 1000);
    assert.deepEqual(core.plane.chains(), []);
    await waitUntil(
      () => (sockets() ?? 0) <= (before ?? 0),
      5000,
      () => `${sockets()} sockets of ${before}`,
    );
  });
});
