import assert from 'node:assert/strict';
import { systemChance } from '../../../src/base/ids.js';
import { silentLog } from '../../../src/base/log.js';
import { createMetrics } from '../../../src/base/metrics.js';
import type { SeenMessage } from '../../../src/base/seen.js';
import type { TracedMessage } from '../../../src/protocol/h323/call/endpoint.js';
import type { RasMessage } from '../../../src/protocol/h323/h225/schema.js';
import { writeRas } from '../../../src/protocol/h323/ras/messages.js';
import type { CallSummary } from '../../../src/rooms/call-archive.js';
import { DialOut } from '../../../src/rooms/dial-out.js';
import { CallRecords } from '../../../src/services/diagnostics/call-records.js';
import { campus } from '../../support/campus.js';
import { settle, startH323Rig, type H323Rig } from '../../support/h323-rig.js';
import { ManualClock } from '../../support/manual-clock.js';
import { dissect, hasTshark } from '../../support/tshark.js';
import { TurnNet } from '../../support/turn-net.js';

/** A gateway with the records of its calls. */
interface Recorded {
  rig: H323Rig;
  calls: CallRecords;
}

describe('RAS of a call', () => {
  const clock = new ManualClock();
  let here: Recorded;
  let there: Recorded;

  const recorded = async (how: Parameters<typeof startH323Rig>[0]): Promise<Recorded> => {
    const limits = { calls: 10, ms: 600_000, bytes: 65_536 };
    const tools = { clock, chance: systemChance, metrics: createMetrics(), limits };
    const calls = new CallRecords({ ...tools, sees: () => undefined });
    const trace = ({ call, protocol, sent, local, remote, octets }: TracedMessage): void =>
      calls.h323({ outgoing: sent, way: 'tcp', local, remote, bytes: octets }, protocol, call?.callIdentifier ?? null);
    const seen = (message: SeenMessage): void => calls.h323(message, 'ras', null);
    return { rig: await startH323Rig({ ...how, clock, calls, trace, seen }), calls };
  };
  /** `here` is registered with the gatekeeper of `there`, as alice, and they are neighbours. */
  const begin = async (password: string | null = 'a secret'): Promise<void> => {
    const net = new TurnNet();
    const beside = (address: string) => ({
      neighbours: [{ name: 'beside', at: { address, port: 1719 }, prefixes: [] }],
    });
    const at = { address: '127.0.0.2', port: 1720 };
    there = await recorded({ net, at, devices: beside('127.0.0.1'), mediaPort: 30_000 });
    const proof = password === null ? null : { user: 'alice', password, form: 'hmac-sha1-96' as const };
    const registration = { ...campus, aliases: ['alice'], maxCalls: 5, password: proof };
    const numbers = [{ dialled: /^9(.+)$/, registration: 'campus', to: '$1' }];
    here = await recorded({ net, devices: beside('127.0.0.2'), gatekeepers: [registration], numbers });
    await settle(clock);
  };
  const call = async (to: string, ms = 0): Promise<void> => {
    const { metrics, dialer } = here.rig;
    new DialOut({ dialers: [dialer], clock, log: silentLog, metrics, perRoom: 5 }).call(here.rig.room('demo'), { to });
    await settle(clock, ms);
  };
  const hangUp = async (): Promise<void> => {
    await Promise.all(here.rig.legs('demo').map((leg) => leg.end({ kind: 'left' })));
    await settle(clock);
  };
  const only = ({ calls }: Recorded): CallSummary => {
    const [one, ...others] = calls.list({ limit: 10 });
    assert.ok(one);
    assert.deepEqual(others, []);
    return one;
  };
  const said = (side: Recorded): string[] => {
    const { messages = [] } = side.calls.report(only(side).id) ?? {};
    return messages
      .map(({ by, what }) => `${by}: ${what}`)
      .filter((one) => /(Re(quest|ject|sponse)|Confirm)\b/.test(one));
  };
  const swapped = (words: readonly string[]): string[] =>
    words.map((one) => one.replace(/^(us|peer)/, (by) => (by === 'us' ? 'peer' : 'us')));

  afterEach(async () => {
    const both = [here.rig.close(), there.rig.close()];
    await settle(clock, 12_000);
    await Promise.all(both);
    here.calls.close();
    there.calls.close();
    assert.equal(clock.pending, 0);
  });

  it('is told with it, on both ends: leave, reports, rates and the end', async () => {
    await begin();
    await call('h323:9echo', 6000);
    await hangUp();
    const words = said(here);
    assert.match(words[0] ?? '', /^us: admissionRequest: a call to echo, 3840 kbit\/s$/);
    assert.match(
      words[1] ?? '',
      /^peer: admissionConfirm: gatekeeperRouted at 127\.0\.0\.2:1720, as echo, 3840 kbit\/s$/,
    );
    assert.deepEqual(words.slice(-2), [
      'us: disengageRequest: normalDrop, normal call clearing (cause 16)',
      'peer: disengageConfirm',
    ]);
    assert.ok(
      words.some((one) => /^us: bandwidthRequest: \d+ kbit\/s$/.test(one)),
      words.join('\n'),
    );
    assert.deepEqual(said(there), swapped(words));
    assert.deepEqual([only(here).to, only(here).state], ['h323:echo@127.0.0.2', 'ended']);
  });

  it('is told where it did not come to a call, with the reason', async () => {
    await begin();
    await call('h323:9nowhere');
    const told = {
      ...{ from: 'h323:alice', to: 'h323:nowhere', state: 'refused', reason: 'calledPartyNotRegistered' },
      ...{ transport: 'udp', status: null, agent: '' },
    };
    for (const [side, direction] of [
      [here, 'out'],
      [there, 'in'],
    ] as const) {
      const { from, to, state, reason, transport, status, agent, direction: way } = only(side);
      assert.deepEqual({ from, to, state, reason, transport, status, agent, way }, { ...told, way: direction });
    }
  });

  it('is told of neighbours that were asked', async () => {
    await begin();
    await call('h323:echo');
    const words = ['us: locationRequest: where is echo', 'peer: locationConfirm: at 127.0.0.2:1720, as echo'];
    assert.deepEqual(said(here).slice(0, 2), words);
    assert.deepEqual(said(there).slice(0, 2), swapped(words));
    assert.equal(only(there).state, 'answered');
  });

  it('shows no proof of a password, and is read by tshark without a mark', async function () {
    if (!hasTshark()) this.skip();
    this.timeout(30_000);
    await begin();
    await call('h323:9echo', 1000);
    await hangUp();
    const file = await here.calls.capture(only(here).id, 0);
    assert.ok(file);
    const fields = ['h225.RasMessage', '_ws.malformed', 'h235.hash', 'h225.endpointIdentifier', 'frame.comment'];
    const rows = dissect(file, fields, { filter: 'udp' });
    assert.ok(rows.length >= 4);
    for (const [kind, malformed, hash = '', identifier = ''] of rows) {
      assert.notEqual(kind, '');
      assert.equal(malformed, '');
      assert.match(`${hash}${identifier}`, /^[0x:,]*$/);
    }
    assert.ok(rows.some((row) => /admissionRequest: a call to echo/.test(row[4] ?? '')));
  });

  it('is found by who asked whom, whatever the number', async () => {
    await begin();
    await call('h323:9echo');
    const before = said(here).length;
    const { calls } = here;
    const ends = { way: 'udp' as const, local: { address: '127.0.0.1', port: 1719 } };
    const remote = { address: '127.0.0.9', port: 1719 };
    const guid = Buffer.from(only(here).callId, 'hex');
    const tell = (outgoing: boolean, message: RasMessage, port = 1719): void =>
      calls.h323({ ...ends, remote: { ...remote, port }, outgoing, bytes: writeRas(message) }, 'ras', null);
    const ask = (requestSeqNum: number): RasMessage => ({
      infoRequest: { requestSeqNum, callReferenceValue: 0, callIdentifier: { guid } },
    });
    const report = (requestSeqNum: number): RasMessage => ({
      infoRequestResponse: {
        ...{ requestSeqNum, endpointType: { mc: false, undefinedNode: true }, endpointIdentifier: 'e' },
        ...{ rasAddress: { ipAddress: { ip: Buffer.alloc(4), port: 1 } }, callSignalAddress: [] },
        irrStatus: { invalidCall: true },
      },
    });
    tell(true, ask(7));
    // their own question of that number, and its answer, are other people's
    tell(false, { unregistrationRequest: { requestSeqNum: 7, callSignalAddress: [] } });
    tell(true, { unregistrationConfirm: { requestSeqNum: 7 } });
    tell(false, { requestInProgress: { requestSeqNum: 8, delay: 5000 } });
    tell(false, report(7), 1799);
    assert.deepEqual(said(here).slice(before), ['us: infoRequest', 'peer: infoRequestResponse: no such call']);
  });
});
