import assert from 'node:assert/strict';
import { describePeer, linesOf, type Described } from '../../support/offers.js';
import type { RawCall } from '../../support/raw-call.js';
import type { Seen } from '../../support/sip-peer.js';
import { startSipRig, type SipRig } from '../../support/sip-rig.js';
import { waitUntil } from '../../support/wait.js';

const full = { content: 'sendrecv', floor: 'UDP' } as const;
const fullLines = 'audio sendrecv, video sendrecv, application, video sendrecv';

describe('changes that the caller makes', () => {
  let rig: SipRig;
  before(async () => (rig = await startSipRig()));
  after(() => rig.close());
  afterEach(() => rig.nothingLeft());

  const seated = async (what: Described = full, extra: string[] = []): Promise<RawCall> => {
    const call = await rig.call('demo');
    await call.invite(describePeer(what), extra);
    return call;
  };
  /** Re-INVITEs and resolves with the 200, acknowledged. */
  const change = async (call: RawCall, what: Described, extra: string[] = []): Promise<Seen> =>
    call.invite(describePeer({ version: call.n + 1, ...what }), extra);
  const held = (): (boolean | undefined)[] => [...rig.plane.lines.values()].map(({ params }) => params?.held);
  const present = (): number => {
    const room = rig.room('demo');
    return room.requestFloor(room.describe().participants[0]?.id ?? 0).id;
  };
  const presenting = (): number | undefined => rig.room('demo').describe().floor.holder?.id;

  it('holds and resumes by direction, keeping floor and lines', async () => {
    const call = await seated();
    const ticket = present();
    const [lines, ports] = [rig.plane.lines.size, rig.net.bound];
    for (const [theirs, ours] of [
      ['sendonly', 'recvonly'],
      ['inactive', 'inactive'],
    ] as const) {
      await change(call, { ...full, audio: theirs, video: theirs, content: theirs });
      assert.equal(linesOf(call.sdp), `audio ${ours}, video ${ours}, application, video ${ours}`);
      // who presents only sends on the content line: that is no hold
      assert.deepEqual(held(), [true, true, theirs === 'inactive']);
      await change(call, full);
      assert.equal(linesOf(call.sdp), fullLines);
      assert.deepEqual(held(), [false, false, false]);
    }
    assert.equal(presenting(), ticket);
    assert.deepEqual([rig.plane.lines.size, rig.net.bound], [lines, ports]);
    await call.bye();
  });

  it('holds by 0.0.0.0 and sends nothing there', async () => {
    const call = await seated({});
    await change(call, { address: '0.0.0.0' });
    for (const { params } of rig.plane.lines.values()) {
      assert.equal(params?.held, true);
      assert.equal(params.remote, null);
    }
    await change(call, {});
    assert.equal(rig.plane.line('/audio').params?.remote?.rtpPort, 40_000);
    await call.bye();
  });

  it('takes the same description again as a refresh that changes nothing', async () => {
    const call = await seated();
    const ticket = present();
    const before = call.sdp;
    const params = JSON.stringify([...rig.plane.lines.values()].map((line) => line.params));
    const lines = [...rig.plane.lines.values()];
    await change(call, { ...full, version: 1 });
    assert.equal(call.sdp, before);
    assert.deepEqual([...rig.plane.lines.values()], lines);
    assert.equal(JSON.stringify(lines.map((line) => line.params)), params);
    assert.equal(presenting(), ticket);
    await call.bye();
  });

  it('offers everything again where the re-INVITE brings no description', async () => {
    const call = await seated();
    await call.invite('', [], false);
    const offer = call.sdp;
    assert.equal(linesOf(offer), fullLines);
    assert.match(offer, /^m=audio \d+ RTP\/AVP 0 .*96/m, 'only the codec in use');
    assert.match(offer, /opus\/48000/);
    call.ack(describePeer({ ...full, version: 2 }));
    await change(call, { ...full, version: 3 });
    assert.equal(linesOf(call.sdp), fullLines);
    await call.bye();
  });

  it('stays as it was where the answer in the ACK is missing', async () => {
    const call = await seated();
    const ports = rig.plane.line('/audio').local.rtpPort;
    await call.invite('', [], false);
    call.ack();
    await change(call, full);
    assert.equal(rig.plane.line('/audio').local.rtpPort, ports);
    await call.bye();
  });

  it('answers UPDATE with and without a description', async () => {
    const call = await seated();
    call.send('UPDATE');
    const refreshed = await call.final('UPDATE');
    assert.match(refreshed.start, / 200 /);
    assert.equal(refreshed.message.body.length, 0);
    call.send('UPDATE', describePeer({ ...full, version: 2, video: 'inactive' }));
    const changed = await call.final('UPDATE');
    assert.match(changed.start, / 200 /);
    assert.ok(changed.message.headers.has('contact'));
    const answer = changed.message.body.toString();
    assert.equal(linesOf(answer), 'audio sendrecv, video inactive, application, video sendrecv');
    await call.bye();
  });

  it('adds video, content and floor control to a call that began with audio', async () => {
    const call = await seated({ video: null });
    assert.equal(rig.net.bound, 0);
    await change(call, full);
    assert.equal(linesOf(call.sdp), fullLines);
    await waitUntil(() => rig.room('demo').describe().participants[0]?.content === 'separate', 2000);
    assert.equal(rig.net.bound, 1);
    await call.bye();
  });

  it('gives the floor back when the caller switches floor control off', async () => {
    const call = await seated();
    present();
    await change(call, { ...full, floorPort: 0 });
    assert.equal(linesOf(call.sdp), 'audio sendrecv, video sendrecv, application 0, video sendrecv');
    assert.equal(presenting(), undefined);
    await waitUntil(() => rig.net.bound === 0, 2000);
    await change(call, full);
    assert.equal(rig.net.bound, 1);
    await call.bye();
  });

  it('refuses a change without anything in common and goes on as before', async () => {
    const call = await seated({ video: null });
    const { params } = rig.plane.line('/audio');
    call.send('INVITE', describePeer({ version: 2, video: null, audioCodec: 'G729/8000' }));
    const refused = await call.peer.expect('SIP/2.0 488');
    assert.match(refused.message.headers.get('warning') ?? '', /^305 /);
    assert.deepEqual(rig.plane.line('/audio').params, params);
    await call.bye();
  });

  it('refuses a change for which there are no ports and closes what it opened for it', async () => {
    const call = await seated({ video: null });
    rig.plane.limit = 2;
    call.send('INVITE', describePeer({ version: 2, ...full }));
    const refused = await call.peer.expect('SIP/2.0 503');
    assert.ok(refused.message.headers.has('retry-after'));
    await waitUntil(() => rig.plane.lines.size === 1 && rig.net.bound === 0, 2000);
    rig.plane.limit = 1000;
    await change(call, full);
    assert.deepEqual([rig.plane.lines.size, rig.net.bound], [3, 1]);
    await call.bye();
  });

  it('answers a second change that comes before the first is answered with 500 and Retry-After', async () => {
    const call = await seated({});
    let open: () => void = () => undefined;
    rig.plane.gate = new Promise((resolve) => (open = resolve));
    call.send('INVITE', describePeer({ version: 2, ...full }));
    call.send('UPDATE', describePeer({ version: 3, ...full }));
    const refused = await call.final('UPDATE');
    assert.match(refused.start, / 500 /);
    assert.ok(refused.message.headers.has('retry-after'));
    open();
    rig.plane.gate = Promise.resolve();
    await call.peer.expect('SIP/2.0 200', (seen) => seen.text.includes('CSeq: 2 INVITE'));
    call.n = 2;
    call.ack();
    call.n = 3;
    await call.bye();
  });

  it('keeps the session timer of the caller and refreshes where it falls to us', async () => {
    const asked = ['Supported: timer', 'Session-Expires: 200;refresher=uas', 'Min-SE: 90'];
    const call = await seated(full, asked);
    assert.equal(call.answer?.message.headers.get('session-expires'), '200;refresher=uas');
    assert.equal(call.answer.message.headers.get('require'), null);
    const again = await change(call, full, asked);
    assert.equal(again.message.headers.get('session-expires'), '200;refresher=uas');
    await call.settled();
    rig.sipClock.skip(101_000);
    const refresh = await call.request('INVITE');
    call.peer.answer(refresh, '200 OK', [`Contact: ${call.contact}`], describePeer({ ...full, version: 2 }));
    await call.request('ACK');
    await call.bye();
  });

  it('lets the caller refresh, and hangs up when it does not', async () => {
    const call = await seated(full, ['Supported: timer', 'Session-Expires: 300']);
    assert.equal(call.answer?.message.headers.get('session-expires'), '300;refresher=uac');
    assert.equal(call.answer.message.headers.get('require'), 'timer');
    await call.settled();
    rig.sipClock.skip(200_000);
    call.send('UPDATE', '', ['Supported: timer', 'Session-Expires: 300;refresher=uac']);
    const kept = await call.final('UPDATE');
    assert.equal(kept.message.headers.get('session-expires'), '300;refresher=uac');
    rig.sipClock.skip(200_000);
    assert.equal(rig.room('demo').size, 1);
    rig.sipClock.skip(200_000);
    call.peer.answer(await call.request('BYE'), '200 OK');
    await waitUntil(() => rig.room('demo').size === 0, 2000);
  });

  it('never proposes less than the caller can bear, and nothing to callers without timers', async () => {
    const patient = await seated({}, ['Supported: timer', 'Min-SE: 3600']);
    assert.equal(patient.answer?.message.headers.get('session-expires'), '3600;refresher=uac');
    const old = await seated({});
    assert.equal(old.answer?.message.headers.get('session-expires'), null);
    const hasty = await rig.call('demo');
    hasty.send('INVITE', describePeer(), ['Supported: timer', 'Session-Expires: 30']);
    const refused = await hasty.final('INVITE');
    assert.match(refused.start, / 422 /);
    assert.equal(refused.message.headers.get('min-se'), '90');
    await Promise.all([patient.bye(), old.bye()]);
  });
});
