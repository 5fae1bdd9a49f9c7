import assert from 'node:assert/strict';
import { chosen, type NameOf } from '../../../src/protocol/asn1/choice.js';
import { writeOpening } from '../../../src/protocol/h323/control/channel-values.js';
import { writeSet } from '../../../src/protocol/h323/control/capabilities.js';
import type {
  CommandMessage,
  ConferenceCommand,
  ConferenceIndication,
  ConferenceRequest,
  IndicationMessage,
  MiscellaneousCommand,
  MiscellaneousIndication,
  MultimediaSystemControlMessage as Pdu,
  RequestMessage,
} from '../../../src/protocol/h323/h245/schema.js';
import { audio, opening } from '../../support/control-rig.js';
import { deviceSet, settle, startH323Rig, type H323Rig, type Peer } from '../../support/h323-rig.js';

type Named<T> = Exclude<NameOf<T>, 'unknownAlternative'>;
/** One message by the name of its alternative. */
type Each<T, V> = Record<Named<T>, V>;
type Of<T, K> = K extends keyof T ? T[K] : never;

const label = { mcuNumber: 1, terminalNumber: 2 };
const nonStandard = { nonStandardData: { nonStandardIdentifier: { object: '1.2.3' }, data: Buffer.from('x') } };
const generic = { messageIdentifier: { standard: '0.0.8.999.1' }, subMessageIdentifier: 1 };
const sequenceNumber = 77;
const one = { logicalChannelNumber: 101 };
const atm = {
  ...{ resourceID: 1, bitRate: 1, bitRateLockedToPCRClock: false, bitRateLockedToNetworkClock: false },
  ...{
    aal: { aal5: { forwardMaximumSDUSize: 1, backwardMaximumSDUSize: 1 } },
    multiplex: { noMultiplex: true as const },
  },
};
const atmBack = {
  ...{ bitRate: 1, bitRateLockedToPCRClock: false, bitRateLockedToNetworkClock: false },
  multiplex: { noMultiplex: true as const },
};
const closed = 'closeLogicalChannelAck';
const returned = 'functionNotUnderstood';
const chair = 'conferenceResponse';

/** Every request, and what is said first in answer to it. */
const requests: Each<RequestMessage, [value: unknown, answer: string]> = {
  nonStandard: [nonStandard, returned],
  masterSlaveDetermination: [{ terminalType: 50, statusDeterminationNumber: 9 }, 'masterSlaveDeterminationAck'],
  terminalCapabilitySet: [writeSet(deviceSet(), 5), 'terminalCapabilitySetAck'],
  openLogicalChannel: [
    writeOpening(900, opening({ ...audio, codec: 'g729' } as typeof audio, 1)),
    'openLogicalChannelReject',
  ],
  closeLogicalChannel: [{ forwardLogicalChannelNumber: 900, source: { user: true } }, closed],
  requestChannelClose: [{ forwardLogicalChannelNumber: 900 }, 'requestChannelCloseReject'],
  multiplexEntrySend: [{ sequenceNumber, multiplexEntryDescriptors: [{ multiplexTableEntryNumber: 1 }] }, returned],
  requestMultiplexEntry: [{ entryNumbers: [1] }, returned],
  requestMode: [{ sequenceNumber, requestedModes: [[{ type: { audioMode: { g729: true } } }]] }, 'requestModeReject'],
  roundTripDelayRequest: [{ sequenceNumber }, 'roundTripDelayResponse'],
  maintenanceLoopRequest: [{ type: { systemLoop: true } }, 'maintenanceLoopReject'],
  communicationModeRequest: [{}, returned],
  conferenceRequest: [{ dropTerminal: label }, chair],
  multilinkRequest: [{ maximumHeaderInterval: { requestType: { currentIntervalInformation: true } } }, returned],
  logicalChannelRateRequest: [{ sequenceNumber, ...one, maximumBitRate: 1 }, 'logicalChannelRateReject'],
  genericRequest: [generic, returned],
};

/** Every request of a conference: its own refusal, or null where it is returned as not understood or needs no answer. */
const conference: Each<ConferenceRequest, [value: unknown, answer: string | null]> = {
  terminalListRequest: [true, returned],
  makeMeChair: [true, 'makeMeChairResponse'],
  cancelMakeMeChair: [true, null],
  dropTerminal: [label, 'terminalDropReject'],
  requestTerminalID: [label, returned],
  enterH243Password: [true, returned],
  enterH243TerminalID: [true, returned],
  enterH243ConferenceID: [true, returned],
  enterExtensionAddress: [true, returned],
  requestChairTokenOwner: [true, returned],
  requestTerminalCertificate: [{}, returned],
  broadcastMyLogicalChannel: [101, 'broadcastMyLogicalChannelResponse'],
  makeTerminalBroadcaster: [label, 'makeTerminalBroadcasterResponse'],
  sendThisSource: [label, 'sendThisSourceResponse'],
  requestAllTerminalIDs: [true, returned],
  remoteMCRequest: [{ masterActivate: true }, 'remoteMCResponse'],
};

const misc: Partial<{ [K in Named<MiscellaneousCommand['type']>]: Of<MiscellaneousCommand['type'], K> }> = {
  equaliseDelay: true,
  zeroDelay: true,
  multipointModeCommand: true,
  cancelMultipointModeCommand: true,
  videoFreezePicture: true,
  videoFastUpdatePicture: true,
  videoFastUpdateGOB: { firstGOB: 0, numberOfGOBs: 18 },
  videoTemporalSpatialTradeOff: 31,
  videoSendSyncEveryGOB: true,
  videoSendSyncEveryGOBCancel: true,
  videoFastUpdateMB: { numberOfMBs: 1 },
  maxH223MUXPDUsize: 1,
  switchReceiveMediaOff: true,
  switchReceiveMediaOn: true,
  progressiveRefinementStart: { repeatCount: { doOneProgression: true } },
  progressiveRefinementAbortOne: true,
  progressiveRefinementAbortContinuous: true,
  videoBadMBs: { firstMB: 1, numberOfMBs: 1, temporalReference: 0 },
  lostPicture: [],
  recoveryReferencePicture: [],
  encryptionUpdateAck: { synchFlag: 1 },
};
const conferenceCommands: { [K in Named<ConferenceCommand>]: unknown } = {
  broadcastMyLogicalChannel: 101,
  cancelBroadcastMyLogicalChannel: 101,
  makeTerminalBroadcaster: label,
  cancelMakeTerminalBroadcaster: true,
  sendThisSource: label,
  cancelSendThisSource: true,
  dropConference: true,
  substituteConferenceIDCommand: { conferenceIdentifier: Buffer.alloc(16) },
};

/** Every command but the one that ends the call. */
const commands: Each<Omit<CommandMessage, 'endSessionCommand'>, unknown> & Record<string, unknown> = {
  nonStandard,
  maintenanceLoopOffCommand: {},
  sendTerminalCapabilitySet: { genericRequest: true },
  encryptionCommand: { encryptionIVRequest: true },
  flowControlCommand: { scope: { wholeMultiplex: true }, restriction: { noRestriction: true } },
  miscellaneousCommand: { ...one, type: { zeroDelay: true } },
  communicationModeCommand: {
    communicationModeTable: [
      {
        ...{ sessionID: 9, sessionDescription: 'x', mediaGuaranteedDelivery: false },
        ...{ dataType: { audioData: { g729: 1 } }, mediaControlChannel: undefined },
        mediaControlGuaranteedDelivery: undefined,
      },
    ],
  },
  conferenceCommand: { dropConference: true },
  h223MultiplexReconfiguration: { h223AnnexADoubleFlag: { stop: true } },
  newATMVCCommand: { ...atm, reverseParameters: atmBack },
  mobileMultilinkReconfigurationCommand: { sampleSize: 1, samplesPerFrame: 1, status: { synchronized: true } },
  genericCommand: generic,
};

const said: { [K in Named<MiscellaneousIndication['type']>]: unknown } = {
  logicalChannelActive: true,
  logicalChannelInactive: true,
  multipointConference: true,
  cancelMultipointConference: true,
  multipointZeroComm: true,
  cancelMultipointZeroComm: true,
  multipointSecondaryStatus: true,
  cancelMultipointSecondaryStatus: true,
  videoIndicateReadyToActivate: true,
  videoTemporalSpatialTradeOff: 0,
  videoNotDecodedMBs: { firstMB: 1, numberOfMBs: 1, temporalReference: 0 },
  transportCapability: {},
};
const conferenceSaid: { [K in Named<ConferenceIndication>]: unknown } = {
  sbeNumber: 9,
  terminalNumberAssign: label,
  terminalJoinedConference: label,
  terminalLeftConference: label,
  seenByAtLeastOneOther: true,
  cancelSeenByAtLeastOneOther: true,
  seenByAll: true,
  cancelSeenByAll: true,
  terminalYouAreSeeing: label,
  requestForFloor: true,
  withdrawChairToken: true,
  floorRequested: label,
  terminalYouAreSeeingInSubPictureNumber: { terminalNumber: 1, subPictureNumber: 0 },
  videoIndicateCompose: { compositionNumber: 0 },
  masterMCU: true,
  cancelMasterMCU: true,
};

/** Every indication; those of the machines come when nothing is under way. */
const indications: Each<IndicationMessage, unknown> = {
  nonStandard,
  functionNotUnderstood: { request: { communicationModeRequest: {} } },
  masterSlaveDeterminationRelease: {},
  terminalCapabilitySetRelease: {},
  openLogicalChannelConfirm: { forwardLogicalChannelNumber: 101 },
  requestChannelCloseRelease: { forwardLogicalChannelNumber: 101 },
  multiplexEntrySendRelease: { multiplexTableEntryNumber: [1] },
  requestMultiplexEntryRelease: { entryNumbers: [1] },
  requestModeRelease: {},
  miscellaneousIndication: { ...one, type: { multipointZeroComm: true } },
  jitterIndication: {
    ...{ scope: { wholeMultiplex: true }, skippedFrameCount: 15, additionalDecoderBuffer: 262_143 },
    ...{ estimatedReceivedJitterMantissa: 3, estimatedReceivedJitterExponent: 7 },
  },
  h223SkewIndication: { logicalChannelNumber1: 101, logicalChannelNumber2: 102, skew: 1 },
  newATMVCIndication: atm,
  userInput: { userInputSupportIndication: { basicString: true } },
  h2250MaximumSkewIndication: { logicalChannelNumber1: 101, logicalChannelNumber2: 102, maximumSkew: 4095 },
  mcLocationIndication: {
    signalAddress: { unicastAddress: { iPAddress: { network: Buffer.from([192, 0, 2, 1]), tsapIdentifier: 1720 } } },
  },
  conferenceIndication: { seenByAll: true },
  vendorIdentification: { vendor: { object: '1.2.3' } },
  functionNotSupported: { cause: { unknownFunction: true } },
  multilinkIndication: { crcDesired: {} },
  logicalChannelRateRelease: {},
  flowControlIndication: { scope: { wholeMultiplex: true }, restriction: { maximumBitRate: 0 } },
  mobileMultilinkReconfigurationIndication: { sampleSize: 1, samplesPerFrame: 1 },
  genericIndication: generic,
};

describe('what an H.323 device may say in H.245', () => {
  let rig: H323Rig;
  let peer: Peer;
  /** What we say. */
  let heard: Pdu[];
  beforeEach(async () => {
    rig = await startH323Rig();
    peer = await (await rig.peer()).dial('meeting');
    await peer.send('audio');
    await peer.send('video');
    heard = [];
    peer.call?.control.on.on('pdu', (pdu) => heard.push(pdu));
  });
  afterEach(() => rig.nothingLeft());

  const say = async (pdu: Pdu): Promise<Pdu[]> => {
    heard = [];
    let arrived = 0;
    const watch = rig.legs('meeting')[0]!.parts.call.control.on.on('pdu', () => arrived++);
    peer.session?.send(pdu);
    await settle(rig.clock);
    watch.dispose();
    assert.ok(arrived > 0, `not sent: ${JSON.stringify(pdu)}`);
    return heard;
  };
  const nameOf = ({ response, indication }: Pdu): string =>
    response ? chosen(response) : indication ? chosen(indication) : 'nothing';
  const stands = (after: string): void => {
    assert.equal(peer.call?.state, 'active', after);
    const { audio: sound, video } = rig.legs('meeting')[0]!.lines;
    assert.deepEqual([sound?.params?.direction, video?.params?.direction], ['sendrecv', 'sendrecv'], after);
    assert.deepEqual([peer.channels('in').length, peer.channels('out').length], [2, 2], after);
  };

  it('every request has its answer, and the call goes on', async () => {
    for (const [name, [value, answer]] of Object.entries(requests)) {
      const answers = (await say({ request: { [name]: value } as unknown as RequestMessage })).map(nameOf);
      assert.deepEqual(answers.slice(0, 1), [answer], name);
      stands(name);
    }
  });

  it('every request of a conference is refused by its own response, or returned', async () => {
    for (const [name, [value, answer]] of Object.entries(conference)) {
      const conferenceRequest = { [name]: value } as unknown as ConferenceRequest;
      const answers = await say({ request: { conferenceRequest } });
      const own = answers.map((pdu) =>
        pdu.response?.conferenceResponse ? chosen(pdu.response.conferenceResponse) : nameOf(pdu),
      );
      assert.deepEqual(own, answer === null ? [] : [answer], name);
      stands(name);
    }
  });

  it('no command and no indication disturbs the call', async () => {
    const all: Pdu[] = [
      ...Object.entries(commands).map(([name, value]) => ({ command: { [name]: value } }) as unknown as Pdu),
      ...Object.entries(misc).map(
        ([name, value]) =>
          ({
            command: { miscellaneousCommand: { ...one, type: { [name]: value } } },
          }) as unknown as Pdu,
      ),
      ...Object.entries(conferenceCommands).map(
        ([name, value]) =>
          ({
            command: { conferenceCommand: { [name]: value } },
          }) as unknown as Pdu,
      ),
      ...Object.entries(indications).map(([name, value]) => ({ indication: { [name]: value } }) as unknown as Pdu),
      ...Object.entries(said).map(
        ([name, value]) =>
          ({
            indication: { miscellaneousIndication: { logicalChannelNumber: 9, type: { [name]: value } } },
          }) as unknown as Pdu,
      ),
      ...Object.entries(conferenceSaid).map(
        ([name, value]) =>
          ({
            indication: { conferenceIndication: { [name]: value } },
          }) as unknown as Pdu,
      ),
    ];
    for (const pdu of all) {
      const answers = await say(pdu);
      const what = JSON.stringify(pdu);
      // indications are never answered
      if (pdu.indication) assert.deepEqual(answers, [], what);
      stands(what);
    }
  });

  it('it hears that it is in a conference when it is known who is master', async () => {
    const order: string[] = [];
    const other = await rig.peer();
    const dialled = other.dial('demo');
    other.call?.control.on.on('pdu', (pdu) => {
      const { response, indication, command } = pdu;
      if (response?.masterSlaveDeterminationAck) order.push('determined');
      if (command?.miscellaneousCommand?.type.multipointModeCommand) order.push('commanded');
      if (indication?.miscellaneousIndication?.type.multipointConference) order.push('told');
    });
    await dialled;
    assert.deepEqual(order, ['determined', 'commanded', 'told']);
  });
});
