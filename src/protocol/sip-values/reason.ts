import { parseParams } from './params.js';
import { isToken, quote, splitOutside, unquote } from './split.js';

/** One Reason value (RFC 3326): `Q.850;cause=16;text="..."`. */
export interface Reason {
  protocol: string;
  cause: number | null;
  text: string | null;
}

/** Parses Reason; values that are not understood are left out. */
export function parseReasons(text: string): Reason[] {
  const reasons: Reason[] = [];
  try {
    for (const piece of splitOutside(text, ',')) {
      const cut = piece.text.indexOf(';');
      const protocol = (cut < 0 ? piece.text : piece.text.slice(0, cut)).trim();
      if (!isToken(protocol)) continue;
      const params = parseParams(cut < 0 ? '' : piece.text.slice(cut));
      const cause = params.get('cause');
      const words = params.get('text');
      reasons.push({
        protocol,
        cause: cause && /^\d+$/.test(cause) ? Number(cause) : null,
        text: words ? unquote(words) : null,
      });
    }
  } catch {
    return reasons;
  }
  return reasons;
}

/** Writes one Reason value. */
export function printReason(reason: Reason): string {
  const cause = reason.cause === null ? '' : `;cause=${reason.cause}`;
  return `${reason.protocol}${cause}${reason.text === null ? '' : `;text=${quote(reason.text)}`}`;
}
