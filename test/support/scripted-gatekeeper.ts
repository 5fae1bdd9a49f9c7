import type { Endpoint, Net } from '../../src/base/net.js';
import { transportOf } from '../../src/protocol/h323/addresses.js';
import type { AdmissionConfirm, RasMessage } from '../../src/protocol/h323/h225/schema.js';
import { protocolIdentifier, readRas, writeRas } from '../../src/protocol/h323/ras/messages.js';

/** What a gatekeeper at `at` says that grants everything; null to what it does not answer. */
export function usualAnswer(message: RasMessage, at: Endpoint): RasMessage | null {
  const { gatekeeperRequest, registrationRequest, unregistrationRequest, admissionRequest, disengageRequest } = message;
  if (gatekeeperRequest)
    return {
      gatekeeperConfirm: {
        requestSeqNum: gatekeeperRequest.requestSeqNum,
        protocolIdentifier,
        rasAddress: transportOf(at),
        gatekeeperIdentifier: 'gk',
      },
    };
  if (registrationRequest)
    return {
      registrationConfirm: {
        requestSeqNum: registrationRequest.requestSeqNum,
        protocolIdentifier,
        callSignalAddress: [],
        endpointIdentifier: 'ep1',
        gatekeeperIdentifier: 'gk',
        timeToLive: 60,
      },
    };
  if (unregistrationRequest) return { unregistrationConfirm: { requestSeqNum: unregistrationRequest.requestSeqNum } };
  if (disengageRequest) return { disengageConfirm: { requestSeqNum: disengageRequest.requestSeqNum } };
  return admissionRequest ? admitted(admissionRequest.requestSeqNum) : null;
}

/** Leave for a call to 192.0.2.77, or with what is said besides. */
export function admitted(requestSeqNum: number, more: Partial<AdmissionConfirm> = {}): RasMessage {
  const destCallSignalAddress = transportOf({ address: '192.0.2.77', port: 1720 });
  return {
    admissionConfirm: { requestSeqNum, bandWidth: 5000, callModel: { direct: true }, destCallSignalAddress, ...more },
  };
}

/** A gatekeeper with a socket of its own that says what a test wants, else what is usual. */
export async function scriptedGatekeeper(
  net: Net,
  at: Endpoint,
  over: (message: RasMessage) => RasMessage | null | undefined,
): Promise<{ heard: RasMessage[]; send(message: RasMessage, to: Endpoint): void; close(): void }> {
  const socket = await net.udp(at);
  const heard: RasMessage[] = [];
  socket.onMessage((octets, from) => {
    const read = readRas(octets);
    if (!read.ok) return;
    heard.push(read.message);
    const answer = over(read.message) ?? usualAnswer(read.message, at);
    if (answer) socket.send(writeRas(answer), from);
  });
  return { heard, send: (message, to) => socket.send(writeRas(message), to), close: () => socket.close() };
}
