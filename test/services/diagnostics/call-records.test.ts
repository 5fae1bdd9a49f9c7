import assert from 'node:assert/strict';
import { Emitter } from '../../../src/base/events.js';
import { systemChance } from '../../../src/base/ids.js';
import { createMetrics } from '../../../src/base/metrics.js';
import type { SeenMessage } from '../../../src/base/seen.js';
import { encode } from '../../../src/protocol/bfcp/encode.js';
import type { Message } from '../../../src/protocol/bfcp/message.js';
import type { LegFacts, SoundStay, WatchedLeg } from '../../../src/rooms/call-diagnosis.js';
import { CallRecords, type RecordLimits } from '../../../src/services/diagnostics/call-records.js';
import { FakeLine } from '../../support/fakes/fake-line.js';
import { ManualClock } from '../../support/manual-clock.js';

const local = { address: '192.0.2.1', port: 5060 };
const remote = { address: '198.51.100.7', port: 5070 };
const limits: RecordLimits = { calls: 3, ms: 600_000, bytes: 8192 };
const separate: LegFacts = {
  device: null,
  encrypted: false,
  lines: [],
  floor: null,
  content: { way: 'separate', why: null },
};

function sip(start: string, callId: string, outgoing: boolean, more: string[] = [], body = ''): SeenMessage {
  const about = start.startsWith('SIP/2.0') ? [] : [`CSeq: 1 ${start.split(' ')[0]}`];
  const lines = [start, `Call-ID: ${callId}`, 'From: "A" <sip:a@x>;tag=1', 'To: <sip:demo@y>', ...about, ...more];
  const text = `${lines.join('\r\n')}\r\n\r\n${body}`;
  return { outgoing, way: 'udp', local, remote, bytes: Buffer.from(text) };
}

/** A leg that says what it is told to say. */
class FakeWatched implements WatchedLeg {
  readonly protocol = 'sip';
  readonly weCalled = false;
  readonly events = new Emitter<{ changed: undefined; ended: string }>();
  readonly line: FakeLine;
  now: LegFacts = separate;

  constructor(
    readonly id: string,
    readonly callId: string,
  ) {
    this.line = new FakeLine(`${id}/audio`, 'audio');
  }

  lines(): FakeLine[] {
    return [this.line];
  }

  facts(): LegFacts {
    return this.now;
  }

  follow(changed: () => void, ended: (why: string) => void) {
    const one = this.events.on('changed', changed);
    const other = this.events.on('ended', ended);
    return {
      dispose: () => {
        one.dispose();
        other.dispose();
      },
    };
  }
}

describe('the records of calls', () => {
  let clock: ManualClock;
  let calls: CallRecords;

  beforeEach(() => {
    clock = new ManualClock();
    calls = new CallRecords({
      clock,
      chance: systemChance,
      metrics: createMetrics(),
      limits,
      sees: () => undefined,
    });
  });
  afterEach(() => {
    calls.close();
    assert.equal(clock.pending, 0);
  });

  /** One that was answered, and is over when told so. */
  const call = (n: number): FakeWatched => {
    const id = `call-${n}`;
    calls.sip(sip('INVITE sip:demo@y SIP/2.0', id, false, ['User-Agent: Tester/1']));
    calls.sip(sip('SIP/2.0 200 OK', id, true, ['CSeq: 1 INVITE']));
    const leg = new FakeWatched(`leg-${n}`, id);
    calls.seated(leg.id, 'demo', n);
    calls.answered(leg);
    clock.advance(1);
    return leg;
  };
  const refuse = (n: number): void => {
    const id = `refused-${n}`;
    calls.sip(sip('INVITE sip:demo@y SIP/2.0', id, false));
    calls.sip(sip('SIP/2.0 488 Not Acceptable Here', id, true, ['CSeq: 1 INVITE']));
    clock.advance(1);
  };
  const listed = (): string[] => calls.list({ limit: 100 }).map(({ callId, state }) => `${callId} ${state}`);

  it('begin with an INVITE, whoever sends it, and with nothing else', () => {
    calls.sip(sip('OPTIONS sip:x SIP/2.0', 'options', false));
    calls.sip(sip('SIP/2.0 200 OK', 'stray', false, ['CSeq: 1 INVITE']));
    calls.sip({ ...sip('x', '', true), bytes: Buffer.from('\r\n') });
    assert.deepEqual(listed(), []);
    calls.sip(sip('INVITE sip:b@y SIP/2.0', 'ours', true));
    const [one] = calls.list({ limit: 1 });
    assert.deepEqual(
      [one?.direction, one?.state, one?.peer, one?.to],
      ['out', 'calling', '198.51.100.7:5070', 'sip:b@y'],
    );
  });

  it('are none of calls to servers of ours', () => {
    calls.inner('inner');
    calls.sip(sip('INVITE sip:room-demo@fs SIP/2.0', 'inner', true));
    calls.sip(sip('INVITE sip:b@y SIP/2.0', 'ours', true));
    assert.deepEqual(listed(), ['ours calling']);
  });

  it('tell of the calls that carry their sound to FreeSWITCH: before the answer, the latest eight, and their ends', () => {
    const stay = (n: number, state: SoundStay['state'], why = ''): SoundStay => ({
      ...{ channel: `c${n}`, server: 'one', conference: 'demo-1a', member: n, codec: 'PCMU', converted: false },
      ...{ direction: 'sendrecv', state, startedAt: n, endedAt: null, why },
    });
    calls.sound('leg-1', stay(0, 'calling'));
    calls.sound('leg-1', stay(0, 'in'));
    const leg = call(1);
    for (let n = 1; n <= 9; n++) {
      calls.sound(leg.id, stay(n - 1, 'over', 'MEDIA_TIMEOUT'));
      calls.sound(leg.id, stay(n, 'in'));
    }
    leg.events.emit('ended', 'left');
    calls.sound(leg.id, stay(9, 'over', 'the member left'));
    // of legs that nobody knows
    calls.sound('nobody', stay(99, 'over'));
    const id = calls.list({ limit: 1 })[0]?.id ?? '';
    assert.deepEqual(
      calls.report(id)?.sound.map(({ channel, why }) => `${channel} ${why}`),
      [2, 3, 4, 5, 6, 7, 8].map((n) => `c${n} MEDIA_TIMEOUT`).concat('c9 the member left'),
    );
  });

  it('tell who called, how it was answered, and where it sits', () => {
    call(1);
    const [one] = calls.list({ room: 'Demo', limit: 9 });
    assert.deepEqual(
      [one?.from, one?.to, one?.agent, one?.status, one?.state, one?.room, one?.participant],
      ['sip:a@x', 'sip:demo@y', 'Tester/1', 200, 'answered', 'demo', 1],
    );
    assert.equal(calls.callOf('demo', 1), one?.id);
    assert.equal(calls.callOf('demo', 2), null);
  });

  it('stay for a while when calls are over, those never answered apart from the others', () => {
    const legs = [1, 2, 3, 4, 5].map(call);
    for (const leg of legs.slice(0, 4)) leg.events.emit('ended', 'left');
    for (let n = 1; n <= 20; n++) refuse(n);
    assert.deepEqual(listed().sort(), [
      'call-2 ended',
      'call-3 ended',
      'call-4 ended',
      'call-5 answered',
      'refused-18 refused',
      'refused-19 refused',
      'refused-20 refused',
    ]);
    clock.advance(limits.ms + limits.ms / 5);
    assert.deepEqual(listed(), ['call-5 answered']);
    legs[4]?.events.emit('ended', 'left');
    clock.advance(limits.ms + limits.ms / 5);
    assert.deepEqual(listed(), []);
    assert.equal(clock.pending, 0, 'no timer without a record');
  });

  it('note what becomes of floor control and content, with the reason', () => {
    const leg = call(1);
    const floor = {
      transport: 'UDP',
      weAre: 'server',
      setup: 'none',
      version: 2,
      confId: 1,
      userId: 2,
      floorId: 2,
      port: 3,
      remote: null,
    } as const;
    leg.now = { ...separate, floor: { ...floor, channel: 'up', problem: null } };
    leg.events.emit('changed', undefined);
    const problem = 'floor control is lost: the peer does not answer';
    leg.now = {
      ...separate,
      floor: { ...floor, channel: 'given-up', problem },
      content: { way: 'in-main', why: problem },
    };
    leg.events.emit('changed', undefined);
    leg.events.emit('ended', 'no media for 15 s');
    const report = calls.report(calls.list({ limit: 1 })[0]?.id ?? '');
    assert.deepEqual(
      report?.notes.map(({ what }) => what),
      [
        'floor control: up',
        'floor control: given-up',
        `floor control: ${problem}`,
        `content: in-main (${problem})`,
        'ended: no media for 15 s',
      ],
    );
    assert.equal(report?.facts?.floor?.channel, 'given-up', 'how it was last');
    assert.equal(leg.events.size, 0, 'nobody listens any more');
  });

  it('hold floor control from before the answer on, and read it', () => {
    const ids = { conferenceId: 1, userId: 2, transactionId: 3, version: 2 } as const;
    const say = (primitive: Message['primitive'], body: Message['body'], outgoing: boolean): void => {
      const bytes = encode({ ...ids, response: outgoing, primitive, body }, 'datagram');
      floor({ outgoing, way: 'udp', local: { address: '0.0.0.0', port: 20_000 }, remote, bytes });
    };
    const floor = calls.floor('leg-1', '192.0.2.1');
    say('Hello', {}, false);
    call(1);
    say('HelloAck', { supportedPrimitives: [1], supportedAttributes: [1] }, true);
    clock.advance(5);
    say('FloorRequest', { floorIds: [2] }, false);
    const report = calls.report(calls.list({ limit: 1 })[0]?.id ?? '');
    assert.deepEqual([report?.talk.received, report?.talk.sent], [2, 1]);
    assert.equal(report?.talk.helloFromPeer, clock.wall() - 6);
    assert.equal(report?.talk.helloAnswered, clock.wall() - 5);
    assert.deepEqual(report?.talk.last, { at: clock.wall(), by: 'peer', what: 'FloorRequest for floor 2' });
  });

  it('tell offers and answers of floor control and content, late offers and refusals too', () => {
    const sdp = (...lines: string[]): string =>
      ['v=0', 'c=IN IP4 192.0.2.9', 'm=audio 4000 RTP/AVP 0', ...lines, ''].join('\r\n');
    const floor = ['m=application 5000 UDP/BFCP *', 'a=floorctrl:c-s', 'a=confid:1'];
    const slides = ['m=video 4004 RTP/AVP 97', 'a=content:slides', 'a=ice-pwd:secret'];
    const main = ['m=video 4002 RTP/AVP 97', 'a=label:1'];
    const id = 'offers';
    const at = (n: number, method = 'INVITE'): string[] => [`CSeq: ${n} ${method}`, 'Content-Type: application/sdp'];
    const invite = (n: number, outgoing: boolean, body: string): void =>
      calls.sip({
        ...sip('INVITE sip:demo@y SIP/2.0', id, outgoing),
        bytes: Buffer.from(`INVITE sip:demo@y SIP/2.0\r\nCall-ID: ${id}\r\n${at(n).join('\r\n')}\r\n\r\n${body}`),
      });
    invite(1, false, '');
    calls.sip(sip('SIP/2.0 200 OK', id, true, at(1), sdp(...main, ...slides, ...floor)));
    calls.sip(
      sip('ACK sip:demo@y SIP/2.0', id, false, [], sdp(...main, 'm=video 0 RTP/AVP 97', 'm=application 0 UDP/BFCP *')),
    );
    invite(7, true, sdp(...main, ...slides));
    calls.sip(sip('SIP/2.0 100 Trying', id, false, at(7)));
    calls.sip(sip('SIP/2.0 488 No', id, false, at(7)));
    const report = calls.report(calls.list({ limit: 1 })[0]?.id ?? '');
    const masked = slides.with(2, 'a=ice-pwd:xxxxxx');
    assert.deepEqual(
      report?.exchanges.map(({ by, offered, answered, status }) => ({ by, offered, answered, status })),
      [
        {
          by: 'us',
          offered: [masked, floor],
          answered: [['m=video 0 RTP/AVP 97'], ['m=application 0 UDP/BFCP *']],
          status: 200,
        },
        { by: 'us', offered: [masked], answered: null, status: 488 },
      ],
    );
  });

  it('hold what lines remembered when they were closed', async () => {
    const leg = call(1);
    const bytes = Buffer.from('81c9000700000001', 'hex');
    leg.line.traced = [{ at: clock.wall(), outgoing: true, port: 30_001, remote, bytes, length: bytes.length }];
    const [{ id } = { id: '' }] = calls.list({ limit: 1 });
    const live = await calls.capture(id, 0);
    leg.events.emit('ended', 'left');
    leg.line.close();
    const over = await calls.capture(id, 0);
    assert.ok(live?.includes(bytes) && over?.includes(bytes));
    clock.advance(1);
    calls.sip(sip('BYE sip:demo@y SIP/2.0', 'call-1', false));
    const all = await calls.capture(id, 0);
    const places = ['INVITE sip:demo', bytes, 'BYE sip:demo'].map((one) => all?.indexOf(one) ?? -1);
    assert.ok(
      places[0]! > 0 && places[0]! < places[1]! && places[1]! < places[2]!,
      `in order of time: ${places.join()}`,
    );
    assert.equal(leg.line.events.size, 0);
    assert.equal(await calls.capture('other', 0), null);
  });

  it('keep words that the dial plan took for a PIN to themselves', async () => {
    calls.sip(sip('INVITE sip:7700123456@y SIP/2.0', 'pin', false));
    calls.secret('pin', '123456');
    const [one] = calls.list({ limit: 1 });
    assert.equal(one?.to, 'sip:7700xxxxxx@y');
    assert.ok(!(await calls.capture(one.id, 0))?.includes('123456'));
  });

  it('take a bounded room for each call, however long it is', () => {
    call(1);
    for (let n = 0; n < 5000; n++) calls.sip(sip('INFO sip:x SIP/2.0', 'call-1', false, ['X: '.padEnd(300, 'x')]));
    const report = calls.report(calls.list({ limit: 1 })[0]?.id ?? '');
    assert.ok((report?.missing ?? 0) > 4900);
  });

  it('are not made where the operator wants none', () => {
    const none = new CallRecords({
      clock,
      chance: systemChance,
      metrics: createMetrics(),
      limits: { ...limits, bytes: 0 },
      sees: () => undefined,
    });
    none.sip(sip('INVITE sip:b@y SIP/2.0', 'x', true));
    assert.deepEqual(none.list({ limit: 9 }), []);
    none.close();
  });
});
