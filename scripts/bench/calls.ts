import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { atMost, inform, median, pause, percentile, tell, type Figure } from './figures.js';
import { GatewayProcess, here } from './gateway-process.js';
import { roomSystem } from './offers.js';
import { Uac, type UacCall } from './uac.js';

// Calls at a fixed rate, each offering audio, camera, slides and BFCP: INVITE to 200, and failures of joins and leaves.
// `node --import tsx scripts/bench/calls.ts [seconds] [calls a second]`

const seconds = Number(process.argv[2] ?? 20);
const rate = Number(process.argv[3] ?? 20);
/** How long each call stays. */
const stayMs = 2000;

interface Outcome {
  latencies: number[];
  /** What went wrong, and how often. */
  failures: Map<string, number>;
  /** Share of a core that the gateway took. */
  core: number;
}

/** A port that takes everything and reads nothing. */
async function sink(): Promise<{ port: number; close(): void }> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4096 });
  socket.bind(0, here);
  await once(socket, 'listening');
  return { port: socket.address().port, close: () => socket.close() };
}

async function run(gateway: GatewayProcess, rooms: number, duration: number): Promise<Outcome> {
  const uac = await Uac.open(gateway.sip);
  const drain = await sink();
  const { port } = drain;
  const outcome: Outcome = { latencies: [], failures: new Map(), core: 0 };
  const fail = (what: string): void => void outcome.failures.set(what, (outcome.failures.get(what) ?? 0) + 1);
  const leave = async (call: UacCall): Promise<void> => {
    await pause(stayMs);
    if (call.ended) return fail('ended by the gateway');
    const status = await call.bye();
    if (status !== 200) fail(`BYE: ${status}`);
  };
  const join = async (index: number): Promise<void> => {
    const sdp = roomSystem({ audio: port, video: port, content: port, bfcp: port }).offer();
    const { answer, call } = await uac.call(`bench-${index % rooms}`, sdp, `caller${index}`);
    outcome.latencies.push(answer.ms);
    if (answer.status !== 200) return fail(`INVITE: ${answer.status}`);
    if ((answer.sdp.match(/^m=\w+ [1-9]/gm) ?? []).length !== 4) fail('a line was refused');
    await leave(call);
  };
  const jobs: Promise<void>[] = [];
  const [begin, cpu] = [performance.now(), gateway.cpu];
  for (let index = 0; index < duration * rate; index++) {
    await pause(Math.max(0, begin + (index * 1000) / rate - performance.now()));
    jobs.push(join(index));
  }
  await Promise.all(jobs);
  outcome.core = ((gateway.cpu - cpu) * 1000) / (performance.now() - begin);
  uac.close();
  drain.close();
  return outcome;
}

function failuresOf({ failures }: Outcome): Figure {
  const count = [...failures.values()].reduce((sum, n) => sum + n, 0);
  const detail = [...failures].map(([what, n]) => `${n} x ${what}`).join(', ');
  const measured = count === 0 ? 'no failure' : detail;
  return { what: `failures at ${rate} joins and leaves a second`, target: 'no failure', measured, ok: count === 0 };
}

const gateway = await GatewayProcess.start();
try {
  await run(gateway, 10, 3);
  const spread = await run(gateway, 10, seconds);
  const together = await run(gateway, 1, Math.ceil(seconds / 2));
  tell({
    bench: 'calls',
    figures: [
      atMost(`INVITE to 200 at ${rate} calls/s, median`, median(spread.latencies), 20, 'ms'),
      atMost(`INVITE to 200 at ${rate} calls/s, p99`, percentile(spread.latencies, 0.99), 100, 'ms'),
      failuresOf(spread),
      inform('gateway CPU meanwhile', `${spread.core.toFixed(2)} core`),
      inform(
        'the same, all in one room of 40: median / p99',
        `${median(together.latencies).toFixed(1)} / ${percentile(together.latencies, 0.99).toFixed(1)} ms, ` +
          `${failuresOf(together).measured}, ${together.core.toFixed(2)} core`,
      ),
    ],
  });
} finally {
  await gateway.stop();
}
