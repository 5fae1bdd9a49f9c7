import { Disposables } from '../../base/disposables.js';
import { Framer, FramingError } from '../../base/framer.js';
import { sameSecret } from '../../base/ids.js';
import type { Log } from '../../base/log.js';
import type { Metrics } from '../../base/metrics.js';
import type { ByteStream, Endpoint, Listener, Net } from '../../base/net.js';
import { readCommand, type Command } from './commands.js';
import type { Leaders } from './leaders.js';
import { frame, maxFrame, wireFrames } from './wire.js';

/** One application connection. */
export interface App {
  readonly open: boolean;
  /** Sends a leader and maybe a SIP message; a closed connection drops it. */
  send(leader: string, sip?: Buffer): void;
}

/** Commands that concern SIP, with who said them. */
export type SipCommand = Extract<Command, { kind: 'sip' | 'proxy' }>;

export interface AppsUser {
  command(app: App, command: SipCommand): void;
  closed(app: App): void;
  /** Comma separated `proto/ip:port` lists: as peers see us, and as bound. */
  hostports(): { external: string; local: string };
}

export interface AppsOptions {
  net: Net;
  log: Log;
  metrics: Metrics;
  leaders: Leaders;
  secret: string;
}

/** Protocol version told to applications; the library asks for v0.8.2 or later. */
export const version = 'v0.9.10-dualstream';

class Connection implements App {
  readonly routes: string[] = [];
  authenticated = false;

  constructor(private readonly stream: ByteStream) {}

  open = true;

  send(leader: string, sip?: Buffer): void {
    if (this.open) this.stream.write(frame(leader, sip ?? null));
  }

  end(): void {
    this.stream.end();
  }

  destroy(): void {
    this.stream.destroy();
  }
}

/** The application side: listener, authentication, verb routes, pings. SIP commands go to the user. */
export class Apps {
  private readonly bag = new Disposables();
  private readonly connections = new Set<Connection>();
  private readonly turns = new Map<string, number>();
  private listener: Listener | null = null;

  constructor(
    private readonly options: AppsOptions,
    private readonly user: AppsUser,
  ) {}

  /** Rejects with the system's error when the port is taken. */
  async listen(at: Endpoint): Promise<Endpoint> {
    this.listener = await this.options.net.listen(at, { type: 'tcp' }, (stream) => this.accept(stream));
    this.bag.add(this.listener);
    return this.listener.local;
  }

  /** Next application in turn that routes this verb, or null. */
  pick(verb: string): App | null {
    const wanted = verb.toLowerCase();
    const able = [...this.connections].filter((each) => each.routes.includes(wanted));
    const turn = this.turns.get(wanted) ?? 0;
    this.turns.set(wanted, turn + 1);
    return able[turn % Math.max(able.length, 1)] ?? null;
  }

  /** Verbs that applications route at the moment. */
  get routed(): Set<string> {
    return new Set([...this.connections].flatMap(({ routes }) => routes));
  }

  /** A live application for the calls of one that went away: the one that routes the same, else any. */
  heirOf(gone: App): App | null {
    const live = [...this.connections].filter((each) => each.authenticated);
    const routes = (app: App): string => (app instanceof Connection ? [...app.routes].sort().join() : '');
    return live.find((each) => routes(each) === routes(gone)) ?? live[0] ?? null;
  }

  close(): void {
    this.bag.dispose();
    for (const connection of this.connections) connection.destroy();
  }

  /** Takes an application on a connection that is there. */
  accept(stream: ByteStream): void {
    const connection = new Connection(stream);
    this.connections.add(connection);
    const framer = new Framer(wireFrames, maxFrame + 16);
    stream.onData((chunk) => {
      try {
        for (const payload of framer.push(chunk)) if (connection.open) this.command(connection, readCommand(payload));
      } catch (error) {
        if (!(error instanceof FramingError)) throw error;
        this.options.metrics.count('dualstream_drachtio_framing_errors_total');
        this.options.log.warn({ why: error.message }, 'application connection is not framed; closing it');
        stream.destroy();
      }
    });
    stream.onClose(() => {
      connection.open = false;
      this.connections.delete(connection);
      this.user.closed(connection);
    });
  }

  private command(connection: Connection, command: Command): void {
    const { leaders } = this.options;
    if (!connection.authenticated && command.kind !== 'authenticate' && command.kind !== 'bad') {
      connection.send(leaders.plain(command.id, 'NO', 'not authenticated'));
      return connection.end();
    }
    switch (command.kind) {
      case 'authenticate':
        return this.authenticate(connection, command);
      case 'route':
        if (!connection.routes.includes(command.verb)) connection.routes.push(command.verb);
        return connection.send(leaders.plain(command.id, 'OK'));
      case 'remove_route':
        if (connection.routes.includes(command.verb))
          connection.routes.splice(connection.routes.indexOf(command.verb), 1);
        return connection.send(leaders.plain(command.id, 'OK'));
      case 'ping':
        return connection.send(leaders.plain(command.id, 'OK', 'pong'));
      case 'bad':
        connection.send(leaders.plain(command.id, 'NO', command.why));
        return connection.end();
      case 'sip':
      case 'proxy':
        return this.user.command(connection, command);
    }
  }

  private authenticate(connection: Connection, command: Extract<Command, { kind: 'authenticate' }>): void {
    const { leaders, secret, log } = this.options;
    if (!sameSecret(command.secret, secret)) {
      log.warn({}, 'application gave a wrong secret');
      connection.send(leaders.plain(command.id, 'NO', 'incorrect secret'));
      return connection.end();
    }
    connection.authenticated = true;
    const { external, local } = this.user.hostports();
    connection.send(leaders.plain(command.id, 'OK', external, version, local));
  }
}
