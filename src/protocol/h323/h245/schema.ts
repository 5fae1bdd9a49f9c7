import { GENERAL_STRING, bmpString, ia5String, numericString } from '../../asn1/characters.js';
import { choice, type Choice, type ExtensibleChoice } from '../../asn1/choice.js';
import { sequenceOf } from '../../asn1/list.js';
import { BOOLEAN, NULL, OBJECT_IDENTIFIER, extensibleInteger, integer } from '../../asn1/numbers.js';
import { bitString, octetString } from '../../asn1/octets.js';
import { lazy, optional, type Infer, type Schema } from '../../asn1/schema.js';
import { sequence } from '../../asn1/sequence.js';

// H.245 version 17: the types of module MULTIMEDIA-SYSTEM-CONTROL.
// Written by `npm run asn1` from scripts/asn1/modules; not to be edited.

export const NonStandardIdentifier = choice({
  object: OBJECT_IDENTIFIER,
  h221NonStandard: sequence({
    t35CountryCode: integer(0, 255),
    t35Extension: integer(0, 255),
    manufacturerCode: integer(0, 65535),
  }),
});
export type NonStandardIdentifier = Infer<typeof NonStandardIdentifier>;

export const NonStandardParameter = sequence({ nonStandardIdentifier: NonStandardIdentifier, data: octetString() });
export type NonStandardParameter = Infer<typeof NonStandardParameter>;

export const NonStandardMessage = sequence({ nonStandardData: NonStandardParameter }, {});
export type NonStandardMessage = Infer<typeof NonStandardMessage>;

export const MasterSlaveDetermination = sequence(
  { terminalType: integer(0, 255), statusDeterminationNumber: integer(0, 16777215) },
  {},
);
export type MasterSlaveDetermination = Infer<typeof MasterSlaveDetermination>;

export const SequenceNumber = integer(0, 255);
export type SequenceNumber = Infer<typeof SequenceNumber>;

export const Q2931Address = sequence(
  {
    address: choice({ internationalNumber: numericString(1, 16), nsapAddress: octetString(1, 20) }, {}),
    subaddress: optional(octetString(1, 20)),
  },
  {},
);
export type Q2931Address = Infer<typeof Q2931Address>;

export const VCCapability = sequence(
  {
    aal1: optional(
      sequence(
        {
          nullClockRecovery: BOOLEAN,
          srtsClockRecovery: BOOLEAN,
          adaptiveClockRecovery: BOOLEAN,
          nullErrorCorrection: BOOLEAN,
          longInterleaver: BOOLEAN,
          shortInterleaver: BOOLEAN,
          errorCorrectionOnly: BOOLEAN,
          structuredDataTransfer: BOOLEAN,
          partiallyFilledCells: BOOLEAN,
        },
        {},
      ),
    ),
    aal5: optional(
      sequence({ forwardMaximumSDUSize: integer(0, 65535), backwardMaximumSDUSize: integer(0, 65535) }, {}),
    ),
    transportStream: BOOLEAN,
    programStream: BOOLEAN,
    availableBitRates: sequence(
      {
        type: choice({
          singleBitRate: integer(1, 65535),
          rangeOfBitRates: sequence({ lowerBitRate: integer(1, 65535), higherBitRate: integer(1, 65535) }),
        }),
      },
      {},
    ),
  },
  {
    aal1ViaGateway: sequence(
      {
        gatewayAddress: sequenceOf(Q2931Address, 1, 256),
        nullClockRecovery: BOOLEAN,
        srtsClockRecovery: BOOLEAN,
        adaptiveClockRecovery: BOOLEAN,
        nullErrorCorrection: BOOLEAN,
        longInterleaver: BOOLEAN,
        shortInterleaver: BOOLEAN,
        errorCorrectionOnly: BOOLEAN,
        structuredDataTransfer: BOOLEAN,
        partiallyFilledCells: BOOLEAN,
      },
      {},
    ),
  },
);
export type VCCapability = Infer<typeof VCCapability>;

export const H222Capability = sequence({ numberOfVCs: integer(1, 256), vcCapability: sequenceOf(VCCapability) }, {});
export type H222Capability = Infer<typeof H222Capability>;

export const H223AnnexCCapability = sequence(
  {
    videoWithAL1M: BOOLEAN,
    videoWithAL2M: BOOLEAN,
    videoWithAL3M: BOOLEAN,
    audioWithAL1M: BOOLEAN,
    audioWithAL2M: BOOLEAN,
    audioWithAL3M: BOOLEAN,
    dataWithAL1M: BOOLEAN,
    dataWithAL2M: BOOLEAN,
    dataWithAL3M: BOOLEAN,
    alpduInterleaving: BOOLEAN,
    maximumAL1MPDUSize: integer(0, 65535),
    maximumAL2MSDUSize: integer(0, 65535),
    maximumAL3MSDUSize: integer(0, 65535),
  },
  { rsCodeCapability: BOOLEAN },
);
export type H223AnnexCCapability = Infer<typeof H223AnnexCCapability>;

export const H223Capability = sequence(
  {
    'transportWithI-frames': BOOLEAN,
    videoWithAL1: BOOLEAN,
    videoWithAL2: BOOLEAN,
    videoWithAL3: BOOLEAN,
    audioWithAL1: BOOLEAN,
    audioWithAL2: BOOLEAN,
    audioWithAL3: BOOLEAN,
    dataWithAL1: BOOLEAN,
    dataWithAL2: BOOLEAN,
    dataWithAL3: BOOLEAN,
    maximumAl2SDUSize: integer(0, 65535),
    maximumAl3SDUSize: integer(0, 65535),
    maximumDelayJitter: integer(0, 1023),
    h223MultiplexTableCapability: choice({
      basic: NULL,
      enhanced: sequence(
        {
          maximumNestingDepth: integer(1, 15),
          maximumElementListSize: integer(2, 255),
          maximumSubElementListSize: integer(2, 255),
        },
        {},
      ),
    }),
  },
  {
    maxMUXPDUSizeCapability: BOOLEAN,
    nsrpSupport: BOOLEAN,
    mobileOperationTransmitCapability: sequence(
      {
        modeChangeCapability: BOOLEAN,
        h223AnnexA: BOOLEAN,
        h223AnnexADoubleFlag: BOOLEAN,
        h223AnnexB: BOOLEAN,
        h223AnnexBwithHeader: BOOLEAN,
      },
      {},
    ),
    h223AnnexCCapability: H223AnnexCCapability,
    bitRate: integer(1, 19200),
    mobileMultilinkFrameCapability: sequence(
      { maximumSampleSize: integer(1, 255), maximumPayloadLength: integer(1, 65025) },
      {},
    ),
  },
);
export type H223Capability = Infer<typeof H223Capability>;

export const V75Capability = sequence({ audioHeader: BOOLEAN }, {});
export type V75Capability = Infer<typeof V75Capability>;

export const V76Capability = sequence(
  {
    suspendResumeCapabilitywAddress: BOOLEAN,
    suspendResumeCapabilitywoAddress: BOOLEAN,
    rejCapability: BOOLEAN,
    sREJCapability: BOOLEAN,
    mREJCapability: BOOLEAN,
    crc8bitCapability: BOOLEAN,
    crc16bitCapability: BOOLEAN,
    crc32bitCapability: BOOLEAN,
    uihCapability: BOOLEAN,
    numOfDLCS: integer(2, 8191),
    twoOctetAddressFieldCapability: BOOLEAN,
    loopBackTestCapability: BOOLEAN,
    n401Capability: integer(1, 4095),
    maxWindowSizeCapability: integer(1, 127),
    v75Capability: V75Capability,
  },
  {},
);
export type V76Capability = Infer<typeof V76Capability>;

export const V42bis = sequence({ numberOfCodewords: integer(1, 65536), maximumStringLength: integer(1, 256) }, {});
export type V42bis = Infer<typeof V42bis>;

export const CompressionType = choice({ v42bis: V42bis }, {});
export type CompressionType = Infer<typeof CompressionType>;

export const SCTPChunkType = integer(0, 255);
export type SCTPChunkType = Infer<typeof SCTPChunkType>;

export const CapabilityIdentifier = choice(
  {
    standard: OBJECT_IDENTIFIER,
    h221NonStandard: NonStandardParameter,
    uuid: octetString(16),
    domainBased: ia5String(1, 64),
  },
  {},
);
export type CapabilityIdentifier = Infer<typeof CapabilityIdentifier>;

export const ParameterIdentifier = choice(
  {
    standard: integer(0, 127),
    h221NonStandard: NonStandardParameter,
    uuid: octetString(16),
    domainBased: ia5String(1, 64),
  },
  {},
);
export type ParameterIdentifier = Infer<typeof ParameterIdentifier>;

export const ParameterValue = choice(
  {
    logical: NULL,
    booleanArray: integer(0, 255),
    unsignedMin: integer(0, 65535),
    unsignedMax: integer(0, 65535),
    unsigned32Min: integer(0, 4294967295),
    unsigned32Max: integer(0, 4294967295),
    octetString: octetString(),
    genericParameter: sequenceOf(lazy((): Schema<GenericParameter> => GenericParameter)),
  },
  {},
);
export type ParameterValue = Infer<typeof ParameterValue>;

export const GenericParameter: Schema<GenericParameter> = sequence(
  {
    parameterIdentifier: ParameterIdentifier,
    parameterValue: ParameterValue,
    supersedes: optional(sequenceOf(ParameterIdentifier)),
  },
  {},
);
export type GenericParameter = {
  parameterIdentifier: ParameterIdentifier;
  parameterValue: ParameterValue;
  supersedes?: ParameterIdentifier[] | undefined;
};

export const GenericMessage = sequence(
  {
    messageIdentifier: CapabilityIdentifier,
    subMessageIdentifier: optional(integer(0, 127)),
    messageContent: optional(sequenceOf(GenericParameter)),
  },
  {},
);
export type GenericMessage = Infer<typeof GenericMessage>;

export const GenericInformation = GenericMessage;
export type GenericInformation = Infer<typeof GenericInformation>;

export const SctpParam = sequence(
  {
    appPPID: optional(sequenceOf(integer(1, 4294967295))),
    maxMessageSize: optional(integer()),
    sctpExtensions: optional(sequenceOf(SCTPChunkType)),
    genericInformation: optional(sequenceOf(GenericInformation)),
    sctpPort: optional(integer(0, 65535)),
  },
  {},
);
export type SctpParam = Infer<typeof SctpParam>;

export const DataProtocolCapability = choice(
  {
    nonStandard: NonStandardParameter,
    v14buffered: NULL,
    v42lapm: NULL,
    hdlcFrameTunnelling: NULL,
    h310SeparateVCStack: NULL,
    h310SingleVCStack: NULL,
    transparent: NULL,
  },
  {
    segmentationAndReassembly: NULL,
    hdlcFrameTunnelingwSAR: NULL,
    v120: NULL,
    separateLANStack: NULL,
    v76wCompression: choice(
      {
        transmitCompression: CompressionType,
        receiveCompression: CompressionType,
        transmitAndReceiveCompression: CompressionType,
      },
      {},
    ),
    tcp: NULL,
    udp: NULL,
    sctp: SctpParam,
    'udp-dtls-sctp': sequenceOf(SctpParam),
    'tcp-dtls-sctp': sequenceOf(SctpParam),
    'sctp-dtls': SctpParam,
  },
);
export type DataProtocolCapability = Infer<typeof DataProtocolCapability>;

export const T84Profile = choice({
  t84Unrestricted: NULL,
  t84Restricted: sequence(
    {
      qcif: BOOLEAN,
      cif: BOOLEAN,
      ccir601Seq: BOOLEAN,
      ccir601Prog: BOOLEAN,
      hdtvSeq: BOOLEAN,
      hdtvProg: BOOLEAN,
      g3FacsMH200x100: BOOLEAN,
      g3FacsMH200x200: BOOLEAN,
      g4FacsMMR200x100: BOOLEAN,
      g4FacsMMR200x200: BOOLEAN,
      jbig200x200Seq: BOOLEAN,
      jbig200x200Prog: BOOLEAN,
      jbig300x300Seq: BOOLEAN,
      jbig300x300Prog: BOOLEAN,
      digPhotoLow: BOOLEAN,
      digPhotoMedSeq: BOOLEAN,
      digPhotoMedProg: BOOLEAN,
      digPhotoHighSeq: BOOLEAN,
      digPhotoHighProg: BOOLEAN,
    },
    {},
  ),
});
export type T84Profile = Infer<typeof T84Profile>;

export const T38FaxRateManagement = choice({ localTCF: NULL, transferredTCF: NULL }, {});
export type T38FaxRateManagement = Infer<typeof T38FaxRateManagement>;

export const T38FaxUdpOptions = sequence({
  t38FaxMaxBuffer: optional(integer()),
  t38FaxMaxDatagram: optional(integer()),
  t38FaxUdpEC: choice({ t38UDPFEC: NULL, t38UDPRedundancy: NULL }, {}),
});
export type T38FaxUdpOptions = Infer<typeof T38FaxUdpOptions>;

export const T38FaxTcpOptions = sequence({ t38TCPBidirectionalMode: BOOLEAN }, {});
export type T38FaxTcpOptions = Infer<typeof T38FaxTcpOptions>;

export const T38FaxProfile = sequence(
  { fillBitRemoval: BOOLEAN, transcodingJBIG: BOOLEAN, transcodingMMR: BOOLEAN },
  {
    version: integer(0, 255),
    t38FaxRateManagement: T38FaxRateManagement,
    t38FaxUdpOptions: T38FaxUdpOptions,
    t38FaxTcpOptions: T38FaxTcpOptions,
  },
);
export type T38FaxProfile = Infer<typeof T38FaxProfile>;

export const GenericCapability = sequence(
  {
    capabilityIdentifier: CapabilityIdentifier,
    maxBitRate: optional(integer(0, 4294967295)),
    collapsing: optional(sequenceOf(GenericParameter)),
    nonCollapsing: optional(sequenceOf(GenericParameter)),
    nonCollapsingRaw: optional(octetString()),
    transport: optional(DataProtocolCapability),
  },
  {},
);
export type GenericCapability = Infer<typeof GenericCapability>;

export const DataChannelProfile = sequence(
  {
    ordered: optional(BOOLEAN),
    priority: optional(integer(0, 65535)),
    reliabilityParm: optional(choice({ maxRetr: integer(0, 4294967295), maxTime: integer(0, 4294967295) }, {})),
    label: optional(ia5String(1, 65535)),
    protocol: optional(ia5String(1, 65535)),
    genericInformation: optional(sequenceOf(GenericInformation)),
    establishmentType: choice({ sctpStreamID: integer(0, 65535), dcep: NULL }, {}),
  },
  {},
);
export type DataChannelProfile = Infer<typeof DataChannelProfile>;

export const DataChannel = sequence({ dataChannelProfile: optional(sequenceOf(DataChannelProfile)) }, {});
export type DataChannel = Infer<typeof DataChannel>;

export const ExtendedDataApplicationCapability = sequence(
  {
    dataCapability: sequenceOf(lazy((): Schema<DataApplicationCapability> => DataApplicationCapability)),
    dataCapabilityExtension: optional(sequenceOf(GenericCapability)),
  },
  {},
);
export type ExtendedDataApplicationCapability = Infer<typeof ExtendedDataApplicationCapability>;

export const DataApplicationCapability: Schema<DataApplicationCapability> = sequence(
  {
    application: choice(
      {
        nonStandard: NonStandardParameter,
        t120: DataProtocolCapability,
        'dsm-cc': DataProtocolCapability,
        userData: DataProtocolCapability,
        t84: sequence({ t84Protocol: DataProtocolCapability, t84Profile: T84Profile }),
        t434: DataProtocolCapability,
        h224: DataProtocolCapability,
        nlpid: sequence({ nlpidProtocol: DataProtocolCapability, nlpidData: octetString() }),
        dsvdControl: NULL,
        h222DataPartitioning: DataProtocolCapability,
      },
      {
        t30fax: DataProtocolCapability,
        t140: DataProtocolCapability,
        t38fax: sequence({ t38FaxProtocol: DataProtocolCapability, t38FaxProfile: T38FaxProfile }),
        genericDataCapability: GenericCapability,
        dataChannel: sequenceOf(DataChannel),
        extendedDataApplicationCapability: ExtendedDataApplicationCapability,
      },
    ),
    maxBitRate: integer(0, 4294967295),
  },
  {},
);
export type DataApplicationCapability = {
  application: ExtensibleChoice<{
    nonStandard: NonStandardParameter;
    t120: DataProtocolCapability;
    'dsm-cc': DataProtocolCapability;
    userData: DataProtocolCapability;
    t84: { t84Protocol: DataProtocolCapability; t84Profile: T84Profile };
    t434: DataProtocolCapability;
    h224: DataProtocolCapability;
    nlpid: { nlpidProtocol: DataProtocolCapability; nlpidData: Buffer };
    dsvdControl: true;
    h222DataPartitioning: DataProtocolCapability;
    t30fax: DataProtocolCapability;
    t140: DataProtocolCapability;
    t38fax: { t38FaxProtocol: DataProtocolCapability; t38FaxProfile: T38FaxProfile };
    genericDataCapability: GenericCapability;
    dataChannel: DataChannel[];
    extendedDataApplicationCapability: ExtendedDataApplicationCapability;
  }>;
  maxBitRate: number;
};

export const MediaDistributionCapability = sequence(
  {
    centralizedControl: BOOLEAN,
    distributedControl: BOOLEAN,
    centralizedAudio: BOOLEAN,
    distributedAudio: BOOLEAN,
    centralizedVideo: BOOLEAN,
    distributedVideo: BOOLEAN,
    centralizedData: optional(sequenceOf(DataApplicationCapability)),
    distributedData: optional(sequenceOf(DataApplicationCapability)),
  },
  {},
);
export type MediaDistributionCapability = Infer<typeof MediaDistributionCapability>;

export const MultipointCapability = sequence(
  {
    multicastCapability: BOOLEAN,
    multiUniCastConference: BOOLEAN,
    mediaDistributionCapability: sequenceOf(MediaDistributionCapability),
  },
  {},
);
export type MultipointCapability = Infer<typeof MultipointCapability>;

export const RTPPayloadType = sequence(
  {
    payloadDescriptor: choice(
      {
        nonStandardIdentifier: NonStandardParameter,
        'rfc-number': extensibleInteger(1, 32768),
        oid: OBJECT_IDENTIFIER,
      },
      {},
    ),
    payloadType: optional(integer(0, 127)),
  },
  {},
);
export type RTPPayloadType = Infer<typeof RTPPayloadType>;

export const MediaPacketizationCapability = sequence(
  { h261aVideoPacketization: BOOLEAN },
  { rtpPayloadType: sequenceOf(RTPPayloadType, 1, 256) },
);
export type MediaPacketizationCapability = Infer<typeof MediaPacketizationCapability>;

export const QOSMode = choice({ guaranteedQOS: NULL, controlledLoad: NULL }, {});
export type QOSMode = Infer<typeof QOSMode>;

export const RSVPParameters = sequence(
  {
    qosMode: optional(QOSMode),
    tokenRate: optional(integer(1, 4294967295)),
    bucketSize: optional(integer(1, 4294967295)),
    peakRate: optional(integer(1, 4294967295)),
    minPoliced: optional(integer(1, 4294967295)),
    maxPktSize: optional(integer(1, 4294967295)),
  },
  {},
);
export type RSVPParameters = Infer<typeof RSVPParameters>;

export const ATMParameters = sequence(
  {
    maxNTUSize: integer(0, 65535),
    atmUBR: BOOLEAN,
    atmrtVBR: BOOLEAN,
    atmnrtVBR: BOOLEAN,
    atmABR: BOOLEAN,
    atmCBR: BOOLEAN,
  },
  {},
);
export type ATMParameters = Infer<typeof ATMParameters>;

export const GenericTransportParameters = sequence(
  {
    nonStandardData: optional(NonStandardParameter),
    averageRate: optional(integer(1, 4294967295)),
    burst: optional(integer(1, 4294967295)),
    peakRate: optional(integer(1, 4294967295)),
    maxPktSize: optional(integer(1, 4294967295)),
  },
  {},
);
export type GenericTransportParameters = Infer<typeof GenericTransportParameters>;

export const ServicePriorityValue = sequence(
  { nonStandardParameter: optional(NonStandardParameter) },
  { value: integer(0, 255) },
);
export type ServicePriorityValue = Infer<typeof ServicePriorityValue>;

export const ServicePriority = sequence(
  {
    nonStandardData: optional(NonStandardParameter),
    servicePrioritySignalled: BOOLEAN,
    servicePriorityValue: optional(ServicePriorityValue),
  },
  { serviceClass: integer(0, 4095), serviceSubclass: integer(0, 255) },
);
export type ServicePriority = Infer<typeof ServicePriority>;

export const AuthorizationParameters = sequence({ nonStandardData: optional(NonStandardParameter) }, {});
export type AuthorizationParameters = Infer<typeof AuthorizationParameters>;

export const QOSType = choice({ desired: NULL, required: NULL }, {});
export type QOSType = Infer<typeof QOSType>;

export const QOSClass = choice(
  { class0: NULL, class1: NULL, class2: NULL, class3: NULL, class4: NULL, class5: NULL },
  {},
);
export type QOSClass = Infer<typeof QOSClass>;

export const QOSDescriptor = sequence(
  { nonStandardData: optional(NonStandardParameter), qosType: QOSType, qosClass: QOSClass },
  {},
);
export type QOSDescriptor = Infer<typeof QOSDescriptor>;

export const QOSCapability = sequence(
  {
    nonStandardData: optional(NonStandardParameter),
    rsvpParameters: optional(RSVPParameters),
    atmParameters: optional(ATMParameters),
  },
  {
    localQoS: BOOLEAN,
    genericTransportParameters: GenericTransportParameters,
    servicePriority: ServicePriority,
    authorizationParameter: AuthorizationParameters,
    qosDescriptor: QOSDescriptor,
    dscpValue: integer(0, 63),
  },
);
export type QOSCapability = Infer<typeof QOSCapability>;

export const MediaTransportType = choice(
  { 'ip-UDP': NULL, 'ip-TCP': NULL, 'atm-AAL5-UNIDIR': NULL, 'atm-AAL5-BIDIR': NULL },
  {
    'atm-AAL5-compressed': sequence({ 'variable-delta': BOOLEAN }, {}),
    sctp: SctpParam,
    'udp-dtls-sctp': sequenceOf(SctpParam),
    'tcp-dtls-sctp': sequenceOf(SctpParam),
    'sctp-dtls': SctpParam,
  },
);
export type MediaTransportType = Infer<typeof MediaTransportType>;

export const MediaChannelCapability = sequence({ mediaTransport: optional(MediaTransportType) }, {});
export type MediaChannelCapability = Infer<typeof MediaChannelCapability>;

export const TransportCapability = sequence(
  {
    nonStandard: optional(NonStandardParameter),
    qOSCapabilities: optional(sequenceOf(QOSCapability, 1, 256)),
    mediaChannelCapabilities: optional(sequenceOf(MediaChannelCapability, 1, 256)),
  },
  {},
);
export type TransportCapability = Infer<typeof TransportCapability>;

export const RTPH263VideoRedundancyFrameMapping = sequence(
  { threadNumber: integer(0, 15), frameSequence: sequenceOf(integer(0, 255), 1, 256) },
  {},
);
export type RTPH263VideoRedundancyFrameMapping = Infer<typeof RTPH263VideoRedundancyFrameMapping>;

export const RTPH263VideoRedundancyEncoding = sequence(
  {
    numberOfThreads: integer(1, 16),
    framesBetweenSyncPoints: integer(1, 256),
    frameToThreadMapping: choice(
      { roundrobin: NULL, custom: sequenceOf(RTPH263VideoRedundancyFrameMapping, 1, 256) },
      {},
    ),
    containedThreads: optional(sequenceOf(integer(0, 15), 1, 256)),
  },
  {},
);
export type RTPH263VideoRedundancyEncoding = Infer<typeof RTPH263VideoRedundancyEncoding>;

export const RedundancyEncodingMethod = choice(
  { nonStandard: NonStandardParameter, rtpAudioRedundancyEncoding: NULL },
  { rtpH263VideoRedundancyEncoding: RTPH263VideoRedundancyEncoding },
);
export type RedundancyEncodingMethod = Infer<typeof RedundancyEncodingMethod>;

export const CapabilityTableEntryNumber = integer(1, 65535);
export type CapabilityTableEntryNumber = Infer<typeof CapabilityTableEntryNumber>;

export const RedundancyEncodingCapability = sequence(
  {
    redundancyEncodingMethod: RedundancyEncodingMethod,
    primaryEncoding: CapabilityTableEntryNumber,
    secondaryEncoding: optional(sequenceOf(CapabilityTableEntryNumber, 1, 256)),
  },
  {},
);
export type RedundancyEncodingCapability = Infer<typeof RedundancyEncodingCapability>;

export const H2250Capability = sequence(
  {
    maximumAudioDelayJitter: integer(0, 1023),
    receiveMultipointCapability: MultipointCapability,
    transmitMultipointCapability: MultipointCapability,
    receiveAndTransmitMultipointCapability: MultipointCapability,
    mcCapability: sequence({ centralizedConferenceMC: BOOLEAN, decentralizedConferenceMC: BOOLEAN }, {}),
    rtcpVideoControlCapability: BOOLEAN,
    mediaPacketizationCapability: MediaPacketizationCapability,
  },
  {
    transportCapability: TransportCapability,
    redundancyEncodingCapability: sequenceOf(RedundancyEncodingCapability, 1, 256),
    logicalChannelSwitchingCapability: BOOLEAN,
    t120DynamicPortCapability: BOOLEAN,
  },
);
export type H2250Capability = Infer<typeof H2250Capability>;

export const MultiplexCapability = choice(
  {
    nonStandard: NonStandardParameter,
    h222Capability: H222Capability,
    h223Capability: H223Capability,
    v76Capability: V76Capability,
  },
  { h2250Capability: H2250Capability, genericMultiplexCapability: GenericCapability },
);
export type MultiplexCapability = Infer<typeof MultiplexCapability>;

export const H261VideoCapability = sequence(
  {
    qcifMPI: optional(integer(1, 4)),
    cifMPI: optional(integer(1, 4)),
    temporalSpatialTradeOffCapability: BOOLEAN,
    maxBitRate: integer(1, 19200),
    stillImageTransmission: BOOLEAN,
  },
  { videoBadMBsCap: BOOLEAN },
);
export type H261VideoCapability = Infer<typeof H261VideoCapability>;

export const H262VideoCapability = sequence(
  {
    'profileAndLevel-SPatML': BOOLEAN,
    'profileAndLevel-MPatLL': BOOLEAN,
    'profileAndLevel-MPatML': BOOLEAN,
    'profileAndLevel-MPatH-14': BOOLEAN,
    'profileAndLevel-MPatHL': BOOLEAN,
    'profileAndLevel-SNRatLL': BOOLEAN,
    'profileAndLevel-SNRatML': BOOLEAN,
    'profileAndLevel-SpatialatH-14': BOOLEAN,
    'profileAndLevel-HPatML': BOOLEAN,
    'profileAndLevel-HPatH-14': BOOLEAN,
    'profileAndLevel-HPatHL': BOOLEAN,
    videoBitRate: optional(integer(0, 1073741823)),
    vbvBufferSize: optional(integer(0, 262143)),
    samplesPerLine: optional(integer(0, 16383)),
    linesPerFrame: optional(integer(0, 16383)),
    framesPerSecond: optional(integer(0, 15)),
    luminanceSampleRate: optional(integer(0, 4294967295)),
  },
  { videoBadMBsCap: BOOLEAN },
);
export type H262VideoCapability = Infer<typeof H262VideoCapability>;

export const TransparencyParameters = sequence(
  {
    presentationOrder: integer(1, 256),
    'offset-x': integer(-262144, 262143),
    'offset-y': integer(-262144, 262143),
    'scale-x': integer(1, 255),
    'scale-y': integer(1, 255),
  },
  {},
);
export type TransparencyParameters = Infer<typeof TransparencyParameters>;

export const RefPictureSelection = sequence(
  {
    additionalPictureMemory: optional(
      sequence(
        {
          sqcifAdditionalPictureMemory: optional(integer(1, 256)),
          qcifAdditionalPictureMemory: optional(integer(1, 256)),
          cifAdditionalPictureMemory: optional(integer(1, 256)),
          cif4AdditionalPictureMemory: optional(integer(1, 256)),
          cif16AdditionalPictureMemory: optional(integer(1, 256)),
          bigCpfAdditionalPictureMemory: optional(integer(1, 256)),
        },
        {},
      ),
    ),
    videoMux: BOOLEAN,
    videoBackChannelSend: choice(
      { none: NULL, ackMessageOnly: NULL, nackMessageOnly: NULL, ackOrNackMessageOnly: NULL, ackAndNackMessage: NULL },
      {},
    ),
  },
  {
    enhancedReferencePicSelect: sequence(
      {
        subPictureRemovalParameters: optional(
          sequence({ mpuHorizMBs: integer(1, 128), mpuVertMBs: integer(1, 72), mpuTotalNumber: integer(1, 65536) }, {}),
        ),
      },
      {},
    ),
  },
);
export type RefPictureSelection = Infer<typeof RefPictureSelection>;

export const CustomPictureClockFrequency = sequence(
  {
    clockConversionCode: integer(1000, 1001),
    clockDivisor: integer(1, 127),
    sqcifMPI: optional(integer(1, 2048)),
    qcifMPI: optional(integer(1, 2048)),
    cifMPI: optional(integer(1, 2048)),
    cif4MPI: optional(integer(1, 2048)),
    cif16MPI: optional(integer(1, 2048)),
  },
  {},
);
export type CustomPictureClockFrequency = Infer<typeof CustomPictureClockFrequency>;

export const CustomPictureFormat = sequence(
  {
    maxCustomPictureWidth: integer(1, 2048),
    maxCustomPictureHeight: integer(1, 2048),
    minCustomPictureWidth: integer(1, 2048),
    minCustomPictureHeight: integer(1, 2048),
    mPI: sequence(
      {
        standardMPI: optional(integer(1, 31)),
        customPCF: optional(
          sequenceOf(
            sequence(
              { clockConversionCode: integer(1000, 1001), clockDivisor: integer(1, 127), customMPI: integer(1, 2048) },
              {},
            ),
            1,
            16,
          ),
        ),
      },
      {},
    ),
    pixelAspectInformation: choice(
      {
        anyPixelAspectRatio: BOOLEAN,
        pixelAspectCode: sequenceOf(integer(1, 14), 1, 14),
        extendedPAR: sequenceOf(sequence({ width: integer(1, 255), height: integer(1, 255) }, {}), 1, 256),
      },
      {},
    ),
  },
  {},
);
export type CustomPictureFormat = Infer<typeof CustomPictureFormat>;

export const H263Version3Options = sequence(
  {
    dataPartitionedSlices: BOOLEAN,
    fixedPointIDCT0: BOOLEAN,
    interlacedFields: BOOLEAN,
    currentPictureHeaderRepetition: BOOLEAN,
    previousPictureHeaderRepetition: BOOLEAN,
    nextPictureHeaderRepetition: BOOLEAN,
    pictureNumber: BOOLEAN,
    spareReferencePictures: BOOLEAN,
  },
  {},
);
export type H263Version3Options = Infer<typeof H263Version3Options>;

export const H263ModeComboFlags = sequence(
  {
    unrestrictedVector: BOOLEAN,
    arithmeticCoding: BOOLEAN,
    advancedPrediction: BOOLEAN,
    pbFrames: BOOLEAN,
    advancedIntraCodingMode: BOOLEAN,
    deblockingFilterMode: BOOLEAN,
    unlimitedMotionVectors: BOOLEAN,
    'slicesInOrder-NonRect': BOOLEAN,
    'slicesInOrder-Rect': BOOLEAN,
    'slicesNoOrder-NonRect': BOOLEAN,
    'slicesNoOrder-Rect': BOOLEAN,
    improvedPBFramesMode: BOOLEAN,
    referencePicSelect: BOOLEAN,
    dynamicPictureResizingByFour: BOOLEAN,
    dynamicPictureResizingSixteenthPel: BOOLEAN,
    dynamicWarpingHalfPel: BOOLEAN,
    dynamicWarpingSixteenthPel: BOOLEAN,
    reducedResolutionUpdate: BOOLEAN,
    independentSegmentDecoding: BOOLEAN,
    alternateInterVLCMode: BOOLEAN,
    modifiedQuantizationMode: BOOLEAN,
  },
  { enhancedReferencePicSelect: BOOLEAN, h263Version3Options: H263Version3Options },
);
export type H263ModeComboFlags = Infer<typeof H263ModeComboFlags>;

export const H263VideoModeCombos = sequence(
  { h263VideoUncoupledModes: H263ModeComboFlags, h263VideoCoupledModes: sequenceOf(H263ModeComboFlags, 1, 16) },
  {},
);
export type H263VideoModeCombos = Infer<typeof H263VideoModeCombos>;

export const H263Options = sequence(
  {
    advancedIntraCodingMode: BOOLEAN,
    deblockingFilterMode: BOOLEAN,
    improvedPBFramesMode: BOOLEAN,
    unlimitedMotionVectors: BOOLEAN,
    fullPictureFreeze: BOOLEAN,
    partialPictureFreezeAndRelease: BOOLEAN,
    resizingPartPicFreezeAndRelease: BOOLEAN,
    fullPictureSnapshot: BOOLEAN,
    partialPictureSnapshot: BOOLEAN,
    videoSegmentTagging: BOOLEAN,
    progressiveRefinement: BOOLEAN,
    dynamicPictureResizingByFour: BOOLEAN,
    dynamicPictureResizingSixteenthPel: BOOLEAN,
    dynamicWarpingHalfPel: BOOLEAN,
    dynamicWarpingSixteenthPel: BOOLEAN,
    independentSegmentDecoding: BOOLEAN,
    'slicesInOrder-NonRect': BOOLEAN,
    'slicesInOrder-Rect': BOOLEAN,
    'slicesNoOrder-NonRect': BOOLEAN,
    'slicesNoOrder-Rect': BOOLEAN,
    alternateInterVLCMode: BOOLEAN,
    modifiedQuantizationMode: BOOLEAN,
    reducedResolutionUpdate: BOOLEAN,
    transparencyParameters: optional(TransparencyParameters),
    separateVideoBackChannel: BOOLEAN,
    refPictureSelection: optional(RefPictureSelection),
    customPictureClockFrequency: optional(sequenceOf(CustomPictureClockFrequency, 1, 16)),
    customPictureFormat: optional(sequenceOf(CustomPictureFormat, 1, 16)),
    modeCombos: optional(sequenceOf(H263VideoModeCombos, 1, 16)),
  },
  { videoBadMBsCap: BOOLEAN, h263Version3Options: H263Version3Options },
);
export type H263Options = Infer<typeof H263Options>;

export const EnhancementOptions = sequence(
  {
    sqcifMPI: optional(integer(1, 32)),
    qcifMPI: optional(integer(1, 32)),
    cifMPI: optional(integer(1, 32)),
    cif4MPI: optional(integer(1, 32)),
    cif16MPI: optional(integer(1, 32)),
    maxBitRate: integer(1, 192400),
    unrestrictedVector: BOOLEAN,
    arithmeticCoding: BOOLEAN,
    temporalSpatialTradeOffCapability: BOOLEAN,
    slowSqcifMPI: optional(integer(1, 3600)),
    slowQcifMPI: optional(integer(1, 3600)),
    slowCifMPI: optional(integer(1, 3600)),
    slowCif4MPI: optional(integer(1, 3600)),
    slowCif16MPI: optional(integer(1, 3600)),
    errorCompensation: BOOLEAN,
    h263Options: optional(H263Options),
  },
  {},
);
export type EnhancementOptions = Infer<typeof EnhancementOptions>;

export const BEnhancementParameters = sequence(
  { enhancementOptions: EnhancementOptions, numberOfBPictures: integer(1, 64) },
  {},
);
export type BEnhancementParameters = Infer<typeof BEnhancementParameters>;

export const EnhancementLayerInfo = sequence(
  {
    baseBitRateConstrained: BOOLEAN,
    snrEnhancement: optional(sequenceOf(EnhancementOptions, 1, 14)),
    spatialEnhancement: optional(sequenceOf(EnhancementOptions, 1, 14)),
    bPictureEnhancement: optional(sequenceOf(BEnhancementParameters, 1, 14)),
  },
  {},
);
export type EnhancementLayerInfo = Infer<typeof EnhancementLayerInfo>;

export const H263VideoCapability = sequence(
  {
    sqcifMPI: optional(integer(1, 32)),
    qcifMPI: optional(integer(1, 32)),
    cifMPI: optional(integer(1, 32)),
    cif4MPI: optional(integer(1, 32)),
    cif16MPI: optional(integer(1, 32)),
    maxBitRate: integer(1, 192400),
    unrestrictedVector: BOOLEAN,
    arithmeticCoding: BOOLEAN,
    advancedPrediction: BOOLEAN,
    pbFrames: BOOLEAN,
    temporalSpatialTradeOffCapability: BOOLEAN,
    'hrd-B': optional(integer(0, 524287)),
    bppMaxKb: optional(integer(0, 65535)),
  },
  {
    slowSqcifMPI: integer(1, 3600),
    slowQcifMPI: integer(1, 3600),
    slowCifMPI: integer(1, 3600),
    slowCif4MPI: integer(1, 3600),
    slowCif16MPI: integer(1, 3600),
    errorCompensation: BOOLEAN,
    enhancementLayerInfo: EnhancementLayerInfo,
    h263Options: H263Options,
  },
);
export type H263VideoCapability = Infer<typeof H263VideoCapability>;

export const IS11172VideoCapability = sequence(
  {
    constrainedBitstream: BOOLEAN,
    videoBitRate: optional(integer(0, 1073741823)),
    vbvBufferSize: optional(integer(0, 262143)),
    samplesPerLine: optional(integer(0, 16383)),
    linesPerFrame: optional(integer(0, 16383)),
    pictureRate: optional(integer(0, 15)),
    luminanceSampleRate: optional(integer(0, 4294967295)),
  },
  { videoBadMBsCap: BOOLEAN },
);
export type IS11172VideoCapability = Infer<typeof IS11172VideoCapability>;

export const ExtendedVideoCapability = sequence(
  {
    videoCapability: sequenceOf(lazy((): Schema<VideoCapability> => VideoCapability)),
    videoCapabilityExtension: optional(sequenceOf(GenericCapability)),
  },
  {},
);
export type ExtendedVideoCapability = Infer<typeof ExtendedVideoCapability>;

export const VideoCapability: Schema<VideoCapability> = choice(
  {
    nonStandard: NonStandardParameter,
    h261VideoCapability: H261VideoCapability,
    h262VideoCapability: H262VideoCapability,
    h263VideoCapability: H263VideoCapability,
    is11172VideoCapability: IS11172VideoCapability,
  },
  { genericVideoCapability: GenericCapability, extendedVideoCapability: ExtendedVideoCapability },
);
export type VideoCapability = ExtensibleChoice<{
  nonStandard: NonStandardParameter;
  h261VideoCapability: H261VideoCapability;
  h262VideoCapability: H262VideoCapability;
  h263VideoCapability: H263VideoCapability;
  is11172VideoCapability: IS11172VideoCapability;
  genericVideoCapability: GenericCapability;
  extendedVideoCapability: ExtendedVideoCapability;
}>;

export const IS11172AudioCapability = sequence(
  {
    audioLayer1: BOOLEAN,
    audioLayer2: BOOLEAN,
    audioLayer3: BOOLEAN,
    audioSampling32k: BOOLEAN,
    audioSampling44k1: BOOLEAN,
    audioSampling48k: BOOLEAN,
    singleChannel: BOOLEAN,
    twoChannels: BOOLEAN,
    bitRate: integer(1, 448),
  },
  {},
);
export type IS11172AudioCapability = Infer<typeof IS11172AudioCapability>;

export const IS13818AudioCapability = sequence(
  {
    audioLayer1: BOOLEAN,
    audioLayer2: BOOLEAN,
    audioLayer3: BOOLEAN,
    audioSampling16k: BOOLEAN,
    audioSampling22k05: BOOLEAN,
    audioSampling24k: BOOLEAN,
    audioSampling32k: BOOLEAN,
    audioSampling44k1: BOOLEAN,
    audioSampling48k: BOOLEAN,
    singleChannel: BOOLEAN,
    twoChannels: BOOLEAN,
    'threeChannels2-1': BOOLEAN,
    'threeChannels3-0': BOOLEAN,
    'fourChannels2-0-2-0': BOOLEAN,
    'fourChannels2-2': BOOLEAN,
    'fourChannels3-1': BOOLEAN,
    'fiveChannels3-0-2-0': BOOLEAN,
    'fiveChannels3-2': BOOLEAN,
    lowFrequencyEnhancement: BOOLEAN,
    multilingual: BOOLEAN,
    bitRate: integer(1, 1130),
  },
  {},
);
export type IS13818AudioCapability = Infer<typeof IS13818AudioCapability>;

export const G7231AnnexCCapability = sequence(
  {
    'maxAl-sduAudioFrames': integer(1, 256),
    silenceSuppression: BOOLEAN,
    g723AnnexCAudioMode: optional(
      sequence(
        {
          highRateMode0: integer(27, 78),
          highRateMode1: integer(27, 78),
          lowRateMode0: integer(23, 66),
          lowRateMode1: integer(23, 66),
          sidMode0: integer(6, 17),
          sidMode1: integer(6, 17),
        },
        {},
      ),
    ),
  },
  {},
);
export type G7231AnnexCCapability = Infer<typeof G7231AnnexCCapability>;

export const GSMAudioCapability = sequence(
  { audioUnitSize: integer(1, 256), comfortNoise: BOOLEAN, scrambled: BOOLEAN },
  {},
);
export type GSMAudioCapability = Infer<typeof GSMAudioCapability>;

export const G729Extensions = sequence(
  {
    audioUnit: optional(integer(1, 256)),
    annexA: BOOLEAN,
    annexB: BOOLEAN,
    annexD: BOOLEAN,
    annexE: BOOLEAN,
    annexF: BOOLEAN,
    annexG: BOOLEAN,
    annexH: BOOLEAN,
  },
  {},
);
export type G729Extensions = Infer<typeof G729Extensions>;

export const VBDCapability = sequence({ type: lazy((): Schema<AudioCapability> => AudioCapability) }, {});
export type VBDCapability = Infer<typeof VBDCapability>;

export const NoPTAudioTelephonyEventCapability = sequence({ audioTelephoneEvent: GENERAL_STRING }, {});
export type NoPTAudioTelephonyEventCapability = Infer<typeof NoPTAudioTelephonyEventCapability>;

export const NoPTAudioToneCapability = sequence({}, {});
export type NoPTAudioToneCapability = Infer<typeof NoPTAudioToneCapability>;

export const ExtendedAudioCapability = sequence(
  {
    audioCapability: sequenceOf(lazy((): Schema<AudioCapability> => AudioCapability)),
    audioCapabilityExtension: optional(sequenceOf(GenericCapability)),
  },
  {},
);
export type ExtendedAudioCapability = Infer<typeof ExtendedAudioCapability>;

export const AudioCapability: Schema<AudioCapability> = choice(
  {
    nonStandard: NonStandardParameter,
    g711Alaw64k: integer(1, 256),
    g711Alaw56k: integer(1, 256),
    g711Ulaw64k: integer(1, 256),
    g711Ulaw56k: integer(1, 256),
    'g722-64k': integer(1, 256),
    'g722-56k': integer(1, 256),
    'g722-48k': integer(1, 256),
    g7231: sequence({ 'maxAl-sduAudioFrames': integer(1, 256), silenceSuppression: BOOLEAN }),
    g728: integer(1, 256),
    g729: integer(1, 256),
    g729AnnexA: integer(1, 256),
    is11172AudioCapability: IS11172AudioCapability,
    is13818AudioCapability: IS13818AudioCapability,
  },
  {
    g729wAnnexB: integer(1, 256),
    g729AnnexAwAnnexB: integer(1, 256),
    g7231AnnexCCapability: G7231AnnexCCapability,
    gsmFullRate: GSMAudioCapability,
    gsmHalfRate: GSMAudioCapability,
    gsmEnhancedFullRate: GSMAudioCapability,
    genericAudioCapability: GenericCapability,
    g729Extensions: G729Extensions,
    vbd: VBDCapability,
    audioTelephonyEvent: NoPTAudioTelephonyEventCapability,
    audioTone: NoPTAudioToneCapability,
    extendedAudioCapability: ExtendedAudioCapability,
  },
);
export type AudioCapability = ExtensibleChoice<{
  nonStandard: NonStandardParameter;
  g711Alaw64k: number;
  g711Alaw56k: number;
  g711Ulaw64k: number;
  g711Ulaw56k: number;
  'g722-64k': number;
  'g722-56k': number;
  'g722-48k': number;
  g7231: { 'maxAl-sduAudioFrames': number; silenceSuppression: boolean };
  g728: number;
  g729: number;
  g729AnnexA: number;
  is11172AudioCapability: IS11172AudioCapability;
  is13818AudioCapability: IS13818AudioCapability;
  g729wAnnexB: number;
  g729AnnexAwAnnexB: number;
  g7231AnnexCCapability: G7231AnnexCCapability;
  gsmFullRate: GSMAudioCapability;
  gsmHalfRate: GSMAudioCapability;
  gsmEnhancedFullRate: GSMAudioCapability;
  genericAudioCapability: GenericCapability;
  g729Extensions: G729Extensions;
  vbd: VBDCapability;
  audioTelephonyEvent: NoPTAudioTelephonyEventCapability;
  audioTone: NoPTAudioToneCapability;
  extendedAudioCapability: ExtendedAudioCapability;
}>;

export const ConferenceCapability = sequence(
  { nonStandardData: optional(sequenceOf(NonStandardParameter)), chairControlCapability: BOOLEAN },
  { videoIndicateMixingCapability: BOOLEAN, multipointVisualizationCapability: BOOLEAN },
);
export type ConferenceCapability = Infer<typeof ConferenceCapability>;

export const MediaEncryptionAlgorithm = choice({ nonStandard: NonStandardParameter, algorithm: OBJECT_IDENTIFIER }, {});
export type MediaEncryptionAlgorithm = Infer<typeof MediaEncryptionAlgorithm>;

export const EncryptionCapability = sequenceOf(MediaEncryptionAlgorithm, 1, 256);
export type EncryptionCapability = Infer<typeof EncryptionCapability>;

export const AuthenticationCapability = sequence(
  { nonStandard: optional(NonStandardParameter) },
  { antiSpamAlgorithm: OBJECT_IDENTIFIER },
);
export type AuthenticationCapability = Infer<typeof AuthenticationCapability>;

export const IntegrityCapability = sequence({ nonStandard: optional(NonStandardParameter) }, {});
export type IntegrityCapability = Infer<typeof IntegrityCapability>;

export const DTLSSecurityCapability = sequence(
  {
    hashFunction: sequenceOf(ia5String(1, 65535)),
    setupInformation: optional(ia5String(1, 65535)),
    connectionInformation: optional(ia5String(1, 65535)),
    fingerprint: optional(ia5String(1, 65535)),
  },
  {},
);
export type DTLSSecurityCapability = Infer<typeof DTLSSecurityCapability>;

export const EncryptionAuthenticationAndIntegrity = sequence(
  {
    encryptionCapability: optional(EncryptionCapability),
    authenticationCapability: optional(AuthenticationCapability),
    integrityCapability: optional(IntegrityCapability),
  },
  { genericH235SecurityCapability: GenericCapability, dtlsSecurityCapability: DTLSSecurityCapability },
);
export type EncryptionAuthenticationAndIntegrity = Infer<typeof EncryptionAuthenticationAndIntegrity>;

export const H235SecurityCapability = sequence(
  {
    encryptionAuthenticationAndIntegrity: EncryptionAuthenticationAndIntegrity,
    mediaCapability: CapabilityTableEntryNumber,
  },
  {},
);
export type H235SecurityCapability = Infer<typeof H235SecurityCapability>;

export const UserInputCapability = choice(
  {
    nonStandard: sequenceOf(NonStandardParameter, 1, 16),
    basicString: NULL,
    iA5String: NULL,
    generalString: NULL,
    dtmf: NULL,
    hookflash: NULL,
  },
  {
    extendedAlphanumeric: NULL,
    encryptedBasicString: NULL,
    encryptedIA5String: NULL,
    encryptedGeneralString: NULL,
    secureDTMF: NULL,
    genericUserInputCapability: GenericCapability,
  },
);
export type UserInputCapability = Infer<typeof UserInputCapability>;

export const MultiplexFormat = choice(
  { nonStandard: NonStandardParameter, h222Capability: H222Capability, h223Capability: H223Capability },
  {},
);
export type MultiplexFormat = Infer<typeof MultiplexFormat>;

export const AlternativeCapabilitySet = sequenceOf(CapabilityTableEntryNumber, 1, 256);
export type AlternativeCapabilitySet = Infer<typeof AlternativeCapabilitySet>;

export const MultiplexedStreamCapability = sequence(
  {
    multiplexFormat: MultiplexFormat,
    controlOnMuxStream: BOOLEAN,
    capabilityOnMuxStream: optional(sequenceOf(AlternativeCapabilitySet, 1, 256)),
  },
  {},
);
export type MultiplexedStreamCapability = Infer<typeof MultiplexedStreamCapability>;

export const AudioTelephonyEventCapability = sequence(
  { dynamicRTPPayloadType: integer(96, 127), audioTelephoneEvent: GENERAL_STRING },
  {},
);
export type AudioTelephonyEventCapability = Infer<typeof AudioTelephonyEventCapability>;

export const AudioToneCapability = sequence({ dynamicRTPPayloadType: integer(96, 127) }, {});
export type AudioToneCapability = Infer<typeof AudioToneCapability>;

export const DepFECCapability = choice(
  {
    rfc2733: sequence(
      { redundancyEncoding: BOOLEAN, separateStream: sequence({ separatePort: BOOLEAN, samePort: BOOLEAN }, {}) },
      {},
    ),
  },
  {},
);
export type DepFECCapability = Infer<typeof DepFECCapability>;

export const MultiplePayloadStreamCapability = sequence(
  { capabilities: sequenceOf(AlternativeCapabilitySet, 1, 256) },
  {},
);
export type MultiplePayloadStreamCapability = Infer<typeof MultiplePayloadStreamCapability>;

export const MaxRedundancy = integer(1);
export type MaxRedundancy = Infer<typeof MaxRedundancy>;

export const FECCapability = sequence(
  {
    protectedCapability: CapabilityTableEntryNumber,
    fecScheme: optional(OBJECT_IDENTIFIER),
    rfc2733Format: optional(
      choice({ rfc2733rfc2198: MaxRedundancy, rfc2733sameport: MaxRedundancy, rfc2733diffport: MaxRedundancy }),
    ),
  },
  {},
);
export type FECCapability = Infer<typeof FECCapability>;

export const Capability = choice(
  {
    nonStandard: NonStandardParameter,
    receiveVideoCapability: VideoCapability,
    transmitVideoCapability: VideoCapability,
    receiveAndTransmitVideoCapability: VideoCapability,
    receiveAudioCapability: AudioCapability,
    transmitAudioCapability: AudioCapability,
    receiveAndTransmitAudioCapability: AudioCapability,
    receiveDataApplicationCapability: DataApplicationCapability,
    transmitDataApplicationCapability: DataApplicationCapability,
    receiveAndTransmitDataApplicationCapability: DataApplicationCapability,
    h233EncryptionTransmitCapability: BOOLEAN,
    h233EncryptionReceiveCapability: sequence({ h233IVResponseTime: integer(0, 255) }, {}),
  },
  {
    conferenceCapability: ConferenceCapability,
    h235SecurityCapability: H235SecurityCapability,
    maxPendingReplacementFor: integer(0, 255),
    receiveUserInputCapability: UserInputCapability,
    transmitUserInputCapability: UserInputCapability,
    receiveAndTransmitUserInputCapability: UserInputCapability,
    genericControlCapability: GenericCapability,
    receiveMultiplexedStreamCapability: MultiplexedStreamCapability,
    transmitMultiplexedStreamCapability: MultiplexedStreamCapability,
    receiveAndTransmitMultiplexedStreamCapability: MultiplexedStreamCapability,
    receiveRTPAudioTelephonyEventCapability: AudioTelephonyEventCapability,
    receiveRTPAudioToneCapability: AudioToneCapability,
    depFecCapability: DepFECCapability,
    multiplePayloadStreamCapability: MultiplePayloadStreamCapability,
    fecCapability: FECCapability,
    redundancyEncodingCap: RedundancyEncodingCapability,
    oneOfCapabilities: AlternativeCapabilitySet,
  },
);
export type Capability = Infer<typeof Capability>;

export const CapabilityTableEntry = sequence({
  capabilityTableEntryNumber: CapabilityTableEntryNumber,
  capability: optional(Capability),
});
export type CapabilityTableEntry = Infer<typeof CapabilityTableEntry>;

export const CapabilityDescriptorNumber = integer(0, 255);
export type CapabilityDescriptorNumber = Infer<typeof CapabilityDescriptorNumber>;

export const CapabilityDescriptor = sequence({
  capabilityDescriptorNumber: CapabilityDescriptorNumber,
  simultaneousCapabilities: optional(sequenceOf(AlternativeCapabilitySet, 1, 256)),
});
export type CapabilityDescriptor = Infer<typeof CapabilityDescriptor>;

export const TerminalCapabilitySet = sequence(
  {
    sequenceNumber: SequenceNumber,
    protocolIdentifier: OBJECT_IDENTIFIER,
    multiplexCapability: optional(MultiplexCapability),
    capabilityTable: optional(sequenceOf(CapabilityTableEntry, 1, 256)),
    capabilityDescriptors: optional(sequenceOf(CapabilityDescriptor, 1, 256)),
  },
  { genericInformation: sequenceOf(GenericInformation) },
);
export type TerminalCapabilitySet = Infer<typeof TerminalCapabilitySet>;

export const LogicalChannelNumber = integer(1, 65535);
export type LogicalChannelNumber = Infer<typeof LogicalChannelNumber>;

export const EncryptionMode = choice({ nonStandard: NonStandardParameter, h233Encryption: NULL }, {});
export type EncryptionMode = Infer<typeof EncryptionMode>;

export const RedundancyEncodingElement = sequence(
  { dataType: lazy((): Schema<DataType> => DataType), payloadType: optional(integer(0, 127)) },
  {},
);
export type RedundancyEncodingElement = Infer<typeof RedundancyEncodingElement>;

export const RedundancyEncoding = sequence(
  {
    redundancyEncodingMethod: RedundancyEncodingMethod,
    secondaryEncoding: optional(lazy((): Schema<DataType> => DataType)),
  },
  {
    rtpRedundancyEncoding: sequence(
      { primary: optional(RedundancyEncodingElement), secondary: optional(sequenceOf(RedundancyEncodingElement)) },
      {},
    ),
  },
);
export type RedundancyEncoding = Infer<typeof RedundancyEncoding>;

export const MultiplePayloadStreamElement = sequence(
  { dataType: lazy((): Schema<DataType> => DataType), payloadType: optional(integer(0, 127)) },
  {},
);
export type MultiplePayloadStreamElement = Infer<typeof MultiplePayloadStreamElement>;

export const MultiplePayloadStream = sequence({ elements: sequenceOf(MultiplePayloadStreamElement) }, {});
export type MultiplePayloadStream = Infer<typeof MultiplePayloadStream>;

export const DepFECData = choice({
  rfc2733: sequence(
    {
      mode: choice(
        {
          redundancyEncoding: NULL,
          separateStream: choice(
            {
              differentPort: sequence(
                { protectedSessionID: integer(1, 255), protectedPayloadType: optional(integer(0, 127)) },
                {},
              ),
              samePort: sequence({ protectedPayloadType: integer(0, 127) }, {}),
            },
            {},
          ),
        },
        {},
      ),
    },
    {},
  ),
});
export type DepFECData = Infer<typeof DepFECData>;

export const FECData = choice(
  {
    rfc2733: sequence(
      {
        protectedPayloadType: integer(0, 127),
        fecScheme: optional(OBJECT_IDENTIFIER),
        pktMode: choice(
          {
            rfc2198coding: NULL,
            rfc2733sameport: sequence({}, {}),
            rfc2733diffport: sequence({ protectedChannel: LogicalChannelNumber }, {}),
          },
          {},
        ),
      },
      {},
    ),
  },
  {},
);
export type FECData = Infer<typeof FECData>;

export const H235Media = sequence(
  {
    encryptionAuthenticationAndIntegrity: EncryptionAuthenticationAndIntegrity,
    mediaType: choice(
      {
        nonStandard: NonStandardParameter,
        videoData: VideoCapability,
        audioData: AudioCapability,
        data: DataApplicationCapability,
      },
      {
        redundancyEncoding: RedundancyEncoding,
        multiplePayloadStream: MultiplePayloadStream,
        depFec: DepFECData,
        fec: FECData,
      },
    ),
  },
  {},
);
export type H235Media = Infer<typeof H235Media>;

export const MultiplexedStreamParameter = sequence(
  { multiplexFormat: MultiplexFormat, controlOnMuxStream: BOOLEAN },
  {},
);
export type MultiplexedStreamParameter = Infer<typeof MultiplexedStreamParameter>;

export const DataType: Schema<DataType> = choice(
  {
    nonStandard: NonStandardParameter,
    nullData: NULL,
    videoData: VideoCapability,
    audioData: AudioCapability,
    data: DataApplicationCapability,
    encryptionData: EncryptionMode,
  },
  {
    h235Control: NonStandardParameter,
    h235Media: H235Media,
    multiplexedStream: MultiplexedStreamParameter,
    redundancyEncoding: RedundancyEncoding,
    multiplePayloadStream: MultiplePayloadStream,
    depFec: DepFECData,
    fec: FECData,
  },
);
export type DataType = ExtensibleChoice<{
  nonStandard: NonStandardParameter;
  nullData: true;
  videoData: VideoCapability;
  audioData: AudioCapability;
  data: DataApplicationCapability;
  encryptionData: EncryptionMode;
  h235Control: NonStandardParameter;
  h235Media: H235Media;
  multiplexedStream: MultiplexedStreamParameter;
  redundancyEncoding: RedundancyEncoding;
  multiplePayloadStream: MultiplePayloadStream;
  depFec: DepFECData;
  fec: FECData;
}>;

export const H222LogicalChannelParameters = sequence(
  {
    resourceID: integer(0, 65535),
    subChannelID: integer(0, 8191),
    'pcr-pid': optional(integer(0, 8191)),
    programDescriptors: optional(octetString()),
    streamDescriptors: optional(octetString()),
  },
  {},
);
export type H222LogicalChannelParameters = Infer<typeof H222LogicalChannelParameters>;

export const H223AnnexCArqParameters = sequence(
  {
    numberOfRetransmissions: choice({ finite: integer(0, 16), infinite: NULL }, {}),
    sendBufferSize: integer(0, 16777215),
  },
  {},
);
export type H223AnnexCArqParameters = Infer<typeof H223AnnexCArqParameters>;

export const H223AL1MParameters = sequence(
  {
    transferMode: choice({ framed: NULL, unframed: NULL }, {}),
    headerFEC: choice({ 'sebch16-7': NULL, 'golay24-12': NULL }, {}),
    crcLength: choice(
      { crc4bit: NULL, crc12bit: NULL, crc20bit: NULL, crc28bit: NULL },
      { crc8bit: NULL, crc16bit: NULL, crc32bit: NULL, crcNotUsed: NULL },
    ),
    rcpcCodeRate: integer(8, 32),
    arqType: choice({ noArq: NULL, typeIArq: H223AnnexCArqParameters, typeIIArq: H223AnnexCArqParameters }, {}),
    alpduInterleaving: BOOLEAN,
    alsduSplitting: BOOLEAN,
  },
  { rsCodeCorrection: integer(0, 127) },
);
export type H223AL1MParameters = Infer<typeof H223AL1MParameters>;

export const H223AL2MParameters = sequence(
  { headerFEC: choice({ 'sebch16-5': NULL, 'golay24-12': NULL }, {}), alpduInterleaving: BOOLEAN },
  {},
);
export type H223AL2MParameters = Infer<typeof H223AL2MParameters>;

export const H223AL3MParameters = sequence(
  {
    headerFormat: choice({ 'sebch16-7': NULL, 'golay24-12': NULL }, {}),
    crcLength: choice(
      { crc4bit: NULL, crc12bit: NULL, crc20bit: NULL, crc28bit: NULL },
      { crc8bit: NULL, crc16bit: NULL, crc32bit: NULL, crcNotUsed: NULL },
    ),
    rcpcCodeRate: integer(8, 32),
    arqType: choice({ noArq: NULL, typeIArq: H223AnnexCArqParameters, typeIIArq: H223AnnexCArqParameters }, {}),
    alpduInterleaving: BOOLEAN,
  },
  { rsCodeCorrection: integer(0, 127) },
);
export type H223AL3MParameters = Infer<typeof H223AL3MParameters>;

export const H223LogicalChannelParameters = sequence(
  {
    adaptationLayerType: choice(
      {
        nonStandard: NonStandardParameter,
        al1Framed: NULL,
        al1NotFramed: NULL,
        al2WithoutSequenceNumbers: NULL,
        al2WithSequenceNumbers: NULL,
        al3: sequence({ controlFieldOctets: integer(0, 2), sendBufferSize: integer(0, 16777215) }),
      },
      { al1M: H223AL1MParameters, al2M: H223AL2MParameters, al3M: H223AL3MParameters },
    ),
    segmentableFlag: BOOLEAN,
  },
  {},
);
export type H223LogicalChannelParameters = Infer<typeof H223LogicalChannelParameters>;

export const CRCLength = choice({ crc8bit: NULL, crc16bit: NULL, crc32bit: NULL }, {});
export type CRCLength = Infer<typeof CRCLength>;

export const V76HDLCParameters = sequence(
  { crcLength: CRCLength, n401: integer(1, 4095), loopbackTestProcedure: BOOLEAN },
  {},
);
export type V76HDLCParameters = Infer<typeof V76HDLCParameters>;

export const V75Parameters = sequence({ audioHeaderPresent: BOOLEAN }, {});
export type V75Parameters = Infer<typeof V75Parameters>;

export const V76LogicalChannelParameters = sequence(
  {
    hdlcParameters: V76HDLCParameters,
    suspendResume: choice({ noSuspendResume: NULL, suspendResumewAddress: NULL, suspendResumewoAddress: NULL }, {}),
    uIH: BOOLEAN,
    mode: choice(
      {
        eRM: sequence(
          { windowSize: integer(1, 127), recovery: choice({ rej: NULL, sREJ: NULL, mSREJ: NULL }, {}) },
          {},
        ),
        uNERM: NULL,
      },
      {},
    ),
    v75Parameters: V75Parameters,
  },
  {},
);
export type V76LogicalChannelParameters = Infer<typeof V76LogicalChannelParameters>;

export const UnicastAddress = choice(
  {
    iPAddress: sequence({ network: octetString(4), tsapIdentifier: integer(0, 65535) }, {}),
    iPXAddress: sequence({ node: octetString(6), netnum: octetString(4), tsapIdentifier: octetString(2) }, {}),
    iP6Address: sequence({ network: octetString(16), tsapIdentifier: integer(0, 65535) }, {}),
    netBios: octetString(16),
    iPSourceRouteAddress: sequence(
      {
        routing: choice({ strict: NULL, loose: NULL }),
        network: octetString(4),
        tsapIdentifier: integer(0, 65535),
        route: sequenceOf(octetString(4)),
      },
      {},
    ),
  },
  { nsap: octetString(1, 20), nonStandardAddress: NonStandardParameter },
);
export type UnicastAddress = Infer<typeof UnicastAddress>;

export const MulticastAddress = choice(
  {
    iPAddress: sequence({ network: octetString(4), tsapIdentifier: integer(0, 65535) }, {}),
    iP6Address: sequence({ network: octetString(16), tsapIdentifier: integer(0, 65535) }, {}),
  },
  { nsap: octetString(1, 20), nonStandardAddress: NonStandardParameter },
);
export type MulticastAddress = Infer<typeof MulticastAddress>;

export const TransportAddress = choice({ unicastAddress: UnicastAddress, multicastAddress: MulticastAddress }, {});
export type TransportAddress = Infer<typeof TransportAddress>;

export const McuNumber = integer(0, 192);
export type McuNumber = Infer<typeof McuNumber>;

export const TerminalNumber = integer(0, 192);
export type TerminalNumber = Infer<typeof TerminalNumber>;

export const TerminalLabel = sequence({ mcuNumber: McuNumber, terminalNumber: TerminalNumber }, {});
export type TerminalLabel = Infer<typeof TerminalLabel>;

export const H2250LogicalChannelParameters = sequence(
  {
    nonStandard: optional(sequenceOf(NonStandardParameter)),
    sessionID: integer(0, 255),
    associatedSessionID: optional(integer(1, 255)),
    mediaChannel: optional(TransportAddress),
    mediaGuaranteedDelivery: optional(BOOLEAN),
    mediaControlChannel: optional(TransportAddress),
    mediaControlGuaranteedDelivery: optional(BOOLEAN),
    silenceSuppression: optional(BOOLEAN),
    destination: optional(TerminalLabel),
    dynamicRTPPayloadType: optional(integer(96, 127)),
    mediaPacketization: optional(choice({ h261aVideoPacketization: NULL }, { rtpPayloadType: RTPPayloadType })),
  },
  {
    transportCapability: TransportCapability,
    redundancyEncoding: RedundancyEncoding,
    source: TerminalLabel,
    nominalAudioLevel: integer(0, 63),
  },
);
export type H2250LogicalChannelParameters = Infer<typeof H2250LogicalChannelParameters>;

export const NetworkAccessParameters = sequence(
  {
    distribution: optional(choice({ unicast: NULL, multicast: NULL }, {})),
    networkAddress: choice(
      {
        q2931Address: Q2931Address,
        e164Address: ia5String(1, 128, '0123456789#*,'),
        localAreaAddress: TransportAddress,
      },
      {},
    ),
    associateConference: BOOLEAN,
    externalReference: optional(octetString(1, 255)),
  },
  { t120SetupProcedure: choice({ originateCall: NULL, waitForCall: NULL, issueQuery: NULL }, {}) },
);
export type NetworkAccessParameters = Infer<typeof NetworkAccessParameters>;

export const EscrowData = sequence({ escrowID: OBJECT_IDENTIFIER, escrowValue: bitString(1, 65535) }, {});
export type EscrowData = Infer<typeof EscrowData>;

export const EncryptionSync = sequence(
  {
    nonStandard: optional(NonStandardParameter),
    synchFlag: integer(0, 255),
    h235Key: octetString(1, 65535),
    escrowentry: optional(sequenceOf(EscrowData, 1, 256)),
  },
  { genericParameter: GenericParameter },
);
export type EncryptionSync = Infer<typeof EncryptionSync>;

export const OpenLogicalChannel = sequence(
  {
    forwardLogicalChannelNumber: LogicalChannelNumber,
    forwardLogicalChannelParameters: sequence(
      {
        portNumber: optional(integer(0, 65535)),
        dataType: DataType,
        multiplexParameters: choice(
          {
            h222LogicalChannelParameters: H222LogicalChannelParameters,
            h223LogicalChannelParameters: H223LogicalChannelParameters,
            v76LogicalChannelParameters: V76LogicalChannelParameters,
          },
          { h2250LogicalChannelParameters: H2250LogicalChannelParameters, none: NULL },
        ),
      },
      { forwardLogicalChannelDependency: LogicalChannelNumber, replacementFor: LogicalChannelNumber },
    ),
    reverseLogicalChannelParameters: optional(
      sequence(
        {
          dataType: DataType,
          multiplexParameters: optional(
            choice(
              {
                h223LogicalChannelParameters: H223LogicalChannelParameters,
                v76LogicalChannelParameters: V76LogicalChannelParameters,
              },
              { h2250LogicalChannelParameters: H2250LogicalChannelParameters },
            ),
          ),
        },
        { reverseLogicalChannelDependency: LogicalChannelNumber, replacementFor: LogicalChannelNumber },
      ),
    ),
  },
  {
    separateStack: NetworkAccessParameters,
    encryptionSync: EncryptionSync,
    genericInformation: sequenceOf(GenericInformation),
  },
);
export type OpenLogicalChannel = Infer<typeof OpenLogicalChannel>;

export const CloseLogicalChannel = sequence(
  { forwardLogicalChannelNumber: LogicalChannelNumber, source: choice({ user: NULL, lcse: NULL }) },
  { reason: choice({ unknown: NULL, reopen: NULL, reservationFailure: NULL }, { networkErrorCode: integer(0, 255) }) },
);
export type CloseLogicalChannel = Infer<typeof CloseLogicalChannel>;

export const RequestChannelClose = sequence(
  { forwardLogicalChannelNumber: LogicalChannelNumber },
  {
    qosCapability: QOSCapability,
    reason: choice(
      { unknown: NULL, normal: NULL, reopen: NULL, reservationFailure: NULL },
      { networkErrorCode: integer(0, 255) },
    ),
  },
);
export type RequestChannelClose = Infer<typeof RequestChannelClose>;

export const MultiplexTableEntryNumber = integer(1, 15);
export type MultiplexTableEntryNumber = Infer<typeof MultiplexTableEntryNumber>;

export const MultiplexElement: Schema<MultiplexElement> = sequence({
  type: choice({
    logicalChannelNumber: integer(0, 65535),
    subElementList: sequenceOf(
      lazy((): Schema<MultiplexElement> => MultiplexElement),
      2,
      255,
    ),
  }),
  repeatCount: choice({ finite: integer(1, 65535), untilClosingFlag: NULL }),
});
export type MultiplexElement = {
  type: Choice<{ logicalChannelNumber: number; subElementList: MultiplexElement[] }>;
  repeatCount: Choice<{ finite: number; untilClosingFlag: true }>;
};

export const MultiplexEntryDescriptor = sequence({
  multiplexTableEntryNumber: MultiplexTableEntryNumber,
  elementList: optional(sequenceOf(MultiplexElement, 1, 256)),
});
export type MultiplexEntryDescriptor = Infer<typeof MultiplexEntryDescriptor>;

export const MultiplexEntrySend = sequence(
  { sequenceNumber: SequenceNumber, multiplexEntryDescriptors: sequenceOf(MultiplexEntryDescriptor, 1, 15) },
  {},
);
export type MultiplexEntrySend = Infer<typeof MultiplexEntrySend>;

export const RequestMultiplexEntry = sequence({ entryNumbers: sequenceOf(MultiplexTableEntryNumber, 1, 15) }, {});
export type RequestMultiplexEntry = Infer<typeof RequestMultiplexEntry>;

export const H261VideoMode = sequence(
  { resolution: choice({ qcif: NULL, cif: NULL }), bitRate: integer(1, 19200), stillImageTransmission: BOOLEAN },
  {},
);
export type H261VideoMode = Infer<typeof H261VideoMode>;

export const H262VideoMode = sequence(
  {
    profileAndLevel: choice(
      {
        'profileAndLevel-SPatML': NULL,
        'profileAndLevel-MPatLL': NULL,
        'profileAndLevel-MPatML': NULL,
        'profileAndLevel-MPatH-14': NULL,
        'profileAndLevel-MPatHL': NULL,
        'profileAndLevel-SNRatLL': NULL,
        'profileAndLevel-SNRatML': NULL,
        'profileAndLevel-SpatialatH-14': NULL,
        'profileAndLevel-HPatML': NULL,
        'profileAndLevel-HPatH-14': NULL,
        'profileAndLevel-HPatHL': NULL,
      },
      {},
    ),
    videoBitRate: optional(integer(0, 1073741823)),
    vbvBufferSize: optional(integer(0, 262143)),
    samplesPerLine: optional(integer(0, 16383)),
    linesPerFrame: optional(integer(0, 16383)),
    framesPerSecond: optional(integer(0, 15)),
    luminanceSampleRate: optional(integer(0, 4294967295)),
  },
  {},
);
export type H262VideoMode = Infer<typeof H262VideoMode>;

export const H263VideoMode = sequence(
  {
    resolution: choice({ sqcif: NULL, qcif: NULL, cif: NULL, cif4: NULL, cif16: NULL }, { custom: NULL }),
    bitRate: integer(1, 19200),
    unrestrictedVector: BOOLEAN,
    arithmeticCoding: BOOLEAN,
    advancedPrediction: BOOLEAN,
    pbFrames: BOOLEAN,
  },
  { errorCompensation: BOOLEAN, enhancementLayerInfo: EnhancementLayerInfo, h263Options: H263Options },
);
export type H263VideoMode = Infer<typeof H263VideoMode>;

export const IS11172VideoMode = sequence(
  {
    constrainedBitstream: BOOLEAN,
    videoBitRate: optional(integer(0, 1073741823)),
    vbvBufferSize: optional(integer(0, 262143)),
    samplesPerLine: optional(integer(0, 16383)),
    linesPerFrame: optional(integer(0, 16383)),
    pictureRate: optional(integer(0, 15)),
    luminanceSampleRate: optional(integer(0, 4294967295)),
  },
  {},
);
export type IS11172VideoMode = Infer<typeof IS11172VideoMode>;

export const VideoMode = choice(
  {
    nonStandard: NonStandardParameter,
    h261VideoMode: H261VideoMode,
    h262VideoMode: H262VideoMode,
    h263VideoMode: H263VideoMode,
    is11172VideoMode: IS11172VideoMode,
  },
  { genericVideoMode: GenericCapability },
);
export type VideoMode = Infer<typeof VideoMode>;

export const IS11172AudioMode = sequence(
  {
    audioLayer: choice({ audioLayer1: NULL, audioLayer2: NULL, audioLayer3: NULL }),
    audioSampling: choice({ audioSampling32k: NULL, audioSampling44k1: NULL, audioSampling48k: NULL }),
    multichannelType: choice({ singleChannel: NULL, twoChannelStereo: NULL, twoChannelDual: NULL }),
    bitRate: integer(1, 448),
  },
  {},
);
export type IS11172AudioMode = Infer<typeof IS11172AudioMode>;

export const IS13818AudioMode = sequence(
  {
    audioLayer: choice({ audioLayer1: NULL, audioLayer2: NULL, audioLayer3: NULL }),
    audioSampling: choice({
      audioSampling16k: NULL,
      audioSampling22k05: NULL,
      audioSampling24k: NULL,
      audioSampling32k: NULL,
      audioSampling44k1: NULL,
      audioSampling48k: NULL,
    }),
    multichannelType: choice({
      singleChannel: NULL,
      twoChannelStereo: NULL,
      twoChannelDual: NULL,
      'threeChannels2-1': NULL,
      'threeChannels3-0': NULL,
      'fourChannels2-0-2-0': NULL,
      'fourChannels2-2': NULL,
      'fourChannels3-1': NULL,
      'fiveChannels3-0-2-0': NULL,
      'fiveChannels3-2': NULL,
    }),
    lowFrequencyEnhancement: BOOLEAN,
    multilingual: BOOLEAN,
    bitRate: integer(1, 1130),
  },
  {},
);
export type IS13818AudioMode = Infer<typeof IS13818AudioMode>;

export const G7231AnnexCMode = sequence(
  {
    'maxAl-sduAudioFrames': integer(1, 256),
    silenceSuppression: BOOLEAN,
    g723AnnexCAudioMode: sequence(
      {
        highRateMode0: integer(27, 78),
        highRateMode1: integer(27, 78),
        lowRateMode0: integer(23, 66),
        lowRateMode1: integer(23, 66),
        sidMode0: integer(6, 17),
        sidMode1: integer(6, 17),
      },
      {},
    ),
  },
  {},
);
export type G7231AnnexCMode = Infer<typeof G7231AnnexCMode>;

export const VBDMode = sequence({ type: lazy((): Schema<AudioMode> => AudioMode) }, {});
export type VBDMode = Infer<typeof VBDMode>;

export const AudioMode: Schema<AudioMode> = choice(
  {
    nonStandard: NonStandardParameter,
    g711Alaw64k: NULL,
    g711Alaw56k: NULL,
    g711Ulaw64k: NULL,
    g711Ulaw56k: NULL,
    'g722-64k': NULL,
    'g722-56k': NULL,
    'g722-48k': NULL,
    g728: NULL,
    g729: NULL,
    g729AnnexA: NULL,
    g7231: choice({
      noSilenceSuppressionLowRate: NULL,
      noSilenceSuppressionHighRate: NULL,
      silenceSuppressionLowRate: NULL,
      silenceSuppressionHighRate: NULL,
    }),
    is11172AudioMode: IS11172AudioMode,
    is13818AudioMode: IS13818AudioMode,
  },
  {
    g729wAnnexB: integer(1, 256),
    g729AnnexAwAnnexB: integer(1, 256),
    g7231AnnexCMode: G7231AnnexCMode,
    gsmFullRate: GSMAudioCapability,
    gsmHalfRate: GSMAudioCapability,
    gsmEnhancedFullRate: GSMAudioCapability,
    genericAudioMode: GenericCapability,
    g729Extensions: G729Extensions,
    vbd: VBDMode,
  },
);
export type AudioMode = ExtensibleChoice<{
  nonStandard: NonStandardParameter;
  g711Alaw64k: true;
  g711Alaw56k: true;
  g711Ulaw64k: true;
  g711Ulaw56k: true;
  'g722-64k': true;
  'g722-56k': true;
  'g722-48k': true;
  g728: true;
  g729: true;
  g729AnnexA: true;
  g7231: Choice<{
    noSilenceSuppressionLowRate: true;
    noSilenceSuppressionHighRate: true;
    silenceSuppressionLowRate: true;
    silenceSuppressionHighRate: true;
  }>;
  is11172AudioMode: IS11172AudioMode;
  is13818AudioMode: IS13818AudioMode;
  g729wAnnexB: number;
  g729AnnexAwAnnexB: number;
  g7231AnnexCMode: G7231AnnexCMode;
  gsmFullRate: GSMAudioCapability;
  gsmHalfRate: GSMAudioCapability;
  gsmEnhancedFullRate: GSMAudioCapability;
  genericAudioMode: GenericCapability;
  g729Extensions: G729Extensions;
  vbd: VBDMode;
}>;

export const DataMode = sequence(
  {
    application: choice(
      {
        nonStandard: NonStandardParameter,
        t120: DataProtocolCapability,
        'dsm-cc': DataProtocolCapability,
        userData: DataProtocolCapability,
        t84: DataProtocolCapability,
        t434: DataProtocolCapability,
        h224: DataProtocolCapability,
        nlpid: sequence({ nlpidProtocol: DataProtocolCapability, nlpidData: octetString() }),
        dsvdControl: NULL,
        h222DataPartitioning: DataProtocolCapability,
      },
      {
        t30fax: DataProtocolCapability,
        t140: DataProtocolCapability,
        t38fax: sequence({ t38FaxProtocol: DataProtocolCapability, t38FaxProfile: T38FaxProfile }),
        genericDataMode: GenericCapability,
        dataChannel: DataChannel,
      },
    ),
    bitRate: integer(0, 4294967295),
  },
  {},
);
export type DataMode = Infer<typeof DataMode>;

export const H235Mode = sequence(
  {
    encryptionAuthenticationAndIntegrity: EncryptionAuthenticationAndIntegrity,
    mediaMode: choice(
      { nonStandard: NonStandardParameter, videoMode: VideoMode, audioMode: AudioMode, dataMode: DataMode },
      {},
    ),
  },
  {},
);
export type H235Mode = Infer<typeof H235Mode>;

export const FECMode = sequence(
  {
    protectedElement: lazy((): Schema<ModeElementType> => ModeElementType),
    fecScheme: optional(OBJECT_IDENTIFIER),
    rfc2733Format: optional(
      choice({ rfc2733rfc2198: MaxRedundancy, rfc2733sameport: MaxRedundancy, rfc2733diffport: MaxRedundancy }),
    ),
  },
  {},
);
export type FECMode = Infer<typeof FECMode>;

export const RedundancyEncodingDTModeElement = sequence(
  {
    type: choice(
      {
        nonStandard: NonStandardParameter,
        videoMode: VideoMode,
        audioMode: AudioMode,
        dataMode: DataMode,
        encryptionMode: EncryptionMode,
        h235Mode: H235Mode,
      },
      { fecMode: FECMode },
    ),
  },
  {},
);
export type RedundancyEncodingDTModeElement = Infer<typeof RedundancyEncodingDTModeElement>;

export const RedundancyEncodingDTMode = sequence(
  {
    redundancyEncodingMethod: RedundancyEncodingMethod,
    primary: RedundancyEncodingDTModeElement,
    secondary: sequenceOf(RedundancyEncodingDTModeElement),
  },
  {},
);
export type RedundancyEncodingDTMode = Infer<typeof RedundancyEncodingDTMode>;

export const MultiplePayloadStreamElementMode = sequence(
  { type: lazy((): Schema<ModeElementType> => ModeElementType) },
  {},
);
export type MultiplePayloadStreamElementMode = Infer<typeof MultiplePayloadStreamElementMode>;

export const MultiplePayloadStreamMode = sequence({ elements: sequenceOf(MultiplePayloadStreamElementMode) }, {});
export type MultiplePayloadStreamMode = Infer<typeof MultiplePayloadStreamMode>;

export const DepFECMode = choice(
  {
    rfc2733Mode: sequence(
      {
        mode: choice(
          {
            redundancyEncoding: NULL,
            separateStream: choice(
              {
                differentPort: sequence(
                  { protectedSessionID: integer(1, 255), protectedPayloadType: optional(integer(0, 127)) },
                  {},
                ),
                samePort: sequence({ protectedType: lazy((): Schema<ModeElementType> => ModeElementType) }, {}),
              },
              {},
            ),
          },
          {},
        ),
      },
      {},
    ),
  },
  {},
);
export type DepFECMode = Infer<typeof DepFECMode>;

export const ModeElementType: Schema<ModeElementType> = choice(
  {
    nonStandard: NonStandardParameter,
    videoMode: VideoMode,
    audioMode: AudioMode,
    dataMode: DataMode,
    encryptionMode: EncryptionMode,
  },
  {
    h235Mode: H235Mode,
    multiplexedStreamMode: MultiplexedStreamParameter,
    redundancyEncodingDTMode: RedundancyEncodingDTMode,
    multiplePayloadStreamMode: MultiplePayloadStreamMode,
    depFecMode: DepFECMode,
    fecMode: FECMode,
  },
);
export type ModeElementType = ExtensibleChoice<{
  nonStandard: NonStandardParameter;
  videoMode: VideoMode;
  audioMode: AudioMode;
  dataMode: DataMode;
  encryptionMode: EncryptionMode;
  h235Mode: H235Mode;
  multiplexedStreamMode: MultiplexedStreamParameter;
  redundancyEncodingDTMode: RedundancyEncodingDTMode;
  multiplePayloadStreamMode: MultiplePayloadStreamMode;
  depFecMode: DepFECMode;
  fecMode: FECMode;
}>;

export const H223ModeParameters = sequence(
  {
    adaptationLayerType: choice(
      {
        nonStandard: NonStandardParameter,
        al1Framed: NULL,
        al1NotFramed: NULL,
        al2WithoutSequenceNumbers: NULL,
        al2WithSequenceNumbers: NULL,
        al3: sequence({ controlFieldOctets: integer(0, 2), sendBufferSize: integer(0, 16777215) }),
      },
      { al1M: H223AL1MParameters, al2M: H223AL2MParameters, al3M: H223AL3MParameters },
    ),
    segmentableFlag: BOOLEAN,
  },
  {},
);
export type H223ModeParameters = Infer<typeof H223ModeParameters>;

export const V76ModeParameters = choice({ suspendResumewAddress: NULL, suspendResumewoAddress: NULL }, {});
export type V76ModeParameters = Infer<typeof V76ModeParameters>;

export const RedundancyEncodingMode = sequence(
  {
    redundancyEncodingMethod: RedundancyEncodingMethod,
    secondaryEncoding: optional(choice({ nonStandard: NonStandardParameter, audioData: AudioMode }, {})),
  },
  {},
);
export type RedundancyEncodingMode = Infer<typeof RedundancyEncodingMode>;

export const H2250ModeParameters = sequence({ redundancyEncodingMode: optional(RedundancyEncodingMode) }, {});
export type H2250ModeParameters = Infer<typeof H2250ModeParameters>;

export const MultiplexedStreamModeParameters = sequence({ logicalChannelNumber: LogicalChannelNumber }, {});
export type MultiplexedStreamModeParameters = Infer<typeof MultiplexedStreamModeParameters>;

export const ModeElement = sequence(
  { type: ModeElementType, h223ModeParameters: optional(H223ModeParameters) },
  {
    v76ModeParameters: V76ModeParameters,
    h2250ModeParameters: H2250ModeParameters,
    genericModeParameters: GenericCapability,
    multiplexedStreamModeParameters: MultiplexedStreamModeParameters,
    logicalChannelNumber: LogicalChannelNumber,
  },
);
export type ModeElement = Infer<typeof ModeElement>;

export const ModeDescription = sequenceOf(ModeElement, 1, 256);
export type ModeDescription = Infer<typeof ModeDescription>;

export const RequestMode = sequence(
  { sequenceNumber: SequenceNumber, requestedModes: sequenceOf(ModeDescription, 1, 256) },
  {},
);
export type RequestMode = Infer<typeof RequestMode>;

export const RoundTripDelayRequest = sequence({ sequenceNumber: SequenceNumber }, {});
export type RoundTripDelayRequest = Infer<typeof RoundTripDelayRequest>;

export const MaintenanceLoopRequest = sequence(
  { type: choice({ systemLoop: NULL, mediaLoop: LogicalChannelNumber, logicalChannelLoop: LogicalChannelNumber }, {}) },
  {},
);
export type MaintenanceLoopRequest = Infer<typeof MaintenanceLoopRequest>;

export const CommunicationModeRequest = sequence({}, {});
export type CommunicationModeRequest = Infer<typeof CommunicationModeRequest>;

export const Criteria = sequence({ field: OBJECT_IDENTIFIER, value: octetString(1, 65535) }, {});
export type Criteria = Infer<typeof Criteria>;

export const CertSelectionCriteria = sequenceOf(Criteria, 1, 16);
export type CertSelectionCriteria = Infer<typeof CertSelectionCriteria>;

export const RemoteMCRequest = choice({ masterActivate: NULL, slaveActivate: NULL, deActivate: NULL }, {});
export type RemoteMCRequest = Infer<typeof RemoteMCRequest>;

export const ConferenceRequest = choice(
  {
    terminalListRequest: NULL,
    makeMeChair: NULL,
    cancelMakeMeChair: NULL,
    dropTerminal: TerminalLabel,
    requestTerminalID: TerminalLabel,
    enterH243Password: NULL,
    enterH243TerminalID: NULL,
    enterH243ConferenceID: NULL,
  },
  {
    enterExtensionAddress: NULL,
    requestChairTokenOwner: NULL,
    requestTerminalCertificate: sequence(
      {
        terminalLabel: optional(TerminalLabel),
        certSelectionCriteria: optional(CertSelectionCriteria),
        sRandom: optional(integer(1, 4294967295)),
      },
      {},
    ),
    broadcastMyLogicalChannel: LogicalChannelNumber,
    makeTerminalBroadcaster: TerminalLabel,
    sendThisSource: TerminalLabel,
    requestAllTerminalIDs: NULL,
    remoteMCRequest: RemoteMCRequest,
  },
);
export type ConferenceRequest = Infer<typeof ConferenceRequest>;

export const DialingInformationNetworkType = choice(
  { nonStandard: NonStandardMessage, 'n-isdn': NULL, gstn: NULL },
  { mobile: NULL },
);
export type DialingInformationNetworkType = Infer<typeof DialingInformationNetworkType>;

export const DialingInformationNumber = sequence(
  {
    networkAddress: numericString(0, 40),
    subAddress: optional(ia5String(1, 40)),
    networkType: sequenceOf(DialingInformationNetworkType, 1, 255),
  },
  {},
);
export type DialingInformationNumber = Infer<typeof DialingInformationNumber>;

export const DialingInformation = choice(
  {
    nonStandard: NonStandardMessage,
    differential: sequenceOf(DialingInformationNumber, 1, 65535),
    infoNotAvailable: integer(1, 65535),
  },
  {},
);
export type DialingInformation = Infer<typeof DialingInformation>;

export const ConnectionIdentifier = sequence(
  { channelTag: integer(0, 4294967295), sequenceNumber: integer(0, 4294967295) },
  {},
);
export type ConnectionIdentifier = Infer<typeof ConnectionIdentifier>;

export const MultilinkRequest = choice(
  {
    nonStandard: NonStandardMessage,
    callInformation: sequence({ maxNumberOfAdditionalConnections: integer(1, 65535) }, {}),
    addConnection: sequence({ sequenceNumber: SequenceNumber, dialingInformation: DialingInformation }, {}),
    removeConnection: sequence({ connectionIdentifier: ConnectionIdentifier }, {}),
    maximumHeaderInterval: sequence(
      { requestType: choice({ currentIntervalInformation: NULL, requestedInterval: integer(0, 65535) }, {}) },
      {},
    ),
  },
  {},
);
export type MultilinkRequest = Infer<typeof MultilinkRequest>;

export const MaximumBitRate = integer(0, 4294967295);
export type MaximumBitRate = Infer<typeof MaximumBitRate>;

export const LogicalChannelRateRequest = sequence(
  { sequenceNumber: SequenceNumber, logicalChannelNumber: LogicalChannelNumber, maximumBitRate: MaximumBitRate },
  {},
);
export type LogicalChannelRateRequest = Infer<typeof LogicalChannelRateRequest>;

export const RequestMessage = choice(
  {
    nonStandard: NonStandardMessage,
    masterSlaveDetermination: MasterSlaveDetermination,
    terminalCapabilitySet: TerminalCapabilitySet,
    openLogicalChannel: OpenLogicalChannel,
    closeLogicalChannel: CloseLogicalChannel,
    requestChannelClose: RequestChannelClose,
    multiplexEntrySend: MultiplexEntrySend,
    requestMultiplexEntry: RequestMultiplexEntry,
    requestMode: RequestMode,
    roundTripDelayRequest: RoundTripDelayRequest,
    maintenanceLoopRequest: MaintenanceLoopRequest,
  },
  {
    communicationModeRequest: CommunicationModeRequest,
    conferenceRequest: ConferenceRequest,
    multilinkRequest: MultilinkRequest,
    logicalChannelRateRequest: LogicalChannelRateRequest,
    genericRequest: GenericMessage,
  },
);
export type RequestMessage = Infer<typeof RequestMessage>;

export const MasterSlaveDeterminationAck = sequence({ decision: choice({ master: NULL, slave: NULL }) }, {});
export type MasterSlaveDeterminationAck = Infer<typeof MasterSlaveDeterminationAck>;

export const MasterSlaveDeterminationReject = sequence({ cause: choice({ identicalNumbers: NULL }, {}) }, {});
export type MasterSlaveDeterminationReject = Infer<typeof MasterSlaveDeterminationReject>;

export const TerminalCapabilitySetAck = sequence(
  { sequenceNumber: SequenceNumber },
  { genericInformation: sequenceOf(GenericInformation) },
);
export type TerminalCapabilitySetAck = Infer<typeof TerminalCapabilitySetAck>;

export const TerminalCapabilitySetReject = sequence(
  {
    sequenceNumber: SequenceNumber,
    cause: choice(
      {
        unspecified: NULL,
        undefinedTableEntryUsed: NULL,
        descriptorCapacityExceeded: NULL,
        tableEntryCapacityExceeded: choice({
          highestEntryNumberProcessed: CapabilityTableEntryNumber,
          noneProcessed: NULL,
        }),
      },
      {},
    ),
  },
  { genericInformation: sequenceOf(GenericInformation) },
);
export type TerminalCapabilitySetReject = Infer<typeof TerminalCapabilitySetReject>;

export const H2250LogicalChannelAckParameters = sequence(
  {
    nonStandard: optional(sequenceOf(NonStandardParameter)),
    sessionID: optional(integer(1, 255)),
    mediaChannel: optional(TransportAddress),
    mediaControlChannel: optional(TransportAddress),
    dynamicRTPPayloadType: optional(integer(96, 127)),
  },
  { flowControlToZero: BOOLEAN, portNumber: integer(0, 65535), multiplePayloadStream: MultiplePayloadStream },
);
export type H2250LogicalChannelAckParameters = Infer<typeof H2250LogicalChannelAckParameters>;

export const OpenLogicalChannelAck = sequence(
  {
    forwardLogicalChannelNumber: LogicalChannelNumber,
    reverseLogicalChannelParameters: optional(
      sequence(
        {
          reverseLogicalChannelNumber: LogicalChannelNumber,
          portNumber: optional(integer(0, 65535)),
          multiplexParameters: optional(
            choice(
              { h222LogicalChannelParameters: H222LogicalChannelParameters },
              { h2250LogicalChannelParameters: H2250LogicalChannelParameters },
            ),
          ),
        },
        { replacementFor: LogicalChannelNumber },
      ),
    ),
  },
  {
    separateStack: NetworkAccessParameters,
    forwardMultiplexAckParameters: choice({ h2250LogicalChannelAckParameters: H2250LogicalChannelAckParameters }, {}),
    encryptionSync: EncryptionSync,
    genericInformation: sequenceOf(GenericInformation),
    dtlsSecurityCapability: DTLSSecurityCapability,
  },
);
export type OpenLogicalChannelAck = Infer<typeof OpenLogicalChannelAck>;

export const OpenLogicalChannelReject = sequence(
  {
    forwardLogicalChannelNumber: LogicalChannelNumber,
    cause: choice(
      {
        unspecified: NULL,
        unsuitableReverseParameters: NULL,
        dataTypeNotSupported: NULL,
        dataTypeNotAvailable: NULL,
        unknownDataType: NULL,
        dataTypeALCombinationNotSupported: NULL,
      },
      {
        multicastChannelNotAllowed: NULL,
        insufficientBandwidth: NULL,
        separateStackEstablishmentFailed: NULL,
        invalidSessionID: NULL,
        masterSlaveConflict: NULL,
        waitForCommunicationMode: NULL,
        invalidDependentChannel: NULL,
        replacementForRejected: NULL,
        securityDenied: NULL,
        qoSControlNotSupported: NULL,
      },
    ),
  },
  { genericInformation: sequenceOf(GenericInformation) },
);
export type OpenLogicalChannelReject = Infer<typeof OpenLogicalChannelReject>;

export const CloseLogicalChannelAck = sequence({ forwardLogicalChannelNumber: LogicalChannelNumber }, {});
export type CloseLogicalChannelAck = Infer<typeof CloseLogicalChannelAck>;

export const RequestChannelCloseAck = sequence({ forwardLogicalChannelNumber: LogicalChannelNumber }, {});
export type RequestChannelCloseAck = Infer<typeof RequestChannelCloseAck>;

export const RequestChannelCloseReject = sequence(
  { forwardLogicalChannelNumber: LogicalChannelNumber, cause: choice({ unspecified: NULL }, {}) },
  {},
);
export type RequestChannelCloseReject = Infer<typeof RequestChannelCloseReject>;

export const MultiplexEntrySendAck = sequence(
  { sequenceNumber: SequenceNumber, multiplexTableEntryNumber: sequenceOf(MultiplexTableEntryNumber, 1, 15) },
  {},
);
export type MultiplexEntrySendAck = Infer<typeof MultiplexEntrySendAck>;

export const MultiplexEntryRejectionDescriptions = sequence(
  {
    multiplexTableEntryNumber: MultiplexTableEntryNumber,
    cause: choice({ unspecifiedCause: NULL, descriptorTooComplex: NULL }, {}),
  },
  {},
);
export type MultiplexEntryRejectionDescriptions = Infer<typeof MultiplexEntryRejectionDescriptions>;

export const MultiplexEntrySendReject = sequence(
  { sequenceNumber: SequenceNumber, rejectionDescriptions: sequenceOf(MultiplexEntryRejectionDescriptions, 1, 15) },
  {},
);
export type MultiplexEntrySendReject = Infer<typeof MultiplexEntrySendReject>;

export const RequestMultiplexEntryAck = sequence({ entryNumbers: sequenceOf(MultiplexTableEntryNumber, 1, 15) }, {});
export type RequestMultiplexEntryAck = Infer<typeof RequestMultiplexEntryAck>;

export const RequestMultiplexEntryRejectionDescriptions = sequence(
  { multiplexTableEntryNumber: MultiplexTableEntryNumber, cause: choice({ unspecifiedCause: NULL }, {}) },
  {},
);
export type RequestMultiplexEntryRejectionDescriptions = Infer<typeof RequestMultiplexEntryRejectionDescriptions>;

export const RequestMultiplexEntryReject = sequence(
  {
    entryNumbers: sequenceOf(MultiplexTableEntryNumber, 1, 15),
    rejectionDescriptions: sequenceOf(RequestMultiplexEntryRejectionDescriptions, 1, 15),
  },
  {},
);
export type RequestMultiplexEntryReject = Infer<typeof RequestMultiplexEntryReject>;

export const RequestModeAck = sequence(
  {
    sequenceNumber: SequenceNumber,
    response: choice({ willTransmitMostPreferredMode: NULL, willTransmitLessPreferredMode: NULL }, {}),
  },
  {},
);
export type RequestModeAck = Infer<typeof RequestModeAck>;

export const RequestModeReject = sequence(
  {
    sequenceNumber: SequenceNumber,
    cause: choice({ modeUnavailable: NULL, multipointConstraint: NULL, requestDenied: NULL }, {}),
  },
  {},
);
export type RequestModeReject = Infer<typeof RequestModeReject>;

export const RoundTripDelayResponse = sequence({ sequenceNumber: SequenceNumber }, {});
export type RoundTripDelayResponse = Infer<typeof RoundTripDelayResponse>;

export const MaintenanceLoopAck = sequence(
  { type: choice({ systemLoop: NULL, mediaLoop: LogicalChannelNumber, logicalChannelLoop: LogicalChannelNumber }, {}) },
  {},
);
export type MaintenanceLoopAck = Infer<typeof MaintenanceLoopAck>;

export const MaintenanceLoopReject = sequence(
  {
    type: choice({ systemLoop: NULL, mediaLoop: LogicalChannelNumber, logicalChannelLoop: LogicalChannelNumber }, {}),
    cause: choice({ canNotPerformLoop: NULL }, {}),
  },
  {},
);
export type MaintenanceLoopReject = Infer<typeof MaintenanceLoopReject>;

export const CommunicationModeTableEntry = sequence(
  {
    nonStandard: optional(sequenceOf(NonStandardParameter)),
    sessionID: integer(1, 255),
    associatedSessionID: optional(integer(1, 255)),
    terminalLabel: optional(TerminalLabel),
    sessionDescription: bmpString(1, 128),
    dataType: choice({ videoData: VideoCapability, audioData: AudioCapability, data: DataApplicationCapability }, {}),
    mediaChannel: optional(TransportAddress),
    mediaGuaranteedDelivery: optional(BOOLEAN),
    mediaControlChannel: optional(TransportAddress),
    mediaControlGuaranteedDelivery: optional(BOOLEAN),
  },
  { redundancyEncoding: RedundancyEncoding, sessionDependency: integer(1, 255), destination: TerminalLabel },
);
export type CommunicationModeTableEntry = Infer<typeof CommunicationModeTableEntry>;

export const CommunicationModeResponse = choice(
  { communicationModeTable: sequenceOf(CommunicationModeTableEntry, 1, 256) },
  {},
);
export type CommunicationModeResponse = Infer<typeof CommunicationModeResponse>;

export const TerminalID = octetString(1, 128);
export type TerminalID = Infer<typeof TerminalID>;

export const ConferenceID = octetString(1, 32);
export type ConferenceID = Infer<typeof ConferenceID>;

export const Password = octetString(1, 32);
export type Password = Infer<typeof Password>;

export const TerminalInformation = sequence({ terminalLabel: TerminalLabel, terminalID: TerminalID }, {});
export type TerminalInformation = Infer<typeof TerminalInformation>;

export const RequestAllTerminalIDsResponse = sequence({ terminalInformation: sequenceOf(TerminalInformation) }, {});
export type RequestAllTerminalIDsResponse = Infer<typeof RequestAllTerminalIDsResponse>;

export const RemoteMCResponse = choice(
  { accept: NULL, reject: choice({ unspecified: NULL, functionNotSupported: NULL }, {}) },
  {},
);
export type RemoteMCResponse = Infer<typeof RemoteMCResponse>;

export const ConferenceResponse = choice(
  {
    mCTerminalIDResponse: sequence({ terminalLabel: TerminalLabel, terminalID: TerminalID }, {}),
    terminalIDResponse: sequence({ terminalLabel: TerminalLabel, terminalID: TerminalID }, {}),
    conferenceIDResponse: sequence({ terminalLabel: TerminalLabel, conferenceID: ConferenceID }, {}),
    passwordResponse: sequence({ terminalLabel: TerminalLabel, password: Password }, {}),
    terminalListResponse: sequenceOf(TerminalLabel, 1, 256),
    videoCommandReject: NULL,
    terminalDropReject: NULL,
    makeMeChairResponse: choice({ grantedChairToken: NULL, deniedChairToken: NULL }, {}),
  },
  {
    extensionAddressResponse: sequence({ extensionAddress: TerminalID }, {}),
    chairTokenOwnerResponse: sequence({ terminalLabel: TerminalLabel, terminalID: TerminalID }, {}),
    terminalCertificateResponse: sequence(
      { terminalLabel: optional(TerminalLabel), certificateResponse: optional(octetString(1, 65535)) },
      {},
    ),
    broadcastMyLogicalChannelResponse: choice(
      { grantedBroadcastMyLogicalChannel: NULL, deniedBroadcastMyLogicalChannel: NULL },
      {},
    ),
    makeTerminalBroadcasterResponse: choice(
      { grantedMakeTerminalBroadcaster: NULL, deniedMakeTerminalBroadcaster: NULL },
      {},
    ),
    sendThisSourceResponse: choice({ grantedSendThisSource: NULL, deniedSendThisSource: NULL }, {}),
    requestAllTerminalIDsResponse: RequestAllTerminalIDsResponse,
    remoteMCResponse: RemoteMCResponse,
  },
);
export type ConferenceResponse = Infer<typeof ConferenceResponse>;

export const MultilinkResponse = choice(
  {
    nonStandard: NonStandardMessage,
    callInformation: sequence(
      { dialingInformation: DialingInformation, callAssociationNumber: integer(0, 4294967295) },
      {},
    ),
    addConnection: sequence(
      {
        sequenceNumber: SequenceNumber,
        responseCode: choice(
          { accepted: NULL, rejected: choice({ connectionsNotAvailable: NULL, userRejected: NULL }, {}) },
          {},
        ),
      },
      {},
    ),
    removeConnection: sequence({ connectionIdentifier: ConnectionIdentifier }, {}),
    maximumHeaderInterval: sequence({ currentInterval: integer(0, 65535) }, {}),
  },
  {},
);
export type MultilinkResponse = Infer<typeof MultilinkResponse>;

export const LogicalChannelRateAcknowledge = sequence(
  { sequenceNumber: SequenceNumber, logicalChannelNumber: LogicalChannelNumber, maximumBitRate: MaximumBitRate },
  {},
);
export type LogicalChannelRateAcknowledge = Infer<typeof LogicalChannelRateAcknowledge>;

export const LogicalChannelRateRejectReason = choice({ undefinedReason: NULL, insufficientResources: NULL }, {});
export type LogicalChannelRateRejectReason = Infer<typeof LogicalChannelRateRejectReason>;

export const LogicalChannelRateReject = sequence(
  {
    sequenceNumber: SequenceNumber,
    logicalChannelNumber: LogicalChannelNumber,
    rejectReason: LogicalChannelRateRejectReason,
    currentMaximumBitRate: optional(MaximumBitRate),
  },
  {},
);
export type LogicalChannelRateReject = Infer<typeof LogicalChannelRateReject>;

export const ResponseMessage = choice(
  {
    nonStandard: NonStandardMessage,
    masterSlaveDeterminationAck: MasterSlaveDeterminationAck,
    masterSlaveDeterminationReject: MasterSlaveDeterminationReject,
    terminalCapabilitySetAck: TerminalCapabilitySetAck,
    terminalCapabilitySetReject: TerminalCapabilitySetReject,
    openLogicalChannelAck: OpenLogicalChannelAck,
    openLogicalChannelReject: OpenLogicalChannelReject,
    closeLogicalChannelAck: CloseLogicalChannelAck,
    requestChannelCloseAck: RequestChannelCloseAck,
    requestChannelCloseReject: RequestChannelCloseReject,
    multiplexEntrySendAck: MultiplexEntrySendAck,
    multiplexEntrySendReject: MultiplexEntrySendReject,
    requestMultiplexEntryAck: RequestMultiplexEntryAck,
    requestMultiplexEntryReject: RequestMultiplexEntryReject,
    requestModeAck: RequestModeAck,
    requestModeReject: RequestModeReject,
    roundTripDelayResponse: RoundTripDelayResponse,
    maintenanceLoopAck: MaintenanceLoopAck,
    maintenanceLoopReject: MaintenanceLoopReject,
  },
  {
    communicationModeResponse: CommunicationModeResponse,
    conferenceResponse: ConferenceResponse,
    multilinkResponse: MultilinkResponse,
    logicalChannelRateAcknowledge: LogicalChannelRateAcknowledge,
    logicalChannelRateReject: LogicalChannelRateReject,
    genericResponse: GenericMessage,
  },
);
export type ResponseMessage = Infer<typeof ResponseMessage>;

export const MaintenanceLoopOffCommand = sequence({}, {});
export type MaintenanceLoopOffCommand = Infer<typeof MaintenanceLoopOffCommand>;

export const SendTerminalCapabilitySet = choice(
  {
    specificRequest: sequence(
      {
        multiplexCapability: BOOLEAN,
        capabilityTableEntryNumbers: optional(sequenceOf(CapabilityTableEntryNumber, 1, 65535)),
        capabilityDescriptorNumbers: optional(sequenceOf(CapabilityDescriptorNumber, 1, 256)),
      },
      {},
    ),
    genericRequest: NULL,
  },
  {},
);
export type SendTerminalCapabilitySet = Infer<typeof SendTerminalCapabilitySet>;

export const EncryptionCommand = choice(
  {
    encryptionSE: octetString(),
    encryptionIVRequest: NULL,
    encryptionAlgorithmID: sequence({
      h233AlgorithmIdentifier: SequenceNumber,
      associatedAlgorithm: NonStandardParameter,
    }),
  },
  {},
);
export type EncryptionCommand = Infer<typeof EncryptionCommand>;

export const FlowControlCommand = sequence(
  {
    scope: choice({ logicalChannelNumber: LogicalChannelNumber, resourceID: integer(0, 65535), wholeMultiplex: NULL }),
    restriction: choice({ maximumBitRate: integer(0, 16777215), noRestriction: NULL }),
  },
  {},
);
export type FlowControlCommand = Infer<typeof FlowControlCommand>;

export const EndSessionCommand = choice(
  {
    nonStandard: NonStandardParameter,
    disconnect: NULL,
    gstnOptions: choice({ telephonyMode: NULL, v8bis: NULL, v34DSVD: NULL, v34DuplexFAX: NULL, v34H324: NULL }, {}),
  },
  {
    isdnOptions: choice({ telephonyMode: NULL, v140: NULL, terminalOnHold: NULL }, {}),
    genericInformation: sequenceOf(GenericInformation),
  },
);
export type EndSessionCommand = Infer<typeof EndSessionCommand>;

export const KeyProtectionMethod = sequence(
  { secureChannel: BOOLEAN, sharedSecret: BOOLEAN, certProtectedKey: BOOLEAN },
  {},
);
export type KeyProtectionMethod = Infer<typeof KeyProtectionMethod>;

export const EncryptionUpdateRequest = sequence(
  { keyProtectionMethod: optional(KeyProtectionMethod) },
  { synchFlag: integer(0, 255) },
);
export type EncryptionUpdateRequest = Infer<typeof EncryptionUpdateRequest>;

export const PictureReference = choice({ pictureNumber: integer(0, 1023), longTermPictureIndex: integer(0, 255) }, {});
export type PictureReference = Infer<typeof PictureReference>;

export const EncryptionUpdateDirection = choice({ masterToSlave: NULL, slaveToMaster: NULL }, {});
export type EncryptionUpdateDirection = Infer<typeof EncryptionUpdateDirection>;

export const MiscellaneousCommand = sequence(
  {
    logicalChannelNumber: LogicalChannelNumber,
    type: choice(
      {
        equaliseDelay: NULL,
        zeroDelay: NULL,
        multipointModeCommand: NULL,
        cancelMultipointModeCommand: NULL,
        videoFreezePicture: NULL,
        videoFastUpdatePicture: NULL,
        videoFastUpdateGOB: sequence({ firstGOB: integer(0, 17), numberOfGOBs: integer(1, 18) }),
        videoTemporalSpatialTradeOff: integer(0, 31),
        videoSendSyncEveryGOB: NULL,
        videoSendSyncEveryGOBCancel: NULL,
      },
      {
        videoFastUpdateMB: sequence(
          { firstGOB: optional(integer(0, 255)), firstMB: optional(integer(1, 8192)), numberOfMBs: integer(1, 8192) },
          {},
        ),
        maxH223MUXPDUsize: integer(1, 65535),
        encryptionUpdate: EncryptionSync,
        encryptionUpdateRequest: EncryptionUpdateRequest,
        switchReceiveMediaOff: NULL,
        switchReceiveMediaOn: NULL,
        progressiveRefinementStart: sequence(
          {
            repeatCount: choice(
              {
                doOneProgression: NULL,
                doContinuousProgressions: NULL,
                doOneIndependentProgression: NULL,
                doContinuousIndependentProgressions: NULL,
              },
              {},
            ),
          },
          {},
        ),
        progressiveRefinementAbortOne: NULL,
        progressiveRefinementAbortContinuous: NULL,
        videoBadMBs: sequence(
          { firstMB: integer(1, 9216), numberOfMBs: integer(1, 9216), temporalReference: integer(0, 1023) },
          {},
        ),
        lostPicture: sequenceOf(PictureReference),
        lostPartialPicture: sequence(
          { pictureReference: PictureReference, firstMB: integer(1, 9216), numberOfMBs: integer(1, 9216) },
          {},
        ),
        recoveryReferencePicture: sequenceOf(PictureReference),
        encryptionUpdateCommand: sequence(
          { encryptionSync: EncryptionSync, multiplePayloadStream: optional(MultiplePayloadStream) },
          {},
        ),
        encryptionUpdateAck: sequence({ synchFlag: integer(0, 255) }, {}),
      },
    ),
  },
  { direction: EncryptionUpdateDirection },
);
export type MiscellaneousCommand = Infer<typeof MiscellaneousCommand>;

export const CommunicationModeCommand = sequence(
  { communicationModeTable: sequenceOf(CommunicationModeTableEntry, 1, 256) },
  {},
);
export type CommunicationModeCommand = Infer<typeof CommunicationModeCommand>;

export const SubstituteConferenceIDCommand = sequence({ conferenceIdentifier: octetString(16) }, {});
export type SubstituteConferenceIDCommand = Infer<typeof SubstituteConferenceIDCommand>;

export const ConferenceCommand = choice(
  {
    broadcastMyLogicalChannel: LogicalChannelNumber,
    cancelBroadcastMyLogicalChannel: LogicalChannelNumber,
    makeTerminalBroadcaster: TerminalLabel,
    cancelMakeTerminalBroadcaster: NULL,
    sendThisSource: TerminalLabel,
    cancelSendThisSource: NULL,
    dropConference: NULL,
  },
  { substituteConferenceIDCommand: SubstituteConferenceIDCommand },
);
export type ConferenceCommand = Infer<typeof ConferenceCommand>;

export const H223MultiplexReconfiguration = choice(
  {
    h223ModeChange: choice({ toLevel0: NULL, toLevel1: NULL, toLevel2: NULL, toLevel2withOptionalHeader: NULL }, {}),
    h223AnnexADoubleFlag: choice({ start: NULL, stop: NULL }, {}),
  },
  {},
);
export type H223MultiplexReconfiguration = Infer<typeof H223MultiplexReconfiguration>;

export const NewATMVCCommand = sequence(
  {
    resourceID: integer(0, 65535),
    bitRate: integer(1, 65535),
    bitRateLockedToPCRClock: BOOLEAN,
    bitRateLockedToNetworkClock: BOOLEAN,
    aal: choice(
      {
        aal1: sequence(
          {
            clockRecovery: choice(
              { nullClockRecovery: NULL, srtsClockRecovery: NULL, adaptiveClockRecovery: NULL },
              {},
            ),
            errorCorrection: choice(
              { nullErrorCorrection: NULL, longInterleaver: NULL, shortInterleaver: NULL, errorCorrectionOnly: NULL },
              {},
            ),
            structuredDataTransfer: BOOLEAN,
            partiallyFilledCells: BOOLEAN,
          },
          {},
        ),
        aal5: sequence({ forwardMaximumSDUSize: integer(0, 65535), backwardMaximumSDUSize: integer(0, 65535) }, {}),
      },
      {},
    ),
    multiplex: choice({ noMultiplex: NULL, transportStream: NULL, programStream: NULL }, {}),
    reverseParameters: sequence(
      {
        bitRate: integer(1, 65535),
        bitRateLockedToPCRClock: BOOLEAN,
        bitRateLockedToNetworkClock: BOOLEAN,
        multiplex: choice({ noMultiplex: NULL, transportStream: NULL, programStream: NULL }, {}),
      },
      {},
    ),
  },
  {},
);
export type NewATMVCCommand = Infer<typeof NewATMVCCommand>;

export const MobileMultilinkReconfigurationCommand = sequence(
  {
    sampleSize: integer(1, 255),
    samplesPerFrame: integer(1, 255),
    status: choice({ synchronized: NULL, reconfiguration: NULL }, {}),
  },
  {},
);
export type MobileMultilinkReconfigurationCommand = Infer<typeof MobileMultilinkReconfigurationCommand>;

export const CommandMessage = choice(
  {
    nonStandard: NonStandardMessage,
    maintenanceLoopOffCommand: MaintenanceLoopOffCommand,
    sendTerminalCapabilitySet: SendTerminalCapabilitySet,
    encryptionCommand: EncryptionCommand,
    flowControlCommand: FlowControlCommand,
    endSessionCommand: EndSessionCommand,
    miscellaneousCommand: MiscellaneousCommand,
  },
  {
    communicationModeCommand: CommunicationModeCommand,
    conferenceCommand: ConferenceCommand,
    h223MultiplexReconfiguration: H223MultiplexReconfiguration,
    newATMVCCommand: NewATMVCCommand,
    mobileMultilinkReconfigurationCommand: MobileMultilinkReconfigurationCommand,
    genericCommand: GenericMessage,
  },
);
export type CommandMessage = Infer<typeof CommandMessage>;

export const FunctionNotUnderstood = choice({
  request: RequestMessage,
  response: ResponseMessage,
  command: CommandMessage,
});
export type FunctionNotUnderstood = Infer<typeof FunctionNotUnderstood>;

export const MasterSlaveDeterminationRelease = sequence({}, {});
export type MasterSlaveDeterminationRelease = Infer<typeof MasterSlaveDeterminationRelease>;

export const TerminalCapabilitySetRelease = sequence({}, { genericInformation: sequenceOf(GenericInformation) });
export type TerminalCapabilitySetRelease = Infer<typeof TerminalCapabilitySetRelease>;

export const OpenLogicalChannelConfirm = sequence(
  { forwardLogicalChannelNumber: LogicalChannelNumber },
  { genericInformation: sequenceOf(GenericInformation) },
);
export type OpenLogicalChannelConfirm = Infer<typeof OpenLogicalChannelConfirm>;

export const RequestChannelCloseRelease = sequence({ forwardLogicalChannelNumber: LogicalChannelNumber }, {});
export type RequestChannelCloseRelease = Infer<typeof RequestChannelCloseRelease>;

export const MultiplexEntrySendRelease = sequence(
  { multiplexTableEntryNumber: sequenceOf(MultiplexTableEntryNumber, 1, 15) },
  {},
);
export type MultiplexEntrySendRelease = Infer<typeof MultiplexEntrySendRelease>;

export const RequestMultiplexEntryRelease = sequence(
  { entryNumbers: sequenceOf(MultiplexTableEntryNumber, 1, 15) },
  {},
);
export type RequestMultiplexEntryRelease = Infer<typeof RequestMultiplexEntryRelease>;

export const RequestModeRelease = sequence({}, {});
export type RequestModeRelease = Infer<typeof RequestModeRelease>;

export const MiscellaneousIndication = sequence(
  {
    logicalChannelNumber: LogicalChannelNumber,
    type: choice(
      {
        logicalChannelActive: NULL,
        logicalChannelInactive: NULL,
        multipointConference: NULL,
        cancelMultipointConference: NULL,
        multipointZeroComm: NULL,
        cancelMultipointZeroComm: NULL,
        multipointSecondaryStatus: NULL,
        cancelMultipointSecondaryStatus: NULL,
        videoIndicateReadyToActivate: NULL,
        videoTemporalSpatialTradeOff: integer(0, 31),
      },
      {
        videoNotDecodedMBs: sequence(
          { firstMB: integer(1, 8192), numberOfMBs: integer(1, 8192), temporalReference: integer(0, 255) },
          {},
        ),
        transportCapability: TransportCapability,
      },
    ),
  },
  {},
);
export type MiscellaneousIndication = Infer<typeof MiscellaneousIndication>;

export const JitterIndication = sequence(
  {
    scope: choice({ logicalChannelNumber: LogicalChannelNumber, resourceID: integer(0, 65535), wholeMultiplex: NULL }),
    estimatedReceivedJitterMantissa: integer(0, 3),
    estimatedReceivedJitterExponent: integer(0, 7),
    skippedFrameCount: optional(integer(0, 15)),
    additionalDecoderBuffer: optional(integer(0, 262143)),
  },
  {},
);
export type JitterIndication = Infer<typeof JitterIndication>;

export const H223SkewIndication = sequence(
  { logicalChannelNumber1: LogicalChannelNumber, logicalChannelNumber2: LogicalChannelNumber, skew: integer(0, 4095) },
  {},
);
export type H223SkewIndication = Infer<typeof H223SkewIndication>;

export const NewATMVCIndication = sequence(
  {
    resourceID: integer(0, 65535),
    bitRate: integer(1, 65535),
    bitRateLockedToPCRClock: BOOLEAN,
    bitRateLockedToNetworkClock: BOOLEAN,
    aal: choice(
      {
        aal1: sequence(
          {
            clockRecovery: choice(
              { nullClockRecovery: NULL, srtsClockRecovery: NULL, adaptiveClockRecovery: NULL },
              {},
            ),
            errorCorrection: choice(
              { nullErrorCorrection: NULL, longInterleaver: NULL, shortInterleaver: NULL, errorCorrectionOnly: NULL },
              {},
            ),
            structuredDataTransfer: BOOLEAN,
            partiallyFilledCells: BOOLEAN,
          },
          {},
        ),
        aal5: sequence({ forwardMaximumSDUSize: integer(0, 65535), backwardMaximumSDUSize: integer(0, 65535) }, {}),
      },
      {},
    ),
    multiplex: choice({ noMultiplex: NULL, transportStream: NULL, programStream: NULL }, {}),
  },
  {
    reverseParameters: sequence(
      {
        bitRate: integer(1, 65535),
        bitRateLockedToPCRClock: BOOLEAN,
        bitRateLockedToNetworkClock: BOOLEAN,
        multiplex: choice({ noMultiplex: NULL, transportStream: NULL, programStream: NULL }, {}),
      },
      {},
    ),
  },
);
export type NewATMVCIndication = Infer<typeof NewATMVCIndication>;

export const IV8 = octetString(8);
export type IV8 = Infer<typeof IV8>;

export const IV16 = octetString(16);
export type IV16 = Infer<typeof IV16>;

export const Params = sequence({ iv8: optional(IV8), iv16: optional(IV16), iv: optional(octetString()) }, {});
export type Params = Infer<typeof Params>;

export const UserInputIndication = choice(
  { nonStandard: NonStandardParameter, alphanumeric: GENERAL_STRING },
  {
    userInputSupportIndication: choice(
      { nonStandard: NonStandardParameter, basicString: NULL, iA5String: NULL, generalString: NULL },
      { encryptedBasicString: NULL, encryptedIA5String: NULL, encryptedGeneralString: NULL },
    ),
    signal: sequence(
      {
        signalType: ia5String(1, 1, '0123456789#*ABCD!'),
        duration: optional(integer(1, 65535)),
        rtp: optional(
          sequence(
            {
              timestamp: optional(integer(0, 4294967295)),
              expirationTime: optional(integer(0, 4294967295)),
              logicalChannelNumber: LogicalChannelNumber,
            },
            {},
          ),
        ),
      },
      {
        rtpPayloadIndication: NULL,
        paramS: Params,
        encryptedSignalType: octetString(1),
        algorithmOID: OBJECT_IDENTIFIER,
      },
    ),
    signalUpdate: sequence(
      { duration: integer(1, 65535), rtp: optional(sequence({ logicalChannelNumber: LogicalChannelNumber }, {})) },
      {},
    ),
    extendedAlphanumeric: sequence(
      { alphanumeric: GENERAL_STRING, rtpPayloadIndication: optional(NULL) },
      {
        encryptedAlphanumeric: sequence(
          { algorithmOID: OBJECT_IDENTIFIER, paramS: optional(Params), encrypted: octetString() },
          {},
        ),
      },
    ),
    encryptedAlphanumeric: sequence(
      { algorithmOID: OBJECT_IDENTIFIER, paramS: optional(Params), encrypted: octetString() },
      {},
    ),
    genericInformation: sequenceOf(GenericInformation),
  },
);
export type UserInputIndication = Infer<typeof UserInputIndication>;

export const H2250MaximumSkewIndication = sequence(
  {
    logicalChannelNumber1: LogicalChannelNumber,
    logicalChannelNumber2: LogicalChannelNumber,
    maximumSkew: integer(0, 4095),
  },
  {},
);
export type H2250MaximumSkewIndication = Infer<typeof H2250MaximumSkewIndication>;

export const MCLocationIndication = sequence({ signalAddress: TransportAddress }, {});
export type MCLocationIndication = Infer<typeof MCLocationIndication>;

export const TerminalYouAreSeeingInSubPictureNumber = sequence(
  { terminalNumber: TerminalNumber, subPictureNumber: integer(0, 255) },
  { mcuNumber: McuNumber },
);
export type TerminalYouAreSeeingInSubPictureNumber = Infer<typeof TerminalYouAreSeeingInSubPictureNumber>;

export const VideoIndicateCompose = sequence({ compositionNumber: integer(0, 255) }, {});
export type VideoIndicateCompose = Infer<typeof VideoIndicateCompose>;

export const ConferenceIndication = choice(
  {
    sbeNumber: integer(0, 9),
    terminalNumberAssign: TerminalLabel,
    terminalJoinedConference: TerminalLabel,
    terminalLeftConference: TerminalLabel,
    seenByAtLeastOneOther: NULL,
    cancelSeenByAtLeastOneOther: NULL,
    seenByAll: NULL,
    cancelSeenByAll: NULL,
    terminalYouAreSeeing: TerminalLabel,
    requestForFloor: NULL,
  },
  {
    withdrawChairToken: NULL,
    floorRequested: TerminalLabel,
    terminalYouAreSeeingInSubPictureNumber: TerminalYouAreSeeingInSubPictureNumber,
    videoIndicateCompose: VideoIndicateCompose,
    masterMCU: NULL,
    cancelMasterMCU: NULL,
  },
);
export type ConferenceIndication = Infer<typeof ConferenceIndication>;

export const VendorIdentification = sequence(
  {
    vendor: NonStandardIdentifier,
    productNumber: optional(octetString(1, 256)),
    versionNumber: optional(octetString(1, 256)),
  },
  {},
);
export type VendorIdentification = Infer<typeof VendorIdentification>;

export const FunctionNotSupported = sequence(
  {
    cause: choice({ syntaxError: NULL, semanticError: NULL, unknownFunction: NULL }, {}),
    returnedFunction: optional(octetString()),
  },
  {},
);
export type FunctionNotSupported = Infer<typeof FunctionNotSupported>;

export const MultilinkIndication = choice(
  {
    nonStandard: NonStandardMessage,
    crcDesired: sequence({}, {}),
    excessiveError: sequence({ connectionIdentifier: ConnectionIdentifier }, {}),
  },
  {},
);
export type MultilinkIndication = Infer<typeof MultilinkIndication>;

export const LogicalChannelRateRelease = sequence({}, {});
export type LogicalChannelRateRelease = Infer<typeof LogicalChannelRateRelease>;

export const FlowControlIndication = sequence(
  {
    scope: choice({ logicalChannelNumber: LogicalChannelNumber, resourceID: integer(0, 65535), wholeMultiplex: NULL }),
    restriction: choice({ maximumBitRate: integer(0, 16777215), noRestriction: NULL }),
  },
  {},
);
export type FlowControlIndication = Infer<typeof FlowControlIndication>;

export const MobileMultilinkReconfigurationIndication = sequence(
  { sampleSize: integer(1, 255), samplesPerFrame: integer(1, 255) },
  {},
);
export type MobileMultilinkReconfigurationIndication = Infer<typeof MobileMultilinkReconfigurationIndication>;

export const IndicationMessage = choice(
  {
    nonStandard: NonStandardMessage,
    functionNotUnderstood: FunctionNotUnderstood,
    masterSlaveDeterminationRelease: MasterSlaveDeterminationRelease,
    terminalCapabilitySetRelease: TerminalCapabilitySetRelease,
    openLogicalChannelConfirm: OpenLogicalChannelConfirm,
    requestChannelCloseRelease: RequestChannelCloseRelease,
    multiplexEntrySendRelease: MultiplexEntrySendRelease,
    requestMultiplexEntryRelease: RequestMultiplexEntryRelease,
    requestModeRelease: RequestModeRelease,
    miscellaneousIndication: MiscellaneousIndication,
    jitterIndication: JitterIndication,
    h223SkewIndication: H223SkewIndication,
    newATMVCIndication: NewATMVCIndication,
    userInput: UserInputIndication,
  },
  {
    h2250MaximumSkewIndication: H2250MaximumSkewIndication,
    mcLocationIndication: MCLocationIndication,
    conferenceIndication: ConferenceIndication,
    vendorIdentification: VendorIdentification,
    functionNotSupported: FunctionNotSupported,
    multilinkIndication: MultilinkIndication,
    logicalChannelRateRelease: LogicalChannelRateRelease,
    flowControlIndication: FlowControlIndication,
    mobileMultilinkReconfigurationIndication: MobileMultilinkReconfigurationIndication,
    genericIndication: GenericMessage,
  },
);
export type IndicationMessage = Infer<typeof IndicationMessage>;

export const MultimediaSystemControlMessage = choice(
  { request: RequestMessage, response: ResponseMessage, command: CommandMessage, indication: IndicationMessage },
  {},
);
export type MultimediaSystemControlMessage = Infer<typeof MultimediaSystemControlMessage>;
