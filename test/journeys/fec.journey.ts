import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { RtcpPacket } from '../../src/protocol/rtp/rtcp.js';
import { emptyRtpHeader, readRtp, writeRtpHeader } from '../../src/protocol/rtp/header.js';
import { decodeRtcp } from '../../src/protocol/rtp/rtcp-decode.js';
import { encodeRtcp } from '../../src/protocol/rtp/rtcp-encode.js';
import { encodeClip } from '../media/support/clip.js';
import { ClipSender, longestFreeze, nalsOf, type Packet } from '../media/support/lossy-peers.js';
import { RawCall } from '../support/raw-call.js';
import { seeded } from '../support/seeded.js';
import { SipPeer } from '../support/sip-peer.js';
import { startTestGateway, type TestGateway } from './support/gateway.js';
import { skipWithout } from './support/needs.js';
import { note } from './support/note.js';
import { until } from './support/until.js';

const here = '127.0.0.1';
const fps = 15;
const watchedMs = 6_000;
const caps = 'caps=application/x-rtp,media=video,clock-rate=90000,encoding-name=H264,payload=97';
/** It protects a few packets at a time, which needs more at the same loss than the gateway does. */
const add = 'rtpulpfecenc pt=117 percentage=100 percentage-important=100 ! rtpredenc pt=116 allow-no-red-blocks=true';
const recover =
  'rtpssrcdemux ! rtpreddec pt=116 ! rtpstorage size-time=300000000 ! rtpjitterbuffer latency=150 do-lost=true ! ' +
  'rtpulpfecdec pt=117';
/** Until the gateway has had reports of the receiver's loss. */
const beginningMs = 2_500;

async function socket(): Promise<Socket & { port: number }> {
  const one = createSocket('udp4');
  one.bind(0, here);
  await once(one, 'listening');
  return Object.assign(one, { port: one.address().port });
}

/** A free port for a program that has to be told one. */
async function freePort(): Promise<number> {
  const one = await socket();
  const { port } = one;
  one.close();
  await once(one, 'close');
  return port;
}

/** One side of a call: its media sockets. */
interface Side {
  rtp: Socket & { port: number };
  rtcp: Socket & { port: number };
  /** Where the gateway has its media. */
  to: number;
}

/**
 * Shows the pictures of a clip that are whole and follow each other, and asks for a keyframe when one does not. The other
 * stack closes the numbers over what it could not recover, so that they say nothing.
 */
class ExactReceiver {
  /** `timestamp` is that of RTP. */
  readonly shown: { at: number; timestamp: number }[] = [];
  asked = 0;
  private readonly indexes: Map<string, number>;
  private readonly packets: { payload: Uint8Array }[] = [];
  private last = -1;
  private broken = true;
  private begun = false;
  private askedAt = Number.NEGATIVE_INFINITY;

  constructor(
    clip: readonly (readonly Buffer[])[],
    private readonly ask: () => void,
  ) {
    this.indexes = new Map(clip.map((nals, i) => [Buffer.concat(nals).toString('base64'), i]));
  }

  receive(payload: Buffer, { marker, timestamp }: { marker: boolean; timestamp: number }): void {
    this.begun = true;
    if (payload.length > 0) this.packets.push({ payload });
    if (!marker) return;
    const picture = nalsOf(this.packets.splice(0));
    const index = this.indexes.get(Buffer.concat(picture).toString('base64'));
    this.broken = !(index === 0 || (!this.broken && index === this.last + 1));
    if (this.broken || index === undefined) return;
    this.last = index;
    this.shown.push({ at: performance.now(), timestamp });
  }

  tick(): void {
    const now = performance.now();
    if (!this.broken || !this.begun || now - this.askedAt < 500) return;
    this.askedAt = now;
    this.asked++;
    this.ask();
  }
}

interface Figures {
  share: number;
  freezeMs: number;
  asked: number;
  lost: number;
}

const good = ({ share, freezeMs }: Pick<Figures, 'share' | 'freezeMs'>): boolean => share >= 0.9 && freezeMs <= 2000;

/** GStreamer adds FEC to what one device sends, and recovers what another is sent. */
describe('FEC between the gateway and another stack', function () {
  this.timeout(60_000);
  let gateway: TestGateway;
  let peer: SipPeer;
  let clip: Buffer[][];
  const running: ChildProcess[] = [];
  const sockets: Socket[] = [];
  const timers: NodeJS.Timeout[] = [];

  before(async function () {
    skipWithout(this, ['gst-launch-1.0', 'ffmpeg', 'ss']);
    if (spawnSync('gst-inspect-1.0', ['--exists', 'rtpulpfecdec']).status !== 0) {
      process.stderr.write('      skipped: not installed: gstreamer1.0-plugins-good\n');
      this.skip();
    }
    gateway = await startTestGateway();
    peer = await SipPeer.udp({ address: here, port: gateway.port('udp') });
    clip = encodeClip({ size: '640x360', fps, kbps: 500 });
  });

  after(async () => {
    for (const timer of timers) clearInterval(timer);
    for (const one of running) one.kill();
    for (const one of sockets) one.close();
    peer?.close();
    await gateway?.close();
  });

  async function open(): Promise<Socket & { port: number }> {
    const one = await socket();
    sockets.push(one);
    return one;
  }

  /** A device that knows FEC and sends nothing again. */
  async function join(room: string, name: string): Promise<Side> {
    const [audio, rtp, rtcp] = [await open(), await open(), await open()];
    const call = new RawCall(peer, gateway.uri(room), name);
    const offer = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'];
    offer.push(`m=audio ${audio.port} RTP/AVP 0`, `m=video ${rtp.port} RTP/AVPF 97 116 117`, `a=rtcp:${rtcp.port}`);
    offer.push('a=rtpmap:97 H264/90000', 'a=fmtp:97 profile-level-id=42e01f;packetization-mode=1');
    offer.push('a=rtpmap:116 red/90000', 'a=rtpmap:117 ulpfec/90000', 'a=rtcp-fb:* nack pli', '');
    await call.invite(offer.join('\r\n'));
    assert.match(call.sdp, /^m=video \d+ RTP\/AVPF 97 116 117\r\n/m);
    assert.match(call.sdp, /^a=rtpmap:116 red\/90000\r\na=rtpmap:117 ulpfec\/90000\r$/m);
    return { rtp, rtcp, to: Number(/^m=video (\d+)/m.exec(call.sdp)?.[1]) };
  }

  /** Runs elements of GStreamer from a port of its own, which is returned, to `port`. */
  async function through(elements: string, port: number): Promise<number> {
    const from = await freePort();
    const sink = ['udpsink', `host=${here}`, `port=${port}`, 'sync=false', 'async=false'];
    const args = ['-q', 'udpsrc', `port=${from}`, caps, '!', ...elements.split(' '), '!', ...sink];
    running.push(spawn('gst-launch-1.0', args, { stdio: ['ignore', 'ignore', 'inherit'] }));
    await until('GStreamer to listen', 10_000, () => {
      return spawnSync('ss', ['-lun'], { encoding: 'utf8' }).stdout.includes(`:${from} `) || null;
    });
    return from;
  }

  /** The way to the gateway, or from it, loses so many thousandths. */
  async function run(way: 'to' | 'from', loss: number): Promise<Figures> {
    const room = `fec-${way}`;
    const [source, sink] = [await join(room, 'SOURCE'), await join(room, 'SINK')];
    const [made, restored, out] = [await open(), await open(), await open()];
    const [adding, using] = [await through(add, made.port), await through(recover, restored.port)];
    const roll = seeded(7);
    const count = { lost: 0, sent: 0, media: 0, highest: 0, told: 0, toldSent: 0 };
    const lose = (one: 'to' | 'from'): boolean => one === way && roll(1000) < loss && ++count.lost > 0;
    made.on('message', (data) => lose('to') || source.rtp.send(data, source.to, here));
    sink.rtp.on('message', (data) => {
      const header = emptyRtpHeader();
      if (readRtp(data, header) !== null) return;
      count.sent++;
      [count.media, count.highest] = [header.ssrc, header.seq];
      if (!lose('from')) out.send(data, using, here);
    });
    const options = { pt: 97, mode: 1 as const, fps, resends: false };
    const sender = new ClipSender(clip, options, (packet) => out.send(rtpOf(packet, 4711), adding, here));
    source.rtcp.on('message', (data) => {
      for (const { type } of packetsOf(data)) if (type === 'pli') sender.keyframe();
    });
    const tell = (packets: RtcpPacket[]): void => sink.rtcp.send(encodeRtcp(packets), sink.to + 1, here);
    const receiver = new ExactReceiver(clip, () => tell([{ type: 'pli', sender: 9, media: count.media }]));
    restored.on('message', (data: Buffer) => {
      const header = emptyRtpHeader();
      if (readRtp(data, header) === null)
        receiver.receive(data.subarray(header.payloadStart, header.payloadEnd), header);
    });
    const report = (): void => {
      const [lost, sent] = [way === 'from' ? count.lost : 0, count.sent];
      const fractionLost = Math.round(((lost - count.told) * 256) / Math.max(1, sent - count.toldSent));
      [count.told, count.toldSent] = [lost, sent];
      const block = { ssrc: count.media, fractionLost, cumulativeLost: lost, highestSeq: count.highest, jitter: 0 };
      tell([{ type: 'rr', ssrc: 9, reports: [{ ...block, lastSr: 0, delaySinceLastSr: 0 }] }]);
    };
    timers.push(
      setInterval(() => sender.next(), 1000 / fps),
      setInterval(report, 1000),
    );
    timers.push(setInterval(() => receiver.tick(), 50));
    await until('a picture', 15_000, () => receiver.shown.length > 0 || null);
    await pause(beginningMs);
    // while a machine is busy both stacks are late, and lose what they wait for
    let figures = await watch(receiver, count);
    for (let tries = 1; tries < 3 && !good(figures); tries++) figures = await watch(receiver, count);
    return figures;
  }

  /** Of the pictures between the last one that is shown now and the first that is shown after a while. */
  async function watch(receiver: ExactReceiver, count: { lost: number }): Promise<Figures> {
    const [first, asked, lost] = [receiver.shown.length - 1, receiver.asked, count.lost];
    await pause(watchedMs);
    const { length } = receiver.shown;
    await until('another picture', 5000, () => receiver.shown.length > length || null);
    const shown = receiver.shown.slice(first);
    const [from, to] = [shown[0]!, shown.at(-1)!];
    const sent = Math.round((((to.timestamp - from.timestamp) >>> 0) * fps) / 90_000);
    const share = (shown.length - 1) / sent;
    return { share, freezeMs: longestFreeze(shown, to.at), asked: receiver.asked - asked, lost: count.lost - lost };
  }

  it('shows at least 90 % of the pictures at 5 %, to the gateway and from it', async () => {
    const ways = ['to', 'from'] as const;
    const all = await Promise.all(ways.map(async (way) => ({ way, ...(await run(way, 50)) })));
    for (const { way, share, freezeMs, asked, lost } of all) {
      const what = `5 % ${way} the gateway`;
      note(
        `${what}: ${(Math.min(1, share) * 100).toFixed(1)} % of the pictures, longest stop ${Math.round(freezeMs)} ms, ` +
          `${asked} keyframes asked for, ${lost} packets lost`,
      );
    }
    for (const { way, share, freezeMs, lost } of all)
      assert.ok(good({ share, freezeMs }) && lost > 10, `${way}: ${share}, ${freezeMs} ms, ${lost} packets lost`);
  });
});

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function rtpOf({ pt, marker, seq, timestamp, payload }: Packet, ssrc: number): Buffer {
  const data = Buffer.alloc(12 + payload.length);
  writeRtpHeader(data, pt, marker, seq & 0xffff, timestamp >>> 0, ssrc);
  data.set(payload, 12);
  return data;
}

function packetsOf(data: Buffer): RtcpPacket[] {
  const result = decodeRtcp(data);
  return 'packets' in result ? result.packets : [];
}
