import type { Timer } from '../../base/clock.js';
import { messageOf } from '../../base/errors.js';
import type { Endpoint, MessageStream } from '../../base/net.js';
import type { BfcpParty, BfcpPartyOptions, HowToMeet, WebServer } from './contract.js';
import { DialogParty } from './dialog-party.js';
import { WebChannel } from './web-channel.js';

/** Waits before each attempt to connect, and to connect again, milliseconds. */
const dialAfterMs = [0, 5000, 15_000];
const redialMs = 500;

/**
 * BFCP over a WebSocket that we open to the peer, which names its server in SDP (RFC 8857 §7): whether that may be was
 * decided before. A lost connection is made again, and negotiated anew when that does not help.
 */
export class WebClientParty extends DialogParty implements BfcpParty {
  readonly local: { transport: 'WS' | 'WSS'; port: number };
  readonly dials = true;
  private readonly channel: WebChannel;
  private server: WebServer | null = null;
  private timer: Timer | null = null;
  /** Counts what was begun, so that what comes late is known. */
  private round = 0;

  constructor(
    options: BfcpPartyOptions,
    transport: 'WS' | 'WSS',
    private readonly connect: (server: WebServer) => Promise<MessageStream>,
  ) {
    super(options, {
      carriage: 'reliable',
      label: transport.toLowerCase(),
      send: (bytes) => this.channel.send(bytes),
      broken: () => this.channel.drop(),
    });
    this.channel = new WebChannel({
      regained: () => this.end.regained(),
      receive: (bytes) => this.end.receive(bytes),
      lost: (why) => {
        this.end.lost(why);
        this.begin(redialMs);
      },
      note: (outgoing, bytes, { local, remote }) => this.note(outgoing, bytes, local, remote),
    });
    // RFC 4145 §4.1: the port of who cannot be connected to
    this.local = { transport, port: 9 };
  }

  setRemote(_remote: Endpoint | null, how: HowToMeet): void {
    if (this.closed) return;
    const other = this.takeRole(how);
    const { webServer = null } = how;
    const moved = webServer?.uri !== this.server?.uri;
    this.server = webServer ?? this.server;
    if (moved || (how.isNew === true && !this.channel.open)) this.begin(dialAfterMs[0] ?? 0);
    else if (other && this.channel.open) this.end.regained();
  }

  describe(): string {
    const { transport } = this.local;
    const host = this.server ? new URL(this.server.uri).host : 'nobody';
    return `${transport.toLowerCase()} -> ${host}${this.channel.open ? '' : ' (closed)'}: ${this.end.describe()}`;
  }

  close(): void {
    if (this.closed) return;
    this.end.close();
    this.closed = true;
    this.timer?.cancel();
    this.channel.close();
  }

  private begin(ms: number): void {
    this.round += 1;
    this.later(ms, 0);
  }

  private later(ms: number, attempt: number): void {
    this.timer?.cancel();
    if (this.closed) return;
    const { round } = this;
    this.timer = this.options.clock.after(ms, () => {
      this.dial(attempt, round).catch(() => undefined);
    });
  }

  private async dial(attempt: number, round: number): Promise<void> {
    const { server } = this;
    if (!server) return;
    try {
      const stream = await this.connect(server);
      if (this.closed || round !== this.round) stream.close();
      else this.channel.take(stream);
    } catch (error) {
      if (this.closed || round !== this.round) return;
      this.end.count('connect_failed');
      const why = messageOf(error);
      this.options.log.info({ host: new URL(server.uri).host, why }, 'Floor control by WebSocket is not possible');
      const wait = dialAfterMs[attempt + 1];
      if (wait === undefined) this.end.lost(`no connection to the peer: ${why}`);
      else this.later(wait, attempt + 1);
    }
  }
}
