import assert from 'node:assert/strict';
import { transportOf } from '../../../../src/protocol/h323/addresses.js';
import type { RasMessage, RegistrationReject } from '../../../../src/protocol/h323/h225/schema.js';
import type { ClientState } from '../../../../src/protocol/h323/ras/contract.js';
import type { RegistrationClient } from '../../../../src/protocol/h323/ras/client/client.js';
import { nameOf, protocolIdentifier, writeRas } from '../../../../src/protocol/h323/ras/messages.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { clientOn, gatekeeperAt, RasNet } from './rig.js';

export type Script = (message: RasMessage) => RasMessage | null | undefined;
export const second = { address: '192.0.2.2', port: 1719 };
export const alternate = (at = second, needToRegister = true, priority = 1) => ({
  rasAddress: transportOf(at),
  needToRegister,
  priority,
});

/** A gatekeeper that says what a test wants: `over` first, else what is usual. */
export function scripted(net: RasNet, over: Script = () => null, at = gatekeeperAt) {
  const heard: RasMessage[] = [];
  const usual = (message: RasMessage): RasMessage | null => {
    const { gatekeeperRequest, registrationRequest, unregistrationRequest, admissionRequest, disengageRequest } =
      message;
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
    if (admissionRequest) return admitted(admissionRequest.requestSeqNum);
    return null;
  };
  net.attach(at, (octets, from, send) => {
    const message = net.sent.findLast((one) => one.octets.equals(octets))?.message;
    assert.ok(message);
    heard.push(message);
    const answer = over(message) ?? usual(message);
    if (answer) send(writeRas(answer), from);
  });
  return { heard, names: () => heard.map(nameOf) };
}

export function admitted(requestSeqNum: number, irrFrequency?: number): RasMessage {
  const destCallSignalAddress = transportOf({ address: '192.0.2.77', port: 1720 });
  return {
    admissionConfirm: {
      requestSeqNum,
      bandWidth: 5000,
      callModel: { direct: true },
      destCallSignalAddress,
      irrFrequency,
    },
  };
}

export const rejected = (
  requestSeqNum: number,
  rejectReason: RegistrationReject['rejectReason'],
  more = {},
): RasMessage => ({
  registrationReject: { requestSeqNum, protocolIdentifier, rejectReason, ...more },
});

export function begin(over?: Script, settings: Parameters<typeof clientOn>[2] = {}) {
  const net = new RasNet(new ManualClock());
  const gatekeeper = scripted(net, over);
  const made = clientOn(net, ['carol', '1003'], settings);
  const states: ClientState[] = [];
  const lost: string[] = [];
  made.client.on.on('state', (state) => states.push(state));
  made.client.on.on('lost', ({ reason }) => lost.push(reason));
  made.client.start();
  return { net, gatekeeper, states, lost, ...made };
}

export async function finish(net: RasNet, client: RegistrationClient): Promise<void> {
  const stopped = client.stop();
  await net.run(10_000);
  await stopped;
  assert.equal(client.state, 'idle');
  assert.equal(net.clock.pending, 0);
}
