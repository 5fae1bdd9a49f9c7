import assert from 'node:assert/strict';
import type { CallFacts } from '../../../src/legs/admission/verdict.js';
import type { FakeLine } from '../../support/fakes/fake-line.js';
import { capabilitySet } from '../../../src/protocol/h323/control/capabilities.js';
import type { Capability, IncomingChannel } from '../../../src/protocol/h323/control/contract.js';
import type { Emitter } from '../../../src/base/events.js';
import type { CallEvents } from '../../../src/protocol/h323/call/contract.js';
import { FakeLeg } from '../../support/fakes/fake-leg.js';
import type { CapabilitySet } from '../../../src/protocol/h323/control/contract.js';
import { bothWays } from '../../support/control-rig.js';
import {
  deviceSet,
  picture,
  settle,
  startH323Rig,
  type DeviceAbilities,
  type H323Rig,
} from '../../support/h323-rig.js';

const receiving = (capability: Capability) => ({ direction: 'receive' as const, capability });

describe('an H.323 call into a room', () => {
  let rig: H323Rig;
  beforeEach(async () => (rig = await startH323Rig()));
  afterEach(() => rig.nothingLeft());

  it('shows in the roster that a device has turned its sound off', async () => {
    const peer = await rig.peer();
    await peer.dial('demo');
    await peer.send('audio');
    const muted = (): boolean | undefined => rig.room('demo').describe().participants[0]?.muted;
    const changes: boolean[] = [];
    rig.room('demo').on.on('participantChanged', (one) => changes.push(one.muted));
    assert.equal(muted(), false);
    peer.session?.mute(peer.channel('out', 'audio'), true);
    await settle(rig.clock);
    assert.deepEqual([muted(), changes.at(-1)], [true, true]);
    peer.session?.mute(peer.channel('out', 'audio'), false);
    await settle(rig.clock);
    assert.deepEqual([muted(), changes.at(-1)], [false, false]);
  });

  it('has sound and pictures both ways, and its name and product in the roster', async () => {
    const peer = await (await rig.peer()).dial('meeting');
    await peer.send('audio');
    await peer.send('video');
    assert.equal(peer.call?.state, 'active');
    assert.deepEqual(peer.channels('in'), ['audio 1', 'video 2']);
    assert.deepEqual(peer.channels('out'), ['audio 1', 'video 2']);
    const [one] = rig.room('meeting').describe().participants;
    assert.deepEqual(
      [one?.name, one?.agent, one?.audio, one?.video, one?.content],
      ['Room System', 'Roomy 1.0', true, true, 'separate'],
    );
    const { audio, video } = rig.legs('meeting')[0]!.lines;
    assert.equal(audio?.params?.direction, 'sendrecv');
    assert.deepEqual(audio?.params?.remote, { address: '127.0.0.9', rtpPort: 5000, rtcpPort: 5001 });
    assert.deepEqual([audio?.params?.send[0]?.name, audio?.params?.receive[0]?.name], ['PCMA', 'PCMA']);
    // each side's number for what it sends
    assert.deepEqual([video?.params?.send[0]?.pt, video?.params?.receive[0]?.pt], [96, 109]);
    assert.equal(video?.params?.maxKbps, 1920);
  });

  it('is told where our ports are', async () => {
    const peer = await (await rig.peer()).dial('meeting');
    await peer.send('audio');
    const { audio } = rig.legs('meeting')[0]!.lines;
    const { acceptance } = peer.channel('out', 'audio');
    assert.equal(acceptance?.mediaChannel?.port, audio?.local.rtpPort);
    assert.equal(acceptance?.mediaControlChannel?.port, audio?.local.rtcpPort);
    assert.equal(peer.channel('in', 'audio').opening.forward?.mediaControlChannel?.port, audio?.local.rtcpPort);
  });

  for (const [dialled, room] of [
    ['', 'demo'],
    ['meeting', 'meeting'],
    ['4711', '4711'],
    ['127.0.0.1##meeting', 'meeting'],
    ['meeting##127.0.0.1', 'meeting'],
    ['h323:meeting@example.org', 'meeting'],
    ['Meeting', 'meeting'],
  ] as const) {
    it(`"${dialled}" leads to ${room}`, async () => {
      const peer = await (await rig.peer()).dial(dialled);
      assert.equal(peer.call?.state, 'active');
      assert.equal(rig.room(room).size, 1);
    });
  }

  it('to somebody behind the destination (remoteExtensionAddress) leads there', async () => {
    const peer = await (await rig.peer()).dial('demo', { extension: { dialledDigits: '4711' } });
    assert.equal(peer.call?.state, 'active');
    assert.equal(rig.room('4711').size, 1);
  });

  it('by number only, in the called party number, leads there', async () => {
    const peer = await (await rig.peer()).dial('', { calledNumber: '4711' });
    assert.equal(peer.call?.state, 'active');
    assert.equal(rig.room('4711').size, 1);
  });

  it('to nobody, to a full room and to one with a PIN is refused with what H.225 has for it', async () => {
    const refused = async (name: string): Promise<unknown> => {
      const peer = await (await rig.peer()).dial(name);
      return [peer.released?.cause, peer.released?.reason];
    };
    assert.deepEqual(await refused('nowhere'), [1, 'unreachableDestination']);
    assert.deepEqual(await refused('board'), [21, 'noPermission']);
    assert.deepEqual(await refused('board*1111'), [21, 'securityDenied']);
    await rig.gateway.close();
  });

  it('with the PIN comes in', async () => {
    const peer = await (await rig.peer()).dial('board*2468');
    assert.equal(peer.call?.state, 'active');
    assert.equal(rig.room('board').size, 1);
  });

  it('with a PIN has it crossed out in its diagnosis', async () => {
    const secrets: string[][] = [];
    const nothing = (): void => undefined;
    const calls = {
      answered: nothing,
      seated: nothing,
      secret: (call: string, text: string) => secrets.push([call, text]),
      inner: nothing,
      sound: nothing,
    };
    const watched = await startH323Rig({ calls });
    const peer = await (await watched.peer()).dial('board*2468');
    assert.deepEqual(secrets, [[peer.call?.callIdentifier, '2468']]);
    await watched.nothingLeft();
  });

  it('leaves when the device hangs up, and is hung up when it is removed', async () => {
    const one = await (await rig.peer()).dial('meeting');
    const two = await (await rig.peer()).dial('meeting');
    const room = rig.room('meeting');
    const left: string[] = [];
    room.on.on('participantLeft', ({ reason }) => left.push(reason));
    await one.hangUp();
    await room.remove(room.describe().participants[0]!.id, 'a moderator');
    await settle(rig.clock);
    assert.deepEqual(left, ['left', 'removed by a moderator']);
    assert.deepEqual([two.released?.cause, two.released?.reason], [21, 'destinationRejection']);
  });

  it('leaves when a device hangs up that does not end its H.245 before', async () => {
    const peer = await (await rig.peer()).dial('meeting');
    const left: string[] = [];
    rig.room('meeting').on.on('participantLeft', ({ reason }) => left.push(reason));
    // ooh323c says so in no message
    Object.assign(peer.call?.control ?? {}, { saidEnd: true });
    await peer.hangUp();
    assert.deepEqual(left, ['left']);
  });

  it('keyframes are asked for both ways', async () => {
    const peer = await (await rig.peer()).dial('meeting');
    await peer.send('video');
    const [leg] = rig.legs('meeting');
    const asked: string[] = [];
    leg!.on.on('refresh', ({ line }) => asked.push(line));
    peer.session?.requestFastUpdate(peer.channel('in', 'video'));
    await settle(rig.clock, 300);
    assert.deepEqual(asked, ['video']);
    // a receiver of ours needs one, and the peer has no RTCP for it
    (leg!.lines.video as FakeLine).events.emit('keyframeWanted', undefined);
    await settle(rig.clock, 300);
    assert.deepEqual(peer.heard, ['keyframe video']);
  });

  it('flow control bounds what we send, and ours bounds the device', async () => {
    const peer = await (await rig.peer()).dial('meeting');
    await peer.send('video');
    const [leg] = rig.legs('meeting');
    peer.session?.limit(peer.channel('in', 'video'), 512_000);
    await settle(rig.clock);
    assert.equal(leg!.lines.video?.params?.maxKbps, 512);
    peer.session?.limit(peer.channel('in', 'video'), 0);
    await settle(rig.clock);
    assert.equal(leg!.lines.video?.params?.direction, 'recvonly');
    peer.session?.limit(peer.channel('in', 'video'), null);
    await settle(rig.clock);
    assert.deepEqual([leg!.lines.video?.params?.direction, leg!.lines.video?.params?.maxKbps], ['sendrecv', 1920]);
    // all channels together (wholeMultiplex); the lesser counts
    peer.session?.limit(null, 256_000);
    await settle(rig.clock);
    assert.equal(leg!.lines.video?.params?.maxKbps, 256);
    peer.session?.limit(peer.channel('in', 'video'), 128_000);
    await settle(rig.clock);
    assert.equal(leg!.lines.video?.params?.maxKbps, 128);
    peer.session?.limit(peer.channel('in', 'video'), null);
    peer.session?.limit(null, null);
    await settle(rig.clock);
    assert.equal(leg!.lines.video?.params?.maxKbps, 1920);
    leg!.limit('video', 768);
    await settle(rig.clock);
    assert.deepEqual(peer.heard, ['rate 768000']);
  });

  it('keys come by H.245 and by Q.931, and are pressed by H.245', async () => {
    const peer = await (await rig.peer()).dial('meeting');
    const [leg] = rig.legs('meeting');
    const keys: string[] = [];
    leg!.on.on('digits', ({ digit }) => keys.push(digit));
    peer.session?.press('5', 200);
    await settle(rig.clock);
    peer.call?.keypad('*#');
    await settle(rig.clock);
    assert.deepEqual(keys, ['5', '*', '#']);
    await leg!.press('12d');
    await settle(rig.clock);
    assert.deepEqual(peer.heard, ['key 1', 'key 2', 'key D']);
  });

  it('keys that come as one endless text are not all taken', async () => {
    const peer = await (await rig.peer()).dial('meeting');
    const [leg] = rig.legs('meeting');
    let keys = 0;
    leg!.on.on('digits', () => (keys += 1));
    peer.session?.send({ indication: { userInput: { alphanumeric: '1'.repeat(20_000) } } });
    await settle(rig.clock);
    assert.equal(keys, 128);
  });

  it('a picture that the device calls muted is not shown, and its silence is normal', async () => {
    const peer = await (await rig.peer()).dial('meeting');
    await peer.send('video');
    const muted = (on: boolean): Promise<void> => {
      peer.session?.mute(peer.channel('out', 'video'), on);
      return settle(rig.clock);
    };
    const camera = (): boolean | undefined => rig.room('meeting').describe().participants[0]?.video;
    await muted(true);
    assert.deepEqual([camera(), rig.legs('meeting')[0]!.lines.video?.params?.held], [false, true]);
    await muted(false);
    assert.equal(camera(), true);
  });

  it('the device is told which channels of ours carry nothing, also where one opens later', async () => {
    const peer = await (await rig.peer()).dial('meeting');
    await peer.send('audio');
    const [leg] = rig.legs('meeting');
    const said: string[] = [];
    peer.session?.on.on('muted', ({ channel, muted }) =>
      said.push(`${channel.opening.forward?.media.kind} ${muted ? 'off' : 'on'}`),
    );
    const tell = async (audio: boolean, video: boolean): Promise<void> => {
      leg!.tell({ idle: { audio, video } });
      await settle(rig.clock);
    };
    await tell(true, false);
    await tell(true, false);
    await tell(false, true);
    assert.deepEqual(said.splice(0), ['audio off', 'audio on', 'video off']);
    peer.session?.changeCapabilities(null);
    await settle(rig.clock);
    await tell(true, false);
    assert.deepEqual(said, []);
    peer.session?.changeCapabilities(deviceSet());
    await settle(rig.clock);
    assert.deepEqual(said, ['audio off']);
  });

  it('an empty capability set pauses what we send; a full one begins it again', async () => {
    const peer = await (await rig.peer()).dial('meeting');
    await peer.send('audio');
    peer.session?.changeCapabilities(null);
    await settle(rig.clock);
    const [leg] = rig.legs('meeting');
    assert.deepEqual(peer.channels('in'), []);
    assert.equal(leg!.lines.audio?.params?.direction, 'recvonly');
    peer.session?.changeCapabilities(deviceSet());
    await settle(rig.clock, 1000);
    assert.deepEqual(peer.channels('in'), ['audio 1', 'video 2']);
    assert.equal(leg!.lines.audio?.params?.direction, 'sendrecv');
  });

  it('a set without what is sent ends it: another codec goes on by the same ports, or nothing', async () => {
    const [pcma, pcmu] = (['g711A', 'g711U'] as const).map((codec) => ({ kind: 'audio' as const, codec, frames: 20 }));
    const set = (more: Partial<DeviceAbilities>): CapabilitySet => deviceSet({ audio: [pcma!], ...more });
    const peer = await (await rig.peer({ set: set({}) })).dial('meeting');
    const [leg] = rig.legs('meeting');
    const port = leg!.lines.audio?.local.rtpPort;
    const numbers = (): number[] => (peer.session?.channels ?? []).map(({ number }) => number);
    const before = numbers();
    // the same again changes nothing, nor does more than before
    for (const again of [set({}), set({ audio: [pcmu!, pcma!] })]) {
      peer.session?.changeCapabilities(again);
      await settle(rig.clock);
      assert.deepEqual(numbers(), before);
    }
    peer.session?.changeCapabilities(set({ audio: [pcmu!] }));
    await settle(rig.clock);
    assert.deepEqual(
      leg!.lines.audio?.params?.send.map(({ name }) => name),
      ['PCMU'],
    );
    assert.equal(leg!.lines.audio?.local.rtpPort, port);
    assert.deepEqual(peer.channels('in').sort(), ['audio 1', 'video 2']);
    peer.session?.changeCapabilities(set({ audio: [pcmu!], video: false, h239: false }));
    await settle(rig.clock);
    assert.deepEqual(peer.channels('in'), ['audio 1']);
    assert.equal(leg!.lines.video, null);
    peer.session?.changeCapabilities(set({ audio: [pcmu!] }));
    await settle(rig.clock);
    assert.deepEqual(peer.channels('in'), ['audio 1', 'video 2']);
  });

  it('a set for smaller pictures ends larger ones', async () => {
    const sized = (maxFs: number): CapabilitySet => {
      const set = deviceSet({ h239: false });
      const entries = set.entries.map((entry) =>
        entry.capability.kind === 'video' ? { ...entry, capability: { ...picture, levelIdc: 13, maxFs } } : entry,
      );
      return { ...set, entries };
    };
    const peer = await (await rig.peer({ set: sized(3584) })).dial('meeting');
    const largest = (): unknown =>
      rig.legs('meeting')[0]?.lines.video?.params?.send.map((one) => 'maxFs' in one && one.maxFs);
    assert.deepEqual(largest(), [3584]);
    peer.session?.changeCapabilities(sized(1536));
    await settle(rig.clock);
    assert.deepEqual(largest(), [1536]);
  });

  it('a full capability set may come with other addresses: everything goes there (third-party re-routing)', async () => {
    const first = { address: '127.0.0.9', port: 5000 };
    const acceptance = { mediaChannel: first, mediaControlChannel: { ...first, port: 5001 } };
    const peer = await (await rig.peer({ acceptance })).dial('meeting');
    await peer.send('audio');
    await peer.send('video');
    const other = new FakeLeg({ name: 'Other', content: 'sendrecv' });
    rig.room('meeting').join(other);
    const { id } = rig
      .room('meeting')
      .describe()
      .participants.find(({ name }) => name === 'Other')!;
    rig.room('meeting').requestFloor(id);
    await settle(rig.clock);
    assert.deepEqual(peer.channels('in'), ['audio 1', 'video 2', 'content 32']);
    // H.323 §8.4.6: all that goes to the old place ends, and the channels of the old place are closed
    peer.session?.changeCapabilities(null);
    for (const kind of ['audio', 'video'] as const) peer.channel('out', kind).close();
    await settle(rig.clock, 5000);
    const [leg] = rig.legs('meeting');
    assert.deepEqual([peer.channels('in'), peer.channels('out'), peer.call?.state], [[], [], 'active']);
    assert.deepEqual([...rig.plane.lines.keys()], []);
    const place = { address: '127.0.0.10', port: 6000 };
    Object.assign(acceptance, { mediaChannel: place, mediaControlChannel: { ...place, port: 6001 } });
    const sounds = [{ kind: 'audio' as const, codec: 'g711U' as const, frames: 20 }];
    peer.session?.changeCapabilities(deviceSet({ audio: sounds }));
    await settle(rig.clock, 1000);
    await peer.send('audio', sounds[0]);
    await peer.send('video');
    await settle(rig.clock, 1000);
    assert.deepEqual(peer.channels('in').sort(), ['audio 1', 'content 32', 'video 2']);
    assert.deepEqual(peer.channels('out'), ['audio 1', 'video 2']);
    for (const name of ['audio', 'video', 'content'] as const) {
      const { params, local } = leg!.lines[name]!;
      assert.deepEqual(params?.remote, { address: place.address, rtpPort: 6000, rtcpPort: 6001 }, name);
      assert.equal(params?.direction, name === 'content' ? 'sendonly' : 'sendrecv');
      if (name !== 'content') assert.equal(peer.channel('out', name).acceptance?.mediaChannel?.port, local.rtpPort);
    }
    assert.equal(leg!.lines.audio?.params?.send[0]?.name, 'PCMU');
  });

  it('telephone-events go both ways where the device has them', async () => {
    const audio: Capability[] = [{ kind: 'audio', codec: 'g711A', frames: 20 }];
    const events: Capability = { kind: 'events', payloadType: 97, events: '0-16' };
    const set = capabilitySet([audio, [events]].map((group) => group.map((one) => receiving(one))));
    const peer = await (await rig.peer({ set })).dial('meeting');
    await peer.send('audio');
    const [leg] = rig.legs('meeting');
    const line = leg!.lines.audio as FakeLine;
    const { send, receive } = line.params!.events;
    // each by the number of who takes them
    assert.deepEqual([send, receive], [[{ pt: 97, clock: 8000 }], [{ pt: 101, clock: 8000 }]]);
    await leg!.press('12#');
    assert.deepEqual([line.pressed, peer.heard], ['12#', []]);
    const keys: string[] = [];
    leg!.on.on('digits', ({ digit }) => keys.push(digit));
    line.events.emit('digit', { digit: '7', durationMs: 200 });
    assert.deepEqual(keys, ['7']);
    // the same key told by H.245 as well is one
    peer.session?.send({ indication: { userInput: { signal: { signalType: '7', duration: 200 } } } });
    await settle(rig.clock);
    assert.deepEqual(keys, ['7']);
  });

  it('a codec that was not offered is refused, and a closed channel frees its line', async () => {
    const peer = await (await rig.peer({ set: deviceSet({ video: false, h239: false }) })).dial('meeting');
    await peer.send('audio', { kind: 'audio', codec: 'g729', frames: 2 });
    assert.deepEqual(peer.channels('out'), []);
    await peer.send('video');
    assert.ok(rig.legs('meeting')[0]!.lines.video);
    peer.channel('out', 'video').close();
    await settle(rig.clock);
    assert.equal(rig.legs('meeting')[0]!.lines.video, null);
    assert.deepEqual(
      [...rig.plane.lines.keys()].map((id) => id.replace(/.*\//, '')),
      ['audio'],
    );
  });

  it('as slave it sends by the codec of the master, where that wants one for both directions', async () => {
    const audio: Capability[] = [
      { kind: 'audio', codec: 'g722', frames: 20 },
      { kind: 'audio', codec: 'g711A', frames: 20 },
    ];
    const set = deviceSet({ audio, video: false, h239: false });
    const peer = await (await rig.peer({ ignoresChannels: true, terminalType: 240, set })).dial('meeting');
    const offered = (): IncomingChannel | undefined =>
      peer.session?.channels.find((one): one is IncomingChannel => one.direction === 'in' && one.state === 'offered');
    const codec = (): unknown => {
      const media = offered()?.opening.forward?.media;
      return media?.kind === 'audio' && media.codec;
    };
    assert.equal(codec(), 'g722');
    await peer.send('audio');
    offered()?.reject('masterSlaveConflict');
    await settle(rig.clock);
    assert.equal(codec(), 'g711A');
    // it is no use to say the same again
    const again = offered()?.number;
    offered()?.reject('masterSlaveConflict');
    await settle(rig.clock);
    assert.equal(offered(), undefined, `${again} was the last`);
    assert.match(rig.legs('meeting')[0]?.lineProblems[0]?.reason ?? '', /masterSlaveConflict/);
    // a new set is a new beginning
    peer.session?.changeCapabilities(null);
    await settle(rig.clock);
    peer.session?.changeCapabilities(set);
    await settle(rig.clock);
    offered()?.reject('masterSlaveConflict');
    await settle(rig.clock);
    assert.equal(codec(), 'g711A');
    offered()?.accept({ mediaChannel: { address: '127.0.0.9', port: 5000 }, mediaControlChannel: null });
    await settle(rig.clock);
    assert.deepEqual(
      rig.legs('meeting')[0]?.lines.audio?.params?.send.map(({ name }) => name),
      ['PCMA'],
    );
  });

  it('sound and pictures have a channel for each direction: one for both is refused (H.323 §6.2.8)', async () => {
    const peer = await (await rig.peer()).dial('meeting');
    const causes: string[] = [];
    peer.session?.on.on('channelRefused', ({ cause }) => causes.push(cause));
    for (const media of [{ kind: 'audio', codec: 'g711A', frames: 20 } as const, picture]) {
      peer.session?.open(bothWays(media));
      await settle(rig.clock);
    }
    assert.deepEqual(causes, ['dataTypeNotSupported', 'dataTypeNotSupported']);
    assert.deepEqual(peer.channels('out'), []);
  });

  it('a channel that the device wants closed stays so, unless it wants it opened again', async () => {
    const peer = await (await rig.peer()).dial('meeting');
    const number = peer.channel('in', 'video').number;
    peer.channel('in', 'video').requestClose('reopen');
    await settle(rig.clock);
    assert.deepEqual(peer.channels('in'), ['audio 1', 'video 2']);
    assert.notEqual(peer.channel('in', 'video').number, number);
    peer.channel('in', 'video').requestClose();
    await settle(rig.clock);
    assert.deepEqual(peer.channels('in'), ['audio 1']);
  });

  it('without a codec in common ends by itself', async () => {
    const set = capabilitySet([[{ direction: 'receive', capability: { kind: 'audio', codec: 'g729', frames: 2 } }]]);
    const peer = await (await rig.peer({ set })).dial('meeting');
    assert.deepEqual(
      rig.legs('meeting')[0]!.lineProblems.map(({ line }) => line),
      ['audio'],
    );
    await settle(rig.clock, 30_000);
    assert.ok(peer.released);
    assert.equal(rig.room('meeting').size, 0);
  });

  it('that falls silent is ended', async () => {
    const peer = await (await rig.peer()).dial('meeting');
    await peer.send('audio');
    await settle(rig.clock, 15_000);
    (rig.legs('meeting')[0]!.lines.audio as FakeLine).events.emit('silent', { ms: 15_000 });
    await settle(rig.clock, 100);
    assert.equal(peer.released?.cause, 102);
  });

  it('that falls silent on hold, as Notify has it, is not ended; afterwards it has its time anew', async () => {
    const peer = await rig.peer();
    await peer.dial('meeting');
    await peer.send('audio');
    const line = rig.legs('meeting')[0]!.lines.audio as FakeLine;
    const ended = (): boolean => peer.released !== null;
    const [call] = [...rig.endpoint.calls].filter(({ role }) => role === 'callee');
    const notified = call!.on as Emitter<CallEvents>;
    notified.emit('held', true);
    await settle(rig.clock, 15_000);
    line.events.emit('silent', { ms: 15_000 });
    await settle(rig.clock, 60_000);
    assert.ok(!ended());
    notified.emit('held', false);
    await settle(rig.clock, 14_000);
    assert.ok(!ended());
    await settle(rig.clock, 1000);
    assert.ok(ended());
  });
});

describe('H.323 callers who dial our address only', () => {
  it('are asked for a room by a voice, and come in by their keys', async () => {
    const rig = await startH323Rig({ bare: null });
    const peer = await (await rig.peer()).dial('');
    await peer.send('audio');
    assert.equal(peer.call?.state, 'active');
    await settle(rig.clock, 2500);
    // nobody presents to a voice, and it is no conference
    peer.session?.token.take();
    await settle(rig.clock);
    assert.deepEqual(peer.heard, ['refused rejected']);
    const conference: boolean[] = [];
    peer.session?.on.on('conference', ({ active }) => conference.push(active));
    for (const key of '4711#') {
      peer.session?.press(key, 100);
      await settle(rig.clock, 2000);
    }
    assert.equal(rig.room('4711').size, 1);
    // by a command and an indication
    assert.deepEqual(conference, [true, true]);
    await rig.nothingLeft();
  });
});

describe('the dial plan', () => {
  it('knows calls by H.323 from others by their transport', async () => {
    const seen: CallFacts[] = [];
    const decide = (facts: CallFacts): null => {
      seen.push(facts);
      return null;
    };
    const rig = await startH323Rig({ decide });
    await (await rig.peer()).dial('anywhere');
    assert.deepEqual(
      seen.map(({ uri, transport, user }) => [uri, transport, user]),
      [['anywhere', 'h323', null]],
    );
    await rig.nothingLeft();
  });
});
