import assert from 'node:assert/strict';
import { pictureFastUpdate } from '../../../src/legs/sip/media-control.js';
import { CalledPeer, startDialRig, takesAll, trunkOf, type DialRig } from '../../support/dial-rig.js';
import { describePeer, linesOf } from '../../support/offers.js';
import type { RawCall } from '../../support/raw-call.js';
import type { SipPeer } from '../../support/sip-peer.js';
import { waitUntil } from '../../support/wait.js';

describe('calls forwarded to a trunk', () => {
  let rig: DialRig;
  let far: SipPeer;
  beforeEach(async () => {
    rig = await startDialRig({
      trunks: async ({ peer }) => {
        far = await peer();
        return [trunkOf('main', [far])];
      },
    });
  });
  afterEach(async () => {
    await rig.trunks.close();
    await rig.nothingLeft();
    await rig.close();
  });

  const everything = describePeer({ content: 'sendrecv', floor: 'UDP' });
  const connected = async (): Promise<{ near: RawCall; call: CalledPeer }> => {
    const near = await rig.call('9+4930', 'Anna');
    near.send('INVITE', everything);
    const call = await CalledPeer.by(far);
    await call.take();
    assert.match((await near.final('INVITE')).start, / 200 /);
    near.ack();
    return { near, call };
  };

  it('ring while the far end rings, are answered when it answers, and carry everything both ways', async () => {
    const near = await rig.call('9+4930', 'Anna');
    near.send('INVITE', everything, ['Max-Breadth: 7']);
    const call = await CalledPeer.by(far);
    assert.match(call.invite.start, /^INVITE sip:\+4930@127\.0\.0\.1:\d+ SIP/);
    assert.match(call.header('from'), /^"Anna" <sip:anna@/);
    assert.deepEqual([call.header('max-forwards'), call.header('max-breadth')], ['69', '7']);
    assert.ok(!near.peer.seen.some(({ start }) => / (180|200) /.test(start)));
    call.progress('183 Session Progress');
    call.progress('180 Ringing');
    await near.peer.expect('SIP/2.0 180');
    assert.ok(!near.peer.seen.some(({ start }) => start.includes(' 200 ')));
    await call.take();
    await near.final('INVITE');
    near.ack();
    assert.equal(linesOf(near.sdp), 'audio sendrecv, video sendrecv, application, video sendrecv');
    await waitUntil(() => rig.plane.chains().length === 4, 2000);
    assert.equal(
      rig.rooms.list().every((room) => room.size === 0),
      true,
      'nobody sees the call in a room',
    );
    await near.bye();
    assert.match((await call.ends()).text, /Reason: Q\.850;cause=16/);
  });

  it('end on the near side when the far side hangs up', async () => {
    const { near, call } = await connected();
    await call.bye();
    const bye = await near.request('BYE');
    assert.match(bye.text, /Reason: Q\.850;cause=16/);
    near.peer.answer(bye, '200 OK');
  });

  it('pass keys on, both ways', async () => {
    const { near, call } = await connected();
    near.send('INFO', 'Signal=5\r\nDuration=160\r\n', [], 'application/dtmf-relay');
    await near.final('INFO');
    await waitUntil(() => rig.plane.line(`${rig.legs[0]?.id ?? ''}/audio`) !== undefined, 1000);
    const info = await call.request('INFO');
    assert.match(info.text, /Signal=5/);
    far.answer(info, '200 OK');
    await near.bye();
    await call.ends();
  });

  it('pass telephone events on as such, both ways (RFC 4733)', async () => {
    const near = await rig.call('9+4930');
    near.send('INVITE', describePeer({ events: true }));
    const call = await CalledPeer.by(far);
    await call.take(describePeer({ events: true }));
    await near.final('INVITE');
    near.ack();
    await waitUntil(() => rig.plane.chains().length === 4, 2000);
    const lines = [...rig.plane.lines.values()].filter(({ kind }) => kind === 'audio');
    assert.equal(lines.length, 2);
    lines[0]?.events.emit('digit', { digit: '4', durationMs: 100 });
    lines[1]?.events.emit('digit', { digit: '#', durationMs: 100 });
    await waitUntil(() => lines[0]?.pressed === '#' && lines[1]?.pressed === '4', 2000);
    assert.ok(![...far.seen, ...near.peer.seen].some(({ start }) => start.startsWith('INFO')));
    await near.bye();
    await call.ends();
  });

  it('ask the one for a keyframe that the other has lost, by INFO and RTCP', async () => {
    const near = await rig.call('9+4930');
    near.send('INVITE', everything);
    const call = await CalledPeer.by(far);
    // the far end has no feedback over RTCP
    await call.take(takesAll(call.invite).replace(/a=rtcp-fb.*\r\n/g, ''));
    await near.final('INVITE');
    near.ack();
    await waitUntil(() => rig.plane.chains().length === 4, 2000);
    const cameras = [...rig.plane.lines.values()].filter(({ kind, id }) => kind === 'video' && id.endsWith('/video'));
    assert.equal(cameras.length, 2);
    const before = cameras.map(({ refreshed }) => refreshed);
    near.send('INFO', pictureFastUpdate(null), [], 'application/media_control+xml');
    assert.match((await near.final('INFO')).start, / 200 /);
    const after = cameras.map(({ refreshed }, n) => refreshed - before[n]!);
    assert.deepEqual([...after].sort(), [0, 1]);
    const asked = cameras[after.indexOf(1)]!;
    asked.events.emit('keyframeWanted', undefined);
    const info = await call.request('INFO');
    assert.match(info.text, /picture_fast_update/);
    far.answer(info, '200 OK');
    await near.bye();
    await call.ends();
  });

  for (const [far488, told] of [
    ['486 Busy Here', 486],
    ['404 Not Found', 404],
    ['480 Temporarily Unavailable', 480],
    ['603 Decline', 603],
    ['484 Address Incomplete', 484],
    ['302 Moved Temporarily', 480],
    ['401 Unauthorized', 502],
    ['407 Proxy Authentication Required', 502],
    ['422 Session Interval Too Small', 502],
    ['503 Service Unavailable', 500],
  ] as const) {
    it(`are refused with ${told} after ${far488}`, async () => {
      const near = await rig.call('9+4930');
      near.send('INVITE', everything);
      const challenge = 'Digest realm="t", nonce="n"';
      await (
        await CalledPeer.by(far)
      ).refuse(far488, [`WWW-Authenticate: ${challenge}`, `Proxy-Authenticate: ${challenge}`, 'Contact: <sip:a@b>']);
      const answer = await near.final('INVITE');
      assert.match(answer.start, new RegExp(`^SIP/2.0 ${told} `));
      assert.ok(!/Authenticate|^Contact/im.test(answer.text), answer.text);
    });
  }

  it('are cancelled with the caller', async () => {
    const near = await rig.call('9+4930');
    near.send('INVITE', everything);
    const call = await CalledPeer.by(far);
    call.progress('180 Ringing');
    await near.peer.expect('SIP/2.0 180');
    near.cancel();
    assert.match((await near.final('INVITE')).start, / 487 /);
    far.answer(await call.request('CANCEL'), '200 OK');
    await call.refuse('487 Request Terminated');
  });

  it('hang up on a far end that answers a caller who is gone', async () => {
    const near = await rig.call('9+4930');
    near.send('INVITE', everything);
    const call = await CalledPeer.by(far);
    call.progress('180 Ringing');
    await near.peer.expect('SIP/2.0 180');
    near.cancel();
    await near.final('INVITE');
    far.answer(await call.request('CANCEL'), '200 OK');
    await call.take();
    await call.ends();
  });

  it('ring nobody when the description of the caller is of no use', async () => {
    const near = await rig.call('9+4930');
    near.send('INVITE', describePeer({ video: null, audioCodec: 'G729/8000' }));
    assert.match((await near.final('INVITE')).start, / 488 /);
    assert.equal(far.seen.length, 0);
  });

  it('take a caller who leaves the offer to us', async () => {
    const near = await rig.call('9+4930');
    near.send('INVITE');
    const call = await CalledPeer.by(far);
    await call.take();
    const offer = await near.final('INVITE');
    near.ack(takesAll(offer));
    await waitUntil(() => rig.plane.chains().length === 4, 2000);
    await near.bye();
    await call.ends();
  });

  describe('go nowhere', () => {
    const refused = async (uri: string, extra: string[] = []): Promise<string> => {
      const near = await rig.call('9+4930');
      const tricky = Object.assign(near, { uri: uri.replace('HOST', near.uri.replace(/^.*@/, '')) });
      tricky.send('INVITE', everything, extra);
      const { start } = await tricky.final('INVITE');
      assert.equal(far.seen.length, 0, far.seen[0]?.start);
      return start.slice(8, 11);
    };

    it('for who proved nothing and comes from nowhere', async () => {
      rig.trust.on = false;
      assert.equal(await refused('sip:9+4930@HOST'), '403');
      assert.equal(await refused('sip:9+4930@HOST;user=phone'), '403');
      assert.equal(await refused('sip:9+4930@HOST', ['Route: <sip:127.0.0.1:9;lr>']), '403');
      assert.equal(await refused('sip:9+4930@HOST', ['Replaces: x;to-tag=1;from-tag=2']), '403');
      assert.equal(await refused('sip:9+4930@HOST', ['P-Asserted-Identity: <sip:admin@HOST>']), '403');
    });

    it('where the number is none', async () => {
      assert.match(await refused('sip:9%2B4930@HOST'), /^40/);
      assert.match(await refused('sip:9..%40evil@HOST'), /^40/);
    });

    it('by a telephone number or a number in a header alone', async () => {
      rig.trust.on = false;
      assert.match(await refused('sip:nowhere@HOST', ['Refer-To: <sip:9+4930@HOST>']), /^404/);
    });
  });
});
