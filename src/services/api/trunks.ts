import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { TrunkState } from '../../rooms/trunk-states.js';
import { requireAdmin, type Caller } from './caller.js';
import type { TrunksAnswer, TrunkSnapshot } from './contract.js';
import type { ApiOptions } from './options.js';

interface Tools {
  options: ApiOptions;
  caller: (request: FastifyRequest) => Caller;
}

/** How trunks are, for administrators. */
export function addTrunks(app: FastifyInstance, { options, caller }: Tools): void {
  app.get('/api/v1/trunks', (request): TrunksAnswer => {
    requireAdmin(caller(request));
    return { items: (options.trunks?.list() ?? []).map(snapshot) };
  });
}

function snapshot({ servers, ...rest }: TrunkState): TrunkSnapshot {
  const time = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
  return { ...rest, servers: servers.map((one) => ({ ...one, asideUntil: time(one.asideUntil) })) };
}
