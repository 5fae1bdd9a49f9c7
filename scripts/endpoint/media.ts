import type { LineKeys } from '../../src/media/plane.js';
import { openCodec } from './audio/codecs.js';
import { AudioLine, type VoiceFormat } from './audio/line.js';
import type { Happening, VideoLineName } from './events.js';
import type { FullOptions } from './options.js';
import { PatternSource, type PictureSource } from './pattern/source.js';
import type { AudioFormatName, LineOutcome, Lines } from './sdp/outcome.js';
import { payloadLimit, VideoLine, type VideoFormat } from './view/line.js';
import type { Picture } from './view/viewer.js';

/** Large enough for one slice of any picture: mode 1 cuts it into FU-A. */
const wholePicture = 1 << 20;

/** The three lines of an endpoint. */
export class EndpointMedia {
  private constructor(
    private readonly options: FullOptions,
    readonly audio: AudioLine,
    readonly main: VideoLine,
    readonly content: VideoLine,
  ) {}

  static async open(options: FullOptions, tell: (what: Happening) => void): Promise<EndpointMedia> {
    const { net, clock, bind: address, name, blind } = options;
    const common = { net, clock, address, cname: `${name.replace(/\W/g, '_')}@endpoint`, blind };
    const video = (line: VideoLineName): Promise<VideoLine> =>
      VideoLine.open({
        ...common,
        onSees: (picture) => tell(seen(line, picture)),
        onKeyframeRequest: () => tell({ event: 'keyframe-request', line, by: 'rtcp' }),
      });
    const audio = await AudioLine.open({
      ...common,
      sound: options.audio,
      onOnset: (level) => tell({ event: 'onset', level }),
      onKey: (keys) => tell({ event: 'keys', keys }),
    });
    audio.talking = !options.quiet;
    return new EndpointMedia(options, audio, await video('main'), await video('content'));
  }

  /** Takes over the outcome of a negotiation. */
  apply({ audio, video, content }: Lines): void {
    this.audio.sending = audio?.sending ?? false;
    const { send, receive } = this.audio.keys.numbers;
    const events = { send: numbered(send), receive: numbered(receive) };
    this.audio.port.cipher.describe({ ...keysOf(audio), events });
    this.audio.update(audio?.to ?? null, audio ? voice(audio.send) : null, voices(audio?.receive ?? []));
    this.applyVideo(this.main, video);
    this.applyVideo(this.content, content);
    if (video?.send && this.options.camera && !this.main.showing) this.main.show(this.camera(video.send));
  }

  /** The sender's pattern for the content line. */
  slides(): PictureSource {
    const { name, contentSize: size, contentFps: fps } = this.options;
    return new PatternSource({ name, kind: 'slides', size, fps, maxNal: this.maxNal(this.content.sends) });
  }

  line(name: VideoLineName): VideoLine {
    return name === 'main' ? this.main : this.content;
  }

  close(): void {
    this.audio.close();
    this.main.close();
    this.content.close();
  }

  private camera(format: VideoFormat): PictureSource {
    const { name, size, fps } = this.options;
    return new PatternSource({ name, kind: 'camera', size, fps, maxNal: this.maxNal(format) });
  }

  private maxNal(format: VideoFormat | null): number {
    return format?.mode === 1 ? wholePicture : payloadLimit;
  }

  private applyVideo(line: VideoLine, outcome: LineOutcome<VideoFormat> | null): void {
    const receive = outcome?.receive.map((format) => format.pt) ?? [];
    line.port.cipher.describe({ ...keysOf(outcome), events: { send: [], receive: [] } });
    line.update(outcome?.to ?? null, outcome?.sending ? outcome.send : null, receive);
  }
}

function keysOf(outcome: LineOutcome<unknown> | null): { keys?: LineKeys } {
  return outcome?.keys ? { keys: outcome.keys } : {};
}

function numbered(pt: number | null): { pt: number; clock: 8000 }[] {
  return pt === null ? [] : [{ pt, clock: 8000 }];
}

/** The event that says whose picture a line shows. */
export function seen(line: VideoLineName, picture: Picture): Happening {
  const { from, kind, counter, width, height } = picture;
  return { event: 'sees', line, from, kind, counter, width, height };
}

function voice(format: AudioFormatName | null): VoiceFormat | null {
  const codec = format && openCodec(format.name);
  return format && codec ? { pt: format.pt, codec } : null;
}

function voices(formats: readonly AudioFormatName[]): VoiceFormat[] {
  return formats.flatMap((format) => voice(format) ?? []);
}
