import assert from 'node:assert/strict';
import type { Binding } from '../../../src/legs/sip/dialer.js';
import { describePeer, linesOf } from '../../support/offers.js';
import { addressOf, CalledPeer, startDialRig, takesAll, type DialRig } from '../../support/dial-rig.js';
import { engineElsewhere } from '../../support/engine-elsewhere.js';
import { RawCall } from '../../support/raw-call.js';
import type { Seen, SipPeer } from '../../support/sip-peer.js';
import { waitUntil } from '../../support/wait.js';
import { below, readXml, textAt } from '../../support/xml.js';

describe('calls of a room', () => {
  let rig: DialRig;
  let peer: SipPeer;
  beforeEach(async () => {
    rig = await startDialRig();
    peer = await rig.peer();
    rig.story('demo');
  });
  afterEach(async () => {
    await rig.nothingLeft();
    await rig.close();
  });

  const dial = (to = addressOf(peer)): number => rig.dialOut.call(rig.room('demo'), { to, name: 'Bob' });
  const tells = (last: string): Promise<void> =>
    waitUntil(
      () => rig.story('demo').at(-1) === last,
      3000,
      () => rig.story('demo').join(', '),
    );

  it('offer audio, video, floor and content, and seat who answers under the id given before', async () => {
    const id = dial();
    assert.deepEqual(rig.room('demo').describe().calls, [{ id, name: 'Bob', role: 'participant', ringing: false }]);
    const call = await CalledPeer.by(peer);
    assert.equal(linesOf(call.invite.text), 'audio sendrecv, video sendrecv, application, video sendrecv');
    assert.match(call.header('from'), /^"demo" <sip:demo@127\.0\.0\.1:\d+>;tag=/);
    assert.match(call.header('session-expires'), /^1800/);
    call.progress('180 Ringing');
    await tells(`rings ${id}`);
    await call.take();
    await tells(`joined ${id}`);
    const [one] = rig.room('demo').describe().participants;
    assert.deepEqual([one?.id, one?.name, one?.content, one?.audio], [id, 'Bob', 'separate', true]);
    assert.deepEqual([rig.plane.lines.size, rig.net.bound, rig.room('demo').describe().calls.length], [3, 1, 0]);
    await call.bye();
    await tells(`left ${id} left`);
    assert.deepEqual(rig.story('demo'), [`called ${id}`, `rings ${id}`, `joined ${id}`, `left ${id} left`]);
  });

  for (const [who, header, line] of [
    ['an HDX by its name', 'User-Agent: PolycomHDX8000HD/3.1.12', /TCP\/BFCP \*[^]*a=floorctrl:s-only\r/],
    ['an MCU by its Contact', '', /UDP\/BFCP \*[^]*a=floorctrl:c-only s-only\r/],
  ] as const) {
    it(`know ${who} when it refuses floor control, and offer what it takes`, async () => {
      dial();
      const call = await CalledPeer.by(peer);
      const contact = header === '' ? `${call.contact};isfocus` : call.contact;
      const refused = describePeer({ floor: 'UDP', floorPort: 0, content: 'sendrecv' });
      peer.answer(call.invite, '200 OK', [contact, ...(header === '' ? [] : [header])], refused, 'peer');
      await call.request('ACK');
      const again = await call.request('INVITE');
      assert.match(again.message.body.toString(), line);
      peer.answer(again, '488 Not Acceptable Here');
      await call.request('ACK');
      await call.bye();
    });
  }

  it('come from the focus of the conference, whose roster the device may ask for', async () => {
    const id = dial();
    const call = await CalledPeer.by(peer);
    assert.match(call.header('contact'), /^<sip:demo@127\.0\.0\.1:\d+>;isfocus$/);
    assert.equal(call.header('allow-events'), 'conference');
    assert.match(call.header('allow'), /SUBSCRIBE/);
    await call.take();
    await tells(`joined ${id}`);
    const roster = async (notify: Promise<Seen>): Promise<string[]> => {
      const told = await notify;
      peer.answer(told, '200 OK');
      const info = readXml(told.message.body.toString());
      return below(info, 'user').flatMap((user) =>
        [textAt(user, 'display-text'), textAt(user, 'endpoint', 'joining-method')].map(String),
      );
    };
    assert.match((await call.ask('SUBSCRIBE', ['Event: conference', 'Expires: 600'])).start, / 200 /);
    assert.deepEqual(await roster(call.request('NOTIFY')), ['Bob', 'dialed-out']);
    const beside = new RawCall(peer, rig.uri('demo'), 'Bob');
    Object.assign(beside, { from: `<${addressOf(peer)}>;tag=beside` });
    beside.send('SUBSCRIBE', '', ['Event: conference', 'Expires: 0']);
    assert.match((await beside.final('SUBSCRIBE')).start, / 200 /);
    assert.deepEqual(await roster(beside.request('NOTIFY')), ['Bob', 'dialed-out']);
    await call.bye();
    await waitUntil(() => rig.gateway.watchers === 0, 2000);
  });

  it('offer nothing plain where the room takes encrypted media only', async () => {
    Object.assign(rig.room('demo').settings, { srtp: 'required' });
    dial();
    // there is no media engine in this rig
    await tells('failed 1 503 encrypted media is not possible at the moment: not in this test');
    assert.equal(peer.seen.length, 0);
  });

  it('end by BYE with a reason when the participant is removed', async () => {
    const id = dial();
    const call = await CalledPeer.by(peer);
    await call.take();
    await tells(`joined ${id}`);
    void rig.room('demo').remove(id, 'Anna');
    assert.match((await call.ends()).text, /Reason: SIP;cause=603/);
  });

  for (const [status, words] of [
    ['486', 'Busy Here'],
    ['404', 'Not Found'],
    ['603', 'Decline'],
  ] as const) {
    it(`say ${status} ${words} of who does not answer`, async () => {
      const id = dial();
      const call = await CalledPeer.by(peer);
      await call.refuse(`${status} ${words}`);
      await tells(`failed ${id} ${status} ${words}`);
      assert.equal(rig.metrics.counted('dualstream_dialled_calls_failed_total', { status }), 1);
    });
  }

  it('are cancelled when the asker gives up, and hang up on an answer that crosses', async () => {
    const id = dial();
    const call = await CalledPeer.by(peer);
    call.progress('180 Ringing');
    await tells(`rings ${id}`);
    await rig.room('demo').remove(id, 'Anna');
    await tells(`failed ${id} 487 given up by Anna`);
    const cancel = await call.request('CANCEL');
    assert.match(cancel.text, /Reason: SIP;cause=603/);
    peer.answer(cancel, '200 OK');
    await call.take();
    await call.ends();
    assert.equal(rig.room('demo').size, 0);
  });

  it('hold the CANCEL back until the far end has said something', async () => {
    const id = dial();
    const call = await CalledPeer.by(peer);
    await rig.room('demo').remove(id, 'Anna');
    await tells(`failed ${id} 487 given up by Anna`);
    assert.ok(!peer.seen.some(({ start }) => start.startsWith('CANCEL')));
    call.progress('180 Ringing');
    peer.answer(await call.request('CANCEL'), '200 OK');
    await call.refuse('487 Request Terminated');
  });

  it('give up when nobody answers in time', async () => {
    const id = dial();
    const call = await CalledPeer.by(peer);
    call.progress('180 Ringing');
    await tells(`rings ${id}`);
    rig.clock.skip(61_000);
    await tells(`failed ${id} 408 nobody answered within 60 s`);
    const cancel = await call.request('CANCEL');
    assert.match(cancel.text, /Reason: SIP;cause=408/);
    peer.answer(cancel, '200 OK');
    await call.refuse('487 Request Terminated');
  });

  it('give up soon where nothing reacts at all', async () => {
    const id = dial();
    await CalledPeer.by(peer);
    rig.clock.skip(11_000);
    await tells(`failed ${id} 408 the far end does not react`);
    rig.sipClock.skip(33_000);
  });

  it('are cancelled when the room closes', async () => {
    const room = rig.room('adhoc');
    rig.story('adhoc');
    rig.dialOut.call(room, { to: addressOf(peer) });
    const call = await CalledPeer.by(peer);
    call.progress('183 Session Progress');
    await waitUntil(() => rig.story('adhoc').at(-1) === 'rings 1', 2000);
    await room.close({ kind: 'room-closed' });
    peer.answer(await call.request('CANCEL'), '200 OK');
    await call.refuse('487 Request Terminated');
  });

  it('keep an empty room open while they ring', async () => {
    const room = rig.room('adhoc');
    rig.dialOut.call(room, { to: addressOf(peer) });
    const call = await CalledPeer.by(peer);
    call.progress('180 Ringing');
    await waitUntil(() => room.describe().calls[0]?.ringing === true, 2000);
    rig.clock.skip(6000);
    assert.equal(room.closed, false);
    await call.refuse('486 Busy Here');
    await waitUntil(() => room.calls.size === 0, 2000);
    rig.clock.skip(6000);
    await waitUntil(() => room.closed, 2000);
  });

  it('offer less, once each, to a device that takes no floor control, and then to one without a picture', async () => {
    const id = dial();
    const first = await CalledPeer.by(peer);
    await first.refuse('488 Not Acceptable Here');
    const second = await CalledPeer.by(peer);
    assert.equal(linesOf(second.invite.text), 'audio sendrecv, video sendrecv');
    assert.equal(second.header('call-id'), first.header('call-id'));
    assert.equal(second.header('from'), first.header('from'));
    assert.equal(Number.parseInt(second.header('cseq')), Number.parseInt(first.header('cseq')) + 1);
    await second.refuse('606 Not Acceptable');
    const third = await CalledPeer.by(peer);
    assert.equal(linesOf(third.invite.text), 'audio sendrecv');
    await third.take();
    await tells(`joined ${id}`);
    await waitUntil(() => rig.net.bound === 0, 2000);
    assert.equal(rig.plane.lines.size, 1);
    await third.bye();
  });

  it('ask for the session interval that the far end wants at least', async () => {
    dial();
    const first = await CalledPeer.by(peer);
    await first.refuse('422 Session Interval Too Small', ['Min-SE: 3600']);
    const second = await CalledPeer.by(peer);
    assert.match(second.header('session-expires'), /^3600/);
    assert.equal(second.header('min-se'), '3600');
    await second.refuse('422 Session Interval Too Small', ['Min-SE: 7200']);
    await tells('failed 1 422 Session Interval Too Small');
  });

  it('wait and try once more after 491', async () => {
    dial();
    const first = await CalledPeer.by(peer);
    await first.refuse('491 Request Pending');
    await waitUntil(() => {
      rig.clock.skip(250);
      return peer.seen.filter(({ start }) => start.startsWith('INVITE')).length > 1;
    }, 3000);
    const second = await CalledPeer.by(peer);
    await second.refuse('491 Request Pending');
    await tells('failed 1 491 Request Pending');
  });

  it('follow a redirection to where calls may go', async () => {
    const other = await rig.peer();
    const id = dial();
    const first = await CalledPeer.by(peer);
    await first.refuse('302 Moved Temporarily', [
      `Contact: <sip:evil@192.0.2.1>;q=1, <${addressOf(other, 'desk')}>;q=0.5, <sip:low@127.0.0.1>;q=0.1`,
    ]);
    const call = await CalledPeer.by(other);
    assert.match(call.invite.start, new RegExp(`^INVITE ${addressOf(other, 'desk')} `));
    await call.take();
    await tells(`joined ${id}`);
    await call.bye();
  });

  it('follow no redirection to elsewhere, and none without end', async () => {
    dial();
    await (await CalledPeer.by(peer)).refuse('302 Moved', ['Contact: <sip:evil@192.0.2.1>']);
    await tells('failed 1 302 redirected to where nobody may be called');
    dial();
    for (let round = 0; round < 4; round += 1) {
      await (await CalledPeer.by(peer)).refuse('302 Moved', [`Contact: <${addressOf(peer, `r${round}`)}>`]);
    }
    await tells('failed 2 302 Moved');
  });

  it('take the first of two answers of a forked call and hang up the other', async () => {
    const id = dial();
    const call = await CalledPeer.by(peer);
    call.progress('180 Ringing', 'one');
    call.progress('180 Ringing', 'two');
    await call.take(takesAll(call.invite), 'one');
    await tells(`joined ${id}`);
    peer.answer(call.invite, '200 OK', [call.contact], takesAll(call.invite), 'two');
    const bye = await call.request('BYE');
    assert.match(bye.message.headers.get('to') ?? '', /tag=two/);
    peer.answer(bye, '200 OK');
    assert.equal(rig.room('demo').size, 1);
    await call.bye('one');
  });

  for (const status of ['202 Accepted', '299 Yes']) {
    it(`take ${status} for the answer that it is`, async function () {
      if (engineElsewhere()) this.skip();
      const id = dial();
      const call = await CalledPeer.by(peer);
      peer.answer(call.invite, status, [call.contact], takesAll(call.invite));
      await call.request('ACK');
      await tells(`joined ${id}`);
      // the ACK was lost
      peer.again();
      await call.request('ACK');
      rig.legs.at(-1)?.limit('video', 500);
      const again = await call.request('INVITE');
      peer.answer(again, status, [call.contact], takesAll(again, 2));
      await call.request('ACK');
      await rig.room('demo').remove(id, 'Anna');
      await call.ends();
    });
  }

  it('take the answer that came in a reliable 183', async () => {
    const id = dial();
    const call = await CalledPeer.by(peer);
    peer.answer(
      call.invite,
      '183 Session Progress',
      [call.contact, 'Require: 100rel', 'RSeq: 7', 'Content-Type: application/sdp'].slice(0, 3),
      takesAll(call.invite),
    );
    peer.answer(await call.request('PRACK'), '200 OK');
    await call.take('');
    await tells(`joined ${id}`);
    await call.bye();
  });

  it('hang up with the reason on an answer that cannot be used', async () => {
    const id = dial();
    const call = await CalledPeer.by(peer);
    await call.take('v=0\r\no=x 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n');
    assert.match((await call.ends()).text, /Reason: SIP;cause=488/);
    await waitUntil(() => rig.story('demo').at(-1)?.startsWith(`failed ${id} `) === true, 2000);
  });

  it('hang up when the room got full meanwhile', async () => {
    const id = dial();
    const call = await CalledPeer.by(peer);
    rig.room('demo').lock(true);
    await call.take();
    await call.ends();
    await waitUntil(() => rig.story('demo').at(-1)?.startsWith(`failed ${id} 403 room demo is locked`) === true, 2000);
  });

  it('survive a BYE right behind the answer', async () => {
    const id = dial();
    const call = await CalledPeer.by(peer);
    peer.answer(call.invite, '200 OK', [call.contact], takesAll(call.invite));
    await call.bye();
    await waitUntil(() => /^(left|failed)/.test(rig.story('demo').at(-1) ?? ''), 3000);
    assert.equal(rig.room('demo').participant(id), null);
  });

  it('change the session both ways afterwards', async () => {
    const id = dial();
    const call = await CalledPeer.by(peer);
    await call.take();
    await tells(`joined ${id}`);
    rig.legs.at(-1)?.limit('video', 500);
    const again = await call.request('INVITE');
    assert.equal(linesOf(again.text), 'audio sendrecv, video sendrecv, application, video sendrecv');
    peer.answer(again, '200 OK', [call.contact], takesAll(again, 2));
    await call.request('ACK');
    await call.bye();
  });

  it('reach a device at an address of the gateway itself by its port', async () => {
    await rig.close();
    rig = await startDialRig({ ownAddress: true });
    peer = await rig.peer();
    rig.story('demo');
    const id = dial();
    const call = await CalledPeer.by(peer);
    await call.take();
    await tells(`joined ${id}`);
    await call.bye();
    rig.dialOut.call(rig.room('demo'), { to: rig.uri('bob') });
    await waitUntil(() => /^failed 2 482 .*is an address of this gateway/.test(rig.story('demo').at(-1) ?? ''), 2000);
  });

  describe('to registered users', () => {
    const at = (one: SipPeer, instance: string | null = null, reachable = true): Binding => ({
      ...{ uri: addressOf(one), nextHop: null, transport: 'udp', address: '127.0.0.1', instance, reachable, q: 1000 },
    });

    it('ring every device; the first that answers wins and the others have missed nothing', async () => {
      const other = await rig.peer();
      rig.bindings.set('bob', [at(peer), at(other)]);
      const id = dial('user:bob');
      const [one, two] = [await CalledPeer.by(peer), await CalledPeer.by(other)];
      one.progress('180 Ringing');
      two.progress('180 Ringing');
      await tells(`rings ${id}`);
      await two.take();
      await tells(`joined ${id}`);
      const cancel = await one.request('CANCEL');
      assert.match(cancel.text, /Reason: SIP;cause=200;text="Call completed elsewhere"/);
      peer.answer(cancel, '200 OK');
      await one.refuse('487 Request Terminated');
      assert.equal(rig.room('demo').size, 1);
      await two.bye();
    });

    it('tell what the people said when nobody answers', async () => {
      const other = await rig.peer();
      rig.bindings.set('bob', [at(peer), at(other)]);
      const id = dial('user:bob');
      await (await CalledPeer.by(peer)).refuse('404 Not Found');
      await (await CalledPeer.by(other)).refuse('486 Busy Here');
      await tells(`failed ${id} 486 Busy Here`);
    });

    it('stop ringing everywhere when one declines for all', async () => {
      const other = await rig.peer();
      rig.bindings.set('bob', [at(peer), at(other)]);
      const id = dial('user:bob');
      const one = await CalledPeer.by(peer);
      one.progress('180 Ringing');
      await tells(`rings ${id}`);
      await (await CalledPeer.by(other)).refuse('603 Decline');
      await tells(`failed ${id} 603 Decline`);
      peer.answer(await one.request('CANCEL'), '200 OK');
      await one.refuse('487 Request Terminated');
    });

    it('ring the ones that are preferred, and the others when those do not answer', async () => {
      const [other, third] = [await rig.peer(), await rig.peer()];
      rig.bindings.set('bob', [at(peer), at(other), { ...at(third), q: 500 }]);
      const id = dial('user:bob');
      const [one, two] = [await CalledPeer.by(peer), await CalledPeer.by(other)];
      await one.refuse('486 Busy Here');
      assert.equal(third.seen.length, 0);
      await two.refuse('480 Temporarily Unavailable');
      const last = await CalledPeer.by(third);
      await last.take();
      await tells(`joined ${id}`);
      await last.bye();
    });

    it('try the other way of the same device only when the first one fails', async () => {
      const other = await rig.peer();
      rig.bindings.set('bob', [at(peer, 'urn:x'), at(other, 'urn:x')]);
      const id = dial('user:bob');
      const one = await CalledPeer.by(peer);
      assert.equal(other.seen.length, 0);
      await one.refuse('430 Flow Failed');
      const two = await CalledPeer.by(other);
      await two.take();
      await tells(`joined ${id}`);
      await two.bye();
    });

    it('say so when nobody is there, and when the connection of a browser is gone', async () => {
      dial('user:bob');
      await tells('failed 1 480 nobody is registered as bob');
      const browser = { ...at(peer), uri: 'sip:x@y.invalid;transport=ws', transport: 'wss' as const };
      // as after a restart of ours
      rig.bindings.set('bob', [{ ...browser, reachable: false }]);
      dial('user:bob');
      await tells('failed 2 430 the connection it registered by is gone');
      const nextHop = `sip:127.0.0.1:${peer.local.port};transport=wss`;
      rig.bindings.set('bob', [{ ...browser, nextHop }]);
      dial('user:bob');
      await tells('failed 3 430 the connection it registered by is gone');
    });

    it('say why a browser cannot be called where no media engine is', async () => {
      const nextHop = `sip:127.0.0.1:${peer.local.port};transport=udp`;
      rig.bindings.set('bob', [{ ...at(peer), nextHop, transport: 'wss' }]);
      dial('user:bob');
      // without an engine what devices take is offered, which a browser does not
      for (let n = 0; n < 3; n += 1) await (await CalledPeer.by(peer)).refuse('488 Not Acceptable Here');
      await tells('failed 1 503 encrypted media is not possible at the moment: not in this test');
    });

    it('ring the other devices of a user whose browser is gone', async () => {
      const browser = { ...at(peer), uri: 'sip:x@y.invalid;transport=ws', transport: 'ws' as const };
      rig.bindings.set('bob', [browser, at(peer)]);
      const id = dial('user:bob');
      const call = await CalledPeer.by(peer);
      await call.take();
      await tells(`joined ${id}`);
      await call.bye();
    });
  });
});
