import { performance } from 'node:perf_hooks';
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { systemClock } from '../../base/clock.js';
import { systemChance } from '../../base/ids.js';
import { Drops } from './drops.js';
import { Engine } from './engine.js';
import type { FromWorker, ToWorker, WorkerStart } from './messages.js';
import { systemSockets } from './system-sockets.js';

const port = parentPort;
if (!port) throw new Error('the io worker runs in a worker thread only');
const start = workerData as WorkerStart;
const drops = new Drops();
const { sockets, state, desk } = systemSockets(start.native, (code) => drops.add(`socket_${code}`), {
  toMixer: start.toMixer,
  fromMixer: start.fromMixer,
  now: () => systemClock.now(),
  frameOrigin: performance.timeOrigin,
});
const engine = new Engine({
  clock: systemClock,
  chance: systemChance,
  sockets,
  drops,
  toMixer: start.toMixer,
  fromMixer: start.fromMixer,
  frameOrigin: performance.timeOrigin,
  limits: start.limits,
  tell: (message) => port.postMessage(message),
});
// One line's fault must not silence all the others.
process.on('uncaughtException', (error) =>
  port.postMessage({ type: 'trouble', message: error.stack ?? error.message }),
);
port.on('message', (message: ToWorker | { type: 'mixer'; port: MessagePort }) => {
  if (message.type !== 'mixer') {
    engine.handle(message);
    if (message.type === 'stop') port.close();
    return;
  }
  // An empty message after each tick of the mixer that left frames in the ring.
  message.port.on('message', () => engine.drain());
  message.port.unref();
});
port.postMessage({ type: 'ready', sockets: state, desk } satisfies FromWorker);
