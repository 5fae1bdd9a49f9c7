/** See config-checks.ts. */
interface Conflict {
  path: string[];
  message: string;
}

interface Network {
  name: string;
  addresses: string[];
  trusted: boolean;
}

/** What cannot be meant by `sip.networks`. */
export function networkConflicts(networks: readonly Network[]): Conflict[] {
  const found: Conflict[] = [];
  const names = new Set<string>();
  for (const [index, { name, addresses, trusted }] of networks.entries()) {
    const path = ['sip', 'networks', String(index)];
    if (names.has(name)) found.push({ path: [...path, 'name'], message: `the network ${name} is described twice` });
    names.add(name);
    // everybody would call at the operator's cost
    if (trusted && addresses.some((one) => one.endsWith('/0'))) {
      found.push({ path: [...path, 'trusted'], message: 'this is every address there is, which cannot be trusted' });
    }
  }
  return found;
}

/** What cannot be meant by the PINs of a room. */
export function pinConflicts(rooms: readonly { pin: string | null; moderatorPin: string | null }[]): Conflict[] {
  return rooms.flatMap(({ pin, moderatorPin }, index) =>
    pin !== null && pin === moderatorPin
      ? [{ path: ['rooms', 'permanent', String(index), 'moderatorPin'], message: 'this is also the PIN of everybody' }]
      : [],
  );
}
