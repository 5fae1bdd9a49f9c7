import assert from 'node:assert/strict';
import type { Transcode, Transcoder, TranscodeJob, TranscodeSignals } from '../../src/rooms/transcoder.js';
import { FakeLeg } from '../support/fakes/fake-leg.js';
import { FakeLine } from '../support/fakes/fake-line.js';
import { fakeRoom, roomTools, turn } from '../support/fakes/rooms.js';

/** Transcodes without pictures. */
class FakeTranscoder implements Transcoder {
  readonly kbps = 512;
  readonly begun: { job: TranscodeJob; transcode: Transcode & { disposed: boolean }; on: TranscodeSignals }[] = [];
  refuses = false;

  start(job: TranscodeJob, on: TranscodeSignals): Promise<Transcode> {
    if (this.refuses) return Promise.reject(new Error('too many'));
    const lines = ['in', 'out'].map((end) => new FakeLine(`${job.name}-${end}`, 'video')) as [FakeLine, FakeLine];
    const transcode = {
      takes: lines[0],
      gives: lines[1],
      load: 0.25,
      idle: false,
      disposed: false,
      dispose() {
        this.disposed = true;
        for (const line of lines) line.close();
      },
    };
    this.begun.push({ job, transcode, on });
    return Promise.resolve(transcode);
  }

  get live(): number {
    return this.begun.filter(({ transcode }) => !transcode.disposed).length;
  }
}

const tooLong = { reason: 'fragments', transcodable: true };

function presented() {
  const transcoder = new FakeTranscoder();
  const made = fakeRoom({}, { ...roomTools(), ...{ transcoder } });
  const legs = ['ann', 'old1', 'old2', 'new'].map((name) => new FakeLeg({ name, content: 'sendrecv' }));
  const [presenter] = legs.map((leg) => made.room.join(leg));
  presenter!.desk.request();
  const [ann, ...others] = legs as [FakeLeg, FakeLeg, FakeLeg, FakeLeg];
  const source = `${ann.id}/content`;
  const content = (): string[] => made.plane.chains().filter((chain) => /content|demo-/.test(chain));
  return { ...made, transcoder, ann, others, presenter: presenter!, source, content };
}

describe('rooms: pictures encoded anew', () => {
  it('are one for all who cannot take the source, and the others see it as it is', async () => {
    const { room, transcoder, ann, others, clock, source, content } = presented();
    const [one, two, three] = others;
    for (const leg of [one, two]) leg.at('content').events.emit('unforwardable', tooLong);
    await turn();
    assert.equal(transcoder.begun.length, 1);
    const chains = [
      `${source} -> demo-1-in`,
      `demo-1-out -> ${one.id}/content`,
      `demo-1-out -> ${two.id}/content`,
      `${source} -> ${three.id}/content`,
    ].sort();
    assert.deepEqual(content(), chains);
    one.at('content').events.emit('unforwardable', { reason: null });
    assert.deepEqual(content(), chains, 'what helps is not taken away again');
    const { participants, transcodes } = room.describe();
    assert.deepEqual(
      participants.map(({ transcoded }) => transcoded),
      [[], ['content'], ['content'], []],
    );
    assert.deepEqual(transcodes, [
      {
        ...{ of: 1, what: 'content', from: 'H264', to: 'H264 1280x720 15/s 512 kbit/s', load: 0.25 },
        viewers: [2, 3].map((id) => ({ id, why: 'fragments' })),
      },
    ]);
    transcoder.begun[0]!.on.wantsKeyframe();
    assert.equal(ann.at('content').refreshed, 1);
    await room.close({ kind: 'shutdown' });
    assert.deepEqual([transcoder.live, clock.pending], [0, 0]);
  });

  it('stop when nobody needs them for 10 s', async () => {
    const { transcoder, others, presenter, clock, room, content } = presented();
    others[0].at('content').events.emit('unforwardable', tooLong);
    await turn();
    presenter.desk.release(1);
    clock.advance(9_000);
    assert.equal(transcoder.live, 1);
    clock.advance(1_000);
    assert.equal(transcoder.live, 0);
    assert.deepEqual(content(), []);
    await room.close({ kind: 'shutdown' });
    assert.equal(clock.pending, 0);
  });

  it('are tried again half a minute after they failed, and end with their source', async () => {
    const { transcoder, others, ann, clock, room, source, content } = presented();
    others[0].at('content').events.emit('unforwardable', tooLong);
    await turn();
    transcoder.begun[0]!.on.ended('it died');
    assert.equal(transcoder.live, 0);
    assert.ok(content().includes(`${source} -> ${others[0].id}/content`), 'as before');
    clock.advance(29_000);
    assert.equal(transcoder.begun.length, 1);
    clock.advance(1_000);
    await turn();
    assert.deepEqual([transcoder.begun.length, transcoder.live], [2, 1]);
    ann.hangUp();
    clock.advance(10_000);
    assert.equal(transcoder.live, 0);
    await room.close({ kind: 'shutdown' });
    assert.equal(clock.pending, 0);
  });

  it('leave receivers as they are where none can be had', async () => {
    const { transcoder, others, clock, room, source, content } = presented();
    transcoder.refuses = true;
    others[0].at('content').events.emit('unforwardable', tooLong);
    await turn();
    assert.ok(content().includes(`${source} -> ${others[0].id}/content`));
    await room.close({ kind: 'shutdown' });
    assert.equal(clock.pending, 0);
  });

  it('are not made for who takes no such format, nor where that is switched off', async () => {
    const { transcoder, others } = presented();
    others[0].at('content').events.emit('unforwardable', { reason: 'no H.264', transcodable: false });
    await turn();
    assert.equal(transcoder.begun.length, 0);
    const { room } = fakeRoom();
    const leg = new FakeLeg();
    room.join(leg);
    leg.at('video').events.emit('unforwardable', tooLong);
    assert.deepEqual(room.describe().transcodes, []);
  });
});
