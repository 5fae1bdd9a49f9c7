import type { Endpoint } from '../../../../base/net.js';
import { chosen } from '../../../asn1/choice.js';
import { endpointOf, sameEndpoint } from '../../addresses.js';
import type {
  AdmissionConfirm,
  AlternateGK,
  BandwidthRequest,
  DisengageRequest,
  InfoRequest,
  RasMessage,
} from '../../h225/schema.js';
import { addressesOf } from '../alternates.js';
import type { Admission, AdmissionAsk, ClientSettings, GatekeptCall } from '../contract.js';
import { NotRegistered, RasRefused, RasSilent } from '../errors.js';
import { rejectReason } from '../messages.js';
import { replyTo } from '../reply.js';
import { admissionRequest, bandwidthRequest, disengageRequest, infoResponse } from './call-messages.js';
import type { ClientTools, Courier } from './courier.js';
import { successors, temporary, type Candidate } from './gatekeepers.js';
import type { OpenCall, Registration } from './state.js';

/** What calls need of the registration. */
export interface CallsOwner {
  registration(): Registration | null;
  /** The registration that is being made; null when there will be none soon. */
  settled(): Promise<Registration | null>;
  /** The gatekeeper does not know us any more. */
  again(): void;
  /** Look whether it is still there. */
  check(): void;
  /** The gatekeeper named these in its place: whether we register there now. */
  moved(named: readonly AlternateGK[]): boolean;
  /** Whom we are assigned to, as an admission says. */
  assigned(home: AlternateGK): void;
  /** Other gatekeepers that know us already. */
  others(): readonly Candidate[];
}

/** Reasons of a refusal that mean "register again". */
const unknownToThem = new Set(['callerNotRegistered', 'invalidEndpointIdentifier', 'notRegistered']);
/** Reports come no more often than this, whatever is asked for. */
const shortestReportSeconds = 5;

/** Calls for which the gatekeeper was asked: admission, bandwidth, reports, their end (H.225.0 §7.11 to §7.16). */
export class ClientCalls {
  private readonly open = new Map<string, OpenCall>();

  constructor(
    private readonly settings: ClientSettings,
    private readonly tools: ClientTools,
    private readonly courier: Courier,
    private readonly owner: CallsOwner,
  ) {}

  get size(): number {
    return this.open.size;
  }

  async admit(ask: AdmissionAsk): Promise<GatekeptCall> {
    let held = await this.registration();
    const granted = preGranted(ask, held);
    if (granted) return this.begin(ask, granted, held.preGranted?.irrFrequencyInCall, false);
    let answer = await this.admission(ask, held);
    if (unknownToThem.has(rejectReason(answer) ?? '')) {
      // It was restarted, say: the call need not suffer for it.
      this.owner.again();
      held = await this.registration();
      answer = await this.admission(ask, held);
    } else if (answer.admissionReject && this.owner.moved(successors(answer.admissionReject))) {
      held = await this.registration();
      answer = await this.admission(ask, held);
    }
    const [confirm, ...others] = answer.admissionConfirm
      ? [answer.admissionConfirm]
      : (answer.admissionConfirmSequence ?? []);
    if (!confirm) throw this.refusal('admissionRequest', answer);
    if (confirm.assignedGatekeeper) this.owner.assigned(confirm.assignedGatekeeper);
    const willRespond = confirm.willRespondToIRR ?? held.willRespondToIRR;
    return this.begin(ask, admissionOf(ask, held, confirm, others), confirm.irrFrequency, true, willRespond);
  }

  /** The registration is gone, and with it what the gatekeeper knew of calls. They go on without it. */
  unregistered(): void {
    for (const call of this.open.values()) {
      call.reports?.cancel();
      call.known = false;
    }
  }

  end(): void {
    for (const call of this.open.values()) call.reports?.cancel();
    this.open.clear();
  }

  /** DRQ: the gatekeeper wants an end. */
  drop({ callIdentifier, conferenceID, callReferenceValue, disengageReason }: DisengageRequest): void {
    const call = this.find(callIdentifier?.guid, conferenceID, callReferenceValue);
    if (!call) return;
    this.close(call);
    call.ask.dropped(chosen(disengageReason));
  }

  /** BRQ of the gatekeeper. */
  limit({ requestSeqNum, callIdentifier, conferenceID, callReferenceValue, bandWidth }: BandwidthRequest): RasMessage {
    const call = this.find(callIdentifier?.guid, conferenceID, callReferenceValue);
    const kbps = Math.floor(bandWidth / 10);
    const rejectReason = call ? ({ undefinedReason: true } as const) : ({ invalidConferenceID: true } as const);
    if (!call || (kbps < call.kbps && !call.ask.limited))
      return { bandwidthReject: { requestSeqNum, rejectReason, allowedBandWidth: (call?.kbps ?? 0) * 10 } };
    if (kbps < call.kbps) call.ask.limited?.(kbps);
    call.kbps = kbps;
    return { bandwidthConfirm: { requestSeqNum, bandWidth } };
  }

  /** IRQ: about one call, or about all with CRV 0. */
  inform(request: InfoRequest, from: Endpoint): void {
    const held = this.owner.registration();
    if (!held) return;
    const { requestSeqNum, callReferenceValue, callIdentifier } = request;
    const all = callReferenceValue === 0 && !callIdentifier?.guid.some((octet) => octet !== 0);
    const one = all ? null : this.find(callIdentifier?.guid, null, callReferenceValue);
    const calls = all ? [...this.open.values()] : one ? [one] : [];
    const invalid = !all && !one;
    const response = infoResponse(this.settings, held, calls, {
      requestSeqNum,
      needResponse: false,
      invalid,
      unsolicited: false,
    });
    this.courier.send(response, replyTo(request.replyAddress, from));
  }

  private async registration(): Promise<Registration> {
    const held = await this.owner.settled();
    if (!held) throw new NotRegistered();
    return held;
  }

  /** Asks; where a refusal names other gatekeepers for the moment, asks those too, and where it is silent, those that know us. */
  private async admission(ask: AdmissionAsk, held: Registration): Promise<RasMessage> {
    const message = admissionRequest(ask, held);
    let answer = await this.asked(message, held.gatekeeper).catch(async (silence: unknown) => {
      for (const { ras } of this.owner.others()) {
        const answer = await this.asked(message, ras).catch(() => null);
        if (answer) return answer;
      }
      throw silence;
    });
    for (const { ras } of temporary(answer.admissionReject?.altGKInfo)) {
      answer = await this.asked(message, ras);
      if (!answer.admissionReject) break;
    }
    return answer;
  }

  private asked(message: RasMessage, to: Endpoint): Promise<RasMessage> {
    return new Promise((resolve, reject) => {
      this.courier.ask(message, to, (answer) => {
        if (answer) return resolve(answer);
        const held = this.owner.registration();
        if (held && sameEndpoint(held.gatekeeper, to)) this.owner.check();
        reject(new RasSilent('admissionRequest'));
      });
    });
  }

  private refusal(request: string, answer: RasMessage): RasRefused {
    const reason = rejectReason(answer) ?? 'undefinedReason';
    if (unknownToThem.has(reason)) this.owner.again();
    return new RasRefused(request, reason);
  }

  private begin(
    ask: AdmissionAsk,
    admission: Admission,
    every: number | undefined,
    known: boolean,
    willRespondToIRR = false,
  ): GatekeptCall {
    const { kbps, callModel } = admission;
    const call: OpenCall = { ask, kbps, callModel, known, willRespondToIRR, reports: null };
    this.open.get(ask.callIdentifier)?.reports?.cancel();
    this.open.set(ask.callIdentifier, call);
    if (every !== undefined) {
      const ms = Math.max(shortestReportSeconds, every) * 1000;
      call.reports = this.tools.clock.every(ms, () => this.report(call));
    }
    return {
      admission,
      bandwidth: (wanted) => this.bandwidth(call, wanted),
      disengage: (cause) => this.disengage(call, cause),
    };
  }

  /** IRR of our own accord; repeated until acknowledged where the gatekeeper does that. */
  private report(call: OpenCall): void {
    const held = this.owner.registration();
    if (!held) return;
    const requestSeqNum = this.courier.nextNumber();
    const needResponse = call.willRespondToIRR;
    const details = { requestSeqNum, needResponse, invalid: false, unsolicited: true };
    const message = infoResponse(this.settings, held, [call], details);
    if (needResponse) this.courier.ask(message, held.gatekeeper, (answer) => this.reported(answer));
    else this.courier.send(message, held.gatekeeper);
  }

  private reported(answer: RasMessage | null): void {
    if (answer?.infoRequestNak?.nakReason.notRegistered) this.owner.again();
  }

  private bandwidth(call: OpenCall, kbps: number): Promise<number> {
    const held = this.owner.registration();
    // Nobody watches: what was not limited is free.
    if (!held || !call.known) return Promise.resolve((call.kbps = kbps));
    return new Promise((resolve, reject) => {
      this.courier.ask(bandwidthRequest(call, held, kbps), held.gatekeeper, (answer) => {
        if (answer?.bandwidthConfirm) resolve((call.kbps = Math.floor(answer.bandwidthConfirm.bandWidth / 10)));
        else reject(answer ? this.refusal('bandwidthRequest', answer) : new RasSilent('bandwidthRequest'));
      });
    });
  }

  private disengage(call: OpenCall, cause: number | undefined): void {
    if (this.open.get(call.ask.callIdentifier) !== call) return;
    this.close(call);
    const held = this.owner.registration();
    if (held && call.known) this.courier.ask(disengageRequest(call, held, cause), held.gatekeeper, () => undefined);
  }

  private close(call: OpenCall): void {
    call.reports?.cancel();
    this.open.delete(call.ask.callIdentifier);
  }

  private find(guid: Buffer | undefined, conference: Buffer | null, reference: number): OpenCall | null {
    const named = guid && this.open.get(guid.toString('hex'));
    if (named) return named;
    // Version 1 has no call identifier.
    for (const call of this.open.values()) {
      const { conferenceID, callReference } = call.ask;
      const same = conference === null || conferenceID === conference.toString('hex');
      if (same && callReference === (reference & 0x7fff) && !guid?.some((octet) => octet !== 0)) return call;
    }
    return null;
  }
}

/** What the registration allows without asking; null where one must ask. */
function preGranted(
  ask: AdmissionAsk,
  { preGranted: given, signalling, endpointIdentifier }: Registration,
): Admission | null {
  if (!given || !(ask.answerCall ? given.answerCall : given.makeCall)) return null;
  const routed = ask.answerCall ? given.useGKCallSignalAddressToAnswer : given.useGKCallSignalAddressToMakeCall;
  const address = ask.answerCall ? null : routed ? (signalling[0] ?? null) : (ask.destinationAddress ?? null);
  // Names can only be resolved by the gatekeeper.
  if (!ask.answerCall && !address) return null;
  return {
    callModel: routed ? 'gatekeeperRouted' : 'direct',
    address,
    alternates: [],
    destination: ask.destination,
    remoteExtension: null,
    kbps: ask.kbps,
    endpointIdentifier,
  };
}

function admissionOf(
  ask: AdmissionAsk,
  held: Registration,
  confirm: AdmissionConfirm,
  others: readonly AdmissionConfirm[],
): Admission {
  const further = others.map(({ destCallSignalAddress }) => endpointOf(destCallSignalAddress));
  return {
    callModel: confirm.callModel.gatekeeperRouted ? 'gatekeeperRouted' : 'direct',
    address: ask.answerCall ? null : endpointOf(confirm.destCallSignalAddress),
    alternates: [...addressesOf(confirm.alternateEndpoints), ...further.filter((one) => one !== null)],
    destination: confirm.destinationInfo ?? ask.destination,
    remoteExtension: confirm.remoteExtensionAddress?.[0] ?? null,
    kbps: Math.floor(confirm.bandWidth / 10),
    endpointIdentifier: held.endpointIdentifier,
  };
}
