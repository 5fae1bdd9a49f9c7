import assert from 'node:assert/strict';
import { encode } from '../../../../src/protocol/asn1/codec.js';
import { MultimediaSystemControlMessage } from '../../../../src/protocol/h323/h245/schema.js';
import { readH239, writeH239, type H239Message } from '../../../../src/protocol/h323/h239/messages.js';
import { valueOf } from '../../../support/control-links.js';
import { h245Vectors, pdus } from '../goldens.js';

const generic = (pdu: MultimediaSystemControlMessage) =>
  pdu.request?.genericRequest ??
  pdu.response?.genericResponse ??
  pdu.command?.genericCommand ??
  pdu.indication?.genericIndication;

describe('messages of H.239', () => {
  const expected: Record<string, H239Message> = {
    'h239-presentationTokenRequest': { kind: 'tokenRequest', channel: 5, label: 0, symmetry: 77 },
    'h239-presentationTokenResponse-ack': { kind: 'tokenResponse', channel: 5, label: 0, granted: true },
    'h239-presentationTokenResponse-reject': { kind: 'tokenResponse', channel: 5, label: 0, granted: false },
    'h239-presentationTokenRelease': { kind: 'tokenRelease', channel: 5, label: 0 },
    'h239-presentationTokenIndicateOwner': { kind: 'tokenOwner', channel: 5, label: 0 },
    'h239-flowControlReleaseRequest': { kind: 'rateRequest', channel: 5, bps: 1_024_000 },
    'h239-flowControlReleaseResponse-ack': { kind: 'rateResponse', channel: 5, granted: true },
  };

  for (const [name, message] of Object.entries(expected)) {
    it(`${name} is read, and written octet for octet`, () => {
      const { hex } = h245Vectors.find((vector) => vector.name === name) ?? { hex: '' };
      const read = generic(valueOf(Buffer.from(hex, 'hex')));
      assert.ok(read);
      assert.deepEqual(readH239(read), message);
      assert.equal(encode(MultimediaSystemControlMessage, writeH239(message)).toString('hex'), hex);
    });
  }

  it('of another stack are written as it wrote them', () => {
    let checked = 0;
    for (const { hex, type } of pdus) {
      if (type !== 'MultimediaSystemControlMessage') continue;
      const message = generic(valueOf(Buffer.from(hex, 'hex')));
      const read = message && readH239(message);
      // Its refusals say nothing of what.
      if (!read || (read.kind === 'tokenResponse' && !read.granted)) continue;
      assert.equal(encode(MultimediaSystemControlMessage, writeH239(read)).toString('hex'), hex);
      checked++;
    }
    assert.ok(checked >= 25, `${checked}`);
  });

  it('of another Recommendation, and unknown ones, are none', () => {
    const messageIdentifier = { standard: '0.0.8.239.2' };
    assert.equal(readH239({ messageIdentifier, subMessageIdentifier: 9 }), null);
    assert.equal(readH239({ messageIdentifier: { standard: '0.0.8.239.3' }, subMessageIdentifier: 3 }), null);
    assert.equal(readH239({ messageIdentifier: { domainBased: 'x' }, subMessageIdentifier: 3 }), null);
    // Everything may be missing.
    assert.deepEqual(readH239({ messageIdentifier, subMessageIdentifier: 4 }), {
      kind: 'tokenResponse',
      channel: 0,
      label: 0,
      granted: false,
    });
  });
});
