import assert from 'node:assert/strict';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { systemChance } from '../../../src/base/ids.js';
import { Association } from '../../../src/legs/bfcp-party/association.js';
import { webBfcpGateway, type WebBfcpGateway } from '../../../src/legs/bfcp-party/web-gateway.js';
import type { PartyIds } from '../../../src/legs/bfcp-party/end.js';
import { BfcpSession } from '../../../src/protocol/bfcp/client-session.js';
import type { Carriage } from '../../../src/protocol/bfcp/message.js';
import type { FloorPolicy } from '../../../src/rooms/floor.js';
import type { FloorDecision, FloorParty } from '../../../src/rooms/floor-party.js';
import type { Role } from '../../../src/rooms/rights.js';
import type { RoomSnapshot } from '../../../src/services/api/contract.js';
import { FakeLeg } from '../../support/fakes/fake-leg.js';
import { waitUntil } from '../../support/wait.js';
import { apiUnderTest, type TestApi } from './support.js';

/** How somebody reaches the floor: a device by BFCP, the page by BFCP over a WebSocket, or a program by REST. */
type Way = 'device' | 'page' | 'REST';
const ways: readonly Way[] = ['device', 'page', 'REST'];
const policies: readonly FloorPolicy[] = ['latest-takes-over', 'first-keeps-it', 'ask-moderator', 'presenters-only'];

/** One person, whichever way it goes. */
interface Person {
  readonly id: number;
  /** How the request ended for now: granted, pending or denied. */
  request(): Promise<string>;
  release(): Promise<void>;
  /** Decides on somebody's live request; resolves with whether that was taken. */
  decide(what: FloorDecision, on: Person, place?: number): Promise<boolean>;
  /** What it was told last of its own request: state, and place in the queue. */
  told(): Promise<string>;
}

/** A room with one person on each way that is asked for. */
class Stage {
  private readonly sockets: WebSocket[] = [];
  private readonly sessions: BfcpSession[] = [];

  private constructor(
    readonly test: TestApi,
    private readonly gateway: WebBfcpGateway,
  ) {}

  static async open(policy: FloorPolicy): Promise<Stage> {
    let gateway: WebBfcpGateway | null = null;
    const test = await apiUnderTest({ onBfcp: (stream, token) => gateway?.accept(stream, token) ?? false });
    const { clock, log, metrics } = test;
    gateway = webBfcpGateway({ clock, chance: systemChance, log, metrics });
    test.rooms.open('demo').setPolicy(policy);
    return new Stage(test, gateway);
  }

  get room() {
    return this.test.rooms.open('demo');
  }

  get holder(): string {
    return this.room.describe().floor.holder?.name ?? 'nobody';
  }

  async join(way: Way, name: string, role: Role): Promise<Person> {
    if (way === 'REST') return this.byRest(name, role);
    return way === 'page' ? this.byPage(name, role) : this.byDevice(name, role);
  }

  async close(): Promise<void> {
    for (const session of this.sessions) session.end('over');
    for (const socket of this.sockets) socket.terminate();
    this.gateway.close();
    await this.test.close();
  }

  private byRest(name: string, role: Role): Person {
    const { test } = this;
    const path = '/api/v1/rooms/demo/floor';
    const { token } = test.tokens.issue({ kind: 'session', room: 'demo', name, role, ttlMs: 60_000 });
    const grant = test.tokens.claim(token);
    assert.ok(grant);
    const { id } = this.room.join(new FakeLeg({ name }), { role, session: grant.id });
    const headers = { authorization: `Bearer ${token}` };
    const snapshot = async () => ((await test.get('/api/v1/rooms/demo', headers)).body as RoomSnapshot).floor;
    const own = async () => {
      const { holder, waiting } = await snapshot();
      return [holder, ...waiting].find((ticket) => ticket?.who === id);
    };
    return {
      id,
      async request() {
        const { status } = await test.post(path, { action: 'request' }, headers);
        return status === 403 ? 'denied' : ((await own())?.state ?? 'denied');
      },
      release: async () => void (await test.post(path, { action: 'release' }, headers)),
      async decide(action, on, place) {
        const { holder, waiting } = await snapshot();
        const ticket = [holder, ...waiting].find((one) => one?.who === on.id)?.id ?? 999;
        const body = { action, ticket, ...(place === undefined ? {} : { place }) };
        return (await test.post(path, body, headers)).status === 200;
      },
      async told() {
        const ticket = await own();
        return ticket ? `${ticket.state} ${ticket.state === 'accepted' ? ticket.position : 0}` : 'none';
      },
    };
  }

  private async byDevice(name: string, role: Role): Promise<Person> {
    const { clock, log, metrics } = this.test;
    const leg = new FakeLeg({ name });
    let session: BfcpSession | null = null;
    const carrier = { carriage: 'datagram', label: 'udp', broken: (why: string) => assert.fail(why) } as const;
    const send = (bytes: Uint8Array): void => session?.receive(bytes);
    const association = new Association({ clock, chance: systemChance, log, metrics }, { ...carrier, send });
    (leg as { floor: FloorParty | null }).floor = association;
    const { id, desk } = this.room.join(leg, { role });
    association.attach(desk, { name });
    session = this.session('datagram', association.ids, (bytes) => association.receive(bytes));
    await session.start();
    return this.personOf(session, id);
  }

  private async byPage(name: string, role: Role): Promise<Person> {
    const leg = new FakeLeg({ name });
    const one = this.room.join(leg, { role });
    const access = this.gateway.issue(one.desk, { name });
    (leg as { floor: FloorParty | null }).floor = access.party;
    const socket = new WebSocket(`ws://127.0.0.1:${this.test.port}/bfcp?token=${access.token}`, 'bfcp');
    this.sockets.push(socket);
    await once(socket, 'open');
    const session = this.session('reliable', access, (bytes) => socket.send(bytes));
    socket.on('message', (data: Buffer) => session.receive(data));
    await session.start();
    return this.personOf(session, one.id);
  }

  private session(carriage: Carriage, ids: PartyIds, send: (bytes: Uint8Array) => void): BfcpSession {
    const { confId: conferenceId, userId, floorId } = ids;
    const version = carriage === 'datagram' ? 2 : 1;
    const numbers = { conferenceId, userId, floorId };
    const session = new BfcpSession({ ...numbers, clock: this.test.clock, carriage, version, keepAliveMs: 0, send });
    this.sessions.push(session);
    return session;
  }

  private personOf(session: BfcpSession, id: number): Person {
    let last = 'none';
    session.on.on('status', ({ state, position }) => {
      const live = ['pending', 'accepted', 'granted'].includes(state);
      last = live ? `${state} ${position}` : 'none';
    });
    // a chair knows the requests by what it is told of the floor
    const ticketOf = (who: number): number => {
      const { holder, waiting } = this.room.describe().floor;
      return [holder, ...waiting].find((ticket) => ticket?.who === who)?.id ?? 999;
    };
    const states = { grant: 'granted', accept: 'accepted', deny: 'denied', revoke: 'revoked' } as const;
    return {
      id,
      request: () => session.request(),
      release: async () => void (await session.release()),
      async decide(what, on, place = 0) {
        const decision = { state: states[what], position: place };
        return session.decide(ticketOf(on.id), decision).then(
          () => true,
          () => false,
        );
      },
      told: () => Promise.resolve(last),
    };
  }
}

/** What has to come out, the same on every way. `a` and `b` are no moderators, `m` is one. */
type Play = (stage: Stage, a: Person, b: Person, m: Person) => Promise<void>;

async function holds(stage: Stage, name: string): Promise<void> {
  await waitUntil(() => stage.holder === name, 2000);
}

async function hears(person: Person, what: string): Promise<void> {
  for (let i = 0; i < 200 && (await person.told()) !== what; i++) await new Promise((done) => setImmediate(done));
  assert.equal(await person.told(), what);
}

const plays: Record<FloorPolicy, Play> = {
  async 'latest-takes-over'(stage, a, b, m) {
    assert.equal(await a.request(), 'granted');
    assert.equal(await a.request(), 'granted', 'asked again');
    assert.equal(await b.request(), 'granted');
    await holds(stage, 'B');
    await hears(a, 'none');
    assert.equal(await m.decide('revoke', b), true);
    await holds(stage, 'nobody');
    await hears(b, 'none');
    assert.equal(await a.request(), 'granted');
    await a.release();
    await holds(stage, 'nobody');
  },
  async 'first-keeps-it'(stage, a, b, m) {
    assert.equal(await a.request(), 'granted');
    assert.equal(await b.request(), 'denied');
    await holds(stage, 'A');
    await hears(a, 'granted 0');
    assert.equal(await b.decide('revoke', a), false, 'no moderator');
    assert.equal(await m.decide('revoke', a), true);
    await holds(stage, 'nobody');
    assert.equal(await b.request(), 'granted');
    assert.equal(await m.request(), 'granted', 'a moderator takes it all the same');
    await hears(b, 'none');
  },
  async 'ask-moderator'(stage, a, b, m) {
    assert.equal(await a.request(), 'pending');
    assert.equal(await a.decide('grant', a), false, 'no moderator');
    assert.equal(await m.decide('grant', a), true);
    await holds(stage, 'A');
    await hears(a, 'granted 0');
    assert.equal(await b.request(), 'pending');
    const third = await stage.join('device', 'C', 'guest');
    assert.equal(await third.request(), 'pending');
    assert.equal(await m.decide('accept', b), true);
    await hears(b, 'accepted 1');
    assert.equal(await m.decide('accept', third, 1), true);
    await hears(third, 'accepted 1');
    await hears(b, 'accepted 2');
    assert.equal(await m.decide('revoke', a), true);
    await hears(a, 'none');
    await holds(stage, 'C');
    await hears(b, 'accepted 1');
    await third.release();
    await holds(stage, 'B');
    await hears(b, 'granted 0');
    assert.equal(await a.request(), 'pending');
    assert.equal(await m.decide('revoke', b), true);
    await hears(b, 'none');
    assert.equal(await m.decide('deny', a), true, 'nobody granted it');
    await hears(a, 'none');
    await holds(stage, 'nobody');
    assert.equal(await a.request(), 'pending');
    await a.release();
    assert.equal(stage.room.describe().floor.waiting.length, 0);
  },
  async 'presenters-only'(stage, a, b, m) {
    assert.equal(await a.request(), 'denied');
    stage.room.setPresenter(a.id, true);
    assert.equal(await a.request(), 'granted');
    assert.equal(await b.request(), 'denied');
    await holds(stage, 'A');
    stage.room.setPresenter(b.id, true);
    assert.equal(await b.request(), 'granted');
    await hears(a, 'none');
    assert.equal(await m.request(), 'granted');
    await hears(b, 'none');
    assert.equal(await b.request(), 'granted');
    stage.room.setPresenter(b.id, false);
    await holds(stage, 'nobody');
    await hears(b, 'none');
  },
};

/** Who asks, who asks after that, and who decides: each on each way. */
describe('the floor by BFCP, by the page and by REST', () => {
  for (const policy of policies) {
    for (const first of ways) {
      it(`is one and the same: ${policy}, ${first} first`, async () => {
        for (const second of ways) {
          for (const chair of ways) {
            const stage = await Stage.open(policy);
            try {
              const a = await stage.join(first, 'A', 'guest');
              const b = await stage.join(second, 'B', 'participant');
              const m = await stage.join(chair, 'M', 'moderator');
              await plays[policy](stage, a, b, m);
            } catch (error) {
              throw new Error(`${first}, ${second}, ${chair}: ${String(error)}`, { cause: error });
            } finally {
              await stage.close();
            }
          }
        }
      });
    }
  }
});
