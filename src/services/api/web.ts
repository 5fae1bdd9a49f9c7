import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import staticFiles from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ErrorAnswer } from './contract.js';

const plainPage = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Dualstream</title>
<h1>Dualstream</h1>
<p>The gateway is running. Its web page has not been built: run <code>npm run build</code> and start again.</p>
<p lang="zh">网关正在运行。网页尚未构建：请执行 <code>npm run build</code> 后重新启动。</p>
</html>
`;

/** Serves the built client; any path that is no file and no API path is the client's own. */
export function addWeb(app: FastifyInstance, directory: string): void {
  const root = resolve(directory);
  const built = existsSync(resolve(root, 'index.html'));
  if (built) {
    void app.register(staticFiles, {
      root,
      cacheControl: false,
      // Built assets carry a hash in their name; the page that names them must be fresh.
      setHeaders: (response, path) => {
        const hashed = /-[\w-]{8,}\.\w+$/.test(basename(path));
        response.setHeader('cache-control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache');
      },
    });
  }
  app.setNotFoundHandler((request, reply) => {
    if (!isPage(request)) return notFound(reply);
    if (built) return reply.header('cache-control', 'no-cache').sendFile('index.html');
    return reply.type('text/html; charset=utf-8').send(plainPage);
  });
}

function isPage(request: FastifyRequest): boolean {
  const path = request.url.split('?')[0] ?? '/';
  if (request.method !== 'GET' && request.method !== 'HEAD') return false;
  return !/^\/(api|sip|bfcp|bigbluebutton|metrics|admin)(\/|$)/.test(path) && !/\.\w+$/.test(path);
}

function notFound(reply: FastifyReply): FastifyReply {
  const answer: ErrorAnswer = { error: 'not_found', message: 'nothing here', retry: false };
  return reply.code(404).send(answer);
}
