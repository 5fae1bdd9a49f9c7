import { atMost, inform, median, pause, percentile, tell, type Figure } from './figures.js';
import { Pair, type Server } from './signalling/pair.js';
import { Caller, type Calls, type Load } from './signalling/sipp.js';

// A B2BUA on drachtio-srf (INVITE, 180, 200, ACK, BYE on both legs) with sipp at both ends: on the embedded engine and, where
// DRACHTIO_SERVER=host:port, DRACHTIO_SECRET and DRACHTIO_PID name one on this machine, on a drachtio-server in the same run.
// `node --import tsx scripts/bench/signalling.ts [cpu] [latency] [rate] [memory]`

const parts = process.argv.slice(2);
const wants = (part: string): boolean => parts.length === 0 || parts.includes(part);
/** Rounds of the CPU figure; the middle one counts. */
const rounds = 3;
const stayMs = 1000;

interface Column {
  /** CPU seconds per 1,000 calls at 50 calls a second. */
  engine: number;
  app: number;
  sum: number;
  /** INVITE to 200, p99, ms. */
  p99: number;
}

function server(): Server | null {
  const [, host = '', port = ''] = /^\[?(.+?)\]?:(\d+)$/.exec(process.env['DRACHTIO_SERVER'] ?? '') ?? [];
  const pid = Number(process.env['DRACHTIO_PID']);
  if (host === '' || !pid) return null;
  return { host, port: Number(port), secret: process.env['DRACHTIO_SECRET'] ?? '', pid };
}

function run(pair: Pair, load: Omit<Load, 'port'>): Promise<Calls> {
  const caller = new Caller({ ...load, port: pair.port });
  return caller.finished((load.calls / load.rate) * 1000 + load.stayMs + 40_000);
}

/** One round at 50 calls a second. */
async function atFifty(pair: Pair): Promise<Column> {
  const calls = 1000;
  const before = pair.cpu;
  const { failed, answers } = await run(pair, { rate: 50, calls, stayMs });
  await pause(500);
  const after = pair.cpu;
  if (failed > 0) throw new Error(`${failed} of ${calls} calls failed at 50 calls/s`);
  const spent = (what: 'engine' | 'app' | 'sum'): number => ((after[what] - before[what]) * 1000) / calls;
  return { engine: spent('engine'), app: spent('app'), sum: spent('sum'), p99: percentile(answers, 0.99) };
}

function middle(columns: readonly Column[]): Column {
  const of = (what: keyof Column): number => median(columns.map((each) => each[what]));
  return { engine: of('engine'), app: of('app'), sum: of('sum'), p99: of('p99') };
}

/** Rounds in turns, so that what disturbs one disturbs the other. */
async function perCall(pairs: readonly Pair[]): Promise<Column[]> {
  // compiled and at their size, as in a gateway that has run for a while
  for (const pair of pairs) await run(pair, { rate: 150, calls: 1500, stayMs: 200 });
  const columns = pairs.map((): Column[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, pair] of pairs.entries()) columns[index]?.push(await atFifty(pair));
  }
  return columns.map(middle);
}

const share = (failed: number, made: number): string => `${failed} of ${made}`;

/** A minute at 300 calls a second, then higher for as long as fewer than 1 % fail. */
async function highest(pair: Pair): Promise<{ minute: Calls; best: number }> {
  const minute = await run(pair, { rate: 300, calls: 300 * 60, stayMs });
  let best = minute.failed < minute.made * 0.01 ? 300 : 0;
  for (let rate = 400; best === rate - 100 && rate <= 600; rate += 100) {
    const { failed, made } = await run(pair, { rate, calls: rate * 15, stayMs });
    if (failed < made * 0.01) best = rate;
  }
  return { minute, best };
}

/** What each of 1,000 held calls takes, kB. Few calls come before: what they leave behind would be filled first. */
async function perHeld(pair: Pair): Promise<number> {
  const calls = 1000;
  await run(pair, { rate: 50, calls: 100, stayMs });
  // everything of the calls before is forgotten after 32 s
  await pause(34_000);
  const before = await pair.memory();
  const caller = new Caller({ port: pair.port, rate: 100, calls, stayMs: 600_000 });
  await pause((calls / 100) * 1000 + 36_000);
  const held = await pair.memory();
  await caller.stop();
  if (held.standing !== calls) throw new Error(`${held.standing} of ${calls} calls were up`);
  return (held.kilobytes - before.kilobytes) / calls;
}

async function withPair<T>(at: Server | null, use: (pair: Pair) => Promise<T>): Promise<T> {
  const pair = await Pair.start(at);
  try {
    return await use(pair);
  } finally {
    await pair.stop();
  }
}

const beside = server();
const figures: Figure[] = [];
const other = 'drachtio-server';

if (wants('cpu') || wants('latency')) {
  const own = await Pair.start(null);
  const theirs = beside ? await Pair.start(beside) : null;
  try {
    const [mine, real] = await perCall(theirs ? [own, theirs] : [own]);
    if (!mine) throw new Error('nothing measured');
    const cost = 'CPU per 1,000 B2BUA calls at 50 calls/s';
    figures.push(inform(`${cost}, embedded engine + app`, `${mine.sum.toFixed(2)} s`));
    if (real) {
      figures.push(
        inform(
          `${cost}, ${other} + app`,
          `${real.engine.toFixed(2)} + ${real.app.toFixed(2)} = ${real.sum.toFixed(2)} s`,
        ),
        atMost('the same, ratio', mine.sum / real.sum, 0.7, 'x', 2),
        inform(`B2BUA answer p99 at 50 calls/s, ${other}`, `${real.p99.toFixed(1)} ms`),
      );
    }
    figures.push(atMost('B2BUA answer p99 at 50 calls/s', mine.p99, 100, 'ms'));
  } finally {
    await own.stop();
    await theirs?.stop();
  }
}

const all = beside ? [null, beside] : [null];
for (const at of all) {
  if (!wants('rate')) break;
  const who = at ? `, ${other}` : '';
  const { minute, best } = await withPair(at, highest);
  const measured = `${share(minute.failed, minute.made)}, ${minute.retransmissions} retransmissions`;
  const what = `failed calls in 60 s of 300 B2BUA calls/s${who}`;
  figures.push(at ? inform(what, measured) : { what, target: 'none', measured, ok: minute.failed === 0 });
  figures.push(inform(`highest rate tried with < 1 % failures (steps of 100, 15 s)${who}`, `${best} calls/s`));
}
if (wants('memory')) {
  const held = await Promise.all(all.map((at) => withPair(at, perHeld)));
  for (const [index, kilobytes] of held.entries()) {
    const what = `memory of a held B2BUA call, two legs, 1,000 held${index > 0 ? `, ${other}` : ''}`;
    figures.push(index > 0 ? inform(what, `${kilobytes.toFixed(1)} kB`) : atMost(what, kilobytes, 60, 'kB'));
  }
}
tell({
  bench: 'signalling',
  figures,
  ...(beside ? {} : { note: 'no drachtio-server was there to be measured beside (DRACHTIO_SERVER, DRACHTIO_PID)' }),
});
