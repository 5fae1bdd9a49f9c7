import { Server as HttpsServer } from 'node:https';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { DualstreamError, messageOf } from '../../base/errors.js';
import type { Endpoint } from '../../base/net.js';
import { callerOf, isForeign, isKnownHost, local, type Caller } from './caller.js';
import type { ErrorAnswer } from './contract.js';
import { Forbidden, TooMany } from './errors.js';
import type { Api, ApiOptions } from './options.js';
import { Buckets } from '../../base/buckets.js';
import { addRoutes } from './routes.js';
import { Sessions } from './session.js';
import { Upgrades } from './upgrades.js';
import { addWeb } from './web.js';

const versions = { minVersion: 'TLSv1.2' as const };

/** What both listeners share. */
interface Shared {
  options: ApiOptions;
  sessions: Sessions;
  upgrades: Upgrades;
  requests: Buckets;
}

/**
 * Opens the listeners. Rejects with the system's error (EADDRINUSE, ...) when a port cannot be had; its `key` names the
 * setting, `api.http` or `api.https`.
 */
export async function startApi(options: ApiOptions): Promise<Api> {
  const shared: Shared = {
    options,
    sessions: new Sessions(options),
    upgrades: new Upgrades(options),
    requests: new Buckets(options.clock, 200, 50),
  };
  const apps: FastifyInstance[] = [];
  const close = async (): Promise<void> => {
    shared.upgrades.close();
    await Promise.all(apps.splice(0).map((app) => app.close()));
  };
  try {
    const http = options.http && (await open(shared, apps, options.http, null));
    const https = options.https && (await open(shared, apps, options.https, options.https));
    return { http, https, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function open(
  shared: Shared,
  apps: FastifyInstance[],
  at: Endpoint,
  tls: ApiOptions['https'],
): Promise<Endpoint> {
  const app = build(shared, tls);
  apps.push(app);
  const { server } = app;
  const renewing = tls?.renewed?.(({ cert, key }) => {
    if (server instanceof HttpsServer) server.setSecureContext({ cert, key, ...versions });
  });
  server.on('close', () => renewing?.dispose());
  try {
    await app.listen({ host: at.address, port: at.port, exclusive: true });
  } catch (error) {
    if (error instanceof Error) Object.assign(error, { key: tls ? 'api.https' : 'api.http' });
    throw error;
  }
  const local = app.server.address();
  if (local === null || typeof local === 'string') throw new Error('listener without an address');
  return { address: local.address, port: local.port };
}

function build(shared: Shared, tls: { cert: string; key: string } | null): FastifyInstance {
  const { options } = shared;
  const limits = {
    bodyLimit: 64 << 10,
    requestTimeout: 15_000,
    forceCloseConnections: true,
    frameworkErrors: (error: unknown, _request: unknown, reply: FastifyReply) => void fail(options, error, reply),
  };
  const https = tls && { cert: tls.cert, key: tls.key, ...versions };
  const app: FastifyInstance = https ? fastify({ ...limits, https }) : fastify({ ...limits });
  const secure = tls !== null;
  const known = (host: string | undefined): boolean => secure || isKnownHost(host, options.hosts);
  const caller = (request: FastifyRequest): Caller => callerOf(request.raw, secure, options.tokens);
  app.addHook('onRequest', (request, reply, done) => {
    protect(request, reply, secure);
    const who = caller(request);
    if (!known(request.headers.host)) done(new Forbidden('this host name is not configured (api.hosts)'));
    else if (request.method !== 'GET' && isForeign(request.raw)) done(new Forbidden('request of another site'));
    else if (!local(who) && !shared.requests.take(who.address)) done(new TooMany());
    else done();
  });
  app.addHook('onResponse', (_request, reply, done) => {
    options.metrics.count('dualstream_http_requests_total', { status: String(reply.statusCode) });
    done();
  });
  app.setErrorHandler((error, _request, reply) => fail(options, error, reply));
  addRoutes(app, { options, sessions: shared.sessions, caller });
  addWeb(app, options.web);
  app.server.on('upgrade', (request, socket, head) => {
    shared.upgrades.handle(request, socket, head, { secure, known: known(request.headers.host) });
  });
  return app;
}

/** Headers that keep other sites, sniffers and frames out. */
function protect(request: FastifyRequest, reply: FastifyReply, secure: boolean): void {
  const host = /^[\w.:[\]-]+$/.test(request.headers.host ?? '') ? request.headers.host : 'localhost';
  const csp = [
    "default-src 'self'",
    `connect-src 'self' ${secure ? 'wss' : 'ws'}://${host}`,
    "img-src 'self' data: blob:",
    "media-src 'self' blob: mediastream:",
    "style-src 'self' 'unsafe-inline'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "object-src 'none'",
  ];
  reply.headers({
    'content-security-policy': csp.join('; '),
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'permissions-policy': 'camera=(self), microphone=(self), display-capture=(self), geolocation=()',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
  });
  if (request.url.startsWith('/api/')) reply.header('cache-control', 'no-store');
}

function fail(options: ApiOptions, error: unknown, reply: FastifyReply): FastifyReply {
  const { status, answer } = told(error);
  if (status >= 500) options.log.error({ status, reason: messageOf(error) }, 'request failed');
  if (status === 429) reply.header('retry-after', '5');
  return reply.code(status).send(answer);
}

const byStatus: Readonly<Record<number, string>> = { 413: 'too_large', 404: 'not_found', 503: 'unavailable' };

function told(error: unknown): { status: number; answer: ErrorAnswer } {
  if (error instanceof DualstreamError) {
    const { http, label, retry } = error.verdict;
    return { status: http, answer: { error: label, message: error.message, retry } };
  }
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  if (status >= 400 && status < 500) {
    const label = byStatus[status] ?? 'bad_request';
    return { status, answer: { error: label, message: messageOf(error), retry: false } };
  }
  return { status: 500, answer: { error: 'internal', message: 'something went wrong here', retry: true } };
}
