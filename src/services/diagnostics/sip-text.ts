/** What a recorded SIP message says, as far as people look at it; nothing here decides about calls. */
export interface SipText {
  /** Null for a response. */
  method: string | null;
  /** Null for a response. */
  uri: string | null;
  /** Null for a request. */
  status: number | null;
  reason: string;
  cseq: number;
  /** Method of the request that it belongs to. */
  about: string;
  header(name: string): string | null;
  body: string;
}

const compact: Readonly<Record<string, string>> = {
  'call-id': 'i',
  from: 'f',
  to: 't',
  contact: 'm',
  'content-type': 'c',
};

/** Reads a message of one character for each octet. Total: what is not there is empty. */
export function readSipText(text: string): SipText {
  const cut = text.indexOf('\r\n\r\n');
  const head = cut < 0 ? text : text.slice(0, cut);
  const body = cut < 0 ? '' : text.slice(cut + 4);
  const [start = ''] = head.split('\r\n', 1);
  const response = /^SIP\/2\.0 (\d{3}) ?(.*)$/i.exec(start);
  const [method = '', uri = ''] = response ? [] : start.split(' ');
  const header = (name: string): string | null => headerOf(head, name);
  const [, cseq = '0', about = method] = /^(\d+)\s+(\S+)/.exec(header('CSeq') ?? '') ?? [];
  return {
    method: response ? null : method,
    uri: response ? null : uri,
    status: response ? Number(response[1]) : null,
    reason: response?.[2] ?? '',
    cseq: Number(cseq),
    about,
    header,
    body,
  };
}

/** Call-ID of a message, read as cheaply as may be: it is asked for each one. Empty where there is none. */
export function callIdOf(bytes: Buffer): string {
  const usual = bytes.indexOf('\r\nCall-ID: ', 0, 'latin1');
  if (usual >= 0) {
    const from = usual + 11;
    const end = bytes.indexOf(13, from);
    return bytes.toString('latin1', from, end < 0 ? bytes.length : end).trim();
  }
  const end = bytes.indexOf('\r\n\r\n', 0, 'latin1');
  return headerOf(bytes.toString('latin1', 0, end < 0 ? bytes.length : end), 'Call-ID') ?? '';
}

function headerOf(head: string, name: string): string | null {
  const short = compact[name.toLowerCase()];
  const names = short === undefined ? name : `${name}|${short}`;
  const found = new RegExp(`\\r\\n(?:${names})[ \\t]*:[ \\t]*((?:[^\\r\\n]|\\r\\n[ \\t])*)`, 'i').exec(head);
  return found?.[1]?.replace(/\r\n[ \t]+/g, ' ').trim() ?? null;
}
