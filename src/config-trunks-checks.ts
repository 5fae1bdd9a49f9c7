import type { Settings } from './config-schema.js';

/** What cannot work about trunks and calls of rooms. */
export function trunkConflicts({ sip }: Settings): { path: string[]; message: string }[] {
  const found: { path: string[]; message: string }[] = [];
  const names = new Set<string>();
  for (const [index, trunk] of sip.trunks.entries()) {
    const path = (key: string): string[] => ['sip', 'trunks', String(index), key];
    if (names.has(trunk.name))
      found.push({ path: path('name'), message: `the trunk ${trunk.name} is described twice` });
    names.add(trunk.name);
    if (sip.networks.some(({ name }) => name === trunk.name)) {
      found.push({ path: path('name'), message: `${trunk.name} is also one of sip.networks: rules could mean either` });
    }
    if ((trunk.user === undefined) !== (trunk.secretEnv === undefined)) {
      found.push({ path: path('user'), message: 'user and secretEnv go together' });
    }
    if (trunk.register && trunk.user === undefined && trunk.fromUser === undefined) {
      found.push({ path: path('register'), message: 'expected user or fromUser, to register as' });
    }
  }
  for (const [index, { trunk }] of sip.dialOut.numbers.entries()) {
    if (names.has(trunk)) continue;
    found.push({ path: ['sip', 'dialOut', 'numbers', String(index), 'trunk'], message: `there is no trunk ${trunk}` });
  }
  return found;
}
