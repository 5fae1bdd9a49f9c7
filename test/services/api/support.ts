import { connect } from 'node:net';
import { WebSocket } from 'ws';
import { systemChance } from '../../../src/base/ids.js';
import type { Api, ApiOptions } from '../../../src/services/api/options.js';
import { startApi } from '../../../src/services/api/api.js';
import type { EventMessage, SessionAnswer } from '../../../src/services/api/contract.js';
import { createTokens } from '../../../src/services/api/tokens.js';
import { PinGuesses } from '../../../src/rooms/pin-guesses.js';
import { shippedRooms } from '../../../src/rooms/directory.js';
import { FakeLeg } from '../../support/fakes/fake-leg.js';
import { fakeDirectory, roomTools, type FakeTools } from '../../support/fakes/rooms.js';

/** One HTTP answer; `body` is JSON where the server said so. */
export interface Answer {
  status: number;
  body: unknown;
  headers: Record<string, string>;
}

const like = { capacity: 10, policy: 'latest-takes-over' as const };
const closedRoom = { ...like, name: 'closed', permanent: true, mode: 'conference' as const, pin: '1234' };

/** An API on a free loopback port over fake rooms. */
export async function apiUnderTest(more: Partial<ApiOptions> = {}, fakes: FakeTools = roomTools()) {
  const { rooms, ...tools } = fakeDirectory({ permanent: [...shippedRooms(like), closedRoom] }, fakes);
  const { clock, log, metrics } = tools;
  const tokens = createTokens({ clock, chance: systemChance });
  const demoCalls: string[] = [];
  const hooks = { onRemote: (_address: string): void => undefined };
  const options: ApiOptions = {
    http: { address: '127.0.0.1', port: 0 },
    https: null,
    rooms,
    tokens,
    guesses: new PinGuesses(clock),
    web: 'var/no-such-directory',
    onSip: (stream) => {
      hooks.onRemote(stream.remote.address);
      stream.onMessage((data) => stream.send(`sip echo ${data.toString()}`));
    },
    onBfcp: (stream, token) => {
      stream.onMessage((data) => stream.send(data));
      return token === 'good';
    },
    bfcpFor: (_room, userId) => ({ token: 't', confId: 7, userId, floorId: 1 }),
    dialOut: null,
    demo: demoOf(demoCalls),
    about: { version: '0', httpsUrls: [], fingerprint: null, sipUris: [] },
    hosts: [],
    log,
    metrics,
    clock,
    chance: systemChance,
    ...more,
  };
  const api = await startApi(options);
  return Object.assign(hooks, {
    ...tools,
    ...client(api),
    rooms,
    tokens,
    options,
    demoCalls,
    api,
    ...people(api, rooms, tokens),
    close: () => api.close(),
  });
}

export type TestApi = Awaited<ReturnType<typeof apiUnderTest>>;

function demoOf(calls: string[]): ApiOptions['demo'] {
  const demo = {
    running: false,
    start: () => note('start', true),
    takeFloor: () => note('take-floor', true),
    stop: () => note('stop', false),
  };
  const note = (what: string, running: boolean): Promise<void> => {
    calls.push(what);
    demo.running = running;
    return Promise.resolve();
  };
  return demo;
}

function client(api: Api) {
  const port = api.http?.port ?? 0;
  const send = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const json = body === undefined ? {} : { 'content-type': 'application/json' };
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      redirect: 'manual',
      headers: { connection: 'close', ...json, ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    const isJson = answer.headers.get('content-type')?.startsWith('application/json') ?? false;
    const parsed: unknown = isJson ? JSON.parse(text) : text;
    return { status: answer.status, body: parsed, headers: Object.fromEntries(answer.headers) } satisfies Answer;
  };
  return {
    port,
    /** Sends bytes as they stand and collects the answer until the server closes. */
    raw: (text: string) =>
      new Promise<string>((resolve, reject) => {
        let answer = '';
        const socket = connect(port, '127.0.0.1', () => socket.write(text));
        socket.on('data', (data) => (answer += data.toString()));
        socket.on('close', () => resolve(answer));
        socket.on('error', reject);
      }),
    get: (path: string, headers?: Record<string, string>) => send('GET', path, undefined, headers),
    post: (path: string, body: unknown, headers?: Record<string, string>) => send('POST', path, body, headers),
    patch: (path: string, body: unknown, headers?: Record<string, string>) => send('PATCH', path, body, headers),
    delete: (path: string, headers?: Record<string, string>) => send('DELETE', path, undefined, headers),
  };
}

function people(api: Api, rooms: ApiOptions['rooms'], tokens: ApiOptions['tokens']) {
  const { post } = client(api);
  const session = async (room: string, name: string) =>
    (await post('/api/v1/session', { room, name })).body as SessionAnswer;
  return {
    session,
    /** Joins as a guest of the page would. */
    async join(room: string, name: string) {
      const { token } = await session(room, name);
      const leg = new FakeLeg({ name });
      const grant = tokens.claim(token);
      const who = grant ? { session: grant.id, identity: `token ${grant.person ?? grant.id}` } : {};
      const one = rooms.open(room).join(leg, { role: 'guest', ...who });
      return { token, bearer: { authorization: `Bearer ${token}` }, leg, id: one.id };
    },
    async admin() {
      const key = new URL(tokens.adminLink(), 'http://x').searchParams.get('key');
      const { token } = (await post('/api/v1/admin', { key })).body as { token: string };
      return { authorization: `Bearer ${token}` };
    },
  };
}

/** Listens to events. */
export class Client {
  readonly all: EventMessage[] = [];
  readonly closed: Promise<number>;
  private readonly socket: WebSocket;
  private read = 0;
  private wake: () => void = () => undefined;

  constructor(url: string) {
    this.socket = new WebSocket(url);
    this.closed = closeCode(this.socket);
    this.socket.on('message', (data: Buffer) => {
      this.all.push(JSON.parse(data.toString()) as EventMessage);
      this.wake();
    });
  }

  async next(): Promise<EventMessage> {
    for (;;) {
      const message = this.all[this.read];
      if (message) {
        this.read++;
        return message;
      }
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  /** The next one of a type. */
  async find<T extends EventMessage['type']>(type: T): Promise<Extract<EventMessage, { type: T }>> {
    for (;;) {
      const message = await this.next();
      if (message.type === type) return message as Extract<EventMessage, { type: T }>;
    }
  }

  close(): void {
    this.socket.close();
  }
}

/** Resolves with the close code. */
export function closeCode(socket: WebSocket): Promise<number> {
  socket.on('error', () => undefined);
  return new Promise((resolve) => socket.once('close', resolve));
}

/** Resolves with the HTTP status of a refused upgrade. */
export function refused(socket: WebSocket): Promise<number> {
  return new Promise((resolve) => {
    socket.on('error', () => undefined);
    socket.once('unexpected-response', (request, answer) => {
      request.destroy();
      resolve(answer.statusCode ?? 0);
    });
  });
}
