import assert from 'node:assert/strict';
import { decode } from '../../../../src/protocol/asn1/codec.js';
import { chosen } from '../../../../src/protocol/asn1/choice.js';
import { readSignal, anyBody, bodyOf, type Signal } from '../../../../src/protocol/h323/call/signal.js';
import type { SignalledCall } from '../../../../src/protocol/h323/call/contract.js';
import { acceptProposal } from '../../../../src/protocol/h323/call/fast-start.js';
import { MultimediaSystemControlMessage } from '../../../../src/protocol/h323/h245/schema.js';
import { endpointOf } from '../../../../src/protocol/h323/addresses.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { MemoryNet } from '../../../support/memory-net.js';
import { q931Vectors, type Q931Vector } from '../goldens.js';
import { RawPeer } from './raw-peer.js';
import { at, audioProposals, dialling, diary, party, settled } from './rig.js';

interface Recorded {
  octets: Buffer;
  signal: Signal;
}
interface Vector extends Q931Vector {
  capture: string;
  frame: number;
  direction: string;
}

/** What each side sent in each recorded call, as it left its device. */
const calls = new Map<string, { caller: Recorded[]; callee: Recorded[] }>();
for (const vector of q931Vectors as Vector[]) {
  const { capture, direction, fromDestination, hex } = vector;
  const side = fromDestination ? 'callee' : 'caller';
  if (!direction.startsWith(side)) continue;
  const octets = Buffer.from(hex, 'hex');
  const read = readSignal(octets);
  assert.ok(read.ok);
  const call = calls.get(capture) ?? { caller: [], callee: [] };
  calls.set(capture, call);
  call[side].push({ octets, signal: read.signal });
}

function pdusOf(recorded: Recorded[]): unknown[] {
  return recorded
    .flatMap(({ signal: { pdu } }) => [
      ...(bodyOf(pdu, 'setup')?.parallelH245Control ?? []),
      ...(pdu?.h245Control ?? []),
    ])
    .map((octets) => {
      const read = decode(MultimediaSystemControlMessage, octets);
      return read.ok ? read.value : null;
    });
}

function collect(call: SignalledCall): unknown[] {
  const pdus: unknown[] = [];
  call.control.on.on('pdu', (pdu) => pdus.push(pdu));
  return pdus;
}

/** How the side ended the call, as it has to be understood. */
function endOf(recorded: Recorded[]): string | null {
  const last = recorded.find(({ signal }) => signal.q931.type === 'releaseComplete')?.signal;
  if (!last) return null;
  const reason = bodyOf(last.pdu, 'releaseComplete')?.reason;
  return `released by peer ${last.q931.cause?.value ?? 31} ${reason ? chosen(reason) : null}`;
}

const answers: Partial<Record<string, string>> = {
  callProceeding: 'proceeding',
  alerting: 'alerting',
  connect: 'connected',
};

describe('h323 call signalling with recorded devices', () => {
  it(`is called in ${calls.size} recorded calls`, async () => {
    for (const [capture, { caller }] of calls) {
      const net = new MemoryNet();
      const clock = new ManualClock();
      const { endpoint, metrics } = party(net, clock);
      await endpoint.listen(at('127.0.0.1'));
      let call: SignalledCall | null = null;
      let lines: string[] = [];
      let pdus: unknown[] = [];
      endpoint.on.on('call', (one) => {
        call = one;
        lines = diary(one);
        pdus = collect(one);
        const taken = one.proposals.filter(({ sessionID }) => sessionID === 1).slice(0, 2);
        const here = { unicastAddress: { iPAddress: { network: Buffer.from([127, 0, 0, 1]), tsapIdentifier: 5000 } } };
        const fastStart = taken.map((each) => acceptProposal(each, { mediaChannel: here, mediaControlChannel: here }));
        one.proceeding();
        one.connect({ fastStart });
      });
      const peer = new RawPeer(await net.dial(at('127.0.0.1'), at('192.0.2.9', 40_001)), true);
      for (const { octets } of caller) {
        peer.octets(octets);
        await settled();
      }
      const one = call as SignalledCall | null;
      assert.ok(one, capture);
      const setup = caller[0]?.signal;
      assert.equal(one.peer.display, setup?.q931.display, capture);
      assert.equal(one.peer.version, 7, capture);
      assert.equal(one.bearerKbps, 64 * (setup?.q931.bearerCapability?.rateMultiplier ?? 0), capture);
      assert.deepEqual(one.called.aliases, bodyOf(setup?.pdu ?? null, 'setup')?.destinationAddress ?? [], capture);
      assert.equal(one.proposals.length, bodyOf(setup?.pdu ?? null, 'setup')?.fastStart?.length ?? 0, capture);
      if (setup?.pdu?.h245Tunnelling) assert.deepEqual(pdus, pdusOf(caller), capture);
      else assert.ok(endpointOf(bodyOf(peer.last('connect').pdu, 'connect')?.h245Address), capture);
      const keys = caller.flatMap(({ signal }) => signal.q931.keypad ?? []);
      assert.deepEqual(
        lines.filter((line) => line.startsWith('keypad')),
        keys.map((key) => `keypad ${key}`),
        capture,
      );
      const end = endOf(caller);
      if (end) assert.ok(lines.includes(end), `${capture}: ${lines.join('; ')}`);
      const unread = (await metrics.text())
        .split('\n')
        .filter((line) => /fault_|unexpected|stray|unencodable/.test(line));
      assert.deepEqual(unread, [], capture);
      await endpoint.close();
      assert.equal(clock.pending, 0, capture);
    }
  });

  it(`calls in ${calls.size} recorded calls`, async () => {
    for (const [capture, { caller, callee }] of calls) {
      const net = new MemoryNet();
      const clock = new ManualClock();
      const { endpoint, metrics } = party(net, clock);
      let peer: RawPeer | null = null;
      await net.listen(at('127.0.0.9'), { type: 'tcp' }, (stream) => (peer = new RawPeer(stream, false)));
      const addresses = callee
        .map(({ signal }) => endpointOf(anyBody(signal.pdu).h245Address))
        .filter((one) => one !== null);
      let separate = 0;
      for (const one of addresses) await net.listen(one, { type: 'tcp' }, () => separate++);
      const setup = bodyOf(caller[0]?.signal.pdu ?? null, 'setup');
      const numbers = { ...endpoint.numbers(), callReference: caller[0]?.signal.q931.callReference ?? 0 };
      const fastStart = setup?.fastStart ? audioProposals(4000) : [];
      const call = endpoint.dial(at('127.0.0.9'), dialling({ numbers, fastStart }));
      const lines = diary(call);
      const pdus = collect(call);
      const expected: string[] = [];
      await settled();
      for (const { octets, signal } of callee) {
        (peer as RawPeer | null)?.octets(octets);
        await settled();
        const line = answers[String(signal.q931.type)];
        if (line) expected.push(line);
      }
      const steps = lines.filter((line) => Object.values(answers).includes(line));
      assert.deepEqual(steps, expected, capture);
      const tunnelled = callee.every(
        ({ signal: { pdu, q931 } }) => q931.type === 'releaseComplete' || pdu?.h245Tunnelling,
      );
      if (tunnelled) assert.deepEqual(pdus, pdusOf(callee), capture);
      else assert.equal(separate, Math.min(1, addresses.length), capture);
      const connected = callee.some(({ signal }) => signal.q931.type === 'connect');
      if (connected && fastStart.length > 0) {
        const accepted = callee.some(({ signal }) => anyBody(signal.pdu).fastStart);
        assert.ok(
          lines.includes(accepted ? 'fastStart receive 1, transmit 1' : 'fastStart refused'),
          `${capture}: ${lines.join('; ')}`,
        );
      }
      const end = endOf(callee);
      if (end) assert.ok(lines.includes(end), `${capture}: ${lines.join('; ')}`);
      const unread = (await metrics.text())
        .split('\n')
        .filter((line) => /fault_|unexpected|stray|unencodable/.test(line));
      assert.deepEqual(unread, [], capture);
      await endpoint.close();
      assert.equal(clock.pending, 0, capture);
    }
  });
});
