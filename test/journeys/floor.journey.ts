import assert from 'node:assert/strict';
import { startEndpoint, type Endpoint } from '../../scripts/endpoint/endpoint.js';
import type { EndpointEvent } from '../../scripts/endpoint/events.js';
import type { EndpointOptions } from '../../scripts/endpoint/options.js';
import type { Room } from '../../src/rooms/room.js';
import { onceBelow } from '../support/once-below.js';
import { EndpointProcess } from './support/endpoint-process.js';
import { startTestGateway, type TestGateway } from './support/gateway.js';
import { skipWithout } from './support/needs.js';
import { RefusingDevice } from './support/refusing-device.js';
import { servedTime } from './support/served-time.js';
import { until } from './support/until.js';

const patience = 10_000;

describe('the floor of a room', function () {
  this.timeout(60_000);
  let gateway: TestGateway;
  let killed: Killed;
  const endpoints: Endpoint[] = [];

  const join = async (room: string, name: string, options: Partial<EndpointOptions> = {}): Promise<Endpoint> => {
    const uri = gateway.uri(room, options.transport === 'tcp' ? 'tcp' : 'udp');
    const quiet = { audio: 'silence', fps: 5, ...options };
    const endpoint = await startEndpoint({ uri, name, bind: '127.0.0.1', ...quiet });
    endpoints.push(endpoint);
    return endpoint;
  };
  /** What anybody in the room is shown. */
  const shown = (name: string): string[] =>
    roomOf(name)
      .describe()
      .participants.flatMap(({ sees: { main, content } }) => [main, content])
      .flatMap((one) => one?.what ?? []);
  const problemOf = (name: string, who: string): string | null => {
    const one = roomOf(name)
      .describe()
      .participants.find((each) => each.name === who);
    return one?.problems.find(({ line }) => line === 'content')?.reason ?? null;
  };
  const roomOf = (name: string): Room => {
    const room = gateway.gateway.core.rooms.find(name);
    assert.ok(room, `no room ${name}`);
    return room;
  };

  before(async function () {
    skipWithout(this, ['ffmpeg']);
    const policies = { first: 'first-keeps-it', ask: 'ask-moderator' } as const;
    gateway = await startTestGateway({ policies });
    killed = await killPresenter(gateway, await join('lost', 'WITNESS'));
  });

  afterEach(async () => {
    const witness = killed?.witness;
    const done = endpoints.splice(0).filter((one) => one !== witness);
    await Promise.all(done.map((one) => one.hangup()));
  });

  after(async () => {
    await killed?.witness.hangup();
    await gateway?.close();
  });

  const vendors = {
    udp: ['cisco', 'huawei', 'tandberg'],
    tcp: ['poly', 'cisco', 'generic'],
  } as const;

  for (const bfcp of ['udp', 'tcp'] as const) {
    it(`passes from one presenter to the next over ${bfcp.toUpperCase()}`, async () => {
      const room = `over-${bfcp}`;
      const [first, second, third] = vendors[bfcp];
      const a = await join(room, 'ANNA', { vendor: first, bfcp });
      const b = await join(room, 'BERTA', { vendor: second, bfcp, contentSize: { width: 1024, height: 768 } });
      const c = await join(room, 'CARLA', { vendor: third, bfcp, transport: 'tcp' });

      assert.equal(await a.share(), 'granted');
      const asked = at(a, (event) => event.event === 'sharing');
      const granted = at(a, (event) => event.event === 'floor' && event.state === 'granted');
      await sees(b, 'ANNA', '1280x720');
      await sees(c, 'ANNA', '1280x720');
      const seenAt = at(c, (event) => event.event === 'sees' && event.line === 'content' && event.from === 'ANNA');
      figure(`${bfcp}: request to grant`, granted - asked);
      figure(`${bfcp}: request to first decoded content frame`, seenAt - asked);

      assert.equal(await b.share(), 'granted');
      await until('ANNA to be told', patience, () => a.state.floor === 'revoked' || null);
      const revoked = at(a, (event) => event.event === 'floor' && event.state === 'revoked');
      const taken = at(b, (event) => event.event === 'floor' && event.state === 'granted');
      assert.ok(revoked <= taken, `revoked ${revoked - taken} ms after the next grant`);
      await sees(a, 'BERTA', '1024x768');
      await sees(c, 'BERTA', '1024x768');
      // a device of version 1 may not acknowledge, and is then told after a repetition
      await c.waitFor(({ holder }) => holder === 'BERTA', patience, 'to be told');

      assert.equal(await b.release(), 'released');
      for (const one of [a, b, c]) await one.waitFor(({ holder }) => holder === null, patience, 'nobody to present');
      await until('one stream only', patience, () => shown(room).every((what) => what === 'camera') || null);
      for (const one of [a, b, c]) {
        await one.waitFor(({ content }) => content.from === null, patience, 'the content to go');
        await one.waitFor(({ main }) => main.kind === 'camera', patience, 'a camera');
      }
    });
  }

  it('is free within 100 ms after the BYE of the presenter', async () => {
    const b = await join('bye', 'BERTA');
    const room = roomOf('bye');
    await onceBelow(100, async () => {
      const a = await join('bye', 'ANNA');
      assert.equal(await a.share(), 'granted');
      await sees(b, 'ANNA', '1280x720');
      const freed = new Promise<number>((resolve) => {
        room.on.on('floor', ({ holder }) => {
          if (holder === null) resolve(servedTime());
        });
      });
      const told = new Promise<number>((resolve) => {
        b.onEvent((event) => {
          if (event.event === 'holder' && event.holder === null) resolve(servedTime());
        });
      });
      const start = servedTime();
      const gone = a.hangup();
      const [freeMs, toldMs] = [(await freed) - start, (await told) - start];
      figure('BYE to the floor being free', freeMs);
      figure('BYE to the others being told', toldMs);
      await gone;
      assert.equal(room.size, 1);
      return Math.max(freeMs, toldMs);
    });
  });

  it('stays with the first where the policy says so', async () => {
    const a = await join('first', 'ANNA');
    const b = await join('first', 'BERTA', { bfcp: 'tcp' });
    assert.equal(await a.share(), 'granted');
    assert.equal(await b.share(), 'denied');
    assert.equal(b.state.holder, 'ANNA');
    assert.equal(roomOf('first').describe().floor.holder?.name, 'ANNA');
    await sees(b, 'ANNA', '1280x720');
    await a.release();
    assert.equal(await b.share(), 'granted');
    await sees(a, 'BERTA', '1280x720');
  });

  it('is given by a moderator where the policy says so', async () => {
    const a = await join('ask', 'ANNA', { bfcp: 'tcp' });
    const b = await join('ask', 'BERTA');
    const room = roomOf('ask');
    assert.equal(await a.share(), 'pending');
    assert.equal(await b.share(), 'pending');
    room.moderateFloor('grant', 'the moderator');
    await a.waitFor(({ floor }) => floor === 'granted', patience);
    await sees(b, 'ANNA', '1280x720');
    room.moderateFloor('deny', 'the moderator');
    await b.waitFor(({ floor }) => floor === 'denied', patience);
    room.moderateFloor('revoke', 'the moderator');
    await a.waitFor(({ floor, holder }) => floor === 'revoked' && holder === null, patience);
    assert.equal(room.describe().floor.holder, null);
  });

  it('opens the content line of a device that offered none, for looking and for showing', async () => {
    const group = await join('group', 'GROUP', { vendor: 'polycom' });
    const a = await join('group', 'ANNA', { vendor: 'cisco' });
    assert.equal(room('group').participants.find(({ name }) => name === 'GROUP')?.content, 'separate');
    assert.equal(await a.share(), 'granted');
    const event = await group.nextEvent((one) => one.event === 'renegotiated', patience, 0);
    assert.ok(event.event === 'renegotiated' && event.content !== null, JSON.stringify(event));
    await sees(group, 'ANNA', '1280x720');
    await group.waitFor(({ main }) => main.from === 'ANNA' && main.kind === 'camera', patience, 'the camera beside it');
    assert.equal(await group.share(), 'granted');
    await sees(a, 'GROUP', '1280x720');
  });

  for (const vendor of ['yealink', 'hdx'] as const) {
    it(`opens the content line of a device (${vendor}) that asks for the floor before it has one`, async () => {
      const eager = await join(vendor, 'EAGER', { vendor });
      const a = await join(vendor, 'ANNA', { vendor: 'cisco' });
      assert.equal(await eager.share(), 'granted');
      await sees(a, 'EAGER', '1280x720');
    });
  }

  it('shows the content in the main picture of a device that refuses the line, without asking again', async () => {
    const device = await RefusingDevice.call(gateway, 'refuse', 'STUBBORN');
    try {
      const a = await join('refuse', 'ANNA');
      assert.equal(await a.share(), 'granted');
      await device.sees('ANNA slides', patience);
      assert.equal(await a.release(), 'released');
      await device.sees('ANNA camera', patience);
      assert.equal(await a.share(), 'granted');
      await device.sees('ANNA slides', patience);
      assert.equal(device.refused, 1, 'asked more than once');
      const shown = room('refuse').participants.find(({ name }) => name === 'STUBBORN');
      assert.equal(shown?.content, 'in-main');
      assert.equal(shown?.sees.main?.what, 'content');
    } finally {
      await device.hangup();
    }
  });

  it('says why a device that knows no fragments cannot be shown large ones', async () => {
    const b = await join('fragments', 'BERTA', { vendor: 'poly-udp' });
    await join('fragments', 'OLD', { vendor: 'aver' });
    assert.equal(await b.share(), 'granted');
    await until('the reason', patience, () => problemOf('fragments', 'OLD') !== null || null);
    assert.match(problemOf('fragments', 'OLD') ?? '', /mode/);
  });

  it('is freed with the seat 15 s after a presenting device died', async () => {
    const { at: death, witness } = killed;
    await witness.waitFor(({ holder }) => holder === null, 25_000, 'the floor of the dead');
    const seconds = (at(witness, (event) => event.event === 'holder' && event.holder === null) - death) / 1000;
    figure('SIGKILL to the floor being free', seconds * 1000);
    assert.ok(seconds > 12 && seconds < 18, `after ${seconds} s`);
    await until('the seat to be free', 2000, () => roomOf('lost').size === 1 || null);
    assert.equal(await witness.share(), 'granted');
  });

  function room(name: string): ReturnType<Room['describe']> {
    return roomOf(name).describe();
  }
});

interface Killed {
  witness: Endpoint;
  /** When it died. */
  at: number;
}

/** Lets an endpoint of its own process present in the room `lost` and kills it, seen by `witness`. */
async function killPresenter(gateway: TestGateway, witness: Endpoint): Promise<Killed> {
  const child = EndpointProcess.start(gateway.uri('lost'), '--name', 'LOST', '--share', 'test-pattern');
  try {
    await sees(witness, 'LOST', '1280x720', 20_000);
  } finally {
    await child.kill();
  }
  return { witness, at: now() };
}

/** Waits until an endpoint decodes that presenter's content of that size on its content line. */
async function sees(endpoint: Endpoint, name: string, size: string, timeoutMs = patience): Promise<void> {
  await endpoint.waitFor(
    ({ content }) =>
      content.from === name && content.kind === 'slides' && `${content.width}x${content.height}` === size,
    timeoutMs,
    `content of ${name}, ${size}`,
  );
}

/** When the latest such event happened, on the clock of `now`. */
function at(endpoint: Endpoint, test: (event: EndpointEvent) => boolean): number {
  const event = [...endpoint.events].reverse().find(test);
  assert.ok(event, 'no such event');
  return event.t;
}

function now(): number {
  return performance.now();
}

function figure(what: string, ms: number): void {
  process.stdout.write(`      ${what}: ${ms.toFixed(1)} ms\n`);
}
