import assert from 'node:assert/strict';
import { silentLog } from '../../../src/base/log.js';
import { DialOut } from '../../../src/rooms/dial-out.js';
import { settle, startH323Rig, type H323Rig } from '../../support/h323-rig.js';
import { ManualClock } from '../../support/manual-clock.js';
import { rasDevice } from '../../support/ras-device.js';
import { TurnNet } from '../../support/turn-net.js';

/** A gateway whose gatekeeper has the other one beside it. */
const beside = (address: string, prefixes: string[] = []) => ({
  neighbours: [{ name: `at ${address}`, at: { address, port: 1719 }, prefixes }],
});

describe('gateways whose gatekeepers are neighbours', () => {
  let there: H323Rig;
  let here: H323Rig;

  const begin = async (ours = beside('127.0.0.2'), theirs = beside('127.0.0.1')): Promise<void> => {
    const common = { net: new TurnNet(), clock: new ManualClock(), targets: [] };
    const at = { address: '127.0.0.2', port: 1720 };
    there = await startH323Rig({ ...common, at, devices: theirs, mediaPort: 30_000 });
    here = await startH323Rig({ ...common, devices: ours });
  };
  const call = async (to: string, ms = 0): Promise<string[]> => {
    const { clock, metrics, dialer } = here;
    const room = here.room('demo');
    const failed: string[] = [];
    const watch = room.on.on('participantFailed', ({ status, reason }) => failed.push(`${status} ${reason}`));
    new DialOut({ dialers: [dialer], clock, log: silentLog, metrics, perRoom: 5 }).call(room, { to });
    await settle(clock, ms);
    watch.dispose();
    return failed;
  };
  const asked = (): number =>
    there.metrics.counted('dualstream_h323_ras_messages_total', { direction: 'in', message: 'locationRequest' });

  afterEach(async () => {
    const both = [here.close(), there.close()];
    await settle(here.clock, 12_000);
    await Promise.all(both);
    assert.equal(here.clock.pending, 0);
  });

  it('call rooms of each other by their name', async () => {
    await begin();
    assert.deepEqual(await call('h323:echo'), []);
    assert.equal(there.room('echo').size, 1);
    assert.equal(here.room('demo').size, 1);
    assert.equal(asked(), 1);
  });

  it('are told who is nobody, and of silence', async () => {
    await begin();
    assert.match((await call('h323:nowhere'))[0] ?? '', /^404/);
    there.devices.close();
    assert.match((await call('h323:echo', 16_000))[0] ?? '', /^504/);
  });

  it('are shown by their names, with what they said last', async () => {
    await begin();
    const shown = (): string => {
      const [one] = here.devices.neighbours.list();
      const [server] = one?.servers ?? [];
      return [one?.name, one?.calls, one?.maxCalls, server?.uri, server?.state, server?.reason].join(' ');
    };
    assert.equal(shown(), 'at 127.0.0.2 0  h323:127.0.0.2:1719 unknown ');
    await call('h323:echo');
    assert.equal(shown(), 'at 127.0.0.2 1  h323:127.0.0.2:1719 up ');
    await Promise.all(here.legs('demo').map((leg) => leg.end({ kind: 'left' })));
    await settle(here.clock);
    there.devices.close();
    assert.match((await call('h323:echo', 16_000))[0] ?? '', /at 127\.0\.0\.2/);
    assert.equal(shown(), 'at 127.0.0.2 0  h323:127.0.0.2:1719 down it did not answer');
    const told = (outcome: string): number =>
      here.metrics.counted('dualstream_h323_neighbour_questions_total', { neighbour: 'at 127.0.0.2', outcome });
    assert.deepEqual([told('found'), told('unknown'), told('silent')], [1, 0, 1]);
  });

  it('let go of who gives up at once', async () => {
    await begin();
    there.devices.close();
    const { clock, metrics, dialer } = here;
    const room = here.room('demo');
    const failed: string[] = [];
    room.on.on('participantFailed', ({ status }) => failed.push(String(status)));
    const dialOut = new DialOut({ dialers: [dialer], clock, log: silentLog, metrics, perRoom: 5 });
    const id = dialOut.call(room, { to: 'h323:echo' });
    await settle(clock, 1000);
    assert.ok(room.calls.cancel(id, { kind: 'left' }));
    await settle(clock);
    assert.deepEqual(failed, ['487']);
    const sent = (): number =>
      metrics.counted('dualstream_h323_ras_messages_total', { direction: 'out', message: 'locationRequest' });
    await settle(clock, 16_000);
    assert.equal(sent(), 1);
  });

  it('do not ask for devices of their own, for hosts, and for other numbers', async () => {
    await begin(beside('127.0.0.2', ['49']));
    const device = await rasDevice(here, ['4930'], { address: '127.0.0.1', port: 1799 });
    device.client.start();
    await settle(here.clock);
    await call('h323:4930');
    for (const to of ['h323:echo', 'h323:127.0.0.2', 'h323:4931@127.0.0.2'])
      await assert.rejects(call(to), /nobody is registered|h323\.dialOut\.targets/, to);
    assert.equal(asked(), 0);
    assert.deepEqual(await call('h323:4931'), []);
    assert.equal(asked(), 1);
    const closed = device.close();
    await settle(here.clock, 10_000);
    await closed;
  });

  it('do not call themselves', async () => {
    await begin(beside('127.0.0.1'));
    assert.match((await call('h323:echo'))[0] ?? '', /^482/);
  });

  it('say nothing to who is no neighbour', async () => {
    await begin(beside('127.0.0.2'), beside('127.0.0.3'));
    assert.match((await call('h323:echo'))[0] ?? '', /^404/);
    assert.equal(asked(), 1);
  });
});
