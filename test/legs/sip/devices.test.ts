import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fixtureOffer, FIXTURES } from '../../media/support/fixtures.js';
import { describePeer, linesOf } from '../../support/offers.js';
import type { RawCall } from '../../support/raw-call.js';
import { startSipRig, type SipRig } from '../../support/sip-rig.js';
import { waitUntil } from '../../support/wait.js';

const here = '127.0.0.1';
const local = (sdp: string): string => sdp.replace(/IN IP4 [\d.]+/g, `IN IP4 ${here}`);
const readFixture = (name: string): string => readFileSync(new URL(`${name}.sdp`, FIXTURES), 'utf8');
const poly = local(fixtureOffer('poly-studiox30-tcp'));
const slides = ['m=video 17336 RTP/AVP 109', 'a=rtpmap:109 H264/90000', 'a=content:slides', 'a=sendrecv', ''].join(
  '\r\n',
);

describe('devices that want something else', () => {
  let rig: SipRig;
  before(async () => (rig = await startSipRig()));
  after(() => rig.close());
  afterEach(() => rig.nothingLeft());

  /** Of the line that floor control has in a description. */
  const floorLine = (sdp: string): string | undefined => /^m=application \d+ (\S+\/BFCP)/m.exec(sdp)?.[1];
  const answered = async (call: RawCall, body: string): Promise<string> => {
    const offer = await call.request('INVITE');
    call.peer.answer(offer, '200 OK', [`Contact: ${call.contact}`], body);
    await call.request('ACK');
    return offer.message.body.toString();
  };
  const contentOf = (): string | undefined => rig.room('demo').describe().participants[0]?.content;

  it('a Poly Studio X repeats its offer in peace, then gets its content line, once', async () => {
    const call = await rig.call('demo');
    await call.invite(poly);
    const first = call.sdp;
    await call.invite(poly);
    assert.equal(call.sdp, first, 'the same offer, the same answer');
    await call.settled();
    assert.equal(call.requested('INVITE'), 0, 'ours waits');
    rig.clock.skip(301);
    const offer = await answered(call, poly.replace('c-s', 'c-only') + slides);
    assert.match(linesOf(offer), /, application, video sendrecv$/);
    assert.match(offer, /a=connection:existing/);
    await waitUntil(() => rig.plane.lines.size === 4, 2000);
    const room = rig.room('demo');
    room.requestFloor(room.describe().participants[0]?.id ?? 0);
    await call.settled();
    assert.equal(call.requested('INVITE'), 1, 'nothing to ask for when it presents');
    await call.bye();
  });

  it('one that refuses it early has content in its main picture and is left alone', async () => {
    const call = await rig.call('demo');
    await call.invite(poly);
    await call.settled();
    rig.clock.skip(301);
    const offer = await call.request('INVITE');
    call.peer.answer(offer, '488 Not Acceptable Here');
    await call.request('ACK');
    await waitUntil(() => contentOf() === 'in-main', 2000);
    rig.clock.skip(10_000);
    await call.settled();
    assert.equal(call.requested('INVITE'), 1);
    await call.bye();
  });

  it('one that hangs up before leaves nothing behind', async () => {
    const call = await rig.call('demo');
    await call.invite(poly);
    await call.bye();
    await rig.nothingLeft();
  });

  for (const [who, sign, again] of [
    ['a Poly that is set to TCP only', '; sar-supported=13; sar=13', true],
    ['another device', '', false],
  ] as const) {
    it(`${who} refuses UDP: ${again ? 'TCP in the same place' : 'nothing more is asked'}`, async () => {
      const call = await rig.call('demo');
      await call.invite('', [], false);
      assert.equal(floorLine(call.sdp), 'UDP/BFCP');
      const device = (floor: 'UDP' | 'TCP', port: number, version: number): string =>
        describePeer({ floor, floorPort: port, content: 'sendrecv', version }).replace(
          /(a=fmtp:97 .*)/g,
          (line) => `${line}${sign}`,
        );
      call.ack(device('UDP', 0, 1));
      await waitUntil(() => rig.room('demo').size === 1, 2000);
      await call.settled();
      rig.clock.skip(301);
      if (again) {
        const offer = await answered(call, device('TCP', 40_010, 2).replace('c-s', 'c-only'));
        assert.deepEqual([floorLine(offer), offer.match(/BFCP/g)?.length], ['TCP/BFCP', 1]);
        await waitUntil(() => rig.legs.at(-1)?.floor !== null, 2000);
      }
      rig.clock.skip(10_000);
      await call.settled();
      assert.equal(call.requested('INVITE'), again ? 1 : 0);
      await call.bye();
    });
  }

  it('an HDX refuses UDP by leaving the line out: TCP is offered in the same place', async () => {
    const call = await rig.call('demo');
    await call.invite('', [], false);
    assert.match(linesOf(call.sdp), /^audio sendrecv, video sendrecv, application, video sendrecv/);
    call.ack(local(readFixture('polycom-hdx-one-video.answer')));
    await waitUntil(() => rig.room('demo').size === 1, 2000);
    const offer = await call.request('INVITE');
    assert.equal(floorLine(offer.message.body.toString()), 'TCP/BFCP');
    call.peer.answer(offer, '488 Not Acceptable Here');
    await call.request('ACK');
    await call.settled();
    rig.clock.skip(10_000);
    await call.settled();
    assert.equal(call.requested('INVITE'), 1, 'asked once');
    assert.equal(contentOf(), 'in-main');
    await call.bye();
  });

  it('a Lifesize has its slides on a control line, which is turned on when there is content', async () => {
    const call = await rig.call('demo', 'Lifesize');
    const icon = local(fixtureOffer('lifesize-icon-control-line'));
    await call.invite(icon);
    assert.match(linesOf(call.sdp), /, control inactive, application$/);
    const port = /^m=control (\d+) /m.exec(call.sdp)?.[1];
    const anna = await rig.call('demo', 'Anna');
    await anna.invite(describePeer({ floor: 'UDP', content: 'sendrecv' }));
    const room = rig.room('demo');
    room.requestFloor(room.describe().participants.find(({ name }) => name === 'Anna')?.id ?? 0);
    const on = icon.replace('1366021474 2', '1366021474 3').replace('a=inactive', 'a=sendrecv');
    const offer = await answered(call, on.replace('connection:new', 'connection:existing'));
    assert.match(linesOf(offer), /, control sendrecv, application$/);
    assert.equal(/^m=control (\d+) /m.exec(offer)?.[1], port, 'a change of direction only');
    const seen = (): string | undefined =>
      room.describe().participants.find(({ name }) => name === 'Lifesize')?.sees.content?.what;
    await waitUntil(() => seen() === 'content', 2000);
    await Promise.all([anna.bye(), call.bye()]);
  });

  it('the User-Agent names a device whose description shows nothing of its own', async () => {
    const call = await rig.call('demo');
    await call.invite(describePeer({ floor: 'UDP', content: 'sendrecv' }), ['User-Agent: Yealink VC800 63.345.0.40']);
    assert.equal(rig.legs.at(-1)?.parts.exchanges.device?.name, 'yealink');
    await call.bye();
  });

  it('a Tandberg that names no version is spoken to in version 1, and told so', async () => {
    const call = await rig.call('demo');
    await call.invite(local(fixtureOffer('cisco-c20-tc3')).replace('5070', '45070'));
    assert.match(call.sdp, /^a=bfcpver:1\r$/m);
    await call.bye();
  });

  it('a call manager that keeps places open gets later lines in them', async () => {
    const call = await rig.call('demo');
    const places = local(fixtureOffer('cisco-cucm-places'));
    await call.invite(places);
    assert.match(linesOf(call.sdp), /^audio sendrecv, video 0, video 0, application 0, application 0, application 0$/);
    const shared = places
      .replace('331350799 1', '331350799 2')
      .replace(/m=video 0 (RTP\/AVP 31 34 96 97)/g, 'm=video 45080 $1')
      .replace('m=application 0 UDP/BFCP *\r\nc=IN IP4 127.0.0.1', 'm=application 45072 UDP/BFCP *')
      .replaceAll('a=inactive', 'a=sendrecv')
      .replaceAll('a=rtpmap:97 H264/90000', 'a=rtpmap:97 H264/90000\r\na=fmtp:97 profile-level-id=42e01f');
    await call.invite(shared);
    assert.equal(
      linesOf(call.sdp),
      'audio sendrecv, video sendrecv, video sendrecv, application, application 0, application 0',
    );
    await call.bye();
  });
});
