import assert from 'node:assert/strict';
import { decode, encode } from '../../../src/protocol/asn1/codec.js';
import { chosen } from '../../../src/protocol/asn1/choice.js';
import type { GenericMessage } from '../../../src/protocol/h323/h245/schema.js';
import { MultimediaSystemControlMessage, TerminalCapabilitySet } from '../../../src/protocol/h323/h245/schema.js';
import { IncomingCallIndication } from '../../../src/protocol/h323/h460/signalling-schema.js';

// How values of the tables are made and read; the compiler checks their types.

describe('values of H.323', () => {
  it('are made as objects: a token request of H.239', () => {
    const parameter = (standard: number, unsignedMin: number) => ({
      parameterIdentifier: { standard },
      parameterValue: { unsignedMin },
    });
    const request: GenericMessage = {
      messageIdentifier: { standard: '0.0.8.239.2' },
      subMessageIdentifier: 3,
      messageContent: [parameter(44, 0), parameter(42, 103), parameter(43, 8)],
    };
    const octets = encode(MultimediaSystemControlMessage, { request: { genericRequest: request } });
    assert.equal(octets.toString('hex'), '10801560050008816f02060302c2000002a2006702b20008');
  });

  it('are read by asking for an alternative, or by its name', () => {
    const read = decode(MultimediaSystemControlMessage, Buffer.from('4c006628', 'hex'));
    assert.ok(read.ok);
    const { command } = read.value;
    const asked = command?.miscellaneousCommand;
    assert.equal(asked?.logicalChannelNumber, 103);
    assert.ok(asked?.type.videoFastUpdatePicture);
    switch (chosen(asked.type)) {
      case 'videoFastUpdatePicture':
        break;
      default:
        assert.fail(chosen(asked.type));
    }
  });

  it('may leave out what is OPTIONAL, also by undefined', () => {
    const set: TerminalCapabilitySet = {
      sequenceNumber: 1,
      protocolIdentifier: '0.0.8.245.0.17',
      multiplexCapability: undefined,
      capabilityTable: [
        { capabilityTableEntryNumber: 1, capability: { receiveAudioCapability: { g711Alaw64k: 20 } } },
        { capabilityTableEntryNumber: 2 },
      ],
    };
    const read = decode(TerminalCapabilitySet, encode(TerminalCapabilitySet, set));
    assert.ok(read.ok);
    assert.equal(read.value.capabilityTable?.[0]?.capability?.receiveAudioCapability?.g711Alaw64k, 20);
    assert.equal(read.value.capabilityTable?.[1]?.capability, undefined);
  });

  it('are wrong for the compiler where they do not fit', () => {
    // @ts-expect-error two alternatives at once
    assert.throws(() => encode(MultimediaSystemControlMessage, { request: {}, response: {} }));
    // @ts-expect-error a component is missing
    assert.throws(() => encode(TerminalCapabilitySet, { sequenceNumber: 1 }));
    const ipAddress = { ip: '10.0.0.1', port: 1720 };
    // @ts-expect-error an address is no text
    assert.throws(() => encode(IncomingCallIndication, { callSignallingAddress: { ipAddress } }));
  });
});
