/** A key press told by INFO. */
export interface InfoDigit {
  digit: string;
  /** What the peer says of its length; null when it says nothing. */
  durationMs: number | null;
}

const keys = '0123456789*#ABCD';
const shortest = 40;
const longest = 10_000;

/**
 * The digit of an INFO, in the forms that are seen: `application/dtmf-relay` with `Signal=` and `Duration=` lines (room
 * systems, Cisco), `application/dtmf` with the bare key or its RFC 4733 event number, `application/vnd.nortelnetworks.digits`
 * with `d=` or `Signal=`, `audio/telephone-event` with the event number, and any of these named by `Info-Package: dtmf`.
 * Null when it tells none.
 */
export function readDtmfInfo(contentType: string, body: string): InfoDigit | null {
  const type = (contentType.split(';')[0] ?? '').trim().toLowerCase();
  const text = body.slice(0, 500);
  switch (type) {
    case 'application/dtmf-relay':
    case 'application/dtmf':
    case 'application/vnd.nortelnetworks.digits':
      return fromFields(text) ?? fromText(text, type === 'application/dtmf-relay');
    case 'audio/telephone-event':
      return fromFields(text) ?? fromText(text, false);
    default:
      return null;
  }
}

/** Body of an INFO with `application/dtmf-relay` that says one key. */
export function dtmfRelay(digit: string, durationMs: number): string {
  return `Signal=${digit}\r\nDuration=${Math.round(durationMs)}\r\n`;
}

function fromFields(text: string): InfoDigit | null {
  const signal = /^\s*(?:Signal|d)\s*[=:]\s*(?:Digits\s*=\s*)?"?([0-9A-Da-d*#]{1,2})"?\s*$/im.exec(text);
  const digit = signal?.[1] === undefined ? null : keyOf(signal[1]);
  if (digit === null) return null;
  const length = /^\s*Duration\s*[=:]\s*(\d{1,6})\s*(?:ms)?\s*$/im.exec(text)?.[1];
  return { digit, durationMs: length === undefined ? null : bounded(Number(length)) };
}

function fromText(text: string, fields: boolean): InfoDigit | null {
  const bare = /^\s*"?([0-9A-Da-d*#]{1,2})"?\s*$/.exec(text)?.[1];
  if (bare === undefined || (fields && bare.length > 1)) return null;
  const digit = keyOf(bare);
  return digit === null ? null : { digit, durationMs: null };
}

/** One key as it is, or an event number above 9 (10 is `*`, 11 is `#`, 12 to 15 are A to D). */
function keyOf(text: string): string | null {
  if (text.length === 1) return text.toUpperCase();
  return /^1[0-5]$/.test(text) ? keys.charAt(Number(text)) : null;
}

function bounded(ms: number): number {
  return Math.min(Math.max(ms, shortest), longest);
}
