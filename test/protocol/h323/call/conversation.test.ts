import assert from 'node:assert/strict';
import type { SignalledCall } from '../../../../src/protocol/h323/call/contract.js';
import type { TracedMessage } from '../../../../src/protocol/h323/call/endpoint.js';
import { writeProposals } from '../../../../src/protocol/h323/call/fast-start.js';
import { anyBody, bodyOf } from '../../../../src/protocol/h323/call/signal.js';
import { endpointOf, transportOf } from '../../../../src/protocol/h323/addresses.js';
import { causes } from '../../../../src/protocol/h323/q931-names.js';
import { mediaTraversalFeature } from '../../../../src/protocol/h323/h460/traversal.js';
import { encode } from '../../../../src/protocol/asn1/codec.js';
import type { Setup_UUIE } from '../../../../src/protocol/h323/h225/schema.js';
import { MultimediaSystemControlMessage } from '../../../../src/protocol/h323/h245/schema.js';
import { tpkt } from '../../../../src/protocol/h323/tpkt.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { MemoryNet } from '../../../support/memory-net.js';
import { hasTshark } from '../../../support/tshark.js';
import { callingFrom, closeWhole, type Calling } from './calling.js';
import { markedByTshark } from './dissected.js';
import type { RawPeer } from './raw-peer.js';
import { named, rawCallee, rawCaller } from './raw-peer.js';
import {
  at,
  audioProposals,
  converse,
  dialling,
  diary,
  party,
  ping,
  settled,
  us as device,
  type Party,
} from './rig.js';

const pdu = (n: number): Buffer => encode(MultimediaSystemControlMessage, ping(n));
const here = at('127.0.0.1');
const there = at('192.0.2.9');

describe('h323 call signalling', () => {
  let net: MemoryNet;
  let clock: ManualClock;
  let us: Party;
  /** What was said in all of these. */
  const said: TracedMessage[] = [];

  beforeEach(async () => {
    net = new MemoryNet();
    clock = new ManualClock();
    us = party(net, clock);
    await us.endpoint.listen(here);
  });

  afterEach(async () => {
    await closeWhole(us, clock);
    said.push(...us.traced.filter(({ sent }) => sent).slice(0, 200));
  });

  const count = (event: string): number => us.metrics.counted('dualstream_h323_signalling_events_total', { event });

  function attend(
    answer: (call: SignalledCall) => void = (call) => call.connect(),
  ): { call: SignalledCall; lines: string[] }[] {
    const calls: { call: SignalledCall; lines: string[] }[] = [];
    us.endpoint.on.on('call', (call) => {
      calls.push({ call, lines: diary(call) });
      answer(call);
    });
    return calls;
  }

  async function called(
    answer?: (call: SignalledCall) => void,
  ): Promise<{ peer: RawPeer; call: SignalledCall; lines: string[] }> {
    const calls = attend(answer);
    const peer = await rawCaller(net, here);
    peer.setup();
    await settled();
    const [first] = calls;
    assert.ok(first);
    return { peer, ...first };
  }

  const calling = (more = {}): Promise<Calling> => callingFrom(us, net, there, more);

  it('writes the Setup that devices expect', async () => {
    const { peer, call } = await calling({
      destination: [{ dialledDigits: '1002' }],
      callingNumber: '1001',
      bearerKbps: 768,
      extension: { 'h323-ID': 'desk' },
    });
    const { q931, pdu: uu } = peer.last('setup');
    assert.deepEqual(q931.bearerCapability, {
      transferCapability: 8,
      transferMode: 0,
      transferRate: 24,
      rateMultiplier: 12,
      layer1: 5,
    });
    assert.equal(q931.display, 'Alice');
    assert.equal(q931.callingPartyNumber?.digits, '1001');
    assert.equal(q931.calledPartyNumber?.digits, '1002');
    const setup = bodyOf(uu, 'setup');
    assert.deepEqual(setup?.sourceAddress, [{ 'h323-ID': 'alice' }]);
    assert.deepEqual(setup?.remoteExtensionAddress, { 'h323-ID': 'desk' });
    assert.equal(setup?.callIdentifier?.guid.toString('hex'), call.callIdentifier);
    assert.deepEqual(endpointOf(setup?.destCallSignalAddress), there);
    assert.deepEqual(endpointOf(setup?.sourceCallSignalAddress), here);
    assert.equal(uu?.h245Tunnelling, true);
    assert.equal(call.bearerKbps, 768);
  });

  it('says CallProceeding when nobody has decided in time, and gives up when nobody ever does', async () => {
    const { peer, call, lines } = await called(() => undefined);
    assert.equal(call.state, 'present');
    clock.advance(500);
    assert.deepEqual(peer.types, ['callProceeding']);
    clock.advance(240_000);
    assert.ok(lines.includes('released by timer 19 undefinedReason'), lines.join());
    assert.equal(peer.last('releaseComplete').q931.cause?.value, causes.noAnswer);
  });

  it('refuses fast start that nobody took, and says so once it is decided', async () => {
    const fastStart = writeProposals(audioProposals(4000));
    const said = async (answer: (call: SignalledCall) => void): Promise<[string, unknown][]> => {
      const listening = us.endpoint.on.on('call', answer);
      const peer = await rawCaller(net, here);
      peer.setup({ fastStart });
      listening.dispose();
      return peer.heard.map(({ q931, pdu }) => {
        const { fastStart: taken, fastConnectRefused } = anyBody(pdu);
        return [String(q931.type), fastConnectRefused ? 'refused' : taken?.length];
      });
    };
    const nobody = (call: SignalledCall): void => {
      call.proceeding();
      call.alerting();
      call.connect();
    };
    assert.deepEqual(await said(nobody), [
      ['callProceeding', undefined],
      ['alerting', undefined],
      ['connect', 'refused'],
    ]);
    const early = (call: SignalledCall): void => {
      call.alerting({ fastStart: [] });
      call.connect();
    };
    assert.deepEqual(await said(early), [
      ['alerting', 'refused'],
      ['connect', 'refused'],
    ]);
    const taken = (call: SignalledCall): void => {
      call.alerting({ fastStart: call.proposals.slice(0, 2).map(({ channel }) => channel) });
      call.connect();
    };
    const [alerting, connect] = await said(taken);
    assert.deepEqual(
      [alerting, connect],
      [
        ['alerting', 2],
        ['connect', 2],
      ],
    );
  });

  it('counts proposals of fast start that cannot be read', async () => {
    const calls = attend((call) => call.connect());
    const peer = await rawCaller(net, here);
    peer.setup({ fastStart: [Buffer.from('4000640604010048801380', 'hex')] });
    assert.equal(calls[0]?.call.proposals.length, 0);
    assert.equal(count('fault_fast_start'), 1);
  });

  it('tells peers another address of ours, where it has one for them', async () => {
    const asked: unknown[] = [];
    const known = party(net, clock, {
      tunnelling: false,
      advertise: (local, remote) => {
        asked.push([local, remote]);
        return '203.0.113.5';
      },
    });
    const place = at('127.0.0.6');
    await known.endpoint.listen(place);
    known.endpoint.on.on('call', (call) => call.connect());
    const peer = await rawCaller(net, place);
    peer.setup({}, { h245Tunnelling: false });
    await settled();
    const connect = bodyOf(peer.last('connect').pdu, 'connect');
    assert.equal(endpointOf(connect?.h245Address)?.address, '203.0.113.5');
    assert.deepEqual(asked, [[place, there.address]]);
    const callee = await rawCallee(net, there);
    await known.endpoint.listen(at('0.0.0.0', 1721));
    known.endpoint.dial(there, dialling());
    await settled();
    const setup = bodyOf(callee.peer?.last('setup').pdu ?? null, 'setup');
    assert.deepEqual(endpointOf(setup?.sourceCallSignalAddress), at('203.0.113.5', 1721));
    const closed = known.endpoint.close();
    clock.advance(6000);
    await closed;
  });

  it('hears in Progress whether there is something to hear, and says so', async () => {
    const ringing = await calling();
    const say = (description: number | null): void => {
      const progressIndicator = description === null ? undefined : { description, location: 0 };
      ringing.peer.say('progress', { ...named, destinationInfo: device }, {}, { progressIndicator });
    };
    say(null);
    assert.equal(ringing.call.state, 'proceeding');
    say(8);
    say(2);
    assert.deepEqual(
      ringing.lines.filter((line) => line.startsWith('progress')),
      ['progress', 'progress in band', 'progress'],
    );
    const { peer } = await called((call) => {
      call.progress();
      call.progress({}, false);
    });
    const told = peer.heard.map(({ q931 }) => [q931.type, q931.progressIndicator?.description]);
    assert.deepEqual(told, [
      ['progress', 8],
      ['progress', 2],
    ]);
  });

  it('ignores a second Setup of the same call', async () => {
    const { peer, call } = await called();
    const answers = peer.heard.length;
    peer.setup();
    assert.deepEqual([call.state, peer.heard.length], ['active', answers]);
    assert.equal(count('duplicate_setup'), 1);
    assert.equal(us.endpoint.calls.size, 1);
  });

  it('begins H.245 after a Connect that takes fast start, and with one that does not', async () => {
    for (const [takes, message] of [
      [true, 'facility'],
      [false, 'connect'],
    ] as const) {
      const listening = us.endpoint.on.on('call', (call) => {
        converse(call, 1);
        call.connect({ fastStart: takes ? call.proposals.map(({ channel }) => channel) : [] });
      });
      const peer = await rawCaller(net, here, { address: '192.0.2.9', port: takes ? 40_001 : 40_002 });
      peer.setup({ fastStart: writeProposals(audioProposals(4000)) });
      await settled();
      const told = peer.heard.filter(({ pdu: uu }) => uu?.h245Control !== undefined);
      assert.deepEqual(
        told.map(({ q931: { type } }) => type),
        [message],
      );
      peer.say('releaseComplete', named);
      await settled();
      listening.dispose();
    }
  });

  it('sends what is said of H.245 in one go in one Facility, in the style of the peer', async () => {
    for (const [version, style] of [
      [2, 'empty'],
      [4, 'facility'],
    ] as const) {
      const calls = attend();
      const peer = await rawCaller(net, here, { address: '192.0.2.9', port: 40_000 + version });
      peer.setup({ protocolIdentifier: `0.0.8.2250.0.${version}` });
      await settled();
      const { call } = calls.at(-1) as { call: SignalledCall };
      for (const n of [1, 2, 3]) call.control.send(ping(n));
      await settled();
      const { pdu: uu } = peer.last('facility');
      assert.deepEqual(uu?.h245Control, [pdu(1), pdu(2), pdu(3)]);
      assert.ok(style in (uu?.['h323-message-body'] ?? {}), style);
      assert.equal(peer.types.filter((type) => type === 'facility').length, 1);
      call.release();
    }
  });

  it('takes H.245 in any message, of both styles, several in one', async () => {
    const { peer, lines } = await called();
    peer.say('facility', null, { h245Control: [pdu(1), pdu(2)], h245Tunnelling: true });
    peer.say(
      'facility',
      { ...named, reason: { transportedInformation: true } },
      { h245Control: [pdu(3)], h245Tunnelling: true },
    );
    peer.say('information', named, { h245Control: [pdu(4)], h245Tunnelling: true });
    peer.say('notify', named, { h245Control: [pdu(5)], h245Tunnelling: true });
    peer.say('releaseComplete', named, { h245Control: [pdu(6)], h245Tunnelling: true });
    await settled();
    const numbers = lines.flatMap((line) => /Request (\d)/.exec(line)?.[1] ?? []);
    assert.deepEqual(numbers, ['1', '2', '3', '4', '5', '6']);
  });

  it('keeps H.245 for whoever will listen, up to a bound', async () => {
    us.endpoint.on.on('call', (call) => call.connect());
    const peer = await rawCaller(net, here);
    peer.setup();
    const h245Control = Array<Buffer>(150).fill(pdu(1));
    for (let n = 0; n < 2; n++) peer.say('facility', null, { h245Tunnelling: true, h245Control });
    assert.equal(count('h245_overflow'), 44);
    const [call] = us.endpoint.calls;
    let heard = 0;
    call?.control.on.on('pdu', () => (heard += 1));
    await settled();
    assert.equal(heard, 256);
  });

  it('waits with tunnelled H.245 for a gatekeeper that does not know yet (provisionalRespToH245Tunnelling)', async () => {
    const { peer, call } = await calling();
    peer.say(
      'callProceeding',
      { ...named, destinationInfo: { mc: false, undefinedNode: false } },
      { h245Tunnelling: false, provisionalRespToH245Tunnelling: true },
    );
    assert.equal(call.control.state, 'waiting');
    peer.answer('connect');
    assert.equal(call.control.way, 'tunnelled');
  });

  it('takes a Connect that says nothing of tunnelling as a no, and asks for a connection', async () => {
    const { peer, call, lines } = await calling();
    peer.answer('callProceeding', {}, 'absent');
    peer.answer('connect', {}, 'absent');
    await settled();
    const asked = bodyOf(peer.last('facility').pdu, 'facility');
    assert.equal(asked?.reason.startH245, true);
    const place = endpointOf(asked?.h245Address);
    assert.ok(place && place.port >= 19_000 && place.port <= 19_999);
    const stream = await net.dial(place, { address: there.address, port: 41_000 });
    await settled();
    assert.equal(call.control.way, 'separate');
    assert.equal(net.open, 2, 'the listener for H.245 is closed');
    stream.write(tpkt(pdu(9)));
    assert.ok(lines.includes('pdu roundTripDelayRequest 9'));
    assert.deepEqual(call.control.path?.remote, { address: there.address, port: 41_000 });
  });

  it('asks a peer for a connection that agreed to tunnel and does not, and says everything again there', async () => {
    const { peer, call } = await called();
    const asked = (): number =>
      peer.heard.filter((one) => bodyOf(one.pdu, 'facility')?.reason.startH245 === true).length;
    for (const n of [1, 2]) call.control.send(ping(n));
    clock.advance(2999);
    await settled();
    assert.equal(asked(), 0);
    clock.advance(1);
    await settled();
    assert.equal(asked(), 1);
    // nobody is asked without end
    for (let again = 0; again < 10; again++) clock.advance(3000);
    assert.equal(asked(), 2);
    const place = endpointOf(bodyOf(peer.last('facility').pdu, 'facility')?.h245Address);
    assert.ok(place);
    const stream = await net.dial(place, { address: there.address, port: 41_000 });
    const heard: string[] = [];
    stream.onData((data) => heard.push(data.toString('hex')));
    stream.write(tpkt(pdu(9)));
    await settled();
    assert.equal(call.control.way, 'separate');
    assert.equal(heard.join(''), [1, 2].map((n) => tpkt(pdu(n)).toString('hex')).join(''));
  });

  it('leaves a peer alone that tunnels as it agreed to', async () => {
    const { peer, call } = await called();
    call.control.send(ping(1));
    peer.say('facility', null, { h245Control: [pdu(2)], h245Tunnelling: true });
    await settled();
    clock.advance(60_000);
    await settled();
    assert.equal(peer.heard.filter((one) => bodyOf(one.pdu, 'facility')?.reason.startH245).length, 0);
    assert.equal(net.open, 1, 'nothing listens for H.245');
  });

  it('connects to the address of a peer that wants H.245 by itself in the middle of a tunnelled call', async () => {
    const { peer, call } = await called();
    assert.equal(call.control.way, 'tunnelled');
    const streams: string[] = [];
    const place = at('192.0.2.9', 5555);
    await net.listen(place, { type: 'tcp' }, (stream) => stream.onData((data) => streams.push(data.toString('hex'))));
    peer.say(
      'facility',
      { ...named, reason: { startH245: true }, h245Address: transportOf(place) },
      { h245Tunnelling: true },
    );
    await settled();
    assert.equal(call.control.way, 'separate');
    call.control.send(ping(7));
    assert.deepEqual(streams, [tpkt(pdu(7)).toString('hex')]);
  });

  it('lets the smaller address connect when both ask for H.245 at once', async () => {
    for (const octet of ['1', '250']) {
      const peerHost = `192.0.2.${octet}`;
      const own = at('192.0.2.100', 1721);
      const listener = await us.endpoint.listen(own);
      const place = at(peerHost, 5556);
      let connections = 0;
      await net.listen(place, { type: 'tcp' }, () => connections++);
      const calls = attend();
      const peer = await rawCaller(net, own, { address: peerHost, port: 40_000 });
      peer.setup({}, { h245Tunnelling: false });
      await settled();
      clock.advance(3000);
      const ours = endpointOf(bodyOf(peer.last('facility').pdu, 'facility')?.h245Address);
      assert.ok(ours);
      peer.say('facility', { ...named, reason: { startH245: true }, h245Address: transportOf(place) });
      await settled();
      assert.equal(count('h245_glare') > 0, true);
      assert.equal(connections, octet === '250' ? 1 : 0);
      if (octet === '1') await net.dial(ours, { address: peerHost, port: 40_002 });
      await settled();
      const { call } = calls.at(-1) as { call: SignalledCall };
      assert.equal(call.control.way, 'separate');
      call.release();
      listener.dispose();
    }
  });

  it('waits for sense from a connection for H.245 that comes from elsewhere', async () => {
    const calls = attend();
    const peer = await rawCaller(net, here);
    peer.setup({}, { h245Tunnelling: false });
    await settled();
    const place = endpointOf(bodyOf(peer.last('connect').pdu, 'connect')?.h245Address);
    assert.ok(place);
    const { call, lines } = calls[0] as { call: SignalledCall; lines: string[] };
    call.control.send(ping(1));
    const stranger = await net.dial(place, { address: '198.51.100.1', port: 1 });
    let strange = '';
    stranger.onData((data) => (strange += data.toString('hex')));
    stranger.write(tpkt(Buffer.from('ffffffff', 'hex')));
    assert.equal(call.control.state, 'waiting');
    const device = await net.dial(place, { address: '198.51.100.2', port: 2 });
    let told = '';
    device.onData((data) => (told += data.toString('hex')));
    device.write(tpkt(pdu(2)));
    assert.equal(call.control.way, 'separate');
    assert.equal(told, tpkt(pdu(1)).toString('hex'));
    assert.equal(strange, '');
    assert.ok(lines.includes('pdu roundTripDelayRequest 2'));
  });

  it('repeats H.245 of its Setup to a callee that did not read it', async () => {
    const callee = await rawCallee(net, there);
    const call = us.endpoint.dial(there, dialling({ early: 'h245Control' }));
    converse(call, 7);
    await settled();
    const { peer } = callee;
    assert.ok(peer);
    peer.callReference = call.callReference;
    assert.deepEqual(peer.last('setup').pdu?.h245Control, [pdu(7), pdu(8)]);
    peer.answer('callProceeding');
    assert.equal(peer.heard.length, 1);
    peer.answer('connect');
    await settled();
    assert.deepEqual(peer.last('facility').pdu?.h245Control, [pdu(7), pdu(8)]);
    peer.say('facility', null, { h245Control: [pdu(1)], h245Tunnelling: true });
    await settled();
    assert.equal(peer.last('facility').pdu?.h245Control?.length, 1, 'said twice, and not a third time');
  });

  it('tells of keys, names, hold and H.450, and says them itself', async () => {
    const { peer, call, lines } = await called();
    peer.say('information', named, {}, { keypad: '5' });
    peer.say('notify', named, {}, { display: 'Bob', notificationIndicator: 0x79 });
    peer.say('notify', named, {}, { notificationIndicator: 0x7a });
    assert.deepEqual(
      lines.filter((line) => line === 'held' || line === 'retrieved'),
      ['held', 'retrieved'],
    );
    // suspended and resumed
    peer.say('notify', named, {}, { notificationIndicator: 0 });
    peer.say('notify', named, {}, { notificationIndicator: 1 });
    assert.deepEqual(
      lines.filter((line) => line === 'held' || line === 'retrieved'),
      ['held', 'retrieved', 'held', 'retrieved'],
    );
    peer.say('facility', null, { h4501SupplementaryService: [Buffer.from('0001000001000165', 'hex')] });
    for (const line of ['keypad 5', 'facts Bob', 'held', 'retrieved', 'facility 1'])
      assert.ok(lines.includes(line), line);
    peer.say('notify', { ...named, displayName: [{ name: 'Büro' }] });
    assert.ok(lines.includes('facts Büro'), 'displayName counts where there is no display element');
    call.keypad('12');
    call.notify('Room 1');
    const retrieve = Buffer.from('0001000001000166', 'hex');
    call.facility({ h4501: [retrieve] });
    assert.deepEqual(
      peer.heard.filter(({ q931 }) => q931.type === 'information').map(({ q931 }) => q931.keypad),
      ['1', '2'],
    );
    assert.equal(peer.last('notify').q931.display, 'Room 1');
    assert.deepEqual(peer.last('facility').pdu?.h4501SupplementaryService, [retrieve]);
  });

  it('tells its state, and of calls that are not there', async () => {
    const { peer } = await called((call) => call.alerting());
    peer.say('statusInquiry', named);
    const status = peer.last('status').q931;
    assert.equal(status.cause?.value, causes.responseToStatusInquiry);
    assert.equal(status.callState, 7);
    peer.callReference = 1234;
    peer.say('statusInquiry', named);
    assert.equal(peer.last('status').q931.callState, 0);
    peer.say('facility', null);
    assert.equal(peer.last('releaseComplete').q931.cause?.value, causes.invalidCallReference);
    const answers = peer.heard.length;
    peer.say('status', named, {}, { callState: 10 });
    peer.release();
    peer.callReference = 0;
    peer.say('facility', null);
    assert.equal(peer.heard.length, answers);
  });

  it('ends when the peer says that there is no such call', async () => {
    const { peer, lines } = await called();
    peer.say('status', named, {}, { callState: 0, cause: { value: causes.invalidCallReference, location: 0 } });
    assert.ok(lines.includes(`released by peer ${causes.messageNotCompatibleWithState} null`), lines.join());
  });

  it('follows no one who forwards a call of ours, but tells where to', async () => {
    const { peer, call } = await calling();
    let told: unknown;
    call.on.on('released', ({ forwardedTo }) => (told = forwardedTo));
    const place = at('192.0.2.77');
    const alternativeAliasAddress = [{ 'h323-ID': 'carol' }];
    peer.say('facility', {
      ...named,
      reason: { callForwarded: true },
      alternativeAddress: transportOf(place),
      alternativeAliasAddress,
    });
    assert.deepEqual(told, { address: place, aliases: alternativeAliasAddress });
    assert.equal(bodyOf(peer.last('releaseComplete').pdu, 'releaseComplete')?.reason?.facilityCallDeflection, true);
  });

  it('refuses to be sent elsewhere in a call, and as callee', async () => {
    const refuses = ({ peer, call }: { peer: RawPeer; call: SignalledCall }): void => {
      const { state } = call;
      for (const reason of [{ callForwarded: true }, { routeCallToMC: true }, { routeCallToGatekeeper: true }]) {
        const answers = peer.heard.length;
        peer.say('facility', { ...named, reason });
        assert.equal(peer.heard.length, answers + 1);
        assert.equal(peer.last('status').q931.cause?.value, causes.facilityRejected);
      }
      assert.equal(call.state, state);
    };
    refuses(await called());
    const ours = await calling();
    ours.peer.answer('connect');
    assert.equal(ours.call.state, 'active');
    refuses(ours);
    // before the answer it is the caller's to be sent elsewhere
    const ringing = party(net, clock);
    const place = at('192.0.2.2');
    await ringing.endpoint.listen(place);
    ringing.endpoint.on.on('call', (call) => {
      call.alerting();
      calls.push(call);
    });
    const calls: SignalledCall[] = [];
    const peer = await rawCaller(net, place);
    peer.setup();
    const [call] = calls;
    assert.equal(call?.state, 'alerting');
    refuses({ peer, call });
    const closed = ringing.endpoint.close();
    clock.advance(6000);
    await closed;
  });

  it('has no more digits for a callee that wants some', async () => {
    const { peer, lines } = await calling();
    peer.say('setupAcknowledge', named);
    assert.ok(lines.includes('released by us 28 badFormatAddress'), lines.join());
  });

  it('keeps several calls of one connection apart, and a connection that the peer maintains', async () => {
    const calls = attend();
    const peer = await rawCaller(net, here);
    for (const [index, reference] of [10, 11].entries()) {
      peer.callReference = reference;
      peer.setup({
        multipleCalls: true,
        maintainConnection: true,
        callIdentifier: { guid: Buffer.alloc(16, reference) },
      });
      assert.equal(calls.length, index + 1);
      assert.equal(bodyOf(peer.last('connect').pdu, 'connect')?.multipleCalls, true);
    }
    peer.setup();
    assert.equal(count('duplicate_setup'), 1);
    peer.callReference = 10;
    peer.release();
    assert.deepEqual(
      calls.map(({ call }) => call.state),
      ['released', 'active'],
    );
    peer.callReference = 11;
    peer.release();
    clock.advance(59_000);
    assert.equal(peer.closed, false);
    clock.advance(2000);
    assert.equal(peer.closed, true);
  });

  it('closes the connection with its last call', async () => {
    const { peer, call } = await called();
    call.release();
    assert.equal(peer.closed, true);
    assert.deepEqual(peer.last('releaseComplete').pdu?.h245Control?.length, 1);
  });

  it('goes on in a connection that a device behind NAT makes, and is such a device itself (H.460.18)', async () => {
    const inside = party(net, clock);
    const seen: string[][] = [];
    inside.endpoint.on.on('call', (call) => {
      seen.push(diary(call));
      call.connect();
    });
    const call = us.endpoint.dialBack('aabb'.repeat(8), dialling({ tunnelling: false }));
    const lines = diary(call);
    inside.endpoint.connectBack(here, 'aabb'.repeat(8));
    await settled();
    assert.ok(lines.includes('connected'), lines.join());
    assert.deepEqual(seen, [['connected', 'control separate']]);
    clock.advance(19_000 * 3);
    assert.equal(call.state, 'active', 'empty packets are no messages');
    const late = diary(us.endpoint.dialBack('00'.repeat(16), dialling()));
    clock.advance(10_000);
    assert.deepEqual(late, ['control closed released', 'released by connection 27 unreachableDestination']);
    call.release();
    await inside.endpoint.close();
  });

  for (const [what, more] of [
    ['says so', { supportedFeatures: [mediaTraversalFeature({ multiplex: true, server: false })] }],
    ['names an address of its own network', { sourceCallSignalAddress: transportOf(at('192.168.1.2')) }],
  ] satisfies [string, Partial<Setup_UUIE>][]) {
    it(`has a caller behind NAT that ${what} connect for H.245, and holds its connection open`, async () => {
      const calls = attend();
      const peer = await rawCaller(net, here, { address: '203.0.113.9', port: 61_000 });
      // nothing listens there, as far as we could reach it
      peer.setup({ ...more, h245Address: transportOf(at('192.168.1.2', 5000)) }, { h245Tunnelling: false });
      await settled();
      const place = endpointOf(bodyOf(peer.last('connect').pdu, 'connect')?.h245Address);
      assert.ok(place, 'an address to connect to');
      assert.equal(count('h245_unreachable'), 0);
      const control: string[] = [];
      const stream = await net.dial(place, { address: '203.0.113.9', port: 61_001 });
      stream.onData((chunk) => control.push(chunk.toString('hex')));
      await settled();
      clock.advance(19_000);
      assert.deepEqual([peer.empties, control], [1, ['03000004']], 'its NAT keeps both connections');
      calls[0]?.call.release();
    });
  }

  it('does not call with names that no Setup has room for', async () => {
    const callee = await rawCallee(net, there);
    const lines = diary(us.endpoint.dial(there, dialling({ destination: [{ dialledDigits: 'no digits' }] })));
    await settled();
    assert.ok(lines.includes('released by us 28 badFormatAddress'), lines.join());
    assert.deepEqual(callee.peer?.types, []);
  });

  it('drops what cannot be written, and goes on', async () => {
    const { peer, call } = await called();
    call.control.send({ request: { roundTripDelayRequest: { sequenceNumber: 1000 } } });
    call.facility({ facility: { alternativeAliasAddress: [{ dialledDigits: 'none' }] } });
    call.control.send(ping(1));
    await settled();
    assert.equal(count('unencodable_h245'), 1);
    assert.equal(count('unencodable_facility'), 1);
    assert.deepEqual(peer.last('facility').pdu?.h245Control, [pdu(1)]);
  });

  it('tells every message to whoever keeps them', async () => {
    const { call } = await called();
    const told = us.traced.map(({ protocol, sent, call: of }) => `${protocol} ${sent ? 'to' : 'from'} ${of === call}`);
    assert.deepEqual(told, ['h225 from true', 'h225 to true']);
  });

  it('says nothing in all of that which tshark marks as malformed', function () {
    if (!hasTshark()) this.skip();
    this.timeout(60_000);
    assert.ok(said.length > 40, `${said.length}`);
    assert.deepEqual(markedByTshark(said), []);
  });
});
