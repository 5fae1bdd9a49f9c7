import type { GenericMessage, IndicationMessage, MultimediaSystemControlMessage } from '../h245/schema.js';
import type { CommandMessage, RequestMessage, ResponseMessage } from '../h245/schema.js';
import { readH239 } from '../h239/messages.js';
import type { RateRelease } from '../h239/rate.js';
import type { Token } from '../h239/token.js';
import type { Channels } from './channels.js';
import { readVendor, type ChannelCommands, type Emit } from './commands.js';
import type { Determination } from './determination.js';
import type { CapabilityExchange } from './exchange.js';
import type { Modes } from './modes.js';
import { notAMessage, refusalOf, refuseConference, refuseLoop, refuseRate } from './refusals.js';
import type { RoundTrip } from './round-trip.js';
import { readUserInput } from './user-input.js';
import type { Wire } from './wire.js';

/** The parts of a session that messages go to. */
export interface Procedures {
  wire: Wire;
  exchange: CapabilityExchange;
  determination: Determination;
  channels: Channels;
  trips: RoundTrip;
  modes: Modes;
  token: Token;
  rates: RateRelease;
  commands: ChannelCommands;
}

/** Messages that we do nothing with are answered so often in a call: a broken peer shall not keep us busy. */
const mostRefusals = 50;

/** Brings every message to its procedure, and answers those that have none. */
export class Dispatcher {
  private refusals = 0;

  constructor(
    private readonly to: Procedures,
    private readonly emit: Emit,
  ) {}

  dispatch(pdu: MultimediaSystemControlMessage): void {
    const { request, response, command, indication } = pdu;
    const known =
      (request && this.onRequest(request)) ||
      (response && this.onResponse(response)) ||
      (command && this.onCommand(command, pdu)) ||
      (indication && this.onIndication(indication));
    if (!known) this.refuse(refusalOf(pdu));
  }

  /** Octets that are no message. */
  garbled(): void {
    this.emit('quirk', { label: 'garbled' });
    this.refuse(notAMessage);
  }

  private refuse(answer: IndicationMessage | null): void {
    if (answer === null || this.refusals >= mostRefusals) return;
    this.refusals++;
    this.to.wire.indicate(answer);
  }

  private onRequest(request: RequestMessage): boolean {
    const { exchange, determination, channels, trips, modes, wire } = this.to;
    if (channels.onRequest(request)) return true;
    if (request.terminalCapabilitySet) exchange.onSet(request.terminalCapabilitySet);
    else if (request.masterSlaveDetermination) determination.onRequest(request.masterSlaveDetermination);
    else if (request.roundTripDelayRequest) trips.onRequest(request.roundTripDelayRequest.sequenceNumber);
    else if (request.requestMode) modes.onRequest(request.requestMode);
    else if (request.maintenanceLoopRequest) wire.respond(refuseLoop(request.maintenanceLoopRequest));
    else if (request.genericRequest) return this.onGeneric(request.genericRequest);
    else if (request.logicalChannelRateRequest) wire.respond(refuseRate(request.logicalChannelRateRequest));
    else if (request.conferenceRequest) {
      // it has no answer, and nobody has the chair
      if (request.conferenceRequest.cancelMakeMeChair) return true;
      const conferenceResponse = refuseConference(request.conferenceRequest);
      if (conferenceResponse === null) return false;
      wire.respond({ conferenceResponse });
    } else return false;
    return true;
  }

  private onResponse(response: ResponseMessage): boolean {
    const { exchange, determination, channels, trips, modes } = this.to;
    if (channels.onResponse(response)) return true;
    if (response.terminalCapabilitySetAck) exchange.onAck(response.terminalCapabilitySetAck);
    else if (response.terminalCapabilitySetReject) exchange.onReject(response.terminalCapabilitySetReject);
    else if (response.masterSlaveDeterminationAck) determination.onAck(response.masterSlaveDeterminationAck);
    else if (response.masterSlaveDeterminationReject) determination.onReject();
    else if (response.roundTripDelayResponse) trips.onResponse(response.roundTripDelayResponse.sequenceNumber);
    else if (response.requestModeAck) modes.onAck(response.requestModeAck);
    else if (response.requestModeReject) modes.onReject(response.requestModeReject);
    else if (response.genericResponse) return this.onGeneric(response.genericResponse);
    else return false;
    return true;
  }

  private onCommand(command: CommandMessage, pdu: MultimediaSystemControlMessage): boolean {
    const { exchange, commands } = this.to;
    if (command.sendTerminalCapabilitySet) exchange.again();
    else if (command.flowControlCommand) commands.onFlowControl(command.flowControlCommand);
    else if (command.miscellaneousCommand) {
      if (!commands.onCommand(command.miscellaneousCommand)) this.emit('encryption', { pdu });
    } else if (command.genericCommand) return this.onGeneric(command.genericCommand);
    // No loop is ever on, and what a conference commands of its members is for others.
    else return command.maintenanceLoopOffCommand !== undefined || command.conferenceCommand !== undefined;
    return true;
  }

  /** Indications that mean nothing to us are left alone: always true. */
  private onIndication(indication: IndicationMessage): true {
    const { determination, channels, modes, commands } = this.to;
    if (indication.userInput) this.onUserInput(indication.userInput);
    else if (indication.miscellaneousIndication) commands.onIndication(indication.miscellaneousIndication);
    else if (indication.openLogicalChannelConfirm) {
      channels.onConfirm(indication.openLogicalChannelConfirm.forwardLogicalChannelNumber);
    } else if (indication.masterSlaveDeterminationRelease) determination.onRelease();
    else if (indication.requestModeRelease) modes.onRelease();
    else if (indication.genericIndication) this.onGeneric(indication.genericIndication);
    else if (indication.vendorIdentification) this.emit('vendor', readVendor(indication.vendorIdentification));
    else if (indication.functionNotUnderstood || indication.functionNotSupported) {
      this.emit('quirk', { label: 'did_not_understand_us' });
    }
    return true;
  }

  private onUserInput(indication: NonNullable<IndicationMessage['userInput']>): void {
    const input = readUserInput(indication);
    if (input?.kind === 'input') {
      const { form, text, durationMs } = input;
      this.emit('userInput', { form, text, durationMs });
    } else if (input) this.emit('userInputUpdate', { durationMs: input.durationMs });
  }

  private onGeneric(message: GenericMessage): boolean {
    const read = readH239(message);
    if (read === null) return false;
    if (read.kind === 'rateRequest' || read.kind === 'rateResponse') this.to.rates.onMessage(read);
    else this.to.token.onMessage(read);
    return true;
  }
}
