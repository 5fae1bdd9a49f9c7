import assert from 'node:assert/strict';
import type { Transcode, Transcoder, TranscodeJob, TranscodeSignals } from '../../src/rooms/transcoder.js';
import { readOtherVideo } from '../../src/media/other-video.js';
import type { Format } from '../../src/media/vocabulary.js';
import { h264 } from '../media/io/peer.js';
import { FakeLeg } from '../support/fakes/fake-leg.js';
import { FakeLine, lineParams } from '../support/fakes/fake-line.js';
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

  it('wait longer after each failure, and say why', async () => {
    const { transcoder, others, clock, room } = presented();
    others[0].at('content').events.emit('unforwardable', tooLong);
    await turn();
    for (const pause of [30_000, 60_000, 120_000, 240_000, 480_000, 600_000, 600_000]) {
      const begun = transcoder.begun.length;
      transcoder.begun.at(-1)!.on.ended('ffmpeg keeps ending (exit code 1)');
      assert.deepEqual(room.describe().participants[1]?.problems, [
        { line: 'content', reason: 'fragments; it is not encoded anew: ffmpeg keeps ending (exit code 1)' },
      ]);
      clock.advance(pause - 1);
      await turn();
      assert.equal(transcoder.begun.length, begun);
      clock.advance(1);
      await turn();
      assert.equal(transcoder.begun.length, begun + 1);
    }
    clock.advance(60_000);
    transcoder.begun.at(-1)!.on.ended('killed');
    clock.advance(30_000);
    await turn();
    assert.equal(transcoder.live, 1, 'soon again after a good minute');
    await room.close({ kind: 'shutdown' });
    assert.deepEqual([transcoder.live, clock.pending], [0, 0]);
  });

  it('go both ways where a leg has another codec only, one for all who need the same', async () => {
    const transcoder = new FakeTranscoder();
    const { room, plane, clock } = fakeRoom({}, { ...roomTools(), ...{ transcoder } });
    const vp8 = readOtherVideo({ pt: 99, name: 'VP8', clock: 90000, channels: 1, params: { 'max-fs': '1600' } })!;
    const h265 = readOtherVideo({ pt: 98, name: 'H265', clock: 90000, channels: 1, params: {} })!;
    const enter = (name: string, format: Format, more = {}): FakeLeg => {
      const leg = new FakeLeg({ name, content: null, can: { content: 'in-main' } });
      leg.at('video').params = { ...lineParams('sendrecv'), receive: [format], send: [format], ...more };
      room.join(leg);
      return leg;
    };
    const [ann, vera, vic] = [enter('ann', h264(97)), enter('vera', vp8), enter('vic', vp8)];
    const slow = enter('slow', vp8, { maxKbps: 300 });
    const huw = enter('huw', h265);
    await turn();
    const jobs = (): string[] =>
      transcoder.begun.map(({ job: { from, to } }) => `${from} to ${to.codec} ${to.width} ${to.kbps}`);
    const toAll = ['H264 to VP8 848 512', 'H264 to VP8 848 256', 'H264 to H265 1280 512', 'VP8 to H264 1280 512'];
    assert.deepEqual(jobs().sort(), toAll.sort());
    const chains = plane.chains();
    const giving = (from: string, to: string, kbps: number): string => {
      const at = transcoder.begun.findIndex(
        ({ job }) => job.from === from && job.to.codec === to && job.to.kbps === kbps,
      );
      return transcoder.begun[at]!.transcode.gives.id;
    };
    for (const chain of [
      `${giving('VP8', 'H264', 512)} -> ${ann.id}/video`,
      ...[vera, vic].map(({ id }) => `${giving('H264', 'VP8', 512)} -> ${id}/video`),
      `${giving('H264', 'VP8', 256)} -> ${slow.id}/video`,
      `${giving('H264', 'H265', 512)} -> ${huw.id}/video`,
    ])
      assert.ok(chains.includes(chain), `${chain} in\n${chains.join('\n')}`);
    const [first] = room.describe().transcodes.filter(({ from }) => from === 'VP8');
    assert.deepEqual(first?.viewers, [{ id: 1, why: 'the receiver takes H264 only' }]);
    await room.close({ kind: 'shutdown' });
    assert.deepEqual([transcoder.live, clock.pending], [0, 0]);
  });

  it('go on with the last picture while the next speaker is being encoded, and never with one that was left', async () => {
    const transcoder = new FakeTranscoder();
    const { room, plane } = fakeRoom({}, { ...roomTools(), ...{ transcoder } });
    const vp8 = readOtherVideo({ pt: 99, name: 'VP8', clock: 90000, channels: 1, params: {} })!;
    const [vera, ann, ben] = [vp8, h264(97), h264(97)].map((format) => {
      const leg = new FakeLeg({ content: 'sendrecv' });
      for (const name of ['video', 'content'] as const)
        leg.at(name).params = { ...lineParams('sendrecv'), receive: [format], send: [format] };
      return leg;
    }) as [FakeLeg, FakeLeg, FakeLeg];
    room.join(vera);
    const [one, two] = [room.join(ann), room.join(ben)];
    const seen = (): string | undefined => plane.chains().find((chain) => chain.endsWith(`-> ${vera.id}/content`));
    one.desk.request();
    await turn();
    const before = seen();
    assert.match(before ?? '', /^demo-\d+-out/);
    two.desk.request();
    assert.equal(seen(), before, 'until the next one is there');
    await turn();
    assert.match(seen() ?? '', /^demo-\d+-out/);
    assert.notEqual(seen(), before);
    await room.close({ kind: 'shutdown' });
  });

  it('tell of lines that came to nothing', () => {
    const { room } = fakeRoom();
    const leg = Object.assign(new FakeLeg(), { lineProblems: [{ line: 'video' as const, reason: 'none of VP8' }] });
    room.join(leg);
    assert.deepEqual(room.describe().participants[0]?.problems, [{ line: 'main', reason: 'none of VP8' }]);
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
