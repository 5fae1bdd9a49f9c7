import { startEndpoint, type Endpoint } from '../endpoint/endpoint.js';
import { ContentWatch } from './content-watch.js';
import { atLeast, atMost, inform, median, pause, percentile, tell, type Figure } from './figures.js';
import { joinFloor, type Member } from './floor-member.js';
import { GatewayProcess, here } from './gateway-process.js';
import { Uac } from './uac.js';

// Floor control where there are many: grants among 200 legs of one room, content at 50 receivers, operations a second.
// `node --import tsx scripts/bench/crowd.ts [legs] [receivers] [seconds]`

const legs = Number(process.argv[2] ?? 200);
const receivers = Number(process.argv[3] ?? 50);
const seconds = Number(process.argv[4] ?? 5);
const requests = 100;
const shares = 8;
/** Rooms, and members of each, that keep the floor busy. */
const busy = { rooms: 4, members: 3 };

async function crowd(uac: Uac, room: string, size: number): Promise<Member[]> {
  const members: Member[] = [];
  for (let i = 0; i < size; i++) members.push(await joinFloor(uac, room, 'UDP', `m${i}`));
  return members;
}

async function leave(members: readonly Member[]): Promise<void> {
  for (const { link, call } of members) {
    await call.bye();
    link.close();
  }
}

/** Milliseconds from request to grant, each one a takeover, and until the last of all others knows it. */
async function grants(members: readonly Member[]): Promise<{ granted: number[]; told: number[] }> {
  const granted: number[] = [];
  const told: number[] = [];
  let unaware = 0;
  let everybody = (): void => undefined;
  let presenter = '';
  for (const { link } of members) {
    link.on.on('floor', ({ holder }) => {
      if (holder?.name === presenter && --unaware === 0) everybody();
    });
  }
  for (let i = 0; i <= requests; i++) {
    const place = (i * 37) % members.length;
    presenter = `m${place}`;
    unaware = members.length;
    const all = new Promise<void>((resolve) => (everybody = resolve));
    const begin = performance.now();
    const state = await members[place]?.link.request('bench');
    if (state !== 'granted') throw new Error(`the request was ${state}`);
    const at = performance.now() - begin;
    await all;
    // the first finds nobody to take it from
    if (i > 0) {
      granted.push(at);
      told.push(performance.now() - begin);
    }
    await pause(20);
  }
  return { granted, told };
}

/** Requests that take the floor over, as many as go: how many in all, and the gateway's CPU seconds. */
async function operations(gateway: GatewayProcess, rooms: readonly (readonly Member[])[]): Promise<[number, number]> {
  let count = 0;
  const [cpu, end] = [gateway.cpu, performance.now() + seconds * 1000];
  const run = async (members: readonly Member[]): Promise<void> => {
    for (let i = 0; performance.now() < end; i++) {
      const state = await members[i % members.length]?.link.request();
      if (state !== 'granted') throw new Error(`the request was ${state}`);
      count += 1;
    }
  };
  await Promise.all(rooms.map(run));
  return [count, gateway.cpu - cpu];
}

/** Milliseconds from the request until the last receiver has the whole first picture. */
async function firstFrames(gateway: GatewayProcess, uac: Uac): Promise<{ fresh: number[]; taken: number[] }> {
  const watches: ContentWatch[] = [];
  const members: Member[] = [];
  for (let i = 0; i < receivers; i++) {
    const watch = await ContentWatch.open();
    watches.push(watch);
    members.push(await joinFloor(uac, 'frames', 'UDP', `r${i}`, watch.port));
  }
  const call = (name: string): Promise<Endpoint> =>
    startEndpoint({ uri: gateway.uri('frames'), name, bind: here, camera: false, audio: 'silence', blind: true });
  const presenters = [await call('ALFA'), await call('BRAVO')] as const;
  await pause(1000);
  const share = async (presenter: Endpoint): Promise<number> => {
    // longer than from the grant on
    const asked = performance.now();
    const seen = Promise.all(watches.map((watch) => watch.keyframe(5000)));
    const state = await presenter.share();
    if (state !== 'granted') throw new Error(`the request was ${state}`);
    return Math.max(...(await seen)) - asked;
  };
  const fresh: number[] = [];
  const taken: number[] = [];
  for (let i = 0; i < shares; i++) {
    const [first, second] = i % 2 === 0 ? presenters : [presenters[1], presenters[0]];
    fresh.push(await share(first));
    await pause(300);
    taken.push(await share(second));
    await second.release();
    await pause(300);
  }
  for (const presenter of presenters) await presenter.hangup();
  await leave(members);
  for (const watch of watches) watch.close();
  return { fresh, taken };
}

const gateway = await GatewayProcess.start({ rooms: [{ name: 'crowd', capacity: legs + 10 }] });
try {
  const uac = await Uac.open(gateway.sip);
  const members = await crowd(uac, 'crowd', legs);
  const { granted, told } = await grants(members);
  const [many, manyCpu] = await operations(gateway, [members]);
  await leave(members);
  const rooms = await Promise.all(Array.from({ length: busy.rooms }, (_, i) => crowd(uac, `busy${i}`, busy.members)));
  const [count, cpu] = await operations(gateway, rooms);
  await leave(rooms.flat());
  const { fresh, taken } = await firstFrames(gateway, uac);
  uac.close();
  const figures: Figure[] = [
    atMost(`FloorRequest to grant at ${legs} legs in a room, median`, median(granted), 20, 'ms'),
    inform(`the same, p99`, `${percentile(granted, 0.99).toFixed(1)} ms`),
    inform(`until all ${legs} know it, median`, `${median(told).toFixed(1)} ms`),
    atLeast('takeovers of the floor a second of one core', count / cpu, 1000, '/s'),
    inform('takeovers a second meanwhile', `${Math.round(count / seconds)} in ${busy.rooms} rooms of ${busy.members}`),
    inform(`takeovers a second of one core at ${legs} legs in a room`, `${Math.round(many / manyCpu)}`),
    atMost(
      `request to the whole first frame at the last of ${receivers} receivers, worst`,
      Math.max(...fresh),
      500,
      'ms',
      0,
    ),
    inform('the same, median', `${median(fresh).toFixed(0)} ms`),
    atMost('the same when the floor is taken over, worst', Math.max(...taken), 500, 'ms', 0),
  ];
  tell({ bench: 'crowd', figures });
} finally {
  await gateway.stop();
}
