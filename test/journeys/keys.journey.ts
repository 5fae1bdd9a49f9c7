import assert from 'node:assert/strict';
import {
  DigitReader,
  decodeTelephoneEvent,
  encodeTelephoneEvent,
  eventOf,
} from '../../src/protocol/rtp/telephone-event.js';
import { Peer } from '../media/io/peer.js';
import { CalledPeer } from '../support/dial-rig.js';
import { describePeer } from '../support/offers.js';
import { RawCall } from '../support/raw-call.js';
import { SipPeer } from '../support/sip-peer.js';
import { startTestGateway, type TestGateway } from './support/gateway.js';
import { withTrunk } from './support/trunk.js';
import { until } from './support/until.js';

const here = '127.0.0.1';
const patience = 5_000;
const pauseMs = 20;

/** One end of a call: what it described, and its media. */
interface End {
  media: Peer;
  /** Payload type by which it takes keys; null when it knows none. */
  takes: number | null;
}

const payloadType = (sdp: string): number => Number(/^a=rtpmap:(\d+) telephone-event\/8000/im.exec(sdp)?.[1] ?? -1);
const audioPort = (sdp: string): number => Number(/^m=audio (\d+)/m.exec(sdp)?.[1]);

/** An audio description with this port, and keys under this number. */
function described({ media, takes }: End): string {
  const sdp = describePeer({ video: null, events: takes !== null });
  // the number first: a port may have it among its digits
  return sdp.replaceAll('101', `${takes}`).replace('m=audio 40000', `m=audio ${media.rtpPort}`);
}

/** Presses a key for 100 ms in the middle of sound, as `sdp` wants it; the second of its packets is lost. */
async function press(digit: string, from: End, sdp: string): Promise<void> {
  const [to, pt] = [audioPort(sdp), payloadType(sdp)];
  const event = eventOf(digit);
  assert.ok(event !== null && pt >= 0, sdp);
  const at = { ssrc: 7, timestamp: from.media.rtp.length + 160 * event };
  const steps = [160, 320, 480, 640, 800, 800, 800].map((duration, n) => ({ duration, n, end: n >= 4 }));
  for (const { duration, n, end } of steps) {
    const packet = { ...at, pt, seq: 100 * event + n, marker: n === 0 };
    if (n !== 1) from.media.send(to, packet, encodeTelephoneEvent({ event, end, volume: 10, duration }));
    if (!end) await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/** The keys that arrived at this end by RTP, under the number it described. */
function pressedAt({ media, takes }: End): string {
  const reader = new DigitReader();
  return media.rtp
    .filter(({ pt }) => pt === takes)
    .map(({ payload, ssrc, timestamp, marker, at }) => {
      const event = decodeTelephoneEvent(payload);
      return event && reader.input(event, { ssrc, timestamp, marker, clock: 8000 }, at);
    })
    .map((key) => key?.digit ?? '')
    .join('');
}

describe('keys pressed on one side of a call that is forwarded to a trunk', function () {
  this.timeout(60_000);
  let gateway: TestGateway;
  let caller: SipPeer;
  let called: SipPeer;
  let ends: { near: End; far: End };
  let call: RawCall;
  let other: CalledPeer;

  const connect = async (
    takes: { near: number | null; far: number | null },
    before: () => Promise<void> = () => Promise.resolve(),
  ): Promise<void> => {
    ends = {
      near: { media: await Peer.open(), takes: takes.near },
      far: { media: await Peer.open(), takes: takes.far },
    };
    const engine = { address: here, port: 0 };
    called = await SipPeer.udp(engine);
    gateway = await startTestGateway({ change: withTrunk(called.local.port) });
    engine.port = gateway.port('udp');
    caller = await SipPeer.udp(engine, '127.0.0.2');
    call = new RawCall(caller, gateway.uri('94930'));
    call.send('INVITE', described(ends.near));
    other = await CalledPeer.by(called);
    await before();
    await other.take(described(ends.far));
    await call.final('INVITE');
    call.ack();
  };
  afterEach(async () => {
    await call.bye();
    await other.ends();
    for (const { media } of [ends.near, ends.far]) media.close();
    for (const peer of [caller, called]) peer.close();
    await gateway.close();
  });
  const arrives = (digits: string, at: End): Promise<unknown> =>
    until(`${digits} to arrive`, patience, () => pressedAt(at) === digits || null);

  it('arrive on the other as telephone events under its own number, both ways', async () => {
    await connect({ near: 99, far: 96 });
    const [nearSdp, farSdp] = [call.sdp, other.invite.message.body.toString()];
    await press('5', ends.near, nearSdp);
    await arrives('5', ends.far);
    await press('#', ends.near, nearSdp);
    await arrives('5#', ends.far);
    await press('1', ends.far, farSdp);
    await arrives('1', ends.near);
    // one stream each, the events part of it, each with a mark at its beginning and three ends
    for (const { media, takes } of [ends.near, ends.far]) {
      assert.equal(new Set(media.rtp.map(({ ssrc }) => ssrc)).size, 1);
      const events = (): typeof media.rtp => media.rtp.filter(({ pt }) => pt === takes);
      const keys = new Set(events().map(({ timestamp }) => timestamp)).size;
      assert.equal(events().filter(({ marker }) => marker).length, keys);
      const over = (): number => events().filter(({ payload }) => decodeTelephoneEvent(payload)?.end).length;
      await until('the end of each, three times', patience, () => over() === 3 * keys || null);
      assert.ok(media.rtp.every(({ pt }) => pt === takes || pt === 0));
    }
    assert.ok(![...caller.seen, ...called.seen].some(({ start }) => start.startsWith('INFO')));
  });

  it('arrive before the answer where the other is heard then', async () => {
    const menu = async (): Promise<void> => {
      called.answer(other.invite, '183 Session Progress', [other.contact], described(ends.far));
      const { message } = await caller.expect('SIP/2.0 183');
      await press('4', ends.near, message.body.toString());
      await arrives('4', ends.far);
    };
    await connect({ near: 99, far: 96 }, menu);
    await press('9', ends.near, call.sdp);
    await arrives('49', ends.far);
  });

  it('arrive by INFO where the other knows no telephone events, and its INFO as telephone events', async () => {
    await connect({ near: 101, far: null });
    await press('7', ends.near, call.sdp);
    const info = await other.request('INFO');
    assert.match(info.text, /Content-Type: application\/dtmf-relay[^]*Signal= ?7/i);
    called.answer(info, '200 OK');
    const body = 'Signal=9\r\nDuration=120\r\n';
    const answer = await other.ask('INFO', [], 'peer', body, 'application/dtmf-relay');
    assert.match(answer.start, / 200 /);
    await arrives('9', ends.near);
  });
});
