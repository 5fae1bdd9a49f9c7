import type { Line } from '../media/plane.js';
import { targetFor, type PictureTarget } from '../media/transcode-target.js';
import type { Format, VideoCodecName, VideoFormat } from '../media/vocabulary.js';

/** What one receiver needs in the place of a source. */
export interface Need {
  /** What the source sends. */
  from: VideoCodecName;
  to: PictureTarget;
  why: string;
  /** Whether it stays when its reason is not told any more: what is encoded anew takes the reason away. */
  lasting: boolean;
}

/** Where nothing is known of a receiver but that it shows pictures. */
const ANY: VideoFormat = {
  ...{ kind: 'video', name: 'H264', pt: 0, clock: 90000, mode: 0, levelAsymmetry: false, parameterSets: [] },
  ...{ profileIdc: 0x42, profileIop: 0xe0, levelIdc: 31, maxMbps: 108_000, maxFs: 3600, maxBr: 14_000 },
};

/**
 * What `sink` needs instead of what `source` sends: the receiver's codec where they have none in common, and a picture that
 * it takes where it was found `stuck` for another reason. Null where nothing is in the way.
 */
export function needOf(source: Line, sink: Line, stuck: string | null, kbps: number): Need | null {
  const sends = picturesOf(source.params?.receive);
  const takes = picturesOf(sink.params?.send);
  const from = sends[0]?.name ?? 'H264';
  const common = sends.length === 0 || takes.length === 0 || takes.some(({ name }) => name === from);
  if (common && stuck === null) return null;
  const to = targetFor(takes[0] ?? ANY, sink.params?.maxKbps ?? null, kbps);
  if (!common) return { from, to, why: `the receiver takes ${to.codec} only`, lasting: false };
  return { from, to, why: stuck ?? '', lasting: true };
}

function picturesOf(formats: readonly Format[] = []): VideoFormat[] {
  return formats.filter((format) => format.kind === 'video');
}
