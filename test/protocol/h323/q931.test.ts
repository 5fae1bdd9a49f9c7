import assert from 'node:assert/strict';
import { decode, encode } from '../../../src/protocol/asn1/codec.js';
import { H323Fault } from '../../../src/protocol/h323/fault.js';
import { H323_UserInformation } from '../../../src/protocol/h323/h225/schema.js';
import { decodeQ931, encodeQ931, type Q931Message } from '../../../src/protocol/h323/q931.js';
import { causes, messageTypes } from '../../../src/protocol/h323/q931-names.js';
import { q931Vectors } from './goldens.js';

function read(octets: Buffer): Q931Message {
  const decoded = decodeQ931(octets);
  assert.ok(decoded.ok, decoded.ok ? '' : decoded.fault.message);
  return decoded.message;
}

const readHex = (hex: string): Q931Message => read(Buffer.from(hex, 'hex'));

describe('q931', () => {
  it(`reads the ${q931Vectors.length} captured messages and writes them as they were`, () => {
    for (const { name, hex, callReference, fromDestination, messageType, ies } of q931Vectors) {
      const message = readHex(hex);
      assert.equal(message.callReference, callReference, name);
      assert.equal(message.fromDestination, fromDestination, name);
      assert.equal(messageTypes[message.type as keyof typeof messageTypes], Number.parseInt(messageType, 16), name);
      assert.equal(message.others, undefined, name);
      // Nothing of a message is lost: its elements come again, texts without the NUL that H323Plus puts after them.
      let expected = hex.slice(0, 10);
      for (const { ie, len, hex: contents } of ies) {
        const octets = ie === '28' || ie === '2c' ? contents.replace(/(00)+$/, '') : contents;
        const length = (octets.length / 2).toString(16).padStart(ie === '7e' ? 4 : 2, '0');
        assert.equal(contents.length / 2, len);
        expected += ie + length + octets;
      }
      assert.equal(encodeQ931(message).toString('hex'), expected, name);
      const { userUser } = message;
      assert.ok(userUser, name);
      assert.ok(decode(H323_UserInformation, userUser).ok, name);
    }
  });

  it('says what the elements of a video call mean', () => {
    const setup = q931Vectors.find(({ messageType, ies }) => messageType === '05' && ies.some(({ ie }) => ie === '70'));
    const message = readHex(setup?.hex ?? '');
    assert.equal(message.type, 'setup');
    assert.deepEqual(message.bearerCapability, {
      transferCapability: 8,
      transferMode: 0,
      transferRate: 24,
      rateMultiplier: 6,
      layer1: 5,
    });
    assert.equal(message.display, 'caller');
    assert.deepEqual(message.calledPartyNumber, { digits: '1002', type: 0, plan: 1 });
    const released = q931Vectors.find(({ ies }) => ies.some(({ ie, hex }) => ie === '08' && hex === '8095'));
    assert.deepEqual(readHex(released?.hex ?? '').cause, { value: causes.callRejected, location: 0 });
    const digits = q931Vectors.find(({ messageType }) => messageType === '7b');
    assert.equal(readHex(digits?.hex ?? '').keypad, '7');
  });

  it('writes and reads every element', () => {
    const message: Q931Message = {
      type: 'setup',
      callReference: 0x7fff,
      fromDestination: true,
      sendingComplete: true,
      bearerCapability: { transferCapability: 8, transferMode: 2, transferRate: 0, layer1: 5 },
      cause: { value: causes.interworking, location: 10, diagnostics: Buffer.from([1, 2]) },
      callState: 10,
      facility: Buffer.alloc(0),
      progressIndicator: { description: 8, location: 1 },
      notificationIndicator: 0x79,
      display: 'Bürgersaal 3',
      keypad: '1#',
      signal: 0x3f,
      connectedNumber: { digits: '+493012345', type: 1, plan: 1, presentation: 0, screening: 3 },
      callingPartyNumber: { digits: '1001', type: 0, plan: 1, presentation: 1, screening: 0 },
      calledPartyNumber: { digits: '1002', type: 2, plan: 9 },
      redirectingNumber: { digits: '1003', type: 0, plan: 1, presentation: 2, screening: 0 },
      userUser: Buffer.alloc(1000, 7),
    };
    assert.deepEqual(read(encodeQ931(message)), message);
  });

  it('keeps what it does not understand, in the order of Q.931', () => {
    const hex = [
      '0802123405', // Setup
      'a0', // more data, one octet
      '040388c0a5', // bearer capability as ooh323c sends it
      '0800', // cause without contents
      '1e028281', // progress indicator, twice
      '1e028288',
      '280568c3bc6821', // display in UTF-8
      '7d029181', // high layer compatibility
      '9e070155', // once an element of codeset 6
    ].join('');
    const message = readHex(hex);
    assert.equal(message.display, 'hüh!');
    assert.deepEqual(message.progressIndicator, { description: 1, location: 2 });
    assert.deepEqual(
      message.others?.map(({ codeset, id, octets }) => [codeset, id, octets.toString('hex')]),
      [
        [0, 0xa0, ''],
        [0, 0x08, ''],
        [0, 0x1e, '8288'],
        [0, 0x7d, '9181'],
        [6, 0x07, '55'],
      ],
    );
    assert.deepEqual(read(encodeQ931(message)), message);
  });

  it('leaves elements after a locking shift to their codeset', () => {
    const message = readHex('08021234629528024142' + '7e020102');
    assert.equal(message.display, undefined);
    assert.deepEqual(
      message.others?.map(({ codeset, id }) => [codeset, id]),
      [
        [5, 0x28],
        [5, 0x7e],
      ],
    );
    assert.deepEqual(read(encodeQ931(message)), message);
  });

  it('reads names in Latin-1, after a type octet and with a NUL', () => {
    assert.equal(readHex('0802000105' + '2807b153e46c653100').display, 'Säle1');
    assert.equal(readHex('0802000105' + '2800').display, '');
  });

  it('gives unknown types by their number, and a call reference of one octet', () => {
    assert.deepEqual(readHex('08018a44'), { type: 0x44, callReference: 10, fromDestination: true });
    assert.deepEqual(readHex('080044'), { type: 0x44, callReference: 0, fromDestination: false });
  });

  it('refuses what ends early, is another protocol, or has too much', () => {
    const kinds = ['', '08', '0802', '080212', '08021234', '080212340528', '08021234052805', '08021234057e0005'].map(
      (hex) => {
        const decoded = decodeQ931(Buffer.from(hex, 'hex'));
        return decoded.ok ? 'ok' : decoded.fault.kind;
      },
    );
    assert.deepEqual([...new Set(kinds)], ['incomplete']);
    for (const hex of ['0302123405', '080312345605', '0802123405' + 'a0'.repeat(129)]) {
      const decoded = decodeQ931(Buffer.from(hex, 'hex'));
      assert.ok(!decoded.ok && decoded.fault.kind === 'malformed', hex);
    }
  });

  it('refuses to write what has no room, and cuts long names', () => {
    const base = { type: 'setup', callReference: 1, fromDestination: false } as const;
    assert.throws(() => encodeQ931({ ...base, callReference: 0x8000 }), H323Fault);
    assert.throws(() => encodeQ931({ ...base, keypad: '1'.repeat(256) }), H323Fault);
    assert.throws(() => encodeQ931({ ...base, userUser: Buffer.alloc(0xffff) }), H323Fault);
    const name = read(encodeQ931({ ...base, display: 'ü'.repeat(50) })).display;
    assert.equal(name, 'ü'.repeat(41));
    // by whole characters, and soon
    const begun = performance.now();
    const faces = read(encodeQ931({ ...base, display: `a${'😀'.repeat(100_000)}` })).display;
    assert.equal(faces, `a${'😀'.repeat(20)}`);
    assert.ok(performance.now() - begun < 1_000);
  });

  it('carries a message of H.225.0', () => {
    const userUser = encode(H323_UserInformation, {
      'h323-uu-pdu': {
        'h323-message-body': {
          releaseComplete: { protocolIdentifier: '0.0.8.2250.0.7', reason: { destinationRejection: true } },
        },
      },
    });
    const message = read(encodeQ931({ type: 'releaseComplete', callReference: 5, fromDestination: true, userUser }));
    const decoded = decode(H323_UserInformation, message.userUser ?? Buffer.alloc(0));
    assert.ok(decoded.ok);
    assert.ok(decoded.value['h323-uu-pdu']['h323-message-body'].releaseComplete?.reason?.destinationRejection);
  });
});
