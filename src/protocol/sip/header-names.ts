const compact: Record<string, string> = {
  a: 'accept-contact',
  b: 'referred-by',
  c: 'content-type',
  d: 'request-disposition',
  e: 'content-encoding',
  f: 'from',
  i: 'call-id',
  j: 'reject-contact',
  k: 'supported',
  l: 'content-length',
  m: 'contact',
  n: 'identity-info',
  o: 'event',
  r: 'refer-to',
  s: 'subject',
  t: 'to',
  u: 'allow-events',
  v: 'via',
  x: 'session-expires',
  y: 'identity',
};

const irregular: Record<string, string> = {
  'call-id': 'Call-ID',
  cseq: 'CSeq',
  'www-authenticate': 'WWW-Authenticate',
  rseq: 'RSeq',
  rack: 'RAck',
  'min-se': 'Min-SE',
  'mime-version': 'MIME-Version',
  'sip-etag': 'SIP-ETag',
  'sip-if-match': 'SIP-If-Match',
};

/** A name as written, and the key it is found by. */
export interface HeaderName {
  readonly name: string;
  readonly key: string;
}

/** Names seen before; peers make names up, so only so many are kept. */
const seen = new Map<string, HeaderName>();
const keptNames = 500;

/** A name with its key: lower case, compact form expanded (IANA list of SIP header fields). Usual names are kept once. */
export function headerName(name: string): HeaderName {
  const known = seen.get(name);
  if (known !== undefined) return known;
  const lower = name.toLowerCase();
  const key = compact[lower] ?? lower;
  if (seen.size >= keptNames || name.length > 40) return { name, key };
  // a piece of a message would keep the whole of it
  const copy = Buffer.from(name).toString();
  const kept = { name: copy, key };
  seen.set(copy, kept);
  return kept;
}

/** Key a header is found by. */
export function headerKey(name: string): string {
  return headerName(name).key;
}

/** A header name as printed: known names canonically, others with each part capitalised, `X-` names as given. */
export function canonicalName(name: string): string {
  const key = headerKey(name);
  const known = irregular[key];
  if (known !== undefined) return known;
  if (/^x-/i.test(name)) return name;
  return key.replace(/(^|-)([a-z])/g, (_, dash: string, letter: string) => dash + letter.toUpperCase());
}

/** Headers of which a message has at most one value (RFC 3261 §7.3.1, §20). */
export const singleValued: ReadonlySet<string> = new Set([
  'from',
  'to',
  'call-id',
  'cseq',
  'max-forwards',
  'content-type',
  'content-length',
  'expires',
  'min-expires',
  'date',
  'timestamp',
  'session-expires',
  'min-se',
  'rseq',
  'rack',
  'event',
  'subscription-state',
  'info-package',
  'refer-to',
  'referred-by',
  'replaces',
  'join',
]);
