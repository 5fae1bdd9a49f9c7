import assert from 'node:assert/strict';
import { systemClock } from '../../../../src/base/clock.js';
import { silentLog } from '../../../../src/base/log.js';
import { createMetrics } from '../../../../src/base/metrics.js';
import type { Endpoint } from '../../../../src/base/net.js';
import { systemNet } from '../../../../src/base/system-net.js';
import { aliasOf } from '../../../../src/protocol/h323/aliases.js';
import type { ClientSettings, GatekeeperHost } from '../../../../src/protocol/h323/ras/contract.js';
import { openClient, openGatekeeper, type RasRates } from '../../../../src/protocol/h323/ras/edge.js';
import { usualSettings } from '../../../../src/protocol/h323/ras/gatekeeper/settings.js';
import { waitUntil } from '../../../support/wait.js';
import { callOf, steadyChance } from './rig.js';

const loopback = ['127.0.0.1', '::1'];

async function open(rates?: RasRates) {
  const metrics = createMetrics();
  const tools = { net: systemNet, clock: systemClock, chance: steadyChance(3), log: silentLog, metrics };
  const signalling = (peer: Endpoint): Endpoint => ({ address: peer.address, port: 1720 });
  const where: Endpoint[] = [];
  const host: GatekeeperHost = {
    credentialsOf: () => null,
    answersFor: (alias) => alias === '2001',
    reserved: () => false,
    signallingFor: signalling,
    rasFor: (peer) =>
      where.find(({ address }) => address.includes(':') === peer.address.includes(':')) ?? assert.fail(),
  };
  const at = loopback.map((address) => ({ address, port: 0 }));
  const gatekeeper = await openGatekeeper(tools, at, usualSettings, host, rates);
  where.push(...gatekeeper.locals);
  const register = (address: string, name: string) =>
    openClient(tools, { address, port: 0 }, (ras): ClientSettings => ({
      gatekeeper: where.find((one) => one.address === address) ?? assert.fail(),
      discover: true,
      aliases: [aliasOf(name)],
      kind: 'terminal',
      vendor: { vendor: { t35CountryCode: 181, t35Extension: 0, manufacturerCode: 0 } },
      signalling: [{ address, port: 1720 }],
      ras,
      timeToLive: 60,
    }));
  return { ...gatekeeper, metrics, register };
}

describe('RAS on sockets', () => {
  it('registers devices by IPv4 and IPv6, which find each other', async () => {
    const { gatekeeper, close, register } = await open();
    const clients = await Promise.all(loopback.map((address, index) => register(address, `device${index}`)));
    for (const { client } of clients) client.start();
    await waitUntil(() => clients.every(({ client }) => client.state === 'registered'), 5000);
    const found = await clients[0]?.client.admit(callOf(['device1']));
    assert.deepEqual(found?.admission.address, { address: '::1', port: 1720 });
    const room = await clients[1]?.client.admit(callOf(['2001']));
    assert.deepEqual(room?.admission.address, { address: '::1', port: 1720 });
    await Promise.all(clients.map((one) => one.close()));
    assert.equal(gatekeeper.registrations().length, 0);
    close();
    close();
  });

  it('hears a flood of one source only so far, and others as before', async () => {
    const { locals, close, metrics, register, gatekeeper } = await open({ perSource: 20, all: 1000 });
    const [to = assert.fail()] = locals;
    const flood = await systemNet.udp({ address: '127.0.0.1', port: 0 });
    const dropped = (reason: string): number => metrics.counted('dualstream_h323_ras_dropped_total', { reason });
    for (let i = 0; i < 400; i++) flood.send(Buffer.alloc(i === 0 ? 9000 : 40, 0xff), to);
    await waitUntil(() => dropped('flood') > 0 && dropped('oversize') > 0, 5000);
    const other = await register('::1', 'device');
    other.client.start();
    await waitUntil(() => gatekeeper.registrations().length === 1, 5000);
    await other.close();
    flood.close();
    close();
  });

  it('leaves nothing open when a port is taken', async () => {
    const taken = await systemNet.udp({ address: '127.0.0.1', port: 0 });
    const metrics = createMetrics();
    const tools = { net: systemNet, clock: systemClock, chance: steadyChance(3), log: silentLog, metrics };
    const at = [{ address: '127.0.0.1', port: 0 }, taken.local];
    await assert.rejects(openGatekeeper(tools, at, usualSettings, {} as GatekeeperHost), { code: 'EADDRINUSE' });
    taken.close();
  });
});
