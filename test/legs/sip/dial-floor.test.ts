import assert from 'node:assert/strict';
import { describePeer, linesOf } from '../../support/offers.js';
import { addressOf, CalledPeer, startDialRig, type DialRig } from '../../support/dial-rig.js';
import type { SipPeer } from '../../support/sip-peer.js';
import { waitUntil } from '../../support/wait.js';

const floorOf = (sdp: string): string => /^m=application (\S+ \S+)/m.exec(sdp)?.[1] ?? 'none';

describe('encrypted floor control of calls of a room', () => {
  let rig: DialRig;
  let peer: SipPeer;
  beforeEach(async () => {
    rig = await startDialRig({ floorOffers: ['DTLS', 'TLS'] });
    peer = await rig.peer();
    rig.dialOut.call(rig.room('demo'), { to: addressOf(peer), name: 'Bob' });
  });
  afterEach(async () => {
    await rig.nothingLeft();
    await rig.close();
  });

  it('names certificate and roles', async () => {
    const call = await CalledPeer.by(peer);
    const [, line = ''] = call.invite.text.split(/^(?=m=application)/m);
    assert.match(line, /^m=application [1-9]\d* UDP\/TLS\/BFCP \*/);
    for (const said of ['setup:actpass', 'fingerprint:sha-256 ', 'tls-id:', 'floorctrl:s-only', 'bfcpver:2 1']) {
      assert.ok(line.includes(`a=${said}`), said);
    }
    assert.doesNotMatch(line, /a=(ice|candidate)/);
    await call.refuse('486 Busy Here');
  });

  it('is offered over the next transport to who refuses its line, in the same call', async () => {
    const call = await CalledPeer.by(peer);
    const refusing = describePeer({ floor: 'DTLS', floorPort: 0, content: 'sendrecv' });
    await call.take(refusing);
    const again = await call.request('INVITE');
    assert.match(floorOf(again.message.body.toString()), /^[1-9]\d* TCP\/TLS\/BFCP$/);
    peer.answer(
      again,
      '200 OK',
      [call.contact],
      describePeer({ floor: 'TLS', floorPort: 0, content: 'sendrecv', version: 2 }),
      'peer',
    );
    await call.request('ACK');
    const [one] = rig.room('demo').describe().participants;
    assert.equal(one?.name, 'Bob');
    await waitUntil(() => rig.net.bound === 0, 2000);
    await call.bye();
  });

  it('is offered over the next transport to who refuses the whole offer, and then not at all', async () => {
    const floors: string[] = [];
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const call = await CalledPeer.by(peer);
      floors.push(floorOf(call.invite.text).replace(/^\d+ /, ''));
      if (attempt < 2) await call.refuse('488 Not Acceptable Here');
      else {
        assert.equal(linesOf(call.invite.text), 'audio sendrecv, video sendrecv');
        await call.take();
        await call.bye();
      }
    }
    assert.deepEqual(floors, ['UDP/TLS/BFCP', 'TCP/TLS/BFCP', 'none']);
  });

  it('is not offered again to a telephone without a picture', async () => {
    const call = await CalledPeer.by(peer);
    await call.take(
      describePeer({ video: null, floor: null }) +
        ['m=video 0 RTP/AVP 97', 'm=application 0 UDP/TLS/BFCP *', ''].join('\r\n'),
    );
    await waitUntil(() => rig.story('demo').length > 0 || rig.room('demo').describe().participants.length === 1, 2000);
    rig.clock.skip(5000);
    await call.bye();
    assert.equal(peer.seen.filter(({ start }) => start.startsWith('INVITE')).length, 1);
  });
});
