import { messageOf } from '../../../base/errors.js';
import type { Facility_UUIE, H323_UU_PDU } from '../h225/schema.js';
import type { Q931Message } from '../q931.js';
import { locations } from '../q931-elements.js';
import { causes } from '../q931-names.js';
import type { CallNames } from './names.js';
import { reasonValue } from './causes.js';
import { protocolIdentifier } from './compose.js';
import type { CallRole, CallState, Release } from './contract.js';
import { callStateOf } from './states.js';
import { writeSignal, type BodyName, type BodyOf } from './signal.js';

/** The call whose messages are written. */
export interface Speaking {
  readonly role: CallRole;
  readonly state: CallState;
  readonly names: CallNames;
  readonly peer: { version: number };
  /** h245Tunnelling. */
  readonly control: { tunnels: boolean };
}

/** Messages answered with Status in one call: more are a loop between two that do not understand each other. */
const mostStatuses = 10;

/** Writes the messages of a call, with the H.245 that is tunnelled in them. */
export class CallVoice {
  /** H.245 for the next message. */
  private outbox: Buffer[] = [];
  private writing = false;
  private flushes = false;
  private statuses = 0;
  /** Why the last message could not be written. */
  trouble = '';

  constructor(
    private readonly call: Speaking,
    private readonly effects: { send(octets: Buffer): void; count(event: string): void },
  ) {}

  /** Lets H.245 that is sent within `open` go with the message that `write` says. */
  together(open: () => void, write: () => void): void {
    this.writing = true;
    open();
    this.writing = false;
    if (this.call.state !== 'released') write();
  }

  takeOutbox(): Buffer[] {
    return this.outbox.splice(0);
  }

  /** Writes and sends; false when it could not be written. */
  say<N extends BodyName>(type: N, body: BodyOf<N>, elements: Partial<Q931Message> = {}): boolean {
    const named: unknown = { [type]: body };
    return this.write(type, named as H323_UU_PDU['h323-message-body'], elements);
  }

  /**
   * H.245 with the message under way, or in a Facility with all that is sent until we are done. Both styles of it are
   * understood by everybody who tunnels; the later one names the call, which gatekeepers like.
   */
  tunnel(pdus: readonly Buffer[]): void {
    this.outbox.push(...pdus);
    if (this.writing || this.flushes) return;
    this.flushes = true;
    queueMicrotask(() => this.flush());
  }

  private flush(): void {
    this.flushes = false;
    const { state, peer } = this.call;
    if (this.outbox.length === 0 || state === 'connecting' || state === 'released') return;
    if (peer.version >= 4) this.facility({ reason: { transportedInformation: true } });
    else this.emptyFacility();
  }

  facility(facility: Partial<Facility_UUIE>, more: Partial<H323_UU_PDU> = {}): void {
    const body: Facility_UUIE = {
      protocolIdentifier,
      conferenceID: this.call.names.conferenceID,
      reason: { undefinedReason: true },
      callIdentifier: { guid: this.call.names.callIdentifier },
      ...facility,
    };
    this.write('facility', { facility: body }, { facility: Buffer.alloc(0) }, more);
  }

  /** A Facility that only carries something. */
  emptyFacility(more: Partial<H323_UU_PDU> = {}): void {
    this.write('facility', { empty: true }, { facility: Buffer.alloc(0) }, more);
  }

  /** Status, unless there were too many. */
  status(cause: number): void {
    if (++this.statuses > mostStatuses) return;
    this.effects.count(`status_${cause}`);
    const callState = callStateOf(this.call.role, this.call.state);
    this.say('status', this.named(), { cause: { value: cause, location: locations.user }, callState });
  }

  /** StatusInquiry is always answered. */
  state(): void {
    const cause = { value: causes.responseToStatusInquiry, location: locations.user };
    this.say('status', this.named(), { cause, callState: callStateOf(this.call.role, this.call.state) });
  }

  /** ReleaseComplete with the rest of H.245. */
  releaseComplete({ cause, reason }: Release, control: readonly Buffer[]): void {
    this.outbox.push(...control);
    const body = { ...this.named(), ...(reason ? { reason: reasonValue(reason) } : {}) };
    this.say('releaseComplete', body, { cause: { value: cause, location: locations.user } });
  }

  /** What every body has. */
  named(): { protocolIdentifier: string; callIdentifier: { guid: Buffer } } {
    return { protocolIdentifier, callIdentifier: { guid: this.call.names.callIdentifier } };
  }

  private write(
    type: BodyName,
    body: H323_UU_PDU['h323-message-body'],
    elements: Partial<Q931Message>,
    more: Partial<H323_UU_PDU> = {},
  ): boolean {
    const { names, role, control } = this.call;
    const h245Control = this.takeOutbox();
    const q931 = { type, callReference: names.callReference, fromDestination: role === 'callee', ...elements };
    const pdu: H323_UU_PDU = {
      'h323-message-body': body,
      h245Tunnelling: control.tunnels,
      ...(h245Control.length > 0 ? { h245Control } : {}),
      ...more,
    };
    let octets: Buffer;
    try {
      octets = writeSignal(q931, pdu);
    } catch (error) {
      this.effects.count(`unencodable_${type}`);
      this.trouble = messageOf(error);
      return false;
    }
    this.effects.send(octets);
    return true;
  }
}
