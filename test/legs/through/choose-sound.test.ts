import assert from 'node:assert/strict';
import { systemChance } from '../../../src/base/ids.js';
import { secured } from '../../../src/media/h245-capabilities.js';
import { KeyOffer } from '../../../src/protocol/h323/h235/key-exchange.js';
import type { CapabilitySet, MultimediaSystemControlMessage } from '../../../src/protocol/h323/control/contract.js';
import { CalledPeer } from '../../support/dial-rig.js';
import { deviceSet, type Peer, type PeerOptions } from '../../support/h323-rig.js';
import type { Seen } from '../../support/sip-peer.js';
import { g711A, g711U, g722, g7221 } from '../../support/sound-proposals.js';
import { startThroughRig, type ThroughRig } from '../../support/through-rig.js';
import { audioLine, heardAs, soundChains, soundPasses, soundsOffered, withG7221 } from '../../support/through-sound.js';
import { waitUntil } from '../../support/wait.js';

const [better, lesser] = [g7221(32_000), g7221(24_000)];
const all = ['g722', 'g711A', 'g711U'];

/** A description whose sound is in these formats, G.722.1 among them under the numbers that we offer it under. */
function sound(order: string): string {
  return withG7221({ 113: 32_000, 112: 24_000 }, order);
}

describe('sound of an H.323 caller who begins slowly and of a SIP end that can change it', () => {
  let rig: ThroughRig;
  let device: Peer;
  let call: CalledPeer;
  /** Capability sets that the device was told; null is the empty one. */
  let sets: (CapabilitySet | null)[] = [];
  beforeEach(async () => (rig = await startThroughRig()));
  afterEach(async () => {
    await rig.nothingLeft();
    await rig.close();
  });

  /** A device calls. */
  const dialled = async (options: PeerOptions, how: Parameters<Peer['dial']>[1] = {}): Promise<void> => {
    device = await rig.device(options);
    await device.dial('9+4930', how);
    sets = [];
    device.session?.on.on('remoteCapabilities', (set) => sets.push(set));
    call = await CalledPeer.by(rig.far);
  };
  /** A device calls, and the SIP end answers in these formats. */
  const answered = async (
    order: string,
    options: PeerOptions,
    how: Parameters<Peer['dial']>[1] = {},
  ): Promise<void> => {
    await dialled(options, how);
    await call.take(sound(order));
    await waitUntil(() => device.call?.state === 'active', 2000);
  };
  const accept = async (invite: Seen, order: string): Promise<void> => {
    rig.far.answer(invite, '200 OK', [call.contact], sound(order));
    await call.request('ACK');
  };
  const refuse = (invite: Seen, status: string): void => rig.far.answer(invite, status);
  /** Whatever was sent to the SIP end before has come. */
  const settled = async (): Promise<void> => void (await call.ask('OPTIONS'));
  const reoffers = (): number => rig.far.seen.filter(({ start }) => start.startsWith('INVITE ')).length - 1;
  const refusals = (): number => rig.metrics.counted('dualstream_sip_sound_offers_total', { outcome: 'refused' });
  const mixed = (): Promise<void> =>
    waitUntil(() => [...rig.bridge.conferences.values()].some(({ members }) => members.size === 2), 2000);
  const passed = (): Promise<void> =>
    waitUntil(
      () => soundChains(rig) === 2 && rig.bridge.conferences.size === 0,
      2000,
      () => rig.plane.chains().join('\n'),
    );
  const told = (...names: string[]): Promise<void> =>
    waitUntil(
      () => soundsOffered(device).join() === names.join(),
      2000,
      () => soundsOffered(device).join(),
    );
  const hangUp = async (): Promise<void> => {
    await call.bye();
    await waitUntil(() => device.released !== null, 2000);
  };

  for (const [media, order, number, octets] of [
    [better, '8 0 113 112', 113, 80],
    [lesser, '8 0 113 112', 112, 60],
  ] as const) {
    it(`is G.722.1 at ${media.bitRate} bit/s, passed on as it is, where both have that and the device lists it first`, async () => {
      const other = media === better ? lesser : better;
      await answered(order, { set: deviceSet({ audio: [g711A, media, other] }) });
      const invite = await call.request('INVITE');
      assert.equal(audioLine(invite.text), `${number}`);
      assert.match(invite.text, new RegExp(`^a=fmtp:${number} bitrate=${media.bitRate}\r$`, 'm'));
      assert.deepEqual(soundsOffered(device), [], 'it is told when the far end has changed');
      await accept(invite, `${number}`);
      await told('g7221');
      await waitUntil(() => heardAs(device) !== undefined, 2000);
      assert.deepEqual(heardAs(device), media);
      await device.send('audio', media);
      await soundPasses(rig, octets);
      assert.equal(reoffers(), 1);
      await hangUp();
    });
  }

  it('stays in that codec when the SIP end holds and goes on with all its codecs', async () => {
    await answered('9 8', { set: deviceSet({ audio: [g711A, g711U] }) });
    await accept(await call.request('INVITE'), '8');
    await told('g711A');
    await device.send('audio', g711A);
    await passed();
    for (const [version, how] of [
      [2, 'sendonly'],
      [3, 'sendrecv'],
    ] as const) {
      const all = sound('9 0 8').replace('77 1 IN', `77 ${version} IN`).replaceAll('a=sendrecv', `a=${how}`);
      assert.equal(audioLine((await call.reoffer(all)).text), '8');
    }
    await waitUntil(() => device.capabilities !== null, 2000);
    await device.send('audio', g711A);
    await passed();
    await hangUp();
  });

  it('is mixed until the SIP end has changed to the one codec that both like best', async () => {
    await answered('0 8 9', { set: deviceSet({ audio: [g711U, g711A, better] }) });
    const invite = await call.request('INVITE');
    assert.equal(audioLine(invite.text), '8');
    await told('g711A');
    await device.send('audio', g711A);
    await mixed();
    await accept(invite, '8');
    await passed();
    assert.equal(reoffers(), 1);
    await hangUp();
  });

  it('is not offered anew where the SIP end has one codec, which the device is told of', async () => {
    await answered('0', { set: deviceSet({ audio: [better, g711A, g711U] }) });
    await told('g711U');
    await device.send('audio', g711U);
    await passed();
    // nobody can take it later either
    const final = await call.reoffer(sound('113'));
    assert.match(final.start, / 200 /);
    assert.match(final.text, /^m=audio 0 /m);
    assert.equal(reoffers(), 0);
    await hangUp();
  });

  it('goes on mixed in other codecs where the SIP end refuses to change, and is not offered again', async () => {
    await answered('8 0 113', { set: deviceSet({ audio: [better, g711A] }) });
    refuse(await call.request('INVITE'), '488 Not Acceptable Here');
    await told('g711A');
    await device.send('audio', g711A);
    await mixed();
    assert.equal(refusals(), 1);
    rig.clock.skip(40_000);
    assert.equal(reoffers(), 1);
    await hangUp();
  });

  it('goes on mixed where the SIP end refuses to change to what can be mixed', async () => {
    await answered('8 0', { set: deviceSet({ audio: [g711A] }) });
    refuse(await call.request('INVITE'), '488 Not Acceptable Here');
    await told('g711A');
    await device.send('audio', g711A);
    await mixed();
    assert.equal(reoffers(), 1);
    await hangUp();
  });

  for (const [who, order, audio] of [
    ['SIP end', '0 8 113 112', [g711A]],
    ['device', '0 8', [better, lesser, g711A]],
  ] as const) {
    it(`is in another codec where the ${who} alone has G.722.1`, async () => {
      await answered(order, { set: deviceSet({ audio: [...audio] }) });
      const invite = await call.request('INVITE');
      assert.equal(audioLine(invite.text), '8');
      await told('g711A');
      await accept(invite, '8');
      await device.send('audio', g711A);
      await passed();
      await hangUp();
    });
  }

  it('is G.722.1 also where the SIP end repeats in its answer what was not offered', async () => {
    await answered('8 0 113', { set: deviceSet({ audio: [better, g711A] }) });
    await accept(await call.request('INVITE'), '8 0 113');
    await told('g7221');
    await hangUp();
  });

  it('is not offered again to a SIP end that answers an offer of G.722.1 with what it had', async () => {
    await answered('8 0 113', { set: deviceSet({ audio: [better, g711A] }) });
    await accept(await call.request('INVITE'), '8 0');
    await told('g711A');
    await device.send('audio', g711A);
    await mixed();
    await settled();
    assert.equal(reoffers(), 1);
    await hangUp();
  });

  it('is none where the SIP end takes no sound, which is not offered again', async () => {
    await dialled({ set: deviceSet({ audio: [g711A] }) });
    await call.take(sound('8').replace('m=audio 40000', 'm=audio 0'));
    await told(...all);
    await settled();
    assert.equal(reoffers(), 0);
    await hangUp();
  });

  it('is offered a while after the answer where the SIP end changes the session by itself right after it', async () => {
    await dialled({ set: deviceSet({ audio: [g711A] }) });
    const floor = 'm=application 40010 UDP/BFCP *\r\na=floorctrl:c-only\r\n';
    const studio = sound('8 0').replaceAll('packetization-mode=1', 'packetization-mode=1;sar-supported=13') + floor;
    await call.take(studio);
    await told('g711A');
    await settled();
    assert.equal(reoffers(), 0);
    rig.clock.skip(300);
    const invite = await call.request('INVITE');
    rig.far.answer(invite, '200 OK', [call.contact], studio);
    await call.request('ACK');
    await hangUp();
  });

  it('goes on mixed where the SIP end answers the offer as if nothing was to change, and stays both ways', async () => {
    await answered('8 0', { set: deviceSet({ audio: [g711A] }) });
    await accept(await call.request('INVITE'), '0');
    await told('g711A');
    await device.send('audio', g711A);
    await mixed();
    assert.equal(rig.metrics.counted('dualstream_sip_sound_offers_total', { outcome: 'other' }), 1);
    const [line] = [...rig.plane.lines.values()].filter(({ id, params }) => {
      return id.endsWith('/audio') && params?.send[0]?.name === 'PCMU';
    });
    assert.equal(line?.params?.direction, 'sendrecv');
    await hangUp();
  });

  it('is no line any more where the SIP end answers the offer without sound', async () => {
    await answered('8 0', { set: deviceSet({ audio: [g711A] }) });
    await accept(await call.request('INVITE'), '18');
    await waitUntil(() => [...rig.plane.lines.values()].filter(({ id }) => id.endsWith('/audio')).length === 1, 2000);
    await hangUp();
  });

  for (const [order, audio, offered] of [
    ['9 8', [g711A], null],
    ['9 8', [g722, g711A], '9'],
    ['8 0', [g711A], '8'],
  ] as const) {
    it(`is offered ${offered ?? 'nothing'} to a baresip 1.0 that answered ${order}, which keeps its sampling rate`, async () => {
      await dialled({ set: deviceSet({ audio: [...audio] }) });
      rig.far.answer(call.invite, '200 OK', [call.contact, 'Server: baresip v1.0.0 (x86_64/linux)'], sound(order));
      await call.request('ACK');
      if (offered !== null) {
        const invite = await call.request('INVITE');
        assert.equal(audioLine(invite.text), offered);
        await accept(invite, offered);
      } else {
        await told('g711A');
        await device.send('audio', g711A);
        await mixed();
        assert.equal(reoffers(), 0);
      }
      await hangUp();
    });
  }

  it('is mixed where they have no codec in common, in which nothing is offered anew', async () => {
    await answered('9 0', { set: deviceSet({ audio: [g711A] }) });
    await told(...all);
    await device.send('audio', g711A);
    await mixed();
    rig.clock.skip(2_000);
    await settled();
    assert.deepEqual([sets.length, reoffers()], [1, 0]);
    await hangUp();
  });

  it('is G.722.1 without another offer where the SIP end answers with that before all else', async () => {
    await answered('113 8', { set: deviceSet({ audio: [g711A, better] }) });
    await told('g7221');
    await device.send('audio', better);
    await soundPasses(rig, 80);
    assert.equal(reoffers(), 0);
    await hangUp();
  });

  for (const [order, offered, instead] of [
    ['113 0 8', '8', '8'],
    ['113', '9 8 0 96', '8'],
    ['113 9', '9', '9'],
  ] as const) {
    it(`is taken back from a SIP end that answers ${order} to a device without G.722.1`, async () => {
      await answered(order, { set: deviceSet({ audio: [g711A] }) });
      const invite = await call.request('INVITE');
      assert.equal(audioLine(invite.text), offered);
      await told(...(offered === '8' ? ['g711A'] : all));
      if (offered === '9') return hangUp();
      await accept(invite, instead);
      await device.send('audio', g711A);
      await passed();
      assert.equal(reoffers(), 1);
      await hangUp();
    });
  }

  it('is what can be mixed where the SIP end takes too long to change, and is taken back when it has', async () => {
    await answered('8 0 113', { set: deviceSet({ audio: [better, g711A] }) });
    const invite = await call.request('INVITE');
    assert.equal(audioLine(invite.text), '113');
    rig.clock.skip(2_000);
    await told('g711A');
    await device.send('audio', g711A);
    await mixed();
    await accept(invite, '113');
    const again = await call.request('INVITE');
    assert.equal(audioLine(again.text), '8');
    await accept(again, '8');
    await passed();
    await hangUp();
  });

  it('is taken back from both where the device does not send what it said it has', async () => {
    await answered('8 0 113', { set: deviceSet({ audio: [better, g711A] }) });
    await accept(await call.request('INVITE'), '113');
    await told('g7221');
    await waitUntil(() => heardAs(device) !== undefined, 2000);
    rig.clock.skip(2_000);
    const invite = await call.request('INVITE');
    assert.equal(audioLine(invite.text), '8');
    await told(...all);
    await accept(invite, '8');
    await device.send('audio', g711A);
    await passed();
    assert.deepEqual([sets.map((set) => set === null), reoffers()], [[false, true, false], 2], 'it was paused between');
    await hangUp();
  });

  it('is mixed in other codecs where the device does not send the one that both have', async () => {
    await answered('9 8', { set: deviceSet({ audio: [g722, g711A] }) });
    await accept(await call.request('INVITE'), '9');
    await told('g722');
    rig.clock.skip(2_000);
    await told(...all);
    await device.send('audio', g711A);
    await mixed();
    assert.equal(reoffers(), 1);
    await hangUp();
  });

  it('lets a change of the SIP end go first, and is offered again then', async () => {
    await answered('8 0 113', { set: deviceSet({ audio: [better, g711A] }) });
    refuse(await call.request('INVITE'), '491 Request Pending');
    assert.match((await call.reoffer(sound('8 0 113').replace('77 1 IN', '77 2 IN'))).start, / 200 /);
    const invite = await call.request('INVITE');
    // the SIP end has given 113 a meaning of its own
    assert.equal(audioLine(invite.text), '97');
    assert.match(invite.text, /^a=rtpmap:97 G7221\/16000\r$/m);
    await accept(invite, '113');
    await told('g7221');
    await device.send('audio', better);
    await soundPasses(rig, 80);
    await hangUp();
  });

  it('is not offered G.722.1 again when the caller has waited long enough', async () => {
    await answered('8 0 113', { set: deviceSet({ audio: [better, g711A] }) });
    refuse(await call.request('INVITE'), '491 Request Pending');
    await waitUntil(() => rig.metrics.counted('dualstream_sip_glare_total') === 1, 1000);
    rig.clock.skip(2_000);
    await told('g711A');
    rig.clock.skip(2_500);
    const invite = await call.request('INVITE');
    assert.equal(audioLine(invite.text), '8');
    await accept(invite, '8');
    await settled();
    assert.equal(reoffers(), 2);
    await hangUp();
  });

  it('is offered three times at most to a SIP end that has always something under way', async () => {
    await answered('8 0', { set: deviceSet({ audio: [g711A] }) });
    await told('g711A');
    await device.send('audio', g711A);
    await mixed();
    for (const times of [1, 2]) {
      refuse(await call.request('INVITE'), '491 Request Pending');
      await waitUntil(() => rig.metrics.counted('dualstream_sip_glare_total') === times, 1000);
      rig.clock.skip(4_000);
    }
    refuse(await call.request('INVITE'), '491 Request Pending');
    await waitUntil(() => refusals() === 1, 2000);
    await mixed();
    assert.equal(reoffers(), 3);
    await hangUp();
  });

  const early: MultimediaSystemControlMessage[] = [];
  const waiting: PeerOptions['withholds'] = (pdu) =>
    pdu.request?.terminalCapabilitySet !== undefined && early.push(pdu) === 1;

  it('follows a device that waits to be told first', async () => {
    early.splice(0);
    await answered('9 8 0 113', { set: deviceSet({ audio: [better, g711U, g711A] }), withholds: waiting });
    rig.clock.skip(400);
    await told(...all);
    device.session?.send(early[0]!);
    await waitUntil(() => heardAs(device) !== undefined, 2000);
    assert.equal(heardAs(device)?.codec, 'g711A');
    assert.equal(reoffers(), 0);
    await device.send('audio', g711A);
    const invite = await call.request('INVITE');
    assert.equal(audioLine(invite.text), '8');
    await accept(invite, '8');
    await passed();
    await told(...all);
    await hangUp();
  });

  it('tells a device that waits to be told first of all codecs where it has none of those', async () => {
    early.splice(0);
    await answered('9 0 113', { set: deviceSet({ audio: [better, g711A] }), withholds: waiting });
    rig.clock.skip(400);
    await told('g722', 'g711U');
    device.session?.send(early[0]!);
    await told(...all);
    await device.send('audio', g711A);
    await mixed();
    rig.clock.skip(2_000);
    await settled();
    assert.deepEqual([sets.length, reoffers()], [2, 0]);
    await hangUp();
  });

  it('stays as it is where a device that waits to be told first sends nothing', async () => {
    early.splice(0);
    await answered('8 9', { set: deviceSet({ audio: [g711A] }), withholds: waiting });
    rig.clock.skip(400);
    await told('g722', 'g711A');
    device.session?.send(early[0]!);
    await waitUntil(() => heardAs(device) !== undefined, 2000);
    rig.clock.skip(2_000);
    await settled();
    assert.deepEqual([sets.length, reoffers()], [1, 0]);
    await hangUp();
  });

  it('is not offered anew where the SIP end has given it up meanwhile', async () => {
    early.splice(0);
    await answered('8 9', { set: deviceSet({ audio: [g711A] }), withholds: waiting });
    rig.clock.skip(400);
    await told('g722', 'g711A');
    device.session?.send(early[0]!);
    const without = sound('8').replace('77 1 IN', '77 2 IN').replace('m=audio 40000', 'm=audio 0');
    assert.match((await call.reoffer(without)).start, / 200 /);
    await waitUntil(() => heardAs(device) !== undefined, 2000);
    rig.clock.skip(2_000);
    await settled();
    assert.equal(reoffers(), 0);
    await hangUp();
  });

  it('is taken back, and the device told once, where the SIP end has nothing but G.722.1 and the device waits', async () => {
    early.splice(0);
    await answered('113', { set: deviceSet({ audio: [better, g711A] }), withholds: waiting });
    rig.clock.skip(400);
    await told(...all);
    device.session?.send(early[0]!);
    await device.send('audio', g711A);
    rig.clock.skip(2_000);
    await accept(await call.request('INVITE'), '8');
    await passed();
    assert.equal(sets.length, 1);
    await hangUp();
  });

  it('is asked of nobody when a device that waits to be told first hangs up', async () => {
    early.splice(0);
    await answered('113 8', { set: deviceSet({ audio: [better, g711A] }), withholds: waiting });
    rig.clock.skip(400);
    await told('g711A');
    device.session?.send(early[0]!);
    await device.hangUp();
    await call.ends();
    await waitUntil(() => rig.h323.load === 0 && rig.clock.pending === 0, 2000);
    assert.doesNotMatch(await rig.metrics.text(), /sound_offers/);
  });

  it('stays what was settled on while the device holds', async () => {
    const set = deviceSet({ audio: [g711A] });
    await answered('8 9', { set });
    await accept(await call.request('INVITE'), '8');
    await told('g711A');
    device.session?.changeCapabilities(null);
    await accept(await call.request('INVITE'), '8');
    rig.clock.skip(2_000);
    device.session?.changeCapabilities(set);
    await accept(await call.request('INVITE'), '8');
    await device.send('audio', g711A);
    await passed();
    assert.deepEqual(soundsOffered(device), ['g711A']);
    await hangUp();
  });

  it('stays what was settled on while the SIP end holds', async () => {
    await answered('8 9', { set: deviceSet({ audio: [g711A] }) });
    await accept(await call.request('INVITE'), '8');
    await told('g711A');
    const now = (version: number, how: string): string =>
      sound('8').replace('77 1 IN', `77 ${version} IN`).replaceAll('a=sendrecv', `a=${how}`);
    await call.reoffer(now(2, 'inactive'));
    await waitUntil(() => device.capabilities === null, 2000);
    rig.clock.skip(2_000);
    await settled();
    assert.equal(device.capabilities, null, 'it may not send yet');
    await call.reoffer(now(3, 'sendrecv'));
    await told('g711A');
    await device.send('audio', g711A);
    await passed();
    await hangUp();
  });

  it('is never G.722.1 with a device that has keys for its media', async () => {
    const set = secured(deviceSet({ audio: [better, g711A] }), ['2.16.840.1.101.3.4.1.2']);
    await answered('0 8 113', { set }, { tokens: new KeyOffer(systemChance).tokens });
    const invite = await call.request('INVITE');
    assert.equal(audioLine(invite.text), '8');
    await accept(invite, '8');
    await hangUp();
  });

  it('changes no more where a caller was heard before the answer', async () => {
    await dialled({ set: deviceSet({ audio: [better, g711A, g711U] }) }, { early: 'h245Control' });
    rig.far.answer(call.invite, '183 Session Progress', [call.contact], sound('0 8 113'));
    await told('g711A', 'g711U');
    await device.send('audio', g711A);
    await call.take(sound('0 8 113'));
    const invite = await call.request('INVITE');
    assert.equal(audioLine(invite.text), '8');
    await accept(invite, '8');
    await passed();
    await told('g711A', 'g711U');
    await hangUp();
  });

  it('is not heard before the answer where it is only passed on, which no device was asked about', async () => {
    await dialled({ set: deviceSet({ audio: [g711A] }) }, { early: 'h245Control' });
    rig.far.answer(call.invite, '183 Session Progress', [call.contact], sound('113 8'));
    await waitUntil(() => device.call?.state === 'alerting', 2000);
    await call.take(sound('113 8'));
    await accept(await call.request('INVITE'), '8');
    await device.send('audio', g711A);
    await passed();
    await hangUp();
  });

  it('stays G.722.1 where the SIP end wants to change later, and is on hold when it holds', async () => {
    await answered('8 113', { set: deviceSet({ audio: [better, g711A] }) });
    await accept(await call.request('INVITE'), '113');
    await device.send('audio', better);
    await passed();
    const other = await call.reoffer(
      sound('8')
        .replace('77 1 IN', '77 2 IN')
        .replace(/m=video[^]*/, ''),
    );
    assert.match(other.start, / 488 /);
    const held = sound('113').replace('77 1 IN', '77 3 IN').replace('a=sendrecv', 'a=sendonly');
    assert.match((await call.reoffer(held)).start, / 200 /);
    const back = sound('113').replace('77 1 IN', '77 4 IN');
    assert.match((await call.reoffer(back)).start, / 200 /);
    await passed();
    await hangUp();
  });

  it('is left alone when the call ends before anything is settled', async () => {
    await answered('8 0 113', { set: deviceSet({ audio: [better, g711A] }) });
    await call.request('INVITE');
    await device.hangUp();
    await call.ends();
    await waitUntil(() => rig.h323.load === 0, 2000);
    await waitUntil(
      () => rig.clock.pending === 0,
      1000,
      () => `${rig.clock.pending} timers`,
    );
  });
});
