import assert from 'node:assert/strict';
import { startMediaPlane, type StartedMediaPlane } from '../../../src/media/io/plane.js';
import type { Line } from '../../../src/media/plane.js';
import { onceBelow } from '../../support/once-below.js';
import { params, pcmu, Peer, until } from './peer.js';

describe('media plane: sound that is passed on as it is', () => {
  let plane: StartedMediaPlane;
  const peers: Peer[] = [];
  const lines: Line[] = [];
  before(async () => (plane = await startMediaPlane({ ports: 'auto' })));
  after(() => plane.close());
  afterEach(() => {
    for (const peer of peers.splice(0)) peer.close();
    for (const line of lines.splice(0)) line.close();
  });

  const opened = async (id: string, pt: number): Promise<[Peer, Line]> => {
    const peer = await Peer.open();
    const line = await plane.open({ id, kind: 'audio', bind: '127.0.0.1', advertise: '127.0.0.1' });
    const format = { ...pcmu(), pt };
    const event = { pt: 101, clock: 8000 };
    const events = { receive: [event], send: [event] };
    line.update(params(peer.rtpPort, peer.rtcpPort, { receive: [format], send: [format], events }));
    peers.push(peer);
    lines.push(line);
    return [peer, line];
  };

  it('keeps payloads, distances of numbers and timestamps, under the numbers of the line it leaves by', async () => {
    const [a, source] = await opened('a/audio', 0);
    const [b, sink] = await opened('b/audio', 100);
    plane.feed(source, sink);
    assert.deepEqual(plane.chains(), ['a/audio -> b/audio']);
    // one is lost on the way to us, and two change places
    const seqs = [65_534, 65_535, 1, 3, 2, 4];
    for (const seq of seqs) {
      const timestamp = (4_294_967_000 + 160 * ((seq + 2) & 0xffff)) >>> 0;
      a.send(
        source.local.rtpPort,
        { pt: 0, seq, timestamp, ssrc: 7, marker: seq === 65_534 },
        Uint8Array.of(seq & 255, 9),
      );
    }
    await until('all of them', () => b.rtp.length === seqs.length);
    const [first] = b.rtp;
    assert.ok(first);
    assert.deepEqual(
      b.rtp.map(({ pt, seq, timestamp, payload, ssrc, marker }) => [
        ...[pt, ssrc === sink.ssrc, (seq - first.seq) & 0xffff, (timestamp - first.timestamp) >>> 0],
        ...[payload[0], payload.length, marker],
      ]),
      seqs.map((seq) => {
        const step = (seq + 2) & 0xffff;
        return [100, true, step, 160 * step, seq & 255, 2, seq === 65_534];
      }),
    );
  });

  it('leaves out what comes twice, other codecs and keys, and begins anew with another source', async () => {
    const [a, source] = await opened('a/audio', 0);
    const [b, sink] = await opened('b/audio', 0);
    plane.feed(source, sink);
    const digits: string[] = [];
    source.on.on('digit', ({ digit }) => digits.push(digit));
    const send = (pt: number, seq: number, ssrc: number, payload: number[]): void =>
      a.send(source.local.rtpPort, { pt, seq, timestamp: pt === 101 ? 5 : seq * 160, ssrc }, Uint8Array.from(payload));
    send(0, 10, 7, [1]);
    send(0, 10, 7, [1]);
    send(8, 11, 7, [2]);
    for (let n = 0; n < 3; n += 1) send(101, 12 + n, 7, [5, 0x8a, 0, 160]);
    send(0, 40_000, 8, [3]);
    await until('the key', () => digits.length === 1);
    await until('both sounds', () => b.rtp.length === 2);
    assert.deepEqual(
      b.rtp.map(({ payload }) => payload[0]),
      [1, 3],
    );
    assert.equal((b.rtp[1]!.seq - b.rtp[0]!.seq) & 0xffff, 1);
    plane.feed(source, null);
    // what is asked later is answered when that is done
    await source.stats();
    send(0, 40_001, 8, [4]);
    await until('it to arrive', async () => (await source.stats()).packetsIn === 7);
    assert.equal(b.rtp.length, 2);
  });

  it('says once in each description that it cannot pass on a codec that may come', async () => {
    const [a, source] = await opened('a/audio', 0);
    const [b, sink] = await opened('b/audio', 0);
    const pcma = { ...pcmu(), name: 'PCMA' as const, pt: 8 };
    const both = { ...source.params!, receive: [pcmu(), pcma] };
    source.update(both);
    plane.feed(source, sink);
    let unpassed = 0;
    source.on.on('unpassed', () => (unpassed += 1));
    let seq = 0;
    const send = (pt: number): void => {
      seq += 1;
      a.send(source.local.rtpPort, { pt, seq, timestamp: seq * 160, ssrc: 7 }, Uint8Array.of(seq));
    };
    for (const pt of [8, 8, 0]) send(pt);
    await until('what can be passed', () => b.rtp.length === 1);
    // comfort noise is passed on under its own number
    send(13);
    send(0);
    await until('what comes after it', () => b.rtp.length === 3);
    assert.equal(unpassed, 1);
    source.update({ ...both });
    send(8);
    await until('to be told again', () => unpassed === 2);
  });

  it('shows the peer that we are there where nothing else goes out, whatever the direction', async () => {
    const [a, source] = await opened('a/audio', 0);
    const [b, sink] = await opened('b/audio', 0);
    const held = { ...sink.params!, direction: 'inactive' as const, held: true };
    sink.update({ ...held, signsOfLife: { pt: 126, everyMs: 300 } });
    await until('three of them', () => b.rtp.length === 3);
    assert.deepEqual(
      b.rtp.map(({ pt, ssrc, seq }) => [pt, ssrc, (seq - b.rtp[0]!.seq) & 0xffff]),
      [0, 1, 2].map((step) => [126, sink.ssrc, step]),
    );
    sink.update({ ...held, direction: 'sendrecv', held: false, signsOfLife: { pt: 126, everyMs: 300 } });
    plane.feed(source, sink);
    let seq = 0;
    // one where sound is kept from being sent for so long may come among it
    await onceBelow(1, async () => {
      const before = b.rtp.length;
      const talking = setInterval(() => {
        seq += 1;
        a.send(source.local.rtpPort, { pt: 0, seq, timestamp: seq * 160, ssrc: 7 }, Uint8Array.of(1));
      }, 20);
      const heard = (): number => b.rtp.slice(before).filter(({ pt }) => pt === 0).length;
      await until('sound', () => heard() > 40).finally(() => clearInterval(talking));
      const sound = b.rtp.slice(b.rtp.findIndex(({ pt }, index) => index >= before && pt === 0));
      return sound.filter(({ pt }) => pt !== 0).length;
    });
  });

  it('goes where the room says, whatever the audio bridge says meanwhile, and where that says when the room is silent', async () => {
    const [a, source] = await opened('a/audio', 0);
    const [b, sink] = await opened('b/audio', 0);
    const [c, bridge] = await opened('c/audio', 0);
    let seq = 0;
    const reaches = async (peer: Peer): Promise<void> => {
      const before = peer.rtp.length;
      await until('a packet', () => {
        seq += 1;
        a.send(source.local.rtpPort, { pt: 0, seq, timestamp: seq * 160, ssrc: 7 }, Uint8Array.of(seq & 255));
        return peer.rtp.length > before + 2;
      });
    };
    plane.feed(source, bridge, 'bridge');
    await reaches(c);
    plane.feed(source, sink);
    await reaches(b);
    plane.feed(source, bridge, 'bridge');
    plane.feed(source, null, 'bridge');
    assert.deepEqual(plane.chains(), ['a/audio -> b/audio']);
    await reaches(b);
    plane.feed(source, bridge, 'bridge');
    plane.feed(source, null);
    await reaches(c);
    assert.deepEqual(plane.chains(), ['a/audio -> c/audio']);
  });
});
