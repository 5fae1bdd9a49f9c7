import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { writeRtpHeader } from '../../src/protocol/rtp/header.js';
import { inform, pause, tell, type Figure } from './figures.js';
import { GatewayProcess, here } from './gateway-process.js';
import { voiceOnly } from './offers.js';
import { Uac, type UacCall } from './uac.js';

// What a whole room of PCMU callers costs the gateway, from socket to socket, and whether every packet comes out.
// `node --import tsx scripts/bench/room.ts [participants] [seconds]`

const participants = Number(process.argv[2] ?? 100);
const seconds = Number(process.argv[3] ?? 10);
/** The others send a quiet room. */
const talkers = 3;
const frameMs = 20;

/** CPU seconds of each thread of a process, by thread id. */
function threads(pid: number): Map<string, number> {
  const read = (id: string): number =>
    Number(readFileSync(`/proc/${pid}/task/${id}/schedstat`, 'utf8').split(' ')[0]) / 1e9;
  return new Map(readdirSync(`/proc/${pid}/task`).map((id) => [id, read(id)]));
}

/** One socket for all callers: the gateway's ports tell them apart. */
class Callers {
  received = 0;
  sent = 0;
  private frame = 0;
  private timer: NodeJS.Timeout | undefined;
  private readonly packet = Buffer.alloc(172);
  private readonly voice = Buffer.from(
    Uint8Array.from({ length: 1600 }, (_, i) => 0x90 + Math.round(14 * Math.sin(i / 2))),
  );

  private constructor(
    private readonly socket: ReturnType<typeof createSocket>,
    private readonly ports: readonly number[],
  ) {
    socket.on('message', () => this.received++);
  }

  static async call(uac: Uac): Promise<{ callers: Callers; calls: UacCall[] }> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 8 << 20 });
    socket.bind(0, here);
    await once(socket, 'listening');
    const ports: number[] = [];
    const calls: UacCall[] = [];
    for (let i = 0; i < participants; i++) {
      const offer = voiceOnly(socket.address().port, { pt: 0, rtpmap: 'PCMU/8000' });
      const { answer, call } = await uac.call('demo', offer, `caller${i}`);
      if (answer.status !== 200) throw new Error(`call ${i} was answered with ${answer.status}`);
      ports.push(Number(/^m=audio (\d+)/m.exec(answer.sdp)?.[1]));
      calls.push(call);
    }
    return { callers: new Callers(socket, ports), calls };
  }

  start(): void {
    const begin = performance.now();
    const next = (): void => {
      while (begin + this.frame * frameMs <= performance.now()) this.step();
      this.timer = setTimeout(next, begin + this.frame * frameMs - performance.now());
    };
    next();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.socket.close();
  }

  private step(): void {
    const { packet, frame } = this;
    for (const [i, port] of this.ports.entries()) {
      if (i < talkers) this.voice.copy(packet, 12, (frame % 10) * 160, (frame % 10) * 160 + 160);
      else packet.fill(0xff, 12);
      writeRtpHeader(packet, 0, frame === 0, frame & 0xffff, (frame * 160) >>> 0, 1000 + i);
      this.socket.send(Buffer.from(packet), port, here);
      this.sent++;
    }
    this.frame++;
  }
}

const gateway = await GatewayProcess.start();
try {
  const uac = await Uac.open(gateway.sip);
  const { callers, calls } = await Callers.call(uac);
  callers.start();
  await pause(3000);
  const before = { threads: threads(gateway.pid), received: callers.received, sent: callers.sent };
  const begin = performance.now();
  await pause(seconds * 1000);
  const passed = (performance.now() - begin) / 1000;
  const now = threads(gateway.pid);
  const busy = [...now].map(([id, cpu]) => (cpu - (before.threads.get(id) ?? 0)) / passed);
  const [sent, received] = [callers.sent - before.sent, callers.received - before.received];
  for (const call of calls) await call.bye();
  callers.stop();
  uac.close();
  const top = busy.sort((a, b) => b - a).slice(0, 3);
  const figures: Figure[] = [
    inform(
      `whole gateway with ${participants} PCMU participants in one room, ${talkers} talk`,
      `${busy.reduce((sum, core) => sum + core, 0).toFixed(2)} core`,
    ),
    inform('its busiest threads', top.map((core) => core.toFixed(2)).join(', ')),
    inform('packets in and out each second', `${Math.round(sent / passed)} and ${Math.round(received / passed)}`),
  ];
  tell({ bench: 'room', figures });
} finally {
  await gateway.stop();
}
