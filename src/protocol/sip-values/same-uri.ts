import { isSipUri, parseSipUri, type SipUri } from './uri.js';

/** Parameters that make two URIs different when only one of them has it. */
const telling = ['user', 'ttl', 'method', 'maddr', 'transport'];

/** Whether two URIs are equivalent (RFC 3261 §19.1.4). Throws MalformedSip. */
export function sameUri(a: string, b: string): boolean {
  if (a === b) return true;
  if (!isSipUri(a) || !isSipUri(b)) return false;
  const [one, two] = [parseSipUri(a), parseSipUri(b)];
  return (
    one.scheme === two.scheme &&
    plain(one.user) === plain(two.user) &&
    one.host.toLowerCase() === two.host.toLowerCase() &&
    one.port === two.port &&
    sameParams(one, two) &&
    sameHeaders(one.headers, two.headers)
  );
}

function sameParams(one: SipUri, two: SipUri): boolean {
  const names = new Set([...one.params.keys(), ...two.params.keys()]);
  return [...names].every((name) => {
    const [a, b] = [one.params.get(name), two.params.get(name)];
    if (a === undefined || b === undefined) return !telling.includes(name);
    return (a ?? '').toLowerCase() === (b ?? '').toLowerCase();
  });
}

/** Header order does not count. */
function sameHeaders(one: string | null, two: string | null): boolean {
  const sorted = (text: string | null): string => (text ?? '').toLowerCase().split('&').sort().join('&');
  return sorted(one) === sorted(two);
}

/** Escapes of characters that need none mean the character. */
function plain(user: string | null): string | null {
  return (
    user &&
    user.replace(/%([0-9A-Fa-f]{2})/g, (whole: string, hex: string) => {
      const character = String.fromCharCode(Number.parseInt(hex, 16));
      return /[A-Za-z0-9\-_.!~*'()&=+$,;?/]/.test(character) ? character : whole.toUpperCase();
    })
  );
}
