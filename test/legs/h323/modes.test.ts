import assert from 'node:assert/strict';
import type { Net } from '../../../src/base/net.js';
import { silentLog } from '../../../src/base/log.js';
import { systemNet } from '../../../src/base/system-net.js';
import type { StartSettings } from '../../../src/legs/h323/dialer.js';
import type { H323Leg } from '../../../src/legs/h323/h323-leg.js';
import type { Line } from '../../../src/media/plane.js';
import type { LineName } from '../../../src/media/vocabulary.js';
import { DialOut } from '../../../src/rooms/dial-out.js';
import { FakeLeg } from '../../support/fakes/fake-leg.js';
import { settle, startH323Rig, type H323Rig } from '../../support/h323-rig.js';
import { ManualClock } from '../../support/manual-clock.js';
import { TurnNet } from '../../support/turn-net.js';
import { waitUntil } from '../../support/wait.js';

type Mode = StartSettings & { calleeTunnels: boolean };

const modes: Mode[] = [];
for (const fastStart of [true, false])
  for (const tunnelling of [true, false])
    for (const earlyH245 of tunnelling ? [true, false] : [false])
      for (const calleeTunnels of [true, false]) modes.push({ fastStart, tunnelling, earlyH245, calleeTunnels });

/** One gateway that calls a room of another. */
interface Pair {
  caller: H323Rig;
  callee: H323Rig;
  clock: ManualClock;
  /** Waits until it holds, with time going on. */
  until(test: () => boolean, what: string): Promise<void>;
  close(): Promise<void>;
}

async function pair(net: Net, mode: Mode, at: { from: string; to: string; port: number }): Promise<Pair> {
  const clock = new ManualClock();
  const { calleeTunnels: tunnelling, ...start } = mode;
  const caller = await startH323Rig({ net, clock, start, at: { address: at.from, port: at.port } });
  const to = { address: at.to, port: at.port };
  const callee = await startH323Rig({ net, clock, tunnelling, mediaPort: 40_000, at: to });
  const open = (): string =>
    [caller, callee].flatMap(({ gateway, endpoint }) => [String(gateway.size), ...endpoint.describe()]).join('\n');
  return {
    ...{ caller, callee, clock },
    async until(test, what) {
      for (let turn = 0; turn < 20 && !test(); turn += 1) await settle(clock, 100);
      await waitUntil(test, 3000, () => `${what} ${JSON.stringify(mode)}\n${open()}`);
    },
    async close() {
      await Promise.all([caller.close(), callee.close()]);
      assert.equal(clock.pending, 0, JSON.stringify(mode));
    },
  };
}

function call({ caller, callee, clock }: Pair): void {
  const { metrics, dialer } = caller;
  const dialOut = new DialOut({ dialers: [dialer], clock, log: silentLog, metrics, perRoom: 5 });
  const { address, port } = callee.local;
  const host = address.includes(':') ? `[${address}]` : address;
  dialOut.call(caller.room('demo'), { to: `h323:meeting@${host}:${port}` });
}

/** The leg between the two rooms on each side. */
function legs({ caller, callee }: Pair): { ours: H323Leg; theirs: H323Leg } {
  const leg = (rig: H323Rig, room: string): H323Leg => {
    const found = rig.legs(room).find((one) => 'parts' in one);
    assert.ok(found, `nobody in ${room}`);
    return found;
  };
  return { ours: leg(caller, 'demo'), theirs: leg(callee, 'meeting') };
}

function bothWays(pair: Pair, names: readonly LineName[]): boolean {
  if (pair.caller.gateway.size === 0 || pair.callee.gateway.size === 0) return false;
  const { ours, theirs } = legs(pair);
  return [ours, theirs].every(({ lines }) => names.every((name) => lines[name]?.params?.direction === 'sendrecv'));
}

/** Media of one direction goes where the other side takes it, in what it expects. */
function assertFits(from: Line | null, to: Line | null, says: string): void {
  assert.ok(from?.params && to?.params, says);
  const { address, rtpPort, rtcpPort } = to.local;
  assert.deepEqual(from.params.remote, { address, rtpPort, rtcpPort }, says);
  const [sent] = from.params.send;
  const taken = to.params.receive.find(({ pt }) => pt === sent?.pt);
  assert.equal(taken?.name, sent?.name, says);
  if (sent?.name === 'H264' && taken?.name === 'H264') {
    assert.equal(taken.mode, sent.mode, says);
    assert.ok(taken.maxFs >= sent.maxFs, says);
  }
}

/** Somebody in each room presents in turn, and the other room sees it. */
async function presentBothWays(all: Pair): Promise<void> {
  for (const [from, to, room, other] of [
    [all.caller, all.callee, 'demo', 'meeting'],
    [all.callee, all.caller, 'meeting', 'demo'],
  ] as const) {
    const somebody = new FakeLeg({ name: 'Somebody', content: 'sendrecv' });
    from.room(room).join(somebody);
    const { id } = from
      .room(room)
      .describe()
      .participants.find(({ name }) => name === 'Somebody')!;
    from.room(room).requestFloor(id);
    const content = (rig: H323Rig): Line | null => {
      const { ours, theirs } = legs(all);
      return (rig === all.caller ? ours : theirs).lines.content;
    };
    const flows = (): boolean =>
      content(from)?.params?.direction === 'sendonly' && content(to)?.params?.direction === 'recvonly';
    await all.until(flows, `no content from ${room}`);
    assert.ok(to.room(other).describe().floor.holder, 'the far room has a holder');
    assertFits(content(from), content(to), room);
    from.room(room).releaseFloor(id);
    await all.until(() => content(from) === null && content(to) === null, `content stays in ${room}`);
    await all.until(() => to.room(other).describe().floor.holder === null, 'the floor is free again');
  }
}

async function inMode(net: Net, mode: Mode, at: { from: string; to: string; port: number }): Promise<void> {
  const all = await pair(net, mode, at);
  const says = JSON.stringify(mode);
  call(all);
  await all.until(() => bothWays(all, ['audio', 'video']), 'no media');
  const { ours, theirs } = legs(all);
  for (const name of ['audio', 'video'] as const) {
    assertFits(ours.lines[name], theirs.lines[name], `${name} there, ${says}`);
    assertFits(theirs.lines[name], ours.lines[name], `${name} back, ${says}`);
  }
  const numbers = (leg: H323Leg, direction: 'in' | 'out'): string[] =>
    // numbers of what the Setup proposes to send are small, others begin with 101
    leg.parts.session.channels
      .filter((one) => one.direction === direction)
      .map(({ number }) => (number < 101 ? 'fast start' : 'H.245'));
  const opened = Array<string>(2).fill(mode.fastStart ? 'fast start' : 'H.245');
  assert.deepEqual([numbers(ours, 'out'), numbers(theirs, 'in')], [opened, opened], says);
  assert.deepEqual([numbers(ours, 'in').length, numbers(theirs, 'out').length], [2, 2], says);
  await all.until(() => ours.can.content === 'separate' && theirs.can.content === 'separate', 'no H.239');
  const way = mode.tunnelling && mode.calleeTunnels ? 'tunnelled' : 'separate';
  assert.deepEqual([ours.parts.call.control.way, theirs.parts.call.control.way], [way, way], says);
  await presentBothWays(all);
  await all.close();
}

describe('an H.323 call between two rooms', () => {
  for (const mode of modes) {
    const words = Object.entries(mode).filter(([, on]) => on);
    it(`has media, pictures and content both ways: ${words.map(([name]) => name).join(', ') || 'slow start'}`, async () => {
      const net = new TurnNet();
      await inMode(net, mode, { from: '127.0.0.1', to: '127.0.0.2', port: 1720 });
      assert.equal(net.open, 0);
    });
  }

  for (const address of ['127.0.0.1', '::1']) {
    it(`so it has over loopback, ${address}`, async function () {
      this.timeout(30_000);
      for (const mode of modes) await inMode(systemNet, mode, { from: address, to: address, port: 0 });
    });
  }
});
