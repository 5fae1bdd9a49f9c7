import { bmpString, ia5String, printableString } from '../../asn1/characters.js';
import { choice } from '../../asn1/choice.js';
import { sequenceOf } from '../../asn1/list.js';
import { BOOLEAN, NULL, OBJECT_IDENTIFIER, enumerated, extensibleInteger, integer } from '../../asn1/numbers.js';
import { OPEN_TYPE, bitString, octetString } from '../../asn1/octets.js';
import { lazy, optional, type Infer, type Schema } from '../../asn1/schema.js';
import { sequence } from '../../asn1/sequence.js';
import {
  AuthenticationMechanism,
  ClearToken,
  CryptoToken,
  ENCRYPTED,
  EncodedPwdCertToken,
  HASHED,
  SIGNED,
  TimeStamp,
} from '../h235/schema.js';
import { DataProtocolCapability, QOSCapability, T38FaxProfile } from '../h245/schema.js';

// H.225.0 version 8: the types of module H323-MESSAGES.
// Written by `npm run asn1` from scripts/asn1/modules; not to be edited.

export const ProtocolIdentifier = OBJECT_IDENTIFIER;
export type ProtocolIdentifier = Infer<typeof ProtocolIdentifier>;

export const H221NonStandard = sequence(
  { t35CountryCode: integer(0, 255), t35Extension: integer(0, 255), manufacturerCode: integer(0, 65535) },
  {},
);
export type H221NonStandard = Infer<typeof H221NonStandard>;

export const NonStandardIdentifier = choice({ object: OBJECT_IDENTIFIER, h221NonStandard: H221NonStandard }, {});
export type NonStandardIdentifier = Infer<typeof NonStandardIdentifier>;

export const NonStandardParameter = sequence({ nonStandardIdentifier: NonStandardIdentifier, data: octetString() });
export type NonStandardParameter = Infer<typeof NonStandardParameter>;

export const TransportAddress = choice(
  {
    ipAddress: sequence({ ip: octetString(4), port: integer(0, 65535) }),
    ipSourceRoute: sequence(
      {
        ip: octetString(4),
        port: integer(0, 65535),
        route: sequenceOf(octetString(4)),
        routing: choice({ strict: NULL, loose: NULL }, {}),
      },
      {},
    ),
    ipxAddress: sequence({ node: octetString(6), netnum: octetString(4), port: octetString(2) }),
    ip6Address: sequence({ ip: octetString(16), port: integer(0, 65535) }, {}),
    netBios: octetString(16),
    nsap: octetString(1, 20),
    nonStandardAddress: NonStandardParameter,
  },
  {},
);
export type TransportAddress = Infer<typeof TransportAddress>;

export const PublicTypeOfNumber = choice(
  {
    unknown: NULL,
    internationalNumber: NULL,
    nationalNumber: NULL,
    networkSpecificNumber: NULL,
    subscriberNumber: NULL,
    abbreviatedNumber: NULL,
  },
  {},
);
export type PublicTypeOfNumber = Infer<typeof PublicTypeOfNumber>;

export const NumberDigits = ia5String(1, 128, '0123456789#*,');
export type NumberDigits = Infer<typeof NumberDigits>;

export const PublicPartyNumber = sequence({ publicTypeOfNumber: PublicTypeOfNumber, publicNumberDigits: NumberDigits });
export type PublicPartyNumber = Infer<typeof PublicPartyNumber>;

export const PrivateTypeOfNumber = choice(
  {
    unknown: NULL,
    level2RegionalNumber: NULL,
    level1RegionalNumber: NULL,
    pISNSpecificNumber: NULL,
    localNumber: NULL,
    abbreviatedNumber: NULL,
  },
  {},
);
export type PrivateTypeOfNumber = Infer<typeof PrivateTypeOfNumber>;

export const PrivatePartyNumber = sequence({
  privateTypeOfNumber: PrivateTypeOfNumber,
  privateNumberDigits: NumberDigits,
});
export type PrivatePartyNumber = Infer<typeof PrivatePartyNumber>;

export const PartyNumber = choice(
  {
    e164Number: PublicPartyNumber,
    dataPartyNumber: NumberDigits,
    telexPartyNumber: NumberDigits,
    privateNumber: PrivatePartyNumber,
    nationalStandardPartyNumber: NumberDigits,
  },
  {},
);
export type PartyNumber = Infer<typeof PartyNumber>;

export const TBCD_STRING = ia5String(undefined, undefined, '0123456789#*abc');
export type TBCD_STRING = Infer<typeof TBCD_STRING>;

export const ANSI_41_UIM = sequence(
  {
    imsi: optional(ia5String(3, 16, '0123456789#*abc')),
    min: optional(ia5String(3, 16, '0123456789#*abc')),
    mdn: optional(ia5String(3, 16, '0123456789#*abc')),
    msisdn: optional(ia5String(3, 16, '0123456789#*abc')),
    esn: optional(ia5String(16, 16, '0123456789#*abc')),
    mscid: optional(ia5String(3, 16, '0123456789#*abc')),
    'system-id': choice({ sid: ia5String(1, 4, '0123456789#*abc'), mid: ia5String(1, 4, '0123456789#*abc') }, {}),
    systemMyTypeCode: optional(octetString(1)),
    systemAccessType: optional(octetString(1)),
    qualificationInformationCode: optional(octetString(1)),
    sesn: optional(ia5String(16, 16, '0123456789#*abc')),
    soc: optional(ia5String(3, 16, '0123456789#*abc')),
  },
  {},
);
export type ANSI_41_UIM = Infer<typeof ANSI_41_UIM>;

export const GSM_UIM = sequence(
  {
    imsi: optional(ia5String(3, 16, '0123456789#*abc')),
    tmsi: optional(octetString(1, 4)),
    msisdn: optional(ia5String(3, 16, '0123456789#*abc')),
    imei: optional(ia5String(15, 16, '0123456789#*abc')),
    hplmn: optional(ia5String(1, 4, '0123456789#*abc')),
    vplmn: optional(ia5String(1, 4, '0123456789#*abc')),
  },
  {},
);
export type GSM_UIM = Infer<typeof GSM_UIM>;

export const MobileUIM = choice({ 'ansi-41-uim': ANSI_41_UIM, 'gsm-uim': GSM_UIM }, {});
export type MobileUIM = Infer<typeof MobileUIM>;

export const NatureOfAddress = choice(
  {
    unknown: NULL,
    subscriberNumber: NULL,
    nationalNumber: NULL,
    internationalNumber: NULL,
    networkSpecificNumber: NULL,
    routingNumberNationalFormat: NULL,
    routingNumberNetworkSpecificFormat: NULL,
    routingNumberWithCalledDirectoryNumber: NULL,
  },
  {},
);
export type NatureOfAddress = Infer<typeof NatureOfAddress>;

export const IsupDigits = ia5String(1, 128, '0123456789ABCDE');
export type IsupDigits = Infer<typeof IsupDigits>;

export const IsupPublicPartyNumber = sequence({ natureOfAddress: NatureOfAddress, address: IsupDigits }, {});
export type IsupPublicPartyNumber = Infer<typeof IsupPublicPartyNumber>;

export const IsupPrivatePartyNumber = sequence({ privateTypeOfNumber: PrivateTypeOfNumber, address: IsupDigits }, {});
export type IsupPrivatePartyNumber = Infer<typeof IsupPrivatePartyNumber>;

export const IsupNumber = choice(
  {
    e164Number: IsupPublicPartyNumber,
    dataPartyNumber: IsupDigits,
    telexPartyNumber: IsupDigits,
    privateNumber: IsupPrivatePartyNumber,
    nationalStandardPartyNumber: IsupDigits,
  },
  {},
);
export type IsupNumber = Infer<typeof IsupNumber>;

export const AliasAddress = choice(
  { dialledDigits: ia5String(1, 128, '0123456789#*,'), 'h323-ID': bmpString(1, 256) },
  {
    'url-ID': ia5String(1, 512),
    transportID: TransportAddress,
    'email-ID': ia5String(1, 512),
    partyNumber: PartyNumber,
    mobileUIM: MobileUIM,
    isupNumber: IsupNumber,
  },
);
export type AliasAddress = Infer<typeof AliasAddress>;

export const VendorIdentifier = sequence(
  { vendor: H221NonStandard, productId: optional(octetString(1, 256)), versionId: optional(octetString(1, 256)) },
  { enterpriseNumber: OBJECT_IDENTIFIER },
);
export type VendorIdentifier = Infer<typeof VendorIdentifier>;

export const GatekeeperInfo = sequence({ nonStandardData: optional(NonStandardParameter) }, {});
export type GatekeeperInfo = Infer<typeof GatekeeperInfo>;

export const BandWidth = integer(0, 4294967295);
export type BandWidth = Infer<typeof BandWidth>;

export const DataRate = sequence(
  {
    nonStandardData: optional(NonStandardParameter),
    channelRate: BandWidth,
    channelMultiplier: optional(integer(1, 256)),
  },
  {},
);
export type DataRate = Infer<typeof DataRate>;

export const SupportedPrefix = sequence({ nonStandardData: optional(NonStandardParameter), prefix: AliasAddress }, {});
export type SupportedPrefix = Infer<typeof SupportedPrefix>;

export const H310Caps = sequence(
  { nonStandardData: optional(NonStandardParameter) },
  { dataRatesSupported: sequenceOf(DataRate), supportedPrefixes: sequenceOf(SupportedPrefix) },
);
export type H310Caps = Infer<typeof H310Caps>;

export const H320Caps = sequence(
  { nonStandardData: optional(NonStandardParameter) },
  { dataRatesSupported: sequenceOf(DataRate), supportedPrefixes: sequenceOf(SupportedPrefix) },
);
export type H320Caps = Infer<typeof H320Caps>;

export const H321Caps = sequence(
  { nonStandardData: optional(NonStandardParameter) },
  { dataRatesSupported: sequenceOf(DataRate), supportedPrefixes: sequenceOf(SupportedPrefix) },
);
export type H321Caps = Infer<typeof H321Caps>;

export const H322Caps = sequence(
  { nonStandardData: optional(NonStandardParameter) },
  { dataRatesSupported: sequenceOf(DataRate), supportedPrefixes: sequenceOf(SupportedPrefix) },
);
export type H322Caps = Infer<typeof H322Caps>;

export const H323Caps = sequence(
  { nonStandardData: optional(NonStandardParameter) },
  { dataRatesSupported: sequenceOf(DataRate), supportedPrefixes: sequenceOf(SupportedPrefix) },
);
export type H323Caps = Infer<typeof H323Caps>;

export const H324Caps = sequence(
  { nonStandardData: optional(NonStandardParameter) },
  { dataRatesSupported: sequenceOf(DataRate), supportedPrefixes: sequenceOf(SupportedPrefix) },
);
export type H324Caps = Infer<typeof H324Caps>;

export const VoiceCaps = sequence(
  { nonStandardData: optional(NonStandardParameter) },
  { dataRatesSupported: sequenceOf(DataRate), supportedPrefixes: sequenceOf(SupportedPrefix) },
);
export type VoiceCaps = Infer<typeof VoiceCaps>;

export const T120OnlyCaps = sequence(
  { nonStandardData: optional(NonStandardParameter) },
  { dataRatesSupported: sequenceOf(DataRate), supportedPrefixes: sequenceOf(SupportedPrefix) },
);
export type T120OnlyCaps = Infer<typeof T120OnlyCaps>;

export const NonStandardProtocol = sequence(
  {
    nonStandardData: optional(NonStandardParameter),
    dataRatesSupported: optional(sequenceOf(DataRate)),
    supportedPrefixes: sequenceOf(SupportedPrefix),
  },
  {},
);
export type NonStandardProtocol = Infer<typeof NonStandardProtocol>;

export const T38FaxAnnexbOnlyCaps = sequence(
  {
    nonStandardData: optional(NonStandardParameter),
    dataRatesSupported: optional(sequenceOf(DataRate)),
    supportedPrefixes: sequenceOf(SupportedPrefix),
    t38FaxProtocol: DataProtocolCapability,
    t38FaxProfile: T38FaxProfile,
  },
  {},
);
export type T38FaxAnnexbOnlyCaps = Infer<typeof T38FaxAnnexbOnlyCaps>;

export const SIPCaps = sequence(
  {
    nonStandardData: optional(NonStandardParameter),
    dataRatesSupported: optional(sequenceOf(DataRate)),
    supportedPrefixes: optional(sequenceOf(SupportedPrefix)),
  },
  {},
);
export type SIPCaps = Infer<typeof SIPCaps>;

export const SupportedProtocols = choice(
  {
    nonStandardData: NonStandardParameter,
    h310: H310Caps,
    h320: H320Caps,
    h321: H321Caps,
    h322: H322Caps,
    h323: H323Caps,
    h324: H324Caps,
    voice: VoiceCaps,
    't120-only': T120OnlyCaps,
  },
  { nonStandardProtocol: NonStandardProtocol, t38FaxAnnexbOnly: T38FaxAnnexbOnlyCaps, sip: SIPCaps },
);
export type SupportedProtocols = Infer<typeof SupportedProtocols>;

export const GatewayInfo = sequence(
  { protocol: optional(sequenceOf(SupportedProtocols)), nonStandardData: optional(NonStandardParameter) },
  {},
);
export type GatewayInfo = Infer<typeof GatewayInfo>;

export const McuInfo = sequence(
  { nonStandardData: optional(NonStandardParameter) },
  { protocol: sequenceOf(SupportedProtocols) },
);
export type McuInfo = Infer<typeof McuInfo>;

export const TerminalInfo = sequence({ nonStandardData: optional(NonStandardParameter) }, {});
export type TerminalInfo = Infer<typeof TerminalInfo>;

export const TunnelledProtocolAlternateIdentifier = sequence(
  { protocolType: ia5String(1, 64), protocolVariant: optional(ia5String(1, 64)) },
  {},
);
export type TunnelledProtocolAlternateIdentifier = Infer<typeof TunnelledProtocolAlternateIdentifier>;

export const TunnelledProtocol = sequence(
  {
    id: choice(
      {
        tunnelledProtocolObjectID: OBJECT_IDENTIFIER,
        tunnelledProtocolAlternateID: TunnelledProtocolAlternateIdentifier,
      },
      {},
    ),
    subIdentifier: optional(ia5String(1, 64)),
  },
  {},
);
export type TunnelledProtocol = Infer<typeof TunnelledProtocol>;

export const EndpointType = sequence(
  {
    nonStandardData: optional(NonStandardParameter),
    vendor: optional(VendorIdentifier),
    gatekeeper: optional(GatekeeperInfo),
    gateway: optional(GatewayInfo),
    mcu: optional(McuInfo),
    terminal: optional(TerminalInfo),
    mc: BOOLEAN,
    undefinedNode: BOOLEAN,
  },
  { set: bitString(32), supportedTunnelledProtocols: sequenceOf(TunnelledProtocol) },
);
export type EndpointType = Infer<typeof EndpointType>;

export const CallReferenceValue = integer(0, 65535);
export type CallReferenceValue = Infer<typeof CallReferenceValue>;

export const GloballyUniqueID = octetString(16);
export type GloballyUniqueID = Infer<typeof GloballyUniqueID>;

export const ConferenceIdentifier = GloballyUniqueID;
export type ConferenceIdentifier = Infer<typeof ConferenceIdentifier>;

export const Q954Details = sequence({ conferenceCalling: BOOLEAN, threePartyService: BOOLEAN }, {});
export type Q954Details = Infer<typeof Q954Details>;

export const QseriesOptions = sequence(
  {
    q932Full: BOOLEAN,
    q951Full: BOOLEAN,
    q952Full: BOOLEAN,
    q953Full: BOOLEAN,
    q955Full: BOOLEAN,
    q956Full: BOOLEAN,
    q957Full: BOOLEAN,
    q954Info: Q954Details,
  },
  {},
);
export type QseriesOptions = Infer<typeof QseriesOptions>;

export const CallType = choice({ pointToPoint: NULL, oneToN: NULL, nToOne: NULL, nToN: NULL }, {});
export type CallType = Infer<typeof CallType>;

export const CallIdentifier = sequence({ guid: GloballyUniqueID }, {});
export type CallIdentifier = Infer<typeof CallIdentifier>;

export const SecurityServiceMode = choice({ nonStandard: NonStandardParameter, none: NULL, default: NULL }, {});
export type SecurityServiceMode = Infer<typeof SecurityServiceMode>;

export const SecurityCapabilities = sequence(
  {
    nonStandard: optional(NonStandardParameter),
    encryption: SecurityServiceMode,
    authenticaton: SecurityServiceMode,
    integrity: SecurityServiceMode,
  },
  {},
);
export type SecurityCapabilities = Infer<typeof SecurityCapabilities>;

export const H245Security = choice(
  { nonStandard: NonStandardParameter, noSecurity: NULL, tls: SecurityCapabilities, ipsec: SecurityCapabilities },
  {},
);
export type H245Security = Infer<typeof H245Security>;

export const GatekeeperIdentifier = bmpString(1, 128);
export type GatekeeperIdentifier = Infer<typeof GatekeeperIdentifier>;

export const EncodedFastStartToken = OPEN_TYPE;
export type EncodedFastStartToken = Infer<typeof EncodedFastStartToken>;

export const CryptoH323Token = choice(
  {
    cryptoEPPwdHash: sequence({ alias: AliasAddress, timeStamp: TimeStamp, token: HASHED }),
    cryptoGKPwdHash: sequence({ gatekeeperId: GatekeeperIdentifier, timeStamp: TimeStamp, token: HASHED }),
    cryptoEPPwdEncr: ENCRYPTED,
    cryptoGKPwdEncr: ENCRYPTED,
    cryptoEPCert: SIGNED(EncodedPwdCertToken),
    cryptoGKCert: SIGNED(EncodedPwdCertToken),
    cryptoFastStart: SIGNED(EncodedFastStartToken),
    nestedcryptoToken: CryptoToken,
  },
  {},
);
export type CryptoH323Token = Infer<typeof CryptoH323Token>;

export const EndpointIdentifier = bmpString(1, 128);
export type EndpointIdentifier = Infer<typeof EndpointIdentifier>;

export const ScnConnectionType = choice(
  {
    unknown: NULL,
    bChannel: NULL,
    hybrid2x64: NULL,
    hybrid384: NULL,
    hybrid1536: NULL,
    hybrid1920: NULL,
    multirate: NULL,
  },
  {},
);
export type ScnConnectionType = Infer<typeof ScnConnectionType>;

export const ScnConnectionAggregation = choice(
  { auto: NULL, none: NULL, h221: NULL, 'bonded-mode1': NULL, 'bonded-mode2': NULL, 'bonded-mode3': NULL },
  {},
);
export type ScnConnectionAggregation = Infer<typeof ScnConnectionAggregation>;

export const PresentationIndicator = choice(
  { presentationAllowed: NULL, presentationRestricted: NULL, addressNotAvailable: NULL },
  {},
);
export type PresentationIndicator = Infer<typeof PresentationIndicator>;

export const ScreeningIndicator = enumerated(
  ['userProvidedNotScreened', 'userProvidedVerifiedAndPassed', 'userProvidedVerifiedAndFailed', 'networkProvided'],
  [],
);
export type ScreeningIndicator = Infer<typeof ScreeningIndicator>;

export const H248SignalsDescriptor = octetString();
export type H248SignalsDescriptor = Infer<typeof H248SignalsDescriptor>;

export const CallCreditServiceControl = sequence(
  {
    amountString: optional(bmpString(1, 512)),
    billingMode: optional(choice({ credit: NULL, debit: NULL }, {})),
    callDurationLimit: optional(integer(1, 4294967295)),
    enforceCallDurationLimit: optional(BOOLEAN),
    callStartingPoint: optional(choice({ alerting: NULL, connect: NULL }, {})),
  },
  {},
);
export type CallCreditServiceControl = Infer<typeof CallCreditServiceControl>;

export const ServiceControlDescriptor = choice(
  {
    url: ia5String(0, 512),
    signal: H248SignalsDescriptor,
    nonStandard: NonStandardParameter,
    callCreditServiceControl: CallCreditServiceControl,
  },
  {},
);
export type ServiceControlDescriptor = Infer<typeof ServiceControlDescriptor>;

export const ServiceControlSession = sequence(
  {
    sessionId: integer(0, 255),
    contents: optional(ServiceControlDescriptor),
    reason: choice({ open: NULL, refresh: NULL, close: NULL }, {}),
  },
  {},
);
export type ServiceControlSession = Infer<typeof ServiceControlSession>;

export const CarrierInfo = sequence(
  { carrierIdentificationCode: optional(octetString(3, 4)), carrierName: optional(ia5String(1, 128)) },
  {},
);
export type CarrierInfo = Infer<typeof CarrierInfo>;

export const CallsAvailable = sequence(
  { calls: integer(0, 4294967295), group: optional(ia5String(1, 128)) },
  { carrier: CarrierInfo },
);
export type CallsAvailable = Infer<typeof CallsAvailable>;

export const CallCapacityInfo = sequence(
  {
    voiceGwCallsAvailable: optional(sequenceOf(CallsAvailable)),
    h310GwCallsAvailable: optional(sequenceOf(CallsAvailable)),
    h320GwCallsAvailable: optional(sequenceOf(CallsAvailable)),
    h321GwCallsAvailable: optional(sequenceOf(CallsAvailable)),
    h322GwCallsAvailable: optional(sequenceOf(CallsAvailable)),
    h323GwCallsAvailable: optional(sequenceOf(CallsAvailable)),
    h324GwCallsAvailable: optional(sequenceOf(CallsAvailable)),
    t120OnlyGwCallsAvailable: optional(sequenceOf(CallsAvailable)),
    t38FaxAnnexbOnlyGwCallsAvailable: optional(sequenceOf(CallsAvailable)),
    terminalCallsAvailable: optional(sequenceOf(CallsAvailable)),
    mcuCallsAvailable: optional(sequenceOf(CallsAvailable)),
  },
  { sipGwCallsAvailable: sequenceOf(CallsAvailable) },
);
export type CallCapacityInfo = Infer<typeof CallCapacityInfo>;

export const CallCapacity = sequence(
  { maximumCallCapacity: optional(CallCapacityInfo), currentCallCapacity: optional(CallCapacityInfo) },
  {},
);
export type CallCapacity = Infer<typeof CallCapacity>;

export const CicInfo = sequence({ cic: sequenceOf(octetString(2, 4)), pointCode: octetString(2, 5) }, {});
export type CicInfo = Infer<typeof CicInfo>;

export const GroupID = sequence({ member: optional(sequenceOf(integer(0, 65535))), group: ia5String(1, 128) }, {});
export type GroupID = Infer<typeof GroupID>;

export const CircuitIdentifier = sequence(
  { cic: optional(CicInfo), group: optional(GroupID) },
  { carrier: CarrierInfo },
);
export type CircuitIdentifier = Infer<typeof CircuitIdentifier>;

export const GenericIdentifier = choice(
  { standard: extensibleInteger(0, 16383), oid: OBJECT_IDENTIFIER, nonStandard: GloballyUniqueID },
  {},
);
export type GenericIdentifier = Infer<typeof GenericIdentifier>;

export const Content = choice(
  {
    raw: octetString(),
    text: ia5String(),
    unicode: bmpString(),
    bool: BOOLEAN,
    number8: integer(0, 255),
    number16: integer(0, 65535),
    number32: integer(0, 4294967295),
    id: GenericIdentifier,
    alias: AliasAddress,
    transport: TransportAddress,
    compound: sequenceOf(
      lazy((): Schema<EnumeratedParameter> => EnumeratedParameter),
      1,
      512,
    ),
    nested: sequenceOf(
      lazy((): Schema<GenericData> => GenericData),
      1,
      16,
    ),
  },
  {},
);
export type Content = Infer<typeof Content>;

export const EnumeratedParameter: Schema<EnumeratedParameter> = sequence(
  { id: GenericIdentifier, content: optional(Content) },
  {},
);
export type EnumeratedParameter = { id: GenericIdentifier; content?: Content | undefined };

export const GenericData: Schema<GenericData> = sequence(
  { id: GenericIdentifier, parameters: optional(sequenceOf(EnumeratedParameter, 1, 512)) },
  {},
);
export type GenericData = { id: GenericIdentifier; parameters?: EnumeratedParameter[] | undefined };

export const CircuitInfo = sequence(
  {
    sourceCircuitID: optional(CircuitIdentifier),
    destinationCircuitID: optional(CircuitIdentifier),
    genericData: optional(sequenceOf(GenericData)),
  },
  {},
);
export type CircuitInfo = Infer<typeof CircuitInfo>;

export const FeatureDescriptor = GenericData;
export type FeatureDescriptor = Infer<typeof FeatureDescriptor>;

export const ExtendedAliasAddress = sequence(
  {
    address: AliasAddress,
    presentationIndicator: optional(PresentationIndicator),
    screeningIndicator: optional(ScreeningIndicator),
  },
  {},
);
export type ExtendedAliasAddress = Infer<typeof ExtendedAliasAddress>;

export const DisplayName = sequence({ language: optional(ia5String()), name: bmpString(1, 80) });
export type DisplayName = Infer<typeof DisplayName>;

export const Setup_UUIE = sequence(
  {
    protocolIdentifier: ProtocolIdentifier,
    h245Address: optional(TransportAddress),
    sourceAddress: optional(sequenceOf(AliasAddress)),
    sourceInfo: EndpointType,
    destinationAddress: optional(sequenceOf(AliasAddress)),
    destCallSignalAddress: optional(TransportAddress),
    destExtraCallInfo: optional(sequenceOf(AliasAddress)),
    destExtraCRV: optional(sequenceOf(CallReferenceValue)),
    activeMC: BOOLEAN,
    conferenceID: ConferenceIdentifier,
    conferenceGoal: choice(
      { create: NULL, join: NULL, invite: NULL },
      { 'capability-negotiation': NULL, callIndependentSupplementaryService: NULL },
    ),
    callServices: optional(QseriesOptions),
    callType: CallType,
  },
  {
    sourceCallSignalAddress: TransportAddress,
    remoteExtensionAddress: AliasAddress,
    callIdentifier: CallIdentifier,
    h245SecurityCapability: sequenceOf(H245Security),
    tokens: sequenceOf(ClearToken),
    cryptoTokens: sequenceOf(CryptoH323Token),
    fastStart: sequenceOf(octetString()),
    mediaWaitForConnect: BOOLEAN,
    canOverlapSend: BOOLEAN,
    endpointIdentifier: EndpointIdentifier,
    multipleCalls: BOOLEAN,
    maintainConnection: BOOLEAN,
    connectionParameters: sequence(
      {
        connectionType: ScnConnectionType,
        numberOfScnConnections: integer(0, 65535),
        connectionAggregation: ScnConnectionAggregation,
      },
      {},
    ),
    language: sequenceOf(ia5String(1, 32)),
    presentationIndicator: PresentationIndicator,
    screeningIndicator: ScreeningIndicator,
    serviceControl: sequenceOf(ServiceControlSession),
    symmetricOperationRequired: NULL,
    capacity: CallCapacity,
    circuitInfo: CircuitInfo,
    desiredProtocols: sequenceOf(SupportedProtocols),
    neededFeatures: sequenceOf(FeatureDescriptor),
    desiredFeatures: sequenceOf(FeatureDescriptor),
    supportedFeatures: sequenceOf(FeatureDescriptor),
    parallelH245Control: sequenceOf(octetString()),
    additionalSourceAddresses: sequenceOf(ExtendedAliasAddress),
    hopCount: integer(1, 31),
    displayName: sequenceOf(DisplayName),
  },
);
export type Setup_UUIE = Infer<typeof Setup_UUIE>;

export const FeatureSet = sequence(
  {
    replacementFeatureSet: BOOLEAN,
    neededFeatures: optional(sequenceOf(FeatureDescriptor)),
    desiredFeatures: optional(sequenceOf(FeatureDescriptor)),
    supportedFeatures: optional(sequenceOf(FeatureDescriptor)),
  },
  {},
);
export type FeatureSet = Infer<typeof FeatureSet>;

export const CallProceeding_UUIE = sequence(
  { protocolIdentifier: ProtocolIdentifier, destinationInfo: EndpointType, h245Address: optional(TransportAddress) },
  {
    callIdentifier: CallIdentifier,
    h245SecurityMode: H245Security,
    tokens: sequenceOf(ClearToken),
    cryptoTokens: sequenceOf(CryptoH323Token),
    fastStart: sequenceOf(octetString()),
    multipleCalls: BOOLEAN,
    maintainConnection: BOOLEAN,
    fastConnectRefused: NULL,
    featureSet: FeatureSet,
  },
);
export type CallProceeding_UUIE = Infer<typeof CallProceeding_UUIE>;

export const Connect_UUIE = sequence(
  {
    protocolIdentifier: ProtocolIdentifier,
    h245Address: optional(TransportAddress),
    destinationInfo: EndpointType,
    conferenceID: ConferenceIdentifier,
  },
  {
    callIdentifier: CallIdentifier,
    h245SecurityMode: H245Security,
    tokens: sequenceOf(ClearToken),
    cryptoTokens: sequenceOf(CryptoH323Token),
    fastStart: sequenceOf(octetString()),
    multipleCalls: BOOLEAN,
    maintainConnection: BOOLEAN,
    language: sequenceOf(ia5String(1, 32)),
    connectedAddress: sequenceOf(AliasAddress),
    presentationIndicator: PresentationIndicator,
    screeningIndicator: ScreeningIndicator,
    fastConnectRefused: NULL,
    serviceControl: sequenceOf(ServiceControlSession),
    capacity: CallCapacity,
    featureSet: FeatureSet,
    displayName: sequenceOf(DisplayName),
  },
);
export type Connect_UUIE = Infer<typeof Connect_UUIE>;

export const Alerting_UUIE = sequence(
  { protocolIdentifier: ProtocolIdentifier, destinationInfo: EndpointType, h245Address: optional(TransportAddress) },
  {
    callIdentifier: CallIdentifier,
    h245SecurityMode: H245Security,
    tokens: sequenceOf(ClearToken),
    cryptoTokens: sequenceOf(CryptoH323Token),
    fastStart: sequenceOf(octetString()),
    multipleCalls: BOOLEAN,
    maintainConnection: BOOLEAN,
    alertingAddress: sequenceOf(AliasAddress),
    presentationIndicator: PresentationIndicator,
    screeningIndicator: ScreeningIndicator,
    fastConnectRefused: NULL,
    serviceControl: sequenceOf(ServiceControlSession),
    capacity: CallCapacity,
    featureSet: FeatureSet,
    displayName: sequenceOf(DisplayName),
  },
);
export type Alerting_UUIE = Infer<typeof Alerting_UUIE>;

export const Information_UUIE = sequence(
  { protocolIdentifier: ProtocolIdentifier },
  {
    callIdentifier: CallIdentifier,
    tokens: sequenceOf(ClearToken),
    cryptoTokens: sequenceOf(CryptoH323Token),
    fastStart: sequenceOf(octetString()),
    fastConnectRefused: NULL,
    circuitInfo: CircuitInfo,
  },
);
export type Information_UUIE = Infer<typeof Information_UUIE>;

export const SecurityErrors = choice(
  {
    securityWrongSyncTime: NULL,
    securityReplay: NULL,
    securityWrongGeneralID: NULL,
    securityWrongSendersID: NULL,
    securityIntegrityFailed: NULL,
    securityWrongOID: NULL,
    securityDHmismatch: NULL,
    securityCertificateExpired: NULL,
    securityCertificateDateInvalid: NULL,
    securityCertificateRevoked: NULL,
    securityCertificateNotReadable: NULL,
    securityCertificateSignatureInvalid: NULL,
    securityCertificateMissing: NULL,
    securityCertificateIncomplete: NULL,
    securityUnsupportedCertificateAlgOID: NULL,
    securityUnknownCA: NULL,
  },
  {},
);
export type SecurityErrors = Infer<typeof SecurityErrors>;

export const ReleaseCompleteReason = choice(
  {
    noBandwidth: NULL,
    gatekeeperResources: NULL,
    unreachableDestination: NULL,
    destinationRejection: NULL,
    invalidRevision: NULL,
    noPermission: NULL,
    unreachableGatekeeper: NULL,
    gatewayResources: NULL,
    badFormatAddress: NULL,
    adaptiveBusy: NULL,
    inConf: NULL,
    undefinedReason: NULL,
  },
  {
    facilityCallDeflection: NULL,
    securityDenied: NULL,
    calledPartyNotRegistered: NULL,
    callerNotRegistered: NULL,
    newConnectionNeeded: NULL,
    nonStandardReason: NonStandardParameter,
    replaceWithConferenceInvite: ConferenceIdentifier,
    genericDataReason: NULL,
    neededFeatureNotSupported: NULL,
    tunnelledSignallingRejected: NULL,
    invalidCID: NULL,
    securityError: SecurityErrors,
    hopCountExceeded: NULL,
  },
);
export type ReleaseCompleteReason = Infer<typeof ReleaseCompleteReason>;

export const ReleaseComplete_UUIE = sequence(
  { protocolIdentifier: ProtocolIdentifier, reason: optional(ReleaseCompleteReason) },
  {
    callIdentifier: CallIdentifier,
    tokens: sequenceOf(ClearToken),
    cryptoTokens: sequenceOf(CryptoH323Token),
    busyAddress: sequenceOf(AliasAddress),
    presentationIndicator: PresentationIndicator,
    screeningIndicator: ScreeningIndicator,
    capacity: CallCapacity,
    serviceControl: sequenceOf(ServiceControlSession),
    featureSet: FeatureSet,
    destinationInfo: EndpointType,
    displayName: sequenceOf(DisplayName),
  },
);
export type ReleaseComplete_UUIE = Infer<typeof ReleaseComplete_UUIE>;

export const FacilityReason = choice(
  { routeCallToGatekeeper: NULL, callForwarded: NULL, routeCallToMC: NULL, undefinedReason: NULL },
  {
    conferenceListChoice: NULL,
    startH245: NULL,
    noH245: NULL,
    newTokens: NULL,
    featureSetUpdate: NULL,
    forwardedElements: NULL,
    transportedInformation: NULL,
  },
);
export type FacilityReason = Infer<typeof FacilityReason>;

export const ConferenceList = sequence(
  {
    conferenceID: optional(ConferenceIdentifier),
    conferenceAlias: optional(AliasAddress),
    nonStandardData: optional(NonStandardParameter),
  },
  {},
);
export type ConferenceList = Infer<typeof ConferenceList>;

export const Facility_UUIE = sequence(
  {
    protocolIdentifier: ProtocolIdentifier,
    alternativeAddress: optional(TransportAddress),
    alternativeAliasAddress: optional(sequenceOf(AliasAddress)),
    conferenceID: optional(ConferenceIdentifier),
    reason: FacilityReason,
  },
  {
    callIdentifier: CallIdentifier,
    destExtraCallInfo: sequenceOf(AliasAddress),
    remoteExtensionAddress: AliasAddress,
    tokens: sequenceOf(ClearToken),
    cryptoTokens: sequenceOf(CryptoH323Token),
    conferences: sequenceOf(ConferenceList),
    h245Address: TransportAddress,
    fastStart: sequenceOf(octetString()),
    multipleCalls: BOOLEAN,
    maintainConnection: BOOLEAN,
    fastConnectRefused: NULL,
    serviceControl: sequenceOf(ServiceControlSession),
    circuitInfo: CircuitInfo,
    featureSet: FeatureSet,
    destinationInfo: EndpointType,
    h245SecurityMode: H245Security,
  },
);
export type Facility_UUIE = Infer<typeof Facility_UUIE>;

export const Progress_UUIE = sequence(
  {
    protocolIdentifier: ProtocolIdentifier,
    destinationInfo: EndpointType,
    h245Address: optional(TransportAddress),
    callIdentifier: CallIdentifier,
    h245SecurityMode: optional(H245Security),
    tokens: optional(sequenceOf(ClearToken)),
    cryptoTokens: optional(sequenceOf(CryptoH323Token)),
    fastStart: optional(sequenceOf(octetString())),
  },
  { multipleCalls: BOOLEAN, maintainConnection: BOOLEAN, fastConnectRefused: NULL },
);
export type Progress_UUIE = Infer<typeof Progress_UUIE>;

export const Status_UUIE = sequence(
  {
    protocolIdentifier: ProtocolIdentifier,
    callIdentifier: CallIdentifier,
    tokens: optional(sequenceOf(ClearToken)),
    cryptoTokens: optional(sequenceOf(CryptoH323Token)),
  },
  {},
);
export type Status_UUIE = Infer<typeof Status_UUIE>;

export const StatusInquiry_UUIE = sequence(
  {
    protocolIdentifier: ProtocolIdentifier,
    callIdentifier: CallIdentifier,
    tokens: optional(sequenceOf(ClearToken)),
    cryptoTokens: optional(sequenceOf(CryptoH323Token)),
  },
  {},
);
export type StatusInquiry_UUIE = Infer<typeof StatusInquiry_UUIE>;

export const SetupAcknowledge_UUIE = sequence(
  {
    protocolIdentifier: ProtocolIdentifier,
    callIdentifier: CallIdentifier,
    tokens: optional(sequenceOf(ClearToken)),
    cryptoTokens: optional(sequenceOf(CryptoH323Token)),
  },
  {},
);
export type SetupAcknowledge_UUIE = Infer<typeof SetupAcknowledge_UUIE>;

export const Notify_UUIE = sequence(
  {
    protocolIdentifier: ProtocolIdentifier,
    callIdentifier: CallIdentifier,
    tokens: optional(sequenceOf(ClearToken)),
    cryptoTokens: optional(sequenceOf(CryptoH323Token)),
  },
  {
    connectedAddress: sequenceOf(AliasAddress),
    presentationIndicator: PresentationIndicator,
    screeningIndicator: ScreeningIndicator,
    destinationInfo: EndpointType,
    displayName: sequenceOf(DisplayName),
  },
);
export type Notify_UUIE = Infer<typeof Notify_UUIE>;

export const CallLinkage = sequence(
  { globalCallId: optional(GloballyUniqueID), threadId: optional(GloballyUniqueID) },
  {},
);
export type CallLinkage = Infer<typeof CallLinkage>;

export const StimulusControl = sequence(
  { nonStandard: optional(NonStandardParameter), isText: optional(NULL), h248Message: optional(octetString()) },
  {},
);
export type StimulusControl = Infer<typeof StimulusControl>;

export const H323_UU_PDU = sequence(
  {
    'h323-message-body': choice(
      {
        setup: Setup_UUIE,
        callProceeding: CallProceeding_UUIE,
        connect: Connect_UUIE,
        alerting: Alerting_UUIE,
        information: Information_UUIE,
        releaseComplete: ReleaseComplete_UUIE,
        facility: Facility_UUIE,
      },
      {
        progress: Progress_UUIE,
        empty: NULL,
        status: Status_UUIE,
        statusInquiry: StatusInquiry_UUIE,
        setupAcknowledge: SetupAcknowledge_UUIE,
        notify: Notify_UUIE,
      },
    ),
    nonStandardData: optional(NonStandardParameter),
  },
  {
    h4501SupplementaryService: sequenceOf(octetString()),
    h245Tunnelling: BOOLEAN,
    h245Control: sequenceOf(octetString()),
    nonStandardControl: sequenceOf(NonStandardParameter),
    callLinkage: CallLinkage,
    tunnelledSignallingMessage: sequence(
      {
        tunnelledProtocolID: TunnelledProtocol,
        messageContent: sequenceOf(octetString()),
        tunnellingRequired: optional(NULL),
        nonStandardData: optional(NonStandardParameter),
      },
      {},
    ),
    provisionalRespToH245Tunnelling: NULL,
    stimulusControl: StimulusControl,
    genericData: sequenceOf(GenericData),
  },
);
export type H323_UU_PDU = Infer<typeof H323_UU_PDU>;

export const H323_UserInformation = sequence(
  {
    'h323-uu-pdu': H323_UU_PDU,
    'user-data': optional(
      sequence({ 'protocol-discriminator': integer(0, 255), 'user-information': octetString(1, 131) }, {}),
    ),
  },
  {},
);
export type H323_UserInformation = Infer<typeof H323_UserInformation>;

export const AddressPattern = choice(
  { wildcard: AliasAddress, range: sequence({ startOfRange: PartyNumber, endOfRange: PartyNumber }) },
  {},
);
export type AddressPattern = Infer<typeof AddressPattern>;

export const AlternateTransportAddresses = sequence(
  { annexE: optional(sequenceOf(TransportAddress)) },
  { sctp: sequenceOf(TransportAddress) },
);
export type AlternateTransportAddresses = Infer<typeof AlternateTransportAddresses>;

export const Endpoint = sequence(
  {
    nonStandardData: optional(NonStandardParameter),
    aliasAddress: optional(sequenceOf(AliasAddress)),
    callSignalAddress: optional(sequenceOf(TransportAddress)),
    rasAddress: optional(sequenceOf(TransportAddress)),
    endpointType: optional(EndpointType),
    tokens: optional(sequenceOf(ClearToken)),
    cryptoTokens: optional(sequenceOf(CryptoH323Token)),
    priority: optional(integer(0, 127)),
    remoteExtensionAddress: optional(sequenceOf(AliasAddress)),
    destExtraCallInfo: optional(sequenceOf(AliasAddress)),
  },
  { alternateTransportAddresses: AlternateTransportAddresses, circuitInfo: CircuitInfo, featureSet: FeatureSet },
);
export type Endpoint = Infer<typeof Endpoint>;

export const UseSpecifiedTransport = choice({ tcp: NULL, annexE: NULL }, { sctp: NULL });
export type UseSpecifiedTransport = Infer<typeof UseSpecifiedTransport>;

export const AlternateGK = sequence(
  {
    rasAddress: TransportAddress,
    gatekeeperIdentifier: optional(GatekeeperIdentifier),
    needToRegister: BOOLEAN,
    priority: integer(0, 127),
  },
  {},
);
export type AlternateGK = Infer<typeof AlternateGK>;

export const AltGKInfo = sequence({ alternateGatekeeper: sequenceOf(AlternateGK), altGKisPermanent: BOOLEAN }, {});
export type AltGKInfo = Infer<typeof AltGKInfo>;

export const SecurityErrors2 = choice(
  {
    securityWrongSyncTime: NULL,
    securityReplay: NULL,
    securityWrongGeneralID: NULL,
    securityWrongSendersID: NULL,
    securityIntegrityFailed: NULL,
    securityWrongOID: NULL,
  },
  {},
);
export type SecurityErrors2 = Infer<typeof SecurityErrors2>;

export const RequestSeqNum = integer(1, 65535);
export type RequestSeqNum = Infer<typeof RequestSeqNum>;

export const TimeToLive = integer(1, 4294967295);
export type TimeToLive = Infer<typeof TimeToLive>;

export const H248PackagesDescriptor = octetString();
export type H248PackagesDescriptor = Infer<typeof H248PackagesDescriptor>;

export const EncryptIntAlg = choice({ nonStandard: NonStandardParameter, isoAlgorithm: OBJECT_IDENTIFIER }, {});
export type EncryptIntAlg = Infer<typeof EncryptIntAlg>;

export const NonIsoIntegrityMechanism = choice(
  {
    'hMAC-MD5': NULL,
    'hMAC-iso10118-2-s': EncryptIntAlg,
    'hMAC-iso10118-2-l': EncryptIntAlg,
    'hMAC-iso10118-3': OBJECT_IDENTIFIER,
  },
  {},
);
export type NonIsoIntegrityMechanism = Infer<typeof NonIsoIntegrityMechanism>;

export const IntegrityMechanism = choice(
  { nonStandard: NonStandardParameter, digSig: NULL, iso9797: OBJECT_IDENTIFIER, nonIsoIM: NonIsoIntegrityMechanism },
  {},
);
export type IntegrityMechanism = Infer<typeof IntegrityMechanism>;

export const ICV = sequence({ algorithmOID: OBJECT_IDENTIFIER, icv: bitString() });
export type ICV = Infer<typeof ICV>;

export const FastStartToken = ClearToken;
export type FastStartToken = Infer<typeof FastStartToken>;

export const CapacityReportingCapability = sequence({ canReportCallCapacity: BOOLEAN }, {});
export type CapacityReportingCapability = Infer<typeof CapacityReportingCapability>;

export const CapacityReportingSpecification = sequence(
  { when: sequence({ callStart: optional(NULL), callEnd: optional(NULL) }, {}) },
  {},
);
export type CapacityReportingSpecification = Infer<typeof CapacityReportingSpecification>;

export const RasUsageInfoTypes = sequence(
  {
    nonStandardUsageTypes: sequenceOf(NonStandardParameter),
    startTime: optional(NULL),
    endTime: optional(NULL),
    terminationCause: optional(NULL),
  },
  {},
);
export type RasUsageInfoTypes = Infer<typeof RasUsageInfoTypes>;

export const RasUsageSpecification = sequence(
  {
    when: sequence({ start: optional(NULL), end: optional(NULL), inIrr: optional(NULL) }, {}),
    callStartingPoint: optional(sequence({ alerting: optional(NULL), connect: optional(NULL) }, {})),
    required: RasUsageInfoTypes,
  },
  {},
);
export type RasUsageSpecification = Infer<typeof RasUsageSpecification>;

export const RasUsageInformation = sequence(
  {
    nonStandardUsageFields: sequenceOf(NonStandardParameter),
    alertingTime: optional(TimeStamp),
    connectTime: optional(TimeStamp),
    endTime: optional(TimeStamp),
  },
  {},
);
export type RasUsageInformation = Infer<typeof RasUsageInformation>;

export const CallTerminationCause = choice(
  { releaseCompleteReason: ReleaseCompleteReason, releaseCompleteCauseIE: octetString(2, 32) },
  {},
);
export type CallTerminationCause = Infer<typeof CallTerminationCause>;

export const TransportChannelInfo = sequence(
  { sendAddress: optional(TransportAddress), recvAddress: optional(TransportAddress) },
  {},
);
export type TransportChannelInfo = Infer<typeof TransportChannelInfo>;

export const BandwidthDetails = sequence(
  { sender: BOOLEAN, multicast: BOOLEAN, bandwidth: BandWidth, rtcpAddresses: TransportChannelInfo },
  {},
);
export type BandwidthDetails = Infer<typeof BandwidthDetails>;

export const CallCreditCapability = sequence(
  { canDisplayAmountString: optional(BOOLEAN), canEnforceDurationLimit: optional(BOOLEAN) },
  {},
);
export type CallCreditCapability = Infer<typeof CallCreditCapability>;

export const RTPSession = sequence(
  {
    rtpAddress: TransportChannelInfo,
    rtcpAddress: TransportChannelInfo,
    cname: printableString(),
    ssrc: integer(1, 4294967295),
    sessionId: integer(1, 255),
    associatedSessionIds: sequenceOf(integer(1, 255)),
  },
  { multicast: NULL, bandwidth: BandWidth },
);
export type RTPSession = Infer<typeof RTPSession>;

export const RehomingModel = choice({ gatekeeperBased: NULL, endpointBased: NULL });
export type RehomingModel = Infer<typeof RehomingModel>;

export const GatekeeperRequest = sequence(
  {
    requestSeqNum: RequestSeqNum,
    protocolIdentifier: ProtocolIdentifier,
    nonStandardData: optional(NonStandardParameter),
    rasAddress: TransportAddress,
    endpointType: EndpointType,
    gatekeeperIdentifier: optional(GatekeeperIdentifier),
    callServices: optional(QseriesOptions),
    endpointAlias: optional(sequenceOf(AliasAddress)),
  },
  {
    alternateEndpoints: sequenceOf(Endpoint),
    tokens: sequenceOf(ClearToken),
    cryptoTokens: sequenceOf(CryptoH323Token),
    authenticationCapability: sequenceOf(AuthenticationMechanism),
    algorithmOIDs: sequenceOf(OBJECT_IDENTIFIER),
    integrity: sequenceOf(IntegrityMechanism),
    integrityCheckValue: ICV,
    supportsAltGK: NULL,
    featureSet: FeatureSet,
    genericData: sequenceOf(GenericData),
    supportsAssignedGK: BOOLEAN,
    assignedGatekeeper: AlternateGK,
  },
);
export type GatekeeperRequest = Infer<typeof GatekeeperRequest>;

export const GatekeeperConfirm = sequence(
  {
    requestSeqNum: RequestSeqNum,
    protocolIdentifier: ProtocolIdentifier,
    nonStandardData: optional(NonStandardParameter),
    gatekeeperIdentifier: optional(GatekeeperIdentifier),
    rasAddress: TransportAddress,
  },
  {
    alternateGatekeeper: sequenceOf(AlternateGK),
    authenticationMode: AuthenticationMechanism,
    tokens: sequenceOf(ClearToken),
    cryptoTokens: sequenceOf(CryptoH323Token),
    algorithmOID: OBJECT_IDENTIFIER,
    integrity: sequenceOf(IntegrityMechanism),
    integrityCheckValue: ICV,
    featureSet: FeatureSet,
    genericData: sequenceOf(GenericData),
    assignedGatekeeper: AlternateGK,
    rehomingModel: RehomingModel,
  },
);
export type GatekeeperConfirm = Infer<typeof GatekeeperConfirm>;

export const GatekeeperRejectReason = choice(
  { resourceUnavailable: NULL, terminalExcluded: NULL, invalidRevision: NULL, undefinedReason: NULL },
  { securityDenial: NULL, genericDataReason: NULL, neededFeatureNotSupported: NULL, securityError: SecurityErrors },
);
export type GatekeeperRejectReason = Infer<typeof GatekeeperRejectReason>;

export const GatekeeperReject = sequence(
  {
    requestSeqNum: RequestSeqNum,
    protocolIdentifier: ProtocolIdentifier,
    nonStandardData: optional(NonStandardParameter),
    gatekeeperIdentifier: optional(GatekeeperIdentifier),
    rejectReason: GatekeeperRejectReason,
  },
  {
    altGKInfo: AltGKInfo,
    tokens: sequenceOf(ClearToken),
    cryptoTokens: sequenceOf(CryptoH323Token),
    integrityCheckValue: ICV,
    featureSet: FeatureSet,
    genericData: sequenceOf(GenericData),
  },
);
export type GatekeeperReject = Infer<typeof GatekeeperReject>;

export const TransportQOS = choice(
  { endpointControlled: NULL, gatekeeperControlled: NULL, noControl: NULL },
  { qOSCapabilities: sequenceOf(QOSCapability, 1, 256) },
);
export type TransportQOS = Infer<typeof TransportQOS>;

export const RegistrationRequest = sequence(
  {
    requestSeqNum: RequestSeqNum,
    protocolIdentifier: ProtocolIdentifier,
    nonStandardData: optional(NonStandardParameter),
    discoveryComplete: BOOLEAN,
    callSignalAddress: sequenceOf(TransportAddress),
    rasAddress: sequenceOf(TransportAddress),
    terminalType: EndpointType,
    terminalAlias: optional(sequenceOf(AliasAddress)),
    gatekeeperIdentifier: optional(GatekeeperIdentifier),
    endpointVendor: VendorIdentifier,
  },
  {
    alternateEndpoints: sequenceOf(Endpoint),
    timeToLive: TimeToLive,
    tokens: sequenceOf(ClearToken),
    cryptoTokens: sequenceOf(CryptoH323Token),
    integrityCheckValue: ICV,
    keepAlive: BOOLEAN,
    endpointIdentifier: EndpointIdentifier,
    willSupplyUUIEs: BOOLEAN,
    maintainConnection: BOOLEAN,
    alternateTransportAddresses: AlternateTransportAddresses,
    additiveRegistration: NULL,
    terminalAliasPattern: sequenceOf(AddressPattern),
    supportsAltGK: NULL,
    usageReportingCapability: RasUsageInfoTypes,
    multipleCalls: BOOLEAN,
    supportedH248Packages: sequenceOf(H248PackagesDescriptor),
    callCreditCapability: CallCreditCapability,
    capacityReportingCapability: CapacityReportingCapability,
    capacity: CallCapacity,
    featureSet: FeatureSet,
    genericData: sequenceOf(GenericData),
    restart: NULL,
    supportsACFSequences: NULL,
    supportsAssignedGK: BOOLEAN,
    assignedGatekeeper: AlternateGK,
    transportQOS: TransportQOS,
    language: sequenceOf(ia5String(1, 32)),
  },
);
export type RegistrationRequest = Infer<typeof RegistrationRequest>;

export const RegistrationConfirm = sequence(
  {
    requestSeqNum: RequestSeqNum,
    protocolIdentifier: ProtocolIdentifier,
    nonStandardData: optional(NonStandardParameter),
    callSignalAddress: sequenceOf(TransportAddress),
    terminalAlias: optional(sequenceOf(AliasAddress)),
    gatekeeperIdentifier: optional(GatekeeperIdentifier),
    endpointIdentifier: EndpointIdentifier,
  },
  {
    alternateGatekeeper: sequenceOf(AlternateGK),
    timeToLive: TimeToLive,
    tokens: sequenceOf(ClearToken),
    cryptoTokens: sequenceOf(CryptoH323Token),
    integrityCheckValue: ICV,
    willRespondToIRR: BOOLEAN,
    preGrantedARQ: sequence(
      {
        makeCall: BOOLEAN,
        useGKCallSignalAddressToMakeCall: BOOLEAN,
        answerCall: BOOLEAN,
        useGKCallSignalAddressToAnswer: BOOLEAN,
      },
      {
        irrFrequencyInCall: integer(1, 65535),
        totalBandwidthRestriction: BandWidth,
        alternateTransportAddresses: AlternateTransportAddresses,
        useSpecifiedTransport: UseSpecifiedTransport,
      },
    ),
    maintainConnection: BOOLEAN,
    serviceControl: sequenceOf(ServiceControlSession),
    supportsAdditiveRegistration: NULL,
    terminalAliasPattern: sequenceOf(AddressPattern),
    supportedPrefixes: sequenceOf(SupportedPrefix),
    usageSpec: sequenceOf(RasUsageSpecification),
    featureServerAlias: AliasAddress,
    capacityReportingSpec: CapacityReportingSpecification,
    featureSet: FeatureSet,
    genericData: sequenceOf(GenericData),
    assignedGatekeeper: AlternateGK,
    rehomingModel: RehomingModel,
    transportQOS: TransportQOS,
    language: sequenceOf(ia5String(1, 32)),
  },
);
export type RegistrationConfirm = Infer<typeof RegistrationConfirm>;

export const RegistrationRejectReason = choice(
  {
    discoveryRequired: NULL,
    invalidRevision: NULL,
    invalidCallSignalAddress: NULL,
    invalidRASAddress: NULL,
    duplicateAlias: sequenceOf(AliasAddress),
    invalidTerminalType: NULL,
    undefinedReason: NULL,
    transportNotSupported: NULL,
  },
  {
    transportQOSNotSupported: NULL,
    resourceUnavailable: NULL,
    invalidAlias: NULL,
    securityDenial: NULL,
    fullRegistrationRequired: NULL,
    additiveRegistrationNotSupported: NULL,
    invalidTerminalAliases: sequence(
      {
        terminalAlias: optional(sequenceOf(AliasAddress)),
        terminalAliasPattern: optional(sequenceOf(AddressPattern)),
        supportedPrefixes: optional(sequenceOf(SupportedPrefix)),
      },
      {},
    ),
    genericDataReason: NULL,
    neededFeatureNotSupported: NULL,
    securityError: SecurityErrors,
    registerWithAssignedGK: NULL,
  },
);
export type RegistrationRejectReason = Infer<typeof RegistrationRejectReason>;

export const RegistrationReject = sequence(
  {
    requestSeqNum: RequestSeqNum,
    protocolIdentifier: ProtocolIdentifier,
    nonStandardData: optional(NonStandardParameter),
    rejectReason: RegistrationRejectReason,
    gatekeeperIdentifier: optional(GatekeeperIdentifier),
  },
  {
    altGKInfo: AltGKInfo,
    tokens: sequenceOf(ClearToken),
    cryptoTokens: sequenceOf(CryptoH323Token),
    integrityCheckValue: ICV,
    featureSet: FeatureSet,
    genericData: sequenceOf(GenericData),
    assignedGatekeeper: AlternateGK,
  },
);
export type RegistrationReject = Infer<typeof RegistrationReject>;

export const UnregRequestReason = choice(
  { reregistrationRequired: NULL, ttlExpired: NULL, securityDenial: NULL, undefinedReason: NULL },
  { maintenance: NULL, securityError: SecurityErrors2, registerWithAssignedGK: NULL },
);
export type UnregRequestReason = Infer<typeof UnregRequestReason>;

export const UnregistrationRequest = sequence(
  {
    requestSeqNum: RequestSeqNum,
    callSignalAddress: sequenceOf(TransportAddress),
    endpointAlias: optional(sequenceOf(AliasAddress)),
    nonStandardData: optional(NonStandardParameter),
    endpointIdentifier: optional(EndpointIdentifier),
  },
  {
    alternateEndpoints: sequenceOf(Endpoint),
    gatekeeperIdentifier: GatekeeperIdentifier,
    tokens: sequenceOf(ClearToken),
    cryptoTokens: sequenceOf(CryptoH323Token),
    integrityCheckValue: ICV,
    reason: UnregRequestReason,
    endpointAliasPattern: sequenceOf(AddressPattern),
    supportedPrefixes: sequenceOf(SupportedPrefix),
    alternateGatekeeper: sequenceOf(AlternateGK),
    genericData: sequenceOf(GenericData),
    assignedGatekeeper: AlternateGK,
  },
);
export type UnregistrationRequest = Infer<typeof UnregistrationRequest>;

export const UnregistrationConfirm = sequence(
  { requestSeqNum: RequestSeqNum, nonStandardData: optional(NonStandardParameter) },
  {
    tokens: sequenceOf(ClearToken),
    cryptoTokens: sequenceOf(CryptoH323Token),
    integrityCheckValue: ICV,
    genericData: sequenceOf(GenericData),
    assignedGatekeeper: AlternateGK,
  },
);
export type UnregistrationConfirm = Infer<typeof UnregistrationConfirm>;

export const UnregRejectReason = choice(
  { notCurrentlyRegistered: NULL, callInProgress: NULL, undefinedReason: NULL },
  { permissionDenied: NULL, securityDenial: NULL, securityError: SecurityErrors2 },
);
export type UnregRejectReason = Infer<typeof UnregRejectReason>;

export const UnregistrationReject = sequence(
  { requestSeqNum: RequestSeqNum, rejectReason: UnregRejectReason, nonStandardData: optional(NonStandardParameter) },
  {
    altGKInfo: AltGKInfo,
    tokens: sequenceOf(ClearToken),
    cryptoTokens: sequenceOf(CryptoH323Token),
    integrityCheckValue: ICV,
    genericData: sequenceOf(GenericData),
  },
);
export type UnregistrationReject = Infer<typeof UnregistrationReject>;

export const CallModel = choice({ direct: NULL, gatekeeperRouted: NULL }, {});
export type CallModel = Infer<typeof CallModel>;

export const AdmissionRequest = sequence(
  {
    requestSeqNum: RequestSeqNum,
    callType: CallType,
    callModel: optional(CallModel),
    endpointIdentifier: EndpointIdentifier,
    destinationInfo: optional(sequenceOf(AliasAddress)),
    destCallSignalAddress: optional(TransportAddress),
    destExtraCallInfo: optional(sequenceOf(AliasAddress)),
    srcInfo: sequenceOf(AliasAddress),
    srcCallSignalAddress: optional(TransportAddress),
    bandWidth: BandWidth,
    callReferenceValue: CallReferenceValue,
    nonStandardData: optional(NonStandardParameter),
    callServices: optional(QseriesOptions),
    conferenceID: ConferenceIdentifier,
    activeMC: BOOLEAN,
    answerCall: BOOLEAN,
  },
  {
    canMapAlias: BOOLEAN,
    callIdentifier: CallIdentifier,
    srcAlternatives: sequenceOf(Endpoint),
    destAlternatives: sequenceOf(Endpoint),
    gatekeeperIdentifier: GatekeeperIdentifier,
    tokens: sequenceOf(ClearToken),
    cryptoTokens: sequenceOf(CryptoH323Token),
    integrityCheckValue: ICV,
    transportQOS: TransportQOS,
    willSupplyUUIEs: BOOLEAN,
    callLinkage: CallLinkage,
    gatewayDataRate: DataRate,
    capacity: CallCapacity,
    circuitInfo: CircuitInfo,
    desiredProtocols: sequenceOf(SupportedProtocols),
    desiredTunnelledProtocol: TunnelledProtocol,
    featureSet: FeatureSet,
    genericData: sequenceOf(GenericData),
    canMapSrcAlias: BOOLEAN,
  },
);
export type AdmissionRequest = Infer<typeof AdmissionRequest>;

export const UUIEsRequested = sequence(
  {
    setup: BOOLEAN,
    callProceeding: BOOLEAN,
    connect: BOOLEAN,
    alerting: BOOLEAN,
    information: BOOLEAN,
    releaseComplete: BOOLEAN,
    facility: BOOLEAN,
    progress: BOOLEAN,
    empty: BOOLEAN,
  },
  { status: BOOLEAN, statusInquiry: BOOLEAN, setupAcknowledge: BOOLEAN, notify: BOOLEAN },
);
export type UUIEsRequested = Infer<typeof UUIEsRequested>;

export const AdmissionConfirm = sequence(
  {
    requestSeqNum: RequestSeqNum,
    bandWidth: BandWidth,
    callModel: CallModel,
    destCallSignalAddress: TransportAddress,
    irrFrequency: optional(integer(1, 65535)),
    nonStandardData: optional(NonStandardParameter),
  },
  {
    destinationInfo: sequenceOf(AliasAddress),
    destExtraCallInfo: sequenceOf(AliasAddress),
    destinationType: EndpointType,
    remoteExtensionAddress: sequenceOf(AliasAddress),
    alternateEndpoints: sequenceOf(Endpoint),
    tokens: sequenceOf(ClearToken),
    cryptoTokens: sequenceOf(CryptoH323Token),
    integrityCheckValue: ICV,
    transportQOS: TransportQOS,
    willRespondToIRR: BOOLEAN,
    uuiesRequested: UUIEsRequested,
    language: sequenceOf(ia5String(1, 32)),
    alternateTransportAddresses: AlternateTransportAddresses,
    useSpecifiedTransport: UseSpecifiedTransport,
    circuitInfo: CircuitInfo,
    usageSpec: sequenceOf(RasUsageSpecification),
    supportedProtocols: sequenceOf(SupportedProtocols),
    serviceControl: sequenceOf(ServiceControlSession),
    multipleCalls: BOOLEAN,
    featureSet: FeatureSet,
    genericData: sequenceOf(GenericData),
    modifiedSrcInfo: sequenceOf(AliasAddress),
    assignedGatekeeper: AlternateGK,
  },
);
export type AdmissionConfirm = Infer<typeof AdmissionConfirm>;

export const AdmissionRejectReason = choice(
  {
    calledPartyNotRegistered: NULL,
    invalidPermission: NULL,
    requestDenied: NULL,
    undefinedReason: NULL,
    callerNotRegistered: NULL,
    routeCallToGatekeeper: NULL,
    invalidEndpointIdentifier: NULL,
    resourceUnavailable: NULL,
  },
  {
    securityDenial: NULL,
    qosControlNotSupported: NULL,
    incompleteAddress: NULL,
    aliasesInconsistent: NULL,
    routeCallToSCN: sequenceOf(PartyNumber),
    exceedsCallCapacity: NULL,
    collectDestination: NULL,
    collectPIN: NULL,
    genericDataReason: NULL,
    neededFeatureNotSupported: NULL,
    securityError: SecurityErrors2,
    securityDHmismatch: NULL,
    noRouteToDestination: NULL,
    unallocatedNumber: NULL,
    registerWithAssignedGK: NULL,
  },
);
export type AdmissionRejectReason = Infer<typeof AdmissionRejectReason>;

export const AdmissionReject = sequence(
  {
    requestSeqNum: RequestSeqNum,
    rejectReason: AdmissionRejectReason,
    nonStandardData: optional(NonStandardParameter),
  },
  {
    altGKInfo: AltGKInfo,
    tokens: sequenceOf(ClearToken),
    cryptoTokens: sequenceOf(CryptoH323Token),
    callSignalAddress: sequenceOf(TransportAddress),
    integrityCheckValue: ICV,
    serviceControl: sequenceOf(ServiceControlSession),
    featureSet: FeatureSet,
    genericData: sequenceOf(GenericData),
    assignedGatekeeper: AlternateGK,
  },
);
export type AdmissionReject = Infer<typeof AdmissionReject>;

export const BandwidthRequest = sequence(
  {
    requestSeqNum: RequestSeqNum,
    endpointIdentifier: EndpointIdentifier,
    conferenceID: ConferenceIdentifier,
    callReferenceValue: CallReferenceValue,
    callType: optional(CallType),
    bandWidth: BandWidth,
    nonStandardData: optional(NonStandardParameter),
  },
  {
    callIdentifier: CallIdentifier,
    gatekeeperIdentifier: GatekeeperIdentifier,
    tokens: sequenceOf(ClearToken),
    cryptoTokens: sequenceOf(CryptoH323Token),
    integrityCheckValue: ICV,
    answeredCall: BOOLEAN,
    callLinkage: CallLinkage,
    capacity: CallCapacity,
    usageInformation: RasUsageInformation,
    bandwidthDetails: sequenceOf(BandwidthDetails),
    genericData: sequenceOf(GenericData),
    transportQOS: TransportQOS,
  },
);
export type BandwidthRequest = Infer<typeof BandwidthRequest>;

export const BandwidthConfirm = sequence(
  { requestSeqNum: RequestSeqNum, bandWidth: BandWidth, nonStandardData: optional(NonStandardParameter) },
  {
    tokens: sequenceOf(ClearToken),
    cryptoTokens: sequenceOf(CryptoH323Token),
    integrityCheckValue: ICV,
    capacity: CallCapacity,
    genericData: sequenceOf(GenericData),
    transportQOS: TransportQOS,
  },
);
export type BandwidthConfirm = Infer<typeof BandwidthConfirm>;

export const BandRejectReason = choice(
  {
    notBound: NULL,
    invalidConferenceID: NULL,
    invalidPermission: NULL,
    insufficientResources: NULL,
    invalidRevision: NULL,
    undefinedReason: NULL,
  },
  { securityDenial: NULL, securityError: SecurityErrors2 },
);
export type BandRejectReason = Infer<typeof BandRejectReason>;

export const BandwidthReject = sequence(
  {
    requestSeqNum: RequestSeqNum,
    rejectReason: BandRejectReason,
    allowedBandWidth: BandWidth,
    nonStandardData: optional(NonStandardParameter),
  },
  {
    altGKInfo: AltGKInfo,
    tokens: sequenceOf(ClearToken),
    cryptoTokens: sequenceOf(CryptoH323Token),
    integrityCheckValue: ICV,
    genericData: sequenceOf(GenericData),
  },
);
export type BandwidthReject = Infer<typeof BandwidthReject>;

export const DisengageReason = choice({ forcedDrop: NULL, normalDrop: NULL, undefinedReason: NULL }, {});
export type DisengageReason = Infer<typeof DisengageReason>;

export const DisengageRequest = sequence(
  {
    requestSeqNum: RequestSeqNum,
    endpointIdentifier: EndpointIdentifier,
    conferenceID: ConferenceIdentifier,
    callReferenceValue: CallReferenceValue,
    disengageReason: DisengageReason,
    nonStandardData: optional(NonStandardParameter),
  },
  {
    callIdentifier: CallIdentifier,
    gatekeeperIdentifier: GatekeeperIdentifier,
    tokens: sequenceOf(ClearToken),
    cryptoTokens: sequenceOf(CryptoH323Token),
    integrityCheckValue: ICV,
    answeredCall: BOOLEAN,
    callLinkage: CallLinkage,
    capacity: CallCapacity,
    circuitInfo: CircuitInfo,
    usageInformation: RasUsageInformation,
    terminationCause: CallTerminationCause,
    serviceControl: sequenceOf(ServiceControlSession),
    genericData: sequenceOf(GenericData),
  },
);
export type DisengageRequest = Infer<typeof DisengageRequest>;

export const DisengageConfirm = sequence(
  { requestSeqNum: RequestSeqNum, nonStandardData: optional(NonStandardParameter) },
  {
    tokens: sequenceOf(ClearToken),
    cryptoTokens: sequenceOf(CryptoH323Token),
    integrityCheckValue: ICV,
    capacity: CallCapacity,
    circuitInfo: CircuitInfo,
    usageInformation: RasUsageInformation,
    genericData: sequenceOf(GenericData),
    assignedGatekeeper: AlternateGK,
  },
);
export type DisengageConfirm = Infer<typeof DisengageConfirm>;

export const DisengageRejectReason = choice(
  { notRegistered: NULL, requestToDropOther: NULL },
  { securityDenial: NULL, securityError: SecurityErrors2 },
);
export type DisengageRejectReason = Infer<typeof DisengageRejectReason>;

export const DisengageReject = sequence(
  {
    requestSeqNum: RequestSeqNum,
    rejectReason: DisengageRejectReason,
    nonStandardData: optional(NonStandardParameter),
  },
  {
    altGKInfo: AltGKInfo,
    tokens: sequenceOf(ClearToken),
    cryptoTokens: sequenceOf(CryptoH323Token),
    integrityCheckValue: ICV,
    genericData: sequenceOf(GenericData),
  },
);
export type DisengageReject = Infer<typeof DisengageReject>;

export const LocationRequest = sequence(
  {
    requestSeqNum: RequestSeqNum,
    endpointIdentifier: optional(EndpointIdentifier),
    destinationInfo: sequenceOf(AliasAddress),
    nonStandardData: optional(NonStandardParameter),
    replyAddress: TransportAddress,
  },
  {
    sourceInfo: sequenceOf(AliasAddress),
    canMapAlias: BOOLEAN,
    gatekeeperIdentifier: GatekeeperIdentifier,
    tokens: sequenceOf(ClearToken),
    cryptoTokens: sequenceOf(CryptoH323Token),
    integrityCheckValue: ICV,
    desiredProtocols: sequenceOf(SupportedProtocols),
    desiredTunnelledProtocol: TunnelledProtocol,
    featureSet: FeatureSet,
    genericData: sequenceOf(GenericData),
    hopCount: integer(1, 255),
    circuitInfo: CircuitInfo,
    callIdentifier: CallIdentifier,
    bandWidth: BandWidth,
    sourceEndpointInfo: sequenceOf(AliasAddress),
    canMapSrcAlias: BOOLEAN,
    language: sequenceOf(ia5String(1, 32)),
  },
);
export type LocationRequest = Infer<typeof LocationRequest>;

export const LocationConfirm = sequence(
  {
    requestSeqNum: RequestSeqNum,
    callSignalAddress: TransportAddress,
    rasAddress: TransportAddress,
    nonStandardData: optional(NonStandardParameter),
  },
  {
    destinationInfo: sequenceOf(AliasAddress),
    destExtraCallInfo: sequenceOf(AliasAddress),
    destinationType: EndpointType,
    remoteExtensionAddress: sequenceOf(AliasAddress),
    alternateEndpoints: sequenceOf(Endpoint),
    tokens: sequenceOf(ClearToken),
    cryptoTokens: sequenceOf(CryptoH323Token),
    integrityCheckValue: ICV,
    alternateTransportAddresses: AlternateTransportAddresses,
    supportedProtocols: sequenceOf(SupportedProtocols),
    multipleCalls: BOOLEAN,
    featureSet: FeatureSet,
    genericData: sequenceOf(GenericData),
    circuitInfo: CircuitInfo,
    serviceControl: sequenceOf(ServiceControlSession),
    modifiedSrcInfo: sequenceOf(AliasAddress),
    bandWidth: BandWidth,
    language: sequenceOf(ia5String(1, 32)),
  },
);
export type LocationConfirm = Infer<typeof LocationConfirm>;

export const LocationRejectReason = choice(
  { notRegistered: NULL, invalidPermission: NULL, requestDenied: NULL, undefinedReason: NULL },
  {
    securityDenial: NULL,
    aliasesInconsistent: NULL,
    routeCalltoSCN: sequenceOf(PartyNumber),
    resourceUnavailable: NULL,
    genericDataReason: NULL,
    neededFeatureNotSupported: NULL,
    hopCountExceeded: NULL,
    incompleteAddress: NULL,
    securityError: SecurityErrors2,
    securityDHmismatch: NULL,
    noRouteToDestination: NULL,
    unallocatedNumber: NULL,
  },
);
export type LocationRejectReason = Infer<typeof LocationRejectReason>;

export const LocationReject = sequence(
  { requestSeqNum: RequestSeqNum, rejectReason: LocationRejectReason, nonStandardData: optional(NonStandardParameter) },
  {
    altGKInfo: AltGKInfo,
    tokens: sequenceOf(ClearToken),
    cryptoTokens: sequenceOf(CryptoH323Token),
    integrityCheckValue: ICV,
    featureSet: FeatureSet,
    genericData: sequenceOf(GenericData),
    serviceControl: sequenceOf(ServiceControlSession),
  },
);
export type LocationReject = Infer<typeof LocationReject>;

export const InfoRequest = sequence(
  {
    requestSeqNum: RequestSeqNum,
    callReferenceValue: CallReferenceValue,
    nonStandardData: optional(NonStandardParameter),
    replyAddress: optional(TransportAddress),
  },
  {
    callIdentifier: CallIdentifier,
    tokens: sequenceOf(ClearToken),
    cryptoTokens: sequenceOf(CryptoH323Token),
    integrityCheckValue: ICV,
    uuiesRequested: UUIEsRequested,
    callLinkage: CallLinkage,
    usageInfoRequested: RasUsageInfoTypes,
    segmentedResponseSupported: NULL,
    nextSegmentRequested: integer(0, 65535),
    capacityInfoRequested: NULL,
    genericData: sequenceOf(GenericData),
    assignedGatekeeper: AlternateGK,
  },
);
export type InfoRequest = Infer<typeof InfoRequest>;

export const InfoRequestResponseStatus = choice(
  { complete: NULL, incomplete: NULL, segment: integer(0, 65535), invalidCall: NULL },
  {},
);
export type InfoRequestResponseStatus = Infer<typeof InfoRequestResponseStatus>;

export const InfoRequestResponse = sequence(
  {
    nonStandardData: optional(NonStandardParameter),
    requestSeqNum: RequestSeqNum,
    endpointType: EndpointType,
    endpointIdentifier: EndpointIdentifier,
    rasAddress: TransportAddress,
    callSignalAddress: sequenceOf(TransportAddress),
    endpointAlias: optional(sequenceOf(AliasAddress)),
    perCallInfo: optional(
      sequenceOf(
        sequence(
          {
            nonStandardData: optional(NonStandardParameter),
            callReferenceValue: CallReferenceValue,
            conferenceID: ConferenceIdentifier,
            originator: optional(BOOLEAN),
            audio: optional(sequenceOf(RTPSession)),
            video: optional(sequenceOf(RTPSession)),
            data: optional(sequenceOf(TransportChannelInfo)),
            h245: TransportChannelInfo,
            callSignalling: TransportChannelInfo,
            callType: CallType,
            bandWidth: BandWidth,
            callModel: CallModel,
          },
          {
            callIdentifier: CallIdentifier,
            tokens: sequenceOf(ClearToken),
            cryptoTokens: sequenceOf(CryptoH323Token),
            substituteConfIDs: sequenceOf(ConferenceIdentifier),
            pdu: sequenceOf(sequence({ h323pdu: H323_UU_PDU, sent: BOOLEAN })),
            callLinkage: CallLinkage,
            usageInformation: RasUsageInformation,
            circuitInfo: CircuitInfo,
          },
        ),
      ),
    ),
  },
  {
    tokens: sequenceOf(ClearToken),
    cryptoTokens: sequenceOf(CryptoH323Token),
    integrityCheckValue: ICV,
    needResponse: BOOLEAN,
    capacity: CallCapacity,
    irrStatus: InfoRequestResponseStatus,
    unsolicited: BOOLEAN,
    genericData: sequenceOf(GenericData),
  },
);
export type InfoRequestResponse = Infer<typeof InfoRequestResponse>;

export const NonStandardMessage = sequence(
  { requestSeqNum: RequestSeqNum, nonStandardData: NonStandardParameter },
  {
    tokens: sequenceOf(ClearToken),
    cryptoTokens: sequenceOf(CryptoH323Token),
    integrityCheckValue: ICV,
    featureSet: FeatureSet,
    genericData: sequenceOf(GenericData),
  },
);
export type NonStandardMessage = Infer<typeof NonStandardMessage>;

export const UnknownMessageResponse = sequence(
  { requestSeqNum: RequestSeqNum },
  {
    tokens: sequenceOf(ClearToken),
    cryptoTokens: sequenceOf(CryptoH323Token),
    integrityCheckValue: ICV,
    messageNotUnderstood: octetString(),
  },
);
export type UnknownMessageResponse = Infer<typeof UnknownMessageResponse>;

export const RequestInProgress = sequence(
  {
    requestSeqNum: RequestSeqNum,
    nonStandardData: optional(NonStandardParameter),
    tokens: optional(sequenceOf(ClearToken)),
    cryptoTokens: optional(sequenceOf(CryptoH323Token)),
    integrityCheckValue: optional(ICV),
    delay: integer(1, 65535),
  },
  {},
);
export type RequestInProgress = Infer<typeof RequestInProgress>;

export const ResourcesAvailableIndicate = sequence(
  {
    requestSeqNum: RequestSeqNum,
    protocolIdentifier: ProtocolIdentifier,
    nonStandardData: optional(NonStandardParameter),
    endpointIdentifier: EndpointIdentifier,
    protocols: sequenceOf(SupportedProtocols),
    almostOutOfResources: BOOLEAN,
    tokens: optional(sequenceOf(ClearToken)),
    cryptoTokens: optional(sequenceOf(CryptoH323Token)),
    integrityCheckValue: optional(ICV),
  },
  { capacity: CallCapacity, genericData: sequenceOf(GenericData) },
);
export type ResourcesAvailableIndicate = Infer<typeof ResourcesAvailableIndicate>;

export const ResourcesAvailableConfirm = sequence(
  {
    requestSeqNum: RequestSeqNum,
    protocolIdentifier: ProtocolIdentifier,
    nonStandardData: optional(NonStandardParameter),
    tokens: optional(sequenceOf(ClearToken)),
    cryptoTokens: optional(sequenceOf(CryptoH323Token)),
    integrityCheckValue: optional(ICV),
  },
  { genericData: sequenceOf(GenericData) },
);
export type ResourcesAvailableConfirm = Infer<typeof ResourcesAvailableConfirm>;

export const InfoRequestAck = sequence(
  {
    requestSeqNum: RequestSeqNum,
    nonStandardData: optional(NonStandardParameter),
    tokens: optional(sequenceOf(ClearToken)),
    cryptoTokens: optional(sequenceOf(CryptoH323Token)),
    integrityCheckValue: optional(ICV),
  },
  {},
);
export type InfoRequestAck = Infer<typeof InfoRequestAck>;

export const InfoRequestNakReason = choice(
  { notRegistered: NULL, securityDenial: NULL, undefinedReason: NULL },
  { securityError: SecurityErrors2 },
);
export type InfoRequestNakReason = Infer<typeof InfoRequestNakReason>;

export const InfoRequestNak = sequence(
  {
    requestSeqNum: RequestSeqNum,
    nonStandardData: optional(NonStandardParameter),
    nakReason: InfoRequestNakReason,
    altGKInfo: optional(AltGKInfo),
    tokens: optional(sequenceOf(ClearToken)),
    cryptoTokens: optional(sequenceOf(CryptoH323Token)),
    integrityCheckValue: optional(ICV),
  },
  {},
);
export type InfoRequestNak = Infer<typeof InfoRequestNak>;

export const ServiceControlIndication = sequence(
  {
    requestSeqNum: RequestSeqNum,
    nonStandardData: optional(NonStandardParameter),
    serviceControl: sequenceOf(ServiceControlSession),
    endpointIdentifier: optional(EndpointIdentifier),
    callSpecific: optional(
      sequence({ callIdentifier: CallIdentifier, conferenceID: ConferenceIdentifier, answeredCall: BOOLEAN }, {}),
    ),
    tokens: optional(sequenceOf(ClearToken)),
    cryptoTokens: optional(sequenceOf(CryptoH323Token)),
    integrityCheckValue: optional(ICV),
    featureSet: optional(FeatureSet),
    genericData: optional(sequenceOf(GenericData)),
  },
  {},
);
export type ServiceControlIndication = Infer<typeof ServiceControlIndication>;

export const ServiceControlResponse = sequence(
  {
    requestSeqNum: RequestSeqNum,
    result: optional(
      choice({ started: NULL, failed: NULL, stopped: NULL, notAvailable: NULL, neededFeatureNotSupported: NULL }, {}),
    ),
    nonStandardData: optional(NonStandardParameter),
    tokens: optional(sequenceOf(ClearToken)),
    cryptoTokens: optional(sequenceOf(CryptoH323Token)),
    integrityCheckValue: optional(ICV),
    featureSet: optional(FeatureSet),
    genericData: optional(sequenceOf(GenericData)),
  },
  {},
);
export type ServiceControlResponse = Infer<typeof ServiceControlResponse>;

export const RasMessage = choice(
  {
    gatekeeperRequest: GatekeeperRequest,
    gatekeeperConfirm: GatekeeperConfirm,
    gatekeeperReject: GatekeeperReject,
    registrationRequest: RegistrationRequest,
    registrationConfirm: RegistrationConfirm,
    registrationReject: RegistrationReject,
    unregistrationRequest: UnregistrationRequest,
    unregistrationConfirm: UnregistrationConfirm,
    unregistrationReject: UnregistrationReject,
    admissionRequest: AdmissionRequest,
    admissionConfirm: AdmissionConfirm,
    admissionReject: AdmissionReject,
    bandwidthRequest: BandwidthRequest,
    bandwidthConfirm: BandwidthConfirm,
    bandwidthReject: BandwidthReject,
    disengageRequest: DisengageRequest,
    disengageConfirm: DisengageConfirm,
    disengageReject: DisengageReject,
    locationRequest: LocationRequest,
    locationConfirm: LocationConfirm,
    locationReject: LocationReject,
    infoRequest: InfoRequest,
    infoRequestResponse: InfoRequestResponse,
    nonStandardMessage: NonStandardMessage,
    unknownMessageResponse: UnknownMessageResponse,
  },
  {
    requestInProgress: RequestInProgress,
    resourcesAvailableIndicate: ResourcesAvailableIndicate,
    resourcesAvailableConfirm: ResourcesAvailableConfirm,
    infoRequestAck: InfoRequestAck,
    infoRequestNak: InfoRequestNak,
    serviceControlIndication: ServiceControlIndication,
    serviceControlResponse: ServiceControlResponse,
    admissionConfirmSequence: sequenceOf(AdmissionConfirm),
  },
);
export type RasMessage = Infer<typeof RasMessage>;
