import assert from 'node:assert/strict';
import { capabilitySet, writeSet } from '../../../../src/protocol/h323/control/capabilities.js';
import type { AudioCodec, ChannelOpening, UserInputForm } from '../../../../src/protocol/h323/control/contract.js';
import { encode } from '../../../../src/protocol/asn1/codec.js';
import {
  MultimediaSystemControlMessage,
  type MultimediaSystemControlMessage as Pdu,
  type RequestMessage,
} from '../../../../src/protocol/h323/h245/schema.js';
import { writeOpening } from '../../../../src/protocol/h323/control/channel-values.js';
import { annexC } from '../../../../src/protocol/h323/control/timers.js';
import { chosen } from '../../../../src/protocol/asn1/choice.js';
import { tpkt } from '../../../../src/protocol/h323/tpkt.js';
import { printCapture } from '../../../../src/protocol/pcapng/blocks.js';
import { TcpStreams } from '../../../../src/protocol/pcapng/ip.js';
import { linkPair, valueOf } from '../../../support/control-links.js';
import {
  audio,
  bothWays,
  content,
  controlRig,
  fecc,
  fullSet,
  opening,
  taken,
  video,
} from '../../../support/control-rig.js';
import { dissect, hasTshark } from '../../../support/tshark.js';

const port = 19_000;
const from = { address: '192.0.2.1', port };
const to = { address: '198.51.100.7', port: 50_000 };

/** Both sides of a call in which everything happens, as octets. */
function conversation(): Buffer[] {
  const said: Buffer[] = [];
  const links = linkPair();
  for (const link of [links.a, links.b]) {
    const { send } = link;
    link.send = (pdu) => {
      said.push(encode(MultimediaSystemControlMessage, pdu));
      send.call(link, pdu);
    };
  }
  const a = controlRig({ link: links.a });
  const b = controlRig({ link: links.b, terminalType: 50 });
  for (const { session } of [a, b]) {
    session.on.on('channelOffered', ({ channel }) => {
      const { reverse } = channel.opening;
      channel.accept(reverse ? { ...taken, reverse: { ...reverse, mediaChannel: null } } : taken);
    });
    session.on.on('tokenAsked', (ask) => ask.accept());
    session.on.on('modeAsked', (ask) => ask.accept('mostPreferred'));
    session.on.on('rateAsked', (ask) => ask.reject());
    session.start(fullSet);
  }
  links.settle();
  for (const media of [audio, video, content]) a.session.open(opening(media));
  b.session.open(bothWays(fecc));
  b.session.token.take();
  links.settle();
  a.session.token.take();
  links.settle();
  for (const channel of a.session.channels) {
    if (channel.direction === 'out') {
      a.session.mute(channel, true);
      a.session.requestRate(channel, 512_000);
    } else {
      a.session.requestFastUpdate(channel);
      a.session.limit(channel, 128_000);
      channel.requestClose();
    }
  }
  a.session.press('5', 100);
  a.session.tellConference(true);
  a.session.measure();
  a.session.requestMode([[{ type: { audioMode: { g711Ulaw64k: true } } }]]);
  a.session.limit(null, null);
  links.b.receiveHex('12');
  links.settle();
  a.session.token.release();
  a.session.changeCapabilities(null);
  links.settle();
  a.session.end();
  links.settle();
  return said;
}

/** All that can be in a set, and in an opening. */
function everything(): Buffer[] {
  const audios: AudioCodec[] = ['g711A', 'g711U', 'g722', 'g728', 'g729', 'g729A', 'g729B', 'g729AB', 'g7231'];
  const forms: UserInputForm[] = ['basicString', 'iA5String', 'generalString', 'dtmf', 'hookflash'];
  const h263 = { kind: 'video', codec: 'h263', maxBitRate: 384_000, intervals: { cif: 1 }, options: false } as const;
  const set = capabilitySet([
    audios.map((codec) => ({ direction: 'receive', capability: { kind: 'audio', codec, frames: 2 } })),
    [
      { direction: 'both', capability: { kind: 'audio', codec: 'g7221', frames: 1, bitRate: 24_000 } },
      { direction: 'transmit', capability: { kind: 'audio', codec: 'g7221c', frames: 1, bitRate: 48_000 } },
    ],
    [
      { direction: 'receive', capability: h263 },
      { direction: 'receive', capability: { ...h263, codec: 'h261' } },
      { direction: 'both', capability: video },
    ],
    forms.map((form) => ({ direction: 'both', capability: { kind: 'userInput', form } })),
    [{ direction: 'both', capability: { kind: 'security', entry: 1, algorithms: ['2.16.840.1.101.3.4.1.2'] } }],
  ]);
  const forward = opening(content, 32).forward;
  assert.ok(forward);
  const secured: ChannelOpening = {
    forward: {
      ...forward,
      encryption: { algorithms: ['2.16.840.1.101.3.4.1.2'] },
      mediaChannel: { address: '2001:db8::1', port: 7_000 },
    },
    reverse: null,
  };
  const links = linkPair();
  const rig = controlRig({ link: links.a });
  rig.session.start(fullSet);
  rig.session.open(secured);
  const message = { request: { terminalCapabilitySet: writeSet(set, 9) } };
  return [...links.a.outbox, encode(MultimediaSystemControlMessage, message)];
}

/** What is said to a peer that is wrong in everything, and never answers. */
function troubles(): Buffer[] {
  // everybody draws the same number: a determination that nobody can win
  const rig = controlRig({ chance: { int: () => 5, hex: () => '', uuid: () => '' } });
  const hear = (pdu: Pdu): void => rig.link.receive(encode(MultimediaSystemControlMessage, pdu));
  const sequenceNumber = 7;
  const forwardLogicalChannelNumber = 900;
  const protocolIdentifier = '0.0.8.245.0.15';
  const described = {
    sequenceNumber,
    protocolIdentifier,
    capabilityDescriptors: [{ capabilityDescriptorNumber: 0, simultaneousCapabilities: [[9]] }],
  };
  const table = (from: number) => ({
    ...{ sequenceNumber, protocolIdentifier },
    capabilityTable: Array.from({ length: 200 }, (_, at) => ({
      capabilityTableEntryNumber: from + at,
      capability: { receiveAudioCapability: { g728: 1 } },
    })),
  });
  const requests: RequestMessage[] = [
    { terminalCapabilitySet: described },
    { terminalCapabilitySet: table(1) },
    { terminalCapabilitySet: table(500) },
    {
      openLogicalChannel: writeOpening(901, {
        ...opening(audio, 1),
        forward: null,
        reverse: opening(audio, 1).forward,
      }),
    },
    { requestChannelClose: { forwardLogicalChannelNumber } },
    { requestMode: { sequenceNumber, requestedModes: [[{ type: { audioMode: { g729: true } } }]] } },
    { maintenanceLoopRequest: { type: { mediaLoop: 5 } } },
    { logicalChannelRateRequest: { sequenceNumber, logicalChannelNumber: 5, maximumBitRate: 1 } },
    { conferenceRequest: { makeMeChair: true } },
    { conferenceRequest: { dropTerminal: { mcuNumber: 1, terminalNumber: 2 } } },
    { conferenceRequest: { broadcastMyLogicalChannel: 101 } },
    { conferenceRequest: { makeTerminalBroadcaster: { mcuNumber: 1, terminalNumber: 2 } } },
    { conferenceRequest: { sendThisSource: { mcuNumber: 1, terminalNumber: 2 } } },
    { conferenceRequest: { remoteMCRequest: { masterActivate: true } } },
    { conferenceRequest: { terminalListRequest: true } },
    { communicationModeRequest: {} },
  ];
  rig.session.on.on('modeAsked', (ask) => ask.reject('modeUnavailable'));
  hear({ request: { masterSlaveDetermination: { terminalType: 190, statusDeterminationNumber: 5 } } });
  for (const request of requests) hear({ request });
  hear({ command: { encryptionCommand: { encryptionIVRequest: true } } });
  rig.link.receive(Buffer.from('ff', 'hex'));
  rig.session.on.on('channelOffered', ({ channel }) => channel.accept(taken));
  hear({ request: { openLogicalChannel: writeOpening(5, opening(video, 2)) } });
  for (const { number } of rig.session.channels) {
    const type = { encryptionUpdateRequest: { keyProtectionMethod: undefined } };
    rig.session.send({ command: { miscellaneousCommand: { logicalChannelNumber: number, type } } });
    const ack = { encryptionUpdateAck: { synchFlag: 101 } };
    rig.session.send({ command: { miscellaneousCommand: { logicalChannelNumber: number, type: ack } } });
  }
  rig.session.start(fullSet);
  rig.session.requestMode([[{ type: { audioMode: { g711Ulaw64k: true } } }]]);
  for (const channel of rig.session.channels) if (channel.direction === 'in') channel.requestClose();
  rig.clock.advance(annexC.T101);
  rig.session.end();
  return [...rig.link.outbox];
}

/** `request terminalCapabilitySet` and the like. */
function nameOf(octets: Buffer): string {
  const message = valueOf(octets);
  const kind = chosen(message);
  return `${kind} ${chosen(Object.values(message)[0] as RequestMessage)}`;
}

/** Every message that we have a reason to send. */
const allOfOurs = {
  request: [
    ...['terminalCapabilitySet', 'masterSlaveDetermination', 'openLogicalChannel', 'closeLogicalChannel'],
    ...['requestChannelClose', 'requestMode', 'roundTripDelayRequest', 'genericRequest'],
  ],
  response: [
    ...['terminalCapabilitySetAck', 'terminalCapabilitySetReject', 'masterSlaveDeterminationAck'],
    ...[
      'masterSlaveDeterminationReject',
      'openLogicalChannelAck',
      'openLogicalChannelReject',
      'closeLogicalChannelAck',
    ],
    ...['requestChannelCloseAck', 'requestChannelCloseReject', 'requestModeAck', 'requestModeReject'],
    ...['roundTripDelayResponse', 'maintenanceLoopReject', 'conferenceResponse', 'logicalChannelRateReject'],
    'genericResponse',
  ],
  command: ['flowControlCommand', 'miscellaneousCommand', 'endSessionCommand', 'genericCommand'],
  indication: [
    ...['userInput', 'miscellaneousIndication', 'openLogicalChannelConfirm', 'requestChannelCloseRelease'],
    ...['requestModeRelease', 'masterSlaveDeterminationRelease', 'terminalCapabilitySetRelease'],
    ...['functionNotUnderstood', 'functionNotSupported', 'genericIndication'],
  ],
};

describe('H.245 in the eyes of tshark', () => {
  it('has no mark of anything malformed, and means what we say', function () {
    if (!hasTshark()) this.skip();
    this.timeout(30_000);
    const said = [...conversation(), ...everything(), ...troubles()];
    const names = new Set(said.map(nameOf));
    const missing = Object.entries(allOfOurs).flatMap(([kind, of]) =>
      of.map((name) => `${kind} ${name}`).filter((name) => !names.has(name)),
    );
    assert.deepEqual(missing, []);
    const streams = new TcpStreams();
    const packets = said.flatMap((octets) => streams.packets(from, to, tpkt(octets)));
    const file = printCapture(
      { application: 'Test', comment: '' },
      packets.map((bytes, at) => ({ at, bytes, outgoing: true })),
    );
    const fields = ['frame.protocols', '_ws.malformed', '_ws.expert.message', '_ws.col.Info'];
    const rows = dissect(file, fields, { filter: 'tpkt', decodeAs: [`tcp.port==${port},h245`] });
    assert.equal(rows.length, said.length);
    const marks = rows.filter(([protocols = '', malformed, expert]) => {
      return !protocols.includes('h245') || malformed !== '' || expert !== '';
    });
    assert.deepEqual(marks, []);
  });
});
