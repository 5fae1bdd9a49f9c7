import type { MessageStream } from '../../base/net.js';
import type { Seen } from '../../base/seen.js';
import type { FloorDesk, FloorParty, FloorTicket } from '../../rooms/floor-party.js';
import { Association } from './association.js';
import type { WebDoor } from './contract.js';
import type { AssociationOptions, PartyIds } from './end.js';
import type { Standing } from './standing.js';
import { WebChannel } from './web-channel.js';

/** What one web call is given to reach the floor. */
export interface WebFloorAccess extends PartyIds {
  /** Good for this call only, also to come back after a lost connection. */
  readonly token: string;
  /** How the room speaks to the web participant about the floor. */
  readonly party: FloorParty & { readonly lastHeard: number; readonly standing: Standing };
  /** Ends the connection and makes the token worthless; idempotent. */
  close(): void;
}

/** BFCP over WebSocket, RFC 8857: one message a frame, version 1; the token authenticates. */
export interface WebBfcpGateway extends WebDoor {
  /** `seen` is told of its messages. */
  issue(desk: FloorDesk, who: { name: string }, seen?: Seen): WebFloorAccess;
  /** Takes an upgraded connection; false (and closed) when the token is not valid. */
  accept(stream: MessageStream, token: string): boolean;
  /** How many calls have access. */
  readonly size: number;
  /** Ends all; idempotent. */
  close(): void;
}

/** Builds the gateway behind `/bfcp`. */
export function webBfcpGateway(options: AssociationOptions): WebBfcpGateway {
  const takers = new Map<string, (stream: MessageStream) => void>();
  const issued = new Set<WebFloorAccess>();
  const admit: WebDoor['admit'] = (take) => {
    const token = options.chance.hex(16);
    takers.set(token, take);
    return { token, dispose: () => void takers.delete(token) };
  };
  return {
    admit,
    issue(desk, who, seen) {
      const party = new WebParty(options, seen);
      party.attach(desk, who);
      const ticket = admit((stream) => party.take(stream));
      const access: WebFloorAccess = {
        ...party.ids,
        token: ticket.token,
        party,
        close() {
          if (!issued.delete(access)) return;
          ticket.dispose();
          party.close();
        },
      };
      issued.add(access);
      return access;
    },
    accept(stream, token) {
      const take = takers.get(token);
      if (take) take(stream);
      else {
        options.metrics.count('dualstream_bfcp_events_total', { transport: 'ws', event: 'bad_token' });
        stream.close();
      }
      return take !== undefined;
    },
    get size() {
      return takers.size;
    },
    close() {
      for (const access of [...issued]) access.close();
      takers.clear();
    },
  };
}

class WebParty implements FloorParty {
  private readonly association: Association;
  private readonly channel: WebChannel;

  constructor(options: AssociationOptions, seen?: Seen) {
    this.association = new Association(options, {
      carriage: 'reliable',
      label: 'ws',
      send: (bytes) => this.channel.send(bytes),
      broken: () => this.channel.drop(),
    });
    this.channel = new WebChannel({
      regained: () => this.association.regained(),
      receive: (bytes) => this.association.receive(bytes),
      lost: (why) => this.association.lost(why),
      note: (outgoing, bytes, { local, remote }) => seen?.({ outgoing, way: 'ws', local, remote, bytes }),
    });
  }

  get ids(): PartyIds {
    return this.association.ids;
  }

  get lastHeard(): number {
    return this.association.lastHeard;
  }

  get standing(): Standing {
    return this.association.standing;
  }

  attach(desk: FloorDesk, who: { name: string }): void {
    this.association.attach(desk, who);
  }

  take(stream: MessageStream): void {
    this.channel.take(stream);
  }

  changed(ticket: FloorTicket): void {
    this.association.changed(ticket);
  }

  holderChanged(holder: FloorTicket | null): void {
    this.association.holderChanged(holder);
  }

  queueChanged(): void {
    this.association.queueChanged();
  }

  close(): void {
    this.association.close();
    this.channel.close();
  }
}
