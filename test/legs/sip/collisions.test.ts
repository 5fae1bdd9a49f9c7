import assert from 'node:assert/strict';
import { describePeer, linesOf } from '../../support/offers.js';
import type { RawCall } from '../../support/raw-call.js';
import type { Seen } from '../../support/sip-peer.js';
import { startSipRig, type SipRig } from '../../support/sip-rig.js';
import { waitUntil } from '../../support/wait.js';

/** A device that has floor control and gets its content line by our re-INVITE. */
const group = { floor: 'UDP' } as const;
const opened = { floor: 'UDP', content: 'sendrecv' } as const;
const openedLines = 'audio sendrecv, video sendrecv, application, video sendrecv';

describe('changes of both sides at once', () => {
  let rig: SipRig;
  let presenter: RawCall;
  let device: RawCall;
  before(async () => (rig = await startSipRig()));
  after(() => rig.close());

  beforeEach(async () => {
    presenter = await rig.call('demo', 'Anna');
    await presenter.invite(describePeer(opened));
    device = await rig.call('demo', 'Group');
    await device.invite(describePeer(group));
    await device.settled();
  });
  afterEach(async () => {
    await presenter.bye();
    await rig.nothingLeft();
  });

  /** Anna presents, so that the device is offered a content line; resolves with that offer. */
  const offered = (): Promise<Seen> => {
    present();
    return device.request('INVITE');
  };
  const present = (): void => {
    const room = rig.room('demo');
    const anna = room.describe().participants.find(({ name }) => name === 'Anna');
    room.requestFloor(anna?.id ?? 0);
  };
  const release = (): void => {
    const room = rig.room('demo');
    room.releaseFloor(room.describe().floor.holder?.who ?? 0);
  };
  const accept = async (offer: Seen, version: number): Promise<void> => {
    assert.equal(linesOf(offer.message.body.toString()), openedLines);
    const answer = describePeer({ ...opened, version });
    device.peer.answer(offer, '200 OK', [`Contact: ${device.contact}`], answer);
    await device.request('ACK');
  };
  /** How the device is described in the roster. */
  const contentOf = (): string | undefined =>
    rig
      .room('demo')
      .describe()
      .participants.find(({ name }) => name === 'Group')?.content;
  const shown = (): Promise<void> =>
    waitUntil(
      () => rig.plane.chains().some((chain) => /content -> .*content/.test(chain)),
      2000,
      () => rig.plane.chains().join('\n'),
    );

  it('opens the content line, closes nothing when sharing ends, and does not ask twice', async () => {
    await accept(await offered(), 2);
    await shown();
    release();
    present();
    await shown();
    await device.settled();
    assert.equal(device.requested('INVITE'), 1);
    await device.bye();
  });

  it('takes the 200 behind a 180 to its change', async () => {
    const offer = await offered();
    device.peer.answer(offer, '180 Ringing', [`Contact: ${device.contact}`]);
    await accept(offer, 2);
    await shown();
    release();
    await device.bye();
  });

  it('answers 491 to a change of the device that crosses ours, and takes its retry', async () => {
    const ours = await offered();
    device.send('INVITE', describePeer({ ...group, version: 2 }));
    const refused = await device.peer.expect('SIP/2.0 491');
    assert.ok(refused.text.includes(device.id));
    await accept(ours, 3);
    await shown();
    await device.invite(describePeer({ ...opened, version: 4, video: 'inactive' }));
    assert.match(linesOf(device.sdp), /^audio sendrecv, video inactive, /);
    await device.bye();
  });

  it('lets the change of the device go first after 491 to ours, then tries again at once', async () => {
    const ours = await offered();
    device.peer.answer(ours, '491 Request Pending');
    await device.request('ACK');
    await device.invite(describePeer({ ...group, version: 2, audio: 'sendonly' }));
    assert.match(linesOf(device.sdp), /^audio recvonly/);
    await accept(await device.request('INVITE'), 3);
    await shown();
    await device.bye();
  });

  it('tries again by itself when the device that said 491 does not come', async () => {
    const ours = await offered();
    device.peer.answer(ours, '491 Request Pending');
    await device.request('ACK');
    // when exactly is chance, and tested in glare.test.ts
    await device.settled();
    rig.clock.skip(6001);
    await accept(await device.request('INVITE'), 2);
    await shown();
    await device.bye();
  });

  it('gives up after the third 491, and asks again when the next one presents', async () => {
    let offer = await offered();
    for (let turn = 1; turn <= 3; turn += 1) {
      device.peer.answer(offer, '491 Request Pending');
      await device.request('ACK');
      await device.settled();
      rig.clock.skip(6001);
      if (turn < 3) offer = await device.request('INVITE');
    }
    await device.settled();
    assert.equal(device.requested('INVITE'), 3);
    assert.deepEqual([...rig.plane.lines.keys()].filter((id) => id.endsWith('/content')).length, 1);
    release();
    await accept(await offered(), 2);
    await device.bye();
  });

  it('shows content in the main picture of a device that says 488, and never asks again', async () => {
    const ours = await offered();
    device.peer.answer(ours, '488 Not Acceptable Here');
    await device.request('ACK');
    await waitUntil(() => rig.plane.chains().some((chain) => /content -> .*video/.test(chain)), 2000);
    assert.equal(contentOf(), 'in-main');
    release();
    present();
    await device.settled();
    assert.equal(device.requested('INVITE'), 1);
    assert.equal(rig.plane.lines.size, 5);
    await device.bye();
  });

  it('shows content in the main picture of a device that takes the offer but not the line', async () => {
    const ours = await offered();
    const answer = describePeer({ ...group, version: 2 }) + 'm=video 0 RTP/AVP 97\r\n';
    device.peer.answer(ours, '200 OK', [`Contact: ${device.contact}`], answer);
    await waitUntil(() => contentOf() === 'in-main', 2000);
    assert.equal(rig.plane.lines.size, 5);
    await device.bye();
  });

  it('asks a device in trouble again at the next share', async () => {
    const ours = await offered();
    device.peer.answer(ours, '500 Server Internal Error');
    await device.request('ACK');
    await waitUntil(() => rig.plane.chains().some((chain) => /content -> .*video/.test(chain)), 2000);
    release();
    await accept(await offered(), 2);
    await shown();
    await device.bye();
  });

  it('goes back to what was on an answer that cannot be used', async () => {
    const ours = await offered();
    device.peer.answer(ours, '200 OK', [`Contact: ${device.contact}`], 'v=0\r\nnonsense\r\n');
    await waitUntil(() => contentOf() === 'in-main', 2000);
    assert.equal(rig.plane.lines.size, 5);
    await device.bye();
  });

  it('ends when the device hangs up during our change', async () => {
    const ours = await offered();
    await device.bye();
    device.peer.answer(ours, '487 Request Terminated');
    await waitUntil(() => rig.room('demo').size === 1, 2000);
  });

  it('ends when the device takes our change after it hung up', async () => {
    const ours = await offered();
    await device.bye();
    device.peer.answer(ours, '200 OK', [`Contact: ${device.contact}`], describePeer({ ...opened, version: 2 }));
    await device.request('ACK');
    await waitUntil(() => rig.plane.lines.size === 3, 2000);
  });

  it('ends when our change finds no dialog there', async () => {
    const ours = await offered();
    device.peer.answer(ours, '481 Call/Transaction Does Not Exist');
    await device.request('ACK');
    device.peer.answer(await device.request('BYE'), '481 Call/Transaction Does Not Exist');
    await waitUntil(() => rig.room('demo').size === 1, 2000);
  });

  it('cancels its change and hangs up when the device is put out meanwhile', async () => {
    const ours = await offered();
    const room = rig.room('demo');
    const seat = room.describe().participants.find(({ name }) => name === 'Group');
    const gone = room.remove(seat?.id ?? 0, 'a test');
    device.peer.answer(await device.request('BYE'), '200 OK');
    device.peer.answer(ours, '487 Request Terminated');
    await gone;
  });

  it('ends when the device answers nothing any more', async () => {
    await offered();
    rig.sipClock.skip(33_000);
    await waitUntil(() => rig.room('demo').size === 1, 2000);
    rig.sipClock.skip(33_000);
  });

  it('frees everything when the device hangs up while its own change is worked on', async () => {
    let open: () => void = () => undefined;
    rig.plane.gate = new Promise((resolve) => (open = resolve));
    device.send('INVITE', describePeer({ ...opened, version: 2 }));
    await device.bye();
    open();
    rig.plane.gate = Promise.resolve();
    await waitUntil(() => rig.plane.lines.size === 3, 2000);
  });
});
