import assert from 'node:assert/strict';
import { holdsTone } from '../../scripts/endpoint/audio/spectrum.js';
import { startEndpoint, type Endpoint } from '../../scripts/endpoint/endpoint.js';
import { systemNet } from '../../src/base/system-net.js';
import type { SipLeg } from '../../src/legs/sip/sip-leg.js';
import type { Participant } from '../../src/rooms/participant.js';
import { describePeer } from '../support/offers.js';
import { RawCall } from '../support/raw-call.js';
import { SipPeer } from '../support/sip-peer.js';
import { startTestGateway, type TestGateway } from './support/gateway.js';
import {
  bfcpMessages,
  brokenDescriptions,
  brokenMedia,
  noise,
  pause,
  throwDatagrams,
  throwFrames,
  throwStreams,
  tortureMessages,
  type Thrown,
} from './support/hostile.js';
import { skipWithout } from './support/needs.js';
import { until } from './support/until.js';

const here = '127.0.0.1';
const tones = { ANNA: 440, BERTA: 1000 } as const;

describe('a conference under hostile input', function () {
  this.timeout(60_000);
  let gateway: TestGateway;
  let anna: Endpoint;
  let berta: Endpoint;

  before(async function () {
    skipWithout(this, ['ffmpeg']);
    gateway = await startTestGateway();
    const join = (name: keyof typeof tones, bfcp: 'udp' | 'tcp'): Promise<Endpoint> =>
      startEndpoint({ uri: gateway.uri('demo'), name, bind: here, audio: `tone:${tones[name]}`, bfcp });
    anna = await join('ANNA', 'udp');
    berta = await join('BERTA', 'tcp');
    await anna.waitFor(({ main }) => main.from === 'BERTA', 10_000, 'BERTA');
    await berta.waitFor(({ main }) => main.from === 'ANNA', 10_000, 'ANNA');
    assert.equal(await anna.share(), 'granted');
    await berta.waitFor(({ content }) => content.from === 'ANNA', 10_000, 'the content of ANNA');
  });

  afterEach(undisturbed);

  after(async () => {
    await anna?.hangup();
    await berta?.hangup();
    await gateway?.close();
  });

  const seat = (name: string): Participant => {
    const room = gateway.gateway.core.rooms.find('demo');
    const one = room?.describe().participants.find((each) => each.name === name);
    const found = room?.participant(one?.id ?? 0);
    assert.ok(found, `${name} is gone`);
    return found;
  };
  const floorPort = (name: string): number => (seat(name).leg as SipLeg).parts.media.party?.local.port ?? 0;
  const mediaPorts = (): number[] =>
    ['ANNA', 'BERTA'].flatMap((name) =>
      seat(name)
        .lines()
        .flatMap(({ local }) => [local.rtpPort, local.rtcpPort]),
    );
  const web = (path: string): string => gateway.page.replace('http:', 'ws:') + path;

  it('answers or drops malformed SIP on UDP, TCP and WebSocket', async () => {
    const torture = tortureMessages();
    const junk = noise(100);
    // first on the transport whose answers come back here: the same message elsewhere is a retransmission
    const expected = {
      'badinv01.dat': 400,
      'badvers.dat': 505,
      'unkscm.dat': 416,
      'bext01.dat': 420,
      'intmeth.dat': 501,
      'mismatch02.dat': 501,
      'insuf.dat': 400,
    };
    const answers = await throwStreams(gateway.port('tcp'), [...torture, ...junk], 250, Object.keys(expected));
    await throwDatagrams(gateway.port('udp'), [...torture, ...junk, ...cutOff(torture)]);
    for (const [name, status] of Object.entries(expected))
      assert.match(answers.get(name) ?? '', new RegExp(`SIP/2\\.0 ${status} `), name);
    await throwFrames(web('/sip'), 'sip', [...torture, ...junk]);
    assert.ok((await counted('dualstream_sip_malformed_total')) > 30, 'nothing was counted');
    assert.equal(await counted('dualstream_sip_internal_errors_total'), 0);
  });

  it('refuses malformed descriptions in INVITEs and in changes of a call', async () => {
    const peer = await SipPeer.stream({ address: here, port: gateway.port('tcp') });
    const broken = brokenDescriptions(describePeer({ content: 'sendrecv', floor: 'UDP' }));
    for (const { name, data } of broken) {
      const call = new RawCall(peer, gateway.uri('hostile', 'tcp'));
      call.send('INVITE', data.toString());
      const { start } = await call.final('INVITE');
      assert.match(start, /^SIP\/2\.0 (200|400|413|415|486|488|503) /, name);
      if (!start.startsWith('SIP/2.0 200')) continue;
      call.ack(data.length > 0 ? '' : 'v=0\r\nnonsense');
      if (data.length > 0) await call.bye();
      else peer.answer(await call.request('BYE'), '200 OK');
    }
    const sound = new RawCall(peer, gateway.uri('hostile', 'tcp'));
    await sound.invite(describePeer({ content: 'sendrecv', floor: 'UDP' }));
    for (const { name, data } of broken.slice(1)) {
      sound.send('INVITE', data.toString());
      const changed = await peer.expect(
        'SIP/2.0 ',
        (seen) => seen.text.includes(`CSeq: ${sound.n} INVITE`) && !/^SIP\/2.0 1/.test(seen.start),
      );
      assert.match(changed.start, /^SIP\/2\.0 (200|400|413|415|488|503) /, name);
      sound.ack();
    }
    await sound.bye();
    peer.close();
    await until(
      'the room to be empty',
      3000,
      () => (gateway.gateway.core.rooms.find('hostile')?.size ?? 0) === 0 || null,
    );
  });

  it('is silent towards strangers on the BFCP ports', async () => {
    const junk = [...bfcpMessages(), ...noise(200, 200)];
    assert.equal((await throwDatagrams(floorPort('ANNA'), junk)).length, 0, 'a stranger was answered');
    const before = await counted('dualstream_bfcp_events_total');
    const answers = await throwStreams(floorPort('BERTA'), junk, 30);
    for (const [name, text] of answers) assert.equal(text, '', name);
    assert.ok((await counted('dualstream_bfcp_events_total')) > before);
    assert.equal(holder(), 'ANNA');
  });

  it('bears every BFCP message from a device of its own and from a web user', async () => {
    const floor = await systemNet.udp({ address: here, port: 0 });
    floor.onMessage(() => undefined);
    const sip = await SipPeer.udp({ address: here, port: gateway.port('udp') });
    const call = new RawCall(sip, gateway.uri('hostile'));
    await call.invite(describePeer({ content: 'sendrecv', floor: 'UDP', floorPort: floor.local.port }));
    const [confId, userId] = ['confid', 'userid'].map((key) =>
      Number(new RegExp(`a=${key}:(\\d+)`).exec(call.sdp)?.[1]),
    );
    const port = Number(/^m=application (\d+)/m.exec(call.sdp)?.[1]);
    for (const { data } of [...bfcpMessages(), ...noise(100, 200)]) {
      floor.send(withIds(data, confId ?? 0, userId ?? 0), { address: here, port });
      await pause(2);
    }
    const room = gateway.gateway.core.rooms.open('hostile');
    const member = room.participant(room.describe().participants[0]?.id ?? 0);
    assert.ok(member);
    const access = gateway.gateway.core.webFloor.issue(member.desk, { name: 'Web' });
    const own = [...bfcpMessages(), ...noise(50, 200)].map(({ name, data }) => ({
      name,
      data: withIds(data, access.confId, access.userId),
    }));
    await throwFrames(web(`/bfcp?token=${access.token}`), 'bfcp', own);
    await throwFrames(web('/bfcp?token=guessed'), 'bfcp', own.slice(0, 3)).catch(() => undefined);
    access.close();
    await call.bye();
    sip.close();
    floor.close();
  });

  it('drops and counts what strangers send to the media ports', async () => {
    const before = await counted('dualstream_media_dropped_total');
    const junk = [...brokenMedia(), ...noise(100)];
    for (const port of mediaPorts()) await throwDatagrams(port, junk);
    const dropped = (): Promise<number> => counted('dualstream_media_dropped_total').then((now) => now - before);
    await until('drops to be counted', 5000, async () => (await dropped()) > junk.length * 4 || null);
  });

  it('does not let a stranger into picture and sound', async () => {
    const line = seat('ANNA').leg.lines;
    const strangers = async (): Promise<number> => (await line.video?.stats())?.strangers ?? 0;
    const before = await strangers();
    const loud = Array.from({ length: 160 }, (_, index) => (index % 2 === 0 ? 0x80 : 0x00));
    const injected = Array.from({ length: 100 }, (_, index) => packet(0, index, 0xbad, loud));
    const pictures = Array.from({ length: 100 }, (_, index) => packet(97, index, 0xbad, [0x65, 0x88, 0x84, ...loud]));
    for (const one of [line.audio, line.video, line.content]) {
      assert.ok(one);
      const pt = one.params?.receive[0]?.pt ?? 0;
      const what = one.kind === 'audio' ? injected : pictures;
      for (const { data } of what) data[1] = pt;
      await throwDatagrams(one.local.rtpPort, what);
      await throwDatagrams(one.local.rtpPort, what, '127.0.0.2');
    }
    await until('strangers to be counted', 3000, async () => (await strangers()) >= before + 200 || null);
  });

  it('lets nobody steal the floor with the numbers of another', async () => {
    const { ids, local } = (seat('ANNA').leg as SipLeg).parts.media.party ?? {};
    assert.ok(ids && local);
    // who was silent for 5 s may come back from another port with these numbers, and that is no theft
    await bothPresent();
    anna.keyframe();
    const request = (primitive: number, confId: number, userId: number, ticket: number): Thrown => {
      const data = Buffer.alloc(16);
      data.writeUInt8(0x40, 0);
      data.writeUInt8(primitive, 1);
      data.writeUInt16BE(1, 2);
      data.writeUInt32BE(confId, 4);
      data.writeUInt16BE(777, 8);
      data.writeUInt16BE(userId, 10);
      data.writeUInt8(primitive === 1 ? 0x04 : 0x06, 12);
      data.writeUInt8(4, 13);
      data.writeUInt16BE(primitive === 1 ? ids.floorId : ticket, 14);
      return { name: 'theft', data };
    };
    const ticket = gateway.gateway.core.rooms.find('demo')?.describe().floor.holder?.id ?? 0;
    const sniffed = [request(2, ids.confId, ids.userId, ticket), request(1, ids.confId, ids.userId, ticket)];
    const guessed = Array.from({ length: 200 }, (_, user) => request(2, ids.confId, user + 1, ticket));
    const both = [...sniffed, ...guessed];
    const other = (seat('BERTA').leg as SipLeg).parts.media.party;
    assert.ok(other);
    for (const from of [here, '127.0.0.2']) {
      assert.equal((await throwDatagrams(local.port, both, from)).length, 0, `answered ${from}`);
    }
    const overTcp = both.slice(0, 20).map(({ name, data }, index) => {
      const copy = withIds(data, other.ids.confId, other.ids.userId);
      copy.writeUInt8(0x20, 0);
      return { name: `${name} ${index}`, data: copy };
    });
    const answers = await throwStreams(other.local.port, overTcp, 30);
    assert.deepEqual([...new Set(answers.values())], ['']);
    assert.equal(holder(), 'ANNA');
    assert.equal(anna.state.floor, 'granted');
    await bothPresent();
  });

  it('keeps its memory', async () => {
    const round = async (): Promise<number> => {
      await throwDatagrams(gateway.port('udp'), [...noise(300), ...cutOff(tortureMessages())]);
      await throwStreams(gateway.port('tcp'), noise(60), 20);
      for (const port of mediaPorts().slice(0, 4)) await throwDatagrams(port, noise(300));
      await throwDatagrams(floorPort('ANNA'), bfcpMessages());
      return process.memoryUsage().rss / 2 ** 20;
    };
    const sizes = [];
    for (let times = 0; times < 6; times += 1) sizes.push(await round());
    const growth = (sizes.at(-1) ?? 0) - (sizes[1] ?? 0);
    process.stdout.write(`      resident after each round: ${sizes.map((size) => size.toFixed(0)).join(', ')} MiB\n`);
    assert.ok(growth < 40, `${growth} MiB in four rounds`);
  });

  /** BERTA takes the floor and ANNA takes it back. */
  async function bothPresent(): Promise<void> {
    assert.equal(await berta.share(), 'granted', 'BERTA lost its floor control');
    await anna.waitFor(({ floor }) => floor === 'revoked', 3000, 'the loss of the floor');
    assert.equal(await anna.share(), 'granted');
    await berta.waitFor(({ content }) => content.from === 'ANNA', 5000, 'the content of ANNA again');
  }

  /** Nobody in the conference may have noticed: no packet lost, picture, content and sound go on. */
  async function undisturbed(this: Mocha.Context): Promise<void> {
    const slides = berta.state.content.decoded;
    const counters = [anna, berta].map((one) => one.state.main.counter ?? 0);
    await until(
      'the pictures to go on',
      5000,
      () => [anna, berta].every((one, index) => (one.state.main.counter ?? 0) > (counters[index] ?? 0) + 5) || null,
    );
    await until('the slides to go on', 3000, () => berta.state.content.decoded > slides + 2 || null);
    for (const one of [anna, berta]) {
      const figures = one.figures as Record<'audio' | 'main' | 'content', { lost: number; decodeErrors?: number }>;
      for (const line of ['audio', 'main', 'content'] as const) {
        assert.equal(figures[line].lost, 0, `${one.name} lost packets on ${line}`);
        assert.equal(figures[line].decodeErrors ?? 0, 0, `${one.name} could not decode ${line}`);
      }
      const other = one === anna ? 'BERTA' : 'ANNA';
      const own = one === anna ? 'ANNA' : 'BERTA';
      assert.equal(one.state.main.from, other);
      const { tones: heard } = one.state.heard;
      assert.ok(holdsTone(heard, tones[other]) && !holdsTone(heard, tones[own]), `${own} hears ${heard.join(' ')}`);
      for (const line of seat(own).lines()) {
        const { lostIn } = await line.stats();
        assert.equal(lostIn, 0, `the gateway lost packets of ${line.id}`);
      }
    }
    assert.equal(berta.state.content.from, 'ANNA');
  }

  function holder(): string | undefined {
    return gateway.gateway.core.rooms.find('demo')?.describe().floor.holder?.name;
  }

  /** Sum of a counter over its labels. */
  async function counted(name: string): Promise<number> {
    const text = await gateway.gateway.core.metrics.text();
    return text
      .split('\n')
      .filter((line) => line.startsWith(name))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
  }
});

function cutOff(messages: readonly Thrown[]): Thrown[] {
  return messages.map(({ name, data }) => ({ name, data: data.subarray(0, Math.floor((data.length * 2) / 3)) }));
}

function withIds(message: Buffer, confId: number, userId: number): Buffer {
  const copy = Buffer.from(message);
  if (copy.length < 12) return copy;
  copy.writeUInt32BE(confId, 4);
  copy.writeUInt16BE(userId, 10);
  return copy;
}

function packet(pt: number, seq: number, ssrc: number, payload: number[]): Thrown {
  const header = Buffer.alloc(12);
  header.writeUInt8(0x80, 0);
  header.writeUInt8(pt, 1);
  header.writeUInt16BE(seq, 2);
  header.writeUInt32BE(seq * 160, 4);
  header.writeUInt32BE(ssrc, 8);
  return { name: `packet ${seq}`, data: Buffer.concat([header, Buffer.from(payload)]) };
}
