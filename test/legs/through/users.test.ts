import assert from 'node:assert/strict';
import type { Binding } from '../../../src/legs/sip/dialer.js';
import { UserDialer } from '../../../src/legs/through/user-dialer.js';
import type { Dialling, DialRequest } from '../../../src/rooms/dialer.js';
import type { Leg } from '../../../src/rooms/leg.js';
import type { Participant } from '../../../src/rooms/participant.js';
import { addressOf, CalledPeer } from '../../support/dial-rig.js';
import type { Peer } from '../../support/h323-rig.js';
import { describePeer } from '../../support/offers.js';
import type { SipPeer } from '../../support/sip-peer.js';
import { startThroughRig, type ThroughRig } from '../../support/through-rig.js';
import { waitUntil } from '../../support/wait.js';

describe('a user with devices of SIP and of H.323', () => {
  let rig: ThroughRig;
  let device: Peer;
  let phone: SipPeer;
  beforeEach(async () => {
    rig = await startThroughRig();
    device = await rig.device();
    phone = await rig.peer();
    await rig.registerAlice(device);
    rig.story('demo');
  });
  afterEach(async () => {
    await rig.nothingLeft();
    await rig.close();
  });

  const registerPhone = (name = 'alice'): void => {
    const way: Binding = {
      ...{ uri: addressOf(phone), nextHop: null, transport: 'udp', address: '127.0.0.1' },
      ...{ instance: null, reachable: true, q: 1000 },
    };
    rig.bindings.set(name, [way]);
  };
  const dial = (to = 'user:alice'): number => rig.dialOut.call(rig.room('demo'), { to, name: 'Alice' });
  const alerting = (one = device): Promise<void> => waitUntil(() => one.call?.state === 'alerting', 3000);
  const tells = (last: string): Promise<void> =>
    waitUntil(
      () => rig.story('demo').at(-1) === last,
      3000,
      () => rig.story('demo').join(', '),
    );

  it('is called at all of them; SIP answers first, and the others are told that it was elsewhere', async () => {
    registerPhone();
    const id = dial();
    const call = await CalledPeer.by(phone);
    await alerting();
    await tells(`rings ${id}`);
    await call.take();
    await tells(`joined ${id}`);
    await waitUntil(() => device.released !== null, 2000);
    assert.equal(device.released?.cause, 26);
    assert.equal(rig.room('demo').size, 1);
    await call.bye();
  });

  it('is called at all of them; H.323 answers first, and phones have missed nothing', async () => {
    registerPhone();
    const id = dial();
    const call = await CalledPeer.by(phone);
    call.progress('180 Ringing');
    await alerting();
    await device.answer();
    await tells(`joined ${id}`);
    const cancel = await call.request('CANCEL');
    assert.match(cancel.text, /Reason: SIP;cause=200;text="Call completed elsewhere"/);
    phone.answer(cancel, '200 OK');
    await call.refuse('487 Request Terminated');
    assert.equal(rig.room('demo').size, 1);
    await device.hangUp();
  });

  it('is found by an alias, with devices of H.323 alone, each of which rings', async () => {
    const other = await rig.device();
    await rig.registerAlice(other, '1001');
    dial('user:1001');
    await Promise.all([alerting(), alerting(other)]);
    await other.answer();
    await waitUntil(() => device.released?.cause === 26, 2000);
    assert.equal(rig.room('demo').size, 1);
    await other.hangUp();
  });

  it('says what people said when nobody takes the call', async () => {
    const id = dial();
    await alerting();
    device.call?.release({ cause: 17 });
    await tells(`failed ${id} 486 ended by the peer`);
    registerPhone();
    const again = dial();
    await alerting();
    await (await CalledPeer.by(phone)).refuse('603 Decline');
    await tells(`failed ${again} 603 Decline`);
    await waitUntil(() => device.released?.cause === 26, 2000);
  });

  it('has one seat, whoever else answers in the same moment', async () => {
    const dialled: { seat: () => void; done: () => void }[] = [];
    const lost: string[] = [];
    const dialer = (name: string) => ({
      schemes: ['user'],
      dial: (request: DialRequest): Dialling => ({
        done: new Promise((done) => dialled.push({ seat: () => request.seat({} as Leg), done })),
        cancel: () => assert.fail('lost, not given up'),
        lose: () => lost.push(name),
      }),
    });
    const [one, other] = [dialer('one'), dialer('other')];
    let seats = 0;
    const seat = (): Participant => {
      seats += 1;
      return {} as Participant;
    };
    const users = new UserDialer(one, () => Promise.resolve([(request) => other.dial(request)]));
    const { done } = users.dial({ to: 'user:alice', room: rig.room('demo'), seat, ringing: () => undefined });
    await waitUntil(() => dialled.length === 2, 1000);
    dialled[1]?.seat();
    assert.throws(() => dialled[0]?.seat(), /answered elsewhere/);
    for (const branch of dialled) branch.done();
    await done;
    assert.deepEqual([seats, lost], [1, ['one']]);
  });

  it('stops ringing everywhere when the room gives up', async () => {
    registerPhone();
    const id = dial();
    const call = await CalledPeer.by(phone);
    call.progress('180 Ringing');
    await alerting();
    assert.ok(rig.room('demo').calls.cancel(id, { kind: 'left' }));
    phone.answer(await call.request('CANCEL'), '200 OK');
    await call.refuse('487 Request Terminated');
    await waitUntil(() => device.released?.cause === 16, 2000);
    await tells(`failed ${id} 487 given up`);
  });

  it('is nobody without a password: devices by their network are not a user’s', async () => {
    const id = dial('user:bob');
    await tells(`failed ${id} 480 nobody is registered as bob`);
    const carol = await rig.device();
    await rig.registerAlice(carol, 'carol');
    dial();
    await alerting();
    assert.equal(carol.call, null);
    await device.answer();
    await device.hangUp();
  });

  it('is called from SIP by the dial plan, but not in the clear for who wants sips', async () => {
    const wary = await rig.call('x');
    const sips = Object.assign(wary, { uri: 'sips:8alice@127.0.0.1' });
    sips.send('INVITE', describePeer({}));
    assert.match((await sips.final('INVITE')).start, / 480 /);
    assert.equal(device.call, null);
    const near = await rig.call('8alice', 'Anna');
    near.send('INVITE', describePeer({}));
    await alerting();
    await device.answer();
    assert.match((await near.final('INVITE')).start, / 200 /);
    near.ack();
    await device.hangUp();
    near.peer.answer(await near.request('BYE'), '200 OK');
  });
});
