import assert from 'node:assert/strict';
import { addressOf, CalledPeer, startDialRig, type DialRig } from '../../support/dial-rig.js';
import { describePeer } from '../../support/offers.js';
import type { RawCall } from '../../support/raw-call.js';
import type { SipPeer } from '../../support/sip-peer.js';
import { waitUntil } from '../../support/wait.js';

describe('REFER', () => {
  let rig: DialRig;
  let peer: SipPeer;
  beforeEach(async () => {
    rig = await startDialRig();
    peer = await rig.peer();
  });
  afterEach(async () => {
    await rig.nothingLeft();
    await rig.close();
  });

  const everything = describePeer({ content: 'sendrecv', floor: 'UDP' });
  const inRoom = async (user: string | null): Promise<RawCall> => {
    const call = await rig.call('demo', 'Anna');
    await call.invite(everything, user === null ? [] : [`X-User: ${user}`]);
    await waitUntil(() => rig.room('demo').size === 1, 2000);
    return call;
  };
  const refer = async (call: RawCall, to: string, extra: string[] = []): Promise<number> => {
    call.send('REFER', '', [`Refer-To: ${to}`, ...extra]);
    return Number((await call.final('REFER')).start.slice(8, 11));
  };
  const told = async (call: RawCall): Promise<string> => {
    const notify = await call.request('NOTIFY');
    call.peer.answer(notify, '200 OK');
    assert.match(notify.text, /Event: refer/);
    const state = notify.message.headers.get('subscription-state') ?? '';
    return `${notify.message.body.toString().trim()} ${state.replace(/;.*/, '')}`;
  };

  it('dials nothing for who showed no password, wherever it leads', async () => {
    const call = await inRoom(null);
    const { port } = peer.local;
    for (const to of [
      `<${addressOf(peer)}>`,
      '<sip:echo@gateway.example>',
      '<tel:+4930>',
      `<sip:x@gateway.example?Route=%3Csip:127.0.0.1:${port}%3E>`,
      `<sip:x@gateway.example;method=INVITE>`,
    ]) {
      assert.equal(await refer(call, to), 403, to);
    }
    assert.equal(rig.room('demo').size, 1);
    await call.bye();
    assert.equal(peer.seen.length, 0);
    assert.equal(rig.metrics.counted('dualstream_dialled_calls_total'), 0);
  });

  it('is not taken outside a call', async () => {
    const call = await rig.call('demo', 'Anna');
    assert.equal(await refer(call, `<${addressOf(peer)}>`, ['X-User: boss']), 405);
    assert.equal(peer.seen.length, 0);
  });

  it('has no more to say with a password than the rules of dial-out', async () => {
    const call = await inRoom('anna');
    assert.equal(await refer(call, `<${addressOf(peer)}>`), 403, 'a participant calls nobody');
    await call.bye();
    const boss = await inRoom('boss');
    assert.equal(await refer(boss, '<sip:x@192.0.2.1>'), 202);
    assert.match(await told(boss), /^SIP\/2.0 100 Trying active$/);
    assert.match(await told(boss), /^SIP\/2.0 403 .*sip.dialOut.targets.* terminated$/);
    assert.equal(await refer(boss, `<${addressOf(peer)}?Replaces=x%3Bto-tag%3D1%3Bfrom-tag%3D2>`), 403);
    assert.equal(await refer(boss, 'nonsense'), 404);
    assert.equal(peer.seen.length, 0);
    await boss.bye();
  });

  it('has the room call whom a moderator may have called, and tells how it went', async () => {
    const boss = await inRoom('boss');
    assert.equal(await refer(boss, `<${addressOf(peer)}>`), 202);
    assert.match(await told(boss), /100 Trying active$/);
    const called = await CalledPeer.by(peer);
    await called.take();
    assert.match(await told(boss), /200 OK terminated$/);
    assert.equal(rig.room('demo').size, 2);
    assert.equal(await refer(boss, `<${addressOf(peer)}>`, ['Refer-Sub: false']), 202);
    await (await CalledPeer.by(peer)).refuse('486 Busy Here');
    await waitUntil(() => rig.room('demo').calls.size === 0, 2000);
    assert.equal(boss.requested('NOTIFY'), 2);
    await called.bye();
    await boss.bye();
  });

  it('takes a user to another room of ours, with floor and pictures', async () => {
    const call = await inRoom('anna');
    const other = await rig.call('echo2', 'Berta');
    await other.invite(everything);
    assert.equal(await refer(call, '<sip:echo2@gateway.example>'), 202);
    assert.match(await told(call), /100 Trying active$/);
    assert.match(await told(call), /200 OK terminated$/);
    assert.deepEqual([rig.room('demo').size, rig.room('echo2').size], [0, 2]);
    await waitUntil(() => rig.plane.chains().length === 2, 2000);
    assert.equal(await refer(call, '<sip:board@gateway.example>'), 403, 'a room with a PIN');
    assert.equal(await refer(call, '<sip:nowhere@gateway.example>'), 404);
    assert.equal(rig.room('echo2').size, 2);
    await call.bye();
    await other.bye();
  });

  it('takes the roster of the room along, and no plain call to where encryption is required', async () => {
    const call = await inRoom('anna');
    call.send('SUBSCRIBE', '', ['Event: conference']);
    assert.match((await call.final('SUBSCRIBE')).start, / 200 /);
    call.peer.answer(await call.request('NOTIFY'), '200 OK');
    Object.assign(rig.room('vault').settings, { srtp: 'required' });
    assert.equal(await refer(call, '<sip:vault@gateway.example>'), 488);
    assert.equal(rig.room('demo').size, 1);
    assert.equal(await refer(call, '<sip:echo2@gateway.example>', ['Refer-Sub: false']), 202);
    const last = await call.request('NOTIFY');
    call.peer.answer(last, '200 OK');
    assert.equal(last.message.headers.get('subscription-state'), 'terminated;reason=noresource');
    call.send('SUBSCRIBE', '', ['Event: conference']);
    const again = await call.final('SUBSCRIBE');
    assert.match(again.message.headers.get('contact') ?? '', /^<sip:echo2@.*>;isfocus$/);
    call.peer.answer(await call.request('NOTIFY'), '200 OK');
    await call.bye();
  });
});
