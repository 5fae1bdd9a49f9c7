import { pause } from './figures.js';
import { Senders, type SendersPlan } from './senders.js';
import { busiest, threadSeconds } from './threads.js';
import { Uac } from './uac.js';

const warmUpMs = 5000;
const packetsPerSecond = 50;
/** Share of the packets that have to go out and come back. */
const enough = 0.97;

/** What a room of members costs who mixes it. */
export interface Cost {
  count: number;
  /** CPU milliseconds, user and system, per member and second, of each process. */
  perMember: number[];
  /** The same of the busiest threads of the one whose threads are told apart. */
  threads: number[];
  /** Share of the packets due that members sent, and of those that they were sent. */
  sent: number;
  received: number;
  /** Whether that is as good as all of them. */
  kept: boolean;
}

/** Where a crowd calls, and what is measured meanwhile. */
export interface CrowdPlan extends SendersPlan {
  sip: { address: string; port: number };
  seconds: number;
  cpuMs(): number[];
  pid?: number;
}

/** A room whose callers send evenly spread over each 20 ms. */
export async function measureCrowd(plan: CrowdPlan): Promise<Cost> {
  const uac = await Uac.open(plan.sip);
  try {
    const senders = await Senders.call(uac, { ...plan, moments: 10 });
    senders.start();
    await pause(warmUpMs);
    const look = (): { cpu: number[]; threads: Map<string, number>; sent: number; received: number; at: number } => ({
      cpu: plan.cpuMs(),
      threads: plan.pid === undefined ? new Map<string, number>() : threadSeconds(plan.pid),
      ...{ sent: senders.sent, received: senders.received, at: performance.now() },
    });
    const before = look();
    await pause(plan.seconds * 1000);
    const after = look();
    await senders.end();
    const count = plan.voices.length;
    const memberSeconds = (count * (after.at - before.at)) / 1000;
    const due = memberSeconds * packetsPerSecond;
    const [sent, received] = [(after.sent - before.sent) / due, (after.received - before.received) / due];
    return {
      count,
      perMember: after.cpu.map((ms, index) => (ms - (before.cpu[index] ?? NaN)) / memberSeconds),
      threads: busiest(before.threads, after.threads)
        .slice(0, 3)
        .map((cpu) => (cpu * 1000) / memberSeconds),
      ...{ sent, received, kept: sent >= enough && received >= enough },
    };
  } finally {
    uac.close();
    // Until the other side has forgotten the room.
    await pause(500);
  }
}
