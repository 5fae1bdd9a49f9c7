import assert from 'node:assert/strict';
import type { GatekeptCall } from '../../../../src/protocol/h323/ras/contract.js';
import type { RegistrationClient } from '../../../../src/protocol/h323/ras/client/client.js';
import { bodyOf, nameOf, readRas, writeRas } from '../../../../src/protocol/h323/ras/messages.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { seeded } from '../../../support/seeded.js';
import { pdus } from '../goldens.js';
import { callOf, clientOn, gatekeeperAt, gatekeeperOn, password, RasNet } from './rig.js';

/** Registers two, calls, hangs up, leaves. */
async function life(net: RasNet, alice: RegistrationClient, bob: RegistrationClient, ms: number): Promise<void> {
  alice.start();
  bob.start();
  await net.run(ms);
  assert.deepEqual([alice.state, bob.state], ['registered', 'registered']);
  const ask = callOf(['1002'], { source: alice.settings.aliases });
  const calls: GatekeptCall[] = [];
  void alice.admit(ask).then((call) => calls.push(call));
  await net.run(ms);
  void bob.admit({ ...ask, answerCall: true }).then((call) => calls.push(call));
  await net.run(ms);
  assert.equal(calls.length, 2);
  for (const call of calls) call.disengage();
  await net.run(ms);
  const stopped = Promise.all([alice.stop(), bob.stop()]);
  await net.run(ms);
  await stopped;
}

describe('client and gatekeeper', function () {
  this.timeout(30_000);

  it('agree on a net that loses and doubles, whatever it is', async () => {
    for (let seed = 1; seed <= 30; seed++) {
      const net = new RasNet(new ManualClock());
      const roll = seeded(seed);
      // Much is lost and doubled, but no message of an exchange is lost twice: the third sending gets through.
      const lost = new Set<string>();
      net.copies = ({ octets, from }) => {
        const read = readRas(octets);
        const key = read.ok ? `${from.address} ${nameOf(read.message)} ${bodyOf(read.message)?.requestSeqNum}` : '';
        const copies = roll(3);
        if (copies > 0 || lost.has(key)) return Math.max(1, copies);
        lost.add(key);
        return 0;
      };
      const { gatekeeper } = gatekeeperOn(net, { reports: 30 });
      const events: string[] = [];
      gatekeeper.on.on('registered', ({ aliases }) => events.push(`+${aliases[0]}`));
      gatekeeper.on.on('admitted', () => events.push('call'));
      gatekeeper.on.on('disengaged', ({ reason }) => events.push(reason));
      const alice = clientOn(net, ['alice', '1001'], password('alice', 'secret1'));
      const bob = clientOn(net, ['bob', '1002'], password('bob', 'secret2'));
      await life(net, alice.client, bob.client, 60_000);
      const calls = events.filter((event) => !event.startsWith('+'));
      assert.deepEqual(calls, ['call', 'normalDrop'], `seed ${seed}: ${events.join()}`);
      gatekeeper.end();
      assert.equal(net.clock.pending, 0, `seed ${seed}`);
    }
  });

  it('are not disturbed by rubbish, however much', async () => {
    const net = new RasNet(new ManualClock());
    const { gatekeeper, metrics } = gatekeeperOn(net);
    const { client, ras } = clientOn(net, ['carol']);
    client.start();
    await net.run(500);
    const roll = seeded(5);
    const corpus = pdus.filter(({ type }) => type === 'RasMessage').map(({ hex }) => Buffer.from(hex, 'hex'));
    for (let i = 0; i < 2500; i++) {
      const octets = Buffer.from(corpus[roll(corpus.length)] ?? assert.fail());
      for (let n = roll(4); n >= 0; n--) octets[roll(octets.length)] = roll(256);
      const from = { address: `198.51.100.${roll(250)}`, port: 1000 + roll(5) };
      for (const to of [gatekeeperAt, ras]) net.send({ octets, from, to });
      if (i % 20 === 0) await net.run(50);
    }
    await net.run(1000);
    assert.ok(metrics.counted('dualstream_h323_ras_dropped_total', { reason: 'malformed' }) > 100);
    assert.equal(client.state, 'registered');
    // It works as before.
    const admitting = client.admit(callOf(['2001']));
    await net.run(500);
    assert.ok((await admitting).admission.address);
    const stopped = client.stop();
    await net.run(500);
    await stopped;
    gatekeeper.end();
    await net.run(50);
    assert.equal(net.clock.pending, 0);
  });

  it('keep a bounded memory when a thousand sources ask for everything', async () => {
    const net = new RasNet(new ManualClock());
    const { gatekeeper } = gatekeeperOn(net, {
      limits: { registrations: 100, perSource: 5, aliases: 8, calls: 10, callsPerDevice: 5 },
    });
    const template = pdus.filter(({ type, name }) => type === 'RasMessage' && name.startsWith('registrationRequest'));
    for (let i = 0; i < 3000; i++) {
      const octets = Buffer.from(template[i % template.length]?.hex ?? '', 'hex');
      net.send({ octets, from: { address: `10.0.${i % 250}.${Math.floor(i / 250)}`, port: 1719 }, to: gatekeeperAt });
      if (i % 50 === 0) await net.run(50);
    }
    await net.run(20_000);
    assert.ok(gatekeeper.registrations().length <= 100);
    const described = gatekeeper.describe();
    assert.equal(described['atOnce'], 0);
    gatekeeper.end();
    await net.run(50);
    assert.equal(net.clock.pending, 0);
  });

  it('end while requests are on their way', async () => {
    const net = new RasNet(new ManualClock());
    const { gatekeeper } = gatekeeperOn(
      net,
      {},
      { reserved: () => new Promise((resolve) => net.clock.after(500, () => resolve(false))) },
    );
    const { client, ras } = clientOn(net, ['carol']);
    client.start();
    await net.run(300);
    gatekeeper.end();
    gatekeeper.end();
    gatekeeper.receive(writeRas({ unregistrationRequest: { requestSeqNum: 1, callSignalAddress: [] } }), ras, {
      local: gatekeeperAt,
      send: () => assert.fail(),
    });
    const stopped = client.stop();
    await net.run(1000);
    await stopped;
    await client.stop();
    assert.equal(gatekeeper.registrations().length, 0);
    assert.equal(net.clock.pending, 0);
  });
});
