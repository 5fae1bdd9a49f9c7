/** NAL unit types that matter to a gateway (H.265 table 7-1, RFC 7798 §4.4). */
const FIRST_IRAP = 16;
const LAST_IRAP = 23;
const VPS = 32;
const PPS = 34;
const FIRST_AFTER_PICTURES = 35;
const AGGREGATION = 48;
const FRAGMENT = 49;
/** NAL unit header, and with it that of a fragment. */
const HEADER = 2;
const FRAGMENT_HEADER = 3;

/** What one H.265 payload holds (RFC 7798 §4.4, without decoding order numbers); reused from payload to payload. */
export interface H265View {
  kind: 'single' | 'aggregation' | 'fragment';
  /** Begins a picture that decoding can begin with, or its parameter sets. */
  key: boolean;
  /** Holds nothing that is shown. */
  silent: boolean;
  /** No other picture of its sub-layer is predicted from this one. */
  disposable: boolean;
  /** For fragments: first and last piece. True for the others. */
  first: boolean;
  last: boolean;
}

/** An empty view to inspect into. */
export function emptyH265View(): H265View {
  return { kind: 'single', key: false, silent: true, disposable: false, first: true, last: true };
}

/** Inspects the payload at [start, end). False when it is malformed, or of a form that nobody uses (PACI, reserved). */
export function inspectH265(bytes: Uint8Array, start: number, end: number, into: H265View): boolean {
  into.key = into.disposable = false;
  into.silent = into.first = into.last = true;
  if (end - start <= HEADER) return false;
  const type = typeOf(bytes, start);
  if (type === AGGREGATION) return inspectAggregation(bytes, start, end, into);
  if (type === FRAGMENT) return inspectFragment(bytes, start, end, into);
  into.kind = 'single';
  note(into, type);
  return type < AGGREGATION;
}

function inspectAggregation(bytes: Uint8Array, start: number, end: number, into: H265View): boolean {
  into.kind = 'aggregation';
  for (let at = start + HEADER; at < end;) {
    const next = elementEnd(bytes, at, end);
    if (next < 0) return false;
    note(into, typeOf(bytes, at + 2));
    at = next;
  }
  return true;
}

function inspectFragment(bytes: Uint8Array, start: number, end: number, into: H265View): boolean {
  if (end - start <= FRAGMENT_HEADER) return false;
  const header = bytes[start + 2]!;
  into.kind = 'fragment';
  into.first = (header & 0x80) !== 0;
  into.last = (header & 0x40) !== 0;
  if (into.first && into.last) return false;
  note(into, header & 0x3f);
  if (!into.first) into.key = false;
  return true;
}

function note(into: H265View, type: number): void {
  if ((type >= FIRST_IRAP && type <= LAST_IRAP) || (type >= VPS && type <= PPS)) into.key = true;
  if (type < FIRST_AFTER_PICTURES) into.silent = false;
  // even numbers below 16 (H.265 table 7-1)
  into.disposable = type < FIRST_IRAP && type % 2 === 0;
}

function typeOf(bytes: Uint8Array, at: number): number {
  return (bytes[at]! >> 1) & 0x3f;
}

/** End of the aggregated unit whose 16-bit size stands at `at`, or -1 when it does not fit or has no header. */
function elementEnd(bytes: Uint8Array, at: number, end: number): number {
  if (at + 2 > end) return -1;
  const size = (bytes[at]! << 8) | bytes[at + 1]!;
  return size < HEADER || at + 2 + size > end ? -1 : at + 2 + size;
}

/** RTP payloads of one access unit: parameter sets in one aggregation packet, what is larger than `limit` in fragments. */
export function packetizeH265(nals: readonly Uint8Array[], limit: number): Uint8Array[] {
  const isSet = (nal: Uint8Array): boolean => typeOf(nal, 0) >= VPS && typeOf(nal, 0) <= PPS;
  const sets = nals.filter(isSet);
  const together = sets.length > 1 && sets.reduce((sum, { length }) => sum + 2 + length, HEADER) <= limit;
  const payloads = together ? [aggregate(sets)] : [];
  for (const nal of nals) {
    if (together && isSet(nal)) continue;
    if (nal.length <= limit) payloads.push(nal);
    else payloads.push(...fragments(nal, limit));
  }
  return payloads;
}

function aggregate(nals: readonly Uint8Array[]): Uint8Array {
  const elements = nals.flatMap((nal) => [nal.length >> 8, nal.length & 0xff, ...nal]);
  return Uint8Array.of(AGGREGATION << 1, 1, ...elements);
}

function fragments(nal: Uint8Array, limit: number): Uint8Array[] {
  const step = limit - FRAGMENT_HEADER;
  const pieces: Uint8Array[] = [];
  for (let at = HEADER; at < nal.length; at += step) {
    const start = at === HEADER ? 0x80 : 0;
    const end = at + step >= nal.length ? 0x40 : 0;
    const head = (nal[0]! & 0x81) | (FRAGMENT << 1);
    pieces.push(Uint8Array.of(head, nal[1]!, start | end | typeOf(nal, 0), ...nal.subarray(at, at + step)));
  }
  return pieces;
}

/** The NAL units of payloads in order; null when one is malformed, or a piece is missing. */
export function depacketizeH265(payloads: readonly Uint8Array[]): Uint8Array[] | null {
  const view = emptyH265View();
  const nals: Uint8Array[] = [];
  let pieces: number[] | null = null;
  for (const payload of payloads) {
    if (!inspectH265(payload, 0, payload.length, view) || (pieces === null) !== view.first) return null;
    if (view.kind === 'single') nals.push(payload);
    else if (view.kind === 'aggregation') nals.push(...elementsOf(payload));
    else {
      const header = [(payload[0]! & 0x81) | ((payload[2]! & 0x3f) << 1), payload[1]!];
      pieces = [...(pieces ?? header), ...payload.subarray(FRAGMENT_HEADER)];
      if (!view.last) continue;
      nals.push(Uint8Array.from(pieces));
      pieces = null;
    }
  }
  return pieces === null ? nals : null;
}

function elementsOf(payload: Uint8Array): Uint8Array[] {
  const nals: Uint8Array[] = [];
  for (let at = HEADER; at < payload.length;) {
    const end = elementEnd(payload, at, payload.length);
    nals.push(payload.subarray(at + 2, end));
    at = end;
  }
  return nals;
}
