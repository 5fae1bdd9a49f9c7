import assert from 'node:assert/strict';
import { SipSoundDialer } from '../../../src/legs/sip/sound-dialer.js';
import type { AudioFormat } from '../../../src/media/vocabulary.js';
import { DialFailed } from '../../../src/rooms/dialer.js';
import type { SoundCall, SoundCallRequest } from '../../../src/rooms/sound-call.js';
import { addressOf, CalledPeer } from '../../support/dial-rig.js';
import { startSipRig, type SipRig } from '../../support/sip-rig.js';
import type { Seen, SipPeer } from '../../support/sip-peer.js';
import { waitUntil } from '../../support/wait.js';

const opus: AudioFormat = { kind: 'audio', name: 'opus', pt: 103, clock: 48_000, channels: 2, params: {} };
const pcmu: AudioFormat = { kind: 'audio', name: 'PCMU', pt: 0, clock: 8000, channels: 1, params: {} };

describe('calls of sound alone', () => {
  let rig: SipRig;
  let peer: SipPeer;
  let dialer: SipSoundDialer;
  const never = new AbortController().signal;

  beforeEach(async () => {
    rig = await startSipRig();
    peer = await rig.peer();
    dialer = new SipSoundDialer(rig.parts);
  });
  afterEach(async () => {
    await rig.nothingLeft();
    peer.close();
    await rig.close();
  });

  const request = (formats: AudioFormat[] = [opus]): SoundCallRequest => ({
    to: addressOf(peer, 'room-demo-1a2b'),
    callId: '0e9b2c7e-98f0-4a59-9d57-55c4a3f1a001',
    name: 'Anna 1',
    headers: { 'X-Conference-Flags': 'mute|deaf' },
    terms: { formats, direction: 'sendrecv' },
  });
  const answer = (line: string): string =>
    `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio ${line}\r\n`;

  async function answered(
    formats?: AudioFormat[],
    sdp = answer('5000 RTP/AVP 103\r\na=rtpmap:103 opus/48000/2'),
  ): Promise<{ call: SoundCall; called: CalledPeer }> {
    const calling = dialer.call(request(formats), never);
    const called = await CalledPeer.by(peer);
    await called.take(sdp);
    return { call: await calling, called };
  }

  it('are made as they were asked for, and give the line that was agreed on', async () => {
    const { call, called } = await answered();
    assert.match(called.invite.start, /^INVITE sip:room-demo-1a2b@/);
    assert.equal(called.header('call-id'), request().callId);
    assert.match(called.header('from'), /^"Anna 1" <sip:/);
    assert.equal(called.header('x-conference-flags'), 'mute|deaf');
    assert.match(called.invite.text, /^m=audio \d+ RTP\/AVP 103 101\r$/m);
    assert.doesNotMatch(called.invite.text, /m=video|m=application/);
    const { params, id } = call.line;
    assert.equal(id, `${request().callId}/audio`);
    assert.deepEqual([params?.send[0]?.pt, params?.remote?.rtpPort, params?.direction], [103, 5000, 'sendrecv']);
    // FreeSWITCH ends calls from which nothing comes
    assert.deepEqual(params?.signsOfLife, { pt: 127, everyMs: 10_000 });
    const ending = Promise.all([call.end(), call.end()]);
    await called.ends();
    await ending;
  });

  it('end with the server, which may do so right behind its answer', async () => {
    const calling = dialer.call(request([pcmu]), never);
    const called = await CalledPeer.by(peer);
    await called.take(answer('5000 RTP/AVP 0'));
    const bye = called.bye();
    const call = await calling;
    let why = '';
    call.on.on('ended', (how) => (why = how.why));
    await bye;
    await waitUntil(() => why !== '' || rig.plane.lines.size === 0, 2000);
    await call.end();
    await assert.rejects(call.change({ formats: [pcmu], direction: 'inactive' }));
  });

  it('renegotiate, and keep what was agreed on where that is refused', async () => {
    const { call, called } = await answered([pcmu], answer('5000 RTP/AVP 0'));
    const holding = call.change({ formats: [pcmu], direction: 'inactive' });
    const again = new CalledPeer(peer, await called.request('INVITE'));
    assert.match(again.invite.text, /^a=inactive\r$/m);
    await again.take(answer('5000 RTP/AVP 0\r\na=inactive'), 'peer');
    await holding;
    assert.deepEqual([call.line.params?.direction, call.line.params?.held], ['inactive', true]);
    const refused = assert.rejects(call.change({ formats: [pcmu], direction: 'sendrecv' }));
    await new CalledPeer(peer, await called.request('INVITE')).refuse('488 Not Acceptable Here');
    await refused;
    assert.equal(call.line.params?.direction, 'inactive');
    const ending = call.end();
    await called.ends();
    await ending;
  });

  it('answer what the server asks in them', async () => {
    const { call, called } = await answered([pcmu], answer('5000 RTP/AVP 0'));
    const refreshed: Seen = await called.reoffer(answer('5000 RTP/AVP 0'));
    assert.match(refreshed.start, / 200 /);
    assert.match(refreshed.text, /^m=audio \d+ RTP\/AVP 0 101\r$/m);
    const ending = call.end();
    await called.ends();
    await ending;
  });

  it('leave nothing when they are refused, given up or answered with what was not offered', async () => {
    const refused = assert.rejects(dialer.call(request(), never), (error: DialFailed) => error.status === 404);
    await (await CalledPeer.by(peer)).refuse('404 Not Found');
    await refused;
    const giving = new AbortController();
    const given = assert.rejects(dialer.call({ ...request(), callId: 'given-up' }, giving.signal), DialFailed);
    const late = await CalledPeer.by(peer);
    late.progress('180 Ringing');
    giving.abort();
    await given;
    await late.request('CANCEL');
    await late.refuse('487 Request Terminated');
    const other = assert.rejects(dialer.call({ ...request(), callId: 'other-codec' }, never), DialFailed);
    const strange = await CalledPeer.by(peer);
    await strange.take(answer('5000 RTP/AVP 18'));
    await strange.ends();
    await other;
  });
});
