import { performance } from 'node:perf_hooks';
import { parentPort } from 'node:worker_threads';
import { FRAME_MS } from './codecs/codec.js';
import { chooseOpus } from './codecs/opus-native.js';
import { deskSink } from './desk-sink.js';
import { MixerEngine } from './engine.js';
import { PHASES, PHASE_MS } from './phases.js';
import type { MixerReport, MixerRequest, MixerStart } from './messages.js';

/** More frames than this behind its schedule, the thread skips them instead of catching up. */
const CATCH_UP = 5;

const sleeper = new Int32Array(new SharedArrayBuffer(4));

const { timeOrigin } = performance;

/** Milliseconds of the monotonic clock that all threads share. */
function sharedNow(): number {
  return timeOrigin + performance.now();
}

/**
 * The mixer thread: ticks every 20 ms on an absolute schedule for each moment of that time at which rooms are mixed, while
 * somebody is there to mix for, asleep otherwise.
 * Control messages are taken in between two ticks.
 */
function run(start: MixerStart): void {
  const tell = (report: MixerReport): void => start.control.postMessage(report);
  const { library, state } = chooseOpus(start.native);
  const engine = new MixerEngine(start.rings, tell, library, deskSink(start.desk, start.native));
  let due = 0;
  let phase = 0;
  let running = false;
  let stopped = false;

  /** To the next moment at which a room is mixed. */
  const advance = (): void => {
    for (let n = 0; n < PHASES; n += 1) {
      due += PHASE_MS;
      phase = (phase + 1) % PHASES;
      if (engine.uses(phase)) return;
    }
  };

  const turn = (): void => {
    running = !engine.idle && !stopped;
    if (!running) return;
    const wait = due - sharedNow();
    if (wait > 0) Atomics.wait(sleeper, 0, 0, wait);
    const now = sharedNow();
    const behind = Math.floor((now - due) / FRAME_MS);
    if (behind > CATCH_UP) {
      engine.skip(behind);
      due += behind * FRAME_MS;
    }
    for (; due <= now; advance()) engine.tick(now, { phase, due });
    if (engine.flush()) start.io.postMessage(null);
    setImmediate(turn);
  };

  start.control.on('message', (request: MixerRequest) => {
    // What came before a member joins is not for it.
    if (!running) engine.drain(sharedNow());
    const why = engine.command(request.command);
    tell(why === null ? { tell: 'done', id: request.id } : { tell: 'refused', id: request.id, why });
    if (running || engine.idle) return;
    running = true;
    due = sharedNow();
    setImmediate(turn);
  });
  start.control.on('close', () => (stopped = true));
  tell({ tell: 'ready', opus: state });
}

parentPort?.once('message', run);
