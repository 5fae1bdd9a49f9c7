import { readdirSync, readFileSync } from 'node:fs';

/** What went one way until the other side spoke, or a remark. */
export interface TranscriptPart {
  who: 'C' | 'S' | 'NOTE';
  bytes: Buffer;
}

const folder = new URL('../../golden/esl/', import.meta.url);

/** Names of all transcripts, without their ending. */
export const transcriptNames = readdirSync(folder)
  .filter((name) => name.endsWith('.txt'))
  .map((name) => name.slice(0, -4));

/** One transcript in its order. */
export function transcript(name: string): TranscriptPart[] {
  // one octet a character: bodies are counted in octets
  const text = readFileSync(new URL(`${name}.txt`, folder), 'latin1');
  const marks = [...text.matchAll(/^(?:== \[\d+\] ([CS]):\n|## \[\d+\] NOTE )/gm)];
  return marks.map((mark, index) => {
    const from = mark.index + mark[0].length;
    const whole = text.slice(from, marks[index + 1]?.index);
    const who = (mark[1] as 'C' | 'S' | undefined) ?? 'NOTE';
    return { who, bytes: Buffer.from(whole.endsWith('\n') ? whole.slice(0, -1) : whole, 'latin1') };
  });
}

/** All that the server sent. */
export function serverBytes(name: string): Buffer {
  return Buffer.concat(
    transcript(name)
      .filter(({ who }) => who === 'S')
      .map(({ bytes }) => bytes),
  );
}
