import type { VideoCodecName, VideoFormat } from './vocabulary.js';

/** What a picture is encoded anew to. Receivers with the same target share one. */
export interface PictureTarget {
  codec: VideoCodecName;
  /** Into which box it has to fit; H.263 and H.261 have no other sizes than their own. */
  width: number;
  height: number;
  fps: number;
  kbps: number;
}

/** Boxes with their macroblocks (16 x 16). */
const BOXES: readonly (readonly [width: number, height: number, blocks: number])[] = [
  [1280, 720, 3600],
  [848, 480, 1590],
  [640, 360, 920],
  [416, 240, 390],
  [160, 96, 60],
];
/** Those of H.263 (its §2) and H.261: CIF and QCIF. */
const OLD_BOXES: typeof BOXES = [
  [352, 288, 396],
  [176, 144, 99],
];
const FPS = 15;
/** Fewer pictures a second are worse than smaller ones. */
const LEAST_FPS = 10;
const RATES: readonly number[] = [4096, 2048, 1024, 768, 512, 384, 256, 192, 128, 64];

/** The best that a receiver of `format` takes, at no more than `most` kbit/s; `takes`: what its line takes, null is all. */
export function targetFor(format: VideoFormat, takes: number | null, most: number): PictureTarget {
  const { name: codec, maxFs, maxMbps, maxBr } = format;
  const boxes = codec === 'VP8' || codec.startsWith('H264') || codec === 'H265' ? BOXES : OLD_BOXES;
  const fits = boxes.find(([, , blocks]) => blocks <= maxFs && blocks * LEAST_FPS <= maxMbps);
  const [width, height, blocks] = fits ?? boxes.at(-1)!;
  const fps = Math.max(1, Math.min(FPS, Math.floor(maxMbps / blocks)));
  const bound = Math.min(maxBr, takes ?? Infinity);
  const kbps = Math.min(most, RATES.find((rate) => rate <= bound) ?? RATES.at(-1)!);
  return { codec, width, height, fps, kbps };
}

/** Two targets with the same name are the same. */
export function nameOfTarget({ codec, width, height, fps, kbps }: PictureTarget): string {
  return `${codec} ${width}x${height} ${fps}/s ${kbps} kbit/s`;
}
