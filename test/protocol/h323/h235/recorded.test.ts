import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { systemChance } from '../../../../src/base/ids.js';
import { expandG711 } from '../../../../src/media/mixer/codecs/g711.js';
import { decode } from '../../../../src/protocol/asn1/codec.js';
import { KeyOffer } from '../../../../src/protocol/h323/h235/key-exchange.js';
import { readKey } from '../../../../src/protocol/h323/h235/media-keys.js';
import { PayloadOpener } from '../../../../src/protocol/h323/h235/payload-cipher.js';
import { ClearToken } from '../../../../src/protocol/h323/h235/schema.js';
import { RTP_HEADER } from '../../../../src/protocol/rtp/header.js';
import { tonesHeard } from '../../../support/tones.js';

interface Exchange {
  group: string;
  privateKey: string;
  /** Of the answer, in PER. */
  tokens: string[];
  algorithm: string;
  sync: { synchFlag: number; h235Key: string };
  packet: string;
}

const recorded = new URL('../../../golden/h323/h2356.json', import.meta.url);
const { exchanges } = JSON.parse(readFileSync(recorded, 'utf8')) as { exchanges: Exchange[] };

/** Another stack made the other half key, the media key and the packet: only the right secret makes its tone of the latter. */
describe('H.235.6 as another stack has it', () => {
  for (const { group, privateKey, tokens, algorithm, sync, packet } of exchanges)
    it(`from half keys of ${group} to sound`, () => {
      const offer = new KeyOffer({ ...systemChance, hex: () => privateKey });
      const read = tokens.map((hex) => decode(ClearToken, Buffer.from(hex, 'hex')));
      const secret = offer.answered(read.flatMap((one) => (one.ok ? [one.value] : [])));
      assert.equal(secret?.group.name, group);
      const { synchFlag, h235Key } = sync;
      const { cipher, key } = readKey(secret, algorithm, { synchFlag, h235Key: Buffer.from(h235Key, 'hex') }, 120);
      const rtp = Buffer.from(packet, 'hex');
      assert.equal(new PayloadOpener(cipher, key).open(rtp, RTP_HEADER), null);
      const sound = expandG711('PCMU', rtp.subarray(RTP_HEADER));
      assert.deepEqual(tonesHeard(sound, 8000, [220, 440, 880, 1760]), [440]);
    });
});
