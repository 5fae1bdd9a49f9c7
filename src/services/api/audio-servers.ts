import type { FastifyInstance, FastifyRequest } from 'fastify';
import { requireAdmin, type Caller } from './caller.js';
import type { AudioServersAnswer } from './contract.js';
import { NotFound } from './errors.js';
import type { ApiOptions } from './options.js';
import { audioServerParams, audioServerPatch, parse } from './schemas.js';

interface Tools {
  options: ApiOptions;
  caller: (request: FastifyRequest) => Caller;
}

/** Servers of audio conferences, and taking them out of service, for administrators. */
export function addAudioServers(app: FastifyInstance, { options, caller }: Tools): void {
  const answer = (): AudioServersAnswer => ({ items: options.audioServers?.list() ?? [] });
  app.get('/api/v1/audio-servers', (request): AudioServersAnswer => {
    requireAdmin(caller(request));
    return answer();
  });
  app.patch('/api/v1/audio-servers/:name', (request): AudioServersAnswer => {
    requireAdmin(caller(request));
    const { name } = parse(audioServerParams, request.params);
    const { draining, move = false } = parse(audioServerPatch, request.body);
    if (!options.audioServers?.drain(name, draining, move)) throw new NotFound(`there is no audio server ${name}`);
    return answer();
  });
}
