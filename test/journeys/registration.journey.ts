import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noUsers } from '../../src/compose-users.js';
import { systemClock } from '../../src/base/clock.js';
import { fixedTls } from '../../src/base/tls.js';
import { secretsOf } from '../../src/rooms/accounts.js';
import { machineNames, selfSigned } from '../../src/services/api/certificate.js';
import type { RegistrationSnapshot, RegistrationsAnswer } from '../../src/services/api/contract.js';
import { Baresip } from './support/baresip.js';
import { startTestGateway, type TestGateway } from './support/gateway.js';
import { skipWithout } from './support/needs.js';
import { until } from './support/until.js';

const here = '127.0.0.1';
const realm = 'example.com';

describe('softphones that register', function () {
  this.timeout(60_000);
  const directory = mkdtempSync(join(tmpdir(), 'registration-'));
  let gateway: TestGateway;
  const phones: Baresip[] = [];
  let started = 0;

  before(function () {
    skipWithout(this, ['baresip']);
  });

  afterEach(async () => {
    for (const phone of phones.splice(0)) await phone.stop();
    await gateway?.close();
  });

  after(() => rmSync(directory, { recursive: true, force: true }));

  const start = async (): Promise<void> => {
    const { cert, key } = await selfSigned(join(directory, 'tls'), machineNames({ addresses: [here] }), systemClock);
    gateway = await startTestGateway({
      change(settings) {
        const user = { name: 'alice', display: null, aliases: [] };
        const configured = [{ user, secrets: secretsOf(user, 'rabbit-hole', realm, []) }];
        const users = { ...noUsers, realm, configured, file: join(directory, 'dualstream.db') };
        const { sip } = settings;
        if (sip.engine !== 'embedded') return { ...settings, users };
        const tls = { transport: 'tls' as const, address: here, port: 0, tls: fixedTls({ cert, key }) };
        return { ...settings, users, sip: { ...sip, listen: [...sip.listen, tls] } };
      },
    });
  };

  const portOf = (transport: string): number =>
    gateway.gateway.core.listening.find((one) => one.transport === transport)?.local.port ?? 0;

  const phone = async (transport: 'udp' | 'tcp' | 'tls', password = 'rabbit-hole'): Promise<Baresip> => {
    const n = started++;
    const first = 43_000 + n * 200;
    const one = await Baresip.start({
      ...{ name: 'alice', sipPort: 5140 + n * 3, controlPort: 4590 + n, tone: 400, video: null },
      rtpPorts: [first, first + 100],
      register: { at: `${here}:${portOf(transport)};transport=${transport}`, password },
    });
    phones.push(one);
    return one;
  };

  const registrations = async (): Promise<RegistrationSnapshot[]> => {
    const key = new URL(gateway.gateway.tokens.adminLink(), 'http://x').searchParams.get('key');
    const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ key }) };
    const { token } = (await (await fetch(`${gateway.page}/api/v1/admin`, post)).json()) as { token: string };
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(`${gateway.page}/api/v1/registrations?user=alice`, { headers });
    return ((await answer.json()) as RegistrationsAnswer).items;
  };

  it('are seen by UDP, TCP and TLS, call by each, leave when they quit, and are known after a restart', async () => {
    await start();
    const transports = ['udp', 'tcp', 'tls'] as const;
    for (const transport of transports) await phone(transport);
    await until('all to be registered', 10_000, async () => ((await registrations()).length === 3 ? true : null));
    const there = await registrations();
    assert.deepEqual(there.map(({ transport }) => transport).sort(), [...transports].sort());
    for (const { agent, reachable, user, expiresAt } of there) {
      assert.match(agent, /baresip/);
      assert.deepEqual([user, reachable], ['alice', true]);
      assert.ok(Date.parse(expiresAt) > systemClock.wall() + 60_000, expiresAt);
    }
    const { metrics } = gateway.gateway.core;
    assert.equal(metrics.counted('dualstream_sip_registers_total', { result: 'done' }), 3);

    const room = gateway.gateway.core.rooms.open('demo');
    for (const [index, transport] of transports.entries()) {
      await phones[index]?.dial(`sip:demo@${here}:${portOf(transport)};transport=${transport}`);
    }
    for (const one of phones) await one.established();
    await until('all to be in the room', 5000, () => room.size === transports.length || null);
    for (const one of phones) await one.hangup();
    await until('all to have left', 5000, () => room.size === 0 || null);

    await phones.pop()?.stop();
    await until('the TLS phone to take its registration back', 5000, async () =>
      (await registrations()).length === 2 ? true : null,
    );

    await gateway.close();
    await start();
    const again = await registrations();
    assert.deepEqual(again.map(({ transport }) => transport).sort(), ['tcp', 'udp']);
  });

  it('are refused with a wrong password, and say so', async () => {
    await start();
    const failures: string[] = [];
    gateway.gateway.core.users.authenticator.on.on('failed', ({ why, username }) =>
      failures.push(`${why} ${username}`),
    );
    const { length } = await registrations();
    await phone('udp', 'hole');
    await until('it to be refused', 10_000, () => failures.includes('wrong alice') || null);
    assert.equal((await registrations()).length, length);
  });
});
