import { MalformedSip } from './errors.js';

/** A piece of a header value and where it began. */
export interface Piece {
  text: string;
  at: number;
}

/** Splits at `separator`, but not inside quoted strings or angle brackets (RFC 3261 §7.3.1, §25.1). Pieces keep their blanks. */
export function splitOutside(text: string, separator: string): Piece[] {
  const pieces: Piece[] = [];
  let start = 0;
  let quotedAt = -1;
  let angledAt = -1;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quotedAt >= 0) {
      if (c === '\\') i++;
      else if (c === '"') quotedAt = -1;
    } else if (c === '"') quotedAt = i;
    else if (angledAt >= 0) {
      if (c === '>') angledAt = -1;
    } else if (c === '<') angledAt = i;
    else if (c === separator) {
      pieces.push({ text: text.slice(start, i), at: start });
      start = i + 1;
    }
  }
  if (quotedAt >= 0) throw new MalformedSip('quoted string does not end', quotedAt);
  if (angledAt >= 0) throw new MalformedSip('angle bracket does not close', angledAt);
  pieces.push({ text: text.slice(start), at: start });
  return pieces;
}

/** Text of a quoted string without its quotes and escapes; other text is returned as it is. */
export function unquote(text: string): string {
  if (text.length < 2 || !text.startsWith('"') || !text.endsWith('"')) return text;
  return text.slice(1, -1).replace(/\\(.)/gs, '$1');
}

/** `text` as a quoted string. */
export function quote(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&')}"`;
}

/** RFC 3261 §25.1 token. */
export function isToken(text: string): boolean {
  return /^[A-Za-z0-9\-.!%*_+`'~]+$/.test(text);
}
