import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { pcma } from '../../scripts/endpoint/audio/g711.js';
import { toneSource } from '../../scripts/endpoint/audio/source.js';
import { systemClock } from '../../src/base/clock.js';
import { systemNet } from '../../src/base/system-net.js';
import type { AudioMedia } from '../../src/protocol/h323/control/contract.js';
import { Peer as RtpPeer, type Received } from '../media/io/peer.js';
import { CalledPeer } from '../support/dial-rig.js';
import { engineElsewhere } from '../support/engine-elsewhere.js';
import { deviceSet, Peer } from '../support/h323-rig.js';
import { onceBelow } from '../support/once-below.js';
import type { Seen } from '../support/sip-peer.js';
import { SipPeer } from '../support/sip-peer.js';
import { g711A, g7221 } from '../support/sound-proposals.js';
import { audioLine, withG7221 } from '../support/through-sound.js';
import { startTestGateway, type TestGateway } from './support/gateway.js';
import { sendingOn } from './support/sending-on.js';
import { until } from './support/until.js';

const here = '127.0.0.1';
const frameMs = 20;

/** One end of a call's sound: sends a packet every 20 ms, and keeps what comes. */
class SoundEnd {
  readonly sent: Buffer[] = [];
  private timer: NodeJS.Timeout | null = null;
  private constructor(readonly rtp: RtpPeer) {}

  static async open(): Promise<SoundEnd> {
    return new SoundEnd(await RtpPeer.open());
  }

  /** Begins to send to a port. */
  begin(port: number, pt: number, step: number, payload: () => Buffer): void {
    let n = 0;
    const start = performance.now();
    this.timer = setInterval(() => {
      for (; n * frameMs <= performance.now() - start; n += 1) {
        const octets = payload();
        this.sent.push(octets);
        this.rtp.send(port, { pt, seq: 500 + n, timestamp: 7000 + step * n, ssrc: 99 }, octets);
      }
    }, 5);
  }

  end(): void {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
  }

  close(): void {
    this.end();
    this.rtp.close();
  }
}

describe('sound of a slow H.323 caller that a SIP end is asked to change', function () {
  this.timeout(60_000);
  let gateway: TestGateway;
  let device: Peer;
  let sip: SipPeer;
  let call: CalledPeer;
  let near: SoundEnd;
  let far: SoundEnd;

  before(function () {
    if (engineElsewhere()) this.skip();
  });
  const begin = async (): Promise<void> => {
    const at: { sip?: SipPeer } = {};
    gateway = await startTestGateway({
      change: sendingOn(() => `sip:far@${here}:${at.sip?.local.port ?? 0}`),
    });
    sip = at.sip = await SipPeer.udp({ address: here, port: gateway.port('udp') });
    [near, far] = [await SoundEnd.open(), await SoundEnd.open()];
  };
  const end = async (): Promise<void> => {
    near.close();
    far.close();
    await device.close();
    await gateway.close();
    sip.close();
  };
  beforeEach(begin);
  afterEach(end);

  const sound = (order: string): string =>
    withG7221({ 113: 32_000 }, order).replace('m=audio 40000', `m=audio ${far.rtp.rtpPort}`);
  const portOf = (invite: Seen): number => Number(/^m=audio (\d+)/m.exec(invite.text)?.[1]);
  const accept = async (invite: Seen, order: string): Promise<void> => {
    sip.answer(invite, '200 OK', [call.contact], sound(order));
    await call.request('ACK');
  };
  /** A device that has these calls, and is answered by the SIP end in this order. */
  const answered = async (audio: AudioMedia[], order: string): Promise<void> => {
    const at = { address: here, port: near.rtp.rtpPort };
    const [h323] = gateway.gateway.core.h323?.listening ?? [];
    device = await Peer.start(systemNet, systemClock, {
      set: deviceSet({ audio, video: false, h239: false }),
      acceptance: { mediaChannel: at, mediaControlChannel: { ...at, port: near.rtp.rtcpPort } },
      gateway: { address: here, port: h323?.port ?? 0 },
    });
    await device.dial('far');
    call = await CalledPeer.by(sip);
    await call.take(sound(order));
  };
  /** The device opens its channel, and sends to where that leads. */
  const speak = async (media: AudioMedia, pt: number, step: number, payload: () => Buffer): Promise<void> => {
    await until('the channel of the gateway', 5000, () => device.channels('in').includes('audio 1') || null);
    await device.send('audio', media);
    await until('the channel of the device', 5000, () => device.channels('out').includes('audio 1') || null);
    near.begin(device.channel('out', 'audio').acceptance?.mediaChannel?.port ?? 0, pt, step, payload);
  };
  /** Ways of sound from one leg to the other; calls to a FreeSWITCH that mixes are called like their channels. */
  const direct = (): string[] =>
    gateway.gateway.core.plane.chains().filter((chain) => chain.includes('/audio') && !/[\da-f]{8}-/.test(chain));
  const passed = (): Promise<unknown> => until('sound to be passed on', 5000, () => direct().length === 2 || null);
  const hangUp = async (): Promise<void> => {
    await call.bye();
    await until('the device to be told', 5000, () => device.released !== null || null);
  };

  it('is G.722.1, of which the very octets arrive, both ways', async () => {
    await answered([g711A, g7221(32_000)], '8 0 113');
    const invite = await call.request('INVITE');
    assert.equal(audioLine(invite.text), '113');
    await accept(invite, '113');
    const frame = (): Buffer => randomBytes(80);
    await speak(g7221(32_000), 96, 320, frame);
    far.begin(portOf(invite), 113, 320, frame);
    await passed();
    await until('a second of sound', 5000, () => Math.min(far.rtp.rtp.length, near.rtp.rtp.length) > 50 || null);
    for (const end of [near, far]) end.end();
    for (const [from, to, pt] of [
      [near, far, 113],
      [far, near, device.channel('in', 'audio').opening.forward?.payloadType],
    ] as const) {
      const heard = to.rtp.rtp;
      const first = from.sent.findIndex((one) => one.equals(heard[0]!.payload));
      assert.ok(first >= 0 && first <= 25, `begins with frame ${first}`);
      await until('what is under way', 2000, () => heard.length === from.sent.length - first || null);
      for (const [index, { payload, pt: number, seq, timestamp }] of heard.entries()) {
        assert.ok(payload.equals(from.sent[first + index]!), `frame ${index}`);
        const [ahead, later] = [(seq - heard[0]!.seq) & 0xffff, (timestamp - heard[0]!.timestamp) >>> 0];
        assert.deepEqual([number, ahead, later], [pt, index, 320 * index]);
      }
    }
    await hangUp();
  });

  /** Longest time without a packet, ms; longest stretch of decoded sound without the tone, ms. */
  const gaps = (heard: readonly Received[]): { packets: number; silence: number } => {
    let [packets, silence, still] = [0, 0, 0];
    for (const [index, { at, payload }] of heard.entries()) {
      if (index > 0) packets = Math.max(packets, at - heard[index - 1]!.at);
      const loudest = Math.max(...pcma.decode(payload).map(Math.abs));
      still = loudest < 1000 ? still + payload.length / 8 : 0;
      silence = Math.max(silence, still);
    }
    return { packets, silence };
  };

  /** A call whose sound changes; the longest silence of either end around that, ms. */
  const changing = async (): Promise<number> => {
    await answered([g711A], '0 8');
    const invite = await call.request('INVITE');
    assert.equal(audioLine(invite.text), '8');
    const tone = (): (() => Buffer) => {
      const source = toneSource([400], 8000);
      return () => Buffer.from(pcma.encode(source.read(160)));
    };
    await speak(g711A, 8, 160, tone());
    far.begin(portOf(invite), 8, 160, tone());
    const heard = (): number => Math.min(far.rtp.rtp.length, near.rtp.rtp.length);
    await until('mixed sound', 5000, () => heard() > 40 || null);
    assert.deepEqual(direct(), []);
    const before = [near.rtp.rtp.length, far.rtp.rtp.length];
    await accept(invite, '8');
    await passed();
    await until('passed sound', 5000, () => heard() > Math.max(...before) + 40 || null);
    let longest = 0;
    for (const [index, { rtp }] of [near, far].entries()) {
      const around = rtp.rtp.slice(before[index]! - 20);
      const { packets, silence } = gaps(around);
      longest = Math.max(longest, packets < 100 ? silence : Infinity);
      const lost = around.flatMap(({ seq }, n) => (n > 0 ? [((seq - around[n - 1]!.seq) & 0xffff) - 1] : []));
      assert.ok(
        lost.every((one) => one === 0),
        `numbers go on: ${lost.join(' ')}`,
      );
      assert.equal(new Set(around.map(({ ssrc }) => ssrc)).size, 1);
    }
    await hangUp();
    return longest;
  };

  it('is mixed until the SIP end has changed, and goes on unmixed without a gap', async () => {
    const first = await changing();
    if (first <= 20) return;
    // a busy machine makes silence of its own
    await onceBelow(21, async () => {
      await end();
      await begin();
      return changing();
    });
  });
});
