import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Line } from '../../src/media/plane.js';
import type { AudioBridge, AudioConference, AudioMember, JoinOptions } from '../../src/rooms/audio-bridge.js';
import { toneStrength } from '../support/tones.js';
import { waitUntil } from '../support/wait.js';

/** A far end in the hands of a test. */
export interface AudioEndpoint {
  readonly id: string;
  /** What the gateway holds of it. */
  readonly line: Line;
  /** Frequency it sends while talking, Hz. */
  readonly hz: number;
  talk(on: boolean): void;
  /** Renegotiates hold, or its end. */
  hold(on: boolean): void;
  /** Strength (0..1) of a frequency in the last 200 ms it received; 0 when it received nothing in that time. */
  hears(hz: number): number;
  /** Media packets it received so far. */
  readonly packets: number;
}

/** One bridge under test with its far ends. */
export interface AudioBridgeHarness {
  readonly bridge: AudioBridge;
  /** Where the bridge can write recordings that the test can read; by default wherever. */
  readonly recordings?: string;
  endpoint(id: string, hz: number): Promise<AudioEndpoint>;
  close(): Promise<void>;
}

/** What every AudioBridge must do. */
export function audioBridgeContract(name: string, make: () => Promise<AudioBridgeHarness>): void {
  describe(`audio bridge contract: ${name}`, function () {
    this.timeout(30_000);
    let harness: AudioBridgeHarness;
    let conference: AudioConference;
    const ends: AudioEndpoint[] = [];
    const members: AudioMember[] = [];

    async function enter(hz: number, options?: JoinOptions): Promise<AudioMember> {
      const endpoint = await harness.endpoint(`m${hz}`, hz);
      const member = await conference.join(endpoint.id, endpoint.line, options);
      ends.push(endpoint);
      members.push(member);
      return member;
    }

    /** Which of the endpoints' tones each hears, e.g. `400:700 700:400`. */
    function ears(): string {
      const hears = (e: AudioEndpoint): string =>
        ends
          .filter((other) => e.hears(other.hz) > 0.04)
          .map((other) => other.hz)
          .join(',');
      return ends.map((e) => `${e.hz}:${hears(e)}`).join(' ');
    }

    const packets = (): number => ends[0]?.packets ?? 0;

    /** Waits until the first of them was sent as many packets of 20 ms as last so long. */
    function heardFor(ms: number): Promise<void> {
      const before = packets();
      return until(() => packets() - before >= ms / 20);
    }

    /** How loud the second hears the first, as it does without gaps, once that changes no more. */
    async function loudness(): Promise<number> {
      const greatest = async (): Promise<number> => {
        const before = packets();
        let most = 0;
        await until(() => {
          most = Math.max(most, ends[1]?.hears(400) ?? 0);
          return packets() - before >= 20 && most > 0;
        });
        return most;
      };
      for (let last = await greatest(); ;) {
        const next = await greatest();
        if (Math.abs(next - last) < last / 20) return Math.max(next, last);
        last = next;
      }
    }

    const heard = (expected: string): Promise<void> =>
      until(
        () => ears() === expected,
        () => `${ears()}, not ${expected}`,
      );

    before(async () => {
      harness = await make();
    });
    beforeEach(async () => {
      conference = await harness.bridge.open('contract');
    });
    afterEach(async () => {
      await conference.close();
      ends.length = members.length = 0;
    });
    after(() => harness.close());

    describe('mixing', () => mixing());
    describe('fences', () => fences());
    describe('recording', () => recording());
    describe('events', () => events());
    describe('ends and races', () => races());

    function mixing(): void {
      it('lets each hear the others, never itself', async () => {
        for (const hz of [400, 700, 1100]) await enter(hz);
        await heard('400:700,1100 700:400,1100 1100:400,700');
      });

      it('keeps two conferences apart', async () => {
        const other = await harness.bridge.open('contract-2');
        await enter(400);
        const stranger = await harness.endpoint('stranger', 900);
        await other.join(stranger.id, stranger.line);
        await enter(700);
        await heard('400:700 700:400');
        assert.ok((ends[0]?.hears(900) ?? 1) < 0.02);
        await other.close();
      });

      it('mutes and unmutes, and says so once', async () => {
        const member = await enter(400);
        await enter(700);
        await heard('400:700 700:400');
        const states: boolean[] = [];
        conference.on.on('member', ({ id, muted }) => id === 'm400' && states.push(muted));
        await member.mute(true);
        await member.mute(true);
        assert.equal(member.state.muted, true);
        await heard('400:700 700:');
        await member.mute(false);
        await heard('400:700 700:400');
        assert.deepEqual(states, [true, false]);
      });

      it('says who muted, also where the member came in muted', async () => {
        const member = await enter(400, { muted: true });
        await enter(700);
        assert.equal(member.state.muted, true);
        await heard('400:700 700:');
        const told: string[] = [];
        conference.on.on('member', ({ id, muted, by }) => told.push(`${id} ${muted} ${by}`));
        await member.mute(false, 'Mona');
        await heard('400:700 700:400');
        await member.mute(true);
        assert.deepEqual(told, ['m400 false Mona', 'm400 true null']);
      });

      it('deafens, and packets still flow', async () => {
        const member = await enter(400);
        await enter(700);
        await member.deafen(true);
        await heard('400: 700:400');
        const before = ends[0]?.packets ?? 0;
        await until(() => (ends[0]?.packets ?? 0) > before + 10);
        await member.deafen(false);
        await heard('400:700 700:400');
      });

      it('applies gain, confirms it, and refuses what is out of range', async () => {
        const member = await enter(400);
        await enter(700);
        await heard('400:700 700:400');
        const plain = await loudness();
        await member.gain(-12);
        assert.equal(member.state.gainDb, -12);
        const lowered = await loudness();
        assert.ok(lowered < plain / 3, `${lowered} after ${plain}`);
        await assert.rejects(member.gain(31));
        assert.equal(member.state.gainDb, -12);
      });

      it('comes near to any gain', async () => {
        const member = await enter(400);
        await enter(700);
        await heard('400:700 700:400');
        const plain = await loudness();
        for (const db of [-18, -11, 5]) {
          await member.gain(db);
          assert.equal(member.state.gainDb, db);
          const done = 20 * Math.log10((await loudness()) / plain);
          assert.ok(Math.abs(done - db) < 1.2, `${done} dB for ${db} dB`);
        }
      });

      it('neither hears nor feeds a held line, and takes it back', async () => {
        await enter(400);
        await enter(700);
        await heard('400:700 700:400');
        ends[0]?.hold(true);
        await heard('400: 700:');
        ends[0]?.hold(false);
        await heard('400:700 700:400');
      });

      it('lets each hear only itself in an echo conference', async () => {
        await conference.close();
        conference = await harness.bridge.open('contract-echo', { echo: true });
        await enter(400);
        const member = await enter(700);
        await heard('400:400 700:700');
        await member.mute(true);
        await heard('400:400 700:');
      });

      it('plays a tone to all or to one', async () => {
        await enter(400);
        await enter(700);
        for (const end of ends) end.talk(false);
        await conference.play({ tone: 1500, ms: 1000 }, 'm400');
        await until(() => (ends[0]?.hears(1500) ?? 0) > 0.04);
        assert.ok((ends[1]?.hears(1500) ?? 1) < 0.02);
        await conference.play({ tone: 2000, ms: 1000 });
        await until(() => ends.every((end) => end.hears(2000) > 0.04));
        await conference.play({ tone: 800, ms: 10_000 }, 'm400');
        await conference.play({ tone: 900, ms: 10_000 });
        await until(() => (ends[0]?.hears(800) ?? 0) > 0.04 && ends.every((end) => end.hears(900) > 0.04));
        await conference.hush('m400');
        await until(() => (ends[0]?.hears(800) ?? 1) < 0.02 && ends.every((end) => end.hears(900) > 0.04));
        await conference.hush();
        await until(() => ends.every((end) => end.hears(900) < 0.02));
        await assert.rejects(conference.hush('nobody'));
        await assert.rejects(conference.play({ file: '/nonexistent/prompt.wav' }));
        await assert.rejects(conference.play({ tone: 1500, ms: 100 }, 'nobody'));
      });
    }

    function fences(): void {
      it('lets nobody into a locked conference but who may pass, and says so once', async () => {
        await enter(400);
        const told: boolean[] = [];
        conference.on.on('locked', ({ on }) => told.push(on));
        await conference.lock(true);
        await conference.lock(true);
        await assert.rejects(enter(500));
        await enter(700, { pass: true });
        await heard('400:700 700:400');
        await conference.lock(false);
        await enter(1100);
        await heard('400:700,1100 700:400,1100 1100:400,700');
        assert.deepEqual(told, [true, false]);
      });
    }

    function recording(): void {
      let folder: string;
      beforeEach(async () => (folder = await mkdtemp(join(harness.recordings ?? tmpdir(), 'recording-'))));
      afterEach(() => rm(folder, { recursive: true }));

      it('records what all hear, without what was said while it paused', async () => {
        await enter(400);
        await enter(700);
        await heard('400:700 700:400');
        const states: string[] = [];
        conference.on.on('recording', ({ state }) => states.push(state));
        const path = join(folder, `${randomUUID()}.wav`);
        const made = await conference.record(path);
        const begun = packets();
        await assert.rejects(conference.record(join(folder, 'second.wav')));
        await heardFor(600);
        await made.pause(true);
        const paused = packets();
        ends[1]?.talk(false);
        await enter(1100);
        await until(() => (ends[0]?.hears(1100) ?? 0) > 0.04);
        await heardFor(400);
        await members[2]?.leave();
        await until(() => (ends[0]?.hears(1100) ?? 1) < 0.02);
        await heardFor(300);
        await made.pause(false);
        const resumed = packets();
        await heardFor(600);
        await until(() => (ends[1]?.hears(400) ?? 0) > 0.04);
        await Promise.all([made.stop(), made.stop()]);
        const [first, left, second] = [paused - begun, resumed - paused, packets() - resumed];
        assert.deepEqual(states, ['running', 'paused', 'running', 'over']);
        assert.deepEqual([made.state, made.files.map((file) => file.path)], ['over', [path]]);
        const { pcm, rate } = wave(await readFile(path));
        // frames of 20 ms; a busy machine drops some of them, for who hears as well as for the file
        const [frames, wanted] = [(pcm.length / rate) * 50, first + second];
        const said = `${frames} of ${first} + ${second}, without ${left}`;
        assert.ok(Math.abs(frames - wanted) < Math.min(left, first, second) / 2, said);
        const begin = pcm.subarray(0, rate / 2);
        assert.ok(loudest(begin, 400, rate) > 0.04 && loudest(begin, 700, rate) > 0.04);
        assert.ok(toneStrength(pcm, 1100, rate) < 0.01);
        const end = (seconds: number): Float32Array => pcm.subarray(pcm.length - rate * seconds);
        assert.ok(loudest(end(0.5), 400, rate) > 0.04 && toneStrength(end(0.25), 700, rate) < 0.02);
        await assert.rejects(made.pause(true));
      });

      it('ends a recording with the conference, and never writes into a file that is there', async () => {
        await enter(400);
        const path = join(folder, `${randomUUID()}.wav`);
        const made = await conference.record(path);
        await heardFor(300);
        await conference.close();
        assert.equal(made.state, 'over');
        assert.ok(wave(await readFile(path)).pcm.length > 0);
        conference = await harness.bridge.open('contract');
        await enter(700);
        await assert.rejects(conference.record(path));
      });
    }

    function events(): void {
      it('tells nobody as speaking who is muted or has left', async () => {
        let speaking = '';
        conference.on.on('speaking', (e) => (speaking = [...e.members].sort().join('+')));
        const member = await enter(400);
        const other = await enter(700);
        await until(() => speaking === 'm400+m700');
        await member.mute(true);
        await until(() => speaking === 'm700');
        await other.leave();
        await until(() => speaking === '');
        await member.mute(false);
        await until(() => speaking === 'm400');
      });

      it('tells who speaks and who is active, without flapping', async () => {
        const speaking: string[] = [];
        const active: (string | null)[] = [];
        conference.on.on('speaking', (e) => speaking.push([...e.members].sort().join('+')));
        conference.on.on('active', (e) => active.push(e.member));
        await enter(400);
        await enter(700);
        ends[1]?.talk(false);
        await until(() => active.includes('m400'));
        ends[0]?.talk(false);
        await until(() => speaking.at(-1) === '');
        ends[1]?.talk(true);
        await until(() => active.at(-1) === 'm700' && speaking.at(-1) === 'm700');
        assert.equal(active.filter((m) => m === 'm700').length - active.filter((m) => m === 'm400').length <= 1, true);
        assert.ok(active.length <= 3, `active changed ${active.join()}`);
      });
    }

    function races(): void {
      it('lets a member leave, twice, and come back', async () => {
        const member = await enter(400);
        await enter(700);
        await heard('400:700 700:400');
        await Promise.all([member.leave(), member.leave()]);
        await heard('400: 700:');
        await assert.rejects(member.mute(true));
        const first = ends[0];
        assert.ok(first);
        await conference.join(first.id, first.line);
        await heard('400:700 700:400');
      });

      it('refuses a second member of the same name', async () => {
        await enter(400);
        const twin = await harness.endpoint('m400', 500);
        await assert.rejects(conference.join('m400', twin.line));
      });

      it('leaves while a mute is under way', async () => {
        const member = await enter(400);
        const muting = member.mute(true).catch(() => undefined);
        await Promise.all([muting, member.leave()]);
        await enter(700);
      });

      it('closes twice, with members in it, and refuses what comes after', async () => {
        const member = await enter(400);
        await Promise.all([conference.close(), conference.close()]);
        await conference.close();
        await member.leave();
        await assert.rejects(member.mute(true));
        const late = await harness.endpoint('late', 500);
        await assert.rejects(conference.join('late', late.line));
        await assert.rejects(conference.play({ tone: 500, ms: 100 }));
      });

      it('opens a room again at once after its close', async () => {
        await enter(400);
        ends.length = 0;
        const closing = conference.close();
        conference = await harness.bridge.open('contract');
        await closing;
        await enter(500);
        await enter(700);
        await heard('500:700 700:500');
      });
    }
  });
}

/** Strength (0..1) of a frequency in the 100 ms where it is strongest. */
function loudest(pcm: Float32Array, hz: number, rate: number): number {
  const part = rate / 10;
  const parts = Array.from({ length: Math.floor(pcm.length / part) }, (_, n) => pcm.subarray(n * part, (n + 1) * part));
  return Math.max(...parts.map((one) => toneStrength(one, hz, rate)));
}

/** Samples of a WAVE file of 16-bit PCM, its first channel, -1..1. */
function wave(file: Buffer): { pcm: Float32Array; rate: number } {
  assert.equal(file.toString('latin1', 0, 4) + file.toString('latin1', 8, 12), 'RIFFWAVE');
  let [rate, channels] = [0, 1];
  for (let at = 12; at + 8 <= file.length;) {
    const size = file.readUInt32LE(at + 4);
    const begin = at + 8;
    const name = file.toString('latin1', at, at + 4);
    if (name === 'fmt ') {
      assert.deepEqual([file.readUInt16LE(begin), file.readUInt16LE(begin + 14)], [1, 16]);
      [channels, rate] = [file.readUInt16LE(begin + 2), file.readUInt32LE(begin + 4)];
    } else if (name === 'data') {
      const frames = Math.floor(Math.min(size, file.length - begin) / (2 * channels));
      const sample = (index: number): number => file.readInt16LE(begin + 2 * channels * index) / 0x8000;
      return { rate, pcm: Float32Array.from({ length: frames }, (_, index) => sample(index)) };
    }
    at = begin + size + (size % 2);
  }
  assert.fail('a WAVE file without data');
}

/** Waits for a condition, at most 8 s. */
export function until(condition: () => boolean, state?: () => string): Promise<void> {
  return waitUntil(condition, 8000, state);
}
