// A thread that hands frames of the mixer in, numbered by their payload, as fast as they are taken.
import { parentPort, workerData } from 'node:worker_threads';
import { DeskSink } from '../../../src/media/mixer/desk-sink.js';
import { loadNative } from '../../../src/media/native/load.js';
import { UDP_INTERFACE, type UdpModule } from '../../../src/media/native/udp-module.js';

const loaded = loadNative<UdpModule>('udp', UDP_INTERFACE);
if ('missing' in loaded) throw new Error(loaded.missing);
const sink = new DeskSink(loaded.module, (workerData as { desk: number }).desk);
const payload = Buffer.alloc(160);
const sleeper = new Int32Array(new SharedArrayBuffer(4));
for (let n = 0; ; n++) {
  payload.writeUInt32LE(n, 0);
  sink.write({ slot: 7, pt: 0, marker: false, seq: 0, timestamp: n * 160, at: 0, payload });
  if (sink.flush().ringed) parentPort?.postMessage(null);
  // so that the ears' buffers do not run over
  Atomics.wait(sleeper, 0, 0, 0.2);
}
