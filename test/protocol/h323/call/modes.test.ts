import assert from 'node:assert/strict';
import { systemClock } from '../../../../src/base/clock.js';
import { systemNet } from '../../../../src/base/system-net.js';
import type {
  AcceptedProposal,
  DialOptions,
  Release,
  SignalledCall,
} from '../../../../src/protocol/h323/call/contract.js';
import type { TracedMessage } from '../../../../src/protocol/h323/call/endpoint.js';
import { acceptProposal } from '../../../../src/protocol/h323/call/fast-start.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { MemoryNet } from '../../../support/memory-net.js';
import { hasTshark } from '../../../support/tshark.js';
import { waitUntil } from '../../../support/wait.js';
import { markedByTshark } from './dissected.js';
import { at, audioProposals, converse, dialling, diary, party, settled, type Party } from './rig.js';

interface Mode {
  callerTunnels: boolean;
  calleeTunnels: boolean;
  fast: 'none' | 'accepted' | 'refused';
  early: DialOptions['early'];
  rings: boolean;
}

const modes: Mode[] = [];
for (const callerTunnels of [true, false])
  for (const calleeTunnels of [true, false])
    for (const fast of ['none', 'accepted', 'refused'] as const)
      for (const early of [undefined, 'h245Control', 'parallel'] as const)
        for (const rings of [true, false]) modes.push({ callerTunnels, calleeTunnels, fast, early, rings });

const control = (octet: number, port: number) => ({
  unicastAddress: { iPAddress: { network: Buffer.from([192, 0, 2, octet]), tsapIdentifier: port } },
});

/** Answers as a leg does. */
function answer(call: SignalledCall, { fast, rings }: Mode): void {
  const taken = ['transmit', 'receive'].map((direction) =>
    call.proposals.find((one) => one.direction === direction && one.sessionID === 1),
  );
  const accepted = taken
    .filter((one) => one !== undefined)
    .map((one) => acceptProposal(one, { mediaChannel: control(2, 5000), mediaControlChannel: control(2, 5001) }));
  call.proceeding();
  if (rings) call.alerting();
  call.connect(fast === 'accepted' ? { fastStart: accepted } : {});
}

interface Outcome {
  caller: SignalledCall;
  callee: SignalledCall;
  callerSaw: string[];
  calleeSaw: string[];
  fastStart: readonly AcceptedProposal[] | null;
}

function begin(a: Party, b: Party, to: { address: string; port: number }, mode: Mode): Outcome {
  const outcome = { calleeSaw: [], fastStart: null } as unknown as Outcome;
  b.endpoint.on.on('call', (call) => {
    outcome.callee = call;
    outcome.calleeSaw = diary(call);
    converse(call, 20);
    answer(call, mode);
  });
  const caller = a.endpoint.dial(
    to,
    dialling({
      tunnelling: mode.callerTunnels,
      early: mode.early,
      ...(mode.fast === 'none' ? {} : { fastStart: audioProposals(4000) }),
    }),
  );
  converse(caller, 10);
  outcome.caller = caller;
  outcome.callerSaw = diary(caller);
  caller.on.on('fastStart', (accepted) => (outcome.fastStart = accepted));
  return outcome;
}

/** All four messages arrived once, in order, with their answers. */
function assertConversed({ callerSaw, calleeSaw }: Outcome, mode: Mode): void {
  const pdus = (saw: string[]): string[] => saw.filter((line) => line.startsWith('pdu '));
  const says = JSON.stringify({ mode, callerSaw, calleeSaw });
  const of = (kind: string, saw: string[]): string[] => pdus(saw).filter((line) => line.includes(kind));
  assert.deepEqual(of('Request', callerSaw), ['pdu roundTripDelayRequest 20', 'pdu roundTripDelayRequest 21'], says);
  assert.deepEqual(of('Request', calleeSaw), ['pdu roundTripDelayRequest 10', 'pdu roundTripDelayRequest 11'], says);
  assert.deepEqual(of('Response', callerSaw), ['pdu roundTripDelayResponse 10', 'pdu roundTripDelayResponse 11'], says);
  assert.deepEqual(of('Response', calleeSaw), ['pdu roundTripDelayResponse 20', 'pdu roundTripDelayResponse 21'], says);
}

function assertUp(outcome: Outcome, mode: Mode): void {
  const { caller, callee, callerSaw } = outcome;
  const says = JSON.stringify({ mode, callerSaw, calleeSaw: outcome.calleeSaw });
  assert.equal(caller.state, 'active', says);
  assert.equal(callee.state, 'active', says);
  const way = mode.callerTunnels && mode.calleeTunnels ? 'tunnelled' : 'separate';
  assert.equal(caller.control.way, way, says);
  assert.equal(callee.control.way, way, says);
  assertConversed(outcome, mode);
  assert.equal(callerSaw.includes('alerting'), mode.rings, says);
  if (mode.fast === 'none') assert.equal(outcome.fastStart, null);
  else if (mode.fast === 'refused') assert.deepEqual(outcome.fastStart, []);
  else {
    assert.deepEqual(
      outcome.fastStart?.map(({ direction }) => direction),
      ['transmit', 'receive'],
      says,
    );
    const [transmit] = outcome.fastStart ?? [];
    const parameters =
      transmit?.channel.forwardLogicalChannelParameters.multiplexParameters.h2250LogicalChannelParameters;
    assert.deepEqual(parameters?.mediaChannel, control(2, 5000));
  }
}

describe('h323 calls between two endpoints', () => {
  for (const ends of ['caller', 'callee'] as const) {
    it(`go up in each of ${modes.length} start modes and are ended by the ${ends}, in memory`, async () => {
      for (const mode of modes) {
        const net = new MemoryNet();
        const clock = new ManualClock();
        const a = party(net, clock);
        const b = party(net, clock, { tunnelling: mode.calleeTunnels });
        await b.endpoint.listen(at('127.0.0.1'));
        const outcome = begin(a, b, at('127.0.0.1'), mode);
        await settled();
        assertUp(outcome, mode);
        const { caller, callee, callerSaw, calleeSaw } = outcome;
        (ends === 'caller' ? caller : callee).release();
        await settled();
        const [us, them] = ends === 'caller' ? [callerSaw, calleeSaw] : [calleeSaw, callerSaw];
        assert.ok(us.includes('released by us 16 null'), us.join('\n'));
        assert.ok(them.includes('released by peer 16 null'), JSON.stringify({ mode, them }));
        assert.equal(them.filter((line) => line.includes('endSession')).length, 1, JSON.stringify({ mode, them }));
        assert.equal(clock.pending, 0, JSON.stringify(mode));
        assert.equal(net.open, 1);
        await Promise.all([a.endpoint.close(), b.endpoint.close()]);
        assert.equal(net.open, 0);
      }
    });
  }

  it('say nothing in any start mode that tshark marks as malformed', async function () {
    if (!hasTshark()) this.skip();
    this.timeout(60_000);
    const said: TracedMessage[] = [];
    for (const mode of modes) {
      const net = new MemoryNet();
      const clock = new ManualClock();
      const a = party(net, clock);
      const b = party(net, clock, { tunnelling: mode.calleeTunnels });
      await b.endpoint.listen(at('127.0.0.1'));
      const { caller } = begin(a, b, at('127.0.0.1'), mode);
      await settled();
      caller.keypad('5');
      caller.notify('Another');
      caller.release();
      await settled();
      said.push(...[...a.traced, ...b.traced].filter(({ sent }) => sent));
      await Promise.all([a.endpoint.close(), b.endpoint.close()]);
    }
    const marks = markedByTshark(said);
    assert.deepEqual(marks, []);
    assert.ok(said.length > 8 * modes.length);
  });

  it('go up over loopback, by IPv4 and IPv6', async function () {
    this.timeout(30_000);
    for (const address of ['127.0.0.1', '::1']) {
      const a = party(systemNet, systemClock);
      const listeners = new Map<boolean, { party: Party; port: number }>();
      for (const tunnelling of [true, false]) {
        const b = party(systemNet, systemClock, { tunnelling });
        const { local } = await b.endpoint.listen({ address, port: 0 });
        listeners.set(tunnelling, { party: b, port: local.port });
      }
      for (const mode of modes.filter(({ rings }) => rings)) {
        const b = listeners.get(mode.calleeTunnels) as { party: Party; port: number };
        const seen = b.party.endpoint.on.on('call', () => undefined);
        const fresh = party(systemNet, systemClock, { tunnelling: mode.calleeTunnels });
        const { local } = await fresh.endpoint.listen({ address, port: 0 });
        const outcome = begin(a, fresh, local, mode);
        const done = (): boolean =>
          [outcome.callerSaw, outcome.calleeSaw].every(
            (saw) => saw.filter((line) => line.includes('Response')).length === 2,
          );
        await waitUntil(done, 5000, () => JSON.stringify({ mode, outcome: [outcome.callerSaw, outcome.calleeSaw] }));
        assertUp(outcome, mode);
        const ended = new Promise<Release>((resolve) => outcome.callee.on.on('released', resolve));
        outcome.caller.release();
        assert.equal((await ended).by, 'peer');
        await fresh.endpoint.close();
        seen.dispose();
      }
      await a.endpoint.close();
      for (const { party: b } of listeners.values()) await b.endpoint.close();
    }
  });
});
