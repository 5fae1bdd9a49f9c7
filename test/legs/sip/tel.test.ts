import assert from 'node:assert/strict';
import { dialledOf } from '../../../src/legs/admission/rule.js';
import { describePeer } from '../../support/offers.js';
import { RawCall } from '../../support/raw-call.js';
import { startSipRig, type SipRig } from '../../support/sip-rig.js';

describe('calls to telephone numbers (RFC 3966)', () => {
  let rig: SipRig;
  const heard: string[] = [];
  beforeEach(async () => {
    const decide = ({ uri }: { uri: string }) => {
      heard.push(uri);
      const name = dialledOf(uri)?.name;
      return name === undefined ? null : { kind: 'room' as const, room: name, role: 'participant' as const };
    };
    rig = await startSipRig({ more: { decide } });
  });
  afterEach(async () => {
    await rig.nothingLeft();
    await rig.close();
  });

  it('are decided by the number and end as any other call', async () => {
    const call = new RawCall(await rig.peer(), 'tel:4930123');
    call.send('INVITE', describePeer());
    assert.match((await call.final('INVITE')).start, / 200 /);
    call.ack();
    assert.deepEqual(heard, ['tel:4930123']);
    assert.equal(rig.room('4930123').size, 1);
    await call.bye();
  });
});
