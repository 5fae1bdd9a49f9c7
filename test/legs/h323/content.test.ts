import assert from 'node:assert/strict';
import { FakeLeg } from '../../support/fakes/fake-leg.js';
import {
  deviceSet,
  picture,
  settle,
  startH323Rig,
  type H323Rig,
  type Peer,
  type PeerOptions,
} from '../../support/h323-rig.js';

describe('content of an H.323 device (H.239)', () => {
  let rig: H323Rig;
  let other: FakeLeg;
  beforeEach(async () => {
    rig = await startH323Rig();
    other = new FakeLeg({ name: 'Other', content: 'sendrecv' });
  });
  afterEach(() => rig.nothingLeft());

  const enter = async (options: PeerOptions = {}): Promise<Peer> => {
    const peer = await (await rig.peer(options)).dial('meeting');
    await peer.send('audio');
    await peer.send('video');
    rig.room('meeting').join(other);
    await settle(rig.clock);
    return peer;
  };
  const holder = (): string | null => rig.room('meeting').describe().floor.holder?.name ?? null;
  const otherId = (): number =>
    rig
      .room('meeting')
      .describe()
      .participants.find(({ name }) => name === 'Other')!.id;
  const share = async (): Promise<void> => {
    rig.room('meeting').requestFloor(otherId());
    await settle(rig.clock);
  };
  const present = async (peer: Peer): Promise<void> => {
    peer.session?.token.take();
    await settle(rig.clock);
    await peer.send('content');
  };
  const routes = (): string[] => rig.plane.chains().map((chain) => chain.replace(/[0-9a-f]{12}/g, 'device'));
  const toOther = (): string[] => routes().filter((chain) => chain.endsWith(`${other.id}/content`));
  const toDevice = (): string[] => routes().filter((chain) => chain.endsWith('device/content'));

  it('the device presents: its token is the floor, and its slides go to the others', async () => {
    const peer = await enter();
    await present(peer);
    assert.deepEqual(peer.heard, ['token us']);
    assert.equal(holder(), 'Room System');
    assert.deepEqual(toOther(), [`device/content -> ${other.id}/content`]);
    peer.session?.token.release();
    await settle(rig.clock);
    assert.equal(holder(), null);
    assert.deepEqual(toOther(), []);
  });

  it('somebody else presents: the token is taken, a channel opened, and closed when it is over', async () => {
    const peer = await enter();
    await share();
    assert.deepEqual(peer.heard, ['token peer']);
    assert.deepEqual(peer.channels('in'), ['audio 1', 'video 2', 'content 32']);
    assert.deepEqual(toDevice(), [`${other.id}/content -> device/content`]);
    rig.room('meeting').releaseFloor(otherId());
    await settle(rig.clock);
    assert.deepEqual(peer.channels('in'), ['audio 1', 'video 2']);
    assert.deepEqual(peer.heard, ['token peer', 'token free']);
  });

  it('the device takes over: our channel is closed first', async () => {
    const peer = await enter();
    await share();
    await present(peer);
    assert.equal(holder(), 'Room System');
    assert.deepEqual(peer.channels('in'), ['audio 1', 'video 2']);
    assert.deepEqual(peer.channels('out'), ['audio 1', 'video 2', 'content 32']);
    assert.deepEqual(toOther(), [`device/content -> ${other.id}/content`]);
  });

  it('the device takes over while the slides of somebody else are on their way to it', async () => {
    for (const turns of [0, 1, 2, 3, 5]) {
      const peer = await enter();
      const told = peer.session?.on.on('tokenHolder', ({ holder }) => {
        told?.dispose();
        assert.equal(holder, 'peer');
        const wait = (rest: number): unknown =>
          rest === 0 ? peer.session?.token.take() : setImmediate(() => wait(rest - 1));
        wait(turns);
      });
      await share();
      await peer.send('content');
      await settle(rig.clock, 5000);
      assert.equal(holder(), 'Room System', `after ${turns} turns`);
      assert.deepEqual(peer.channels('in'), ['audio 1', 'video 2']);
      assert.deepEqual(toOther(), [`device/content -> ${other.id}/content`]);
      await peer.hangUp();
      await rig.room('meeting').remove(otherId(), 'the test');
      await settle(rig.clock);
      other = new FakeLeg({ name: 'Other', content: 'sendrecv' });
    }
  });

  it('somebody else takes over: the device loses the token, is asked to stop, and is sent the slides', async () => {
    const peer = await enter();
    await present(peer);
    await share();
    assert.equal(holder(), 'Other');
    // it acknowledged and goes on sending: it is asked to close its channel before ours is opened
    await settle(rig.clock, 400);
    assert.deepEqual(peer.channels('out'), ['audio 1', 'video 2']);
    assert.deepEqual(peer.channels('in'), ['audio 1', 'video 2', 'content 32']);
    assert.deepEqual(peer.heard, ['token us', 'token peer']);
    assert.deepEqual(toDevice(), [`${other.id}/content -> device/content`]);
  });

  it('back and forth, six times', async () => {
    const peer = await enter();
    for (let turn = 0; turn < 6; turn += 1) {
      await present(peer);
      assert.equal(holder(), 'Room System', `turn ${turn}`);
      assert.deepEqual(toOther(), [`device/content -> ${other.id}/content`]);
      await share();
      await settle(rig.clock, 2500);
      assert.equal(holder(), 'Other', `turn ${turn}`);
      assert.deepEqual(toDevice(), [`${other.id}/content -> device/content`]);
    }
  });

  it('a device that keeps its token sees the slides in its main picture', async () => {
    const peer = await enter({ onAsk: (ask) => ask.reject() });
    await share();
    await settle(rig.clock, 5000);
    assert.ok(routes().includes(`${other.id}/content -> device/video`), routes().join('\n'));
    assert.deepEqual(peer.channels('in'), ['audio 1', 'video 2']);
  });

  it('so does one that refuses the channel, and one without H.239', async () => {
    await enter({ refusesContent: true });
    await (await rig.peer({ set: deviceSet({ h239: false }) })).dial('meeting');
    await share();
    await settle(rig.clock, 5000);
    const inMain = routes().filter((chain) => chain === `${other.id}/content -> device/video`);
    assert.equal(inMain.length, 2, routes().join('\n'));
  });

  it('a moderator takes the floor from the device: its channel is closed', async () => {
    const peer = await enter();
    await present(peer);
    rig.room('meeting').moderateFloor('revoke', 'the chair');
    await settle(rig.clock, 2000);
    assert.equal(holder(), null);
    assert.deepEqual(peer.channels('out'), ['audio 1', 'video 2']);
    assert.equal(peer.session?.token.holder, null);
  });

  it('a device that closes its channel and keeps the token has stopped presenting', async () => {
    const peer = await enter();
    await present(peer);
    peer.channel('out', 'content').close();
    await settle(rig.clock, 1000);
    assert.equal(holder(), 'Room System');
    await settle(rig.clock, 1500);
    assert.equal(holder(), null);
  });

  it('where others decide, the device waits for the answer', async () => {
    rig.room('demo').setPolicy('ask-moderator');
    const peer = await (await rig.peer()).dial('demo');
    await peer.send('video');
    peer.session?.token.take();
    await settle(rig.clock);
    assert.deepEqual(peer.heard, []);
    rig.room('demo').moderateFloor('grant', 'the chair');
    await settle(rig.clock);
    assert.deepEqual(peer.heard, ['token us']);
    peer.session?.token.release();
    await settle(rig.clock);
    rig.room('demo').setPolicy('presenters-only');
    peer.session?.token.take();
    await settle(rig.clock);
    assert.deepEqual(peer.heard, ['token us', 'token free', 'refused rejected']);
  });

  it('a decision that comes late counts where the device asks again', async () => {
    const room = rig.room('demo');
    room.setPolicy('ask-moderator');
    const peer = await (await rig.peer()).dial('demo');
    await peer.send('video');
    const ask = async (): Promise<void> => {
      peer.session?.token.take();
      await settle(rig.clock);
    };
    const presents = (): string | null => room.describe().floor.holder?.name ?? null;
    const grantLate = async (): Promise<void> => {
      await ask();
      // a device waits for its answer no longer than that
      await settle(rig.clock, 8000);
      assert.equal(peer.heard.pop(), 'refused rejected');
      room.moderateFloor('grant', 'the chair');
      await settle(rig.clock, 1000);
      assert.equal(presents(), 'Room System');
    };
    // asked again it waits in its old place
    await ask();
    await settle(rig.clock, 8000);
    assert.equal(peer.heard.pop(), 'refused rejected');
    const [first] = room.describe().floor.waiting;
    await grantLate();
    assert.equal(room.describe().floor.holder?.id, first?.id);
    await ask();
    await peer.send('content');
    await settle(rig.clock, 20_000);
    assert.deepEqual([presents(), ...peer.heard], ['Room System', 'token us']);
    peer.session?.token.release();
    await settle(rig.clock);
    // one that does not ask has no content, and nobody waits for it for ever
    await grantLate();
    await settle(rig.clock, 27_000);
    assert.equal(presents(), 'Room System');
    await settle(rig.clock, 3000);
    assert.equal(presents(), null);
  });

  it('granted too late it may open its channel without the token, or lose the floor to somebody else', async () => {
    const room = rig.room('demo');
    room.setPolicy('ask-moderator');
    const peer = await (await rig.peer()).dial('demo');
    await peer.send('video');
    room.join(other);
    const grantLate = async (): Promise<void> => {
      peer.session?.token.take();
      await settle(rig.clock, 8500);
      room.moderateFloor('grant', 'the chair');
      await settle(rig.clock, 15_000);
      assert.equal(room.describe().floor.holder?.name, 'Room System');
    };
    await grantLate();
    await peer.send('content');
    await settle(rig.clock, 60_000);
    assert.deepEqual(toOther(), [`device/content -> ${other.id}/content`]);
    peer.channel('out', 'content').close();
    await settle(rig.clock, 3000);
    assert.equal(room.describe().floor.holder, null);
    await grantLate();
    room.setPolicy('latest-takes-over');
    room.requestFloor(room.describe().participants.find(({ name }) => name === 'Other')!.id);
    await settle(rig.clock);
    assert.equal(room.describe().floor.holder?.name, 'Other');
    assert.deepEqual(toDevice(), [`${other.id}/content -> device/content`]);
    await settle(rig.clock, 40_000);
    assert.equal(room.describe().floor.holder?.name, 'Other');
  });

  it('granted too late, asked again and without a channel it does not keep the floor', async () => {
    const room = rig.room('demo');
    room.setPolicy('ask-moderator');
    const peer = await (await rig.peer()).dial('demo');
    await peer.send('video');
    peer.session?.token.take();
    await settle(rig.clock, 8500);
    room.moderateFloor('grant', 'the chair');
    await settle(rig.clock, 10_000);
    peer.session?.token.take();
    await settle(rig.clock, 1000);
    assert.equal(peer.heard.at(-1), 'token us');
    await settle(rig.clock, 4000);
    assert.equal(room.describe().floor.holder, null);
  });

  it('a device that joins while somebody presents is shown it', async () => {
    rig.rooms.open('meeting').join(other);
    await share();
    const peer = await (await rig.peer()).dial('meeting');
    await settle(rig.clock);
    assert.deepEqual(peer.channels('in'), ['audio 1', 'video 2', 'content 32']);
    assert.deepEqual(toDevice(), [`${other.id}/content -> device/content`]);
  });

  it('the device takes no content any more, and again: its main picture shows the slides meanwhile', async () => {
    const peer = await enter();
    await share();
    assert.deepEqual(toDevice(), [`${other.id}/content -> device/content`]);
    peer.session?.changeCapabilities(deviceSet({ h239: false }));
    await settle(rig.clock);
    assert.deepEqual(peer.channels('in'), ['audio 1', 'video 2']);
    assert.deepEqual(toDevice(), []);
    assert.ok(routes().includes(`${other.id}/content -> device/video`), routes().join());
    peer.session?.changeCapabilities(deviceSet());
    await settle(rig.clock);
    assert.deepEqual(toDevice(), [`${other.id}/content -> device/content`]);
  });

  it('the device asks for a rate: it gets what is within our bound (flow control release)', async () => {
    const peer = await enter();
    await present(peer);
    const answers: boolean[] = [];
    peer.session?.on.on('rateAnswered', ({ accepted }) => answers.push(accepted));
    const ask = async (bps: number): Promise<void> => {
      peer.session?.requestRate(peer.channel('out', 'content'), bps);
      await settle(rig.clock);
    };
    await ask(2_000_000);
    rig.legs('meeting')[0]?.limit('content', 512);
    await settle(rig.clock);
    assert.ok(peer.heard.includes('rate 512000'));
    await ask(512_000);
    await ask(513_000);
    assert.deepEqual(answers, [true, true, false]);
    // another channel, another bound
    peer.channel('out', 'content').close();
    await peer.send('content');
    await ask(513_000);
    assert.deepEqual(answers, [true, true, false, true]);
  });

  it('the device stops the slides by flow control: it is asked to let them go on, once', async () => {
    const peer = await enter();
    const asked: number[] = [];
    peer.session?.on.on('rateAsked', ({ bps, accept }) => {
      asked.push(bps);
      accept();
    });
    await share();
    const slides = peer.channel('in', 'content');
    const [leg] = rig.legs('meeting');
    peer.session?.limit(slides, 256_000);
    await settle(rig.clock);
    assert.deepEqual([leg?.lines.content?.params?.maxKbps, asked], [256, []]);
    peer.session?.limit(slides, 0);
    await settle(rig.clock);
    assert.deepEqual([leg?.lines.content?.params?.direction, asked], ['inactive', [1_920_000]]);
    peer.session?.limit(slides, null);
    await settle(rig.clock);
    assert.deepEqual([leg?.lines.content?.params?.direction, asked], ['sendonly', [1_920_000]]);
    // of a main picture nothing like that is asked
    peer.session?.limit(peer.channel('in', 'video'), 0);
    await settle(rig.clock);
    assert.equal(asked.length, 1);
  });

  it("a second camera of the device (role live) is taken, and is nobody's slides", async () => {
    const peer = await enter();
    await peer.send('content', { kind: 'content', roles: { presentation: false, live: true }, video: [picture] });
    assert.deepEqual(peer.channels('out'), ['audio 1', 'video 2', 'content 32']);
    assert.equal(holder(), null);
    assert.deepEqual(toOther(), []);
    await share();
    // it has one channel of that kind: its camera makes room for the slides
    await settle(rig.clock, 500);
    assert.deepEqual(peer.heard, ['token peer']);
    assert.deepEqual(toDevice(), [`${other.id}/content -> device/content`]);
  });

  it('as slave of another MCU all of it is the same', async () => {
    const peer = await enter({ terminalType: 240 });
    assert.equal(peer.session?.role, 'master');
    await share();
    assert.deepEqual(peer.channels('in').length, 3);
    await present(peer);
    assert.equal(holder(), 'Room System');
    assert.deepEqual(toOther(), [`device/content -> ${other.id}/content`]);
  });
});
