import { createHash } from 'node:crypto';
import type { Clock } from '../../../base/clock.js';
import { endpointText } from '../../../protocol/h323/addresses.js';
import type { Gatekeeper, Registered } from '../../../protocol/h323/ras/contract.js';
import { pageOf, type Registration, type Registrations } from '../../../rooms/registrations.js';

/** Registered devices as administrators see them. */
export function deviceView(
  gatekeeper: () => Pick<Gatekeeper, 'registrations' | 'unregister'> | null,
  clock: Pick<Clock, 'wall'>,
): Registrations {
  const devices = (): readonly Registered[] => gatekeeper()?.registrations() ?? [];
  return {
    list({ user, ...rest }) {
      const all = devices().map((device) => shown(device, clock.wall()));
      return pageOf(user === undefined ? all : all.filter((one) => one.user === user), rest);
    },
    remove(id) {
      const device = devices().find((one) => idOf(one) === id);
      if (device) gatekeeper()?.unregister(device.endpointIdentifier);
      return Promise.resolve(device !== undefined);
    },
  };
}

/** Not the identifier itself: who has that may speak for the device. */
function idOf({ endpointIdentifier }: Registered): string {
  return createHash('sha256').update(endpointIdentifier).digest('hex').slice(0, 16);
}

function shown(device: Registered, now: number): Registration {
  const { account, aliases, signalling, ras, product, since, secondsLeft } = device;
  const [name = ''] = aliases;
  const [at] = signalling;
  return {
    id: idOf(device),
    user: account ?? name,
    contact: `h323:${encodeURI(name)}${at ? `@${endpointText(at)}` : ''}`,
    ...{ aliases, address: ras.address, port: ras.port },
    transport: 'h323',
    agent: product ?? '',
    instance: null,
    path: [],
    q: 1,
    registeredAt: since,
    expiresAt: now + secondsLeft * 1000,
    reachable: true,
  };
}
