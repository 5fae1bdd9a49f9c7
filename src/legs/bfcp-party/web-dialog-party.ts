import type { Endpoint } from '../../base/net.js';
import type { BfcpParty, BfcpPartyOptions, HowToMeet, WebTicket } from './contract.js';
import { DialogParty } from './dialog-party.js';
import { WebChannel } from './web-channel.js';

/**
 * BFCP over WebSocket of a client that described itself by SDP (RFC 8857): it connects to where the page is served, and is
 * known by a token in the URI that it was told; with the same it comes back.
 */
export class WebDialogParty extends DialogParty implements BfcpParty {
  readonly local: { transport: 'WS' | 'WSS'; port: number };
  readonly websocketUri: string;
  private readonly channel: WebChannel;
  private readonly ticket: WebTicket;

  constructor(
    options: BfcpPartyOptions,
    transport: 'WS' | 'WSS',
    { door, place }: NonNullable<BfcpPartyOptions['web']>,
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
      lost: (why) => this.end.lost(why),
      note: (outgoing, bytes, { local, remote }) => this.note(outgoing, bytes, local, remote),
    });
    this.ticket = door.admit((stream) => this.channel.take(stream));
    this.local = { transport, port: place.port };
    this.websocketUri = `${place.url}?token=${this.ticket.token}`;
  }

  setRemote(_remote: Endpoint | null, how: HowToMeet): void {
    if (this.closed) return;
    if (this.takeRole(how) && this.channel.open) this.end.regained();
  }

  describe(): string {
    const { transport, port } = this.local;
    return `${transport.toLowerCase()} ${port} <-> ${this.channel.open ? 'peer' : 'nobody'}: ${this.end.describe()}`;
  }

  close(): void {
    if (this.closed) return;
    this.end.close();
    this.closed = true;
    this.ticket.dispose();
    this.channel.close();
  }
}
