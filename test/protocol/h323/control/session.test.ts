import assert from 'node:assert/strict';
import { annexC, ownTimers } from '../../../../src/protocol/h323/control/timers.js';
import { writeOpening } from '../../../../src/protocol/h323/control/channel-values.js';
import type { IncomingChannel, OutgoingChannel } from '../../../../src/protocol/h323/control/contract.js';
import type { MultimediaSystemControlMessage } from '../../../../src/protocol/h323/h245/schema.js';
import { encode } from '../../../../src/protocol/asn1/codec.js';
import { MultimediaSystemControlMessage as Message } from '../../../../src/protocol/h323/h245/schema.js';
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
  type ControlRig,
} from '../../../support/control-rig.js';
import { h245Vectors, pdus } from '../goldens.js';

const vector = (name: string): string => h245Vectors.find((one) => one.name === name)?.hex ?? '';
const hear = ({ link }: ControlRig, pdu: MultimediaSystemControlMessage): void => link.receive(encode(Message, pdu));

/** A session that has spoken, and a peer that has answered everything. */
function running(role: 'master' | 'slave' = 'master'): ControlRig {
  const rig = controlRig({ terminalType: role === 'master' ? 190 : 50 });
  rig.session.start(fullSet);
  hear(rig, { response: { terminalCapabilitySetAck: { sequenceNumber: 1 } } });
  rig.link.receiveHex(vector('tcs-h264-h239'));
  hear(rig, {
    request: { masterSlaveDetermination: { terminalType: role === 'master' ? 50 : 190, statusDeterminationNumber: 5 } },
  });
  hear(rig, {
    response: {
      masterSlaveDeterminationAck: { decision: role === 'master' ? { master: true } : { slave: true } },
    },
  });
  rig.link.sent();
  return rig;
}

function opened(rig: ControlRig, media = video, number = rig.session.nextNumber): OutgoingChannel {
  const channel = rig.session.open(opening(media));
  assert.ok(channel);
  hear(rig, {
    response: {
      openLogicalChannelAck: {
        forwardLogicalChannelNumber: number,
        forwardMultiplexAckParameters: { h2250LogicalChannelAckParameters: { sessionID: 2, flowControlToZero: false } },
      },
    },
  });
  rig.link.sent();
  return channel;
}

function offered(rig: ControlRig, media = video, number = 5, sessionId = 2): IncomingChannel {
  hear(rig, { request: { openLogicalChannel: writeOpening(number, opening(media, sessionId)) } });
  const channel = rig.named('channelOffered').at(-1)?.channel;
  assert.ok(channel);
  return channel;
}

/** Ends it and sees that nothing is left. */
function over(rig: ControlRig): void {
  rig.session.end();
  rig.link.receiveHex(vector('endSession-disconnect'));
  assert.equal(rig.session.state, 'ended');
  assert.deepEqual(rig.session.channels, []);
  assert.equal(rig.clock.pending, 0);
  assert.equal(rig.link.listeners, 0);
}

describe('a session of H.245', () => {
  it('begins with its set and the determination, and is ready when everything is answered', () => {
    const rig = controlRig();
    rig.session.start(fullSet);
    rig.session.start(fullSet);
    const [set, msd, ...more] = rig.link.sent();
    assert.equal(set?.request?.terminalCapabilitySet?.sequenceNumber, 1);
    assert.equal(msd?.request?.masterSlaveDetermination?.terminalType, 190);
    assert.deepEqual(more, []);
    rig.link.receiveHex(vector('tcs-h264-h239'));
    rig.link.receiveHex(vector('masterSlave-gateway60'));
    assert.deepEqual(
      rig.link.sent().map(({ response }) => Object.keys(response ?? {})[0]),
      ['terminalCapabilitySetAck', 'masterSlaveDeterminationAck'],
    );
    hear(rig, { response: { masterSlaveDeterminationAck: { decision: { master: true } } } });
    assert.equal(rig.named('ready').length, 0);
    hear(rig, { response: { terminalCapabilitySetAck: { sequenceNumber: 9 } } });
    assert.equal(rig.named('ready').length, 0, 'the number of another set');
    hear(rig, { response: { terminalCapabilitySetAck: { sequenceNumber: 1 } } });
    assert.equal(rig.named('ready').length, 1);
    assert.equal(rig.session.role, 'master');
    over(rig);
  });

  it('tells a changed set, the newest of several, and counts them', () => {
    const rig = running();
    rig.session.changeCapabilities(null);
    rig.session.changeCapabilities(fullSet);
    rig.session.changeCapabilities(null);
    rig.session.changeCapabilities({ ...fullSet, maxAudioDelayJitter: 60 });
    const first = rig.link.sent();
    assert.equal(first.length, 1);
    assert.deepEqual(first[0]?.request?.terminalCapabilitySet, {
      sequenceNumber: 2,
      protocolIdentifier: '0.0.8.245.0.15',
    });
    hear(rig, { response: { terminalCapabilitySetReject: { sequenceNumber: 2, cause: { unspecified: true } } } });
    assert.deepEqual(rig.named('capabilitiesRefused'), [], 'an older one');
    const [second] = rig.link.sent();
    const multiplex = second?.request?.terminalCapabilitySet?.multiplexCapability?.h2250Capability;
    assert.equal(multiplex?.maximumAudioDelayJitter, 60);
    hear(rig, { response: { terminalCapabilitySetReject: { sequenceNumber: 3, cause: { unspecified: true } } } });
    assert.deepEqual(rig.named('capabilitiesRefused'), [{ cause: 'unspecified' }]);
    over(rig);
  });

  it('says its set again when asked, and gives up by T101', () => {
    const rig = running();
    hear(rig, { command: { sendTerminalCapabilitySet: { genericRequest: true } } });
    assert.equal(rig.link.sent()[0]?.request?.terminalCapabilitySet?.sequenceNumber, 2);
    rig.clock.advance(annexC.T101);
    assert.deepEqual(rig.named('timedOut'), [{ what: 'capabilities', fatal: false }]);
    assert.ok(rig.link.sent()[0]?.indication?.terminalCapabilitySetRelease);
    over(rig);
  });

  it('refuses a set whose descriptors name nothing', () => {
    const rig = running();
    hear(rig, {
      request: {
        terminalCapabilitySet: {
          sequenceNumber: 77,
          protocolIdentifier: '0.0.8.245.0.15',
          capabilityTable: [{ capabilityTableEntryNumber: 1, capability: { receiveAudioCapability: { g728: 1 } } }],
          capabilityDescriptors: [{ capabilityDescriptorNumber: 0, simultaneousCapabilities: [[99]] }],
        },
      },
    });
    assert.deepEqual(rig.link.sent()[0]?.response?.terminalCapabilitySetReject, {
      sequenceNumber: 77,
      cause: { undefinedTableEntryUsed: true },
    });
    over(rig);
  });

  it('refuses a set of more entries than it keeps', () => {
    const rig = running();
    for (const [sequenceNumber, from] of [
      [78, 1],
      [79, 1001],
    ] as const) {
      const capabilityTable = Array.from({ length: 200 }, (_, i) => ({
        capabilityTableEntryNumber: from + i,
        capability: { receiveAudioCapability: { g728: 1 } },
      }));
      hear(rig, {
        request: {
          terminalCapabilitySet: { sequenceNumber, protocolIdentifier: '0.0.8.245.0.15', capabilityTable },
        },
      });
    }
    const [taken, refused] = rig.link.sent();
    assert.deepEqual(taken?.response?.terminalCapabilitySetAck, { sequenceNumber: 78 });
    assert.deepEqual(refused?.response?.terminalCapabilitySetReject, {
      sequenceNumber: 79,
      cause: { tableEntryCapacityExceeded: { noneProcessed: true } },
    });
    over(rig);
  });

  it('pauses on an empty set and begins anew after it', () => {
    const rig = running();
    const channel = opened(rig);
    const incoming = offered(rig);
    incoming.accept(taken);
    rig.link.sent();
    rig.link.receiveHex(pdus.find(({ name }) => name === 'terminalCapabilitySet:caps=0')?.hex ?? '');
    assert.ok(rig.session.paused);
    assert.deepEqual(rig.named('remoteCapabilities').at(-1), null);
    assert.deepEqual(rig.named('channelClosed'), [{ channel, cause: 'paused', reopen: false }]);
    assert.equal(incoming.state, 'open');
    assert.equal(rig.session.open(opening(video)), null);
    const said = rig.link.sent();
    assert.ok(said.some(({ request }) => request?.closeLogicalChannel?.forwardLogicalChannelNumber === 101));
    rig.link.receiveHex(vector('tcs-h264-h239'));
    assert.ok(!rig.session.paused);
    const again = rig.link.sent().map(({ request, response }) => Object.keys(request ?? response ?? {})[0]);
    assert.deepEqual(again, ['terminalCapabilitySetAck', 'terminalCapabilitySet', 'masterSlaveDetermination']);
    assert.equal(rig.session.open(opening(video))?.number, 102);
    over(rig);
  });

  it('asks for keyframes and rates, mutes and presses keys octet for octet', () => {
    const rig = running();
    const channel = offered(rig, video, 101);
    channel.accept(taken);
    rig.link.sent();
    rig.session.requestFastUpdate(channel);
    assert.deepEqual(rig.link.sentHex(), [vector('videoFastUpdatePicture')]);
    rig.session.limit(channel, 1_024_000);
    rig.session.limit(channel, 1_024_000);
    rig.session.limit(channel, null);
    rig.session.limit(channel, null);
    assert.deepEqual(rig.link.sentHex(), [vector('flowControl-1024k'), vector('flowControl-noRestriction')]);
    rig.session.limit(null, 0);
    rig.session.limit(channel, 99);
    const restrictions = rig.link.sent().map(({ command }) => command?.flowControlCommand?.restriction);
    assert.deepEqual(restrictions, [{ maximumBitRate: 0 }, { maximumBitRate: 0 }]);
    const first = rig.session.adopt('out', 1, opening(audio, 1), taken);
    rig.session.mute(first, true);
    rig.session.mute(first, false);
    assert.deepEqual(rig.link.sentHex(), [vector('logicalChannelInactive'), vector('logicalChannelActive')]);
    assert.ok(rig.session.press('5', null));
    assert.deepEqual(rig.link.sentHex(), [vector('userInput-alphanumeric-5')]);
    hear(rig, {
      request: {
        terminalCapabilitySet: {
          sequenceNumber: 9,
          protocolIdentifier: '0.0.8.245.0.15',
          capabilityTable: [
            { capabilityTableEntryNumber: 1, capability: { receiveUserInputCapability: { dtmf: true } } },
            { capabilityTableEntryNumber: 2, capability: { receiveUserInputCapability: { hookflash: true } } },
          ],
        },
      },
    });
    rig.link.sent();
    assert.ok(rig.session.press('5', 100));
    assert.deepEqual(rig.link.sentHex(), [vector('userInput-signal-5')]);
    assert.ok(rig.session.press('!', null));
    assert.ok(rig.session.press('d', 1e9));
    const signals = rig.link.sent().map(({ indication }) => indication?.userInput?.signal);
    assert.deepEqual(signals, [
      { signalType: '!', duration: 200 },
      { signalType: 'D', duration: 65_535 },
    ]);
    assert.ok(!rig.session.press('x', null));
    over(rig);
    assert.ok(!rig.session.press('5', null));
  });

  it('hears keys in every form', () => {
    const rig = running();
    rig.link.receiveHex('6d4003313233');
    rig.link.receiveHex(vector('userInput-signal-5'));
    hear(rig, { indication: { userInput: { signalUpdate: { duration: 400 } } } });
    hear(rig, { indication: { userInput: { signal: { signalType: '#' } } } });
    hear(rig, { indication: { userInput: { extendedAlphanumeric: { alphanumeric: '42#' } } } });
    hear(rig, { indication: { userInput: { userInputSupportIndication: { basicString: true } } } });
    hear(rig, { indication: { userInput: { alphanumeric: '' } } });
    // what is in the media as well is heard there, and what is encrypted by nobody
    hear(rig, { indication: { userInput: { signal: { signalType: '7', rtpPayloadIndication: true } } } });
    hear(rig, { indication: { userInput: { signal: { signalType: '!', encryptedSignalType: Buffer.from('8') } } } });
    assert.deepEqual(rig.named('userInput'), [
      { form: 'alphanumeric', text: '123', durationMs: null },
      { form: 'signal', text: '5', durationMs: 100 },
      { form: 'signal', text: '#', durationMs: null },
      { form: 'alphanumeric', text: '42#', durationMs: null },
    ]);
    assert.deepEqual(rig.named('userInputUpdate'), [{ durationMs: 400 }]);
    assert.deepEqual(rig.link.sent(), []);
    over(rig);
  });

  it('hears rates for one channel and for all', () => {
    const rig = running();
    const channel = opened(rig, video, 101);
    rig.link.receiveHex(vector('flowControl-1024k'));
    rig.link.receiveHex(vector('flowControl-noRestriction'));
    hear(rig, {
      command: { flowControlCommand: { scope: { wholeMultiplex: true }, restriction: { maximumBitRate: 0 } } },
    });
    hear(rig, {
      command: { flowControlCommand: { scope: { logicalChannelNumber: 9 }, restriction: { noRestriction: true } } },
    });
    assert.deepEqual(rig.named('flowControl'), [
      { channel, bps: 1_024_000 },
      { channel, bps: null },
      { channel: null, bps: 0 },
    ]);
    assert.deepEqual(rig.named('quirk'), [{ label: 'flow_control_of_unknown_channel' }]);
    over(rig);
  });

  it('takes every request for a picture for one, once a second', () => {
    const rig = running();
    opened(rig, video, 101);
    const ask = (type: Parameters<typeof asking>[0]) => hear(rig, asking(type));
    const count = (): number => rig.named('fastUpdate').length;
    ask({ videoFastUpdatePicture: true });
    ask({ videoFastUpdateGOB: { firstGOB: 0, numberOfGOBs: 1 } });
    ask({ videoFastUpdateMB: { numberOfMBs: 1 } });
    ask({ lostPicture: [{ pictureNumber: 3 }] });
    ask({ videoFreezePicture: true });
    assert.equal(count(), 1);
    rig.clock.advance(5_000);
    assert.equal(count(), 1, 'a burst is one request');
    ask({ lostPartialPicture: { pictureReference: { pictureNumber: 1 }, firstMB: 1, numberOfMBs: 2 } });
    assert.equal(count(), 2);
    rig.clock.advance(500);
    ask({ videoFastUpdatePicture: true });
    ask({ videoFastUpdatePicture: true });
    assert.equal(count(), 2);
    rig.clock.advance(500);
    assert.equal(count(), 3, 'the later one after a second');
    for (let i = 0; i < 100; i++) {
      rig.clock.advance(100);
      ask({ videoFastUpdatePicture: true });
    }
    assert.ok(count() <= 3 + 11, `${count()}`);
    over(rig);
  });

  it('has a whole picture for each of its ways to ask for some of one', () => {
    const ways: Parameters<typeof asking>[0][] = [
      { videoFastUpdatePicture: true },
      { videoFastUpdateGOB: { firstGOB: 0, numberOfGOBs: 1 } },
      { videoFastUpdateMB: { numberOfMBs: 1 } },
      { videoBadMBs: { firstMB: 1, numberOfMBs: 1, temporalReference: 0 } },
      { lostPicture: [{ pictureNumber: 3 }] },
      { lostPartialPicture: { pictureReference: { pictureNumber: 1 }, firstMB: 1, numberOfMBs: 2 } },
      { recoveryReferencePicture: [{ pictureNumber: 3 }] },
    ];
    for (const type of ways) {
      const rig = running();
      opened(rig, video, 101);
      hear(rig, asking(type));
      assert.equal(rig.named('fastUpdate').length, 1, Object.keys(type).join());
      hear(rig, asking(type, 77));
      assert.deepEqual(rig.named('quirk').at(-1), { label: 'fast_update_of_unknown_channel' });
      over(rig);
    }
  });

  it('hears mutes, conferences, products and trade-offs; freezes are ignored', () => {
    const rig = running();
    const channel = offered(rig, audio, 1, 1);
    channel.accept(taken);
    const sending = opened(rig, video, 101);
    rig.link.receiveHex(vector('logicalChannelInactive'));
    rig.link.receiveHex(vector('logicalChannelActive'));
    assert.deepEqual(rig.named('muted'), [
      { channel, muted: true },
      { channel, muted: false },
    ]);
    const misc = (logicalChannelNumber: number, type: object) =>
      hear(rig, { indication: { miscellaneousIndication: { logicalChannelNumber, type: type as never } } });
    misc(1, { multipointConference: true });
    misc(1, { cancelMultipointConference: true });
    assert.deepEqual(rig.named('conference'), [{ active: true }, { active: false }]);
    hear(rig, {
      command: { miscellaneousCommand: { logicalChannelNumber: 101, type: { videoTemporalSpatialTradeOff: 9 } } },
    });
    assert.deepEqual(rig.named('tradeOff'), [{ channel: sending, value: 9 }]);
    hear(rig, {
      indication: {
        vendorIdentification: {
          vendor: { h221NonStandard: { t35CountryCode: 9, t35Extension: 0, manufacturerCode: 61 } },
          productNumber: Buffer.from('Room\0\0'),
        },
      },
    });
    assert.deepEqual(rig.named('vendor'), [{ vendor: '9/0/61', product: 'Room', version: '' }]);
    over(rig);
  });

  it('tells a conference', () => {
    const rig = running();
    rig.session.tellConference(true);
    const [command, indication] = rig.link.sent();
    assert.ok(command?.command?.miscellaneousCommand?.type.multipointModeCommand);
    assert.ok(indication?.indication?.miscellaneousIndication?.type.multipointConference);
    over(rig);
  });

  it('measures the round trip and answers at once', () => {
    const rig = running();
    rig.link.receiveHex(vector('roundTripDelayRequest'));
    assert.deepEqual(rig.link.sentHex(), ['280001']);
    rig.session.measure();
    rig.clock.advance(40);
    hear(rig, { response: { roundTripDelayResponse: { sequenceNumber: 7 } } });
    hear(rig, { response: { roundTripDelayResponse: { sequenceNumber: 1 } } });
    rig.session.measure();
    rig.clock.advance(annexC.T105);
    assert.deepEqual(rig.named('roundTrip'), [
      { ms: 40, lost: 0 },
      { ms: null, lost: 1 },
    ]);
    over(rig);
  });

  it('measures by itself now and then', () => {
    const rig = controlRig({ roundTripEvery: 60_000 });
    rig.session.start(fullSet);
    rig.clock.advance(180_000);
    assert.deepEqual(
      rig.named('roundTrip').map(({ lost }) => lost),
      [1, 2],
    );
    over(rig);
  });

  it('answers mode requests, by itself where nobody does', () => {
    const rig = running();
    const ask = (sequenceNumber: number) =>
      hear(rig, {
        request: {
          requestMode: { sequenceNumber, requestedModes: [[{ type: { audioMode: { g711Alaw64k: true } } }]] },
        },
      });
    ask(3);
    rig.named('modeAsked')[0]?.accept('mostPreferred');
    rig.named('modeAsked')[0]?.reject('requestDenied');
    ask(4);
    ask(5);
    rig.named('modeAsked')[1]?.accept('lessPreferred');
    rig.named('modeAsked')[2]?.reject('modeUnavailable');
    ask(6);
    rig.clock.advance(ownTimers.answerWithin);
    ask(7);
    hear(rig, { indication: { requestModeRelease: {} } });
    rig.clock.advance(ownTimers.answerWithin);
    assert.deepEqual(rig.link.sent(), [
      { response: { requestModeAck: { sequenceNumber: 3, response: { willTransmitMostPreferredMode: true } } } },
      { response: { requestModeReject: { sequenceNumber: 5, cause: { modeUnavailable: true } } } },
      { response: { requestModeReject: { sequenceNumber: 6, cause: { requestDenied: true } } } },
    ]);
    over(rig);
  });

  it('asks for modes', () => {
    const rig = running();
    const modes = [[{ type: { audioMode: { g711Ulaw64k: true as const } } }]];
    rig.session.requestMode(modes);
    hear(rig, { response: { requestModeReject: { sequenceNumber: 1, cause: { modeUnavailable: true } } } });
    rig.session.requestMode(modes);
    hear(rig, {
      response: { requestModeAck: { sequenceNumber: 2, response: { willTransmitMostPreferredMode: true } } },
    });
    rig.session.requestMode(modes);
    rig.clock.advance(annexC.T109);
    assert.deepEqual(rig.named('modeAnswered'), [
      { accepted: false, why: 'modeUnavailable' },
      { accepted: true, why: 'willTransmitMostPreferredMode' },
    ]);
    assert.deepEqual(rig.named('timedOut'), [{ what: 'mode', fatal: false }]);
    assert.ok(rig.link.sent().at(-1)?.indication?.requestModeRelease);
    over(rig);
  });

  it('refuses loops and chairs, and returns what it does not know', () => {
    const rig = running();
    hear(rig, { request: { maintenanceLoopRequest: { type: { mediaLoop: 3 } } } });
    hear(rig, { request: { conferenceRequest: { makeMeChair: true } } });
    hear(rig, { request: { conferenceRequest: { terminalListRequest: true } } });
    hear(rig, { request: { communicationModeRequest: {} } });
    hear(rig, { request: { unknownAlternative: { index: 9, octets: Buffer.alloc(1) } } });
    hear(rig, { command: { unknownAlternative: { index: 40, octets: Buffer.alloc(1) } } });
    hear(rig, { command: { h223MultiplexReconfiguration: { h223AnnexADoubleFlag: { start: true } } } });
    hear(rig, { indication: { unknownAlternative: { index: 40, octets: Buffer.alloc(1) } } });
    hear(rig, { indication: { functionNotUnderstood: { request: { communicationModeRequest: {} } } } });
    const said = rig.link.sent();
    assert.deepEqual(said[0]?.response?.maintenanceLoopReject, {
      type: { mediaLoop: 3 },
      cause: { canNotPerformLoop: true },
    });
    assert.ok(said[1]?.response?.conferenceResponse?.makeMeChairResponse?.deniedChairToken);
    assert.ok(said[2]?.indication?.functionNotUnderstood?.request?.conferenceRequest);
    assert.ok(said[3]?.indication?.functionNotUnderstood?.request?.communicationModeRequest);
    assert.ok(said[4]?.indication?.functionNotSupported?.cause.unknownFunction);
    assert.ok(said[5]?.indication?.functionNotUnderstood?.command?.h223MultiplexReconfiguration);
    assert.equal(said.length, 6);
    over(rig);
  });

  it('tells a peer of its garbage, but not for ever', () => {
    const rig = running();
    for (let i = 0; i < 500; i++) rig.link.receive(Buffer.from([0x12]));
    const said = rig.link.sent();
    assert.ok(said[0]?.indication?.functionNotSupported?.cause.syntaxError);
    assert.equal(said.length, 50);
    assert.equal(rig.named('quirk').length, 500);
    over(rig);
  });

  it('hands key updates of H.235.6 up, and sends them', () => {
    const rig = running();
    const pdu: MultimediaSystemControlMessage = {
      command: { miscellaneousCommand: { logicalChannelNumber: 1, type: { encryptionUpdateRequest: {} } } },
    };
    hear(rig, pdu);
    assert.deepEqual(rig.named('encryption'), [{ pdu }]);
    rig.session.send(pdu);
    assert.deepEqual(rig.link.sent(), [pdu]);
    over(rig);
  });

  it('ends by either side, by the link and by time', () => {
    const byPeer = running();
    byPeer.link.receiveHex(vector('endSession-disconnect'));
    assert.deepEqual(byPeer.link.sentHex(), [vector('endSession-disconnect')]);
    assert.deepEqual(byPeer.named('ended'), [{ by: 'peer', why: 'endSession' }]);
    const byLink = running();
    opened(byLink);
    byLink.link.close();
    assert.equal(byLink.named('channelClosed')[0]?.cause, 'ended');
    assert.deepEqual(byLink.named('ended'), [{ by: 'link', why: 'lost' }]);
    const byUs = running();
    byUs.session.end();
    byUs.session.end();
    hear(byUs, { request: { roundTripDelayRequest: { sequenceNumber: 1 } } });
    assert.deepEqual(byUs.link.sentHex(), [vector('endSession-disconnect')]);
    byUs.clock.advance(ownTimers.endSession);
    assert.deepEqual(byUs.named('ended'), [{ by: 'us', why: 'not answered' }]);
    for (const rig of [byPeer, byLink, byUs]) {
      assert.equal(rig.clock.pending, 0);
      assert.equal(rig.events.at(-1)?.name, 'ended');
      // Nothing begins any more.
      assert.equal(rig.session.open(opening(video)), null);
      rig.session.token.take();
      rig.session.measure();
      rig.session.requestMode([]);
      rig.session.changeCapabilities(null);
      rig.session.start(fullSet);
      assert.equal(rig.clock.pending, 0);
    }
  });
});

function asking(
  type: NonNullable<NonNullable<MultimediaSystemControlMessage['command']>['miscellaneousCommand']>['type'],
  logicalChannelNumber = 101,
): MultimediaSystemControlMessage {
  return { command: { miscellaneousCommand: { logicalChannelNumber, type } } };
}

describe('logical channels', () => {
  it('open, refuse and end by T103', () => {
    const rig = running();
    const first = rig.session.open(opening(video));
    const second = rig.session.open(opening(audio));
    assert.ok(first && second);
    assert.deepEqual([first.number, first.sessionId, second.number, second.sessionId], [101, 2, 102, 1]);
    rig.link.sent();
    hear(rig, {
      response: {
        openLogicalChannelReject: { forwardLogicalChannelNumber: 101, cause: { dataTypeNotSupported: true } },
      },
    });
    assert.deepEqual(rig.named('channelRefused'), [
      { channel: first, cause: 'dataTypeNotSupported', conflictsWith: null },
    ]);
    rig.clock.advance(annexC.T103);
    assert.deepEqual(rig.named('channelClosed'), [{ channel: second, cause: 'timeout', reopen: false }]);
    assert.deepEqual(rig.named('timedOut'), [{ what: 'channel', fatal: false }]);
    assert.equal(rig.link.sent()[0]?.request?.closeLogicalChannel?.forwardLogicalChannelNumber, 102);
    assert.deepEqual(rig.session.channels, []);
    // Too late: nobody knows it any more.
    hear(rig, { response: { openLogicalChannelAck: { forwardLogicalChannelNumber: 102 } } });
    assert.deepEqual(rig.named('channelOpened'), []);
    over(rig);
  });

  it('close once, and are gone with the answer or by T103', () => {
    for (const answers of [true, false]) {
      const rig = running();
      const channel = opened(rig);
      channel.close();
      channel.close();
      assert.equal(rig.link.sent().length, 1);
      assert.deepEqual(rig.named('channelClosed'), [{ channel, cause: 'us', reopen: false }]);
      if (answers) hear(rig, { response: { closeLogicalChannelAck: { forwardLogicalChannelNumber: 101 } } });
      else rig.clock.advance(annexC.T103);
      assert.equal(channel.state, 'closed');
      assert.equal(rig.clock.pending, 0);
      assert.equal(rig.named('timedOut').length, answers ? 0 : 1);
      over(rig);
    }
  });

  it('that are offered are refused by time, and reopened by their number', () => {
    const rig = running();
    const first = offered(rig);
    const second = offered(rig);
    assert.equal(first.state, 'closed');
    assert.deepEqual(rig.named('channelClosed'), [{ channel: first, cause: 'reopened', reopen: false }]);
    first.accept(taken);
    assert.deepEqual(rig.link.sent(), []);
    rig.clock.advance(ownTimers.answerWithin);
    assert.equal(second.state, 'closed');
    assert.ok(rig.link.sent()[0]?.response?.openLogicalChannelReject?.cause.unspecified);
    over(rig);
  });

  it('get their session from the master', () => {
    const master = running('master');
    const slides = offered(master, content, 7, 0);
    assert.equal(slides.sessionId, 32);
    slides.accept(taken);
    const [ack] = master.link.sent();
    const told = ack?.response?.openLogicalChannelAck?.forwardMultiplexAckParameters?.h2250LogicalChannelAckParameters;
    assert.equal(told?.sessionID, 32);
    assert.equal(master.session.open(opening(content))?.sessionId, 32);
    over(master);

    const slave = running('slave');
    hear(slave, { request: { openLogicalChannel: writeOpening(9, opening(content, 0)) } });
    const refusal = slave.link.sent().find(({ response }) => response?.openLogicalChannelReject);
    assert.ok(refusal?.response?.openLogicalChannelReject?.cause.invalidSessionID);
    const ours = slave.session.open(opening(content));
    assert.equal(ours?.sessionId, 0);
    hear(slave, {
      response: {
        openLogicalChannelAck: {
          forwardLogicalChannelNumber: 101,
          forwardMultiplexAckParameters: { h2250LogicalChannelAckParameters: { sessionID: 35 } },
        },
      },
    });
    assert.equal(ours.sessionId, 35);
    assert.equal(slave.session.open(opening(content))?.sessionId, 35, 'remembered');
    over(slave);
  });

  it('of content are said to be active, and of a peer that must not begin yet', () => {
    const rig = running();
    const channel = rig.session.open(opening(content));
    rig.link.sent();
    hear(rig, {
      response: {
        openLogicalChannelAck: {
          forwardLogicalChannelNumber: 101,
          forwardMultiplexAckParameters: { h2250LogicalChannelAckParameters: { flowControlToZero: true } },
        },
      },
    });
    assert.ok(rig.link.sent()[0]?.indication?.miscellaneousIndication?.type.logicalChannelActive);
    assert.deepEqual(rig.named('flowControl'), [{ channel, bps: 0 }]);
    over(rig);
  });

  it('close when their receiver asks, and may be wanted again', () => {
    const rig = running();
    const channel = opened(rig);
    rig.link.receiveHex('0580006502800120'); // requestChannelClose 102, normal
    assert.ok(rig.link.sent()[0]?.response?.requestChannelCloseReject);
    hear(rig, { request: { requestChannelClose: { forwardLogicalChannelNumber: 101, reason: { reopen: true } } } });
    const said = rig.link.sent();
    assert.ok(said[0]?.response?.requestChannelCloseAck);
    assert.ok(said[1]?.request?.closeLogicalChannel);
    assert.deepEqual(rig.named('channelClosed'), [{ channel, cause: 'asked', reopen: true }]);
    over(rig);
  });

  it('are asked to be closed, until T108', () => {
    const rig = running();
    const channel = offered(rig);
    channel.accept(taken);
    rig.link.sent();
    channel.requestClose();
    channel.requestClose();
    assert.equal(rig.link.sent().length, 1);
    rig.clock.advance(annexC.T108);
    assert.ok(rig.link.sent()[0]?.indication?.requestChannelCloseRelease);
    assert.deepEqual(rig.named('timedOut'), [{ what: 'closeRequest', fatal: false }]);
    assert.equal(channel.state, 'open');
    hear(rig, {
      request: { closeLogicalChannel: { forwardLogicalChannelNumber: 5, source: { user: true } } },
    });
    assert.equal(channel.state, 'closed');
    over(rig);
  });

  it('of both directions are confirmed, or taken for confirmed after T103', () => {
    for (const confirms of [true, false]) {
      const rig = running();
      hear(rig, { request: { openLogicalChannel: writeOpening(8, bothWays(fecc)) } });
      const channel = rig.named('channelOffered')[0]?.channel;
      assert.ok(channel?.opening.reverse);
      const reverse = { ...channel.opening.reverse, mediaChannel: null };
      channel.accept({ ...taken, reverse });
      const ack = rig.link.sent()[0]?.response?.openLogicalChannelAck;
      assert.equal(ack?.reverseLogicalChannelParameters?.reverseLogicalChannelNumber, 101);
      assert.equal(channel.state, 'confirming');
      assert.equal(rig.session.nextNumber, 102, 'the number is taken');
      if (confirms) hear(rig, { indication: { openLogicalChannelConfirm: { forwardLogicalChannelNumber: 8 } } });
      else rig.clock.advance(annexC.T103);
      assert.equal(channel.state, 'open');
      assert.deepEqual(rig.named('timedOut'), confirms ? [] : [{ what: 'confirmation', fatal: false }]);
      over(rig);
    }
  });

  it('of both directions that both open: the master refuses, the slave is told with what it conflicts', () => {
    const master = running('master');
    master.session.open(bothWays(fecc));
    master.link.sent();
    hear(master, { request: { openLogicalChannel: writeOpening(8, bothWays(fecc)) } });
    assert.ok(master.link.sent()[0]?.response?.openLogicalChannelReject?.cause.masterSlaveConflict);
    over(master);

    const slave = running('slave');
    const ours = slave.session.open(bothWays(fecc));
    hear(slave, { request: { openLogicalChannel: writeOpening(8, bothWays(fecc)) } });
    const theirs = slave.named('channelOffered')[0]?.channel;
    theirs?.accept(taken);
    hear(slave, {
      response: {
        openLogicalChannelReject: { forwardLogicalChannelNumber: 101, cause: { masterSlaveConflict: true } },
      },
    });
    assert.deepEqual(slave.named('channelRefused'), [
      { channel: ours, cause: 'masterSlaveConflict', conflictsWith: theirs },
    ]);
    over(slave);
  });

  it('of other kinds, other networks and too many are refused', () => {
    const rig = running();
    const message = writeOpening(8, opening(audio, 1));
    hear(rig, {
      request: {
        openLogicalChannel: {
          ...message,
          forwardLogicalChannelParameters: {
            dataType: { audioData: { g711Alaw56k: 20 } },
            multiplexParameters: message.forwardLogicalChannelParameters.multiplexParameters,
          },
        },
      },
    });
    hear(rig, {
      request: {
        openLogicalChannel: {
          ...message,
          forwardLogicalChannelParameters: {
            dataType: { audioData: { g711Alaw64k: 20 } },
            multiplexParameters: { none: true },
          },
        },
      },
    });
    const causes = rig.link.sent().map(({ response }) => response?.openLogicalChannelReject?.cause);
    assert.deepEqual(causes, [{ dataTypeNotSupported: true }, { dataTypeALCombinationNotSupported: true }]);
    for (let number = 1; number <= 40; number++) offeredOrNot(rig, number);
    assert.equal(rig.session.channels.length, 32);
    over(rig);
  });

  it('may be called content by what stands beside them', () => {
    const rig = running();
    const message = writeOpening(8, opening(content, 33));
    const plain = writeOpening(8, opening(video, 33));
    hear(rig, {
      request: {
        openLogicalChannel: {
          ...plain,
          ...(message.genericInformation ? { genericInformation: message.genericInformation } : {}),
        },
      },
    });
    const media = rig.named('channelOffered')[0]?.channel.opening.forward?.media;
    assert.deepEqual(media, { ...content, video: [video] });
    over(rig);
  });
});

function offeredOrNot(rig: ControlRig, number: number): void {
  hear(rig, { request: { openLogicalChannel: writeOpening(number, opening(audio, 1)) } });
}
