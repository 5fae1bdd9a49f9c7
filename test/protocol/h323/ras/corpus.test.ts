import assert from 'node:assert/strict';
import { decode } from '../../../../src/protocol/asn1/codec.js';
import { RasMessage } from '../../../../src/protocol/h323/h225/schema.js';
import type { Endpoint } from '../../../../src/base/net.js';
import { endpointOf } from '../../../../src/protocol/h323/addresses.js';
import {
  answers,
  answersTo,
  bodyOf,
  nameOf,
  writeRas,
  type RequestName,
} from '../../../../src/protocol/h323/ras/messages.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { pdus, synthetic } from '../goldens.js';
import { clientOn, exchange, gatekeeperAt, gatekeeperOn, RasNet } from './rig.js';

const all = [...pdus, ...synthetic]
  .filter(({ type }) => type === 'RasMessage')
  .map(({ name, hex }) => {
    const decoded = decode(RasMessage, Buffer.from(hex, 'hex'));
    assert.ok(decoded.ok);
    return { name, message: decoded.value, octets: Buffer.from(hex, 'hex') };
  });
const requests = all.filter(({ message }) => nameOf(message) in answersTo);

describe('messages of RAS from other stacks', () => {
  it('that are requests are answered by the gatekeeper with what answers them', async () => {
    const net = new RasNet(new ManualClock());
    const { gatekeeper } = gatekeeperOn(net, { identifier: 'gk', authentication: 'off' });
    for (const { name, message, octets } of requests) {
      const from = endpointOf(message.gatekeeperRequest?.rasAddress ?? message.registrationRequest?.rasAddress[0]);
      const back = await exchange(net, from ?? { address: '192.0.2.99', port: 1719 }, octets);
      const wanted = nameOf(message) as RequestName;
      // A report of nobody in particular, and one that wants no answer.
      if (message.infoRequestResponse) continue;
      const understood = back.filter((one) => answers(wanted, nameOf(one)) || one.unknownMessageResponse);
      // What a gatekeeper asks a device, and news of a device that we do not know.
      const ours = message.infoRequest ?? message.serviceControlIndication ?? message.resourcesAvailableIndicate;
      assert.equal(understood.length, ours ? back.length : 1, `${name}: ${back.map(nameOf).join()}`);
      for (const one of understood) assert.equal(bodyOf(one)?.requestSeqNum, bodyOf(message)?.requestSeqNum, name);
    }
    gatekeeper.end();
    assert.equal(net.clock.pending, 0);
  });

  it('that register are registered, call, and leave, as they did', async () => {
    const net = new RasNet(new ManualClock());
    const { gatekeeper } = gatekeeperOn(net, { identifier: 'gk-direct', authentication: 'off' });
    const registered = new Map<string, Endpoint>();
    for (const { message } of requests) {
      const request = message.registrationRequest;
      const from = endpointOf(request?.rasAddress[0]);
      if (!request || request.keepAlive === true || request.gatekeeperIdentifier !== 'gk-direct' || !from) continue;
      const answer = (await exchange(net, from, writeRas(message), 8000)).at(-1);
      const confirm = answer?.registrationConfirm;
      if (!confirm) {
        assert.ok(answer?.registrationReject?.rejectReason.duplicateAlias, JSON.stringify(answer));
        continue;
      }
      assert.deepEqual(confirm.terminalAlias, request.terminalAlias);
      registered.set(confirm.endpointIdentifier, from);
    }
    assert.ok(registered.size >= 2, `${registered.size}`);
    for (const [endpointIdentifier, from] of registered) {
      const unregistration = { requestSeqNum: 9, callSignalAddress: [], endpointIdentifier };
      const [answer] = await exchange(net, from, { unregistrationRequest: unregistration });
      if (gatekeeper.registrations().some((one) => one.endpointIdentifier === endpointIdentifier))
        assert.fail('still there');
      assert.ok(answer, 'no answer');
    }
    assert.equal(gatekeeper.registrations().length, 0);
    gatekeeper.end();
    assert.equal(net.clock.pending, 0);
  });

  it('do not disturb a client that asked for none of them, wherever they come from', async () => {
    const net = new RasNet(new ManualClock());
    const { gatekeeper } = gatekeeperOn(net);
    const { client, ras } = clientOn(net, ['carol']);
    client.start();
    await net.run(500);
    assert.equal(client.state, 'registered');
    for (const { message, octets } of all) {
      // These two it must obey.
      if (message.unregistrationRequest || message.disengageRequest) continue;
      for (const from of [gatekeeperAt, { address: '192.0.2.66', port: 1719 }]) net.send({ octets, from, to: ras });
      await net.run(50);
    }
    assert.equal(client.state, 'registered');
    const stopped = client.stop();
    await net.run(1000);
    await stopped;
    gatekeeper.end();
    assert.equal(net.clock.pending, 0);
  });
});
