import assert from 'node:assert/strict';
import { transportOf } from '../../../../src/protocol/h323/addresses.js';
import { aliasOf } from '../../../../src/protocol/h323/aliases.js';
import type { RasMessage } from '../../../../src/protocol/h323/h225/schema.js';
import { Gatekeepers } from '../../../../src/protocol/h323/ras/client/gatekeepers.js';
import { protocolIdentifier, writeRas } from '../../../../src/protocol/h323/ras/messages.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { usualAnswer } from '../../../support/scripted-gatekeeper.js';
import { clientOn, gatekeeperAt, password, RasNet } from './rig.js';
import { alternate, begin, finish, rejected, scripted, second } from './scripted.js';

describe('the registration with a gatekeeper', () => {
  it('begins with discovery, is kept alive in time, and ends with URQ', async () => {
    const { net, gatekeeper, states, client } = begin();
    await net.run(58_000);
    assert.deepEqual(states, ['discovering', 'registering', 'registered']);
    const [full, light] = net.named('registrationRequest');
    assert.ok(full?.discoveryComplete && full.keepAlive === false && full.gatekeeperIdentifier === 'gk');
    assert.deepEqual(full.terminalAlias, [{ 'h323-ID': 'carol' }, { dialledDigits: '1003' }]);
    assert.ok(light?.keepAlive && light.endpointIdentifier === 'ep1' && light.timeToLive === 60);
    assert.deepEqual(gatekeeper.names(), ['gatekeeperRequest', 'registrationRequest', 'registrationRequest']);
    await finish(net, client);
    assert.equal(net.named('unregistrationRequest')[0]?.endpointIdentifier, 'ep1');
  });

  it('goes without discovery where the gatekeeper is known', async () => {
    const { net, gatekeeper, client } = begin(undefined, { discover: false, gatekeeperIdentifier: 'gk' });
    await net.run(500);
    assert.deepEqual(gatekeeper.names(), ['registrationRequest']);
    assert.equal(client.state, 'registered');
    await finish(net, client);
  });

  it('finds a gatekeeper by multicast', async () => {
    const net = new RasNet(new ManualClock());
    scripted(net);
    net.attach({ address: '224.0.1.41', port: 1718 }, (octets, from) => net.send({ octets, from, to: gatekeeperAt }));
    const { client } = clientOn(net, ['carol'], { gatekeeper: 'multicast', discover: false });
    client.start();
    await net.run(1000);
    assert.equal(client.state, 'registered');
    assert.deepEqual(net.named('gatekeeperRequest').length, 2);
    await finish(net, client);
  });

  it('is tried again, ever more rarely, when nobody answers', async () => {
    const net = new RasNet(new ManualClock());
    const { client } = clientOn(net, ['carol']);
    client.start();
    await net.run(600_000);
    const times = net.named('gatekeeperRequest').length;
    assert.ok(times > 9 && times < 40, `${times}`);
    scripted(net);
    await net.run(400_000);
    assert.equal(client.state, 'registered');
    await finish(net, client);
  });

  it('is made anew when the gatekeeper was restarted', async () => {
    let restarted = false;
    const { net, states, lost, client } = begin(({ registrationRequest: request }) =>
      restarted && request?.keepAlive ? rejected(request.requestSeqNum, { fullRegistrationRequired: true }) : null,
    );
    await net.run(1000);
    restarted = true;
    await net.run(60_000);
    assert.deepEqual(lost, ['fullRegistrationRequired']);
    assert.deepEqual(states.slice(3), ['registering', 'registered']);
    await finish(net, client);
  });

  it('goes back to discovery when that is wanted, but not round and round', async () => {
    const { net, gatekeeper, client } = begin(
      ({ registrationRequest: request }) => request && rejected(request.requestSeqNum, { discoveryRequired: true }),
      { discover: false },
    );
    await net.run(4000);
    assert.deepEqual(gatekeeper.names(), ['registrationRequest', 'gatekeeperRequest', 'registrationRequest']);
    assert.equal(client.state, 'waiting');
    await finish(net, client);
  });

  for (const reason of [
    'duplicateAlias',
    'securityDenial',
    'invalidCallSignalAddress',
    'fullRegistrationRequired',
  ] as const) {
    it(`waits after ${reason}`, async () => {
      const why = reason === 'duplicateAlias' ? { duplicateAlias: [aliasOf('carol')] } : ({ [reason]: true } as never);
      const { net, client, gatekeeper } = begin(
        ({ registrationRequest: one }) => one && rejected(one.requestSeqNum, why),
      );
      const refused: string[] = [];
      client.on.on('refused', (one) => refused.push(one.reason));
      await net.run(4000);
      assert.deepEqual(refused, [reason]);
      assert.equal(client.state, 'waiting');
      assert.equal(gatekeeper.heard.length, 2);
      await finish(net, client);
    });
  }

  it('is lost when the gatekeeper goes silent, and moves to the alternate', async () => {
    let silent = false;
    const { net, lost, client } = begin((message) => {
      if (silent) return { requestInProgress: { requestSeqNum: 65_535, delay: 1 } };
      const request = message.registrationRequest;
      return (
        request && {
          registrationConfirm: {
            requestSeqNum: request.requestSeqNum,
            protocolIdentifier,
            callSignalAddress: [],
            endpointIdentifier: 'ep1',
            timeToLive: 60,
            alternateGatekeeper: [alternate({ address: '192.0.2.3', port: 1719 }, true, 9), alternate()],
          },
        }
      );
    });
    const other = scripted(net, undefined, second);
    await net.run(1000);
    silent = true;
    await net.run(75_000);
    assert.deepEqual(lost, ['silence']);
    assert.equal(client.state, 'registered');
    assert.deepEqual(other.names().slice(0, 2), ['gatekeeperRequest', 'registrationRequest']);
    assert.equal(client.describe()['gatekeeper'], '192.0.2.2:1719');
    await finish(net, client);
  });

  it('moves where a refusal sends it', async () => {
    const { net, client } = begin(
      ({ registrationRequest: one }) =>
        one &&
        rejected(
          one.requestSeqNum,
          { undefinedReason: true },
          { altGKInfo: { alternateGatekeeper: [alternate()], altGKisPermanent: true } },
        ),
    );
    scripted(net, undefined, second);
    await net.run(2000);
    assert.equal(client.state, 'registered');
    assert.equal(client.describe()['gatekeeper'], '192.0.2.2:1719');
    await finish(net, client);
  });

  it('that is taken back is asked for again, at once only when it had lasted', async () => {
    const { net, client, ras, lost } = begin();
    await net.run(1000);
    const urq = (): void => {
      const message: RasMessage = {
        unregistrationRequest: { requestSeqNum: 3, callSignalAddress: [], reason: { ttlExpired: true } },
      };
      net.send({ octets: writeRas(message), from: gatekeeperAt, to: ras });
    };
    urq();
    await net.run(500);
    assert.equal(client.state, 'waiting');
    await net.run(20_000);
    assert.equal(client.state, 'registered');
    urq();
    await net.run(500);
    assert.equal(client.state, 'registered');
    assert.deepEqual(lost, ['ttlExpired', 'ttlExpired']);
    assert.equal(net.named('unregistrationConfirm').length, 2);
    await finish(net, client);
  });

  it('that is taken back goes where the gatekeeper says, and waits where it was shut out', async () => {
    const { net, client, ras } = begin();
    scripted(net, undefined, second);
    await net.run(30_000);
    const urq = (from: typeof ras, more: object): void => {
      const message: RasMessage = { unregistrationRequest: { requestSeqNum: 3, callSignalAddress: [], ...more } };
      net.send({ octets: writeRas(message), from, to: ras });
    };
    urq(gatekeeperAt, { reason: { maintenance: true }, alternateGatekeeper: [alternate()] });
    await net.run(500);
    assert.deepEqual([client.state, client.gatekeeper], ['registered', second]);
    await net.run(30_000);
    urq(second, { reason: { securityDenial: true } });
    await net.run(500);
    assert.equal(client.state, 'waiting');
    await finish(net, client);
  });

  it('knows where its gatekeeper takes calls, whether signs of life are answered with that or not', async () => {
    const at = { address: '192.0.2.1', port: 1721 };
    let tells = true;
    const { net, client } = begin(({ registrationRequest: one }) => {
      const confirm = one && usualAnswer({ registrationRequest: one }, gatekeeperAt)?.registrationConfirm;
      return confirm && { registrationConfirm: { ...confirm, callSignalAddress: tells ? [transportOf(at)] : [] } };
    });
    await net.run(120_000);
    assert.deepEqual(client.places, [gatekeeperAt, at]);
    tells = false;
    await net.run(120_000);
    assert.deepEqual(client.places, [gatekeeperAt, at]);
    assert.ok(net.named('registrationRequest').length > 4);
    await finish(net, client);
  });

  it('goes to a gatekeeper that the first one named before it fell silent', async () => {
    const { net, client } = begin(({ gatekeeperRequest: one, registrationRequest }) => {
      if (registrationRequest) return { requestInProgress: { requestSeqNum: 65_535, delay: 1 } };
      const confirm = one && usualAnswer({ gatekeeperRequest: one }, gatekeeperAt)?.gatekeeperConfirm;
      return confirm && { gatekeeperConfirm: { ...confirm, alternateGatekeeper: [alternate()] } };
    });
    scripted(net, undefined, second);
    await net.run(10_000);
    assert.deepEqual([client.state, client.gatekeeper], ['registered', second]);
    await finish(net, client);
  });

  it('takes orders only from its gatekeeper', async () => {
    const { net, client, ras, metrics } = begin();
    await net.run(1000);
    const message: RasMessage = { unregistrationRequest: { requestSeqNum: 3, callSignalAddress: [] } };
    net.send({ octets: writeRas(message), from: { address: '192.0.2.66', port: 1719 }, to: ras });
    await net.run(500);
    assert.equal(client.state, 'registered');
    assert.equal(metrics.counted('dualstream_h323_ras_dropped_total', { reason: 'stray' }), 1);
    // an answer to nothing is not answered: two that do not understand each other would go on for ever
    const before = net.sent.length;
    const octets = writeRas({ disengageConfirm: { requestSeqNum: 40_000 } });
    net.send({ octets, from: gatekeeperAt, to: ras });
    await net.run(500);
    assert.equal(net.sent.length, before + 1);
    assert.equal(metrics.counted('dualstream_h323_ras_dropped_total', { reason: 'stray' }), 2);
    await finish(net, client);
  });

  it('takes no more than some gatekeepers that are named, the preferred first', () => {
    const first = { ras: gatekeeperAt, identifier: null, needToRegister: true };
    const named = Array.from({ length: 30 }, (_, index) =>
      alternate({ address: `192.0.2.${index + 100}`, port: 1719 }, true, index % 2 === 0 ? 5 : 2),
    );
    const gatekeepers = new Gatekeepers(first);
    assert.ok(gatekeepers.replace(named));
    const addresses = gatekeepers.known.map(({ ras }) => ras.address);
    assert.equal(addresses.length, 16);
    assert.deepEqual([addresses[0], addresses[8]], ['192.0.2.101', '192.0.2.100']);
  });

  it('with a password does not believe what is not proved by it', async () => {
    const { net, client, metrics, ras } = begin(undefined, password('carol', 'secret9'));
    await net.run(12_000);
    // The confirmation without password is dropped; a refusal would be believed.
    assert.equal(client.state, 'waiting');
    assert.ok(metrics.counted('dualstream_h323_ras_dropped_total', { reason: 'unproved' }) >= 3);
    // Its own request, sent back to it.
    const own = net.sent.find(({ message }) => message.registrationRequest);
    const unproved = (): number => metrics.counted('dualstream_h323_ras_dropped_total', { reason: 'unproved' });
    const before = unproved();
    net.send({ octets: own?.octets ?? assert.fail(), from: gatekeeperAt, to: ras });
    await net.run(500);
    assert.equal(unproved(), before + 1);
    assert.equal(client.state, 'waiting');
    await finish(net, client);
  });
});
