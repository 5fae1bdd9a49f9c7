import assert from 'node:assert/strict';
import { systemChance } from '../../../src/base/ids.js';
import { silentLog } from '../../../src/base/log.js';
import type { H323Leg } from '../../../src/legs/h323/h323-leg.js';
import { secured } from '../../../src/media/h245-capabilities.js';
import type { SrtpPolicy } from '../../../src/media/keying.js';
import type { LineName } from '../../../src/media/vocabulary.js';
import { bitsOf } from '../../../src/protocol/asn1/octets.js';
import type {
  Capability,
  ChannelMedia,
  ChannelParameters,
  RejectCause,
} from '../../../src/protocol/h323/control/contract.js';
import { KeyOffer, type SharedSecret } from '../../../src/protocol/h323/h235/key-exchange.js';
import { makeKey, readKey, type MadeKey } from '../../../src/protocol/h323/h235/media-keys.js';
import type { ClearToken } from '../../../src/protocol/h323/h235/schema.js';
import { DialOut } from '../../../src/rooms/dial-out.js';
import { FakeLeg } from '../../support/fakes/fake-leg.js';
import {
  deviceSet,
  settle,
  startH323Rig,
  type H323Rig,
  type H323RigOptions,
  type Peer,
} from '../../support/h323-rig.js';
import { ManualClock } from '../../support/manual-clock.js';
import { TurnNet } from '../../support/turn-net.js';

const aes128 = '2.16.840.1.101.3.4.1.2';
const lines: readonly LineName[] = ['audio', 'video', 'content'];

describe('encryption of H.323 calls', () => {
  let rig: H323Rig;
  const begin = async (options: H323RigOptions & { listener?: SrtpPolicy; fecc?: boolean } = {}): Promise<H323Rig> => {
    const { listener = null, ...more } = options;
    return (rig = await startH323Rig({ ...more, srtpOf: () => listener }));
  };
  afterEach(() => rig.nothingLeft());

  const quirk = async (name: string): Promise<number> =>
    Number(new RegExp(`quirks_total\\{quirk="${name}"\\} (\\d+)`).exec(await rig.metrics.text())?.[1] ?? 0);

  /** A device that has keys, and says so of all its media; `algorithms` empty: says so of none. */
  async function caller(
    tokens: readonly ClearToken[],
    { algorithms = [aes128], terminalType = 50 }: { algorithms?: string[]; terminalType?: number } = {},
  ): Promise<Peer> {
    const set = algorithms.length > 0 ? secured(deviceSet(), algorithms) : deviceSet();
    const peer = await rig.peer({ set, terminalType });
    return peer.dial('meeting', { tokens });
  }

  function secretOf(offer: KeyOffer, peer: Peer): SharedSecret {
    const secret = offer.answered(peer.call?.peer.tokens ?? []);
    assert.ok(secret, 'the answer has a half key');
    return secret;
  }

  /** Opens a channel as the device; what became of it. */
  async function open(
    peer: Peer,
    media: ChannelMedia,
    how: { algorithms: string[] | null; secret?: SharedSecret },
  ): Promise<RejectCause | 'open' | 'closed'> {
    const { algorithms, secret } = how;
    let cause: RejectCause | null = null;
    const heard = peer.session!.on.on('channelRefused', (refused) => (cause = refused.cause));
    const channel = peer.session!.open({
      forward: {
        ...{ media, sessionId: 1, mediaChannel: null, packetization: null },
        mediaControlChannel: { address: '127.0.0.9', port: 5001 },
        payloadType: algorithms ? 119 : null,
        encryption: algorithms && { algorithms },
      },
      reverse: null,
      ...(secret ? { encryptionSync: makeKey(secret, aes128, 119, systemChance).sync } : {}),
    });
    await settle(rig.clock);
    heard.dispose();
    return cause ?? (channel?.state === 'open' ? 'open' : 'closed');
  }
  const sound: ChannelMedia = { kind: 'audio', codec: 'g711A', frames: 20 };

  it('the device that has keys: every channel has one of ours, as we are master', async () => {
    await begin({ srtp: 'required' });
    const offer = new KeyOffer(systemChance);
    const peer = await caller(offer.tokens);
    const secret = secretOf(offer, peer);
    assert.equal(await open(peer, sound, { algorithms: [aes128] }), 'open');
    const [leg] = rig.legs('meeting');
    assert.equal(leg!.encrypted, true);
    assert.equal(rig.room('meeting').describe().participants[0]?.encrypted, true);
    const { acceptance } = peer.channel('out', 'audio');
    const key = readKey(secret, aes128, acceptance?.encryptionSync, 119);
    const { keys, receive } = leg!.lines.audio!.params!;
    assert.deepEqual(keys?.receive, [{ cipher: 'aes-128-cbc', key: key.key, payloadType: 119, format: 119 }]);
    assert.equal(receive[0]?.pt, 119);
    for (const kind of ['audio', 'video'] as const) {
      const { encryptionSync, forward } = peer.channel('in', kind).opening;
      assert.deepEqual(forward?.encryption, { algorithms: [aes128] });
      const ours = readKey(secret, aes128, encryptionSync, 0);
      assert.ok(forward.payloadType !== null && forward.payloadType >= 96, 'packets have a number of their own');
      assert.deepEqual(leg!.lines[kind]?.params?.keys?.send, { ...ours, format: forward.payloadType });
    }
    assert.notDeepEqual(keys.receive[0]!.key, keys.send?.key, 'each channel has a key of its own');
  });

  it('where the device is master its keys count, and a channel without one is refused', async () => {
    await begin();
    const offer = new KeyOffer(systemChance);
    const peer = await caller(offer.tokens, { terminalType: 240 });
    const secret = secretOf(offer, peer);
    assert.equal(await open(peer, sound, { algorithms: [aes128] }), 'securityDenied');
    assert.ok((await quirk('media_key_missing')) >= 1);
    assert.equal(await open(peer, sound, { algorithms: ['1.2.3'], secret }), 'dataTypeNotSupported');
    assert.equal(await open(peer, sound, { algorithms: [aes128], secret }), 'open');
    assert.equal(rig.legs('meeting')[0]!.lines.audio?.params?.keys?.receive?.[0]?.payloadType, 119);
  });

  it('a master that gives no key for our channel gets no media on it', async () => {
    await begin();
    const peer = await caller(new KeyOffer(systemChance).tokens, { terminalType: 240 });
    assert.deepEqual(peer.channels('in'), []);
    const problems = rig.legs('meeting')[0]!.lineProblems;
    assert.ok(problems.some(({ reason }) => reason.includes('no key')));
  });

  it('takes the key that it asked for as slave, also where a channel of the device has the same number', async () => {
    await begin();
    const offer = new KeyOffer(systemChance);
    const device = await rig.peer({ set: secured(deviceSet(), [aes128]), terminalType: 240, accepts: false });
    const peer = await device.dial('meeting', { tokens: offer.tokens });
    const secret = secretOf(offer, peer);
    const at = { address: '127.0.0.9', port: 5000 };
    for (const channel of peer.session!.channels) {
      if (channel.direction === 'out') continue;
      const { sync } = makeKey(secret, aes128, channel.opening.forward?.payloadType ?? 0, systemChance);
      channel.accept({ mediaChannel: at, mediaControlChannel: at, encryptionSync: sync });
    }
    await settle(rig.clock);
    assert.equal(await open(peer, sound, { algorithms: [aes128], secret }), 'open');
    const { number } = peer.channel('in', 'audio');
    assert.equal(peer.channel('out', 'audio').number, number);
    const wishes = new Map<number, number>();
    peer.session!.on.on('encryption', ({ pdu }) => {
      const { type, logicalChannelNumber } = pdu.command?.miscellaneousCommand ?? {};
      const { synchFlag } = type?.encryptionUpdateRequest ?? {};
      if (logicalChannelNumber !== undefined && synchFlag !== undefined) wishes.set(logicalChannelNumber, synchFlag);
    });
    rig.clock.advance(12 * 3_600_000);
    await settle(rig.clock);
    const line = rig.legs('meeting')[0]!.lines.audio!;
    const before = line.params!.keys!;
    // GNU Gatekeeper does not say whose channel it is
    const told = (made: MadeKey): Promise<void> => {
      const type = { encryptionUpdateCommand: { encryptionSync: made.sync } };
      peer.session!.send({ command: { miscellaneousCommand: { logicalChannelNumber: number, type } } });
      return settle(rig.clock);
    };
    const made = makeKey(secret, aes128, wishes.get(number) ?? 0, systemChance);
    await told(made);
    const { send, receive } = line.params!.keys!;
    assert.deepEqual([send?.key, receive], [made.key.key, before.receive]);
    // nobody has asked for another one: it is for the channel of the device
    const other = makeKey(secret, aes128, 111, systemChance);
    await told(other);
    assert.deepEqual(line.params!.keys?.send?.key, made.key.key);
    assert.deepEqual(line.params!.keys?.receive?.at(-1)?.key, other.key.key);
  });

  it('a room that requires it sends away who has no keys, or has them for nothing', async () => {
    await begin({ srtp: 'required' });
    const plain = await caller([], { algorithms: [] });
    assert.deepEqual([plain.released?.reason, rig.rooms.find('meeting')?.size ?? 0], ['securityDenied', 0]);
    const half = await caller(new KeyOffer(systemChance).tokens, { algorithms: [] });
    assert.equal(half.released?.reason, 'securityDenied');
    assert.equal(rig.rooms.find('meeting')?.size ?? 0, 0);
  });

  it('a room that requires it takes no plain channel', async () => {
    await begin({ srtp: 'required' });
    const peer = await caller(new KeyOffer(systemChance).tokens);
    assert.equal(await open(peer, sound, { algorithms: null }), 'securityDenied');
    assert.equal(rig.legs('meeting')[0]!.lines.audio?.params?.direction, 'sendonly');
  });

  it('a listener may require it as well, and may have none', async () => {
    await begin({ listener: 'required' });
    assert.equal((await caller([], { algorithms: [] })).released?.reason, 'securityDenied');
    await rig.nothingLeft();
    await begin({ listener: 'off' });
    const peer = await caller(new KeyOffer(systemChance).tokens);
    assert.deepEqual(peer.call?.peer.tokens, []);
    assert.equal(await open(peer, sound, { algorithms: null }), 'open');
    assert.equal(rig.legs('meeting')[0]!.encrypted, false);
    await rig.nothingLeft();
    await begin({ listener: 'off', srtp: 'required' });
    assert.equal((await caller(new KeyOffer(systemChance).tokens)).released?.reason, 'securityDenied');
  });

  it('where it is optional, a call without keys is plain, and one that mixes is not encrypted', async () => {
    await begin();
    const plain = await caller([], { algorithms: [] });
    assert.equal(plain.call?.state, 'active');
    assert.equal(await open(plain, sound, { algorithms: null }), 'open');
    const mixed = await caller(new KeyOffer(systemChance).tokens);
    assert.equal(await open(mixed, sound, { algorithms: null }), 'open');
    const [first, second] = rig.legs('meeting');
    assert.deepEqual([first!.encrypted, second!.encrypted], [false, false]);
    assert.equal(first!.lines.audio?.params?.keys, undefined);
    const { keys } = second!.lines.audio!.params!;
    assert.deepEqual([keys?.receive, keys?.send?.cipher], [undefined, 'aes-128-cbc']);
  });

  it('half keys that are no secret make a plain call, or none, and are counted', async () => {
    const weak = (): ClearToken[] => {
      const tokens = new KeyOffer(systemChance).tokens;
      for (const { dhkey } of tokens) if (dhkey) dhkey.halfkey = bitsOf(Buffer.from([1]));
      return tokens;
    };
    await begin();
    const peer = await caller(weak());
    assert.deepEqual([peer.call?.state, peer.call?.peer.tokens], ['active', []]);
    assert.equal(await quirk('weak_dh_key'), 1);
    await rig.nothingLeft();
    await begin({ srtp: 'required' });
    assert.equal((await caller(weak())).released?.reason, 'securityDenied');
    assert.equal(await quirk('weak_dh_key'), 1);
  });

  it('keys of the telephone are taken beside the sound, and go by H.245 where the device has that', async () => {
    await begin();
    const events: Capability = { kind: 'events', payloadType: 120, events: '0-15' };
    const set = secured(deviceSet({ audio: [{ kind: 'audio', codec: 'g711A', frames: 20 }] }), [aes128]);
    const entries = [...set.entries, { number: 90, direction: 'receive' as const, capability: events }];
    const tokens = new KeyOffer(systemChance).tokens;
    const peer = await (await rig.peer({ set: { ...set, entries } })).dial('meeting', { tokens });
    assert.equal(await open(peer, sound, { algorithms: [aes128] }), 'open');
    const [leg] = rig.legs('meeting');
    const { params } = leg!.lines.audio!;
    assert.deepEqual(params?.events, { receive: [{ pt: 101, clock: 8000 }], send: [{ pt: 120, clock: 8000 }] });
    assert.notEqual(params.keys?.send?.payloadType, 120, 'that number is for the events');
    await leg!.press('7');
    await settle(rig.clock);
    assert.deepEqual(peer.heard, ['key 7']);
    assert.equal(rig.plane.line('/audio').pressed, '');
  });

  it('keys of the telephone go beside the sound where the device has nothing else', async () => {
    await begin();
    const all = secured(deviceSet(), [aes128]);
    const events: Capability = { kind: 'events', payloadType: 101, events: '0-15' };
    const others = all.entries.filter(({ capability }) => capability.kind !== 'userInput');
    const set = { ...all, entries: [...others, { number: 90, direction: 'receive' as const, capability: events }] };
    const peer = await (await rig.peer({ set })).dial('meeting', { tokens: new KeyOffer(systemChance).tokens });
    await rig.legs('meeting')[0]!.press('7');
    await settle(rig.clock);
    assert.deepEqual([peer.heard, rig.plane.line('/audio').pressed], [[], '7']);
  });

  const h224: ChannelMedia = { kind: 'h224', maxBitRate: 4800 };
  const camera = () => rig.plane.line('/fecc').params;

  it('has camera control with a key for each direction, where the device says that it can', async () => {
    await begin({ fecc: true, srtp: 'required' });
    const offer = new KeyOffer(systemChance);
    const set = secured(deviceSet({ fecc: true }), [aes128]);
    const peer = await (await rig.peer({ set })).dial('meeting', { tokens: offer.tokens });
    const { encryptionSync, forward } = peer.channel('in', 'h224').opening;
    assert.deepEqual([forward?.encryption, forward?.payloadType], [{ algorithms: [aes128] }, 100]);
    const secret = secretOf(offer, peer);
    const ours = readKey(secret, aes128, encryptionSync, 0);
    assert.deepEqual(camera()?.keys?.send, { ...ours, format: 100 });
    assert.equal(await open(peer, h224, { algorithms: null }), 'securityDenied');
    assert.equal(await open(peer, h224, { algorithms: [aes128] }), 'open');
    const theirs = readKey(secret, aes128, peer.channel('out', 'h224').acceptance?.encryptionSync, 119);
    const { keys, data } = camera() ?? {};
    assert.deepEqual([keys?.receive, data], [[{ ...theirs, format: 119 }], { receive: 119, send: 100 }]);
  });

  it('has one key for a channel of the device that is for both directions', async () => {
    await begin({ fecc: true });
    const offer = new KeyOffer(systemChance);
    const peer = await caller(offer.tokens);
    const both = (encryption: ChannelParameters['encryption']): ChannelParameters => ({
      ...{ media: h224, sessionId: 3, mediaChannel: { address: '127.0.0.9', port: 5010 }, packetization: null },
      ...{ mediaControlChannel: { address: '127.0.0.9', port: 5011 }, payloadType: 115, encryption },
    });
    const causes: string[] = [];
    peer.session!.on.on('channelRefused', ({ cause }) => causes.push(cause));
    const sealed = { algorithms: [aes128] };
    peer.session!.open({ forward: both(sealed), reverse: both(null) });
    await settle(rig.clock);
    assert.deepEqual(causes, ['securityDenied'], 'half of it would be plain');
    peer.session!.open({ forward: both(sealed), reverse: both(sealed) });
    await settle(rig.clock);
    const channel = peer.session!.channels.find((one) => one.direction === 'out' && one.state === 'open');
    assert.ok(channel?.direction === 'out');
    const key = readKey(secretOf(offer, peer), aes128, channel.acceptance?.encryptionSync, 115);
    assert.deepEqual(camera()?.keys, { receive: [{ ...key, format: 115 }], send: { ...key, format: 115 } });
  });

  it('has no camera control that would be plain', async () => {
    await begin({ fecc: true });
    const half = { ...deviceSet({ fecc: true }) };
    const peer = await (await rig.peer({ set: half })).dial('meeting', { tokens: new KeyOffer(systemChance).tokens });
    assert.ok(!peer.channels('in').includes('h224 3'));
    assert.equal(await open(peer, h224, { algorithms: null }), 'securityDenied');
    const plain = await caller([], { algorithms: [] });
    assert.equal(await open(plain, h224, { algorithms: null }), 'open');
  });

  it('a call of a room that requires it is not made to a device without keys', async () => {
    await begin({ srtp: 'required' });
    const peer = await rig.peer();
    const failed: string[] = [];
    const room = rig.room('demo');
    room.join(new FakeLeg({ name: 'Somebody' }));
    dialling(rig).call(room, { to: `h323:room@127.0.0.1:${peer.port}` });
    room.on.on('participantFailed', ({ reason }) => failed.push(reason));
    await settle(rig.clock);
    assert.ok((peer.call?.setup?.tokens ?? []).length > 0, 'the Setup has half keys');
    await peer.answer();
    assert.equal(peer.released?.reason, 'securityDenied');
    assert.equal(room.size, 1);
    assert.deepEqual(failed, ['encrypted media (H.235.6) is required here']);
  });
});

function dialling({ dialer, clock, metrics }: H323Rig): DialOut {
  return new DialOut({ dialers: [dialer], clock, log: silentLog, metrics, perRoom: 5 });
}

describe('an encrypted H.323 call between two rooms', () => {
  async function pair(ours: H323RigOptions = {}, theirs: H323RigOptions = {}) {
    const [clock, net] = [new ManualClock(), new TurnNet()];
    const caller = await startH323Rig({ net, clock, srtp: 'required', ...ours });
    const at = { address: '127.0.0.2', port: 1720 };
    const callee = await startH323Rig({ net, clock, srtp: 'required', mediaPort: 40_000, at, ...theirs });
    dialling(caller).call(caller.room('demo'), { to: 'h323:meeting@127.0.0.2:1720' });
    await settle(clock, 2000);
    const legOf = (rig: H323Rig, room: string): H323Leg => rig.legs(room).find((leg) => 'parts' in leg)!;
    return {
      ...{ caller, callee, clock },
      legs: [legOf(caller, 'demo'), legOf(callee, 'meeting')] as const,
      async close() {
        await Promise.all([caller.close(), callee.close()]);
        assert.equal(clock.pending, 0);
      },
    };
  }

  /** What one side sends with is what the other takes. */
  function assertKeysFit(from: H323Leg, to: H323Leg, names: readonly LineName[]): void {
    for (const name of names) {
      const send = from.lines[name]?.params?.keys?.send;
      const receive = to.lines[name]?.params?.keys?.receive ?? [];
      assert.ok(send, `${name} is encrypted`);
      assert.deepEqual(receive.at(-1), { ...send, format: receive.at(-1)?.format }, name);
    }
  }

  it('has keys for sound, pictures and content', async () => {
    const { caller, legs, clock, close } = await pair();
    const [ours, theirs] = legs;
    assert.deepEqual([ours.encrypted, theirs.encrypted], [true, true]);
    assertKeysFit(ours, theirs, ['audio', 'video']);
    assertKeysFit(theirs, ours, ['audio', 'video']);
    assert.equal(ours.lines.audio?.params?.keys?.send?.cipher, 'aes-256-cbc');
    const somebody = new FakeLeg({ name: 'Somebody', content: 'sendrecv' });
    caller.room('demo').join(somebody);
    const { id } = caller
      .room('demo')
      .describe()
      .participants.find(({ name }) => name === 'Somebody')!;
    caller.room('demo').requestFloor(id);
    await settle(clock, 3000);
    assert.equal(ours.lines.content?.params?.direction, 'sendonly');
    assertKeysFit(ours, theirs, ['content']);
    const all = lines.map((name) => Buffer.from(ours.lines[name]!.params!.keys!.send!.key).toString('hex'));
    assert.equal(new Set(all).size, 3);
    await close();
  });

  it('gets new keys twice a day, both ways, and uses them', async () => {
    const { legs, clock, close } = await pair();
    const [ours, theirs] = legs;
    const sent = (leg: H323Leg): string[] =>
      (['audio', 'video'] as const).map((name) => {
        const { key, payloadType } = leg.lines[name]!.params!.keys!.send!;
        return `${payloadType} ${Buffer.from(key).toString('hex')}`;
      });
    const before = [sent(ours), sent(theirs)].flat();
    clock.advance(12 * 3_600_000 - 10_000);
    await settle(clock, 15_000);
    const after = [sent(ours), sent(theirs)].flat();
    assert.equal(new Set([...before, ...after]).size, 8);
    assertKeysFit(ours, theirs, ['audio', 'video']);
    assertKeysFit(theirs, ours, ['audio', 'video']);
    for (const leg of legs)
      for (const name of ['audio', 'video'] as const)
        assert.equal(leg.lines[name]!.params!.keys!.receive!.length, 2, 'the old key is still taken');
    await close();
  });

  for (const srtp of ['optional', 'required'] as const)
    for (const [fastStart, earlyH245] of [
      [true, false],
      [true, true],
      [false, true],
    ] as const) {
      const how = [fastStart ? 'fast start' : '', earlyH245 ? 'H.245 in the Setup' : ''].filter(Boolean).join(' and ');
      it(`is encrypted with ${how} as well (${srtp})`, async () => {
        const start = { fastStart, earlyH245, tunnelling: true };
        const { legs, caller, clock, close } = await pair({ start, srtp }, { srtp });
        const [ours, theirs] = legs;
        assert.deepEqual([ours.encrypted, theirs.encrypted], [true, true]);
        const { channels } = ours.parts.session;
        // H.245 begins to number its own at 101
        const fast = channels.filter(({ direction, number }) => direction === 'out' && number < 101);
        assert.deepEqual([channels.length, fast.length], [4, fastStart ? 2 : 0]);
        assertKeysFit(ours, theirs, ['audio', 'video']);
        assertKeysFit(theirs, ours, ['audio', 'video']);
        clock.advance(12 * 3_600_000 - 10_000);
        await settle(clock, 15_000);
        const fresh = ours.lines.audio?.params?.keys?.receive?.length;
        assert.equal(fresh, 2, 'channels of fast start get new keys as well');
        assertKeysFit(ours, theirs, ['audio', 'video']);
        assertKeysFit(theirs, ours, ['audio', 'video']);
        assert.equal(caller.legs('demo').length, 1);
        await close();
      });
    }
});
