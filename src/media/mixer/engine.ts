import { FrameRing, emptyFrame } from '../frames.js';
import { RingSink, type FrameSink } from './frame-sink.js';
import type { MixerCommand, MixerReport } from './messages.js';
import type { OpusLibrary } from './codecs/opus-library.js';
import { Counters } from './counters.js';
import { MixMember } from './member.js';
import { PromptQueue } from './prompts.js';
import { Recorder } from './recorder.js';
import { MixRoom } from './room.js';

/** Levels are reported every so many ticks. */
const LEVELS_EVERY = 10;
/** Rooms look for a better moment every so many ticks. */
const SETTLE_EVERY = 25;
/** Counters are reported every so many ticks. */
const COUNTS_EVERY = 50;
/** Gain is bounded to this, dB. */
const MAX_GAIN_DB = 30;
/** Why a command was not carried out. */
type Refusal = string | null;

/**
 * All rooms of the mixer thread, without the thread: commands and frames in, frames and reports out, driven by `tick`.
 */
export class MixerEngine {
  private readonly input: FrameRing;
  private readonly output: FrameSink;
  private readonly rooms = new Map<string, MixRoom>();
  private readonly slots = new Map<number, MixMember>();
  private readonly levels = new Set<string>();
  private readonly counters = new Counters();
  private readonly frame = emptyFrame();
  private ticks = 0;
  /** Of the last tick. */
  private phase = 0;

  constructor(
    rings: { toMixer: SharedArrayBuffer; fromMixer: SharedArrayBuffer },
    private readonly report: (report: MixerReport) => void,
    /** Does Opus; the one in WebAssembly where none is given. */
    private readonly opus?: OpusLibrary,
    /** Takes the frames; the ring where none is given. */
    output?: FrameSink,
  ) {
    this.input = new FrameRing(rings.toMixer);
    this.output = output ?? new RingSink(new FrameRing(rings.fromMixer));
  }

  /** True when there is nobody to mix for. */
  get idle(): boolean {
    return this.slots.size === 0;
  }

  /** Carries a command out; returns why not, or null. */
  command(command: MixerCommand): Refusal {
    const room = this.rooms.get(command.room);
    if (command.do === 'open') return this.open(command.room, command.echo);
    if (!room) return command.do === 'close' || command.do === 'leave' ? null : 'no such room';
    if (command.do === 'close') return this.close(room);
    if (command.do === 'join') return this.join(room, command);
    if (command.do === 'levels') return this.watch(room, command.on);
    if (command.do === 'record') return this.record(room, command.on);
    if ((command.do === 'play' || command.do === 'hush') && command.member === null) return this.playAll(room, command);
    const member = command.member === null ? undefined : room.members.get(command.member);
    if (!member) return command.do === 'leave' ? null : 'no such member';
    return this.change(room, member, command);
  }

  /** Whether there is a room that is mixed at this moment of each frame's time. */
  uses(phase: number): boolean {
    for (const room of this.rooms.values()) if (room.phase === phase) return true;
    return false;
  }

  /**
   * Mixes the next 20 ms of every room, or of those that are mixed at one moment of each frame's time, which was `due`; `now`
   * in ms of the shared monotonic clock.
   */
  tick(now: number, moment?: { phase: number; due: number }): void {
    if (!moment || moment.phase <= this.phase) this.ticks += 1;
    this.phase = moment?.phase ?? 0;
    this.drain(now);
    for (const room of this.rooms.values()) {
      // One that went over to a later moment of this frame has had it.
      if (moment && (room.phase !== moment.phase || room.ticked === this.ticks)) continue;
      this.mix(room, now);
      if (moment && this.ticks % SETTLE_EVERY === 0) room.settle(moment.due);
    }
    if (this.ticks % COUNTS_EVERY === 0) this.tellCounts();
  }

  /** Lets go of what ticks made. Whether some of it lies in the ring, for the io worker to take. */
  flush(): boolean {
    const { ringed, lost } = this.output.flush();
    if (lost > 0) this.counters.add('ring_full', lost);
    return ringed;
  }

  /** The next tick comes `n` frames later than its turn: streams show the gap in their timestamps. */
  skip(n: number): void {
    this.ticks += n;
    this.counters.add('skipped', n);
  }

  /** Hands what waits in the ring to its members. */
  drain(now: number): void {
    const { frame } = this;
    for (; this.input.peek(frame); this.input.skip()) {
      const member = this.slots.get(frame.slot);
      try {
        if (member) member.receiver.push(frame, now);
        else this.counters.add('nobody');
      } catch {
        this.counters.add('push_failed');
      }
    }
  }

  /** For dumps. */
  describe(): string {
    return [...this.rooms.values()].map((room) => room.describe()).join('\n');
  }

  private mix(room: MixRoom, now: number): void {
    try {
      room.tick(now, this.ticks);
      this.tellSpeakers(room, now);
    } catch {
      this.counters.add('tick_failed');
    }
  }

  private open(name: string, echo: boolean): Refusal {
    if (this.rooms.has(name)) return 'room exists';
    this.rooms.set(name, new MixRoom(name, echo, this.output, this.counters, this.opus));
    return null;
  }

  private close(room: MixRoom): Refusal {
    for (const member of room.members.values()) this.slots.delete(member.slot);
    room.close();
    this.rooms.delete(room.name);
    this.levels.delete(room.name);
    return null;
  }

  private join(room: MixRoom, spec: Extract<MixerCommand, { do: 'join' }>): Refusal {
    if (room.members.has(spec.member)) return 'member exists';
    if (this.slots.has(spec.slot)) return 'line is in use';
    const member = new MixMember(spec.member, spec.slot, this.counters, this.opus);
    member.update(spec.receive, spec.send);
    room.add(member);
    this.slots.set(spec.slot, member);
    return null;
  }

  private watch(room: MixRoom, on: boolean): Refusal {
    if (on) this.levels.add(room.name);
    else this.levels.delete(room.name);
    return null;
  }

  private record(room: MixRoom, on: boolean): Refusal {
    room.record(on ? new Recorder((pcm) => this.report({ tell: 'sound', room: room.name, pcm })) : null);
    return null;
  }

  private playAll(room: MixRoom, command: Extract<MixerCommand, { do: 'play' | 'hush' }>): Refusal {
    if (command.do === 'play') room.prompts.add(command.pcm);
    else room.prompts.clear();
    return null;
  }

  private change(
    room: MixRoom,
    member: MixMember,
    command: Extract<
      MixerCommand,
      { do: 'update' | 'leave' | 'mute' | 'deafen' | 'gain' | 'expect-loss' | 'play' | 'hush' }
    >,
  ): Refusal {
    switch (command.do) {
      case 'update':
        member.update(command.receive, command.send);
        room.refit(member);
        break;
      case 'leave':
        room.remove(member);
        this.slots.delete(member.slot);
        break;
      case 'mute':
        member.mute(command.on);
        break;
      case 'deafen':
        member.deaf = command.on;
        break;
      case 'gain':
        if (!Number.isFinite(command.db) || Math.abs(command.db) > MAX_GAIN_DB) return 'gain out of range';
        member.setGain(command.db);
        break;
      case 'expect-loss':
        member.lossy = command.on;
        room.refit(member);
        break;
      case 'play':
        member.prompts ??= new PromptQueue();
        member.prompts.add(command.pcm);
        break;
      case 'hush':
        member.prompts = null;
        break;
    }
    return null;
  }

  private tellSpeakers(room: MixRoom, now: number): void {
    const { speaking, active } = room.speakers(now);
    if (speaking) this.report({ tell: 'speaking', room: room.name, members: speaking });
    if (active !== undefined) this.report({ tell: 'active', room: room.name, member: active });
    if (this.ticks % LEVELS_EVERY !== 0 || !this.levels.has(room.name)) return;
    const levels = [...room.members.values()].map((m): [string, number] => [m.id, Math.round(m.level)]);
    this.report({ tell: 'levels', room: room.name, levels });
  }

  private tellCounts(): void {
    const counts = this.counters.take();
    if (counts) this.report({ tell: 'counted', counts });
  }
}
