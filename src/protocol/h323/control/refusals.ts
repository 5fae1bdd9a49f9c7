import type {
  CommandMessage,
  ConferenceRequest,
  ConferenceResponse,
  FunctionNotUnderstood,
  IndicationMessage,
  LogicalChannelRateRequest,
  MaintenanceLoopRequest,
  MultimediaSystemControlMessage,
  ResponseMessage,
} from '../h245/schema.js';

/** Loops of media are for the laboratory. */
export function refuseLoop({ type }: MaintenanceLoopRequest): ResponseMessage {
  return {
    maintenanceLoopReject: {
      type: type.unknownAlternative ? { systemLoop: true } : type,
      cause: { canNotPerformLoop: true },
    },
  };
}

/** The rate of a channel is the sender's, within flow control. */
export function refuseRate({ sequenceNumber, logicalChannelNumber }: LogicalChannelRateRequest): ResponseMessage {
  return {
    logicalChannelRateReject: { sequenceNumber, logicalChannelNumber, rejectReason: { undefinedReason: true } },
  };
}

/** Chair control and lists of H.243: what can be refused by its own response is; null for the rest. */
export function refuseConference(request: ConferenceRequest): ConferenceResponse | null {
  if (request.makeMeChair) return { makeMeChairResponse: { deniedChairToken: true } };
  if (request.dropTerminal) return { terminalDropReject: true };
  if (request.broadcastMyLogicalChannel !== undefined) {
    return { broadcastMyLogicalChannelResponse: { deniedBroadcastMyLogicalChannel: true } };
  }
  if (request.makeTerminalBroadcaster) {
    return { makeTerminalBroadcasterResponse: { deniedMakeTerminalBroadcaster: true } };
  }
  if (request.sendThisSource) return { sendThisSourceResponse: { deniedSendThisSource: true } };
  if (request.remoteMCRequest) return { remoteMCResponse: { reject: { functionNotSupported: true } } };
  return null;
}

/**
 * What is answered to a message that we do nothing with: a known one is returned as not understood, one of a later version
 * as not supported; indications are never answered.
 */
export function refusalOf(pdu: MultimediaSystemControlMessage): IndicationMessage | null {
  const { request, response, command } = pdu;
  if (request) return request.unknownAlternative ? unknownFunction : notUnderstood({ request });
  if (response) return response.unknownAlternative ? unknownFunction : notUnderstood({ response });
  if (command) return answerable(command) ? notUnderstood({ command }) : null;
  return pdu.unknownAlternative ? unknownFunction : null;
}

/** Commands of a later version, and of another product, are only left undone. */
function answerable(command: CommandMessage): boolean {
  return !command.nonStandard && !command.unknownAlternative;
}

const unknownFunction: IndicationMessage = { functionNotSupported: { cause: { unknownFunction: true } } };

function notUnderstood(functionNotUnderstood: FunctionNotUnderstood): IndicationMessage {
  return { functionNotUnderstood };
}

/** Octets that are no message. They are not sent back: nobody can read them. */
export const notAMessage: IndicationMessage = { functionNotSupported: { cause: { syntaxError: true } } };
