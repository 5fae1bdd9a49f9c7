import { roomTokenHeader } from '../../rooms/tokens.js';

/**
 * Takes the secrets out of a SIP message before anybody sees it: answers to challenges, passwords, tokens, PINs, pressed
 * keys and media keys become as many `x`. Lengths stay, so Content-Length and checksums of what is around stay right.
 * `text` has one character for each octet; `secrets` are words of this call that are secret wherever they stand.
 */
export function maskSip(text: string, secrets: Iterable<string> = []): string {
  const cut = text.indexOf('\r\n\r\n');
  const head = cut < 0 ? text : text.slice(0, cut);
  const body = cut < 0 ? '' : text.slice(cut);
  return maskHead(head, secrets) + maskBody(body, contentTypeOf(head), secrets);
}

/** A header line with what is folded under it. */
const value = String.raw`(?:[^\r\n]|\r\n[ \t])*`;
const credentials = new RegExp(String.raw`^((?:Proxy-)?Authorization[ \t]*:\s*)(${value})`, 'gim');
const mutual = new RegExp(String.raw`^((?:Proxy-)?Authentication-Info[ \t]*:\s*)(${value})`, 'gim');
/** Our own token, and what others call theirs. */
const tokenLines = new RegExp(
  String.raw`^((?:${roomTokenHeader}|Cookie|Set-Cookie|[\w-]*(?:token|secret|password|api-key)[\w-]*)[ \t]*:\s*)(${value})`,
  'gim',
);
/** `response`, and what would help to guess from it; an old tool may write the password itself. */
const digestSecrets = /\b((?:response|rspauth|cnonce|password)[ \t]*=[ \t]*)("[^"]*"|[^\s,;"]+)/gi;
/** Room and PIN in one: `sip:ROOM*PIN@...`, also escaped. */
const dialledPin = /(\b(?:sips?|tel|h323):(?:[^\s@;>,"*%]|%(?!2a)){0,256}(?:\*|%2a))([^\s@;>,"]+)/gi;
const uriPassword = /(\bsips?:[^\s@;>,":]{1,256}:)([^\s@;>,"]{1,256})(?=@)/gi;
const uriToken = /([;?&][\w-]*(?:token|password|secret)=)([^\s;?&>,"]+)/gi;

function maskHead(head: string, secrets: Iterable<string>): string {
  const masked = head
    .replace(credentials, (_, name: string, said: string) => name + maskCredentials(said))
    .replace(mutual, (_, name: string, said: string) => name + maskDigest(said))
    .replace(tokenLines, keepFirst);
  return maskAddresses(masked, secrets);
}

function maskAddresses(text: string, secrets: Iterable<string>): string {
  let masked = text.replace(dialledPin, keepFirst).replace(uriPassword, keepFirst).replace(uriToken, keepFirst);
  for (const secret of secrets) masked = maskIn(masked, secret);
  return masked;
}

/** A word that is secret is so inside addresses only: a PIN may also be a port or a sequence number. */
function maskIn(head: string, secret: string): string {
  const addresses = /\b(?:sips?|tel|h323):[^\s;>,"]+/gi;
  return head.replace(addresses, (uri) => {
    const user = uri.includes('@') ? uri.slice(0, uri.lastIndexOf('@')) : uri;
    return user.split(secret).join(crossed(secret)) + uri.slice(user.length);
  });
}

/** Digest tells who and for what; of other schemes nothing is shown. */
function maskCredentials(said: string): string {
  const [scheme = ''] = /^\S+/.exec(said) ?? [];
  if (/^digest$/i.test(scheme)) return maskDigest(said);
  return scheme + crossed(said.slice(scheme.length));
}

function maskDigest(said: string): string {
  return said.replace(digestSecrets, (_, name: string, secret: string) =>
    secret.startsWith('"') ? `${name}"${crossed(secret.slice(1, -1))}"` : name + crossed(secret),
  );
}

const srtpKey = /(\binline:)([^|\s;]+)/g;
const keyLines = /^(a=ice-pwd:|a=key-mgmt:\w+ |a=websocket-uri:[^?\r\n]*\?|k=\w+:)([^\r\n]+)/gim;
const digitTypes = /dtmf|telephone-event|digits|kpml/i;
const digitFields = /^(\s*(?:Signal|d)\s*[=:]\s*(?:Digits\s*=\s*)?)([^\r\n]+)/gim;
const digitElements = /(\bdigits\s*=\s*["'])([^"']+)/gi;
const bareDigits = /^(\s*)("?[0-9A-Da-d*#]{1,32}"?)(?=\s*$)/;

/** Bodies may be or hold SIP messages (RFC 3420, RFC 3261 §23.4), and name addresses. */
const fragments = /message\/sip/i;

function maskBody(body: string, type: string, secrets: Iterable<string>): string {
  const inside = fragments.test(type + body) ? maskHead(body, secrets) : maskAddresses(body, secrets);
  const masked = inside.replace(srtpKey, keepFirst).replace(keyLines, keepFirst);
  const parts = /^multipart\//i.test(type) ? body : '';
  if (!digitTypes.test(type + parts)) return masked;
  return masked.replace(digitFields, keepFirst).replace(digitElements, keepFirst).replace(bareDigits, keepFirst);
}

function keepFirst(_: string, kept: string, secret: string): string {
  return kept + crossed(secret);
}

/** Line ends and spaces stay, so that folded lines stay lines. */
function crossed(secret: string): string {
  return secret.replace(/\S/g, 'x');
}

function contentTypeOf(head: string): string {
  return /^(?:Content-Type|c)[ \t]*:[ \t]*([^\r\n]*)/im.exec(head)?.[1] ?? '';
}
