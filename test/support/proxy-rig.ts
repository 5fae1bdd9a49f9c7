import type { Datagrams } from '../../src/base/net.js';
import type { EngineOptions } from '../../src/protocol/drachtio/server.js';
import { memoryEngine, requestOf, type MemoryEngine } from './memory-engine.js';

/** A callee of a proxied request: notes what it gets and answers by hand. */
export class Callee {
  readonly got: string[] = [];

  private constructor(
    readonly port: number,
    private readonly socket: Datagrams,
    private readonly rig: MemoryEngine,
  ) {}

  static async at(rig: MemoryEngine, port: number): Promise<Callee> {
    const socket = await rig.net.udp({ address: '127.0.0.1', port });
    const callee = new Callee(port, socket, rig);
    socket.onMessage((data) => callee.got.push(data.toString()));
    return callee;
  }

  /** Different requests of this method, retransmissions left out. */
  requests(method: string): string[] {
    return [...new Set(this.got.filter((each) => each.startsWith(`${method} `)))];
  }

  last(method: string): string {
    return this.requests(method).at(-1) ?? '';
  }

  /** Answers the last request of this method. */
  answer(status: string, extra: string[] = [], method = 'INVITE', tag = `t${this.port}`): void {
    this.send(answerTo(this.last(method), status, tag, extra));
  }

  send(text: string): void {
    this.socket.send(Buffer.from(text), this.rig.at);
  }
}

/** An engine with an application that proxies, a caller at 6001 and callees at 6100, 6200 and 6300. */
export interface ProxyRig extends MemoryEngine {
  a: Callee;
  b: Callee;
  c: Callee;
  caller: Callee;
  /** Sends a request of the caller and has the application proxy it; returns the id of the command. */
  proxy(options: ProxyChoice, fields?: Record<string, string>, method?: string): string;
  /** Leaders of what the application was told about that command. */
  told(id: string): string[];
  /** Final statuses the application was told. */
  statuses(id: string): string[];
  /** Different responses the caller got, by status, 100 left out. */
  answers(): string[];
}

export interface ProxyChoice {
  to: string[];
  remain?: boolean;
  follow?: boolean;
  simultaneous?: boolean;
  provisional?: string;
  final?: string;
  headers?: string;
}

export async function proxyRig(options: Partial<EngineOptions> = {}): Promise<ProxyRig> {
  const rig = await memoryEngine(options);
  rig.peer.close();
  const [caller, a, b, c] = await Promise.all([6001, 6100, 6200, 6300].map((port) => Callee.at(rig, port)));
  if (!caller || !a || !b || !c) throw new Error('no sockets');
  const told = (id: string): string[] => rig.app.heard.filter((each) => each.split('|')[2] === id);
  return {
    ...rig,
    a,
    b,
    c,
    caller,
    proxy({ to, ...choice }, fields = {}, method = 'INVITE') {
      caller.send(requestOf(method, fields));
      const id = rig.app.fromNetwork.at(-1)?.split('|')[8] ?? '';
      const tokens = [
        choice.remain ? 'remainInDialog' : '',
        'fullResponse',
        choice.follow ? 'followRedirects' : '',
        choice.simultaneous ? 'simultaneous' : 'serial',
        choice.provisional ?? '',
        choice.final ?? '',
        ...to,
      ];
      const head = choice.headers ?? '';
      return rig.app.say(
        `proxy|${id}|${tokens.join('|')}`,
        `${method} ${to[0] ?? ''} SIP/2.0\r\n${head}Content-Length: 0\r\n\r\n`,
      );
    },
    told,
    statuses: (id) => told(id).flatMap((each) => /\r\nSIP\/2\.0 (\d+)/.exec(each)?.[1] ?? []),
    answers: () =>
      [...new Set(caller.got.filter((each) => each.startsWith('SIP/2.0 ')))]
        .map((each) => each.slice(8, 11))
        .filter((each) => each !== '100'),
  };
}

/** A response to a request, with a tag in To unless there is one. */
export function answerTo(request: string, status: string, tag: string, extra: string[] = []): string {
  const copied = request.split('\r\n').filter((line) => /^(Via|From|Call-ID|CSeq|Record-Route):/i.test(line));
  const to = field(request, 'To');
  return [
    `SIP/2.0 ${status}`,
    ...copied,
    `To: ${to}${to.includes('tag=') ? '' : `;tag=${tag}`}`,
    ...extra,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
}

/** First value of a header. */
export function field(text: string, name: string): string {
  return new RegExp(`^${name}: (.*?)\r?$`, 'm').exec(text)?.[1] ?? '';
}

/** All values of a header, line by line. */
export function fields(text: string, name: string): string[] {
  return [...text.matchAll(new RegExp(`^${name}: (.*?)\r?$`, 'gm'))].map(([, value = '']) => value);
}
