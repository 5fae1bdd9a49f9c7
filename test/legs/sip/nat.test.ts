import assert from 'node:assert/strict';
import { isBehindNat } from '../../../src/legs/sip/nat.js';
import type { SipRequest } from '../../../src/legs/sip/srf.js';
import { describePeer } from '../../support/offers.js';
import { RawCall } from '../../support/raw-call.js';
import { startSipRig, type SipRig } from '../../support/sip-rig.js';

function request(headers: Record<string, string>, protocol = 'udp'): SipRequest {
  return {
    protocol,
    source_address: '203.0.113.20',
    source_port: '62755',
    get: (name: string) => headers[name],
    has: (name: string) => name in headers,
  } as unknown as SipRequest;
}

/** A caller whose Contact is an address that only its own network knows. */
class HiddenCall extends RawCall {
  override get contact(): string {
    return '<sip:raw@192.168.77.5:5062>';
  }
}

describe('a caller behind a router', () => {
  it('is told by a Contact that is not where the call comes from', () => {
    assert.ok(isBehindNat(request({ Contact: '<sip:a@192.168.77.5:5062>' })));
    assert.ok(isBehindNat(request({ Contact: '<sip:a@203.0.113.20:5062>' })));
    assert.ok(!isBehindNat(request({ Contact: '"A" <sip:a@203.0.113.20:62755;transport=udp>' })));
    assert.ok(!isBehindNat(request({ Contact: '<sip:a@192.168.77.5:5062>' }, 'tcp')));
    assert.ok(!isBehindNat(request({ Contact: '<sip:a@192.168.77.5>', 'Record-Route': '<sip:203.0.113.20;lr>' })));
    assert.ok(!isBehindNat(request({ Contact: '<<<' })));
    assert.ok(!isBehindNat(request({})));
  });

  describe('in a call', () => {
    let rig: SipRig;
    beforeEach(async () => {
      rig = await startSipRig();
    });
    afterEach(() => rig.close());

    it('is asked for a sign of life before the router forgets it, until it hangs up', async () => {
      const peer = await rig.peer();
      const call = new HiddenCall(peer, rig.uri('demo'));
      await call.invite(describePeer());
      await call.settled();
      for (const round of [1, 2]) {
        rig.clock.skip(25_000);
        const asked = await peer.expect('OPTIONS ');
        assert.match(asked.start, /^OPTIONS sip:raw@192\.168\.77\.5:5062 /, `round ${round}`);
        peer.answer(asked, '200 OK');
      }
      await call.bye();
      await rig.nothingLeft();
    });
  });
});
