import assert from 'node:assert/strict';
import { joinFloor, type Member } from '../../scripts/bench/floor-member.js';
import { note } from '../journeys/support/note.js';
import { pause, sockets, Visits } from '../support/visits.js';
import { heapMegabytes, residentMegabytes } from '../support/heap.js';
import { waitUntil } from '../support/wait.js';

/** SIP keeps ended transactions for 32 s (RFC 3261 §17.2), the application's library for no longer. */
const settleMs = 60_000;
/** The heap may be this much above where it was after the first tenth, megabytes. */
const mostGrowthMegabytes = 4;
const membersAtOnce = 4;
const sharesOfGroup = 20;

describe('a long day', () => {
  let visits: Visits;

  before(async () => {
    visits = await Visits.open();
  });

  after(() => visits?.close());

  /** Members of both transports present in turn: every other share is released, the others are taken over. */
  async function share(room: string): Promise<void> {
    const members: Member[] = [];
    for (let i = 0; i < membersAtOnce; i++)
      members.push(await joinFloor(visits.uac, room, i % 2 === 0 ? 'UDP' : 'TCP', `member${i}`));
    const found = visits.gateway.gateway.core.rooms.find(room);
    const holder = (): string | undefined => found?.describe().floor.holder?.name;
    for (let i = 0; i < sharesOfGroup; i++) {
      const who = i % membersAtOnce;
      assert.equal(await members[who]?.link.request('soak'), 'granted');
      assert.equal(holder(), `member${who}`);
      if (i % 2 === 0) await members[who]?.link.release();
    }
    // The last one leaves while it presents.
    for (const { link, call } of members.reverse()) {
      assert.equal(await call.bye(), 200);
      link.close();
    }
    await waitUntil(() => holder() === undefined, 1000);
  }

  async function day(seed: number, calls: number, shares: number): Promise<void> {
    const begin = performance.now();
    await visits.make(seed, calls);
    const between = performance.now();
    for (let done = 0; done < shares; done += sharesOfGroup) await share(`shares-${done}`);
    const end = performance.now();
    const rate = (count: number, ms: number): string => `${count} at ${((count / ms) * 1000).toFixed(0)}/s`;
    note(`joins and leaves: ${rate(calls, between - begin)}, shares: ${rate(shares, end - between)}`);
  }

  /** Waits until the engine has forgotten every call, transaction and connection but those that were `before`. */
  async function settled(before: number): Promise<number> {
    const live = (): number => visits.gateway.gateway.core.engine?.describe().length ?? 0;
    await waitUntil(
      () => live() <= before,
      settleMs,
      () => `${live()} of ${before}`,
    );
    // The library's own timers may end a little later.
    await pause(2000);
    return heapMegabytes();
  }

  it('of 2000 joins and leaves and 200 shares leaves no call, socket or memory behind', async () => {
    const live = visits.gateway.gateway.core.engine?.describe().length ?? 0;
    const before = sockets();
    await day(31, 200, 20);
    await visits.nothingLeft(before);
    const warm = await settled(live);
    const resident = residentMegabytes();
    await day(32, 2000, 200);
    await visits.nothingLeft(before);
    const end = await settled(live);
    const heap = `heap ${warm.toFixed(1)} -> ${end.toFixed(1)} MB`;
    note(`${heap}, resident ${resident.toFixed(0)} -> ${residentMegabytes().toFixed(0)} MB, ${sockets()} sockets`);
    assert.ok(end - warm <= mostGrowthMegabytes, heap);
  });
});
