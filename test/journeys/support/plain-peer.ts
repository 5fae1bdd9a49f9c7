import { systemClock } from '../../../src/base/clock.js';
import { systemNet } from '../../../src/base/system-net.js';
import { openCodec } from '../../../scripts/endpoint/audio/codecs.js';
import { AudioLine } from '../../../scripts/endpoint/audio/line.js';
import { PatternSource } from '../../../scripts/endpoint/pattern/source.js';
import { VideoLine } from '../../../scripts/endpoint/view/line.js';

const here = '127.0.0.1';

/** Media of a call whose signalling is somebody else's: PCMU and one H.264 line. */
export class PlainPeer {
  private constructor(
    readonly audio: AudioLine,
    readonly video: VideoLine,
    private readonly name: string,
  ) {}

  static async open(name: string, tone: number): Promise<PlainPeer> {
    const common = { net: systemNet, clock: systemClock, address: here, cname: name };
    const audio = await AudioLine.open({ ...common, sound: `tone:${tone}` });
    const video = await VideoLine.open({ ...common, onSees: () => undefined });
    return new PlainPeer(audio, video, name);
  }

  /** Sends to the ports that an answer names, in the payload formats the offer below numbers. */
  start(answer: string): void {
    const port = (kind: string): number => Number(new RegExp(`^m=${kind} (\\d+)`, 'm').exec(answer)?.[1] ?? 0);
    const to = (rtp: number): { address: string; rtp: number; rtcp: number } => ({ address: here, rtp, rtcp: rtp + 1 });
    const codec = openCodec('PCMU');
    if (!codec) throw new Error('no PCMU');
    this.audio.update(to(port('audio')), { pt: 0, codec }, [{ pt: 0, codec }]);
    this.video.update(to(port('video')), { pt: 97, mode: 1 }, [97]);
    const size = { width: 640, height: 360 };
    this.video.show(new PatternSource({ name: this.name, kind: 'camera', size, fps: 10, maxNal: 1200 }));
  }

  close(): void {
    this.audio.close();
    this.video.close();
  }
}
