import assert from 'node:assert/strict';
import type { AliasAddress } from '../../../src/protocol/h323/h225/schema.js';
import { startH323Rig, type H323Rig } from '../../support/h323-rig.js';

describe('digits of which more may come', () => {
  let rig: H323Rig;
  beforeEach(async () => (rig = await startH323Rig({ decide: () => null })));
  afterEach(() => rig.nothingLeft());

  const causeOf = async (alias: AliasAddress, canOverlapSend: boolean): Promise<number | undefined> => {
    const peer = await rig.peer();
    await peer.dial('', { destination: [alias], setup: { canOverlapSend } });
    return peer.released?.cause;
  };

  it('are not enough where they lead nowhere (cause 28), while a whole number or a name is unknown', async () => {
    assert.equal(await causeOf({ dialledDigits: '493' }, true), 28);
    assert.notEqual(await causeOf({ dialledDigits: '493' }, false), 28);
    assert.notEqual(await causeOf({ 'h323-ID': 'nowhere' }, true), 28);
    assert.match(await rig.metrics.text(), /dualstream_h323_refused_total\{reason="number_incomplete"\} 1/);
  });
});
