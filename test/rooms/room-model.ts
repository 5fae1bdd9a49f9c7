import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DualstreamError } from '../../src/base/errors.js';
import { silentLog } from '../../src/base/log.js';
import type { Metrics } from '../../src/base/metrics.js';
import { Association, graceMs } from '../../src/legs/bfcp-party/association.js';
import type { Line } from '../../src/media/plane.js';
import { BfcpSession, type SessionEvents } from '../../src/protocol/bfcp/client-session.js';
import type { FloorDescription } from '../../src/rooms/describe.js';
import type { FloorPolicy } from '../../src/rooms/floor.js';
import type { FloorParty } from '../../src/rooms/floor-party.js';
import type { Participant } from '../../src/rooms/participant.js';
import { Room } from '../../src/rooms/room.js';
import type { Role } from '../../src/rooms/rights.js';
import { FakeBridge } from '../support/fakes/fake-bridge.js';
import { FakeLeg, type FakeLegOptions } from '../support/fakes/fake-leg.js';
import { FakePlane } from '../support/fakes/fake-plane.js';
import { lineParams } from '../support/fakes/fake-line.js';
import { turn } from '../support/fakes/rooms.js';
import { ManualClock } from '../support/manual-clock.js';

/** Kinds of legs, by how they can be shown content, and whether they have floor control. */
const kinds = {
  device: { content: 'sendrecv', bfcp: true },
  /** On datagrams, of which some get lost. */
  lossy: { content: 'sendrecv', bfcp: true },
  late: { bfcp: true },
  refusing: { bfcp: true, opens: 'no' },
  deaf: { bfcp: true, opens: 'never' },
  web: { content: 'sendrecv', bfcp: false },
  plain: { bfcp: false, can: { content: 'in-main', renegotiate: false, floor: false } },
  audio: { bfcp: false, video: null, can: { content: 'none', renegotiate: false, video: false, floor: false } },
} satisfies Record<string, FakeLegOptions & { bfcp: boolean }>;
type Kind = keyof typeof kinds;

/** What happens to a room; `who` counts those who are there. */
type Step =
  | { do: 'join'; kind: Kind; role: Role }
  | { do: 'comeBack' }
  | { do: 'govern'; policy: FloorPolicy }
  | { do: 'appoint'; who: number; on: boolean }
  | { do: 'hangUp' | 'vanish' | 'request' | 'release' | 'ask' | 'giveBack' | 'lose' | 'regain' | 'speak'; who: number }
  | { do: 'decide' | 'moderate'; who: number; what: 'grant' | 'deny' | 'revoke' }
  | { do: 'reinvite'; who: number; how: 'hold' | 'resume' | 'drop' | 'add' | 'silent' | 'alive' }
  | { do: 'weather'; bad: boolean }
  | { do: 'wait'; ms: number };

const who = fc.nat({ max: 7 });
const policies = fc.constantFrom<FloorPolicy>(
  'latest-takes-over',
  'latest-takes-over',
  'first-keeps-it',
  'ask-moderator',
  'presenters-only',
);
const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('join' as const),
      kind: fc.constantFrom(...(Object.keys(kinds) as Kind[])),
      role: fc.constantFrom<Role>('moderator', 'participant', 'participant', 'guest'),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('request' as const, 'ask' as const), who }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('release' as const, 'giveBack' as const), who }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('hangUp' as const, 'speak' as const), who }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('vanish' as const), who }) },
  { weight: 2, arbitrary: fc.constant<Step>({ do: 'comeBack' }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('govern' as const), policy: policies }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('appoint' as const), who, on: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('lose' as const, 'regain' as const), who }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('decide' as const, 'moderate' as const),
      who,
      what: fc.constantFrom('grant' as const, 'deny' as const, 'revoke' as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('reinvite' as const),
      who,
      how: fc.constantFrom<'hold' | 'resume' | 'drop' | 'add' | 'silent' | 'alive'>(
        ...(['hold', 'resume', 'drop', 'add', 'silent', 'alive'] as const),
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('weather' as const), bad: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(500, 4500, graceMs + 1) }),
  },
);
const noMetrics = { count: () => undefined, gauge: () => undefined } as unknown as Metrics;
let numbers = 0;
const chance = {
  int: (min: number, max: number) => min + (numbers++ % (max - min + 1)),
  hex: (bytes: number) => String(numbers++).padStart(2 * bytes, '0'),
  uuid: () => String(numbers++),
};

/**
 * Random sequences of joins, requests, releases, takeovers, decisions, changes of policy, lost calls and floor channels and
 * re-INVITEs, with the real room, the real floor control server and the real client: after each step, whoever can be told knows who presents, at most one
 * does, no picture goes to or comes from where nobody is, and everybody sees one main picture and at most one content.
 */
export async function fuzzRooms(seed: number, rounds: number, longest = 40): Promise<void> {
  await fc.assert(
    fc.asyncProperty(
      policies,
      fc.nat(),
      fc.array(steps, { minLength: 5, maxLength: longest, size: 'max' }),
      async (policy, weather, list) => {
        const model = new RoomModel(policy, new Weather(weather));
        try {
          for (const step of list) {
            if (step.do === 'wait') await model.elapse(step.ms);
            else model.take(step);
            await turn();
            model.check();
          }
          await model.clearUp();
          model.check(true);
        } finally {
          await model.close();
        }
        assert.equal(model.clock.pending, 0, 'timers left');
      },
    ),
    { seed, numRuns: rounds },
  );
}

/** Whether datagrams get lost, and which: the same ones for the same seed. */
class Weather {
  bad = true;

  constructor(private state: number) {}

  /** Every second one in bad weather. */
  loses(): boolean {
    this.state = (Math.imul(this.state, 1_664_525) + 1_013_904_223) >>> 0;
    return this.bad && this.state >>> 31 === 0;
  }
}

/** Somebody in the room, and the far end of its floor channel. */
class Guest {
  readonly leg: FakeLeg;
  readonly association: Association | null;
  session: BfcpSession | null = null;
  participant: Participant | null = null;
  /** What the far end was told last. */
  holder: string | null | undefined = undefined;
  connected = true;
  silent = false;
  /** Somebody asked for the floor in its name since its channel was lost. */
  asked = false;
  /** It has shown something since it got the floor. */
  shared = false;

  constructor(
    readonly name: string,
    readonly kind: Kind,
    private readonly clock: ManualClock,
    private readonly weather: Weather,
  ) {
    const { bfcp, ...options }: FakeLegOptions & { bfcp: boolean } = kinds[kind];
    this.leg = new FakeLeg({ ...options, name, floor: kind === 'web' });
    this.association = bfcp ? this.associate() : null;
    if (this.association) (this.leg as { floor: FloorParty | null }).floor = this.association;
    this.leg.events.on('ended', () => this.part());
  }

  seat(participant: Participant): void {
    this.participant = participant;
    this.association?.attach(participant.desk, participant);
    this.connect();
  }

  get datagrams(): boolean {
    return this.kind === 'lossy';
  }

  /** A message on its way; datagrams arrive a little later, one after the other. */
  private pass(arrive: () => void): void {
    if (!this.connected || (this.datagrams && this.weather.loses())) return;
    if (!this.datagrams) return arrive();
    queueMicrotask(() => {
      if (this.connected) arrive();
    });
  }

  /** The far end (re)connects, says Hello and asks for the floor. */
  connect(): void {
    const { association, clock } = this;
    if (!association || this.leg.ended) return;
    const old = this.session;
    this.session = null;
    old?.end('replaced');
    this.connected = true;
    const { confId: conferenceId, userId, floorId } = association.ids;
    const kind = this.datagrams
      ? ({ carriage: 'datagram', version: 2, keepAliveMs: 4000 } as const)
      : ({ carriage: 'reliable', version: 1, keepAliveMs: 0 } as const);
    const session = new BfcpSession({
      ...{ clock, conferenceId, userId, floorId, ...kind },
      send: (bytes) => {
        this.pass(() => association.receive(bytes));
      },
    });
    session.on.on('floor', ({ holder }: SessionEvents['floor']) => (this.holder = holder?.name ?? null));
    this.session = session;
    if (!this.datagrams) association.regained();
    // whoever is on datagrams says Hello until it is answered
    const again = (): void => {
      if (this.datagrams && this.connected && this.session === session) this.connect();
    };
    session.on.on('closed', again);
    session.start().catch(again);
  }

  cut(): void {
    if (!this.association || !this.connected) return;
    this.connected = this.asked = false;
    this.holder = undefined;
    this.session?.end('cut');
    this.session = null;
    // who is on datagrams falls silent
    if (!this.datagrams) this.association.lost('cut');
  }

  part(): void {
    this.connected = false;
    this.session?.end('hung up');
    this.association?.close();
  }

  private associate(): Association {
    const common = { clock: this.clock, chance, log: silentLog, metrics: noMetrics };
    return new Association(common, {
      ...(this.datagrams ? { carriage: 'datagram', label: 'udp' } : { carriage: 'reliable', label: 'tcp' }),
      send: (bytes) => {
        this.pass(() => this.session?.receive(bytes));
      },
      broken: (why) => assert.fail(why),
      standing: () => this.standing(),
    });
  }

  /** A device without floor control does not look at its content line, as SipLeg has it. */
  private standing(): void {
    const given = this.association?.standing.channel === 'given-up';
    const { opens } = kinds[this.kind] as FakeLegOptions;
    this.leg.can.content = given || (opens === 'no' && this.leg.opened > 0) ? 'in-main' : 'separate';
    this.leg.events.emit('lines', undefined);
  }
}

class RoomModel {
  readonly clock = new ManualClock();
  private readonly plane = new FakePlane();
  private readonly bridge = new FakeBridge();
  private readonly room: Room;
  private readonly guests: Guest[] = [];
  private told: FloorDescription | null = null;
  private failures = 0;
  private named = 0;
  /** Whose call broke last. */
  private lost: Guest | null = null;

  constructor(
    policy: FloorPolicy,
    private readonly weather: Weather,
  ) {
    const count = (name: string): void => {
      if (name === 'dualstream_room_failures_total') this.failures += 1;
    };
    const metrics = { ...noMetrics, count };
    const { plane, bridge, clock } = this;
    const tools = { plane, bridge, clock, log: silentLog, metrics, confirmMs: 3000 };
    const like = { name: 'model', permanent: true, capacity: 8, mode: 'conference', pin: null } as const;
    this.room = new Room({ ...like, policy }, tools);
    this.room.on.on('floor', (floor) => (this.told = floor));
  }

  /** Time passes; where there are datagrams so slowly that they arrive in it. */
  async elapse(ms: number): Promise<void> {
    const slice = this.guests.some(({ datagrams }) => datagrams) ? 250 : ms;
    for (let left = ms; left > 0; left -= slice) {
      this.clock.advance(Math.min(slice, left));
      await turn();
    }
  }

  take(step: Exclude<Step, { do: 'wait' }>): void {
    try {
      if (step.do === 'join') this.join(step.kind, step.role);
      else if (step.do === 'comeBack') this.comeBack();
      else if (step.do === 'govern') this.room.setPolicy(step.policy);
      else if (step.do === 'weather') this.weather.bad = step.bad;
      else {
        const guest = this.guests[step.who];
        if (guest) this.act(guest, step);
      }
    } catch (error) {
      // what a REST client is told
      if (!(error instanceof DualstreamError)) throw error;
    }
  }

  /** Nothing gets lost any more, and time passes: who is there knows everything again. */
  async clearUp(): Promise<void> {
    this.weather.bad = false;
    if (!this.guests.some(({ datagrams }) => datagrams)) return;
    await this.elapse(40_000);
  }

  /** `settled`: also those know everything who learn it late. */
  check(settled = false): void {
    assert.equal(this.failures, 0, 'a leg could not be told');
    const { participants, floor } = this.room.describe();
    const holder = floor.holder;
    const granted = [floor.holder, ...floor.waiting].filter((ticket) => ticket?.state === 'granted');
    assert.ok(granted.length <= 1, 'two hold the floor');
    // who vanished is awaited for a while, and nobody presents meanwhile
    const here = holder?.away === false ? holder : null;
    assert.deepEqual(
      participants.filter(({ presenting }) => presenting).map(({ id }) => id),
      here ? [here.who] : [],
    );
    assert.ok(here === null || this.guests.some(({ participant }) => participant?.id === here.who), 'a ghost presents');
    assert.deepEqual(this.told?.holder ?? null, holder, 'web clients know the holder');
    for (const guest of this.guests) {
      if (!guest.datagrams || settled) this.checkFloor(guest, holder?.name ?? null);
      const ongoing = guest.session?.ongoing ?? null;
      const live = [floor.holder, ...floor.waiting].find((ticket) => ticket?.id === ongoing);
      if (ongoing === null || (guest.datagrams && !settled)) continue;
      assert.equal(
        live?.who,
        guest.participant?.id,
        `${guest.name} (${guest.kind}) believes in a request that is gone`,
      );
    }
    this.checkRoutes();
    const presenter = this.guests.find(({ participant }) => participant?.id === here?.who);
    for (const guest of this.guests) {
      guest.shared = guest === presenter && (guest.shared || receives(guest.leg.lines.content));
    }
    for (const guest of this.guests) this.checkPictures(guest, presenter ?? null);
  }

  async close(): Promise<void> {
    for (const guest of this.guests) guest.part();
    await this.room.close({ kind: 'shutdown' });
    assert.deepEqual(this.plane.chains(), []);
    // what a peer never answers is waited for a while
    this.clock.advance(60_000);
    await turn();
  }

  private comeBack(): void {
    const { lost } = this;
    this.lost = null;
    if (lost) this.join(lost.kind, 'participant', lost.name);
  }

  private join(kind: Kind, role: Role, name = `G${(this.named += 1)}`): void {
    const guest = new Guest(name, kind, this.clock, this.weather);
    try {
      guest.seat(this.room.join(guest.leg, { role, identity: name }));
    } catch (error) {
      guest.part();
      throw error;
    }
    this.guests.push(guest);
  }

  private act(guest: Guest, step: Exclude<Step, { do: 'join' | 'wait' | 'weather' | 'comeBack' | 'govern' }>): void {
    const id = guest.participant?.id ?? 0;
    switch (step.do) {
      case 'hangUp':
        this.guests.splice(this.guests.indexOf(guest), 1);
        return guest.leg.hangUp();
      case 'vanish':
        this.lost = guest;
        this.guests.splice(this.guests.indexOf(guest), 1);
        return guest.leg.hangUp({ kind: 'failed', why: 'its call broke' });
      case 'appoint':
        return this.room.setPresenter(id, step.on);
      case 'request':
        return ignore(guest.session?.request());
      case 'release':
        return ignore(guest.session?.release());
      case 'ask':
        guest.asked = true;
        return void this.room.requestFloor(id);
      case 'giveBack':
        return void this.room.releaseFloor(id);
      case 'lose':
        return guest.cut();
      case 'regain':
        return guest.connected ? undefined : guest.connect();
      case 'speak':
        return this.bridge.conferences.get('model')?.events.emit('active', { member: guest.leg.id });
      case 'decide':
        return this.decide(guest, step.what);
      case 'moderate':
        return void this.room.moderateFloor(step.what, 'a moderator');
      case 'reinvite':
        return this.reinvite(guest, step.how);
    }
  }

  private decide({ session }: Guest, what: 'grant' | 'deny' | 'revoke'): void {
    const { holder, waiting } = this.room.describe().floor;
    const ticket = what === 'revoke' ? holder : waiting[0];
    const state = { grant: 'granted', deny: 'denied', revoke: 'revoked' } as const;
    if (ticket) ignore(session?.decide(ticket.id, { state: state[what] }));
  }

  private reinvite(guest: Guest, how: Extract<Step, { do: 'reinvite' }>['how']): void {
    const { leg } = guest;
    const lines = [leg.lines.audio, leg.lines.video, leg.lines.content].filter((line) => line !== null);
    if (how === 'silent' || how === 'alive') {
      if (!leg.lines.video || (how === 'silent') === guest.silent) return;
      guest.silent = how === 'silent';
      if (guest.silent) leg.at('video').events.emit('silent', { ms: 15_000 });
      else leg.at('video').events.emit('alive', undefined);
    } else if (how === 'drop') {
      if (leg.lines.content) leg.drop('content');
    } else if (how === 'add') {
      if (!leg.lines.content && leg.can.floor) leg.add('content', 'sendrecv');
    } else {
      for (const line of lines)
        line.update({ ...lineParams(how === 'hold' ? 'inactive' : 'sendrecv'), held: how === 'hold' });
      leg.events.emit('lines', undefined);
    }
  }

  private checkFloor(guest: Guest, holder: string | null): void {
    const { association, connected, asked, name, kind, leg } = guest;
    const lost = association?.standing.channel === 'given-up' && !asked;
    assert.ok(!lost || holder !== name, `${name} (${kind}) holds the floor without a channel`);
    if (kind === 'web') {
      const heard = leg.floor?.heard.findLast((line) => line.startsWith('holder ')) ?? 'holder nobody';
      assert.equal(heard, `holder ${holder ?? 'nobody'}`, `${name} (${kind}) was told of another holder`);
    }
    if (!association || !connected) return;
    assert.equal(guest.holder, holder, `${name} (${kind}) believes another holder`);
  }

  private checkRoutes(): void {
    const live = new Set<Line>(
      this.guests.flatMap(({ leg }) => Object.values(leg.lines).filter((line) => line !== null)),
    );
    for (const [sink, source] of this.plane.routes) {
      // a closed line takes its routes with it
      if (!live.has(sink)) assert.ok((sink as { closed?: boolean }).closed, `a route to ${sink.id}, which nobody has`);
      else assert.ok(live.has(source), `${sink.id} is fed by ${source.id}, which is gone`);
    }
  }

  private checkPictures(guest: Guest, presenter: Guest | null): void {
    const { video, content } = guest.leg.lines;
    const shared = presenter && presenter !== guest ? shownOf(presenter) : null;
    const main = video && (this.plane.routes.get(video) ?? null);
    const second = content && (this.plane.routes.get(content) ?? null);
    const cameras = this.guests.filter((one) => one !== guest && !one.silent && receives(one.leg.lines.video));
    const sees = [main, second].filter((source) => source !== null && source === shared).length;
    const { name, kind } = guest;
    assert.ok(second === null || second === shared, `${name} (${kind}) sees something else on its content line`);
    if (!video || !sends(video)) assert.equal(main, null, `${name} (${kind}) is shown a picture on hold`);
    else if (main !== shared || shared === null) {
      const all = cameras.map(({ leg }) => leg.lines.video);
      assert.ok(
        main === null ? all.length === 0 : all.includes(main),
        `${name} (${kind}) sees no camera, or a wrong one`,
      );
    }
    const canSee = (content && sends(content) && guest.leg.can.content === 'separate') || (video && sends(video));
    // one that never answers our offer waits for its time to be over
    if (kind !== 'deaf') assert.equal(sees, shared && canSee ? 1 : 0, `${name} (${kind}) sees content ${sees} times`);
    else assert.ok(sees <= 1);
  }
}

function ignore(asked: Promise<unknown> | undefined): void {
  asked?.catch((error: unknown) => assert.ok(error instanceof DualstreamError));
}

/** What it presents; on hold, what it has shown stays. */
function shownOf({ leg, shared }: Guest): Line | null {
  const { content } = leg.lines;
  return receives(content) || (shared && content?.params?.held === true) ? content : null;
}

function receives(line: Line | null): boolean {
  return line?.params?.direction === 'sendrecv' || line?.params?.direction === 'recvonly';
}

function sends(line: Line): boolean {
  return line.params?.direction === 'sendrecv' || line.params?.direction === 'sendonly';
}
