import assert from 'node:assert/strict';
import type { RasMessage, RegistrationConfirm } from '../../../../src/protocol/h323/h225/schema.js';
import type { Endpoint } from '../../../../src/base/net.js';
import { admitted, usualAnswer } from '../../../support/scripted-gatekeeper.js';
import { callOf, gatekeeperAt, type RasNet } from './rig.js';
import { alternate, begin, finish, scripted, second, type Script } from './scripted.js';

/** Adds to what a gatekeeper at `at` usually confirms. */
const naming =
  (which: 'gatekeeperConfirm' | 'registrationConfirm', more: Partial<RegistrationConfirm>, at = gatekeeperAt): Script =>
  (message) => {
    const answer = usualAnswer(message, at);
    const confirm = answer?.[which];
    return confirm && ({ [which]: { ...confirm, ...more } } as unknown as RasMessage);
  };
const home = { assignedGatekeeper: alternate(second) };
const askedOf = (net: RasNet, name: keyof RasMessage, to: Endpoint): number =>
  net.sent.filter((one) => one.message[name] && one.to.address === to.address).length;

describe('the gatekeeper that we are assigned to (H.225.0, assignedGatekeeper)', () => {
  it('is registered with in place of the one that names it when it is found', async () => {
    const { net, gatekeeper, client } = begin(naming('gatekeeperConfirm', home));
    const other = scripted(net, undefined, second);
    await net.run(1000);
    assert.deepEqual(gatekeeper.names(), ['gatekeeperRequest']);
    assert.deepEqual(other.names(), ['gatekeeperRequest', 'registrationRequest']);
    assert.ok(net.named('gatekeeperRequest')[0]?.supportsAssignedGK);
    assert.ok(net.named('registrationRequest')[0]?.supportsAssignedGK);
    assert.deepEqual([client.state, client.gatekeeper], ['registered', second]);
    await finish(net, client);
  });

  it('is done without while it is silent, and not asked again and again', async () => {
    const { net, client } = begin(naming('gatekeeperConfirm', home));
    await net.run(30_000);
    assert.deepEqual([client.state, client.gatekeeper], ['registered', gatekeeperAt]);
    assert.equal(askedOf(net, 'gatekeeperRequest', second), 3);
    await finish(net, client);
  });

  it('is gone to when it comes back, and nothing is lost before', async () => {
    const { net, client, lost } = begin(naming('registrationConfirm', home));
    await net.run(100_000);
    assert.deepEqual([client.gatekeeper, lost], [gatekeeperAt, []]);
    scripted(net, undefined, second);
    await net.run(60_000);
    assert.deepEqual([client.state, client.gatekeeper, lost], ['registered', second, ['assigned']]);
    assert.equal(askedOf(net, 'unregistrationRequest', gatekeeperAt), 1);
    await finish(net, client);
  });

  it('is for the gatekeeper to see to where that says so', async () => {
    const { net, client } = begin(naming('registrationConfirm', { ...home, rehomingModel: { gatekeeperBased: true } }));
    const other = scripted(net, undefined, second);
    await net.run(100_000);
    assert.deepEqual([client.gatekeeper, other.heard], [gatekeeperAt, []]);
    await finish(net, client);
  });

  it('is gone to when no call is left, where an admission names it', async () => {
    const { net, client } = begin(
      ({ admissionRequest: one }) => one && admitted(one.requestSeqNum, { assignedGatekeeper: alternate(second) }),
    );
    scripted(net, undefined, second);
    await net.run(1000);
    const admitting = client.admit(callOf(['1002']));
    await net.run(100_000);
    const call = await admitting;
    assert.deepEqual(client.gatekeeper, gatekeeperAt);
    call.disengage();
    await net.run(60_000);
    assert.deepEqual([client.state, client.gatekeeper], ['registered', second]);
    await finish(net, client);
  });

  it('is changed rarely where two assign us to each other', async () => {
    const { net, client, lost } = begin(naming('registrationConfirm', home));
    scripted(net, naming('registrationConfirm', { assignedGatekeeper: alternate(gatekeeperAt) }, second), second);
    await net.run(1_200_000);
    assert.ok(lost.length >= 2 && lost.length <= 4, `${lost.length}`);
    assert.equal(client.state, 'registered');
    await finish(net, client);
  });
});
