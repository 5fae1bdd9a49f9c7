import assert from 'node:assert/strict';
import { startEndpoint, type Endpoint } from '../../scripts/endpoint/endpoint.js';
import { silentLog, type Log, type LogFields } from '../../src/base/log.js';
import type { GuardSettings } from '../../src/guard.js';
import type { Quarantined } from '../../src/legs/admission/defence.js';
import { describePeer } from '../support/offers.js';
import { RawCall } from '../support/raw-call.js';
import { SipPeer } from '../support/sip-peer.js';
import { startTestGateway, type TestGateway } from './support/gateway.js';
import { skipWithout } from './support/needs.js';
import { note } from './support/note.js';
import { until } from './support/until.js';

const here = '127.0.0.1';
const burst = 5;

const guard: GuardSettings = {
  allow: [here],
  limits: {
    requests: { burst: 1000, perSecond: 1000 },
    failures: { burst, perMinute: 1 },
    quarantine: { firstMs: 2000, longestMs: 60_000, forgetMs: 60_000 },
    agents: ['friendly-scanner'],
  },
  overload: { calls: 40, starts: { burst: 10, perSecond: 10 }, busy: 1 },
};

describe('a gateway on the open internet', function () {
  this.timeout(60_000);
  let gateway: TestGateway;
  let anna: Endpoint;
  let berta: Endpoint;
  const lines: { message: string; fields: LogFields; at: number }[] = [];
  const keep = (fields: LogFields, message: string): void =>
    void lines.push({ message, fields, at: performance.now() });
  const log: Log = { ...silentLog, info: keep, warn: keep, child: () => log };

  before(async function () {
    skipWithout(this, ['ffmpeg']);
    gateway = await startTestGateway({
      change: (settings) => ({
        ...settings,
        log,
        guard,
        decide: ({ uri }) => {
          const [, room = '', pin] = /^sips?:([^@;*]+)(?:\*(\d+))?@/.exec(uri) ?? [];
          return { kind: 'room', room, role: 'participant', ...(pin === undefined ? {} : { pin }) };
        },
        rooms: {
          ...settings.rooms,
          permanent: settings.rooms.permanent.map((room) => (room.name === 'echo' ? { ...room, pin: '2468' } : room)),
        },
      }),
    });
    const join = (name: string, tone: number): Promise<Endpoint> =>
      startEndpoint({ uri: gateway.uri('demo'), name, bind: here, audio: `tone:${tone}`, bfcp: 'udp' });
    anna = await join('ANNA', 440);
    berta = await join('BERTA', 1000);
    await anna.waitFor(({ main }) => main.from === 'BERTA', 10_000, 'BERTA');
  });

  after(async () => {
    await anna?.hangup();
    await berta?.hangup();
    await gateway?.close();
  });

  const at = (): { address: string; port: number } => ({ address: here, port: gateway.port('udp') });
  const counted = (name: string, labels: Record<string, string>): number =>
    gateway.gateway.core.metrics.counted(`dualstream_${name}`, labels);
  const call = (peer: SipPeer, room: string): RawCall => new RawCall(peer, gateway.uri(room));
  const linesAbout = (source: string): typeof lines =>
    lines.filter(({ fields }) => fields['from'] === source || fields['source'] === source);

  it('says nothing to a scanner that names itself, whatever it tries next', async () => {
    const scanner = await SipPeer.udp(at(), '127.0.0.66');
    call(scanner, 'demo').send('OPTIONS', '', ['User-Agent: friendly-scanner']);
    for (const method of ['REGISTER', 'INVITE', 'OPTIONS']) call(scanner, 'demo').send(method);
    scanner.raw('OPTIONS sip:demo@127.0.0.1 SIP/2.0\r\nVia: nonsense\r\n\r\n');
    await until('four drops', 5000, () => counted('defence_dropped_total', { reason: 'quarantine' }) >= 4);
    assert.equal(counted('defence_dropped_total', { reason: 'scanner' }), 1);
    const other = await SipPeer.udp(at(), '127.0.0.67');
    await call(other, 'demo').settled();
    assert.deepEqual(scanner.seen, []);
    assert.equal(linesAbout('127.0.0.66').length, 1);
    scanner.close();
    other.close();
  });

  it('stops hearing who guesses PINs, in growing steps, and writes one line a second about it', async () => {
    const source = '127.0.0.68';
    const guesser = await SipPeer.udp(at(), source);
    const since = lines.length;
    const quarantines = (): number => counted('defence_quarantines_total', { offence: 'wrong_pin' });
    const guess = async (pin: number): Promise<string> => {
      const one = call(guesser, `echo*${pin}`);
      one.send('INVITE', describePeer());
      return (await one.final('INVITE')).start;
    };
    for (let n = 0; n < burst; n++) assert.match(await guess(1000 + n), /403|401|404/);
    // the answer to the one that was too much still comes
    await guess(2000);
    assert.equal(quarantines(), 1);
    const held = (): Quarantined | undefined =>
      gateway.gateway.core.guard?.defence.list().find((one) => one.source === source);
    assert.equal(held()?.times, 1);
    await until('being heard again', 10_000, () => held() === undefined);
    for (let n = 0; n < burst && quarantines() < 2; n++) await guess(4000 + n);
    const again = held();
    assert.deepEqual([again?.source, again?.times, again?.offence], [source, 2, 'wrong_pin']);
    const about = lines.slice(since).filter((one) => linesAbout(source).includes(one));
    for (const [index, line] of about.entries()) {
      const before = about[index - 1];
      if (before) assert.ok(line.at - before.at >= 990, `${line.at - before.at} ms between two lines`);
    }
    assert.ok(!JSON.stringify(about).includes('2000'), 'a PIN is in the log');
    guesser.close();
  });

  it('sends calls above its load away with 503 and Retry-After while running calls lose nothing', async () => {
    const before = await heard();
    const caller = await SipPeer.udp(at());
    const calls = Array.from({ length: 200 }, () => call(caller, 'load'));
    for (const one of calls) one.send('INVITE', describePeer());
    const answers = await Promise.all(calls.map((one) => one.final('INVITE')));
    const taken = calls.filter((one) => one.answer?.start.startsWith('SIP/2.0 200'));
    const refused = answers.filter(({ start }) => start.startsWith('SIP/2.0 503'));
    assert.equal(taken.length + refused.length, calls.length);
    // the two who talk have taken from the first ten
    assert.ok(taken.length >= 8 && taken.length < 60, `${taken.length} taken`);
    const times = refused.map(({ message }) => Number(message.headers.get('retry-after')));
    assert.ok(times.every((seconds) => seconds >= 3 && seconds <= 12) && new Set(times).size > 3);
    for (const one of taken) one.ack();
    await Promise.all(taken.map((one) => one.bye()));
    const after = await heard();
    const lost = after.lost - before.lost;
    note(`${taken.length} of 200 calls taken, ${refused.length} sent away; running calls lost ${lost} packets`);
    assert.equal(lost, 0);
    assert.ok(after.packets > before.packets);
    caller.close();
  });

  /** What the two who talk were heard of. */
  async function heard(): Promise<{ packets: number; lost: number }> {
    const room = gateway.gateway.core.rooms.find('demo');
    const sum = { packets: 0, lost: 0 };
    for (const { id } of room?.describe().participants ?? []) {
      const stats = await room?.participant(id)?.leg.lines.audio?.stats();
      sum.packets += stats?.packetsIn ?? 0;
      sum.lost += stats?.lostIn ?? 0;
    }
    return sum;
  }
});
