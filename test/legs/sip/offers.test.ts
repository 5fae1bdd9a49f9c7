import assert from 'node:assert/strict';
import { describePeer, linesOf } from '../../support/offers.js';
import { RawCall } from '../../support/raw-call.js';
import { startSipRig, type SipRig } from '../../support/sip-rig.js';
import { waitUntil } from '../../support/wait.js';

describe('calls that are answered', () => {
  let rig: SipRig;
  before(async () => (rig = await startSipRig({ capacity: 2 })));
  after(() => rig.close());
  afterEach(() => rig.nothingLeft());

  const seated = (name: string, size: number): Promise<void> =>
    waitUntil(
      () => rig.room(name).size === size,
      2000,
      () => `${rig.room(name).size} seats`,
    );

  for (const transport of ['udp', 'tcp'] as const) {
    it(`seats a caller with an offer over ${transport} until it hangs up`, async () => {
      const call = new RawCall(await rig.peer(transport), rig.uri('demo', transport), 'Anna');
      const ok = await call.invite(describePeer({ content: 'sendrecv', floor: 'UDP' }));
      assert.equal(linesOf(call.sdp), 'audio sendrecv, video sendrecv, application, video sendrecv');
      assert.match(ok.message.headers.get('allow') ?? '', /INVITE.*UPDATE/);
      const [one] = rig.room('demo').describe().participants;
      assert.equal(one?.name, 'Anna');
      assert.equal(rig.net.bound, 1);
      assert.match((await call.bye()).start, / 200 /);
      await seated('demo', 0);
    });
  }

  it('shows each of two callers the other', async () => {
    const [a, b] = [await rig.call('demo', 'Anna'), await rig.call('demo', 'Berta')];
    await a.invite(describePeer());
    await b.invite(describePeer());
    await waitUntil(() => rig.plane.chains().length === 2, 2000);
    await a.bye();
    await waitUntil(() => rig.plane.chains().length === 0, 2000);
    await b.bye();
  });

  it('makes the offer where the caller leaves it to us', async () => {
    const call = await rig.call('demo');
    await call.invite('', [], false);
    assert.equal(linesOf(call.sdp), 'audio sendrecv, video sendrecv, application, video sendrecv, application');
    assert.equal(rig.room('demo').size, 0);
    const answer = describePeer({ content: 'sendrecv', floor: 'UDP' });
    call.ack(answer.replace(/a=floorid.*\r\n/, '').replace('c-s', 'c-only'));
    await seated('demo', 1);
    assert.equal(rig.room('demo').describe().participants[0]?.content, 'separate');
    await call.bye();
  });

  it('takes an answer with fewer lines than we offered', async () => {
    const call = await rig.call('demo');
    await call.invite('', [], false);
    call.ack(describePeer());
    await seated('demo', 1);
    // the port of floor control is closed a turn after its farewell
    await waitUntil(() => rig.net.bound === 0, 2000);
    assert.equal(rig.plane.lines.size, 2);
    await call.bye();
  });

  it('hangs up with the reason when the ACK brings no answer', async () => {
    const call = await rig.call('demo');
    await call.invite('', [], false);
    call.ack();
    const bye = await call.request('BYE');
    assert.match(bye.message.headers.get('reason') ?? '', /^SIP;cause=488;text=".+"/);
    call.peer.answer(bye, '200 OK');
  });

  it('hangs up with the reason when the answer in the ACK has nothing in common', async () => {
    const call = await rig.call('demo');
    await call.invite('', [], false);
    call.ack(describePeer({ video: null, audioCodec: 'G729/8000' }));
    const bye = await call.request('BYE');
    assert.match(bye.message.headers.get('reason') ?? '', /^SIP;cause=488;text="audio: .*formats"/);
    call.peer.answer(bye, '200 OK');
  });

  it('hangs up when our 200 is never acknowledged', async () => {
    const call = await rig.call('demo');
    await call.invite(describePeer({ content: 'sendrecv', floor: 'UDP' }), [], false);
    await seated('demo', 1);
    rig.sipClock.skip(33_000);
    call.peer.answer(await call.request('BYE'), '200 OK');
    await seated('demo', 0);
  });

  it('sends no offer of its own before its 200 is acknowledged', async () => {
    const a = await rig.call('demo', 'Anna');
    await a.invite(describePeer({ content: 'sendrecv', floor: 'UDP' }));
    const room = rig.room('demo');
    room.requestFloor(room.describe().participants[0]?.id ?? 0);
    const group = await rig.call('demo', 'Group');
    await group.invite(describePeer({ floor: 'UDP' }), [], false);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(group.requested('INVITE'), 0);
    group.ack();
    const reinvite = await group.request('INVITE');
    assert.equal(
      linesOf(reinvite.message.body.toString()),
      'audio sendrecv, video sendrecv, application, video sendrecv',
    );
    const answer = describePeer({ floor: 'UDP', content: 'sendrecv', version: 2 });
    group.peer.answer(reinvite, '200 OK', [`Contact: ${group.contact}`], answer);
    await group.request('ACK');
    await waitUntil(() => rig.plane.chains().some((chain) => /content -> .*content/.test(chain)), 2000);
    await Promise.all([a.bye(), group.bye()]);
  });

  it('tells who is one too many before it opens a port', async () => {
    const [a, b, c] = [await rig.call('demo'), await rig.call('demo'), await rig.call('demo')];
    await a.invite(describePeer());
    await b.invite(describePeer());
    c.send('INVITE');
    assert.match((await c.final('INVITE')).start, / 486 /);
    await Promise.all([a.bye(), b.bye()]);
  });
});

describe('calls that are cancelled', () => {
  let rig: SipRig;
  before(async () => (rig = await startSipRig({ capacity: 50 })));
  after(() => rig.close());
  afterEach(() => rig.nothingLeft());

  it('frees all when CANCEL comes while ports are opened', async () => {
    let open: () => void = () => undefined;
    rig.plane.gate = new Promise((resolve) => (open = resolve));
    const call = await rig.call('demo');
    call.send('INVITE', describePeer({ content: 'sendrecv', floor: 'TCP' }));
    await call.peer.expect('SIP/2.0 100');
    call.cancel();
    await call.peer.expect('SIP/2.0 200', (seen) => seen.text.includes('CANCEL'));
    assert.match((await call.final('INVITE')).start, / 487 /);
    open();
    // the application may hear of the CANCEL after the ports were opened
    await rig.nothingLeft();
    assert.equal(rig.room('demo').size, 0);
  });

  it('frees all when INVITE and CANCEL come at once', async () => {
    const call = await rig.call('demo');
    call.send('INVITE', describePeer({ content: 'sendrecv', floor: 'UDP' }));
    call.cancel();
    const answer = await call.final('INVITE');
    if (answer.start.includes(' 200 ')) call.peer.answer(await call.request('BYE'), '200 OK');
    else assert.match(answer.start, / 487 /);
    await waitUntil(() => rig.room('demo').size === 0, 2000);
  });

  it('hangs up when CANCEL comes after the answer and no ACK follows', async () => {
    const call = await rig.call('demo');
    await call.invite(describePeer(), [], false);
    call.cancel();
    rig.sipClock.skip(33_000);
    call.peer.answer(await call.request('BYE'), '200 OK');
  });

  it('ignores a CANCEL of what is acknowledged', async () => {
    const call = await rig.call('demo');
    await call.invite(describePeer());
    await waitUntil(() => rig.room('demo').size === 1, 2000);
    call.cancel();
    await call.peer.expect('SIP/2.0', (seen) => seen.text.includes('CANCEL'));
    assert.equal(rig.room('demo').size, 1);
    await call.bye();
  });

  it('leaves nothing when BYE comes right behind ACK, fifty times at once', async () => {
    const calls = await Promise.all(Array.from({ length: 50 }, () => rig.call('many')));
    await Promise.all(
      calls.map(async (call) => {
        await call.invite(describePeer({ floor: 'UDP' }));
        await call.bye();
      }),
    );
  });
});
