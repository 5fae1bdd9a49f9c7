import assert from 'node:assert/strict';
import { systemChance } from '../../../src/base/ids.js';
import { silentLog } from '../../../src/base/log.js';
import { createMetrics } from '../../../src/base/metrics.js';
import type { SeenMessage } from '../../../src/base/seen.js';
import type { TracedMessage } from '../../../src/protocol/h323/call/endpoint.js';
import { writeRas } from '../../../src/protocol/h323/ras/messages.js';
import type { CallReport, CallSummary } from '../../../src/rooms/call-archive.js';
import { DialOut } from '../../../src/rooms/dial-out.js';
import { CallRecords } from '../../../src/services/diagnostics/call-records.js';
import { pdus } from '../../protocol/h323/goldens.js';
import { settle, startH323Rig, type H323Rig, type Peer } from '../../support/h323-rig.js';
import { ManualClock } from '../../support/manual-clock.js';
import { dissect, hasTshark } from '../../support/tshark.js';

describe('the records of H.323 calls', () => {
  let rig: H323Rig;
  let calls: CallRecords;
  let ownClock: ManualClock;

  beforeEach(async () => {
    ownClock = new ManualClock();
    const limits = { calls: 10, ms: 600_000, bytes: 65_536 };
    calls = new CallRecords({
      ...{ clock: ownClock, chance: systemChance, metrics: createMetrics(), limits },
      sees: () => undefined,
    });
    rig = await startH323Rig({ calls, trace: (message) => see(message) });
  });
  afterEach(async () => {
    await rig.nothingLeft();
    calls.close();
    assert.equal(ownClock.pending, 0);
  });

  const see = ({ call, protocol, sent, local, remote, octets }: TracedMessage): void => {
    ownClock.advance(1);
    calls.h323({ outgoing: sent, way: 'tcp', local, remote, bytes: octets }, protocol, call?.callIdentifier ?? null);
  };
  const only = (): CallSummary => {
    const [one, ...others] = calls.list({ limit: 10 });
    assert.ok(one);
    assert.deepEqual(others, []);
    return one;
  };
  const report = (): CallReport => {
    const found = calls.report(only().id);
    assert.ok(found);
    return found;
  };

  it('tell who called whom, with what, and where it sits', async () => {
    const peer = await (await rig.peer()).dial('demo');
    const { protocol, callId, direction, from, to, agent, transport, state, room, participant } = only();
    assert.equal(callId, peer.call?.callIdentifier);
    assert.deepEqual(
      { protocol, direction, from, to, agent, transport, state, room, participant },
      {
        ...{ protocol: 'h323', direction: 'in', from: 'h323:room system@127.0.0.1', to: 'h323:demo@127.0.0.1' },
        ...{ agent: 'Roomy 1.0', transport: 'tcp', state: 'answered', room: 'demo', participant: 1 },
      },
    );
    await peer.hangUp();
    assert.deepEqual([only().state, report().ended], ['ended', 'left']);
  });

  it('tell each message in words, by whom and when', async () => {
    const peer = await (await rig.peer()).dial('demo');
    await peer.hangUp();
    const { messages } = report();
    const said = messages.map(({ by, what }) => `${by}: ${what}`);
    assert.match(said[0] ?? '', /^peer: Setup: from Room System, to demo, tunnels H\.245/);
    assert.match(said[1] ?? '', /^us: CallProceeding/);
    assert.match(
      said[2] ?? '',
      /^us: Connect: by demo.*\[terminalCapabilitySet: .*H\.239.*masterSlaveDetermination: terminal type 190/,
    );
    assert.ok(said.some((one) => one.startsWith('us: Facility: ') && one.includes('openLogicalChannel')));
    assert.match(said.at(-1) ?? '', /ReleaseComplete: normal call clearing \(cause 16\)/);
    const times = messages.map(({ at }) => at);
    assert.deepEqual(
      times,
      [...new Set(times)].sort((a, b) => a - b),
      'each later than the one before',
    );
  });

  it('have H.245 on a connection of its own too', async () => {
    const peer = await (await rig.peer()).dial('demo', { tunnelling: false });
    const said = report().messages.map(({ by, what }) => `${by}: ${what}`);
    for (const who of ['us', 'peer'])
      assert.ok(
        said.some((one) => one.startsWith(`${who}: terminalCapabilitySet: `)),
        said.join('\n'),
      );
    await peer.hangUp();
  });

  it('tell calls of ours', async () => {
    const device = await rig.peer();
    const { clock, metrics, dialer } = rig;
    const dialOut = new DialOut({ dialers: [dialer], clock, log: silentLog, metrics, perRoom: 5 });
    dialOut.call(rig.room('demo'), { to: `h323:board@127.0.0.1:${device.port}` });
    await settle(clock);
    await device.answer();
    const { direction, from, to, agent, state } = only();
    assert.deepEqual(
      { direction, from, to, agent, state },
      {
        direction: 'out',
        from: 'h323:demo@127.0.0.1',
        to: 'h323:board@127.0.0.1',
        agent: 'Roomy 1.0',
        state: 'answered',
      },
    );
  });

  it('tell why a call was refused, whoever ended it', async () => {
    await (await rig.peer()).dial('nowhere');
    const { state, status, reason, to } = only();
    assert.deepEqual(
      [state, status, reason, to],
      ['refused', null, 'unallocated number (cause 1)', 'h323:nowhere@127.0.0.1'],
    );
  });

  it('tell a Setup that was refused before it was a call', async () => {
    const peer = await rig.peer();
    const setup = { conferenceGoal: { callIndependentSupplementaryService: true as const } };
    await peer.dial('demo', { setup });
    assert.deepEqual([only().state, only().reason], ['refused', 'service not implemented (cause 79)']);
  });

  it('show no PIN, neither dialled nor known to be one, and no key', async () => {
    const peer = await (await rig.peer()).dial('board*2468');
    peer.session?.press('7', 100);
    await settle(rig.clock);
    const { to, messages } = report();
    assert.equal(to, 'h323:board*xxxx@127.0.0.1');
    assert.ok(!JSON.stringify(messages).includes('2468'));
    const file = await calls.capture(only().id, 0);
    for (const encoding of ['latin1', 'utf16le'] as const) assert.ok(!file?.includes(Buffer.from('2468', encoding)));
    await peer.hangUp();
  });

  it('keep calls apart from those of SIP by the same name', async () => {
    const peer = await (await rig.peer()).dial('demo');
    const before = report().messages.length;
    const text = `INVITE sip:demo@y SIP/2.0\r\nCall-ID: ${peer.call?.callIdentifier}\r\nCSeq: 1 INVITE\r\n\r\n`;
    const { local, remote } = peer.call?.path as { local: SeenMessage['local']; remote: SeenMessage['remote'] };
    calls.sip({ outgoing: false, way: 'udp', local, remote, bytes: Buffer.from(text) });
    assert.equal(report().messages.length, before);
    await peer.hangUp();
  });

  it('have RAS of the call: requests by its identifier, answers by their numbers', () => {
    const ras = (name: string) => pdus.find((one) => one.type === 'RasMessage' && one.name.startsWith(name));
    const request = Buffer.from(ras('admissionRequest')?.hex ?? '', 'hex');
    const ends = {
      way: 'udp' as const,
      local: { address: '192.0.2.1', port: 1719 },
      remote: { address: '192.0.2.9', port: 1719 },
    };
    calls.h323({ ...ends, outgoing: true, bytes: request }, 'ras', null);
    const sequence = (ras('admissionRequest')?.value as { admissionRequest: { requestSeqNum: number } })
      .admissionRequest.requestSeqNum;
    const rejection = (requestSeqNum: number) =>
      writeRas({ admissionReject: { requestSeqNum, rejectReason: { calledPartyNotRegistered: true } } });
    calls.h323({ ...ends, outgoing: false, bytes: rejection(sequence + 1) }, 'ras', null);
    calls.h323({ ...ends, outgoing: false, bytes: rejection(sequence) }, 'ras', null);
    const said = report().messages.map(({ by, what }) => `${by}: ${what}`);
    assert.equal(said.length, 2);
    assert.match(said[0] ?? '', /^us: admissionRequest: a call/);
    assert.equal(said[1], 'peer: admissionReject: calledPartyNotRegistered');
  });

  for (const tunnelling of [true, false])
    it(`are files that tshark reads without a mark, with H.245 ${tunnelling ? 'tunnelled' : 'by itself'}`, async function () {
      if (!hasTshark()) this.skip();
      this.timeout(30_000);
      const peer: Peer = await (await rig.peer()).dial('demo', { tunnelling });
      peer.session?.press('7', 100);
      peer.session?.token.take();
      await settle(rig.clock);
      await peer.send('content');
      await peer.hangUp();
      const file = await calls.capture(only().id, 0);
      assert.ok(file);
      const fields = ['frame.protocols', '_ws.malformed', '_ws.expert.message', 'frame.comment', '_ws.col.Info'];
      const rows = dissect(file, fields, { filter: 'tcp' });
      assert.ok(rows.length > 10);
      const marked = rows.filter(([protocols = '', malformed, expert = '', comment]) => {
        // the comments, cut off, are all that its experts have to say
        return !/:(h225|h245)/.test(protocols) || malformed !== '' || !comment?.startsWith(expert);
      });
      assert.deepEqual(marked, []);
      const comments = rows.map((row) => row[3] ?? '').join('\n');
      assert.match(comments, /presentationTokenRequest for channel/);
      assert.match(rows[0]?.[4] ?? '', /CS: setup/);
    });
});
