import assert from 'node:assert/strict';
import { CalledPeer } from '../support/dial-rig.js';
import { describePeer } from '../support/offers.js';
import { RawCall } from '../support/raw-call.js';
import { SipPeer } from '../support/sip-peer.js';
import { SrtpKey } from '../support/srtp.js';
import { Peer } from '../media/io/peer.js';
import { writeRtpHeader } from '../../src/protocol/rtp/header.js';
import { startTestGateway, type TestGateway } from './support/gateway.js';
import { skipWithout } from './support/needs.js';
import { withTrunk } from './support/trunk.js';
import { until } from './support/until.js';

const here = '127.0.0.1';
const patience = 5_000;

/** An end that answered: its media, its key, and what it says. */
interface FarEnd {
  media: Peer;
  key: SrtpKey;
  sdp: string;
}

const audioPort = (sdp: string): number => Number(/^m=audio (\d+)/m.exec(sdp)?.[1]);
const soundAt = (port: number): string => describePeer({ video: null }).replace('m=audio 40000', `m=audio ${port}`);

describe('a call to an encrypted far end that is heard before it answers', function () {
  this.timeout(60_000);
  let gateway: TestGateway;
  let caller: SipPeer;
  let called: SipPeer;
  let near: Peer;
  let call: RawCall;
  let other: CalledPeer;
  const opened: Peer[] = [];

  before(function () {
    skipWithout(this, ['rtpengine']);
  });
  beforeEach(async () => {
    const engine = { address: here, port: 0 };
    called = await SipPeer.udp(engine);
    gateway = await startTestGateway({ web: true, change: withTrunk(called.local.port, 'sdes') });
    engine.port = gateway.port('udp');
    caller = await SipPeer.udp(engine, '127.0.0.2');
    opened.push((near = await Peer.open()));
    call = new RawCall(caller, gateway.uri('94930'));
    call.send('INVITE', soundAt(near.rtpPort));
    other = await CalledPeer.by(called);
  });
  afterEach(async () => {
    for (const media of opened.splice(0)) media.close();
    for (const peer of [caller, called]) peer.close();
    await gateway.close();
  });

  const offered = (): string => other.invite.message.body.toString();
  const farEnd = async (): Promise<FarEnd> => {
    const [media, key] = [await Peer.open(), new SrtpKey()];
    opened.push(media);
    const plain = soundAt(media.rtpPort).replace('RTP/AVP', 'RTP/SAVP');
    return { media, key, sdp: plain.replace('a=sendrecv', `${key.line(SrtpKey.in(offered()).tag)}\r\na=sendrecv`) };
  };

  let sent = 0;
  /** Sound of 160 octets that only who says this sends. */
  const spoken = (word: string): Buffer => Buffer.alloc(160, word);
  const packetOf = (word: string, ssrc: number): Buffer => {
    const packet = Buffer.concat([Buffer.alloc(12), spoken(word)]);
    sent += 1;
    writeRtpHeader(packet, 0, false, sent, sent * 160, ssrc);
    return packet;
  };
  /** The two speak until each hears the other. */
  const talk = async (far: FarEnd, nearSdp: string, word: string): Promise<void> => {
    const ours = SrtpKey.in(offered()).key;
    const [nearWord, farWord] = [spoken(`near ${word}`), spoken(`far ${word}`)];
    await until(
      `both to hear each other ${word}`,
      patience,
      () => {
        near.sendRaw(audioPort(nearSdp), packetOf(`near ${word}`, 1));
        far.media.sendRaw(audioPort(offered()), far.key.protect(packetOf(`far ${word}`, 2)));
        const heardNear = near.rtp.some(({ payload }) => payload.equals(farWord));
        const heardFar = far.media.rtp.some(({ packet }) => ours.open(packet)?.equals(nearWord));
        return (heardNear && heardFar) || null;
      },
      () => `near ${near.rtp.length}, far ${far.media.rtp.length} packets`,
    );
  };
  const announce = async (far: FarEnd, tag: string): Promise<string> => {
    called.answer(other.invite, '183 Session Progress', [other.contact], far.sdp, tag);
    const { message } = await caller.expect('SIP/2.0 183');
    return message.body.toString();
  };
  const answer = async (far: FarEnd, tag: string): Promise<void> => {
    await other.take(far.sdp, tag);
    await call.final('INVITE');
    call.ack();
  };
  const over = async (): Promise<void> => {
    await call.bye();
    await other.ends();
  };

  it('goes on with the same keys', async () => {
    const far = await farEnd();
    const early = await announce(far, 'peer');
    await talk(far, early, 'before');
    await answer(far, 'peer');
    assert.equal(call.sdp, early);
    await talk(far, call.sdp, 'after');
    await over();
  });

  for (const [what, tag] of [
    ['the same end', 'peer'],
    ['another one of a fork', 'other'],
  ] as const) {
    it(`goes on with other keys at another place where the answer of ${what} has them`, async () => {
      const [first, second] = [await farEnd(), await farEnd()];
      await talk(first, await announce(first, 'peer'), 'before');
      await answer(second, tag);
      await talk(second, call.sdp, 'after');
      await over();
    });
  }
});
