import { MessageChannel } from 'node:worker_threads';
import { systemClock } from '../../../src/base/clock.js';
import { Emitter } from '../../../src/base/events.js';
import { silentLog } from '../../../src/base/log.js';
import { createMetrics } from '../../../src/base/metrics.js';
import { embeddedBridge } from '../../../src/bridges/embedded/bridge.js';
import { FrameRing, createRingMemory, emptyFrame } from '../../../src/media/frames.js';
import { startMixer } from '../../../src/media/mixer/mixer.js';
import type { Line, LineEvents, LineParams } from '../../../src/media/plane.js';
import type { MixedCodecName } from '../../../src/media/vocabulary.js';
import type { AudioBridgeHarness, AudioEndpoint } from '../../contract/audio-bridge.js';
import { Peer, formats } from '../../media/mixer/bench-room.js';
import { toneStrength } from '../../support/tones.js';

/** A line without sockets: its far end is a Peer on the rings. */
class RingEndpoint implements AudioEndpoint {
  readonly line: Line;
  readonly peer: Peer;
  private params: LineParams;
  private readonly emitter = new Emitter<LineEvents & { params: LineParams }>();
  private lastAt = 0;

  constructor(
    readonly id: string,
    readonly hz: number,
    slot: number,
    codec: MixedCodecName,
  ) {
    this.peer = new Peer(id, slot, formats[codec], hz);
    this.params = paramsOf(codec);
    const current = (): LineParams => this.params;
    this.line = {
      id: `${id}/audio`,
      kind: 'audio',
      slot,
      ssrc: slot,
      local: { address: '127.0.0.1', rtpPort: 4, rtcpPort: 5 },
      get params() {
        return current();
      },
      on: this.emitter,
      update: (params) => {
        this.params = params;
        this.emitter.emit('params', params);
      },
      refresh: () => undefined,
      press: () => false,
      stats: () => Promise.reject(new Error('no statistics')),
      trace: () => Promise.resolve([]),
      close: () => undefined,
    };
  }

  get packets(): number {
    return this.peer.heard.length;
  }

  talk(on: boolean): void {
    this.peer.talking = on;
  }

  hold(on: boolean): void {
    this.line.update({ ...this.params, direction: on ? 'inactive' : 'sendrecv', held: on });
  }

  take(payload: Uint8Array): void {
    this.lastAt = systemClock.now();
    this.peer.take(payload);
  }

  hears(hz: number): number {
    if (systemClock.now() - this.lastAt > 200) return 0;
    return toneStrength(this.peer.ear(200), hz, this.peer.decoder.rate);
  }
}

/** What a usual negotiation ends in. */
export function paramsOf(codec: MixedCodecName): LineParams {
  return {
    direction: 'sendrecv',
    remote: { address: '127.0.0.1', rtpPort: 6, rtcpPort: 7 },
    receive: [formats[codec]],
    send: [formats[codec]],
    events: { receive: [], send: [] },
    feedback: { pli: false, fir: false, nack: false, remb: false },
    cname: 'x',
    maxKbps: null,
    held: false,
  };
}

/** The embedded bridge with a mixer thread of its own, far ends using one codec after another. */
export async function embeddedHarness(codecs: readonly MixedCodecName[]): Promise<AudioBridgeHarness> {
  const rings = { toMixer: createRingMemory(), fromMixer: createRingMemory() };
  const { port1, port2 } = new MessageChannel();
  const toMixer = new FrameRing(rings.toMixer);
  const fromMixer = new FrameRing(rings.fromMixer);
  const mixer = await startMixer({
    rings,
    ioPort: port2,
    clock: systemClock,
    log: silentLog,
    metrics: createMetrics(),
  });
  const bridge = embeddedBridge(mixer, silentLog, systemClock);
  const ends = new Map<number, RingEndpoint>();
  const frame = emptyFrame();
  port1.on('message', () => {
    while (fromMixer.read(frame)) ends.get(frame.slot)?.take(frame.payload);
  });
  const sending = systemClock.every(20, () => {
    for (const { peer } of ends.values()) {
      const payload = peer.payload();
      const { slot, seq, timestamp } = peer;
      const at = performance.timeOrigin + performance.now();
      peer.timestamp = (peer.timestamp + peer.encoder.step) >>> 0;
      if (!peer.talking) continue;
      toMixer.write({ slot, pt: peer.format.pt, marker: false, seq, timestamp, at, payload });
      peer.seq = (peer.seq + 1) & 0xffff;
    }
  });
  return {
    bridge,
    endpoint(id, hz) {
      const slot = ends.size;
      const endpoint = new RingEndpoint(id, hz, slot, codecs[slot % codecs.length] ?? 'PCMU');
      ends.set(slot, endpoint);
      return Promise.resolve(endpoint);
    },
    async close() {
      sending.cancel();
      await bridge.close();
      mixer.dispose();
      port1.close();
    },
  };
}
