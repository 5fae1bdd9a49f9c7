import assert from 'node:assert/strict';
import { bitsOf } from '../../../src/protocol/asn1/octets.js';
import { decode, encode } from '../../../src/protocol/asn1/codec.js';
import { anyBody, bodyOf, readSignal, writeSignal } from '../../../src/protocol/h323/call/signal.js';
import type { ClearToken } from '../../../src/protocol/h323/h235/schema.js';
import type { H323_UU_PDU, Setup_UUIE } from '../../../src/protocol/h323/h225/schema.js';
import { MultimediaSystemControlMessage, OpenLogicalChannel } from '../../../src/protocol/h323/h245/schema.js';
import { readRas, writeRas } from '../../../src/protocol/h323/ras/messages.js';
import { maskH323 } from '../../../src/services/diagnostics/h323-mask.js';
import { h323Signalling } from '../../../src/services/diagnostics/h323-signalling.js';
import type { Language, Taped } from '../../../src/services/diagnostics/tape.js';
import { audioProposals } from '../../protocol/h323/call/rig.js';
import { h245Vectors, pdus, q931Vectors, synthetic } from '../../protocol/h323/goldens.js';
import { seeded } from '../../support/seeded.js';

const ends = { local: { address: '192.0.2.1', port: 1720 }, remote: { address: '198.51.100.7', port: 40_000 } };

function taped(octets: Buffer, language: Language): Taped {
  const way = language === 'ras' ? 'udp' : 'tcp';
  return { ...ends, at: 0, outgoing: false, way, missing: 0, language, text: octets.toString('latin1') };
}

/** Everything that other stacks sent. */
const corpus: Taped[] = [
  ...q931Vectors.map(({ hex }) => taped(Buffer.from(hex, 'hex'), 'h225')),
  ...[...pdus, ...synthetic].flatMap(({ type, hex }) => {
    const octets = Buffer.from(hex, 'hex');
    if (type === 'MultimediaSystemControlMessage') return [taped(octets, 'h245')];
    return type === 'RasMessage' ? [taped(octets, 'ras')] : [];
  }),
  ...h245Vectors.map(({ hex }) => taped(Buffer.from(hex, 'hex'), 'h245')),
];

/** No value that was not there, and none that has no words. */
const sentence = /^[A-Za-z](?!.*(?:\bundefined\b|\bnull\b|\[object)).*$/;

const guid = Buffer.alloc(16, 7);
const keyed = { ...(audioProposals(4000)[1] as OpenLogicalChannel) };
keyed.encryptionSync = { synchFlag: 96, h235Key: Buffer.from('media key of this call') };
const openKeyed: MultimediaSystemControlMessage = { request: { openLogicalChannel: keyed } };
const pressed = (text: string): MultimediaSystemControlMessage => ({
  indication: { userInput: { alphanumeric: text } },
});
const token: ClearToken = {
  tokenOID: '0.0.8.235.0.2.1',
  password: 'open sesame',
  challenge: Buffer.from('challenge'),
  generalID: 'gate',
};

function setup(more: Partial<Setup_UUIE>, pdu: Partial<H323_UU_PDU> = {}): Buffer {
  const body: Setup_UUIE = {
    protocolIdentifier: '0.0.8.2250.0.7',
    sourceAddress: [{ 'h323-ID': 'anna' }],
    sourceInfo: { terminal: {}, mc: false, undefinedNode: false },
    activeMC: false,
    conferenceID: guid,
    conferenceGoal: { create: true },
    callType: { pointToPoint: true },
    callIdentifier: { guid },
    mediaWaitForConnect: false,
    canOverlapSend: false,
    multipleCalls: false,
    maintainConnection: false,
    ...more,
  };
  const q931 = { type: 'setup', callReference: 1, fromDestination: false } as const;
  const called = { digits: '42*2468', type: 0, plan: 1 };
  return writeSignal(
    { ...q931, calledPartyNumber: called, keypad: '2468' },
    { 'h323-message-body': { setup: body }, h245Tunnelling: true, ...pdu },
  );
}

function shown(octets: Buffer, language: Language = 'h225', secrets: string[] = []): Buffer {
  return Buffer.from(maskH323(taped(octets, language), new Set(secrets)), 'latin1');
}

function signalIn(octets: Buffer) {
  const read = readSignal(octets);
  assert.ok(read.ok);
  return read.signal;
}

describe('messages of H.323 as they are shown', () => {
  it('are those of other stacks as they were, but for keys, tokens and identifiers of devices', () => {
    const changed = corpus.filter((one) => maskH323(one) !== one.text).map((one) => h323Signalling.words(one));
    const kinds = new Set(
      changed.map(
        (words) => /userInput|keys$|^Setup|^[a-zA-Z]+(Request|Confirm|Reject|Response|Indicate)/.exec(words)?.[0],
      ),
    );
    assert.ok(!kinds.has(undefined), changed.join('\n'));
    assert.ok(kinds.has('userInput') && kinds.has('keys'), [...kinds].join());
  });

  it('have no identifier of a device, no checksum with a key, and none of them in what was not understood', () => {
    const secret = Buffer.from('0123456789abcdef');
    const inner = writeRas({
      disengageRequest: {
        ...{ requestSeqNum: 1, endpointIdentifier: 'ab12_endp', conferenceID: guid, callReferenceValue: 1 },
        disengageReason: { normalDrop: true },
        integrityCheckValue: { algorithmOID: '0.0.8.235.0.2.6', icv: bitsOf(secret) },
        tokens: [token],
      },
    });
    const outer = writeRas({ unknownMessageResponse: { requestSeqNum: 1, messageNotUnderstood: inner } });
    for (const octets of [inner, outer]) {
      const clear = shown(octets, 'ras');
      assert.equal(clear.length, octets.length);
      assert.ok(readRas(clear).ok);
      for (const word of [secret, Buffer.from('ab12', 'utf16le').swap16(), Buffer.from('open', 'utf16le').swap16()]) {
        assert.ok(octets.includes(word));
        assert.ok(!clear.includes(word));
      }
    }
  });

  it('have no PIN where somebody is named, and no pressed key', () => {
    const octets = shown(
      setup({
        destinationAddress: [{ dialledDigits: '42*2468' }, { 'h323-ID': 'board*2468' }, { 'url-ID': 'h323:b*2468@x' }],
        remoteExtensionAddress: { 'email-ID': 'b*2468@x' },
        destExtraCallInfo: [
          { partyNumber: { privateNumber: { privateTypeOfNumber: { unknown: true }, privateNumberDigits: '1*2468' } } },
        ],
      }),
    );
    assert.ok(!octets.includes('2468'));
    const { q931, pdu } = signalIn(octets);
    const body = bodyOf(pdu, 'setup');
    assert.deepEqual(
      body?.destinationAddress?.map((alias) => Object.values(alias)[0] as string),
      ['42*****', 'board*xxxx', 'h323:b*xxxx@x'],
    );
    assert.equal(body?.remoteExtensionAddress?.['email-ID'], 'b*xxxx@x');
    assert.equal(body?.destExtraCallInfo?.[0]?.partyNumber?.privateNumber?.privateNumberDigits, '1*****');
    assert.deepEqual([q931.calledPartyNumber?.digits, q931.keypad], ['42*****', 'xxxx']);
    assert.deepEqual(body?.sourceAddress, [{ 'h323-ID': 'anna' }], 'all else stays');
  });

  it('have no word of this call that is known to be secret', () => {
    const octets = shown(setup({ destinationAddress: [{ 'h323-ID': 'conf9731' }] }), 'h225', ['9731']);
    assert.deepEqual(bodyOf(signalIn(octets).pdu, 'setup')?.destinationAddress, [{ 'h323-ID': 'confxxxx' }]);
  });

  it('have tokens without what they prove', () => {
    const cryptoEncrypted = {
      tokenOID: '1.2',
      token: { algorithmOID: '1.3', paramS: {}, encryptedData: Buffer.from('hidden') },
    };
    const octets = shown(
      setup({ tokens: [token], cryptoTokens: [{ nestedcryptoToken: { cryptoEncryptedToken: cryptoEncrypted } }] }),
    );
    // BMPString has two octets a character
    for (const secret of [Buffer.from('open', 'utf16le').swap16(), Buffer.from('challenge'), Buffer.from('hidden')]) {
      assert.ok(!octets.includes(secret), secret.toString('latin1'));
    }
    const body = bodyOf(signalIn(octets).pdu, 'setup');
    assert.equal(body?.tokens?.[0]?.password, 'xxxx xxxxxx');
    assert.equal(body?.tokens?.[0]?.generalID, 'gate');
  });

  it('have no media keys and keys pressed in H.245, wherever it is', () => {
    const inside = [openKeyed, pressed('2468')].map((pdu) => encode(MultimediaSystemControlMessage, pdu));
    const octets = shown(
      setup({ fastStart: [encode(OpenLogicalChannel, keyed)], parallelH245Control: inside }, { h245Control: inside }),
    );
    assert.ok(!octets.includes('media key') && !octets.includes('2468'));
    const { pdu } = signalIn(octets);
    assert.equal(anyBody(pdu).fastStart?.length, 1);
    const said = decode(MultimediaSystemControlMessage, pdu?.h245Control?.[1] ?? Buffer.alloc(0));
    assert.ok(said.ok);
    assert.deepEqual(said.value, pressed('xxxx'));
    assert.ok(!shown(inside[0] as Buffer, 'h245').includes('media key'));
  });

  it('are nothing but zeros where they cannot be read', () => {
    const junk = Buffer.from('ff2468', 'hex');
    assert.deepEqual(shown(junk, 'h245'), Buffer.alloc(3));
    const tunnelled = shown(setup({}, { h245Control: [junk] }));
    assert.deepEqual(signalIn(tunnelled).pdu?.h245Control, [Buffer.alloc(3)]);
    assert.equal(h323Signalling.words(taped(junk, 'ras')), 'a message that cannot be read');
  });

  it('never fail, whatever came', () => {
    const random = seeded(5);
    for (let round = 0; round < 1500; round++) {
      const from = corpus[random(corpus.length)] as Taped;
      const octets = Buffer.from(from.text, 'latin1');
      for (let i = 0; i <= random(3); i++) octets[random(octets.length)] = random(256);
      const one = { ...from, text: octets.toString('latin1') };
      const words = h323Signalling.words(h323Signalling.mask(one, new Set(['1002'])));
      assert.match(words, sentence);
      h323Signalling.tell([one], new Set());
      h323Signalling.dull(one.text, one.language);
    }
  });
});

describe('what is said of messages of H.323', () => {
  it('is a sentence for each of other stacks', () => {
    for (const one of corpus) {
      const words = h323Signalling.words(one);
      assert.match(words, sentence);
      assert.notEqual(words, 'a message that cannot be read');
    }
  });

  const q931 = (name: string, index = 0): Buffer =>
    Buffer.from(q931Vectors.filter((one) => one.name === name)[index]?.hex ?? '', 'hex');
  const rows: [string, Taped, string][] = [
    ['a Setup', taped(q931('q931.setup'), 'h225'), 'Setup: from caller, to room1, tunnels H.245'],
    [
      'a ReleaseComplete with H.245',
      taped(q931('q931.releaseComplete'), 'h225'),
      'ReleaseComplete: normal call clearing (cause 16) [endSessionCommand: disconnect]',
    ],
    ['keys', taped(encode(MultimediaSystemControlMessage, pressed('12')), 'h245'), 'userInput: alphanumeric'],
    [
      'a channel',
      taped(encode(MultimediaSystemControlMessage, openKeyed), 'h245'),
      'openLogicalChannel 101: sends g711A in session 1, RTCP to 192.0.2.1:4001',
    ],
  ];
  for (const [what, one, words] of rows) it(what, () => assert.equal(h323Signalling.words(one), words));
});
