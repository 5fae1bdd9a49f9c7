import { messageOf } from './errors.js';

/** What went wrong with TLS: a label for counting, and words for people. */
export interface TlsFault {
  label:
    | 'expired'
    | 'not_yet_valid'
    | 'wrong_host'
    | 'unknown_ca'
    | 'self_signed'
    | 'no_certificate'
    | 'bad_certificate'
    | 'protocol'
    | 'cipher'
    | 'not_tls'
    | 'timeout'
    | 'closed'
    | 'other';
  text: string;
}

/** A certificate that is valid but not of the one who was to be reached. */
export class WrongTlsHost extends Error {
  readonly code = 'ERR_TLS_CERT_ALTNAME_INVALID';
}

/** A handshake that took too long. */
export class TlsTimeout extends Error {
  readonly code = 'ERR_TLS_HANDSHAKE_TIMEOUT';
}

type Row = readonly [pattern: RegExp, label: TlsFault['label'], text: string];

/** By error code, first match counts: what we found, then what the other side told by an alert (RFC 8446 §6). */
const rows: readonly Row[] = [
  [/^CERT_HAS_EXPIRED$/, 'expired', 'its certificate has expired'],
  [/^CERT_NOT_YET_VALID$/, 'not_yet_valid', 'its certificate is not valid yet; is a clock wrong?'],
  [/^ERR_TLS_CERT_ALTNAME|^HOSTNAME_MISMATCH$/, 'wrong_host', 'its certificate is of somebody else'],
  [/^DEPTH_ZERO_SELF_SIGNED_CERT$/, 'self_signed', 'its certificate is signed by itself and not known to us'],
  [
    /^SELF_SIGNED_CERT_IN_CHAIN$|^UNABLE_TO_(GET_ISSUER|VERIFY_LEAF)|^CERT_UNTRUSTED$/,
    'unknown_ca',
    'its certificate is of an authority that we do not know, or a link of its chain is missing',
  ],
  [/^CERT_|^INVALID_(CA|PURPOSE)$|^ERROR_IN_CERT|^UNABLE_TO_/, 'bad_certificate', 'its certificate cannot be used'],
  [/PEER_DID_NOT_RETURN_A_CERTIFICATE/, 'no_certificate', 'it shows no certificate, and one is required'],
  [/ALERT_CERTIFICATE_REQUIRED/, 'no_certificate', 'it wants a certificate from us, and we have none for it'],
  [/ALERT_CERTIFICATE_EXPIRED/, 'expired', 'it says that our certificate has expired'],
  [/ALERT_UNKNOWN_CA/, 'unknown_ca', 'it does not know the authority that signed our certificate'],
  [/ALERT_(BAD_CERTIFICATE|CERTIFICATE_\w+|UNSUPPORTED_CERTIFICATE)/, 'bad_certificate', 'it refuses our certificate'],
  [/UNRECOGNIZED_NAME/, 'wrong_host', 'it does not know the name that was asked for'],
  [
    /UNSUPPORTED_PROTOCOL|ALERT_PROTOCOL_VERSION|VERSION_TOO_LOW|INSUFFICIENT_SECURITY/,
    'protocol',
    'both sides have no TLS version in common; ours is 1.2 or newer',
  ],
  [/NO_SHARED_CIPHER|ALERT_HANDSHAKE_FAILURE|NO_SUITABLE|NO_CIPHER/, 'cipher', 'both sides have no cipher in common'],
  [/HTTP_REQUEST|WRONG_VERSION_NUMBER|BAD_(RECORD|PACKET)|UNEXPECTED_MESSAGE/, 'not_tls', 'it does not speak TLS'],
  [/TIMEOUT|ETIMEDOUT/, 'timeout', 'it did not finish the handshake in time'],
  [/^ECONNRESET$|^EPIPE$|^ERR_STREAM_/, 'closed', 'it closed the connection during the handshake'],
];

/** Explains an error of a TLS connection. What is none keeps its own words. */
export function explainTls(error: Error): TlsFault {
  const code = 'code' in error ? String(error.code) : '';
  const row = rows.find(([pattern]) => pattern.test(code));
  if (!row) return { label: 'other', text: messageOf(error) };
  const [, label, text] = row;
  return { label, text: error instanceof WrongTlsHost ? error.message : text };
}

/** Whether an error is about TLS at all, and not a connection that was refused or cut. */
export function isTlsFault(error: Error): boolean {
  const { label } = explainTls(error);
  return label !== 'other' && label !== 'closed' && label !== 'timeout';
}
