/** Rates at which low encodings of the main picture and of content are wanted, kbit/s; null where none is. */
export interface LowWanted {
  main: number | null;
  content: number | null;
}

/** How one low encoding is made. */
export interface LowEncoding {
  active: boolean;
  maxBitrate: number;
  scaleResolutionDownBy: number;
  maxFramerate: number;
}

/** Picture heights from the rate on, kbit/s, the highest first; content keeps more of them, and fewer pictures a second. */
const heights = {
  main: [
    { from: 600, height: 540, fps: 20 },
    { from: 250, height: 360, fps: 15 },
    { from: 0, height: 180, fps: 15 },
  ],
  content: [
    { from: 600, height: 1080, fps: 5 },
    { from: 0, height: 720, fps: 5 },
  ],
} as const;

/** What a line's low encoding is to be at a rate, kbit/s; `height` is that of the picture itself, where known. */
export function lowEncoding(what: 'main' | 'content', kbps: number | null, height: number | undefined): LowEncoding {
  const rate = kbps ?? 0;
  const step = heights[what].find(({ from }) => rate >= from) ?? heights[what][0];
  return {
    active: kbps !== null,
    // it must be a valid rate, wanted or not
    maxBitrate: Math.max(rate, 64) * 1000,
    scaleResolutionDownBy: Math.max(1, (height ?? step.height) / step.height),
    maxFramerate: step.fps,
  };
}
