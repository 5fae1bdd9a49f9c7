// A thread that hands frames of the mixer in, numbered by their payload, as fast as they are taken.
import { parentPort, workerData } from 'node:worker_threads';
import { DeskSink } from '../../../src/media/mixer/desk-sink.js';
import { loadNative } from '../../../src/media/native/load.js';
import { UDP_INTERFACE, type UdpModule } from '../../../src/media/native/udp-module.js';

const loaded = loadNative<UdpModule>('udp', UDP_INTERFACE);
if ('missing' in loaded) throw new Error(loaded.missing);
const { desk, heard } = workerData as { desk: number; heard: Int32Array };
const sink = new DeskSink(loaded.module, desk);
const payload = Buffer.alloc(160);
for (let n = 0; ; n++) {
  payload.writeUInt32LE(n, 0);
  sink.write({ slot: 7, pt: 0, marker: false, seq: 0, timestamp: n * 160, at: 0, payload });
  if (sink.flush().ringed) parentPort?.postMessage(null);
  // so that the buffers of who hears them do not run over
  for (let count = Atomics.load(heard, 0); n - count > 100; count = Atomics.load(heard, 0))
    Atomics.wait(heard, 0, count);
}
