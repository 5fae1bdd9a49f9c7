import { fork } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { startMediaPlane, type StartedMediaPlane } from '../../src/media/io/plane.js';
import type { Line, LineParams } from '../../src/media/plane.js';
import type { H264Format } from '../../src/media/vocabulary.js';
import { writeRtpHeader } from '../../src/protocol/rtp/header.js';

// CPU microseconds of the io worker per forwarded packet: `node --import tsx scripts/bench/switch.ts [receivers] [seconds]`.
// The load comes from a child process, receivers are one socket that is never read, so only the switch is measured.

const receivers = Number(process.argv[2] ?? 50);
const seconds = Number(process.argv[3] ?? 5);
const pictureRate = 30;
const packetsPerPicture = 8;
const payloadBytes = 1200;

const format: H264Format = {
  kind: 'video',
  name: 'H264',
  pt: 97,
  clock: 90000,
  profileIdc: 0x42,
  profileIop: 0xe0,
  levelIdc: 31,
  mode: 1,
  levelAsymmetry: true,
  maxMbps: 108000,
  maxFs: 3600,
  maxBr: 14000,
  // by description: a picture without any cannot be begun with
  parameterSets: [Buffer.from('6742e01f8c8d4050', 'hex'), Buffer.from('68ce3c80', 'hex')],
};

if (process.send) await load();
else await measure();

/** The child: one camera, eight packets a picture. */
async function load(): Promise<void> {
  const [port] = (await once(process, 'message')) as [number];
  const socket = createSocket('udp4');
  const packet = Buffer.alloc(12 + payloadBytes, 0x55);
  let seq = 0;
  let picture = 0;
  setInterval(() => {
    for (let i = 0; i < packetsPerPicture; i++) {
      const key = picture % 300 === 0;
      packet[12] = 0x7c;
      packet[13] = (i === 0 ? 0x80 : i === packetsPerPicture - 1 ? 0x40 : 0) | (key ? 5 : 1);
      writeRtpHeader(packet, 97, i === packetsPerPicture - 1, seq++ & 0xffff, (picture * 3000) >>> 0, 1);
      socket.send(Buffer.from(packet), port, '127.0.0.1');
    }
    picture++;
  }, 1000 / pictureRate);
}

/** One camera line routed to every seat. */
async function fillRoom(plane: StartedMediaPlane, port: number): Promise<{ source: Line; sinks: Line[] }> {
  const params: LineParams = {
    direction: 'sendrecv',
    remote: { address: '127.0.0.1', rtpPort: port, rtcpPort: port },
    receive: [format],
    send: [format],
    events: { receive: [], send: [] },
    feedback: { pli: true, fir: false, nack: process.argv.includes('--nack'), remb: false },
    cname: 'bench',
    maxKbps: null,
    held: true,
  };
  const open = async (id: string): Promise<Line> => {
    const line = await plane.open({ id, kind: 'video', bind: '127.0.0.1', advertise: '127.0.0.1' });
    line.update(params);
    return line;
  };
  const source = await open('camera/video');
  const sinks: Line[] = [];
  for (let i = 0; i < receivers; i++) {
    const sink = await open(`seat${i}/video`);
    plane.route(sink, source);
    sinks.push(sink);
  }
  return { source, sinks };
}

async function packetsOut(lines: readonly Line[]): Promise<number> {
  const stats = await Promise.all(lines.map((line) => line.stats()));
  return stats.reduce((sum, one) => sum + one.packetsOut, 0);
}

async function measure(): Promise<void> {
  const plane = await startMediaPlane({ ports: 'auto' });
  const drain = createSocket({ type: 'udp4', recvBufferSize: 4096 });
  drain.bind(0, '127.0.0.1');
  await once(drain, 'listening');
  const { source, sinks } = await fillRoom(plane, drain.address().port);
  const camera = fork(process.argv[1] ?? '', [], { execArgv: process.execArgv });
  camera.send(source.local.rtpPort);
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const [cpuBefore, sentBefore] = [ioCpu(), await packetsOut(sinks)];
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const [cpu, packets] = [ioCpu() - cpuBefore, (await packetsOut(sinks)) - sentBefore];
  const { packetsIn, lostIn } = await source.stats();
  camera.kill();
  drain.close();
  await plane.close();
  console.log(
    JSON.stringify({
      receivers,
      packetsPerSecond: Math.round(packets / seconds),
      microsecondsPerPacket: Number(((cpu * 1e6) / packets).toFixed(2)),
      packetsIn,
      lostIn,
      node: process.version,
      cpu: cpus()[0]?.model,
      load: loadavg()[0]?.toFixed(2),
      date: new Date().toISOString().slice(0, 10),
    }),
  );
}

/** CPU seconds of this process so far, user and system; the main thread only waits. */
function ioCpu(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
