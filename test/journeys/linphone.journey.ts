import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { holdsTone } from '../../scripts/endpoint/audio/spectrum.js';
import { startEndpoint, type Endpoint } from '../../scripts/endpoint/endpoint.js';
import { systemClock } from '../../src/base/clock.js';
import { fixedTls } from '../../src/base/tls.js';
import { noUsers } from '../../src/compose-users.js';
import type { GatewaySettings } from '../../src/gateway.js';
import { secretsOf } from '../../src/rooms/accounts.js';
import { machineNames, selfSigned } from '../../src/services/api/certificate.js';
import { engineElsewhere } from '../support/engine-elsewhere.js';
import { tonesAtEnd } from './support/decoded.js';
import { startTestGateway, type TestGateway } from './support/gateway.js';
import { Linphone } from './support/linphone.js';
import { skipWithout } from './support/needs.js';
import { until } from './support/until.js';

const here = '127.0.0.1';
const realm = 'example.com';
const password = 'rabbit-hole';
const patience = 15_000;
const transports = ['udp', 'tcp', 'tls'] as const;
const tones = { room: 1000, udp: 400, tcp: 600, tls: 1500 };

describe('Linphones', function () {
  this.timeout(90_000);
  const directory = mkdtempSync(join(tmpdir(), 'linphones-'));
  const phones = new Map<string, Linphone>();
  let gateway: TestGateway;
  let endpoint: Endpoint;
  let calls = 0;

  before(async function () {
    skipWithout(this, ['linphonec', 'ffmpeg']);
    if (engineElsewhere()) this.skip();
    const { cert, key } = await selfSigned(join(directory, 'tls'), machineNames({ addresses: [here] }), systemClock);
    gateway = await startTestGateway({ change: (settings) => withUsers(settings, { cert, key }) });
    endpoint = await startEndpoint({ uri: gateway.uri('demo'), name: 'ROOM', bind: here, audio: `tone:${tones.room}` });
    await Promise.all(
      transports.map(async (transport, index) => {
        const port = gateway.gateway.core.listening.find((one) => one.transport === transport)?.local.port ?? 0;
        const ports = { sipPort: 5210 + 4 * index, rtpPort: 24_000 + 10 * index };
        const at = { port, transport };
        const phone = await Linphone.start({
          user: transport,
          domain: realm,
          password,
          at,
          tone: tones[transport],
          ...ports,
        });
        phones.set(transport, phone);
      }),
    );
  });

  after(async () => {
    await Promise.all([...phones.values()].map((phone) => phone.stop()));
    await endpoint?.hangup();
    await gateway?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const phoneOf = (transport: string): Linphone => {
    const phone = phones.get(transport);
    assert.ok(phone);
    return phone;
  };

  /** Its call, once it is begun: the room hears it, and it hears the room. */
  const talks = async (transport: (typeof transports)[number], begin: (phone: Linphone) => void): Promise<void> => {
    const phone = phoneOf(transport);
    const ear = phone.record(`ear-${++calls}`);
    begin(phone);
    const { rooms } = gateway.gateway.core;
    await until(
      'the call',
      patience,
      () => rooms.open('demo').size === 2 || null,
      () => phone.said,
    );
    await endpoint.waitFor(({ heard }) => holdsTone(heard.tones, tones[transport]), patience, `to hear ${transport}`);
    await ear.holds(60_000);
    phone.type('terminate');
    await alone();
    await until('what the phone heard', patience, () => holdsTone(tonesAtEnd(ear.file, 1), tones.room) || null);
  };

  const alone = (): Promise<true> =>
    until(
      'the room to be empty but for one',
      patience,
      () => gateway.gateway.core.rooms.open('demo').size === 1 || null,
    );

  for (const transport of transports) {
    it(`register by digest over ${transport}, call, are called`, async () => {
      const phone = phoneOf(transport);
      const { users, rooms, dialOut } = gateway.gateway.core;
      const held = await until(
        'the phone to be registered',
        patience,
        () => users.locations.of(transport)[0] ?? null,
        () => phone.said,
      );
      assert.match(held.binding.agent, /linphone/i);
      assert.equal(held.binding.transport, transport);
      await talks(transport, (one) => one.type(`call sip:demo@${realm}`));
      await talks(transport, () => void dialOut.call(rooms.open('demo'), { to: `user:${transport}` }));
    });
  }
});

function withUsers(settings: GatewaySettings, tls: { cert: string; key: string }): GatewaySettings {
  const configured = transports.map((name) => {
    const user = { name, display: null, aliases: [] };
    return { user, secrets: secretsOf(user, password, realm, []) };
  });
  const changed = { ...settings, users: { ...noUsers, realm, domains: [realm], configured } };
  if (settings.sip.engine !== 'embedded') return changed;
  const listen = { transport: 'tls' as const, address: here, port: 0, tls: fixedTls(tls) };
  return { ...changed, sip: { ...settings.sip, listen: [...settings.sip.listen, listen] } };
}
