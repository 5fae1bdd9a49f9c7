/** How SIP names a WebSocket in Via (RFC 7118 §5.2). */
export type ViaTransport = 'WS' | 'WSS';

/**
 * Names the transport anew in the topmost Via of a message: whoever ends TLS must, since a SIP engine discards a request
 * whose Via is not of the connection's transport. Anything that is no SIP message stays as it is.
 */
export function withTransport(message: string, transport: ViaTransport): string {
  const end = message.indexOf('\r\n\r\n');
  const head = end < 0 ? message : message.slice(0, end);
  const via = /^((?:via|v)[ \t]*:\s*SIP\s*\/\s*2\.0\s*\/\s*)WSS?(?=\s)/im;
  return head.replace(via, `$1${transport}`) + message.slice(head.length);
}

/** Whether a message is a response. */
export function isResponse(message: string): boolean {
  return /^\s*SIP\//i.test(message);
}
