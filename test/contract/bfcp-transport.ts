import assert from 'node:assert/strict';
import type { Decision, RequestView, FloorView } from '../../src/protocol/bfcp/client.js';
import type { SessionEvents } from '../../src/protocol/bfcp/client-session.js';
import { Emitter, next, type Events } from '../../src/base/events.js';
import type { SeenMessage } from '../../src/base/seen.js';
import { decode } from '../../src/protocol/bfcp/decode.js';
import type { FloorDesk, FloorParty } from '../../src/rooms/floor-party.js';
import { FakeFloor } from '../support/floor-desks.js';

/** A participant's end of an association, however it travels. */
export interface ContractClient {
  readonly on: Events<SessionEvents>;
  request(reason?: string): Promise<string>;
  release(): Promise<string>;
  decide(requestId: number, decision: Decision): Promise<void>;
  close(): void;
}

/** One association under test. */
export interface ContractPair {
  party: FloorParty;
  /** Connects the client; `watch` gets its events before the first can come. Resolves when it is subscribed. */
  connect(watch: (on: Events<SessionEvents>) => void): Promise<ContractClient>;
  /** Cuts what connects the two without a goodbye; null where there is nothing to cut. */
  cut: (() => void) | null;
  /** Lets the grace time of a cut connection pass; null where `cut` is. */
  outwait: (() => void) | null;
  /** What whoever looks on was told of the party's messages. */
  passed: readonly SeenMessage[];
  /** Resolves when the party has found out about the cut; absent where the client finds out last. */
  gone?: () => Promise<void>;
  close(): void | Promise<void>;
}

/** Makes associations of one transport. `attach` is called with the party before its desk is known. */
export type ContractMaker = (deskFor: (party: FloorParty) => FloorDesk, name: string) => Promise<ContractPair>;

/** What every transport of the floor protocol has to do. */
export function bfcpTransportContract(transport: string, make: ContractMaker): void {
  describe(`bfcp over ${transport}`, () => {
    let floor: FakeFloor;
    let participants: number;
    const pairs: ContractPair[] = [];

    beforeEach(() => {
      floor = new FakeFloor();
      participants = 0;
    });

    afterEach(async () => {
      for (const pair of pairs.splice(0)) await pair.close();
    });

    async function join(name: string): Promise<{ pair: ContractPair; client: ContractClient; seen: Seen }> {
      const who = ++participants;
      const pair = await make((party) => {
        floor.join(who, party);
        return floor.desk(who, name);
      }, name);
      pairs.push(pair);
      const seen = new Seen();
      const client = await pair.connect((on) => seen.watch(on));
      return { pair, client, seen };
    }

    it('grants a free floor in the answer and tells the others who presents', async () => {
      const anna = await join('Anna');
      const bert = await join('Bert');
      const told = bert.seen.floor((view) => view.holder !== null);
      assert.equal(await anna.client.request('slides'), 'granted');
      const { holder } = await told;
      assert.equal(holder?.name, 'Anna');
      assert.equal(holder.self, false);
      assert.deepEqual(floor.log, ['request Anna (slides)']);
    });

    it('tells who looks on of every message, as it is inside any encryption, with both ends', async () => {
      const { client, pair } = await join('Anna');
      await client.request();
      const read = pair.passed.map(({ bytes, way, outgoing }) => {
        const message = decode(bytes, way === 'udp' || way === 'dtls' ? 'datagram' : 'reliable');
        assert.ok(message.ok, `${way}: not a message`);
        return `${outgoing ? 'out' : 'in'} ${message.value.primitive}`;
      });
      const talk = ['in Hello', 'out HelloAck', 'in FloorRequest', 'out FloorRequestStatus'];
      for (const one of talk) assert.ok(read.includes(one), `${one} is not among ${read.join(', ')}`);
      const [way] = transport.toLowerCase().replace('secure websocket', 'ws').replace('websocket', 'ws').split(',');
      const ports = new Set(pair.passed.map(({ local, remote }) => `${local.port} ${remote.port}`));
      assert.equal(ports.size, 1, 'always the same ends');
      assert.ok(pair.passed.every((one) => one.way === way && one.remote.port > 0 && one.local.port > 0));
      assert.ok(pair.passed.every((one) => one.remote.address === '127.0.0.1'));
    });

    it('knows its own hold of the floor as its own', async () => {
      const anna = await join('Anna');
      const told = anna.seen.floor((view) => view.holder !== null);
      await anna.client.request();
      assert.equal((await told).holder?.self, true);
    });

    it('revokes the old presenter when another takes over', async () => {
      const anna = await join('Anna');
      const bert = await join('Bert');
      await anna.client.request();
      const revoked = anna.seen.status('revoked');
      assert.equal(await bert.client.request(), 'granted');
      await revoked;
      assert.equal(await anna.client.release(), 'released', 'nothing left to release');
    });

    it('releases, and tells that the floor is free', async () => {
      const anna = await join('Anna');
      const bert = await join('Bert');
      await anna.client.request();
      const free = bert.seen.floor((view) => view.holder === null && bert.seen.floors.length > 1);
      assert.equal(await anna.client.release(), 'released');
      await free;
      assert.deepEqual(floor.live, []);
    });

    it('answers pending, and tells the grant when it comes', async () => {
      floor.queue = true;
      const anna = await join('Anna');
      const bert = await join('Bert');
      await anna.client.request();
      assert.equal(await bert.client.request(), 'pending');
      const granted = bert.seen.status('granted');
      await anna.client.release();
      floor.decide(floor.live[0]?.id ?? 0, 'granted');
      assert.equal((await granted).requestId, floor.live[0]?.id);
    });

    it('lets a chair see all requests, queue, grant, deny and revoke', async () => {
      floor.queue = true;
      const anna = await join('Anna');
      const bert = await join('Bert');
      const chair = await join('Chair');
      floor.chairs.add(participants);
      await anna.client.request();
      const seen = chair.seen.floor((view) => view.requests.length === 2);
      assert.equal(await bert.client.request('budget'), 'pending');
      const [held, asked] = (await seen).requests;
      assert.equal(asked?.beneficiary?.name, 'Bert');
      assert.equal(asked.providedInfo, 'budget');
      const queued = bert.seen.status('accepted');
      await chair.client.decide(asked.id, { state: 'accepted', position: 4 });
      assert.equal((await queued).position, 4);
      const revoked = anna.seen.status('revoked');
      await chair.client.decide(held?.id ?? 0, { state: 'revoked', info: 'time is up' });
      assert.equal((await revoked).info, 'time is up');
      const granted = bert.seen.status('granted');
      await chair.client.decide(asked.id, { state: 'granted' });
      await granted;
      assert.equal(await anna.client.request(), 'pending');
      const denied = anna.seen.status('denied');
      await chair.client.decide(floor.live.find(({ name }) => name === 'Anna')?.id ?? 0, { state: 'denied' });
      await denied;
    });

    it('takes no decisions of who is no chair', async () => {
      const anna = await join('Anna');
      const bert = await join('Bert');
      await anna.client.request();
      const { id } = floor.live[0] ?? { id: 0 };
      await assert.rejects(bert.client.decide(id, { state: 'revoked' }), { code: 5 });
      await assert.rejects(bert.client.decide(999, { state: 'revoked' }), { code: 7 });
      assert.equal(floor.live.length, 1);
    });

    it('cancels a waiting request', async () => {
      floor.queue = true;
      const anna = await join('Anna');
      const bert = await join('Bert');
      await anna.client.request();
      await bert.client.request();
      assert.equal(await bert.client.release(), 'cancelled');
    });

    it('tells a late comer who presents', async () => {
      const anna = await join('Anna');
      await anna.client.request();
      const bert = await join('Bert');
      await bert.seen.floor((view) => view.holder?.name === 'Anna');
    });

    it('keeps the floor for a while when the connection breaks, then frees it', async function () {
      const anna = await join('Anna');
      if (!anna.pair.cut || !anna.pair.outwait) return this.skip();
      await anna.client.request();
      const lost = next(anna.client.on, 'closed');
      anna.pair.cut();
      await lost;
      await anna.pair.gone?.();
      assert.equal(floor.live.length, 1);
      anna.pair.outwait();
      assert.equal(floor.live.length, 0);
    });

    it('keeps the floor when the client comes back in time', async function () {
      const anna = await join('Anna');
      if (!anna.pair.cut || !anna.pair.outwait) return this.skip();
      await anna.client.request();
      const lost = next(anna.client.on, 'closed');
      anna.pair.cut();
      await lost;
      await anna.pair.gone?.();
      await anna.pair.connect((on) => anna.seen.watch(on));
      anna.pair.outwait();
      assert.equal(floor.live.length, 1);
    });
  });
}

/** Remembers what a client was told, so that a test can wait for what may have happened already. */
class Seen {
  readonly floors: FloorView[] = [];
  readonly statuses: RequestView[] = [];

  private readonly news = new Emitter<SessionEvents>();

  watch(on: Events<SessionEvents>): void {
    on.on('floor', (view) => {
      this.floors.push(view);
      this.news.emit('floor', view);
    });
    on.on('status', (view) => {
      this.statuses.push(view);
      this.news.emit('status', view);
    });
  }

  async floor(test: (view: FloorView) => boolean): Promise<FloorView> {
    return this.floors.find(test) ?? (await next<SessionEvents, 'floor'>(this.news, 'floor', test));
  }

  async status(state: string): Promise<RequestView> {
    const test = (view: RequestView): boolean => view.state === state;
    return this.statuses.find(test) ?? (await next<SessionEvents, 'status'>(this.news, 'status', test));
  }
}
