import assert from 'node:assert/strict';
import type { FloorTicketSnapshot } from '../../src/services/api/contract.js';
import { DeviceError } from '../../src/web/errors.js';
import type { Floor, FloorAnswer } from '../../src/web/floor.js';
import { Sharing, type SharingTools } from '../../src/web/sharing.js';

class FakeTrack extends EventTarget {
  live = true;
  constructor(readonly kind: 'video' | 'audio') {
    super();
  }
  stop(): void {
    this.live = false;
  }
}

class FakeStream {
  readonly tracks: FakeTrack[];
  constructor(...kinds: ('video' | 'audio')[]) {
    this.tracks = kinds.map((kind) => new FakeTrack(kind));
  }
  getTracks = (): FakeTrack[] => this.tracks;
  getVideoTracks = (): FakeTrack[] => this.tracks.filter(({ kind }) => kind === 'video');
  getAudioTracks = (): FakeTrack[] => this.tracks.filter(({ kind }) => kind === 'audio');
  get live(): boolean {
    return this.tracks.some(({ live }) => live);
  }
}

const ticket = (who: number, name: string): FloorTicketSnapshot => ({
  id: 1,
  who,
  name,
  state: 'granted',
  position: 0,
});

/** A sharing of participant 1 whose floor and screen the test decides; `log` tells what it did. */
class Bench {
  readonly log: string[] = [];
  screen: FakeStream = new FakeStream('video');
  holder: FloorTicketSnapshot | null = null;
  answer: FloorAnswer = 'granted';
  chosen: Promise<void> = Promise.resolve();
  floor = true;
  readonly sharing: Sharing;

  constructor() {
    const floor = {
      request: () => {
        this.log.push('ask');
        return Promise.resolve(this.answer);
      },
      release: () => void this.log.push('release'),
    };
    const tools: SharingTools = {
      openScreen: async () => {
        await this.chosen;
        return this.screen as unknown as MediaStream;
      },
      mix: () => {
        const track = { id: 'mix' } as MediaStreamTrack;
        return {
          track,
          replaceMicrophone: () => void this.log.push('microphone'),
          close: () => void this.log.push('unmix'),
        };
      },
      floor: () => (this.floor ? (floor as unknown as Floor) : null),
      holder: () => this.holder,
      ownId: () => 1,
      microphone: () => null,
      present: (track) => Promise.resolve(void this.log.push(track ? 'show' : 'hide')),
      sound: (track) => void this.log.push(track ? 'mixed sound' : 'own sound'),
      changed: (state, notice) => void this.log.push(notice ? `${state}: ${notice.word}` : state),
    };
    this.sharing = new Sharing(tools);
  }

  /** What was done since the last call. */
  done(): string[] {
    return this.log.splice(0);
  }
}

describe('a share of the page', () => {
  it('takes the screen first, then the floor, then shows the picture', async () => {
    const bench = new Bench();
    await bench.sharing.start();
    assert.deepEqual(bench.done(), ['asking', 'ask', 'show', 'yes']);
    bench.sharing.stop();
    assert.deepEqual(bench.done(), ['release', 'hide', 'no']);
    assert.ok(!bench.screen.live);
  });

  it('mixes the sound of the share in and takes it out again', async () => {
    const bench = new Bench();
    bench.screen = new FakeStream('video', 'audio');
    await bench.sharing.start();
    assert.ok(bench.sharing.withSound);
    bench.sharing.microphoneChanged();
    bench.sharing.stop();
    assert.ok(!bench.sharing.withSound);
    assert.deepEqual(
      bench.done().filter((word) => /sound|mi/.test(word)),
      ['mixed sound', 'microphone', 'unmix', 'own sound'],
    );
  });

  it('waits where a moderator decides, and takes yes or no', async () => {
    const bench = new Bench();
    bench.answer = 'waiting';
    await bench.sharing.start();
    assert.deepEqual(bench.done(), ['asking', 'ask', 'asking: waitingFloor']);
    bench.sharing.granted();
    await Promise.resolve();
    assert.deepEqual(bench.done(), ['show', 'yes']);
    const other = new Bench();
    other.answer = 'waiting';
    await other.sharing.start();
    other.sharing.denied();
    assert.deepEqual(other.done().at(-1), 'no: floorDenied');
    assert.ok(!other.screen.live);
  });

  it('stops the capture when the floor is refused or out of reach', async () => {
    for (const [answer, word] of [
      ['denied', 'floorDenied'],
      ['unavailable', 'floorUnavailable'],
    ] as const) {
      const bench = new Bench();
      bench.answer = answer;
      await bench.sharing.start();
      assert.equal(bench.done().at(-1), `no: ${word}`);
      assert.ok(!bench.screen.live);
    }
    const without = new Bench();
    without.floor = false;
    await without.sharing.start();
    assert.equal(without.done().at(-1), 'no: floorUnavailable');
  });

  it('says what is wrong when no screen can be had', async () => {
    const bench = new Bench();
    bench.chosen = Promise.reject(new DeviceError('denied', 'screen'));
    await bench.sharing.start();
    assert.deepEqual(bench.done(), ['asking', 'hide', 'no: screen_denied']);
  });

  it('does not begin when the person thought better of it while choosing', async () => {
    const bench = new Bench();
    let choose = (): void => undefined;
    bench.chosen = new Promise((resolve) => (choose = resolve));
    const starting = bench.sharing.start();
    await bench.sharing.start();
    bench.sharing.stop();
    choose();
    await starting;
    assert.ok(!bench.log.includes('ask'));
    assert.ok(!bench.screen.live);
  });

  it('gives the floor back that comes when there is nothing to show any more', () => {
    const bench = new Bench();
    bench.sharing.granted();
    assert.deepEqual(bench.done(), ['release']);
  });

  it('ends when the browser’s own button ends the capture', async () => {
    const bench = new Bench();
    await bench.sharing.start();
    bench.done();
    bench.screen.tracks[0]?.dispatchEvent(new Event('ended'));
    assert.deepEqual(bench.done(), ['release', 'hide', 'no']);
  });

  it('says who took over, whether the room or the floor tells it first', async () => {
    const roomFirst = new Bench();
    await roomFirst.sharing.start();
    roomFirst.holder = ticket(7, 'Room 7');
    roomFirst.sharing.holderChanged();
    roomFirst.sharing.revoked();
    assert.equal(roomFirst.done().at(-1), 'no: floorLost');
    const floorFirst = new Bench();
    await floorFirst.sharing.start();
    floorFirst.holder = ticket(1, 'me');
    floorFirst.sharing.revoked();
    assert.equal(floorFirst.done().at(-1), 'no: floorLostPlain');
    floorFirst.holder = ticket(7, 'Room 7');
    floorFirst.sharing.holderChanged();
    assert.deepEqual(floorFirst.done(), ['no: floorLost']);
    floorFirst.holder = ticket(8, 'Room 8');
    floorFirst.sharing.holderChanged();
    assert.deepEqual(floorFirst.done(), []);
  });

  it('outlives a lost call and goes on when the floor is free', async () => {
    const bench = new Bench();
    bench.screen = new FakeStream('video', 'audio');
    await bench.sharing.start();
    bench.done();
    bench.sharing.interrupted();
    assert.deepEqual(bench.done(), ['unmix', 'own sound', 'asking']);
    assert.ok(bench.screen.live);
    await bench.sharing.ready();
    assert.deepEqual(bench.done(), ['ask', 'show', 'mixed sound', 'yes']);
    await bench.sharing.ready();
    assert.deepEqual(bench.done(), []);
  });

  it('does not take the floor from who got it meanwhile', async () => {
    const bench = new Bench();
    await bench.sharing.start();
    bench.sharing.interrupted();
    bench.holder = ticket(7, 'Room 7');
    bench.done();
    await bench.sharing.ready();
    assert.deepEqual(bench.done(), ['hide', 'no: floorLost']);
    assert.ok(!bench.screen.live);
  });

  it('goes on at once with the floor that was kept for it', async () => {
    const bench = new Bench();
    await bench.sharing.start();
    bench.sharing.interrupted();
    bench.holder = ticket(1, 'me');
    bench.done();
    await bench.sharing.ready();
    assert.deepEqual(bench.done(), ['ask', 'show', 'yes']);
  });

  it('ends with the meeting', async () => {
    const bench = new Bench();
    await bench.sharing.start();
    bench.sharing.close();
    assert.ok(!bench.screen.live);
    bench.sharing.revoked();
    bench.sharing.stop();
    assert.equal(bench.done().at(-1), 'yes');
  });
});
