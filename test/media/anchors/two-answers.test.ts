import { spawnSync } from 'node:child_process';
import { systemClock } from '../../../src/base/clock.js';
import { silentLog } from '../../../src/base/log.js';
import { createMetrics } from '../../../src/base/metrics.js';
import { systemNet } from '../../../src/base/system-net.js';
import { startRtpengine, type AnchorEngine } from '../../../src/media/anchors/engine.js';
import { SrtpKey } from '../../support/srtp.js';
import { Peer } from '../io/peer.js';
import { writeRtpHeader } from '../../../src/protocol/rtp/header.js';
import { waitUntil } from '../../support/wait.js';

const here = '127.0.0.1';
const lines = ['audio', 'video'] as const;
const head = `v=0\r\no=- 1 1 IN IP4 ${here}\r\ns=-\r\nc=IN IP4 ${here}\r\nt=0 0\r\n`;
const ports = (sdp: string): number[] => [...sdp.matchAll(/^m=\w+ (\d+)/gm)].map(([, port]) => Number(port));

/** One side: a socket and a key of its own for each line. */
interface Side {
  media: Peer[];
  keys: SrtpKey[];
  /** Its description; a line without port is refused. */
  sdp(how: { profile: string; tag?: string; refused?: (typeof lines)[number] }): string;
}

async function side(): Promise<Side> {
  const media = [await Peer.open(), await Peer.open()];
  const keys = [new SrtpKey(), new SrtpKey()];
  return {
    media,
    keys,
    sdp: ({ profile, tag, refused }) =>
      head +
      lines
        .map((line, n) => {
          const port = line === refused ? 0 : media[n]!.rtpPort;
          const keyed = tag === undefined || port === 0 ? '' : `${keys[n]!.line(tag)}\r\n`;
          return `m=${line} ${port} ${profile} ${n === 0 ? 0 : 97}\r\n${n === 0 ? '' : 'a=rtpmap:97 H264/90000\r\n'}${keyed}`;
        })
        .join(''),
  };
}

describe('answers to an offer of ours, one before the final one, through rtpengine', function () {
  let engine: AnchorEngine;
  const opened: Side[] = [];
  const another = async (): Promise<Side> => {
    const one = await side();
    opened.push(one);
    return one;
  };

  before(async function () {
    if (spawnSync('rtpengine', ['--version']).error !== undefined) return this.skip();
    const from = 30_000 + (process.pid % 250) * 100;
    engine = await startRtpengine({
      ...{ net: systemNet, clock: systemClock, log: silentLog, metrics: createMetrics() },
      outside: [{ bind: here, advertise: here }],
      ports: { from, to: from + 99 },
    });
  });
  after(() => engine?.close());
  afterEach(() => {
    for (const { media } of opened.splice(0)) for (const one of media) one.close();
  });

  let sent = 0;
  /** What the far end sends on a line, in clear at ours. */
  const arrives = async (far: Side, ours: Side, plain: string, offer: string, n: number): Promise<void> => {
    const word = Buffer.alloc(40, `far ${(sent += 1)}`);
    const back = Buffer.alloc(40, `near ${sent}`);
    const key = SrtpKey.in(offer.split(/(?=^m=)/m)[n + 1] ?? '').key;
    const of = (payload: Buffer, ssrc: number): Buffer => {
      const packet = Buffer.concat([Buffer.alloc(12), payload]);
      writeRtpHeader(packet, n === 0 ? 0 : 97, false, (sent += 1), sent * 160, ssrc);
      return packet;
    };
    await waitUntil(
      () => {
        far.media[n]!.sendRaw(ports(offer)[n]!, far.keys[n]!.protect(of(word, 2 + n)));
        ours.media[n]!.sendRaw(ports(plain)[n]!, of(back, 8 + n));
        return (
          ours.media[n]!.rtp.some(({ payload }) => payload.equals(word)) &&
          far.media[n]!.rtp.some(({ packet }) => key.open(packet)?.equals(back))
        );
      },
      3000,
      () => `${lines[n]}: ours ${ours.media[n]!.rtp.length}, far ${far.media[n]!.rtp.length}`,
    );
  };

  for (const refused of [undefined, 'video'] as const) {
    for (const same of [true, false]) {
      it(`${refused ? 'without a picture at first' : 'with both lines'}, ${same ? 'the same keys' : 'other keys and ports'}`, async () => {
        const anchor = engine.open(`two-${refused}-${same}`, 'sdes', here);
        const ours = await another();
        const offer = await anchor.offerToPeer(ours.sdp({ profile: 'RTP/AVP' }));
        const { tag } = SrtpKey.in(offer);
        const how = { profile: 'RTP/SAVP', tag };
        const first = await another();
        const early = await anchor.previewFromPeer(first.sdp(refused ? { ...how, refused } : how));
        for (const n of refused ? [0] : [0, 1]) await arrives(first, ours, early, offer, n);
        const last = same ? first : await another();
        const final = await anchor.answerFromPeer(last.sdp(how));
        for (const n of [0, 1]) await arrives(last, ours, final, offer, n);
        await anchor.close();
      });
    }
  }
});
