import { bmpString } from '../../asn1/characters.js';
import { choice } from '../../asn1/choice.js';
import { sequenceOf } from '../../asn1/list.js';
import { BOOLEAN, NULL, OBJECT_IDENTIFIER, integer } from '../../asn1/numbers.js';
import { OPEN_TYPE, bitString, octetString } from '../../asn1/octets.js';
import { optional, type AnySchema, type Infer } from '../../asn1/schema.js';
import { sequence } from '../../asn1/sequence.js';

// H.235.0: the types of module H235-SECURITY-MESSAGES.
// Written by `npm run asn1` from scripts/asn1/modules; not to be edited.

export const ChallengeString = octetString(8, 128);
export type ChallengeString = Infer<typeof ChallengeString>;

export const TimeStamp = integer(1, 4294967295);
export type TimeStamp = Infer<typeof TimeStamp>;

export const RandomVal = integer();
export type RandomVal = Infer<typeof RandomVal>;

export const Password = bmpString(1, 128);
export type Password = Infer<typeof Password>;

export const Identifier = bmpString(1, 128);
export type Identifier = Infer<typeof Identifier>;

export const KeyMaterial = bitString(1, 2048);
export type KeyMaterial = Infer<typeof KeyMaterial>;

export const KeyMaterialExt = bitString(2049, 65536);
export type KeyMaterialExt = Infer<typeof KeyMaterialExt>;

export const NonStandardParameter = sequence({ nonStandardIdentifier: OBJECT_IDENTIFIER, data: octetString() });
export type NonStandardParameter = Infer<typeof NonStandardParameter>;

export const DHset = sequence(
  { halfkey: bitString(0, 2048), modSize: bitString(0, 2048), generator: bitString(0, 2048) },
  {},
);
export type DHset = Infer<typeof DHset>;

export const DHsetExt = sequence(
  {
    halfkey: bitString(2049, 65536),
    modSize: optional(bitString(2049, 65536)),
    generator: optional(bitString(2049, 65536)),
  },
  {},
);
export type DHsetExt = Infer<typeof DHsetExt>;

export const ECpoint = sequence({ x: optional(bitString(0, 511)), y: optional(bitString(0, 511)) }, {});
export type ECpoint = Infer<typeof ECpoint>;

export const ECKASDH = choice(
  {
    eckasdhp: sequence({
      'public-key': ECpoint,
      modulus: bitString(0, 511),
      base: ECpoint,
      weierstrassA: bitString(0, 511),
      weierstrassB: bitString(0, 511),
    }),
    eckasdh2: sequence({
      'public-key': ECpoint,
      fieldSize: bitString(0, 511),
      base: ECpoint,
      weierstrassA: bitString(0, 511),
      weierstrassB: bitString(0, 511),
    }),
  },
  {},
);
export type ECKASDH = Infer<typeof ECKASDH>;

export const ECGDSASignature = sequence({ r: bitString(0, 511), s: bitString(0, 511) });
export type ECGDSASignature = Infer<typeof ECGDSASignature>;

export const TypedCertificate = sequence({ type: OBJECT_IDENTIFIER, certificate: octetString() }, {});
export type TypedCertificate = Infer<typeof TypedCertificate>;

export const AuthenticationBES = choice({ default: NULL, radius: NULL }, {});
export type AuthenticationBES = Infer<typeof AuthenticationBES>;

export const AuthenticationMechanism = choice(
  {
    dhExch: NULL,
    pwdSymEnc: NULL,
    pwdHash: NULL,
    certSign: NULL,
    ipsec: NULL,
    tls: NULL,
    nonStandard: NonStandardParameter,
  },
  { authenticationBES: AuthenticationBES, keyExch: OBJECT_IDENTIFIER },
);
export type AuthenticationMechanism = Infer<typeof AuthenticationMechanism>;

export const IV8 = octetString(8);
export type IV8 = Infer<typeof IV8>;

export const IV16 = octetString(16);
export type IV16 = Infer<typeof IV16>;

export const Params = sequence(
  { ranInt: optional(integer()), iv8: optional(IV8) },
  { iv16: IV16, iv: octetString(), clearSalt: octetString() },
);
export type Params = Infer<typeof Params>;

export const ENCRYPTED = sequence({ algorithmOID: OBJECT_IDENTIFIER, paramS: Params, encryptedData: octetString() });
export type ENCRYPTED = Infer<typeof ENCRYPTED>;

export const EncodedKeySyncMaterial = OPEN_TYPE;
export type EncodedKeySyncMaterial = Infer<typeof EncodedKeySyncMaterial>;

export const SIGNED = <S extends AnySchema>(ToBeSigned: S) =>
  sequence({ toBeSigned: ToBeSigned, algorithmOID: OBJECT_IDENTIFIER, paramS: Params, signature: bitString() });

export const EncodedKeySignedMaterial = OPEN_TYPE;
export type EncodedKeySignedMaterial = Infer<typeof EncodedKeySignedMaterial>;

export const V3KeySyncMaterial = sequence(
  {
    generalID: optional(Identifier),
    algorithmOID: optional(OBJECT_IDENTIFIER),
    paramS: Params,
    encryptedSessionKey: optional(octetString()),
    encryptedSaltingKey: optional(octetString()),
    clearSaltingKey: optional(octetString()),
    paramSsalt: optional(Params),
    keyDerivationOID: optional(OBJECT_IDENTIFIER),
  },
  { genericKeyMaterial: octetString() },
);
export type V3KeySyncMaterial = Infer<typeof V3KeySyncMaterial>;

export const H235Key = choice(
  { secureChannel: KeyMaterial, sharedSecret: ENCRYPTED, certProtectedKey: SIGNED(EncodedKeySignedMaterial) },
  { secureSharedSecret: V3KeySyncMaterial, secureChannelExt: KeyMaterialExt },
);
export type H235Key = Infer<typeof H235Key>;

export const Element = choice(
  { octets: octetString(), integer: integer(), bits: bitString(), name: bmpString(), flag: BOOLEAN },
  {},
);
export type Element = Infer<typeof Element>;

export const ProfileElement = sequence(
  { elementID: integer(0, 255), paramS: optional(Params), element: optional(Element) },
  {},
);
export type ProfileElement = Infer<typeof ProfileElement>;

export const ClearToken = sequence(
  {
    tokenOID: OBJECT_IDENTIFIER,
    timeStamp: optional(TimeStamp),
    password: optional(Password),
    dhkey: optional(DHset),
    challenge: optional(ChallengeString),
    random: optional(RandomVal),
    certificate: optional(TypedCertificate),
    generalID: optional(Identifier),
    nonStandard: optional(NonStandardParameter),
  },
  {
    eckasdhkey: ECKASDH,
    sendersID: Identifier,
    h235Key: H235Key,
    profileInfo: sequenceOf(ProfileElement),
    dhkeyext: DHsetExt,
  },
);
export type ClearToken = Infer<typeof ClearToken>;

export const HASHED = sequence({ algorithmOID: OBJECT_IDENTIFIER, paramS: Params, hash: bitString() });
export type HASHED = Infer<typeof HASHED>;

export const EncodedGeneralToken = OPEN_TYPE;
export type EncodedGeneralToken = Infer<typeof EncodedGeneralToken>;

export const PwdCertToken = ClearToken;
export type PwdCertToken = Infer<typeof PwdCertToken>;

export const EncodedPwdCertToken = OPEN_TYPE;
export type EncodedPwdCertToken = Infer<typeof EncodedPwdCertToken>;

export const CryptoToken = choice(
  {
    cryptoEncryptedToken: sequence({ tokenOID: OBJECT_IDENTIFIER, token: ENCRYPTED }),
    cryptoSignedToken: sequence({ tokenOID: OBJECT_IDENTIFIER, token: SIGNED(EncodedGeneralToken) }),
    cryptoHashedToken: sequence({ tokenOID: OBJECT_IDENTIFIER, hashedVals: ClearToken, token: HASHED }),
    cryptoPwdEncr: ENCRYPTED,
  },
  {},
);
export type CryptoToken = Infer<typeof CryptoToken>;

export const KeySignedMaterial = sequence({
  generalId: Identifier,
  mrandom: RandomVal,
  srandom: optional(RandomVal),
  timeStamp: optional(TimeStamp),
  encrptval: ENCRYPTED,
});
export type KeySignedMaterial = Infer<typeof KeySignedMaterial>;

export const EncodedReturnSig = OPEN_TYPE;
export type EncodedReturnSig = Infer<typeof EncodedReturnSig>;

export const H235CertificateSignature = sequence(
  {
    certificate: TypedCertificate,
    responseRandom: RandomVal,
    requesterRandom: optional(RandomVal),
    signature: SIGNED(EncodedReturnSig),
  },
  {},
);
export type H235CertificateSignature = Infer<typeof H235CertificateSignature>;

export const ReturnSig = sequence({
  generalId: Identifier,
  responseRandom: RandomVal,
  requestRandom: optional(RandomVal),
  certificate: optional(TypedCertificate),
});
export type ReturnSig = Infer<typeof ReturnSig>;

export const KeySyncMaterial = sequence({ generalID: Identifier, keyMaterial: KeyMaterial }, {});
export type KeySyncMaterial = Infer<typeof KeySyncMaterial>;
