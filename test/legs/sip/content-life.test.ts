import assert from 'node:assert/strict';
import { describePeer, linesOf, type Described } from '../../support/offers.js';
import type { RawCall } from '../../support/raw-call.js';
import type { Seen } from '../../support/sip-peer.js';
import { startSipRig, type SipRig } from '../../support/sip-rig.js';
import { waitUntil } from '../../support/wait.js';

const sharing = { content: 'sendrecv', floor: 'UDP' } as const;

describe('the life of a content line', () => {
  let rig: SipRig;
  let anna: RawCall;
  let device: RawCall;
  /** Version of the device's last description. */
  let version: number;
  before(async () => (rig = await startSipRig()));
  after(() => rig.close());
  beforeEach(async () => {
    anna = await rig.call('demo', 'Anna');
    await anna.invite(describePeer(sharing));
  });
  afterEach(async () => {
    await Promise.all([anna.bye(), device.bye()]);
    await rig.nothingLeft();
  });

  const joins = async (what: Described): Promise<void> => {
    device = await rig.call('demo', 'Device');
    version = 1;
    await device.invite(describePeer(what));
    await device.settled();
  };
  const change = async (what: Described): Promise<void> => {
    await device.invite(describePeer({ ...what, version: ++version }));
  };
  const idOf = (name: string): number =>
    rig
      .room('demo')
      .describe()
      .participants.find((one) => one.name === name)?.id ?? 0;
  const presents = (name: string): void => {
    rig.room('demo').requestFloor(idOf(name));
  };
  const stops = (): void => {
    rig.room('demo').releaseFloor(rig.room('demo').describe().floor.holder?.who ?? 0);
  };
  const seen = (): { main: string | undefined; content: string | undefined; how: string | undefined } => {
    const one = rig
      .room('demo')
      .describe()
      .participants.find(({ name }) => name === 'Device');
    return { main: one?.sees.main?.what, content: one?.sees.content?.what, how: one?.content };
  };
  const sees = (line: 'main' | 'content' | 'nothing'): Promise<void> =>
    waitUntil(
      () => {
        const { main, content } = seen();
        if (line === 'nothing') return main !== 'content' && content === undefined;
        return line === 'main' ? main === 'content' && content === undefined : content === 'content';
      },
      2000,
      () => JSON.stringify(seen()),
    );
  const accept = async (offer: Seen, what: Described): Promise<void> => {
    const answer = describePeer({ ...what, version: ++version });
    device.peer.answer(offer, '200 OK', [`Contact: ${device.contact}`], answer);
    await device.request('ACK');
  };
  const portOf = (sdp: string): string | undefined => /^m=video (\d+) [^]*?a=content:slides/m.exec(lastVideo(sdp))?.[1];

  it('a line that is offered inactive is turned on when there is content, on the same port, and once', async () => {
    await joins({ floor: 'UDP', content: 'inactive' });
    assert.equal(linesOf(device.sdp), 'audio sendrecv, video sendrecv, application, video inactive');
    const port = portOf(device.sdp);
    presents('Anna');
    const offer = await device.request('INVITE');
    const body = offer.message.body.toString();
    assert.equal(linesOf(body), 'audio sendrecv, video sendrecv, application, video sendrecv');
    assert.equal(portOf(body), port, 'a change of direction only');
    await accept(offer, sharing);
    await sees('content');
    stops();
    presents('Anna');
    await sees('content');
    await device.settled();
    assert.equal(device.requested('INVITE'), 1);
  });

  it('without floor control it is turned on for watching', async () => {
    await joins({ content: 'inactive' });
    presents('Anna');
    const offer = await device.request('INVITE');
    assert.equal(linesOf(offer.message.body.toString()), 'audio sendrecv, video sendrecv, video sendonly');
    await accept(offer, { content: 'recvonly' });
    await sees('content');
  });

  for (const [how, answer] of [
    ['488', null],
    ['an answer that leaves it inactive', { floor: 'UDP', content: 'inactive' }],
  ] as const) {
    it(`${how} puts content into the main picture for good, until the device opens the line itself`, async () => {
      await joins({ floor: 'UDP', content: 'inactive' });
      presents('Anna');
      const offer = await device.request('INVITE');
      if (answer) await accept(offer, answer);
      else {
        device.peer.answer(offer, '488 Not Acceptable Here');
        await device.request('ACK');
      }
      await sees('main');
      assert.equal(seen().how, 'in-main');
      stops();
      presents('Anna');
      await sees('main');
      await device.settled();
      assert.equal(device.requested('INVITE'), 1, 'no second time');
      await change(sharing);
      await sees('content');
      assert.equal(seen().how, 'separate');
    });
  }

  it('a call on hold is not asked, and sees the content as soon as it is taken up again', async () => {
    await joins(sharing);
    presents('Anna');
    await sees('content');
    await change({ floor: 'UDP', audio: 'inactive', video: 'inactive', content: 'inactive' });
    await sees('nothing');
    stops();
    presents('Anna');
    await device.settled();
    assert.equal(device.requested('INVITE'), 0);
    await change(sharing);
    await sees('content');
  });

  it('a presenter on hold keeps the floor, its last picture stays, and it goes on when it is back', async () => {
    await joins(sharing);
    presents('Device');
    const held = { floor: 'UDP', audio: 'sendonly', video: 'sendonly', content: 'inactive' } as const;
    await change(held);
    assert.equal(rig.room('demo').describe().floor.holder?.name, 'Device');
    assert.equal(contentRoutes(rig).length, 1);
    assert.equal(rig.room('demo').describe().floor.holder?.paused, true);
    await change(sharing);
    await waitUntil(() => rig.room('demo').describe().floor.holder?.paused === false, 2000);
    assert.equal(contentRoutes(rig).length, 1);
  });

  it('a line that the device takes away is not forced on it; content is in its main picture', async () => {
    await joins(sharing);
    presents('Anna');
    await sees('content');
    await change({ floor: 'UDP' });
    await sees('main');
    stops();
    presents('Anna');
    await sees('main');
    await device.settled();
    assert.equal(device.requested('INVITE'), 0);
    await change(sharing);
    await sees('content');
  });

  it('floor control and content on port 0, and back, twice', async () => {
    await joins(sharing);
    presents('Anna');
    for (let turn = 1; turn <= 2; turn += 1) {
      const off = describePeer({ ...sharing, floorPort: 0, version: ++version });
      await device.invite(off.replace('m=video 40004', 'm=video 0'));
      assert.equal(linesOf(device.sdp), 'audio sendrecv, video sendrecv, application 0, video 0');
      await sees('main');
      await change(sharing);
      assert.equal(linesOf(device.sdp), 'audio sendrecv, video sendrecv, application, video sendrecv');
      await sees('content');
    }
    assert.equal(rig.room('demo').describe().floor.holder?.name, 'Anna', 'another one is not touched');
  });

  it('one that took it away is asked for it when it wants to present itself', async () => {
    await joins(sharing);
    await change({ floor: 'UDP' });
    presents('Device');
    const offer = await device.request('INVITE');
    assert.match(linesOf(offer.message.body.toString()), /, video sendrecv$/);
    await accept(offer, sharing);
    await waitUntil(() => contentRoutes(rig).length === 1, 2000);
  });

  it('one that refuses the line that it needs to present does not keep the floor', async () => {
    await joins({ floor: 'UDP' });
    presents('Device');
    const offer = await device.request('INVITE');
    assert.equal(rig.room('demo').describe().floor.holder?.name, 'Device');
    device.peer.answer(offer, '488 Not Acceptable Here');
    await device.request('ACK');
    await waitUntil(() => rig.room('demo').describe().floor.holder === null, 2000);
    presents('Anna');
    await sees('main');
  });

  it('a device that changes the session at every change of the floor is not answered with changes of ours', async () => {
    await joins({ floor: 'UDP', content: 'inactive' });
    for (let turn = 1; turn <= 5; turn += 1) {
      // both at once: ours is on its way when the device's comes
      presents('Anna');
      const ours = await device.request('INVITE');
      device.send('INVITE', describePeer({ ...sharing, version: ++version }));
      await device.peer.expect('SIP/2.0 491', (one) => one.text.includes(`CSeq: ${device.n} INVITE`));
      device.peer.answer(ours, '491 Request Pending');
      await device.request('ACK');
      // the gateway knows of the refusal before the device tries again
      await device.settled();
      await change(sharing);
      await sees('content');
      stops();
      await change({ floor: 'UDP', content: 'inactive' });
      await sees('nothing');
      await device.settled();
      rig.clock.skip(6001);
      await device.settled();
      assert.equal(device.requested('INVITE'), turn, 'what the device did itself is not done again');
    }
  });
});

function lastVideo(sdp: string): string {
  return sdp.split(/^(?=m=)/m).findLast((section) => section.startsWith('m=video')) ?? '';
}

function contentRoutes({ plane }: SipRig): string[] {
  return plane.chains().filter((chain) => /content -> .*content/.test(chain));
}
