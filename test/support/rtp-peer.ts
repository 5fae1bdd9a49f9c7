import { systemClock } from '../../src/base/clock.js';
import { systemNet } from '../../src/base/system-net.js';
import { openCodec } from '../../scripts/endpoint/audio/codecs.js';
import { AudioLine } from '../../scripts/endpoint/audio/line.js';
import { PatternSource } from '../../scripts/endpoint/pattern/source.js';
import { VideoLine } from '../../scripts/endpoint/view/line.js';

/** The media half of a peer whose signalling is done elsewhere (sipp). */
export interface RtpPeer {
  /** RTP ports; RTCP is the next one. */
  readonly ports: { audio: number; video: number };
  readonly audio: AudioLine;
  readonly video: VideoLine;
  /** Starts sending tone and picture to these ports. */
  connect(to: {
    address: string;
    audio?: { port: number; pt: 0 | 8 };
    video?: { port: number; pt: number; mode: 0 | 1 };
  }): void;
  close(): void;
}

/** Opens a peer with a tone (`tone:440`) and a camera picture that carries its name. */
export async function openRtpPeer(options: { name: string; sound: string; address?: string }): Promise<RtpPeer> {
  const { name, sound, address = '127.0.0.1' } = options;
  const common = { net: systemNet, clock: systemClock, address, cname: name };
  const audio = await AudioLine.open({ ...common, sound });
  const video = await VideoLine.open({ ...common, onSees: () => undefined });
  return {
    ports: { audio: audio.port.port, video: video.port.port },
    audio,
    video,
    connect(to) {
      if (to.audio) {
        const codec = openCodec(to.audio.pt === 0 ? 'PCMU' : 'PCMA');
        const format = codec && { pt: to.audio.pt, codec };
        audio.update(at(to.address, to.audio.port), format, format ? [format] : []);
      }
      if (!to.video) return;
      video.update(at(to.address, to.video.port), to.video, [to.video.pt]);
      const size = { width: 640, height: 360 };
      video.show(new PatternSource({ name, kind: 'camera', size, fps: 10, maxNal: 1200 }));
    },
    close() {
      audio.close();
      video.close();
    },
  };
}

function at(address: string, port: number): { address: string; rtp: number; rtcp: number } {
  return { address, rtp: port, rtcp: port + 1 };
}
