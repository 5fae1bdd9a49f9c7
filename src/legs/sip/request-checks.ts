import { DualstreamError, type Verdict } from '../../base/errors.js';
import { splitOutside, unquote } from '../../protocol/sip-values/split.js';
import { UnsupportedBody } from './errors.js';
import { ExtensionUnknown } from './register-errors.js';
import type { SipRequest } from './srf.js';

/** The one type of description we read and write. */
export const sdpType = 'application/sdp';

/** Extensions a caller may insist on; the engine does what they ask for, or we do. */
const extensions = new Set([
  '100rel',
  'timer',
  'replaces',
  'norefersub',
  'outbound',
  'gruu',
  'histinfo',
  'from-change',
]);

/** The caller takes no answer that we could give. */
export class NotAcceptable extends DualstreamError {
  readonly verdict: Verdict = {
    sip: 406,
    h225: 'undefinedReason',
    bfcp: 0,
    http: 406,
    label: 'not_acceptable',
    retry: false,
  };
  constructor(accepted: string) {
    super(`answers are ${sdpType}, not ${accepted}`);
  }
}

/** A body is packed in a way that we do not unpack. */
export class UnsupportedEncoding extends DualstreamError {
  readonly verdict: Verdict = {
    sip: 415,
    h225: 'undefinedReason',
    bfcp: 0,
    http: 415,
    label: 'unsupported_encoding',
    retry: false,
  };
  constructor(encoding: string) {
    super(`the encoding ${encoding} is not understood`);
  }
}

/**
 * What a UAS looks at before it works on an INVITE (RFC 3261 §8.2.2.3, §13.3.1): an engine may have done so, or not.
 * @throws ExtensionUnknown, NotAcceptable
 */
export function checkInvite(request: SipRequest): void {
  const unknown = listOf(request.get('Require')).filter((each) => !extensions.has(each.toLowerCase()));
  if (unknown.length > 0) throw new ExtensionUnknown(unknown);
  const accept = request.get('Accept');
  if (accept !== undefined && !listOf(accept).some(takesSdp)) throw new NotAcceptable(accept);
}

function takesSdp(range: string): boolean {
  return [sdpType, 'application/*', '*/*'].includes(range.split(';')[0]?.trim().toLowerCase() ?? '');
}

function listOf(value: string | undefined): string[] {
  return (value ?? '').split(',').flatMap((each) => each.trim() || []);
}

/**
 * The description in a request, also as a part of several (RFC 5621 §3); empty where there is none, or only what may be
 * left out (`handling=optional`).
 * @throws UnsupportedBody, UnsupportedEncoding
 */
export function descriptionOf(request: SipRequest): string {
  if (!request.body) return '';
  const encoding = request.get('Content-Encoding') ?? request.get('e') ?? 'identity';
  if (encoding.trim().toLowerCase() !== 'identity') throw new UnsupportedEncoding(encoding);
  const type = request.get('Content-Type') ?? sdpType;
  if (isSdp(type)) return request.body;
  if (/^\s*multipart\//i.test(type)) return partOf(request.body, type);
  if (isOptional(request.get('Content-Disposition') ?? '')) return '';
  throw new UnsupportedBody(type);
}

function partOf(body: string, type: string): string {
  const boundary = splitOutside(type, ';')
    .map(({ text }) => /^\s*boundary\s*=\s*(.+?)\s*$/i.exec(text)?.[1])
    .find(Boolean);
  if (!boundary) throw new UnsupportedBody(type);
  const [, ...pieces] = `\r\n${body}`.split(`\r\n--${unquote(boundary)}`);
  let needed = false;
  for (const piece of pieces) {
    if (piece.startsWith('--')) break;
    const cut = piece.indexOf('\r\n\r\n');
    const head = piece.slice(0, cut < 0 ? 0 : cut);
    if (cut >= 0 && isSdp(/^content-type:\s*(.*)$/im.exec(head)?.[1] ?? '')) return `${piece.slice(cut + 4)}\r\n`;
    needed ||= !isOptional(/^content-disposition:\s*(.*)$/im.exec(head)?.[1] ?? '');
  }
  if (needed) throw new UnsupportedBody(type);
  return '';
}

function isSdp(type: string): boolean {
  return /^\s*application\/sdp\s*(;|$)/i.test(type);
}

function isOptional(disposition: string): boolean {
  return /;\s*handling\s*=\s*optional/i.test(disposition);
}

/** Whether a request offers audio, or leaves the offer to us. */
export function offersAudio({ body }: Pick<SipRequest, 'body'>): boolean {
  return !body || /^m=audio [1-9]/m.test(body);
}
