import assert from 'node:assert/strict';
import { transportOf } from '../../../../src/protocol/h323/addresses.js';
import type { RasMessage, RegistrationReject } from '../../../../src/protocol/h323/h225/schema.js';
import type { ClientState } from '../../../../src/protocol/h323/ras/contract.js';
import type { RegistrationClient } from '../../../../src/protocol/h323/ras/client/client.js';
import { nameOf, protocolIdentifier, writeRas } from '../../../../src/protocol/h323/ras/messages.js';
import { usualAnswer } from '../../../support/scripted-gatekeeper.js';
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
  net.attach(at, (octets, from, send) => {
    const message = net.sent.findLast((one) => one.octets.equals(octets))?.message;
    assert.ok(message);
    heard.push(message);
    const answer = over(message) ?? usualAnswer(message, at);
    if (answer) send(writeRas(answer), from);
  });
  return { heard, names: () => heard.map(nameOf) };
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
