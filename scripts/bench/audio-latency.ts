/**
 * Tone burst in to tone burst out, over real sockets on loopback: far end, io worker, mixer worker, io worker, far end.
 * Counts from the moment the burst's first packet is sent until the packet that carries its begin arrives, so that the
 * far ends' own packetizing is left out.
 *
 * Usage: npx tsx scripts/bench/audio-latency.ts [bursts]
 */
import { cpus, loadavg } from 'node:os';
import { systemClock } from '../../src/base/clock.js';
import type { MixedCodecName } from '../../src/media/vocabulary.js';
import { planeHarness } from '../../test/bridges/embedded/plane-harness.js';

const bursts = Number(process.argv[2] ?? 30);
const LIMIT_MS = 60;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => systemClock.after(ms, resolve));

async function measure(codec: MixedCodecName): Promise<number[]> {
  const harness = await planeHarness([codec]);
  const conference = await harness.bridge.open('latency');
  const talker = await harness.endpoint('talker', 440);
  const listener = await harness.endpoint('listener', 1000);
  for (const end of [talker, listener]) await conference.join(end.id, end.line);
  talker.peer.manual = true;
  listener.talk(false);
  await sleep(500);
  const delays: number[] = [];
  for (let burst = 0; burst < bursts; burst += 1) {
    const begin = systemClock.now();
    let end = NaN;
    listener.onSound = (pcm, at) => {
      const index = pcm.findIndex((v) => Math.abs(v) > 0.05);
      if (index >= 0 && Number.isNaN(end)) end = at + (index * 1000) / listener.peer.decoder.rate;
    };
    for (let f = 0; f < 10; f += 1) {
      talker.send();
      await sleep(begin + (f + 1) * 20 - systemClock.now());
    }
    delays.push(end - begin);
    listener.onSound = () => undefined;
    // Off the beat, so that all phases between sender and mixer are met.
    await sleep(400 + ((burst * 7) % 20));
    for (let f = 0; f < 25; f += 1) talker.peer.timestamp += talker.peer.encoder.step;
  }
  await harness.close();
  return delays.sort((a, b) => a - b);
}

async function main(): Promise<void> {
  console.log(`${cpus()[0]?.model ?? 'unknown machine'}, Node ${process.version}, load ${loadavg()[0]?.toFixed(2)}`);
  console.log('codec | median ms | p90 ms | worst ms | limit of the median');
  for (const codec of ['PCMU', 'G722', 'opus'] as const) {
    const delays = await measure(codec);
    const at = (share: number): number => delays[Math.min(delays.length - 1, Math.floor(delays.length * share))] ?? NaN;
    const verdict = `${LIMIT_MS} ${at(0.5) <= LIMIT_MS ? 'met' : 'MISSED'}`;
    console.log([codec, at(0.5).toFixed(1), at(0.9).toFixed(1), at(1).toFixed(1), verdict].join(' | '));
  }
}

void main();
