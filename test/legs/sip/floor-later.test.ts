import assert from 'node:assert/strict';
import { systemClock } from '../../../src/base/clock.js';
import { systemChance } from '../../../src/base/ids.js';
import { systemNet } from '../../../src/base/system-net.js';
import { openBfcpClient, type ClientTarget } from '../../../src/legs/bfcp-party/client-link.js';
import { describePeer } from '../../support/offers.js';
import type { RawCall } from '../../support/raw-call.js';
import { startSipRig, type SipRig } from '../../support/sip-rig.js';

const here = '127.0.0.1';

/** Where the answer says that the floor is asked for. */
function targetOf({ sdp }: RawCall): ClientTarget {
  const number = (pattern: RegExp): number => Number(pattern.exec(sdp)?.[1]);
  return {
    remote: { address: here, port: number(/^m=application (\d+)/m) },
    confId: number(/^a=confid:(\d+)/m),
    userId: number(/^a=userid:(\d+)/m),
    floorId: number(/^a=floorid:(\d+)/m),
    version: sdp.includes('UDP/BFCP') ? 2 : 1,
    setup: 'active',
  };
}

describe('floor control that comes with a change of the session', () => {
  let rig: SipRig;
  before(async () => (rig = await startSipRig()));
  after(() => rig.close());
  afterEach(() => rig.nothingLeft());

  for (const transport of ['UDP', 'TCP'] as const) {
    it(`works over ${transport} like one of the first offer, and the next one after it`, async () => {
      const common = { net: systemNet, clock: systemClock, chance: systemChance, bind: here };
      const call = await rig.call('demo', 'Anna');
      await call.invite(describePeer({ video: null }));
      const room = rig.room('demo');
      for (const [turn, kind] of [transport, transport === 'UDP' ? 'TCP' : 'UDP'].entries()) {
        const client = await openBfcpClient({ ...common, transport: kind as 'UDP' | 'TCP' });
        const floor = { floor: kind as 'UDP' | 'TCP', floorPort: client.port };
        await call.invite(describePeer({ ...floor, content: 'sendrecv', version: turn + 2 }));
        assert.equal(room.describe().floor.holder, null, 'what the old one held came along');
        await client.connect(targetOf(call));
        assert.equal(await client.request(), 'granted');
        assert.equal(room.describe().floor.holder?.name, 'Anna');
        if (turn === 1) assert.equal(await client.release(), 'released');
        client.close();
      }
      await call.bye();
    });
  }
});
