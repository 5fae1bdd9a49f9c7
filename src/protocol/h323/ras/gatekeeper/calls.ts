import type {
  AdmissionRequest,
  BandwidthRequest,
  DisengageRequest,
  InfoRequestResponse,
  RasMessage,
} from '../../h225/schema.js';
import { chosen } from '../../../asn1/choice.js';
import { aliasOf, aliasTexts } from '../../aliases.js';
import { transportOf } from '../../addresses.js';
import type { AdmittedCall, Registered } from '../contract.js';
import type { Asked, Shared } from './context.js';
import type { Directory, Found } from './directory.js';
import type { Registration } from './registration.js';

/** A call that was admitted to one or both of its ends. */
class Call implements AdmittedCall {
  caller: Registration | null = null;
  called: Registration | null = null;
  dialled: readonly string[] = [];
  callModel: AdmittedCall['callModel'] = 'direct';
  kbps = 0;

  constructor(
    readonly key: string,
    readonly callIdentifier: string,
    readonly conferenceID: string,
    readonly callReference: number,
  ) {}

  get parties(): Registration[] {
    return [this.caller, this.called].filter((one) => one !== null);
  }
}

/** How requests name a call; version 1 has no call identifier. */
interface Names {
  callIdentifier?: { guid: Buffer } | undefined;
  conferenceID: Buffer;
  callReferenceValue: number;
}

/** Admission, bandwidth and the end of calls (H.225.0 §7.11 to §7.14): ARQ, BRQ, DRQ, IRR. */
export class Calls {
  private readonly calls = new Map<string, Call>();
  private kbps = 0;

  constructor(
    private readonly shared: Shared,
    private readonly directory: Directory,
  ) {}

  get size(): number {
    return this.calls.size;
  }

  of(callIdentifier: string): AdmittedCall | null {
    return this.calls.get(callIdentifier) ?? null;
  }

  async admit(request: AdmissionRequest, asked: Asked): Promise<RasMessage> {
    const { requestSeqNum, answerCall } = request;
    const device = asked.registration;
    if (!device) return { admissionReject: { requestSeqNum, rejectReason: { callerNotRegistered: true } } };
    const found = answerCall ? null : await this.directory.find(request, device);
    if (found === 'nowhere' || found === 'unnamed') {
      const rejectReason =
        found === 'unnamed' ? ({ incompleteAddress: true } as const) : ({ calledPartyNotRegistered: true } as const);
      return { admissionReject: { requestSeqNum, rejectReason } };
    }
    const call = this.shared.ended() ? null : this.open(request, device);
    const kbps = call && this.allowed(call, Math.floor(request.bandWidth / 10));
    if (!call || kbps === null) {
      const rejectReason = call ? ({ requestDenied: true } as const) : ({ resourceUnavailable: true } as const);
      return { admissionReject: { requestSeqNum, rejectReason } };
    }
    const isNew = !this.calls.has(call.key);
    this.calls.set(call.key, call);
    this.setRate(call, kbps);
    if (found) this.called(call, device, request, found);
    else call.called = device;
    if (isNew) this.shared.on.emit('admitted', call);
    return this.confirm(request, call, device, found, asked);
  }

  bandwidth(request: BandwidthRequest, asked: Asked): RasMessage {
    const { requestSeqNum } = request;
    const call = this.calls.get(keyOf(request));
    if (!call || !asked.registration || !call.parties.includes(asked.registration))
      return { bandwidthReject: { requestSeqNum, rejectReason: { invalidConferenceID: true }, allowedBandWidth: 0 } };
    const wanted = Math.floor(request.bandWidth / 10);
    const kbps = this.allowed(call, wanted);
    if (kbps === null || kbps < wanted) {
      const allowedBandWidth = (kbps ?? call.kbps) * 10;
      return { bandwidthReject: { requestSeqNum, rejectReason: { insufficientResources: true }, allowedBandWidth } };
    }
    this.setRate(call, kbps);
    return { bandwidthConfirm: { requestSeqNum, bandWidth: request.bandWidth } };
  }

  disengage(request: DisengageRequest, asked: Asked): RasMessage {
    const { requestSeqNum, disengageReason } = request;
    const device = asked.registration;
    const call = this.calls.get(keyOf(request));
    if (!device) return { disengageReject: { requestSeqNum, rejectReason: { notRegistered: true } } };
    if (call && !call.parties.includes(device))
      return { disengageReject: { requestSeqNum, rejectReason: { requestToDropOther: true } } };
    if (call) this.leave(call, device, chosen(disengageReason));
    return { disengageConfirm: { requestSeqNum } };
  }

  /** Reports are acknowledged where that is wanted (§7.15.3). */
  inform({ requestSeqNum, needResponse }: InfoRequestResponse): RasMessage | null {
    return needResponse === true ? { infoRequestAck: { requestSeqNum } } : null;
  }

  /** The device is not registered any more: its calls are none of our business. */
  gone(device: Registration): void {
    for (const call of [...this.calls.values()])
      if (call.parties.includes(device)) this.leave(call, device, 'unregistered');
  }

  /** DRQ of ours to everybody in the call. */
  drop(callIdentifier: string): void {
    const call = this.calls.get(callIdentifier);
    if (!call) return;
    for (const device of call.parties) {
      const message: RasMessage = {
        disengageRequest: {
          requestSeqNum: 1,
          endpointIdentifier: device.endpointIdentifier,
          gatekeeperIdentifier: this.shared.settings.identifier,
          conferenceID: Buffer.from(call.conferenceID, 'hex'),
          callReferenceValue: call.callReference,
          callIdentifier: { guid: Buffer.from(call.callIdentifier, 'hex') },
          disengageReason: { forcedDrop: true },
          answeredCall: device === call.called,
        },
      };
      this.shared.ask(device, message, () => undefined);
      this.leave(call, device, 'forcedDrop');
    }
  }

  end(): void {
    this.calls.clear();
    this.kbps = 0;
  }

  /** The call that is meant, or a new one that is not put in yet; null where there are too many. */
  private open(request: AdmissionRequest, device: Registration): Call | null {
    const key = keyOf(request);
    const known = this.calls.get(key);
    if (known) return known;
    const { calls, callsPerDevice } = this.shared.settings.limits;
    const its = [...this.calls.values()].filter((call) => call.parties.includes(device)).length;
    if (this.calls.size >= calls || its >= callsPerDevice) return null;
    const guid = request.callIdentifier?.guid.toString('hex') ?? '0'.repeat(32);
    return new Call(key, guid, request.conferenceID.toString('hex'), request.callReferenceValue & 0x7fff);
  }

  /** What a call may have of what it wants; null for nothing. */
  private allowed(call: Call, wanted: number): number | null {
    const { perCallKbps, totalKbps } = this.shared.settings.bandwidth;
    const kbps = Math.min(wanted, perCallKbps ?? wanted);
    return totalKbps !== null && this.kbps - call.kbps + kbps > totalKbps ? null : kbps;
  }

  private setRate(call: Call, kbps: number): void {
    this.kbps += kbps - call.kbps;
    call.kbps = kbps;
  }

  private called(call: Call, device: Registration, request: AdmissionRequest, found: Found): void {
    call.caller = device;
    call.dialled = aliasTexts(request.destinationInfo);
    call.callModel = found.callModel;
  }

  private confirm(
    { requestSeqNum, canMapAlias }: AdmissionRequest,
    call: Call,
    device: Registration,
    found: Found | null,
    { from }: Asked,
  ): RasMessage {
    const { settings, host } = this.shared;
    // Who is called is told its own address: the component must be there.
    const address = found?.address ?? device.signalling[0] ?? host.signallingFor(from);
    const mapped = canMapAlias === true && found && found.dialled !== null ? [aliasOf(found.dialled)] : undefined;
    return {
      admissionConfirm: {
        requestSeqNum,
        bandWidth: call.kbps * 10,
        callModel: call.callModel === 'direct' ? { direct: true } : { gatekeeperRouted: true },
        destCallSignalAddress: transportOf(address),
        irrFrequency: settings.reports ?? undefined,
        destinationInfo: mapped,
        willRespondToIRR: settings.reports !== null,
        uuiesRequested: nothingOfSignalling,
      },
    };
  }

  private leave(call: Call, device: Registered, reason: string): void {
    if (call.caller === device) call.caller = null;
    if (call.called === device) call.called = null;
    if (call.parties.length > 0) return;
    this.calls.delete(call.key);
    this.kbps -= call.kbps;
    this.shared.on.emit('disengaged', { call, reason });
  }
}

/** We do not want to see call signalling of direct calls in RAS. */
const nothingOfSignalling = {
  setup: false,
  callProceeding: false,
  connect: false,
  alerting: false,
  information: false,
  releaseComplete: false,
  facility: false,
  progress: false,
  empty: false,
};

function keyOf({ callIdentifier, conferenceID, callReferenceValue }: Names): string {
  if (callIdentifier?.guid.some((octet) => octet !== 0)) return callIdentifier.guid.toString('hex');
  return `${conferenceID.toString('hex')}/${callReferenceValue & 0x7fff}`;
}
