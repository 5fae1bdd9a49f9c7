import { systemClock } from '../../src/base/clock.js';
import { startEndpoint, type Endpoint } from '../endpoint/endpoint.js';
import { ffmpegPresent } from '../endpoint/view/decoder.js';
import { atMost, inform, median, pause, percentile, tell, type Figure } from './figures.js';
import { joinFloor, type Member } from './floor-member.js';
import { GatewayProcess, here } from './gateway-process.js';
import { Uac } from './uac.js';

// FloorRequest to grant over UDP and TCP, and on to the first decoded picture of the content at another endpoint.
// `node --import tsx scripts/bench/floor.ts [requests] [shares]`

const requests = Number(process.argv[2] ?? 100);
const shares = Number(process.argv[3] ?? 8);

/** Milliseconds from request to grant; the floor goes round between the members. */
async function grants(gateway: GatewayProcess, transport: 'UDP' | 'TCP'): Promise<number[]> {
  const uac = await Uac.open(gateway.sip);
  const room = `grant-${transport.toLowerCase()}`;
  const members: Member[] = [];
  for (let i = 0; i < 5; i++) members.push(await joinFloor(uac, room, transport));
  const times: number[] = [];
  for (let i = 0; i < requests; i++) {
    const link = members[i % members.length]?.link;
    const begin = performance.now();
    const state = await link?.request('bench');
    if (state !== 'granted') throw new Error(`the request was ${state}`);
    times.push(performance.now() - begin);
    await pause(10);
    // Every other time the next one takes the floor over.
    if (i % 2 === 0) await link?.release();
    await pause(10);
  }
  for (const { link, call } of members) {
    await call.bye();
    link.close();
  }
  uac.close();
  return times;
}

/** Milliseconds from asking to the first picture of that presenter at the viewer. */
async function firstPicture(presenter: Endpoint, viewer: Endpoint): Promise<number> {
  const from = viewer.events.length;
  const begin = systemClock.now();
  const state = await presenter.share();
  if (state !== 'granted') throw new Error(`the request was ${state}`);
  const seen = await viewer.nextEvent(
    (event) => event.event === 'sees' && event.line === 'content' && event.from === presenter.name,
    5000,
    from,
  );
  return seen.t - begin;
}

/** Presenters that take turns, with a viewer whose decoder is warm after the first picture. */
async function pictures(gateway: GatewayProcess): Promise<{ fresh: number[]; taken: number[] }> {
  const call = (name: string, bfcp: 'udp' | 'tcp'): Promise<Endpoint> =>
    startEndpoint({ uri: gateway.uri('pictures'), name, bfcp, bind: here, camera: false, audio: 'silence' });
  const presenters = [await call('ALFA', 'udp'), await call('BRAVO', 'tcp')] as const;
  const viewer = await call('VIEWER', 'udp');
  await pause(500);
  const fresh: number[] = [];
  const taken: number[] = [];
  for (let i = 0; i <= shares; i++) {
    const [first, second] = i % 2 === 0 ? presenters : [presenters[1], presenters[0]];
    const afterRest = await firstPicture(first, viewer);
    const takenOver = await firstPicture(second, viewer);
    if (i > 0) {
      fresh.push(afterRest);
      taken.push(takenOver);
    }
    await second.release();
    await viewer.waitFor((state) => state.content.from === null, 5000, 'the content to end');
  }
  for (const endpoint of [...presenters, viewer]) await endpoint.hangup();
  return { fresh, taken };
}

/** The same at viewers that have just come, without a slides line in their offer: it is opened and ffmpeg started first. */
async function coldPictures(gateway: GatewayProcess): Promise<number[]> {
  const call = (name: string, vendor: string): Promise<Endpoint> =>
    startEndpoint({ uri: gateway.uri('cold'), name, vendor, bind: here, camera: false, audio: 'silence' });
  const presenter = await call('ALFA', 'generic');
  const times: number[] = [];
  for (let i = 0; i < 5; i++) {
    const viewer = await call('VIEWER', 'poly');
    await pause(500);
    times.push(await firstPicture(presenter, viewer));
    await presenter.release();
    await viewer.hangup();
  }
  await presenter.hangup();
  return times;
}

function grantFigures(transport: string, times: number[]): Figure[] {
  return [
    atMost(`FloorRequest to grant over ${transport}, median`, median(times), 20, 'ms'),
    inform(`FloorRequest to grant over ${transport}, p99`, `${percentile(times, 0.99).toFixed(1)} ms`),
  ];
}

const gateway = await GatewayProcess.start();
try {
  const figures: Figure[] = [];
  for (const transport of ['UDP', 'TCP'] as const)
    figures.push(...grantFigures(transport, await grants(gateway, transport)));
  if (!ffmpegPresent())
    tell({ bench: 'floor', figures, note: 'no ffmpeg: the first decoded picture was not measured' });
  else {
    const { fresh, taken } = await pictures(gateway);
    const what = 'FloorRequest to first decoded content frame';
    figures.push(atMost(`${what}, median`, median(fresh), 500, 'ms', 0));
    figures.push(inform(`${what}, worst of ${fresh.length}`, `${Math.max(...fresh).toFixed(0)} ms`));
    figures.push(atMost(`${what} when the floor is taken over, median`, median(taken), 500, 'ms', 0));
    const cold = await coldPictures(gateway);
    figures.push(
      atMost(`${what} at a viewer whose line must be opened, decoder cold, median`, median(cold), 500, 'ms', 0),
    );
    tell({ bench: 'floor', figures });
  }
} finally {
  await gateway.stop();
}
