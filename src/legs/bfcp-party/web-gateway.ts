import type { MessageStream } from '../../base/net.js';
import type { Seen } from '../../base/seen.js';
import { streamLimit } from '../../protocol/bfcp/framing.js';
import type { FloorDesk, FloorParty, FloorTicket } from '../../rooms/floor-party.js';
import { Association } from './association.js';
import type { AssociationOptions, PartyIds } from './end.js';
import type { Standing } from './standing.js';

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
export interface WebBfcpGateway {
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
  const calls = new Map<string, WebParty>();
  return {
    issue(desk, who, seen) {
      const token = options.chance.hex(16);
      const party = new WebParty(seen ? { ...options, seen } : options);
      party.attach(desk, who);
      calls.set(token, party);
      const close = (): void => {
        if (calls.delete(token)) party.close();
      };
      return { ...party.ids, token, party, close };
    },
    accept(stream, token) {
      const party = calls.get(token);
      if (party) party.take(stream);
      else {
        options.metrics.count('dualstream_bfcp_events_total', { transport: 'ws', event: 'bad_token' });
        stream.close();
      }
      return party !== undefined;
    },
    get size() {
      return calls.size;
    },
    close() {
      for (const party of calls.values()) party.close();
      calls.clear();
    },
  };
}

class WebParty implements FloorParty {
  private readonly association: Association;
  private current: MessageStream | null = null;

  constructor(private readonly options: AssociationOptions) {
    this.association = new Association(options, {
      carriage: 'reliable',
      label: 'ws',
      send: (bytes) => this.send(bytes),
      broken: () => this.drop(),
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

  /** A new connection of the same call replaces the old one. */
  take(stream: MessageStream): void {
    const old = this.current;
    this.current = stream;
    old?.close();
    this.association.regained();
    stream.onMessage((data) => {
      if (stream !== this.current) return;
      if (data.length > streamLimit) return this.drop();
      this.note(false, data, stream);
      this.association.receive(data);
    });
    stream.onClose(() => {
      if (stream === this.current) this.drop();
    });
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
    const { current } = this;
    this.current = null;
    current?.close();
  }

  private send(bytes: Uint8Array): void {
    const { current } = this;
    if (!current) return;
    this.note(true, bytes, current);
    current.send(bytes);
  }

  private note(outgoing: boolean, bytes: Uint8Array, { local, remote }: MessageStream): void {
    this.options.seen?.({ outgoing, way: 'ws', local, remote, bytes });
  }

  private drop(): void {
    const { current } = this;
    if (!current) return;
    this.current = null;
    current.close();
    this.association.lost('the connection is gone');
  }
}
