import assert from 'node:assert/strict';
import { systemChance } from '../../../src/base/ids.js';
import { silentLog } from '../../../src/base/log.js';
import { noContext, readDialplan } from '../../../src/legs/admission/dialplan.js';
import type { Decide } from '../../../src/legs/admission/verdict.js';
import { CallThrough } from '../../../src/legs/through/call-through.js';
import { FarEnds } from '../../../src/legs/through/far-ends.js';
import { DialOut } from '../../../src/rooms/dial-out.js';
import { planText } from '../admission/support.js';
import { campus } from '../../support/campus.js';
import { settle, startH323Rig, type H323Rig } from '../../support/h323-rig.js';
import { ManualClock } from '../../support/manual-clock.js';
import { TurnNet } from '../../support/turn-net.js';

/** What `here` does: `7NAME` goes out by the registration for users, 8800 is a room or goes on for whom it brings. */
const plan = (forward8800: boolean): Decide =>
  readDialplan(
    planText(
      { dialled: '7(.+)', user: 'any', challenge: false, forward: { trunk: 'campus', to: '$1' } },
      forward8800
        ? { dialled: '8800', source: 'campus', forward: { trunk: 'campus', to: 'echo' } }
        : { dialled: '8800', source: 'campus', room: 'lobby' },
      { reject: { status: 404 } },
    ),
    { ...noContext, registrations: ['campus'] },
  ).decide;

describe('a registration with a gatekeeper elsewhere as a trunk of the dial plan', () => {
  let there: H323Rig;
  let here: H323Rig;

  const begin = async (forward8800 = false, user: string | null = null): Promise<void> => {
    const [net, clock] = [new TurnNet(), new ManualClock()];
    const at = { address: '127.0.0.2', port: 1720 };
    there = await startH323Rig({ net, clock, at, from: at.address, devices: {}, mediaPort: 30_000 });
    const decide = plan(forward8800);
    let through: CallThrough | null = null;
    const trunks = { viaTrunk: () => assert.fail('no trunk of SIP') };
    const registrations = {
      knows: (name: string) => here.gatekeepers.has(name),
      viaTrunk: (...call: Parameters<H323Rig['dialer']['viaTrunk']>) => here.dialer.viaTrunk(...call),
    };
    here = await startH323Rig({
      ...{ net, clock, targets: [], gatekeepers: [campus] },
      decide: (facts) => decide({ ...facts, user: facts.user ?? user }),
      onward: () => ({
        through: (through ??= new CallThrough({ ...here, chance: systemChance, trusts: () => user !== null })),
        farEnds: new FarEnds(trunks, [here.dialer], registrations),
      }),
    });
    await settle(clock);
  };
  const callFromThere = async (to = 'h323:8800'): Promise<string[]> => {
    const { clock, metrics, dialer } = there;
    const room = there.room('demo');
    const failed: string[] = [];
    room.on.on('participantFailed', ({ status }) => failed.push(String(status)));
    const dialOut = new DialOut({ dialers: [dialer], clock, log: silentLog, metrics, perRoom: 5 });
    dialOut.call(room, { to });
    await settle(clock);
    return failed;
  };
  const asked = (message: string): number =>
    there.metrics.counted('dualstream_h323_ras_messages_total', { direction: 'in', message });

  afterEach(async () => {
    const both = [here.close(), there.close()];
    await settle(here.clock, 12_000);
    await Promise.all(both);
    assert.equal(here.clock.pending, 0);
  });

  it('takes calls that rules send on, by leave and way of its gatekeeper, as many as it may have', async () => {
    await begin(false, 'alice');
    const [caller, next] = [await here.peer(), await here.peer()];
    await caller.dial('7echo');
    assert.equal(there.room('echo').size, 1);
    assert.equal(caller.call?.state, 'active');
    assert.equal(asked('admissionRequest'), 1);
    assert.equal(here.gatekeepers.list()[0]?.calls, 1);
    await next.dial('7echo');
    assert.equal(next.released?.reason, 'gatewayResources');
    await caller.hangUp();
    await settle(here.clock);
    assert.equal(there.room('echo').size, 0);
    assert.equal(asked('disengageRequest'), 1);
    assert.equal(here.gatekeepers.list()[0]?.calls, 0);
  });

  it('brings calls that rules know by its name', async () => {
    await begin();
    assert.deepEqual(await callFromThere(), []);
    assert.equal(here.room('lobby').size, 1);
  });

  it('brings calls that may go on where they come from the gatekeeper itself', async () => {
    await begin(true);
    assert.deepEqual(await callFromThere(), []);
    assert.equal(there.room('echo').size, 1);
    // leave of the gatekeeper is no proof of who calls
    const stranger = await (await here.peer()).dial('8800');
    assert.equal(stranger.released?.cause, 21);
    assert.equal(there.room('echo').size, 1);
  });

  it('is asked for leave whatever its gatekeeper brings', async () => {
    await begin();
    assert.deepEqual(await callFromThere('h323:other@127.0.0.1'), ['404']);
    assert.equal(asked('admissionRequest'), 1);
  });

  it('lets strangers whom it gave leave into rooms that it has, and is not one for others', async () => {
    await begin();
    const stranger = await (await here.peer()).dial('8800');
    assert.equal(stranger.call?.state, 'active');
    await stranger.hangUp();
    there.devices.close();
    await settle(here.clock);
    assert.equal(here.gatekeepers.list()[0]?.registered, false);
    const other = await (await here.peer()).dial('8800');
    assert.notEqual(other.call?.state, 'active');
  });
});
