import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { writeRtpHeader } from '../../src/protocol/rtp/header.js';
import { atMost, inform, pause, tell } from './figures.js';
import { GatewayProcess, here } from './gateway-process.js';
import { roomSystem } from './offers.js';
import { Uac, type UacCall } from './uac.js';

// What the gateway takes when nobody calls, and what each call that is held up adds to its memory.
// `node --import tsx scripts/bench/idle.ts [seconds] [legs]`

// long enough for the heap to give back what the start took
const seconds = Number(process.argv[2] ?? 90);
const legs = Number(process.argv[3] ?? 100);
const legsInRoom = 10;
const settleMs = 5000;

/** Legs with audio, camera and content that give a sign of life now and then. */
class Crowd {
  private readonly calls: UacCall[] = [];
  private readonly ports: number[] = [];
  private sequence = 0;
  private readonly pulse = setInterval(() => this.live(), 4000);

  private constructor(
    private readonly uac: Uac,
    private readonly media: Socket,
  ) {}

  static async open(gateway: GatewayProcess): Promise<Crowd> {
    const media = createSocket({ type: 'udp4', recvBufferSize: 4096 });
    media.bind(0, here);
    await once(media, 'listening');
    return new Crowd(await Uac.open(gateway.sip), media);
  }

  /** Adds calls, ten a room. */
  async grow(count: number): Promise<void> {
    const { port } = this.media.address();
    for (let i = 0; i < count; i++) {
      const sdp = roomSystem({ audio: port, video: port, content: port, bfcp: port }).offer();
      const room = `idle-${Math.floor(this.calls.length / legsInRoom)}`;
      const { answer, call } = await this.uac.call(room, sdp, `leg${this.calls.length}`);
      if (answer.status !== 200) throw new Error(`a call was answered with ${answer.status}`);
      this.calls.push(call);
      this.ports.push(...[...answer.sdp.matchAll(/^m=(?:audio|video) (\d+)/gm)].map((match) => Number(match[1])));
    }
    this.live();
  }

  /** Calls that still stand. */
  get standing(): number {
    return this.calls.filter((call) => !call.ended).length;
  }

  async leave(): Promise<void> {
    for (const call of this.calls.splice(0)) await call.bye();
    this.ports.length = 0;
  }

  close(): void {
    clearInterval(this.pulse);
    this.uac.close();
    this.media.close();
  }

  /** One RTP keep-alive with a payload number that is not in use (RFC 6263 §4.6) to every line. */
  private live(): void {
    const packet = Buffer.alloc(12);
    writeRtpHeader(packet, 20, false, this.sequence++ & 0xffff, 0, 4711);
    for (const port of this.ports) this.media.send(packet, port, here);
  }
}

async function core(gateway: GatewayProcess): Promise<number> {
  const [begin, before] = [performance.now(), gateway.cpu];
  await pause(seconds * 1000);
  return ((gateway.cpu - before) * 1000) / (performance.now() - begin);
}

const gateway = await GatewayProcess.start();
const crowd = await Crowd.open(gateway);
try {
  await pause(settleMs);
  const start = gateway.rss;
  const idleCore = await core(gateway);
  const idle = gateway.rss;
  // what the first calls of all need once, compiled code above all, is no leg's
  await crowd.grow(legsInRoom);
  await crowd.leave();
  await pause(settleMs);
  const warm = await gateway.settledRss();
  await crowd.grow(legs);
  const held = await gateway.settledRss();
  await crowd.grow(legs);
  const twice = await gateway.settledRss();
  const { standing } = crowd;
  const heldCore = await core(gateway);
  await crowd.leave();
  await pause(settleMs);
  const perLeg = (twice - warm) / (2 * legs);
  tell({
    bench: 'idle',
    figures: [
      atMost('RSS idle, without rtpengine', idle / 1024, 120, 'MiB', 0),
      inform(`RSS ${settleMs / 1000} s after the start`, `${(start / 1024).toFixed(0)} MiB`),
      atMost('CPU idle', idleCore * 100, 1, '% of a core', 2),
      atMost(`memory of a held audio+video+content leg, ${2 * legs} held`, perLeg, 300, 'kB', 0),
      inform(`memory of a held leg (first ${legs})`, `${((held - warm) / legs).toFixed(0)} kB`),
      inform(`memory of a held leg (next ${legs})`, `${((twice - held) / legs).toFixed(0)} kB`),
      inform(`CPU with ${standing} silent legs`, `${heldCore.toFixed(2)} core`),
      inform('RSS idle, after the first calls', `${(warm / 1024).toFixed(0)} MiB`),
      inform('RSS after all have left', `${((await gateway.settledRss()) / 1024).toFixed(0)} MiB`),
    ],
  });
} finally {
  crowd.close();
  await gateway.stop();
}
