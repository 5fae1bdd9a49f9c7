import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { atMost, inform, median, pause, percentile, tell, type Figure } from './figures.js';
import { GatewayProcess, here } from './gateway-process.js';
import { voiceOnly } from './offers.js';
import { Uac, type UacCall } from './uac.js';

// Two people talk while far more calls come in than the gateway takes: who is sent away, how fast, and what the two notice.
// `node --import tsx scripts/bench/overload.ts [seconds] [calls a second]`

const seconds = Number(process.argv[2] ?? 20);
const rate = Number(process.argv[3] ?? 200);
/** What the gateway is told to take. */
const limits = { calls: 60, starts: { burst: 20, perSecond: 10 } };
const frameMs = 20;

/** One who talks: sends a frame each 20 ms and notes when frames come. */
class Talker {
  arrivals: number[] = [];
  private sequence = 0;
  private timer: NodeJS.Timeout | null = null;
  private next = 0;

  private constructor(private readonly socket: Socket) {
    socket.on('message', (data) => void (data.length === 172 && this.arrivals.push(performance.now())));
  }

  static async open(): Promise<Talker> {
    const socket = createSocket('udp4');
    socket.bind(0, here);
    await once(socket, 'listening');
    return new Talker(socket);
  }

  async join(uac: Uac): Promise<UacCall> {
    const { answer, call } = await uac.call(
      'talk',
      voiceOnly(this.socket.address().port, { pt: 0, rtpmap: 'PCMU/8000' }),
    );
    const port = Number(/^m=audio (\d+)/m.exec(answer.sdp)?.[1]);
    if (answer.status !== 200) throw new Error(`a talker was answered ${answer.status}`);
    this.next = performance.now();
    this.send(port);
    return call;
  }

  /** Gaps between frames since `from`, milliseconds. */
  gaps(from: number): number[] {
    const heard = this.arrivals.filter((at) => at >= from);
    return heard.slice(1).map((at, index) => at - (heard[index] ?? at));
  }

  close(): void {
    if (this.timer) clearTimeout(this.timer);
    this.socket.close();
  }

  /** On an absolute schedule, as a telephone does. */
  private send(port: number): void {
    const packet = Buffer.alloc(172, 0xd5);
    packet.writeUInt16BE(0x8000, 0);
    packet.writeUInt16BE(this.sequence & 0xffff, 2);
    packet.writeUInt32BE((this.sequence * 160) >>> 0, 4);
    packet.writeUInt32BE(this.socket.address().port, 8);
    this.sequence += 1;
    this.socket.send(packet, port, here);
    this.next += frameMs;
    this.timer = setTimeout(() => this.send(port), Math.max(0, this.next - performance.now()));
  }
}

interface Flood {
  taken: number;
  refusedMs: number[];
  other: Map<number, number>;
}

async function flood(uac: Uac): Promise<Flood> {
  const outcome: Flood = { taken: 0, refusedMs: [], other: new Map() };
  const sdp = voiceOnly(9, { pt: 0, rtpmap: 'PCMU/8000' });
  const one = async (index: number): Promise<void> => {
    const { answer, call } = await uac.call(`flood-${index % 5}`, sdp);
    if (answer.status === 503) outcome.refusedMs.push(answer.ms);
    else if (answer.status !== 200) outcome.other.set(answer.status, (outcome.other.get(answer.status) ?? 0) + 1);
    else {
      outcome.taken += 1;
      await pause(3000);
      await call.bye();
    }
  };
  const begin = performance.now();
  const all: Promise<void>[] = [];
  for (let n = 0; n < seconds * rate; n++) {
    await pause(Math.max(0, begin + (n * 1000) / rate - performance.now()));
    all.push(one(n));
  }
  await Promise.all(all);
  return outcome;
}

function quality(name: string, gaps: readonly number[], limit: number | null): Figure[] {
  const worst = percentile(gaps, 0.99);
  const what = `time between frames at a running call, p99, ${name}`;
  return [limit === null ? inform(what, `${worst.toFixed(1)} ms`) : atMost(what, worst, limit, 'ms')];
}

const gateway = await GatewayProcess.start({ overload: limits });
const [uac, caller] = [await Uac.open(gateway.sip), await Uac.open(gateway.sip)];
const talkers = [await Talker.open(), await Talker.open()] as const;
try {
  const calls = [await talkers[0].join(uac), await talkers[1].join(uac)];
  await pause(2000);
  const quiet = performance.now();
  await pause(5000);
  const calm = talkers[0].gaps(quiet);
  const begin = performance.now();
  const cpu = gateway.cpu;
  const { taken, refusedMs, other } = await flood(caller);
  const storm = talkers[0].gaps(begin);
  const core = (gateway.cpu - cpu) / ((performance.now() - begin) / 1000);
  const missed = Math.round((performance.now() - begin) / frameMs) - storm.length;
  const strange = [...other].map(([status, count]) => `${count} x ${status}`).join(', ');
  tell({
    bench: 'overload',
    figures: [
      inform(`of ${seconds * rate} calls at ${rate}/s`, `${taken} taken, ${refusedMs.length} sent away with 503`),
      { what: 'other outcomes', target: 'none', measured: strange || 'none', ok: other.size === 0 },
      atMost('INVITE to 503, median', median(refusedMs), 20, 'ms'),
      inform('INVITE to 503, p99', `${percentile(refusedMs, 0.99).toFixed(1)} ms`),
      ...quality('before', calm, null),
      ...quality('meanwhile', storm, 40),
      atMost('frames that a running call missed', Math.max(0, missed), Math.ceil(storm.length / 200), 'frames', 0),
      inform('gateway CPU meanwhile', `${core.toFixed(2)} core`),
    ],
  });
  for (const call of calls) await call.bye();
} finally {
  for (const each of [...talkers, uac, caller]) each.close();
  await gateway.stop();
}
