import { systemClock } from '../../../src/base/clock.js';
import type { Datagrams } from '../../../src/base/net.js';
import { silentLog } from '../../../src/base/log.js';
import { createMetrics } from '../../../src/base/metrics.js';
import { systemNet } from '../../../src/base/system-net.js';
import { embeddedBridge } from '../../../src/bridges/embedded/bridge.js';
import { startMediaPlane } from '../../../src/media/io/plane.js';
import { startMixer } from '../../../src/media/mixer/mixer.js';
import type { Line, MediaPlane } from '../../../src/media/plane.js';
import type { MixedCodecName } from '../../../src/media/vocabulary.js';
import type { AudioBridge } from '../../../src/rooms/audio-bridge.js';
import { RTP_HEADER, emptyRtpHeader, readRtp, writeRtpHeader } from '../../../src/protocol/rtp/header.js';
import type { AudioBridgeHarness, AudioEndpoint } from '../../contract/audio-bridge.js';
import { Peer, formats } from '../../media/mixer/bench-room.js';
import { toneStrength } from '../../support/tones.js';
import { paramsOf } from './harness.js';

const loopback = '127.0.0.1';

/** A far end that speaks RTP to a line of the media plane over loopback. */
export class RtpEndpoint implements AudioEndpoint {
  peer: Peer;
  /** What it hears by; the same as what it speaks by, unless that was changed. */
  private ear: Peer;
  /** Called with each packet's sound and its arrival, ms. */
  onSound: (pcm: Float32Array, at: number) => void = () => undefined;
  private lastAt = 0;
  private readonly header = emptyRtpHeader();

  constructor(
    readonly id: string,
    readonly hz: number,
    readonly line: Line,
    private readonly codec: MixedCodecName,
    private readonly socket: Datagrams,
  ) {
    this.ear = this.peer = new Peer(id, line.slot, formats[codec], hz);
    socket.onError(() => undefined);
    socket.onMessage((data) => this.take(data));
    this.hold(false);
  }

  get packets(): number {
    return this.ear.heard.length;
  }

  talk(on: boolean): void {
    this.peer.talking = on;
  }

  hold(on: boolean): void {
    const rtpPort = this.socket.local.port;
    const remote = { address: loopback, rtpPort, rtcpPort: rtpPort };
    this.line.update({ ...paramsOf(this.codec), remote, direction: on ? 'inactive' : 'sendrecv', held: on });
  }

  hears(hz: number): number {
    if (systemClock.now() - this.lastAt > 200) return 0;
    return toneStrength(this.ear.ear(200), hz, this.ear.decoder.rate);
  }

  /** Other codecs from now on, as a negotiation would have them. */
  become(sends: MixedCodecName, hears: MixedCodecName): void {
    const { params } = this.line;
    if (!params) throw new Error('nothing was negotiated yet');
    this.speak(sends);
    this.ear = new Peer(this.id, this.line.slot, formats[hears], this.hz);
    this.line.update({ ...params, receive: [formats[sends]], send: [formats[hears]] });
  }

  /** May send all of these from now on, the first of them or (`speak`) another one, and hears the first. */
  offers(codecs: readonly MixedCodecName[]): void {
    const { params } = this.line;
    if (!params) throw new Error('nothing was negotiated yet');
    this.line.update({ ...params, receive: codecs.map((codec) => formats[codec]) });
  }

  /** Sends another codec, without a word. */
  speak(codec: MixedCodecName): void {
    const { seq, timestamp } = this.peer;
    this.peer = Object.assign(new Peer(this.id, this.line.slot, formats[codec], this.hz), { seq, timestamp });
  }

  /** Sends the next 20 ms, or lets them pass. */
  send(): void {
    const { peer } = this;
    const payload = peer.payload();
    const { seq, timestamp } = peer;
    peer.timestamp = (peer.timestamp + peer.encoder.step) >>> 0;
    if (!peer.talking) return;
    peer.seq = (peer.seq + 1) & 0xffff;
    const packet = new Uint8Array(RTP_HEADER + payload.length);
    writeRtpHeader(packet, peer.format.pt, false, seq, timestamp, 7000 + peer.slot);
    packet.set(payload, RTP_HEADER);
    this.socket.send(packet, { address: loopback, port: this.line.local.rtpPort });
  }

  close(): void {
    this.line.close();
    this.socket.close();
  }

  private take(data: Uint8Array): void {
    if (readRtp(data, this.header) !== null || this.header.pt !== this.ear.format.pt) return;
    this.lastAt = systemClock.now();
    this.ear.take(data.subarray(this.header.payloadStart, this.header.payloadEnd));
    this.onSound(this.ear.heard.at(-1) ?? new Float32Array(0), this.lastAt);
  }
}

/** The embedded bridge behind the real media plane. */
export interface PlaneHarness extends AudioBridgeHarness {
  endpoint(id: string, hz: number): Promise<RtpEndpoint>;
}

/** Makes the bridge under test from the plane and the embedded one; `close` ends what it made. */
export type MakeBridge = (
  plane: MediaPlane,
  embedded: AudioBridge,
) => Promise<{ bridge: AudioBridge; close(): Promise<void>; recordings?: string }>;

const theEmbedded: MakeBridge = (_plane, embedded) =>
  Promise.resolve({ bridge: embedded, close: () => Promise.resolve() });

/** Far ends use one codec after another. */
export async function planeHarness(codecs: readonly MixedCodecName[], make = theEmbedded): Promise<PlaneHarness> {
  const plane = await startMediaPlane({ ports: 'auto' });
  const tools = { clock: systemClock, log: silentLog, metrics: createMetrics() };
  const mixer = await startMixer({ ...tools, rings: plane.rings, ioPort: plane.mixerPort, desk: plane.desk });
  const embedded = embeddedBridge(mixer, silentLog, systemClock);
  const made = await make(plane, embedded);
  const { bridge } = made;
  const ends: RtpEndpoint[] = [];
  const sending = systemClock.every(20, () => {
    for (const end of ends) if (!end.peer.manual) end.send();
  });
  return {
    bridge,
    ...(made.recordings === undefined ? {} : { recordings: made.recordings }),
    async endpoint(id, hz) {
      const line = await plane.open({
        id: `${id}-${ends.length}/audio`,
        kind: 'audio',
        bind: loopback,
        advertise: loopback,
      });
      const socket = await systemNet.udp({ address: loopback, port: 0 });
      const endpoint = new RtpEndpoint(id, hz, line, codecs[ends.length % codecs.length] ?? 'PCMU', socket);
      ends.push(endpoint);
      return endpoint;
    },
    async close() {
      sending.cancel();
      await bridge.close();
      await made.close();
      await embedded.close();
      for (const end of ends) end.close();
      mixer.dispose();
      await plane.close();
    },
  };
}
