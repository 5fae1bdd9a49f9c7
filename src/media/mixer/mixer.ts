import { MessageChannel } from 'node:worker_threads';
import type { MessagePort, Worker } from 'node:worker_threads';
import type { Clock, Timer } from '../../base/clock.js';
import type { Disposable } from '../../base/disposables.js';
import { DualstreamError } from '../../base/errors.js';
import { Emitter } from '../../base/events.js';
import type { Events } from '../../base/events.js';
import type { Log } from '../../base/log.js';
import type { Metrics } from '../../base/metrics.js';
import { startThread } from '../../base/thread.js';
import type { NativeUse } from '../native/load.js';
import { tellNative } from '../native/tell.js';
import type { MixedFormat } from '../vocabulary.js';
import type { MixerCommand, MixerReport, MixerRequest, MixerStart } from './messages.js';
import type { PromptPcm } from './prompts.js';

/** The mixer refused a command, did not answer, or is gone. */
export class MixerRefused extends DualstreamError {
  readonly verdict = { sip: 500, h225: 'undefinedReason', bfcp: 0, http: 409, label: 'mixer_refused', retry: false };
}

/** Raised by the mixer, for one room each. */
export interface MixerEvents {
  /** Members speaking now, the loudest first; on change only. */
  speaking: { room: string; members: string[] };
  active: { room: string; member: string | null };
  /** Smoothed levels, dBFS, five times a second in rooms where `levels` is on. */
  level: { room: string; levels: [member: string, db: number][] };
  /** The next of a room that is recorded: 16-bit PCM at 48 kHz. */
  sound: { room: string; pcm: Int16Array };
}

/** What a member sends and is sent. */
export interface MemberFormats {
  /** Formats the peer may send; an empty list stops hearing it. */
  receive: MixedFormat[];
  /** Format it is sent; null sends nothing. */
  send: MixedFormat | null;
}

/** The mixer thread as seen from the main thread. Promises resolve when the thread confirmed, or reject with MixerRefused. */
export interface Mixer extends Disposable {
  readonly on: Events<MixerEvents>;
  /** With `echo`, each member hears itself and nobody else. */
  open(room: string, options?: { echo: boolean }): Promise<void>;
  /** Removes all members; idempotent. */
  closeRoom(room: string): Promise<void>;
  /** `slot` is the line's number on the frame rings. */
  join(room: string, member: string, slot: number, formats: MemberFormats): Promise<void>;
  update(room: string, member: string, formats: MemberFormats): Promise<void>;
  /** Idempotent. */
  leave(room: string, member: string): Promise<void>;
  mute(room: string, member: string, on: boolean): Promise<void>;
  deafen(room: string, member: string, on: boolean): Promise<void>;
  /** -30..+30 dB. */
  gain(room: string, member: string, db: number): Promise<void>;
  /** Whether the member loses packets of what it is sent; that is expected until it is known. */
  expectLoss(room: string, member: string, on: boolean): Promise<void>;
  /** To one member, or to all when `member` is null. */
  play(room: string, member: string | null, prompt: PromptPcm): Promise<void>;
  /** Ends the prompts of one member, or those for all when `member` is null. */
  hush(room: string, member: string | null): Promise<void>;
  levels(room: string, on: boolean): Promise<void>;
  /** All `sound` there was is told before this is confirmed for `on` false. */
  record(room: string, on: boolean): Promise<void>;
}

/** What the mixer needs. */
export interface MixerOptions {
  rings: { toMixer: SharedArrayBuffer; fromMixer: SharedArrayBuffer };
  /** Given away to the thread; gets an empty message after every tick that left frames in the ring. */
  ioPort: MessagePort;
  /** Number by which the sockets' thread takes frames that go out at once; default none. */
  desk?: number | null;
  /** Whether native modules are used where they are there; default auto. */
  native?: NativeUse;
  clock: Clock;
  log: Log;
  metrics: Metrics;
}

/** A command is answered within this, ms. */
const DEADLINE_MS = 2000;
/** The thread is up within this, ms. */
const START_MS = 10_000;

/** Starts the mixer thread; rejects with MixerRefused when it does not come up. */
export async function startMixer(options: MixerOptions): Promise<Mixer> {
  const { port1, port2 } = new MessageChannel();
  const worker = startThread(import.meta.url, './worker', undefined);
  const mixer = new MixerThread(worker, port1, options);
  const start: MixerStart = {
    rings: options.rings,
    io: options.ioPort,
    control: port2,
    desk: options.desk ?? null,
    native: options.native ?? 'auto',
  };
  worker.postMessage(start, [options.ioPort, port2]);
  await mixer.ready;
  return mixer;
}

interface Waiting {
  resolve: () => void;
  reject: (error: MixerRefused) => void;
  timer: Timer;
}

class MixerThread implements Mixer {
  readonly on = new Emitter<MixerEvents>();
  readonly ready: Promise<void>;
  private readonly waiting = new Map<number, Waiting>();
  private lastId = 0;
  private gone: string | null = null;

  constructor(
    worker: Worker,
    private readonly port: MessagePort,
    private readonly options: MixerOptions,
  ) {
    port.on('message', (report: MixerReport) => this.take(report));
    worker.on('error', (error) => this.lost(error.message));
    worker.on('exit', (code) => this.lost(`thread ended with ${code}`));
    this.ready = this.wait(0, START_MS);
  }

  open(room: string, { echo } = { echo: false }): Promise<void> {
    return this.ask({ do: 'open', room, echo });
  }

  closeRoom(room: string): Promise<void> {
    return this.gone === null ? this.ask({ do: 'close', room }) : Promise.resolve();
  }

  join(room: string, member: string, slot: number, formats: MemberFormats): Promise<void> {
    return this.ask({ do: 'join', room, member, slot, ...formats });
  }

  update(room: string, member: string, formats: MemberFormats): Promise<void> {
    return this.ask({ do: 'update', room, member, ...formats });
  }

  leave(room: string, member: string): Promise<void> {
    return this.gone === null ? this.ask({ do: 'leave', room, member }) : Promise.resolve();
  }

  mute(room: string, member: string, on: boolean): Promise<void> {
    return this.ask({ do: 'mute', room, member, on });
  }

  deafen(room: string, member: string, on: boolean): Promise<void> {
    return this.ask({ do: 'deafen', room, member, on });
  }

  gain(room: string, member: string, db: number): Promise<void> {
    return this.ask({ do: 'gain', room, member, db });
  }

  expectLoss(room: string, member: string, on: boolean): Promise<void> {
    return this.ask({ do: 'expect-loss', room, member, on });
  }

  play(room: string, member: string | null, pcm: PromptPcm): Promise<void> {
    return this.ask({ do: 'play', room, member, pcm });
  }

  hush(room: string, member: string | null): Promise<void> {
    return this.ask({ do: 'hush', room, member });
  }

  levels(room: string, on: boolean): Promise<void> {
    return this.ask({ do: 'levels', room, on });
  }

  record(room: string, on: boolean): Promise<void> {
    return this.ask({ do: 'record', room, on });
  }

  dispose(): void {
    if (this.gone !== null) return;
    this.fail('the mixer was stopped');
    this.port.close();
  }

  private ask(command: MixerCommand): Promise<void> {
    if (this.gone !== null) return Promise.reject(new MixerRefused(this.gone));
    this.lastId += 1;
    const request: MixerRequest = { id: this.lastId, command };
    this.port.postMessage(request);
    return this.wait(this.lastId, DEADLINE_MS);
  }

  private wait(id: number, deadline: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = this.options.clock.after(deadline, () => {
        this.waiting.delete(id);
        reject(new MixerRefused(`no answer within ${deadline} ms`));
      });
      this.waiting.set(id, { resolve, reject, timer });
    });
  }

  private take(report: MixerReport): void {
    switch (report.tell) {
      case 'ready':
        tellNative(this.options, 'opus', 'Opus in mixed rooms', report.opus);
        this.settle(0, null);
        break;
      case 'done':
        this.settle(report.id, null);
        break;
      case 'refused':
        this.settle(report.id, report.why);
        break;
      case 'speaking':
        this.on.emit('speaking', { room: report.room, members: report.members });
        break;
      case 'active':
        this.on.emit('active', { room: report.room, member: report.member });
        break;
      case 'levels':
        this.on.emit('level', { room: report.room, levels: report.levels });
        break;
      case 'sound':
        this.on.emit('sound', { room: report.room, pcm: report.pcm });
        break;
      case 'counted':
        for (const [what, by] of Object.entries(report.counts))
          this.options.metrics.count('dualstream_mixer_frames_total', { what }, by);
        break;
    }
  }

  private settle(id: number, why: string | null): void {
    const waiting = this.waiting.get(id);
    if (!waiting) return;
    this.waiting.delete(id);
    waiting.timer.cancel();
    if (why === null) waiting.resolve();
    else waiting.reject(new MixerRefused(why));
  }

  private lost(why: string): void {
    if (this.gone !== null) return;
    this.options.log.error({ why }, 'mixer thread lost');
    this.options.metrics.count('dualstream_mixer_lost_total');
    this.fail(`the mixer is gone: ${why}`);
    this.port.close();
  }

  private fail(why: string): void {
    this.gone = why;
    for (const id of [...this.waiting.keys()]) this.settle(id, why);
  }
}
