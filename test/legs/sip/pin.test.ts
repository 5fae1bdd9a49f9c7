import assert from 'node:assert/strict';
import { describePeer } from '../../support/offers.js';
import { startSipRig, type SipRig } from '../../support/sip-rig.js';

describe('a room with a PIN', () => {
  let rig: SipRig;
  beforeEach(async () => {
    rig = await startSipRig();
  });
  afterEach(() => rig.close());

  const dial = async (room: string): Promise<string> => {
    const call = await rig.call(room);
    call.send('INVITE', describePeer());
    const { start } = await call.final('INVITE');
    return start.slice(8, 11);
  };

  it('lets in who dials it along', async () => {
    const call = await rig.call('board*2468');
    await call.invite(describePeer());
    assert.equal(rig.room('board').size, 1);
    await call.bye();
    await rig.nothingLeft();
  });

  it('lets nobody in without it, or with a wrong one', async () => {
    assert.equal(await dial('board'), '403');
    assert.equal(await dial('board*2469'), '403');
    await rig.nothingLeft();
  });

  it('does not listen for a while to who guesses', async () => {
    for (let guess = 0; guess < 10; guess += 1) await dial(`board*100${guess}`);
    assert.equal(await dial('board*2468'), '403');
    rig.clock.skip(60_000);
    const call = await rig.call('board*2468');
    await call.invite(describePeer());
    await call.bye();
  });
});
