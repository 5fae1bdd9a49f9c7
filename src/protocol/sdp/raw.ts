import { MalformedSdp, OversizeSdp } from './errors.js';

/**
 * Limits of what is read: octets of text, m-lines, formats on one m-line, characters of a word of an m-line and of another
 * value that answers repeat, of a tls-id, of a URI.
 */
export const SDP_LIMITS = {
  octets: 65536,
  sections: 32,
  formats: 128,
  word: 32,
  value: 64,
  tlsId: 255,
  uri: 512,
} as const;

/** SDP as lines, without their line ends. */
export interface RawSdp {
  /** Lines before the first m-line. */
  session: string[];
  /** `head` is the m-line itself. */
  sections: { head: string; lines: string[] }[];
}

/**
 * Cuts SDP text into session and sections. Any line end is taken (CRLF, LF, CR); empty lines are skipped.
 * @throws MalformedSdp, OversizeSdp
 */
export function splitSdp(text: string): RawSdp {
  if (text.length > SDP_LIMITS.octets || Buffer.byteLength(text) > SDP_LIMITS.octets) {
    throw new OversizeSdp(`SDP exceeds ${SDP_LIMITS.octets} octets`);
  }
  const raw: RawSdp = { session: [], sections: [] };
  let lines = raw.session;
  for (const [index, line] of text.split(/\r\n|\r|\n/).entries()) {
    if (line.trim() === '') continue;
    if (!/^[a-z]=/.test(line) || line.includes('\0')) throw new MalformedSdp('not a type=value line', index + 1);
    if (line.startsWith('m=')) {
      if (raw.sections.length === SDP_LIMITS.sections)
        throw new OversizeSdp(`more than ${SDP_LIMITS.sections} m-lines`);
      lines = [];
      raw.sections.push({ head: line, lines });
    } else {
      lines.push(line);
    }
  }
  if (raw.session.length === 0 && raw.sections.length === 0) throw new MalformedSdp('empty');
  return raw;
}

/** The text again, with CRLF. */
export function joinSdp(raw: RawSdp): string {
  const lines = [...raw.session, ...raw.sections.flatMap((section) => [section.head, ...section.lines])];
  return lines.map((line) => `${line}\r\n`).join('');
}
