import assert from 'node:assert/strict';
import { readdirSync, readlinkSync } from 'node:fs';
import { roomSystem } from '../../scripts/bench/offers.js';
import { Uac } from '../../scripts/bench/uac.js';
import { systemClock } from '../../src/base/clock.js';
import { startTestGateway, type TestGateway } from '../journeys/support/gateway.js';
import { seeded } from './seeded.js';
import { waitUntil } from './wait.js';

const everyMs = 15;

/** Sockets that this process holds, those of its threads included; null where the system does not tell. */
export function sockets(): number | null {
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

export const pause = (ms: number): Promise<void> => new Promise((resolve) => systemClock.after(ms, resolve));

/** A gateway with somebody who calls it. */
export class Visits {
  private constructor(
    readonly gateway: TestGateway,
    readonly uac: Uac,
  ) {}

  static async open(): Promise<Visits> {
    const gateway = await startTestGateway();
    return new Visits(gateway, await Uac.open({ address: '127.0.0.1', port: gateway.port('udp') }));
  }

  async close(): Promise<void> {
    this.uac.close();
    await this.gateway.close();
  }

  /** Joins and leaves in a few rooms, many at a time. */
  async make(seed: number, calls: number): Promise<void> {
    const pick = seeded(seed);
    const visits: Promise<number[]>[] = [];
    for (let i = 0; i < calls; i++) {
      visits.push(this.visit(`soak-${pick(6)}`, pick(400), pick(5) === 0));
      await pause(everyMs);
    }
    const answers = (await Promise.all(visits)).flat();
    // Who was put out hears of it before or after its own BYE: 481 is right then.
    assert.deepEqual(
      [...new Set(answers)].filter((status) => status !== 200 && status !== 481),
      [],
    );
  }

  /** Waits until no call, seat, route or socket is left but the `before` ones. */
  async nothingLeft(before: number | null): Promise<void> {
    const { core } = this.gateway.gateway;
    await waitUntil(
      () => core.sip.size === 0,
      5000,
      () => `${core.sip.size} calls`,
    );
    await waitUntil(() => core.rooms.list().every((room) => room.size === 0), 1000);
    // halves of a room on several servers take their leave one after the other
    await waitUntil(
      () => core.plane.chains().length === 0,
      5000,
      () => core.plane.chains().join(),
    );
    if (before === null) return;
    await waitUntil(
      () => (sockets() ?? 0) <= before,
      5000,
      () => `${sockets()} sockets of ${before}`,
    );
  }

  /** One call of audio, camera, slides and floor; every fifth is put out by its room, the others hang up. */
  private async visit(room: string, stayMs: number, putOut: boolean): Promise<number[]> {
    const offer = roomSystem({ audio: 9, video: 9, content: 9, bfcp: 9 }).offer();
    const { answer, call } = await this.uac.call(room, offer);
    if (answer.status !== 200) return [answer.status];
    await pause(stayMs);
    if (!putOut) return [answer.status, await call.bye()];
    const found = this.gateway.gateway.core.rooms.find(room);
    const someone = found?.describe().participants[0];
    if (someone) await found?.remove(someone.id, 'the test');
    return [answer.status, await call.bye()];
  }
}
