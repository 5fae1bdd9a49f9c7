import assert from 'node:assert/strict';
import { systemClock } from '../../../../src/base/clock.js';
import type { ByteStream } from '../../../../src/base/net.js';
import { systemNet } from '../../../../src/base/system-net.js';
import { endpointOf, transportOf } from '../../../../src/protocol/h323/addresses.js';
import type { SignalledCall } from '../../../../src/protocol/h323/call/contract.js';
import type { TracedMessage } from '../../../../src/protocol/h323/call/endpoint.js';
import { writeProposals } from '../../../../src/protocol/h323/call/fast-start.js';
import { bodyOf } from '../../../../src/protocol/h323/call/signal.js';
import { encodeQ931 } from '../../../../src/protocol/h323/q931.js';
import { causes } from '../../../../src/protocol/h323/q931-names.js';
import { tpkt } from '../../../../src/protocol/h323/tpkt.js';
import { encode } from '../../../../src/protocol/asn1/codec.js';
import { MultimediaSystemControlMessage } from '../../../../src/protocol/h323/h245/schema.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { MemoryNet } from '../../../support/memory-net.js';
import { seeded } from '../../../support/seeded.js';
import { hasTshark } from '../../../support/tshark.js';
import { waitUntil } from '../../../support/wait.js';
import { q931Vectors } from '../goldens.js';
import { callingFrom, closeWhole, type Calling } from './calling.js';
import { markedByTshark } from './dissected.js';
import type { RawPeer } from './raw-peer.js';
import { named, rawCallee, rawCaller } from './raw-peer.js';
import { at, audioProposals, converse, dialling, diary, party, ping, settled, type Party } from './rig.js';

const here = at('127.0.0.1');
const there = at('192.0.2.9');
const endSession = encode(MultimediaSystemControlMessage, { command: { endSessionCommand: { disconnect: true } } });

describe('h323 call signalling with faults', () => {
  let net: MemoryNet;
  let clock: ManualClock;
  let us: Party;
  /** What was said in all of these. */
  const said: TracedMessage[] = [];

  beforeEach(async () => {
    net = new MemoryNet();
    clock = new ManualClock();
    us = party(net, clock, { limits: { perSource: 3, callsPerConnection: 4, faults: 5 } });
    await us.endpoint.listen(here);
  });

  afterEach(async () => {
    await closeWhole(us, clock);
    // tshark reads nothing that PER writes in fragments
    said.push(...us.traced.filter(({ sent, octets }) => sent && octets.length < 16_000).slice(0, 200));
  });

  const dropped = (reason: string): number =>
    us.metrics.counted('dualstream_h323_connections_dropped_total', { reason });

  function attend(answer: (call: SignalledCall) => void = (call) => call.connect()): string[][] {
    const seen: string[][] = [];
    us.endpoint.on.on('call', (call) => {
      seen.push(diary(call));
      answer(call);
    });
    return seen;
  }

  const calling = (more = {}): Promise<Calling> => callingFrom(us, net, there, more);

  it('tells that nobody listens', async () => {
    const lines = diary(us.endpoint.dial(there, dialling()));
    await settled();
    assert.deepEqual(lines, ['control closed released', 'released by connection 27 unreachableDestination']);
  });

  it('is released while it connects, and leaves nothing', async () => {
    const callee = await rawCallee(net, there);
    const call = us.endpoint.dial(there, dialling());
    call.release();
    await settled();
    assert.equal(call.state, 'released');
    assert.deepEqual(callee.peer?.types, []);
    assert.equal(callee.peer?.closed, true);
  });

  it('gives up by T303, T310 and T301 when a peer stops answering', async () => {
    for (const [said, timer, ms, cause] of [
      [[], 'T303', 10_000, causes.noUserResponding],
      [['callProceeding'], 'T310', 60_000, causes.noUserResponding],
      [['callProceeding', 'alerting'], 'T301', 180_000, causes.noAnswer],
    ] as const) {
      const { peer, call, lines } = await calling();
      for (const type of said) peer.answer(type);
      clock.advance(ms - 1);
      assert.notEqual(call.state, 'released');
      clock.advance(1);
      assert.ok(
        lines.some((line) => line.startsWith(`released by timer ${cause}`)),
        lines.join(),
      );
      assert.equal(peer.last('releaseComplete').q931.cause?.value, cause);
      assert.equal(us.metrics.counted('dualstream_h323_signalling_events_total', { event: `timer_${timer}` }), 1);
    }
  });

  it('ends calls whose peer closes in each state', async () => {
    for (const said of [[], ['callProceeding'], ['alerting'], ['connect']] as const) {
      const { peer, lines } = await calling();
      for (const type of said) peer.answer(type);
      peer.stream.destroy();
      assert.ok(lines.includes('released by connection 41 null'), lines.join());
    }
    for (const step of ['proceeding', 'alerting', 'connect', null] as const) {
      const seen = attend((call) => step && call[step]());
      const peer = await rawCaller(net, here);
      peer.setup();
      await settled();
      peer.stream.destroy();
      assert.ok(seen.at(-1)?.includes('released by connection 41 null'));
      assert.equal(us.endpoint.calls.size, 0);
    }
  });

  it('ends a call whose H.245 never comes, but not one that fast start gave its media', async () => {
    const seen = attend();
    const peer = await rawCaller(net, here);
    peer.setup({}, { h245Tunnelling: false });
    await settled();
    assert.equal(net.open, 2);
    clock.advance(30_000);
    assert.ok(seen[0]?.includes('control closed unavailable'));
    assert.ok(seen[0]?.includes('released by timer 102 undefinedReason'), seen[0]?.join());
    assert.equal(net.open, 1);
    const { peer: other, lines } = await calling();
    other.answer('connect', {}, false);
    other.say('facility', { ...named, reason: { noH245: true } });
    await settled();
    assert.ok(lines.includes('released by timer 102 undefinedReason'), lines.join());
    const proposals = audioProposals(4000);
    const { peer: fast, call } = await calling({ fastStart: proposals });
    fast.answer('connect', { fastStart: writeProposals(proposals.slice(0, 2)) }, false);
    fast.say('facility', { ...named, reason: { noH245: true } });
    await settled();
    assert.equal(call.control.state, 'closed');
    assert.equal(call.state, 'active');
    call.release();
  });

  it('ends a call whose H.245 connection is lost or talks nonsense', async () => {
    for (const how of ['close', 'nonsense', 'framing'] as const) {
      const seen = attend();
      const peer = await rawCaller(net, here);
      peer.setup({}, { h245Tunnelling: false });
      await settled();
      const place = endpointOf(bodyOf(peer.last('connect').pdu, 'connect')?.h245Address);
      assert.ok(place);
      const stream = await net.dial(place, { address: '192.0.2.9', port: 41_000 });
      if (how === 'close') stream.destroy();
      else if (how === 'framing') stream.write('GET / HTTP/1.1\r\n\r\n');
      else for (let n = 0; n < 6; n++) stream.write(tpkt(Buffer.from('ffff', 'hex')));
      const lines = seen.at(-1) ?? [];
      assert.ok(lines.includes('control closed lost'), lines.join());
      clock.advance(3000);
      assert.ok(lines.includes('released by connection 41 undefinedReason'), lines.join());
    }
  });

  it('does not connect to its own machine for a peer elsewhere, and asks it to connect instead', async () => {
    attend();
    let connections = 0;
    await net.listen(at('127.0.0.1', 6379), { type: 'tcp' }, () => connections++);
    const peer = await rawCaller(net, here, { address: '192.0.2.9', port: 40_001 });
    peer.setup({ h245Address: transportOf(at('127.0.0.1', 6379)) }, { h245Tunnelling: false });
    await settled();
    assert.equal(connections, 0);
    assert.equal(us.metrics.counted('dualstream_h323_signalling_events_total', { event: 'h245_unreachable' }), 1);
    clock.advance(3000);
    await settled();
    const asked = bodyOf(peer.last('facility').pdu, 'facility');
    assert.ok(asked?.reason.startH245 && asked.h245Address);
  });

  it('does not wait for ever for ReleaseComplete after endSession', async () => {
    const seen = attend();
    const peer = await rawCaller(net, here);
    peer.setup();
    peer.say('facility', null, { h245Tunnelling: true, h245Control: [endSession] });
    clock.advance(3000);
    assert.ok(seen[0]?.includes('released by peer 16 null'), seen[0]?.join());
    assert.equal(peer.last('releaseComplete').q931.cause?.value, causes.normalCallClearing);
  });

  it('answers Setups that make no sense', async () => {
    const seen = attend();
    const peer = await rawCaller(net, here);
    const head = { type: 'setup' as const, callReference: 5, fromDestination: false };
    peer.octets(encodeQ931(head));
    assert.equal(peer.last('releaseComplete').q931.cause?.value, causes.mandatoryElementMissing);
    const second = await rawCaller(net, here);
    second.octets(encodeQ931({ ...head, userUser: Buffer.from('20ffffff', 'hex') }));
    assert.equal(second.last('releaseComplete').q931.cause?.value, causes.invalidElementContents);
    const third = await rawCaller(net, here);
    third.setup({ conferenceGoal: { callIndependentSupplementaryService: true } });
    assert.equal(third.last('releaseComplete').q931.cause?.value, causes.serviceNotImplemented);
    assert.deepEqual(seen, []);
  });

  it('answers other messages that make no sense by Status, and closes when there are too many', async () => {
    const seen = attend();
    const peer = await rawCaller(net, here);
    peer.setup();
    const head = { callReference: 77, fromDestination: false };
    peer.octets(encodeQ931({ ...head, type: 'facility', userUser: Buffer.from('ff', 'hex') }));
    assert.equal(peer.last('status').q931.cause?.value, causes.invalidElementContents);
    assert.equal(peer.last('status').q931.callState, 10);
    peer.octets(encodeQ931({ ...head, type: 0x15 }));
    assert.equal(peer.last('status').q931.cause?.value, causes.messageTypeNotImplemented);
    peer.answer('connect');
    assert.equal(peer.last('status').q931.cause?.value, causes.messageNotCompatibleWithState);
    const statuses = peer.types.filter((type) => type === 'status').length;
    peer.octets(encodeQ931({ ...head, type: 'status', userUser: Buffer.from('ff', 'hex') }));
    assert.equal(peer.types.filter((type) => type === 'status').length, statuses, 'no Status for a Status');
    for (let n = 0; n < 4; n++) peer.octets(Buffer.from('garbage'));
    assert.equal(peer.closed, true);
    assert.equal(dropped('junk'), 1);
    assert.ok(seen[0]?.some((line) => line.startsWith('released by connection')));
  });

  it('ends a call of ours whose Connect cannot be read', async () => {
    const { peer, lines } = await calling();
    const head = { type: 'connect' as const, callReference: peer.callReference, fromDestination: true };
    peer.octets(encodeQ931({ ...head, userUser: Buffer.from('22ff', 'hex') }));
    assert.ok(lines.includes('released by us 100 undefinedReason'), lines.join());
  });

  it('closes connections that are no H.323, say nothing, or never end a packet', async () => {
    const http = await net.dial(here, { address: '192.0.2.1', port: 1 });
    let closed = false;
    http.onClose(() => (closed = true));
    http.write('GET / HTTP/1.1\r\n\r\n');
    assert.equal(closed, true);
    assert.equal(dropped('framing'), 1);
    await net.dial(here, { address: '192.0.2.1', port: 2 });
    clock.advance(10_000);
    assert.equal(dropped('silent'), 1);
    attend();
    const slow = await rawCaller(net, here);
    slow.setup();
    slow.stream.write(Buffer.from('030000ff08', 'hex'));
    clock.advance(4000);
    slow.stream.write(Buffer.from('02', 'hex'));
    clock.advance(1000);
    assert.equal(dropped('partial'), 1);
    assert.equal(slow.closed, true);
  });

  it('cuts off a peer that does not read', async () => {
    const seen = attend();
    let far: ByteStream | null = null;
    const peer = await rawCaller(net, here);
    peer.setup();
    await settled();
    far = peer.stream;
    net.hold(far);
    const [call] = us.endpoint.calls;
    const h4501 = [Buffer.alloc(30_000)];
    for (let n = 0; n < 40; n++) call?.facility({ h4501 });
    assert.equal(dropped('slow_reader'), 1);
    assert.ok(seen[0]?.includes('released by connection 41 null'), seen[0]?.join());
  });

  it('cuts off who sends without end, on however many connections, and nobody else', async () => {
    const busy = party(net, clock, { limits: { unitsPerSecond: 10, unitsBurst: 20 } });
    const place = at('127.0.0.4');
    await busy.endpoint.listen(place);
    busy.endpoint.on.on('call', (call) => call.connect());
    const from = async (address: string, port: number): Promise<RawPeer> => {
      const peer = await rawCaller(net, place, { address, port });
      peer.setup();
      return peer;
    };
    const [one, two, other] = [await from('192.0.2.9', 1), await from('192.0.2.9', 2), await from('192.0.2.10', 1)];
    for (let n = 0; n < 9; n++) for (const peer of [one, two]) peer.say('statusInquiry', named);
    assert.deepEqual([one.closed, two.closed], [false, false]);
    clock.advance(1000);
    for (let n = 0; n < 5; n++) for (const peer of [one, two]) peer.say('statusInquiry', named);
    assert.deepEqual([one.closed, two.closed], [false, false]);
    one.say('statusInquiry', named);
    assert.deepEqual([one.closed, two.closed, other.closed], [true, false, false]);
    assert.equal(busy.metrics.counted('dualstream_h323_connections_dropped_total', { reason: 'flood' }), 1);
    assert.equal(busy.endpoint.calls.size, 2);
    // large packets count more, and so do messages within one
    const large = await from('192.0.2.11', 1);
    large.say('facility', null, { h4501SupplementaryService: [Buffer.alloc(8_800)] });
    assert.equal(large.closed, false);
    large.say('facility', null, { h4501SupplementaryService: [Buffer.alloc(520)] });
    assert.equal(large.closed, true);
    const tunnels = await from('192.0.2.12', 1);
    tunnels.say('facility', null, { h245Tunnelling: true, h245Control: Array<Buffer>(18).fill(endSession) });
    assert.equal(tunnels.closed, false);
    tunnels.say('facility', null, { h245Tunnelling: true, h245Control: [endSession] });
    assert.equal(tunnels.closed, true);
    const closed = busy.endpoint.close();
    clock.advance(6000);
    await closed;
  });

  it('bounds connections of one source and calls of one connection', async () => {
    attend();
    const peers: RawPeer[] = [];
    for (let n = 0; n < 4; n++) peers.push(await rawCaller(net, here, { address: '192.0.2.9', port: 50_000 + n }));
    assert.equal(us.metrics.counted('dualstream_h323_connections_refused_total', { reason: 'source' }), 1);
    const [peer] = peers as [RawPeer];
    for (let n = 0; n < 5; n++) {
      peer.callReference = 100 + n;
      peer.setup();
    }
    assert.equal(us.endpoint.calls.size, 4);
    peers[3]?.setup();
    assert.deepEqual(peers[3]?.types, []);
    assert.equal(bodyOf(peer.last('releaseComplete').pdu, 'releaseComplete')?.reason?.newConnectionNeeded, true);
  });

  it('bounds calls in all, ours among them', async () => {
    const small = party(net, clock, { limits: { calls: 2 } });
    const place = at('127.0.0.3');
    await small.endpoint.listen(place);
    small.endpoint.on.on('call', (call) => call.connect());
    await rawCallee(net, there);
    small.endpoint.dial(there, dialling());
    const peer = await rawCaller(net, place);
    for (const reference of [1, 2]) {
      peer.callReference = reference;
      peer.setup();
    }
    await settled();
    assert.equal(small.endpoint.calls.size, 2);
    const { q931, pdu } = peer.last('releaseComplete');
    assert.equal(q931.cause?.value, causes.switchingEquipmentCongestion);
    assert.equal(bodyOf(pdu, 'releaseComplete')?.reason?.gatewayResources, true);
    const closed = small.endpoint.close();
    clock.advance(6000);
    await closed;
  });

  it('does not tell a peer that misunderstands all what it should not say without end', async () => {
    attend();
    const peer = await rawCaller(net, here);
    peer.setup();
    for (let n = 0; n < 50; n++) peer.answer('alerting');
    assert.equal(peer.types.filter((type) => type === 'status').length, 10);
    assert.equal(peer.closed, false);
  });

  it('hears a few connections for H.245 from elsewhere at a time, and gives those up that lose', async () => {
    attend();
    const peer = await rawCaller(net, here);
    peer.setup({}, { h245Tunnelling: false });
    await settled();
    const place = endpointOf(bodyOf(peer.last('connect').pdu, 'connect')?.h245Address);
    assert.ok(place);
    const streams: ByteStream[] = [];
    const gone = new Set<number>();
    for (let n = 0; n < 5; n++) {
      const stream = await net.dial(place, { address: `192.0.2.${20 + n}`, port: 30_000 + n });
      stream.onClose(() => gone.add(n));
      streams.push(stream);
    }
    const [call] = us.endpoint.calls;
    const sense = tpkt(encode(MultimediaSystemControlMessage, ping(1)));
    streams[4]?.write(sense);
    assert.equal(call?.control.state, 'waiting', 'the fifth was not let in');
    streams[2]?.write(sense);
    assert.equal(call?.control.way, 'separate');
    clock.advance(5000);
    assert.deepEqual(
      [0, 1, 2, 3].map((n) => gone.has(n)),
      [true, true, false, true],
    );
  });

  it('lets two call each other at the same time', async () => {
    const other = party(net, clock);
    const b = at('127.0.0.2');
    await other.endpoint.listen(b);
    other.endpoint.on.on('call', (call) => call.connect());
    const seen = attend();
    const one = us.endpoint.dial(b, dialling());
    const two = other.endpoint.dial(here, dialling());
    await settled();
    assert.equal(one.state, 'active');
    assert.equal(two.state, 'active');
    assert.equal(seen.length, 1);
    await other.endpoint.close();
  });

  it('survives mutated messages in a call, and always ends with nothing left', async () => {
    attend();
    const roll = seeded(7);
    const messages = q931Vectors.map(({ hex }) => Buffer.from(hex, 'hex'));
    for (let n = 0; n < 3000; n++) {
      const peer = await rawCaller(net, here, { address: `10.0.${roll(256)}.${roll(256)}`, port: 1024 + n });
      if (roll(2)) peer.setup({}, { h245Tunnelling: roll(2) === 1 });
      for (let m = 0; m < 3; m++) {
        const octets = Buffer.from(messages[roll(messages.length)] as Buffer);
        for (let k = roll(4); k > 0; k--) octets[roll(octets.length)] = roll(256);
        // most belong to the call
        if (roll(4)) octets.writeUInt16BE(77, 2);
        peer.octets(octets);
      }
      await Promise.resolve();
      peer.stream.destroy();
    }
    await settled();
    assert.equal(us.endpoint.calls.size, 0);
    assert.equal(net.open, 1);
    assert.equal(clock.pending, 0);
  });

  it('takes fifty calls at once over loopback', async () => {
    const a = party(systemNet, systemClock);
    const b = party(systemNet, systemClock, { tunnelling: false });
    const { local } = await b.endpoint.listen({ address: '127.0.0.1', port: 0 });
    b.endpoint.on.on('call', (call) => {
      converse(call, 1);
      call.connect();
    });
    const calls = Array.from({ length: 50 }, () => {
      const call = a.endpoint.dial(local, dialling());
      converse(call, 5);
      return { call, lines: diary(call) };
    });
    const done = (): boolean =>
      calls.every(({ lines }) => lines.filter((line) => line.includes('Response')).length === 2);
    await waitUntil(done, 8000, () =>
      JSON.stringify(calls.filter(({ lines }) => lines.length < 6).map(({ lines }) => lines)),
    );
    assert.equal(b.endpoint.calls.size, 50);
    for (const { call } of calls) call.release();
    await waitUntil(() => b.endpoint.calls.size === 0, 5000);
    await Promise.all([a.endpoint.close(), b.endpoint.close()]);
  });

  it('says nothing in all of that which tshark marks as malformed', function () {
    if (!hasTshark()) this.skip();
    this.timeout(60_000);
    assert.ok(said.length > 40, `${said.length}`);
    assert.deepEqual(markedByTshark(said), []);
  });
});
