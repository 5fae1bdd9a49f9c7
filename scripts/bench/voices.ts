import { createEncoder } from '../../src/media/mixer/codecs/factory.js';
import type { MixedCodecName, MixedFormat } from '../../src/media/vocabulary.js';

/** Formats as a usual caller numbers them. */
export const formats: Record<MixedCodecName, MixedFormat> = {
  PCMU: { kind: 'audio', name: 'PCMU', pt: 0, clock: 8000, channels: 1, params: {} },
  PCMA: { kind: 'audio', name: 'PCMA', pt: 8, clock: 8000, channels: 1, params: {} },
  G722: { kind: 'audio', name: 'G722', pt: 9, clock: 8000, channels: 1, params: {} },
  opus: { kind: 'audio', name: 'opus', pt: 111, clock: 48000, channels: 2, params: { useinbandfec: '1' } },
};

/** Frames (20 ms) of one participant's recording, which repeats. */
export const loopFrames = 150;

/** Speech-like sound: a gliding voice in syllables, or faint noise. */
function recording(rate: number, index: number, talks: boolean): Float32Array[] {
  let phase = 0;
  let noise = index + 1;
  return Array.from({ length: loopFrames }, (_, f) =>
    Float32Array.from({ length: rate / 50 }, (_, i) => {
      const t = f / 50 + i / rate;
      noise = (noise * 1103515245 + 12345) & 0x7fffffff;
      const hiss = (noise / 0x40000000 - 1) * 0.0005;
      if (!talks) return hiss;
      const pitch = 110 + 5 * (index % 20) + 30 * Math.sin(2 * t + index);
      phase += (2 * Math.PI * pitch) / rate;
      const syllable = Math.max(0, Math.sin(2 * Math.PI * 3 * t + index));
      return hiss + 0.15 * syllable * (Math.sin(phase) + 0.6 * Math.sin(3 * phase) + 0.4 * Math.sin(7 * phase));
    }),
  );
}

/** The payloads of one participant's recording; `index` makes it another voice. */
export async function payloads(format: MixedFormat, index: number, talks: boolean): Promise<Uint8Array[]> {
  const encoder = createEncoder(format);
  await new Promise((resolve) => setImmediate(resolve));
  const out = recording(encoder.rate, index, talks).map((pcm) => Uint8Array.from(encoder.encode(pcm)));
  encoder.close();
  return out;
}
