import assert from 'node:assert/strict';
import { systemChance } from '../../../src/base/ids.js';
import { silentLog } from '../../../src/base/log.js';
import { sealedChannel } from '../../../src/legs/h323/fast-keys.js';
import { proposedChannel } from '../../../src/legs/h323/fast-start.js';
import type { H323Leg } from '../../../src/legs/h323/h323-leg.js';
import { secured } from '../../../src/media/h245-capabilities.js';
import type { SrtpPolicy } from '../../../src/media/keying.js';
import type { AcceptedProposal, FastStartProposal } from '../../../src/protocol/h323/call/contract.js';
import { acceptProposal } from '../../../src/protocol/h323/call/fast-start.js';
import { writeAddress, writeOpening } from '../../../src/protocol/h323/control/channel-values.js';
import type { ChannelMedia, ChannelParameters } from '../../../src/protocol/h323/control/contract.js';
import { answerKeys, KeyOffer, type SharedSecret } from '../../../src/protocol/h323/h235/key-exchange.js';
import { makeKey, readKey } from '../../../src/protocol/h323/h235/media-keys.js';
import type { OpenLogicalChannel } from '../../../src/protocol/h323/h245/schema.js';
import { DialOut } from '../../../src/rooms/dial-out.js';
import { deviceSet, settle, startH323Rig, type H323Rig, type Peer, type PeerOptions } from '../../support/h323-rig.js';

const aes128 = '2.16.840.1.101.3.4.1.2';
const aes256 = '2.16.840.1.101.3.4.1.42';
const at = { address: '127.0.0.9', port: 6000 };
const control = { address: '127.0.0.9', port: 6001 };
const sound: ChannelMedia = { kind: 'audio', codec: 'g711U', frames: 20 };

/** Both directions of sound, as a caller proposes them. */
function proposed(first: number, algorithms: string[] | null): OpenLogicalChannel[] {
  const common: ChannelParameters = {
    ...{ media: sound, sessionId: 1, mediaChannel: null, mediaControlChannel: control, packetization: null },
    ...{ payloadType: algorithms && 117, encryption: algorithms && { algorithms } },
  };
  return [
    writeOpening(first, { forward: common, reverse: null }),
    writeOpening(first + 1, { forward: null, reverse: { ...common, mediaChannel: at } }),
  ];
}

describe('encrypted fast start of a caller', () => {
  let rig: H323Rig;
  const begin = async (srtp: SrtpPolicy = 'optional'): Promise<H323Rig> => (rig = await startH323Rig({ srtp }));
  afterEach(() => rig.nothingLeft());
  const answer = ({ accepted }: Peer): AcceptedProposal[] => [...(accepted ?? [])];

  for (const srtp of ['optional', 'required'] as const) {
    it(`has a key of ours for each direction, before there is a master (${srtp})`, async () => {
      await begin(srtp);
      const offer = new KeyOffer(systemChance);
      const fastStart = [...proposed(1, [aes256, aes128]), ...proposed(3, null)];
      const peer = await (await rig.peer({ noControl: true })).dial('meeting', { fastStart, tokens: offer.tokens });
      const secret = offer.answered(peer.call?.peer.tokens ?? []);
      assert.ok(secret);
      const [to, back] = answer(peer);
      assert.deepEqual(
        [to, back].map((one) => one && [one.direction, proposedChannel(one)?.encryption]),
        [
          ['transmit', { algorithms: [aes256] }],
          ['receive', { algorithms: [aes256] }],
        ],
      );
      const { keys, receive, send } = rig.legs('meeting')[0]!.lines.audio!.params!;
      const keyOf = (one: AcceptedProposal | undefined) => readKey(secret, aes256, one?.channel.encryptionSync, 0);
      assert.deepEqual(keys?.receive, [{ ...keyOf(to), format: 117 }]);
      assert.deepEqual(keys.send, { ...keyOf(back), format: 117 });
      assert.notDeepEqual(keys.receive[0]?.key, keys.send?.key);
      assert.deepEqual([receive[0]?.pt, send[0]?.pt, keys.send?.payloadType], [117, 117, 117]);
      assert.equal(rig.legs('meeting')[0]!.encrypted, true);
    });
  }

  it('that has keys and proposes plain media alone begins slowly, and encrypted', async () => {
    await begin();
    const tokens = new KeyOffer(systemChance).tokens;
    const peer = await rig.peer({ set: secured(deviceSet(), [aes128]) });
    await peer.dial('meeting', { fastStart: proposed(1, null), tokens });
    assert.deepEqual(answer(peer), []);
    assert.deepEqual(peer.channels('in'), ['audio 1', 'video 2']);
    assert.equal(rig.legs('meeting')[0]!.encrypted, true);
  });

  it('that has no keys is taken in the plain, of what is plain', async () => {
    await begin();
    const fastStart = [...proposed(1, [aes128]), ...proposed(3, null)];
    const peer = await (await rig.peer({ noControl: true })).dial('meeting', { fastStart });
    assert.deepEqual(
      answer(peer).map((one) => proposedChannel(one)?.encryption),
      [null, null],
    );
    assert.equal(rig.legs('meeting')[0]!.lines.audio?.params?.keys, undefined);
  });

  it('by an algorithm that is not ours begins slowly', async () => {
    await begin();
    const tokens = new KeyOffer(systemChance).tokens;
    const peer = await rig.peer({ set: secured(deviceSet(), [aes128]) });
    await peer.dial('meeting', { fastStart: proposed(1, ['1.2.3']), tokens });
    assert.deepEqual(answer(peer), []);
    assert.equal(rig.legs('meeting')[0]!.encrypted, true);
  });
});

describe('encrypted fast start of a call of ours', () => {
  let rig: H323Rig;
  let peer: Peer;
  afterEach(() => rig.nothingLeft());

  const call = async (
    options: PeerOptions = {},
    srtp: SrtpPolicy = 'optional',
    earlyH245 = false,
    fastStart = true,
  ): Promise<void> => {
    rig = await startH323Rig({ start: { fastStart, tunnelling: true, earlyH245 }, srtp, dialSrtp: 'optional' });
    peer = await rig.peer({ set: secured(deviceSet(), [aes128]), ...options });
    const { clock, metrics, dialer } = rig;
    const dialOut = new DialOut({ dialers: [dialer], clock, log: silentLog, metrics, perRoom: 5 });
    dialOut.call(rig.room('demo'), { to: `h323:board@127.0.0.1:${peer.port}` });
    await settle(clock);
  };
  const keysOf = () => {
    const keys = answerKeys(peer.call?.setup?.tokens ?? [], systemChance);
    assert.ok(keys, 'the Setup has half keys');
    return keys;
  };
  const proposal = (direction: FastStartProposal['direction']): FastStartProposal => {
    const found = peer.call?.proposals.find((one) => one.direction === direction && one.sessionID === 1);
    assert.ok(found, `a proposal to ${direction}`);
    return found;
  };
  const here = writeAddress(at);
  const taken = (one: FastStartProposal) => acceptProposal(one, { mediaChannel: here, mediaControlChannel: here });
  /** One that the callee takes with a key of its own. */
  const sealed = (direction: FastStartProposal['direction'], secret: SharedSecret) => {
    const seal = { algorithm: aes128, payloadType: 120 };
    const made = makeKey(secret, aes128, 120, systemChance);
    return { channel: sealedChannel(taken(proposal(direction)), { seal, made }), key: made.key };
  };
  const leg = (): H323Leg => rig.legs('demo')[0]!;
  const audio = () => [...rig.plane.lines.values()][0]!.params;

  for (const srtp of ['optional', 'required'] as const)
    it(`proposes encrypted channels alone: some that have keys would keep to plain ones (${srtp})`, async () => {
      await call({ noControl: true }, srtp);
      const all = peer.call?.proposals.map((one) => proposedChannel(one)?.encryption?.algorithms) ?? [];
      assert.ok(all.length >= 8);
      for (const algorithms of all) assert.deepEqual(algorithms, [aes128]);
    });

  it('is encrypted with the keys of the callee, from its answer on', async () => {
    await call({ noControl: true }, 'required');
    const { secret, tokens } = keysOf();
    const [out, back] = [sealed('transmit', secret), sealed('receive', secret)];
    peer.call?.connect({ tokens, fastStart: [out.channel, back.channel] });
    await settle(rig.clock);
    const { keys } = leg().lines.audio!.params!;
    assert.deepEqual(keys, { send: { ...out.key, format: 120 }, receive: [{ ...back.key, format: 120 }] });
    assert.equal(leg().encrypted, true);
  });

  it('waits for keys that come after the channels, with Connect', async () => {
    await call({ noControl: true });
    const { secret, tokens } = keysOf();
    const [out, back] = [sealed('transmit', secret), sealed('receive', secret)];
    peer.call?.progress({ fastStart: [out.channel, back.channel] });
    await settle(rig.clock);
    assert.equal(audio(), null, 'nothing flows');
    peer.call?.connect({ tokens });
    await settle(rig.clock);
    const { direction, keys } = leg().lines.audio!.params!;
    assert.deepEqual([direction, keys?.send], ['sendrecv', { ...out.key, format: 120 }]);
  });

  it('begins slowly where the key of the callee cannot be used', async () => {
    await call();
    const { secret, tokens } = keysOf();
    const { channel } = sealed('transmit', secret);
    const other = { group: secret.group, octets: Buffer.alloc(secret.octets.length, 7) };
    const { sync } = makeKey(other, aes256, 120, systemChance);
    peer.call?.connect({ tokens, fastStart: [{ ...channel, encryptionSync: sync }] });
    await settle(rig.clock);
    assert.deepEqual(peer.channels('in'), ['audio 1', 'video 2']);
    assert.equal(leg().encrypted, true);
    assert.match(await rig.metrics.text(), /quirks_total\{quirk="media_key_form"\} 1/);
  });

  it('takes nothing plain for what was proposed encrypted: it begins slowly', async () => {
    await call();
    const { tokens } = keysOf();
    const plainOf = ({ channel }: FastStartProposal): OpenLogicalChannel => {
      const { encryption: _, ...media } = proposedChannel(proposal('transmit'))!;
      const forward = { ...media, encryption: null, mediaChannel: at, mediaControlChannel: control };
      return writeOpening(channel.forwardLogicalChannelNumber, { forward, reverse: null });
    };
    peer.call?.connect({ tokens, fastStart: [plainOf(proposal('transmit'))] });
    await settle(rig.clock);
    assert.equal(leg().encrypted, true);
    assert.deepEqual(peer.channels('in'), ['audio 1', 'video 2']);
  });

  it('begins slowly with a callee that has none of it, and plain where that may be', async () => {
    await call({ set: deviceSet() });
    peer.call?.connect({ fastStart: [] });
    await settle(rig.clock);
    assert.deepEqual(peer.channels('in'), ['audio 1', 'video 2']);
    assert.deepEqual([leg().encrypted, leg().lines.audio?.params?.keys], [false, undefined]);
  });

  it('ends where keys are required and the callee has none', async () => {
    await call({ noControl: true }, 'required');
    peer.call?.connect({ fastStart: [taken(proposal('transmit'))] });
    await settle(rig.clock);
    assert.equal(peer.released?.reason, 'securityDenied');
    assert.equal(rig.legs('demo').length, 0);
  });

  for (const fastStart of [true, false])
    it(`with H.245 in the Setup opens no channel before the answer, and encrypted ones then (fast start: ${fastStart})`, async () => {
      await call({}, 'optional', true, fastStart);
      assert.ok(peer.session?.remote?.entries.some(({ capability }) => capability.kind === 'security'));
      assert.equal(peer.session!.role, 'slave');
      assert.deepEqual(peer.session!.channels, []);
      const { tokens } = keysOf();
      peer.call?.connect({ tokens, ...(fastStart ? { fastStart: [] } : {}) });
      await settle(rig.clock);
      assert.deepEqual(peer.channels('in'), ['audio 1', 'video 2']);
      assert.equal(leg().encrypted, true);
    });
});
