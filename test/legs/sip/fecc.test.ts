import assert from 'node:assert/strict';
import { describePeer, linesOf } from '../../support/offers.js';
import type { RawCall } from '../../support/raw-call.js';
import { startSipRig, type SipRig } from '../../support/sip-rig.js';
import { waitUntil } from '../../support/wait.js';

describe('far-end camera control of calls', () => {
  let rig: SipRig;
  before(async () => (rig = await startSipRig()));
  after(() => rig.close());
  afterEach(() => rig.nothingLeft());

  const berta = () => rig.legs.find((leg) => leg.who.name === 'Berta' && !leg.over);
  const feeds = (): string[] => rig.plane.chains().filter((chain) => chain.includes('/fecc'));
  const reinvite = async (call: RawCall, sdp: string): Promise<string> => {
    call.send('INVITE', sdp);
    await call.final('INVITE');
    call.ack();
    return call.sdp;
  };

  it('is taken with the offer and connected while both are there', async () => {
    const [anna, berta] = [await rig.call('demo', 'Anna'), await rig.call('demo', 'Berta')];
    await anna.invite(describePeer({ content: 'sendrecv', floor: 'UDP', fecc: 'sendrecv' }));
    assert.equal(linesOf(anna.sdp), 'audio sendrecv, video sendrecv, application, video sendrecv, application');
    assert.match(anna.sdp, /^m=application [1-9]\d* RTP\/AVP 115\r\nc=.*\r\na=rtpmap:115 H224\/4800\r\na=sendrecv\r$/m);
    assert.deepEqual(feeds(), []);
    await berta.invite(describePeer({ fecc: 'sendrecv' }));
    await waitUntil(
      () => feeds().length === 2,
      2000,
      () => rig.plane.chains().join(),
    );
    assert.deepEqual(rig.plane.line('/fecc').params?.data, { receive: 115, send: 115 });
    await berta.bye();
    await waitUntil(() => feeds().length === 0, 2000);
    await anna.bye();
  });

  it('comes and goes by re-INVITE, in its own place', async () => {
    const call = await rig.call('demo');
    await call.invite(describePeer({ fecc: 'sendrecv' }));
    const port = /^m=application (\d+)/m.exec(call.sdp)?.[1];
    const off = describePeer({ fecc: 'sendrecv', version: 2 }).replace('m=application 40006', 'm=application 0');
    assert.equal(linesOf(await reinvite(call, off)), 'audio sendrecv, video sendrecv, application 0');
    assert.equal(rig.plane.lines.size, 2, 'its ports are given back');
    const on = await reinvite(call, describePeer({ fecc: 'sendrecv', version: 3 }));
    assert.equal(linesOf(on), 'audio sendrecv, video sendrecv, application');
    assert.notEqual(/^m=application (\d+)/m.exec(on)?.[1], port);
    assert.equal(rig.plane.lines.size, 3);
    await call.bye();
  });

  it('that stands before other lines moves none of them when it is refused', async () => {
    const call = await rig.call('demo');
    const sdp = describePeer({ content: 'sendrecv', floor: 'UDP', fecc: 'sendrecv' });
    const [head = '', ...sections] = sdp.split(/^(?=m=)/m);
    const first = [head, sections.at(-1), ...sections.slice(0, -1)].join('');
    await call.invite(first.replace('RTP/AVP 115', 'RTP/SAVP 115'));
    assert.equal(linesOf(call.sdp), 'application 0, audio sendrecv, video sendrecv, application, video sendrecv');
    assert.match(call.sdp, /^m=application 0 RTP\/SAVP 115\r$/m);
    await call.bye();
  });

  it('is kept in offers of ours', async () => {
    const [presenter, call] = [await rig.call('demo', 'Anna'), await rig.call('demo', 'Berta')];
    await presenter.invite(describePeer({ content: 'sendrecv', floor: 'UDP' }));
    await call.invite(describePeer({ floor: 'UDP', fecc: 'sendrecv' }));
    const room = rig.room('demo');
    room.requestFloor(room.describe().participants.find(({ name }) => name === 'Anna')?.id ?? 0);
    const offer = await call.request('INVITE');
    const sdp = offer.message.body.toString();
    assert.equal(linesOf(sdp), 'audio sendrecv, video sendrecv, application, application, video sendrecv');
    assert.match(sdp, /^m=application [1-9]\d* RTP\/AVP 115\r$/m);
    const parts = describePeer({ content: 'sendrecv', floor: 'UDP', fecc: 'sendrecv', version: 2 }).split(/^(?=m=)/m);
    const [head, audio, video, floor, content, fecc] = parts;
    call.peer.answer(
      offer,
      '200 OK',
      [`Contact: ${call.contact}`],
      [head, audio, video, floor, fecc, content].join(''),
    );
    await waitUntil(() => (berta()?.lines.content?.params ?? null) !== null, 2000);
    assert.equal(berta()?.fecc?.params?.data?.send, 115);
    await Promise.all([presenter.bye(), call.bye()]);
  });
});
