import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { writeRtpHeader } from '../../src/protocol/rtp/header.js';
import { atMost, inform, median, pause, percentile, tell, type Figure } from './figures.js';
import { GatewayProcess, here } from './gateway-process.js';
import { H323Callers, type H323Call } from './h323-callers.js';

// Calls of room systems by H.323 with audio and camera: Setup to Connect, a fixed rate of calls set up and torn down, and
// what a held call takes. `node --import tsx scripts/bench/h323.ts [seconds] [calls a second] [held calls]`

const seconds = Number(process.argv[2] ?? 30);
const rate = Number(process.argv[3] ?? 30);
const held = Number(process.argv[4] ?? 200);
/** Calls one after the other. */
const single = 200;
/** How long each call of the rate stays. */
const stayMs = 1000;
/** In this time a call that is over has to be gone. */
const leaveMs = 15_000;
/** Calls that stay are in rooms of so many. */
const inRoom = 10;
/** Signs of life and RTCP of so long are in the second figure. */
const holdMs = 60_000;
const aliveMs = 4000;

/** Setup to Connect of calls one after the other, ms. */
async function oneByOne(callers: H323Callers, count: number): Promise<number[]> {
  const times: number[] = [];
  for (let index = 0; index < count; index++) {
    const call = callers.call('bench');
    times.push(await call.connected);
    await call.media;
    call.release();
  }
  return times;
}

interface Outcome {
  connects: number[];
  /** From Setup until both lines flow both ways. */
  media: number[];
  failures: Map<string, number>;
  core: number;
}

async function atRate(gateway: GatewayProcess, callers: H323Callers): Promise<Outcome> {
  const outcome: Outcome = { connects: [], media: [], failures: new Map(), core: 0 };
  const one = async (index: number): Promise<void> => {
    const call = callers.call(`bench-${index % inRoom}`, index);
    try {
      outcome.connects.push(await call.connected);
      outcome.media.push(await call.media);
      await pause(stayMs);
      if (call.over) throw new Error('ended by the gateway');
    } catch (error) {
      const what = error instanceof Error ? error.message : String(error);
      outcome.failures.set(what, (outcome.failures.get(what) ?? 0) + 1);
    }
    call.release();
  };
  const jobs: Promise<void>[] = [];
  const [begin, cpu] = [performance.now(), gateway.cpu];
  for (let index = 0; index < seconds * rate; index++) {
    await pause(Math.max(0, begin + (index * 1000) / rate - performance.now()));
    jobs.push(one(index));
  }
  await Promise.all(jobs);
  outcome.core = ((gateway.cpu - cpu) * 1000) / (performance.now() - begin);
  return outcome;
}

function failuresOf({ failures }: Outcome): Figure {
  const count = [...failures.values()].reduce((sum, n) => sum + n, 0);
  const detail = [...failures].map(([what, n]) => `${n} x ${what}`).join(', ');
  const what = `failures of ${rate} calls a second set up and torn down, ${seconds} s`;
  return { what, target: 'no failure', measured: count === 0 ? 'no failure' : detail, ok: count === 0 };
}

/** What calls without media take, kB. */
interface Held {
  /** Each of the first `held`, and of as many again. */
  first: number;
  next: number;
  /** Each of all when they have been up for a while. */
  later: number;
  /** The same, with what a collection would give back. */
  untidy: number;
  /** All together, after they have hung up. */
  left: number;
}

async function perHeld(gateway: GatewayProcess, callers: H323Callers): Promise<Held> {
  const calls: H323Call[] = [];
  const grow = async (): Promise<number> => {
    for (let index = 0; index < held; index++) {
      const call = callers.call(`held-${Math.floor(calls.length / inRoom)}`, calls.length);
      calls.push(call);
      await call.media;
    }
    return gateway.settledRss();
  };
  const pulse = await keepAlive(calls);
  const before = await gateway.settledRss();
  const first = await grow();
  const second = await grow();
  await pause(holdMs);
  const untidy = gateway.rss;
  const later = await gateway.settledRss();
  const standing = calls.filter((call) => !call.over).length;
  pulse.stop();
  for (const call of calls) call.release();
  await allGone(gateway);
  if (standing !== 2 * held) throw new Error(`${standing} of ${2 * held} calls stood`);
  return {
    first: (first - before) / held,
    next: (second - first) / held,
    later: (later - before) / (2 * held),
    untidy: (untidy - before) / (2 * held),
    left: (await gateway.settledRss()) - before,
  };
}

/** One RTP keep-alive with a payload number that is not in use (RFC 6263 §4.6) to every line now and then. */
async function keepAlive(calls: readonly H323Call[]): Promise<{ stop(): void }> {
  const socket = createSocket('udp4').bind(0, here);
  await once(socket, 'listening');
  const packet = Buffer.alloc(12);
  let sequence = 0;
  const timer = setInterval(() => {
    writeRtpHeader(packet, 20, false, sequence++ & 0xffff, 0, 4711);
    for (const { places } of calls) for (const { address, port } of places) socket.send(packet, port, address);
  }, aliveMs);
  return {
    stop() {
      clearInterval(timer);
      socket.close();
    },
  };
}

async function allGone(gateway: GatewayProcess): Promise<void> {
  const deadline = performance.now() + leaveMs;
  while (performance.now() < deadline && (await callsLeft(gateway)) !== nobody) await pause(200);
}

const nobody = '0 legs, 0 calls';

async function callsLeft(gateway: GatewayProcess): Promise<string> {
  const lines = (await gateway.metrics()).split('\n');
  const of = (name: string): string => lines.find((line) => line.startsWith(`${name} `))?.split(' ')[1] ?? 'none told';
  return `${of('dualstream_h323_legs')} legs, ${of('dualstream_h323_signalled_calls')} calls`;
}

const gateway = await GatewayProcess.start();
const callers = H323Callers.at(gateway.h323);
try {
  // compiled, as in a gateway that has run for a while
  await oneByOne(callers, 50);
  const times = await oneByOne(callers, single);
  const spread = await atRate(gateway, callers);
  const kilobytes = await perHeld(gateway, callers);
  const what = `Setup to Connect, TCP included, ${single} calls one after the other`;
  tell({
    bench: 'h323',
    figures: [
      atMost(`${what}, p99`, percentile(times, 0.99), 50, 'ms'),
      inform('the same: p50 / max', `${median(times).toFixed(1)} / ${Math.max(...times).toFixed(1)} ms`),
      failuresOf(spread),
      atMost(`Setup to Connect at ${rate} calls/s, p99`, percentile(spread.connects, 0.99), 50, 'ms'),
      inform(
        'the same: p50 / max',
        `${median(spread.connects).toFixed(1)} / ${Math.max(...spread.connects).toFixed(1)} ms`,
      ),
      inform(
        'Setup until sound and camera flow both ways: p50 / p99 / max',
        `${median(spread.media).toFixed(1)} / ${percentile(spread.media, 0.99).toFixed(1)} / ${Math.max(...spread.media).toFixed(1)} ms`,
      ),
      inform('gateway CPU meanwhile', `${spread.core.toFixed(2)} core`),
      atMost(`memory of a held call with audio and video lines, no media, ${held} held`, kilobytes.first, 200, 'kB', 0),
      inform(`the same: ${held} more`, `${kilobytes.next.toFixed(0)} kB`),
      inform(
        `the same: ${2 * held} after ${holdMs / 1000} s, before and after a collection`,
        `${kilobytes.untidy.toFixed(0)} / ${kilobytes.later.toFixed(0)} kB`,
      ),
      inform('memory that is left after all have hung up', `${(kilobytes.left / 1024).toFixed(1)} MiB`),
      inform('left after all have hung up', await callsLeft(gateway)),
    ],
  });
} finally {
  await callers.close();
  await gateway.stop();
}
