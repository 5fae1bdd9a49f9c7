import type { DualstreamError } from '../../../base/errors.js';
import type { Infer } from '../../asn1/schema.js';
import type { NameOf } from '../../asn1/choice.js';
import { decode, encode } from '../../asn1/codec.js';
import { H323Fault } from '../fault.js';
import { H323_UserInformation, type H323_UU_PDU, type TransportAddress } from '../h225/schema.js';
import { decodeQ931, encodeQ931, type Q931Message } from '../q931.js';
import { causes } from '../q931-names.js';

/** A message of call signalling: Q.931, and what H.225.0 put into it. */
export interface Signal {
  q931: Q931Message;
  /** Left out by the networks behind gateways in Status, StatusInquiry, ReleaseComplete and Information. */
  pdu: H323_UU_PDU | null;
}

/** A message, or what is wrong with it and the cause of Q.850 that says so; `q931` where that much could be read. */
export type ReadSignal =
  { ok: true; signal: Signal } | { ok: false; q931: Q931Message | null; cause: number; fault: DualstreamError };

/** The message body by the name of its Q.931 message. */
type Bodies = H323_UU_PDU['h323-message-body'];
export type BodyName = Exclude<NameOf<Bodies>, 'unknownAlternative' | 'empty'>;

export type BodyOf<N extends BodyName> = NonNullable<Extract<Bodies, Record<N, unknown>>[N]>;

/** Messages of Q.931 that mean nothing without their part of H.225.0. */
const needPdu: ReadonlySet<Q931Message['type']> = new Set(['setup', 'connect', 'callProceeding', 'alerting']);

/** Reads one packet. */
export function readSignal(octets: Buffer): ReadSignal {
  const read = decodeQ931(octets);
  if (!read.ok) return { ok: false, q931: null, cause: causes.invalidMessage, fault: read.fault };
  const q931 = read.message;
  if (q931.userUser === undefined) {
    if (!needPdu.has(q931.type)) return { ok: true, signal: { q931, pdu: null } };
    const fault = new H323Fault('malformed', 0, `${q931.type} without user-user element`);
    return { ok: false, q931, cause: causes.mandatoryElementMissing, fault };
  }
  const information = decode(H323_UserInformation, q931.userUser);
  if (!information.ok) return { ok: false, q931, cause: causes.invalidElementContents, fault: information.fault };
  return { ok: true, signal: { q931, pdu: information.value['h323-uu-pdu'] } };
}

/** Writes one packet. @throws Asn1Fault, H323Fault for values that do not fit */
export function writeSignal(q931: Q931Message, pdu: H323_UU_PDU): Buffer {
  const information: Infer<typeof H323_UserInformation> = { 'h323-uu-pdu': pdu };
  return encodeQ931({ ...q931, userUser: encode(H323_UserInformation, information) });
}

/** The body, where it is the one that this message should have. */
export function bodyOf<N extends BodyName>(pdu: H323_UU_PDU | null, name: N): BodyOf<N> | null {
  const body = pdu?.['h323-message-body'] as Partial<Record<BodyName, unknown>> | undefined;
  return (body?.[name] as BodyOf<N> | undefined) ?? null;
}

/** What most bodies have. */
export interface CommonBody {
  protocolIdentifier?: string | undefined;
  callIdentifier?: { guid: Buffer } | undefined;
  h245Address?: TransportAddress | undefined;
  fastStart?: Buffer[] | undefined;
  fastConnectRefused?: true | undefined;
}

/** The body of whatever kind. */
export function anyBody(pdu: H323_UU_PDU | null): CommonBody {
  const body = pdu?.['h323-message-body'];
  if (body === undefined) return {};
  const value: unknown = Object.values(body).find((one) => one !== undefined);
  return typeof value === 'object' && value !== null ? value : {};
}

/** The version in 0.0.8.2250.0.N; 0 for anything else. */
export function versionOf(protocolIdentifier: string | undefined): number {
  return Number(/^0\.0\.8\.2250\.0\.(\d{1,3})$/.exec(protocolIdentifier ?? '')?.[1] ?? 0);
}
