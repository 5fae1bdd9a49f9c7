import { Framer } from '../../src/base/framer.js';
import type { ByteStream, Endpoint } from '../../src/base/net.js';
import { frame, maxFrame, wireFrames } from '../../src/protocol/drachtio/wire.js';

/** What an application connects by. */
interface Dialler {
  connect(to: Endpoint): Promise<ByteStream>;
}

/** An application on the drachtio wire that keeps what it hears and says what it is told. */
export class RawApp {
  readonly heard: string[] = [];
  closed = false;
  private next = 0;

  private constructor(
    private readonly write: (data: Buffer) => void,
    /** Ends the connection. */
    readonly close: () => void,
  ) {}

  /** Connects and, with a secret, authenticates and routes the verbs. */
  static async connect(net: Dialler, to: Endpoint, secret: string | null, verbs: string[] = []): Promise<RawApp> {
    const stream = await net.connect(to);
    const app = new RawApp(
      (data) => void stream.write(data),
      () => stream.end(),
    );
    const framer = new Framer(wireFrames, maxFrame);
    stream.onData((chunk) => app.heard.push(...framer.push(chunk).map(String)));
    stream.onClose(() => (app.closed = true));
    if (secret !== null) app.say(`authenticate|${secret}|`);
    for (const verb of verbs) app.say(`route|${verb}`);
    return app;
  }

  /** Sends a leader (its id is put in front) and maybe a SIP message; returns the id. */
  say(leader: string, sip?: string): string {
    const id = `id${this.next++}`;
    this.write(frame(`${id}|${leader}`, sip === undefined ? null : Buffer.from(sip)));
    return id;
  }

  /** Messages from the network, leader and all. */
  get fromNetwork(): string[] {
    return this.heard.filter((each) => each.split('|')[1] === 'sip');
  }

  /** Answers a request as the library does. */
  answer(request: string, status: string, extra: string[] = [], body = ''): string {
    const header = (name: string): string => new RegExp(`^${name}:\\s*(.*)$`, 'im').exec(request)?.[1]?.trim() ?? '';
    const lines = [
      `SIP/2.0 ${status}`,
      `Call-ID: ${header('Call-ID')}`,
      `cseq: ${header('CSeq')}`,
      `from: ${header('From')}`,
      `to: ${header('To')}`,
      ...extra,
    ];
    return this.say(`sip|${request.split('|')[8] ?? ''}|`, [...lines, '', body].join('\r\n'));
  }
}

export const allVerbs = ['invite', 'register', 'options', 'info', 'message', 'subscribe', 'notify', 'publish', 'refer'];
