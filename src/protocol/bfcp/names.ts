/** Primitives and their numbers, RFC 8855 §5.1 and §5.3. 14 to 17 exist on UDP only. */
export const primitives = {
  FloorRequest: 1,
  FloorRelease: 2,
  FloorRequestQuery: 3,
  FloorRequestStatus: 4,
  UserQuery: 5,
  UserStatus: 6,
  FloorQuery: 7,
  FloorStatus: 8,
  ChairAction: 9,
  ChairActionAck: 10,
  Hello: 11,
  HelloAck: 12,
  Error: 13,
  FloorRequestStatusAck: 14,
  FloorStatusAck: 15,
  Goodbye: 16,
  GoodbyeAck: 17,
} as const;

export type PrimitiveName = keyof typeof primitives;

const primitiveNames = new Map<number, PrimitiveName>(
  Object.entries(primitives).map(([name, number]) => [number, name as PrimitiveName]),
);

/** Name of a primitive number, or undefined for one RFC 8855 does not know. */
export function primitiveName(number: number): PrimitiveName | undefined {
  return primitiveNames.get(number);
}

const requests: ReadonlySet<PrimitiveName> = new Set<PrimitiveName>([
  'FloorRequest',
  'FloorRelease',
  'FloorRequestQuery',
  'UserQuery',
  'FloorQuery',
  'ChairAction',
  'Hello',
  'Goodbye',
]);

/** What a client may ask of a server; acknowledgements apart. */
export function isRequest(name: PrimitiveName): boolean {
  return requests.has(name);
}

/** Attribute types, RFC 8855 §5.2. 14 to 18 are grouped. */
export const attributes = {
  beneficiaryId: 1,
  floorId: 2,
  floorRequestId: 3,
  priority: 4,
  requestStatus: 5,
  errorCode: 6,
  errorInfo: 7,
  providedInfo: 8,
  statusInfo: 9,
  supportedAttributes: 10,
  supportedPrimitives: 11,
  displayName: 12,
  userUri: 13,
  beneficiary: 14,
  floorRequest: 15,
  requestedBy: 16,
  floorStatus: 17,
  overallStatus: 18,
} as const;

/** Largest attribute type of RFC 8855. */
export const lastAttribute = 18;

/** Request states by name, RFC 8855 §5.2.5. */
export type RequestState = 'pending' | 'accepted' | 'granted' | 'denied' | 'cancelled' | 'released' | 'revoked';

/** Request states in the order of their numbers, which start with 1. */
export const requestStates: readonly RequestState[] = [
  'pending',
  'accepted',
  'granted',
  'denied',
  'cancelled',
  'released',
  'revoked',
];

/** Whether a request in this state still waits or holds, RFC 8855 §10.1.2. */
export function isOngoing(state: RequestState): boolean {
  return state === 'pending' || state === 'accepted' || state === 'granted';
}

/** Error codes, RFC 8855 §5.2.6. 10 to 14 are unknown to RFC 4582 peers. */
export const errorCodes = {
  conferenceDoesNotExist: 1,
  userDoesNotExist: 2,
  unknownPrimitive: 3,
  unknownMandatoryAttribute: 4,
  unauthorizedOperation: 5,
  invalidFloorId: 6,
  floorRequestDoesNotExist: 7,
  tooManyRequests: 8,
  useTls: 9,
  unableToParse: 10,
  useDtls: 11,
  unsupportedVersion: 12,
  incorrectLength: 13,
  generic: 14,
} as const;
