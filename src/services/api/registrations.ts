import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Registration } from '../../rooms/registrations.js';
import { requireAdmin, type Caller } from './caller.js';
import type { RegistrationSnapshot, RegistrationsAnswer } from './contract.js';
import { NotFound, Unavailable } from './errors.js';
import type { ApiOptions } from './options.js';
import { parse } from './schemas.js';

const query = z.strictObject({
  user: z.string().min(1).max(64).optional(),
  after: z.string().max(128).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});
const params = z.object({ id: z.string().max(64) });

interface Tools {
  options: ApiOptions;
  caller: (request: FastifyRequest) => Caller;
}

/** Which devices are registered, for administrators. */
export function addRegistrations(app: FastifyInstance, { options, caller }: Tools): void {
  app.get('/api/v1/registrations', (request): RegistrationsAnswer => {
    requireAdmin(caller(request));
    const { user, after, limit } = parse(query, request.query);
    const page = registrationsOf(options).list({
      ...(user === undefined ? {} : { user }),
      ...(after === undefined ? {} : { after }),
      limit,
    });
    return { ...page, items: page.items.map(snapshot) };
  });
  app.delete('/api/v1/registrations/:id', async (request, reply) => {
    requireAdmin(caller(request));
    const { id } = parse(params, request.params);
    if (!(await registrationsOf(options).remove(id))) throw new NotFound(`there is no registration ${id}`);
    return reply.code(204).send();
  });
}

function registrationsOf({ registrations }: ApiOptions): NonNullable<ApiOptions['registrations']> {
  if (!registrations) throw new Unavailable('nobody registers here');
  return registrations;
}

function snapshot({ registeredAt, expiresAt, path, aliases = [], ...rest }: Registration): RegistrationSnapshot {
  const time = (ms: number): string => new Date(ms).toISOString();
  return {
    ...rest,
    aliases: [...aliases],
    path: [...path],
    registeredAt: time(registeredAt),
    expiresAt: time(expiresAt),
  };
}
