import assert from 'node:assert/strict';
import { decode } from '../../../src/protocol/bfcp/decode.js';
import { encode } from '../../../src/protocol/bfcp/encode.js';
import type { Body, Carriage, Message } from '../../../src/protocol/bfcp/message.js';
import type { PrimitiveName } from '../../../src/protocol/bfcp/names.js';
import { BfcpServer, type ServerConfig } from '../../../src/protocol/bfcp/server.js';
import { FakeFloor } from '../../support/floor-desks.js';

/** A server machine with a desk, and everything it sent. `now` moves only by hand. */
export class ServerBench {
  readonly floor = new FakeFloor();
  readonly sent: Uint8Array[] = [];
  readonly counted: string[] = [];
  readonly broken: string[] = [];
  readonly config: ServerConfig;
  readonly server: BfcpServer;
  now = 0;

  constructor(carriage: Carriage, config: Partial<ServerConfig> = {}, attached = true) {
    this.config = {
      carriage,
      conferenceId: 1,
      userId: 70,
      floorId: 2,
      firstTransactionId: 500,
      lenient: true,
      tellUnasked: false,
      ...config,
    };
    this.server = new BfcpServer(this.config, carriage === 'datagram' ? 2 : 1, {
      send: (bytes) => this.sent.push(bytes),
      count: (event) => this.counted.push(event),
      broken: (why) => this.broken.push(why),
    });
    if (attached) this.attach();
    this.floor.join(7, {
      changed: (ticket) => this.server.changed(ticket, this.now),
      holderChanged: () => this.server.holderChanged(this.now),
      queueChanged: () => this.server.queueChanged(this.now),
    });
  }

  attach(): void {
    this.server.attach(this.floor.desk(7, 'Room 4'), 'Room 4', this.now);
  }

  /** A request of the peer; returns what was sent because of it. */
  ask(primitive: PrimitiveName, body: Body = {}, transactionId = 1, more: Partial<Message> = {}): Message[] {
    const { conferenceId, userId, carriage } = this.config;
    const version = carriage === 'datagram' ? 2 : 1;
    const message = {
      version,
      response: false,
      primitive,
      conferenceId,
      userId,
      transactionId,
      body,
      ...more,
    } as const;
    return this.feed(encode(message, carriage));
  }

  feed(bytes: Uint8Array): Message[] {
    this.sent.length = 0;
    this.server.receive(bytes, this.now);
    return this.messages();
  }

  /** What was sent since the last `ask`, `feed` or `clear`. */
  messages(): Message[] {
    return this.sent.map((bytes) => {
      const decoded = decode(bytes, this.config.carriage);
      assert.ok(decoded.ok, decoded.ok ? '' : decoded.fault.message);
      return decoded.value;
    });
  }

  /** Lets time pass, working at every due moment. */
  pass(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const { due } = this.server;
      if (due === null || due > end) break;
      this.now = Math.max(this.now, due);
      this.server.tick(this.now);
    }
    this.now = end;
  }

  clear(): void {
    this.sent.length = 0;
  }
}

/** `FloorStatus#12` with state or error code: enough to compare whole exchanges. */
export function brief({ primitive, transactionId, response, body }: Message): string {
  const state = body.floorRequests?.map((info) => info.overall?.status?.state).join('+');
  const detail = body.error ? ` ${body.error.code}` : state ? ` ${state}` : '';
  return `${response ? 'R ' : ''}${primitive}#${transactionId}${detail}`;
}
