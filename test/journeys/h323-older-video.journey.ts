import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEndpoint } from '../../scripts/endpoint/endpoint.js';
import { readCode } from '../../scripts/endpoint/pattern/code.js';
import { systemClock } from '../../src/base/clock.js';
import { systemNet } from '../../src/base/system-net.js';
import { capabilitySet } from '../../src/protocol/h323/control/capabilities.js';
import type { Capability, H264Media, OlderVideoMedia, VideoMedia } from '../../src/protocol/h323/control/contract.js';
import { depacketizeOldH263 } from '../../src/protocol/rtp/h263.js';
import { Peer as MediaPeer, type Received } from '../media/io/peer.js';
import { nalsOf } from '../media/support/lossy-peers.js';
import { Peer } from '../support/h323-rig.js';
import { makeClip } from './support/clip.js';
import { startTestGateway, type TestGateway } from './support/gateway.js';
import { skipWithout } from './support/needs.js';
import { note } from './support/note.js';
import { until } from './support/until.js';

const here = '127.0.0.1';
const patience = 20_000;
const h264: H264Media = { kind: 'video', codec: 'h264', maxBitRate: 1_920_000, profiles: 64, levelIdc: 31 };
const old = (codec: OlderVideoMedia['codec']): OlderVideoMedia => ({
  ...{ kind: 'video', codec, maxBitRate: 384_000, intervals: { qcif: 1, cif: 1 }, options: false },
});

/** How each is sent, and its packets are joined; pictures of CIF have bars above and below, those made of them aside. */
const codecs = {
  h264: {
    join: (packets: Received[]) => Buffer.concat(nalsOf(packets).flatMap((nal) => [Buffer.from([0, 0, 0, 1]), nal])),
    words: '',
    crop: '960:720:160:0',
  },
  h263: {
    join: (packets: Received[]) =>
      Buffer.concat(pictures(packets).map((one) => depacketizeOldH263(one) ?? Buffer.of())),
    words: '-c:v h263 -mb_info 1200 -payload_type 34 -rtpflags rfc2190',
    crop: '352:216:0:36',
  },
  h261: {
    join: (packets: Received[]) => Buffer.concat(packets.map(({ payload }) => payload.subarray(4))),
    words: '-c:v h261 -payload_type 31 -f_strict experimental',
    crop: '352:216:0:36',
  },
} as const;
type Codec = keyof typeof codecs;

function pictures(packets: readonly Received[]): Buffer[][] {
  const times = [...new Set(packets.map(({ timestamp }) => timestamp))];
  return times.map((time) => packets.filter(({ timestamp }) => timestamp === time).map(({ payload }) => payload));
}

/** An H.323 device with one codec of pictures and ports of its own. */
class Device {
  private sender: { program: ChildProcess; socket: Socket } | null = null;

  private constructor(
    readonly peer: Peer,
    private readonly media: MediaPeer,
    private readonly codec: Codec,
  ) {}

  static async call(gateway: TestGateway, room: string, video: VideoMedia): Promise<Device> {
    const [listening] = gateway.gateway.core.h323?.listening ?? [];
    assert.ok(listening);
    const media = await MediaPeer.open();
    const groups: Capability[][] = [[{ kind: 'audio', codec: 'g711A', frames: 20 }], [video]];
    const set = capabilitySet(
      groups.map((group) => group.map((capability) => ({ direction: 'receive', capability }))),
      { packetizations: [] },
    );
    const acceptance = {
      mediaChannel: { address: here, port: media.rtpPort },
      mediaControlChannel: { address: here, port: media.rtcpPort },
    };
    const peer = await Peer.start(systemNet, systemClock, { set, acceptance, gateway: listening });
    await peer.dial(room);
    const state = (): string => JSON.stringify([peer.released, peer.channels('in')]);
    await until('its channel of pictures', patience, () => peer.channels('in').includes('video 2') || null, state);
    return new Device(peer, media, video.codec);
  }

  /** Sends a clip over and over, from where it receives. */
  async send(file: string, video: VideoMedia): Promise<void> {
    await this.peer.send('video', video);
    await until('the channel', patience, () => this.peer.channels('out').includes('video 2') || null);
    const to = this.peer.channel('out', 'video').acceptance?.mediaChannel?.port ?? 0;
    const socket = createSocket('udp4').bind(0, here);
    await once(socket, 'listening');
    socket.on('message', (data) => this.media.sendRaw(to, data));
    const { words } = codecs[this.codec];
    const input = `-v error -nostdin -re -stream_loop -1 -i ${file} -an -vf scale=352:288,setsar=12/11`;
    const output = `-g 10 -b:v 384k -f rtp rtp://${here}:${socket.address().port}?pkt_size=1300`;
    const program = spawn('ffmpeg', `${input} ${words} ${output}`.split(/ +/), { stdio: 'ignore' });
    this.sender = { program, socket };
  }

  /** Whose pictures it was sent until now. */
  shown(): string[] {
    const packets = this.media.rtp.filter(({ pt }) => pt !== 8);
    const whole = packets.slice(0, packets.findLastIndex(({ marker }) => marker) + 1);
    const [width, height] = [160, 90];
    const { join: joined, crop } = codecs[this.codec];
    const filter = `crop=${crop},scale=${width}:${height}:flags=area`;
    const args = `-v error -f ${this.codec} -i - -fps_mode passthrough -vf ${filter} -pix_fmt gray -f rawvideo -`;
    const { stdout } = spawnSync('ffmpeg', args.split(' '), { input: joined(whole), maxBuffer: 1 << 27 });
    const size = width * height;
    return Array.from({ length: Math.floor(stdout.length / size) }, (_, i) => {
      const code = readCode(stdout.subarray(i * size, (i + 1) * size), width, height);
      return code ? `${code.id} ${code.kind}` : 'nothing';
    });
  }

  async sees(whom: string): Promise<void> {
    const seen = (): boolean => this.shown().filter((one) => one === `${whom} camera`).length >= 5;
    await until(`${whom} to be seen`, patience, () => seen() || null);
  }

  async close(): Promise<void> {
    this.sender?.program.kill();
    this.sender?.socket.close();
    await this.peer.hangUp();
    await this.peer.close();
    this.media.close();
  }
}

describe('an H.323 device that has H.263 or H.261 only', function () {
  this.timeout(90_000);
  const directory = mkdtempSync(join(tmpdir(), 'older-'));
  const clip = join(directory, 'clip.mp4');
  const open: { close(): Promise<unknown> }[] = [];
  let gateway: TestGateway;

  before(async function () {
    skipWithout(this, ['ffmpeg']);
    makeClip(clip, 'OLDIE', 10);
    gateway = await startTestGateway({
      change: (settings) => ({
        ...settings,
        decide: ({ uri }) => {
          const room = /^(?:sip:)?([\w-]+)/.exec(uri)?.[1];
          return room === undefined ? null : { kind: 'room', room, role: 'participant' };
        },
        media: { ...settings.media, transcode: { enabled: true, program: 'ffmpeg', most: 6, kbps: 512 } },
        h323: {
          listen: [{ address: here, port: 0 }],
          ...{ h245Ports: null, bare: null, kbps: 1920, targets: [] },
          start: { fastStart: false, tunnelling: true, earlyH245: false },
        },
      }),
    });
  });
  afterEach(async () => {
    for (const one of open.splice(0)) await one.close();
  });
  after(async () => {
    await gateway?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const call = async (room: string, video: VideoMedia): Promise<Device> => {
    const device = await Device.call(gateway, room, video);
    open.push(device);
    return device;
  };

  for (const codec of ['h263', 'h261'] as const) {
    it(`is shown a room of H.264 by ${codec}`, async () => {
      const size = { width: 640, height: 360 };
      const ada = await startEndpoint({
        uri: gateway.uri(codec),
        name: 'ADA',
        bind: here,
        audio: 'silence',
        size,
        fps: 5,
      });
      open.push({ close: () => ada.hangup() });
      const device = await call(codec, old(codec));
      const from = performance.now();
      await device.sees('ADA');
      note(`five pictures of ${codec} after ${Math.round(performance.now() - from)} ms`);
    });

    it(`is seen by devices of H.264 by ${codec}`, async () => {
      const device = await call(`${codec}-out`, old(codec));
      await device.send(clip, old(codec));
      const other = await call(`${codec}-out`, h264);
      const from = performance.now();
      await other.sees('OLDIE');
      note(`five pictures out of ${codec} after ${Math.round(performance.now() - from)} ms`);
    });
  }
});
