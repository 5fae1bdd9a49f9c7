import type { Negotiated } from '../../media/sdp-session.js';
import type { LineName } from '../../media/vocabulary.js';

const lines: readonly LineName[] = ['audio', 'video', 'content'];
/** No format in common (RFC 3261 §20.43); other lines that are not there were not wanted by one side. */
const NO_FORMAT = 305;

/** Lines that the last exchange left out since neither side has a codec of the other. */
export function refusedLines(current: Negotiated | null): { line: LineName; reason: string }[] {
  return lines.flatMap((line) => {
    const refused = current?.refused?.[line];
    return refused?.code === NO_FORMAT ? [{ line, reason: refused.text }] : [];
  });
}
