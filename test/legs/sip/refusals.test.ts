import assert from 'node:assert/strict';
import { watchedLeg } from '../../../src/legs/sip/leg-facts.js';
import { describePeer } from '../../support/offers.js';
import type { Seen } from '../../support/sip-peer.js';
import { waitUntil } from '../../support/wait.js';
import { startSipRig, type SipRig } from '../../support/sip-rig.js';

describe('calls that are refused', () => {
  let rig: SipRig;
  before(async () => (rig = await startSipRig({ capacity: 1 })));
  after(() => rig.close());
  afterEach(async () => {
    rig.plane.limit = 1000;
    await rig.nothingLeft();
  });

  /** Calls and resolves with the refusal. */
  const refusal = async (room: string, sdp: string, extra: string[] = []): Promise<Seen> => {
    const call = await rig.call(room);
    call.send('INVITE', sdp, extra);
    return call.final('INVITE');
  };

  it('says 404 to rooms that do not exist', async () => {
    const answer = await refusal('nowhere', describePeer());
    assert.match(answer.start, /^SIP\/2\.0 404 /);
    assert.match(answer.message.headers.get('warning') ?? '', /there is no room/);
  });

  it('says 488 with a reason where nothing is common', async () => {
    const answer = await refusal('demo', describePeer({ video: null, audioCodec: 'G729/8000' }));
    assert.match(answer.start, /^SIP\/2\.0 488 /);
    assert.match(answer.message.headers.get('warning') ?? '', /^305 dualstream "audio: none of G729/);
  });

  it('takes who has VP8 only with its sound, and says in the roster and in the record why there is no picture', async () => {
    const call = await rig.call('demo');
    const answer = await call.invite(describePeer().replace(/ H264\/90000/g, ' VP8/90000'));
    assert.match(answer.message.body.toString(), /m=video 0 /);
    const why = 'video: none of VP8 is supported without encoding anew';
    assert.deepEqual(rig.room('demo').describe().participants[0]?.problems, [{ line: 'main', reason: why }]);
    const watched = () => rig.legs.map(watchedLeg).find((one) => one?.callId === call.id);
    await waitUntil(() => watched() !== undefined, 3000);
    assert.deepEqual(watched()?.facts().refused, [why]);
    await call.bye();
    const alone = await refusal('demo', describePeer({ audio: null }).replace(/ H264\/90000/g, ' VP8/90000'));
    assert.match(alone.message.headers.get('warning') ?? '', /without encoding anew/);
  });

  it('says 400 to a description that cannot be read and 415 to other bodies', async () => {
    assert.match((await refusal('demo', 'v=0\r\nm=audio\r\n')).start, /^SIP\/2\.0 (400|488) /);
    const call = await rig.call('demo');
    call.send('INVITE', 'hi', [], 'text/plain');
    assert.match((await call.final('INVITE')).start, /^SIP\/2\.0 415 /);
  });

  it('says 486 to a full room and lets the first go on', async () => {
    const first = await rig.call('demo');
    await first.invite(describePeer());
    const answer = await refusal('demo', describePeer());
    assert.match(answer.start, /^SIP\/2\.0 486 /);
    assert.match(answer.message.headers.get('warning') ?? '', /is full/);
    assert.equal(rig.room('demo').size, 1);
    await first.bye();
  });

  it('says 503 with Retry-After when the ports are used up', async () => {
    rig.plane.limit = 1;
    const answer = await refusal('demo', describePeer({ content: 'sendrecv', floor: 'UDP' }));
    assert.match(answer.start, /^SIP\/2\.0 503 /);
    assert.equal(answer.message.headers.get('retry-after'), '5');
  });

  it('says 503 to encrypted media without an engine for it', async () => {
    const sdp = describePeer().replace(/RTP\/AVP/g, 'RTP/SAVP');
    const key = 'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz';
    const answer = await refusal('demo', sdp.replace(/(m=\w+ \d+ RTP\/SAVP.*)/g, `$1\r\n${key}`));
    assert.match(answer.start, /^SIP\/2\.0 503 /);
  });

  it('says 482 to a call of its own that somebody sends back', async () => {
    const progress = { cbRequest: () => undefined, cbProvisional: () => undefined };
    const dial = (uri: string): Promise<unknown> =>
      new Promise((resolve, reject) => {
        rig.signalling.createUAC(uri, { localSdp: describePeer(), headers: {} }, progress, (error, dialog) =>
          dialog ? resolve(dialog) : reject(error instanceof Error ? error : new Error(String(error))),
        );
      });
    await assert.rejects(dial(rig.uri('demo')), /myself/);
    const proxy = await rig.peer();
    const { port } = proxy.local;
    const dialing = dial(`sip:demo@127.0.0.1:${port}`);
    const failure = assert.rejects(dialing, (error: { status?: number }) => error.status === 482);
    const invite = await proxy.expect('INVITE');
    const via = `Via: SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bKback;rport\r\nVia:`;
    proxy.raw(invite.text.replace(`@127.0.0.1:${port} SIP`, '@127.0.0.1 SIP').replace('Via:', via));
    const answer = await proxy.expect('SIP/2.0 482');
    proxy.raw(answer.text.replace(/^Via:.*branch=z9hG4bKback.*\r\n/m, ''));
    await failure;
  });
});

describe('a gateway that shuts down', () => {
  it('says 503 with Retry-After and hangs up on everybody', async () => {
    const rig = await startSipRig();
    const [first, second] = [await rig.call('demo'), await rig.call('demo')];
    await first.invite(describePeer({ floor: 'TCP', content: 'sendrecv' }));
    const closing = rig.gateway.close();
    second.send('INVITE', describePeer());
    const bye = await first.request('BYE');
    assert.match(bye.message.headers.get('reason') ?? '', /cause=503/);
    first.peer.answer(bye, '200 OK');
    assert.match((await second.final('INVITE')).start, /^SIP\/2\.0 503 /);
    assert.ok(second.answer?.message.headers.get('retry-after'));
    await closing;
    await rig.nothingLeft();
    await rig.close();
  });
});
