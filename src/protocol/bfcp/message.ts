import type { PrimitiveName, RequestState } from './names.js';

/** 1 on reliable transports, 2 on UDP; old UDP peers also speak 1. */
export type Version = 1 | 2;

/** How messages travel: one per datagram, or one after the other on something reliable (TCP, TLS, WebSocket). */
export type Carriage = 'datagram' | 'reliable';

/** REQUEST-STATUS, RFC 8855 §5.2.5. */
export interface RequestStatus {
  state: RequestState;
  /** 0..255; 0 unless the state is accepted. */
  position: number;
}

/** BENEFICIARY-INFORMATION or REQUESTED-BY-INFORMATION. */
export interface UserInfo {
  /** 0..65535. */
  id: number;
  name?: string;
  uri?: string;
}

/** OVERALL-REQUEST-STATUS (id of the request) or FLOOR-REQUEST-STATUS (id of the floor). */
export interface StatusInfo {
  id: number;
  status?: RequestStatus;
  info?: string;
}

/** FLOOR-REQUEST-INFORMATION, RFC 8855 §5.2.15. */
export interface FloorRequestInfo {
  /** Floor request id, 0..65535. */
  id: number;
  overall?: StatusInfo;
  floors: StatusInfo[];
  beneficiary?: UserInfo;
  requestedBy?: UserInfo;
  /** 0..4, see `Body.priority`. */
  priority?: number;
  providedInfo?: string;
}

/** Attributes of a message; those that a primitive does not know are absent. */
export interface Body {
  floorIds?: number[];
  floorRequestId?: number;
  beneficiaryId?: number;
  providedInfo?: string;
  /** 0 lowest .. 4 highest, 2 when absent. */
  priority?: number;
  /** ERROR-CODE with its raw details (code 4: one octet `type << 1` for each attribute). */
  error?: { code: number; details: number[] };
  errorInfo?: string;
  supportedPrimitives?: number[];
  supportedAttributes?: number[];
  beneficiary?: UserInfo;
  floorRequests?: FloorRequestInfo[];
}

/** The three numbers that identify a transaction, RFC 8855 §10.1.2. */
export interface Ids {
  /** 0..2^32-1. */
  conferenceId: number;
  /** 0..65535; 0 only for server notifications on reliable transports. */
  transactionId: number;
  /** 0..65535. */
  userId: number;
}

/** One whole message. */
export interface Message extends Ids {
  version: Version;
  /** R bit; always false on reliable transports. */
  response: boolean;
  primitive: PrimitiveName;
  body: Body;
}

/** COMMON-HEADER as it arrived, RFC 8855 §5.1. */
export interface Header extends Ids {
  version: Version;
  response: boolean;
  /** 0..255, not necessarily a known primitive. */
  primitive: number;
  /** Whole message without header, in 4-octet words. */
  payloadWords: number;
  /** Present with the F bit; both in words. */
  fragment: { offset: number; length: number } | null;
}
