/** `IP4` or `IP6` for an IP literal, null for anything else (host names, nonsense). */
export function familyOf(address: string): 'IP4' | 'IP6' | null {
  if (isIp4(address)) return 'IP4';
  return isIp6(address) ? 'IP6' : null;
}

/** The null address of RFC 3264 §8.4 (hold), of either family. */
export function isNullAddress(address: string): boolean {
  return address === '0.0.0.0' || (address.includes(':') && /^[0:]+$/.test(address) && isIp6(address));
}

/** Multicast or broadcast: nothing a conference leg may ask us to send to. */
export function isGroupAddress(address: string): boolean {
  const first = Number(address.split('.', 1)[0]);
  return address.includes(':') ? /^ff/i.test(address) : first >= 224;
}

function isIp4(address: string): boolean {
  const parts = address.split('.');
  return parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}

function isIp6(address: string): boolean {
  if (!address.includes(':') || address.length > 45) return false;
  const halves = address.split('::');
  if (halves.length > 2) return false;
  const groups = halves.map((half) => (half === '' ? [] : half.split(':')));
  let count = 0;
  for (const [half, parts] of groups.entries()) {
    for (const [index, part] of parts.entries()) {
      const last = half === groups.length - 1 && index === parts.length - 1;
      if (last && part.includes('.')) {
        if (!isIp4(part)) return false;
        count += 2;
      } else {
        if (!/^[0-9a-f]{1,4}$/i.test(part)) return false;
        count += 1;
      }
    }
  }
  return halves.length === 2 ? count <= 7 : count === 8;
}

/** An IP literal as the system writes it, so that it can be compared with where something comes from. */
export function canonicalAddress(address: string): string {
  return address.includes(':') ? new URL(`http://[${address}]/`).hostname.slice(1, -1) : address;
}
