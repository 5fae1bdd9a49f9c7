import assert from 'node:assert/strict';
import { floorOffers, nextOffer } from '../../../src/legs/sip/floor-offers.js';
import type { FloorTransport } from '../../../src/protocol/sdp/floor-rules.js';

describe('over what our offers want floor control', () => {
  const rows: [FloorTransport[] | undefined, boolean, string][] = [
    [undefined, false, 'UDP'],
    [undefined, true, 'UDP'],
    [['DTLS', 'UDP'], false, 'UDP'],
    [['DTLS', 'UDP'], true, 'DTLS UDP'],
    [['UDP', 'TCP', 'TLS', 'DTLS'], false, 'UDP TCP'],
    [['UDP', 'TCP', 'TLS', 'DTLS'], true, 'TLS DTLS UDP TCP'],
    [['TLS'], false, 'TLS'],
    [['TCP'], true, 'TCP'],
  ];
  for (const [listed, encrypted, wanted] of rows) {
    it(`${listed?.join(' ') ?? 'nothing'} listed, media ${encrypted ? 'encrypted' : 'plain'}: ${wanted}`, () =>
      assert.equal(floorOffers(listed, encrypted).join(' '), wanted));
  }

  const refusals: [FloorTransport[], FloorTransport, FloorTransport | null, FloorTransport | null][] = [
    [['DTLS', 'UDP'], 'DTLS', null, 'UDP'],
    [['DTLS', 'UDP'], 'UDP', null, null],
    [['DTLS', 'UDP'], 'DTLS', 'TCP', 'UDP'],
    [['DTLS', 'UDP'], 'UDP', 'TCP', 'TCP'],
    [['UDP'], 'TCP', 'TCP', null],
    [['DTLS', 'TLS'], 'DTLS', 'TCP', 'TLS'],
    [['DTLS', 'TLS'], 'TLS', 'TCP', null],
    [[], 'UDP', null, null],
  ];
  for (const [offers, refused, instead, next] of refusals) {
    it(`of ${offers.join(' ')} ${refused} is refused by who takes ${instead ?? 'nothing else'}: ${next}`, () =>
      assert.equal(nextOffer(offers, refused, instead), next));
  }
});
