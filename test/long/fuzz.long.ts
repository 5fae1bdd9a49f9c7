import assert from 'node:assert/strict';
import { note } from '../journeys/support/note.js';
import { fuzzSessions, fuzzTexts } from '../media/sdp-fuzzing.js';
import { fuzzForwarder } from '../media/switch/fuzzing.js';
import { fuzzCodec, fuzzServer } from '../protocol/bfcp/fuzzing.js';
import { fuzzDtls } from '../protocol/dtls/fuzzing.js';
import { fuzzPdus, fuzzQ931 } from '../protocol/h323/fuzzing.js';
import { fuzzRtcp, fuzzRtp } from '../protocol/rtp/fuzzing.js';
import { fuzzCommands, fuzzEngine, fuzzMessages, fuzzStreams } from '../protocol/sip/fuzzing.js';
import { fuzzFloor } from '../rooms/floor-fuzzing.js';
import { fuzzRooms } from '../rooms/room-model.js';
import { selfSignedTest } from '../support/certificates.js';
import { heapMegabytes, residentMegabytes } from '../support/heap.js';

/** A fuzz loop of the short tests. */
type Fuzz = (seed: number, rounds: number) => void | Promise<void>;

/** Each run is made in this many batches, every one with a seed of its own. */
const batches = 10;
/** The heap may grow by this much from the end of the first batch, which warms caches up, to the end of the last. */
const mostGrowthMegabytes = 4;

const packetsInSequence = 2000;
const sequences: Fuzz = (seed, rounds) => {
  for (let n = 0; n < rounds; n++) fuzzForwarder(seed + n, packetsInSequence);
};

const certificate = await selfSignedTest({ common: 'fuzz' });

const runs: [title: string, rounds: number, firstSeed: number, fuzz: Fuzz][] = [
  ['SIP messages', 100_000, 1000, fuzzMessages],
  ['SIP streams in pieces', 100_000, 1500, fuzzStreams],
  ['commands of applications', 100_000, 2000, fuzzCommands],
  ['requests on every port of an engine with an application on the drachtio wire', 20_000, 3000, fuzzEngine],
  ['SDP texts', 100_000, 4000, fuzzTexts],
  ['SDP sessions', 20_000, 5000, fuzzSessions],
  ['BFCP messages', 300_000, 6000, fuzzCodec],
  ['BFCP messages to servers on both carriages', 100_000, 7000, fuzzServer],
  ['DTLS handshakes over ways that spoil them', 10_000, 7500, (seed, rounds) => fuzzDtls(seed, rounds, certificate)],
  ['PDUs of H.225.0, RAS and H.245', 200_000, 40_000, fuzzPdus],
  ['messages of Q.931', 200_000, 50_000, fuzzQ931],
  ['RTCP compounds', 300_000, 8000, fuzzRtcp],
  ['RTP packets', 300_000, 9000, fuzzRtp],
  [`H.264 sequences of ${packetsInSequence} packets`, 10_000, 10_000, sequences],
  ['floor sequences', 10_000, 20_000, fuzzFloor],
  ['sequences of what happens to a room and its floor channels', 10_000, 30_000, fuzzRooms],
];

describe('long fuzz runs', () => {
  for (const [title, rounds, firstSeed, fuzz] of runs) {
    it(`${rounds} ${title} bring no exception and leave no memory behind`, async () => {
      const perBatch = rounds / batches;
      let spent = 0;
      let warm = 0;
      for (let batch = 0; batch < batches; batch++) {
        const begin = performance.now();
        await fuzz(firstSeed + batch * perBatch, perBatch);
        spent += performance.now() - begin;
        if (batch === 0) warm = await heapMegabytes();
      }
      const end = await heapMegabytes();
      const rate = Math.round((rounds / spent) * 1000);
      const heap = `heap ${warm.toFixed(1)} -> ${end.toFixed(1)} MB`;
      note(`${title}: ${rounds} at ${rate}/s, ${heap}, resident ${residentMegabytes().toFixed(0)} MB`);
      assert.ok(end - warm <= mostGrowthMegabytes, heap);
    });
  }
});
