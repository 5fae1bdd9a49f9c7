import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Inviter, Registerer, RegistererState, SessionState, UserAgent, type URI } from 'sip.js';
import { WebSocket } from 'ws';
import { systemClock } from '../../src/base/clock.js';
import { fixedTls } from '../../src/base/tls.js';
import { noUsers } from '../../src/compose-users.js';
import type { GatewaySettings } from '../../src/gateway.js';
import { secretsOf } from '../../src/rooms/accounts.js';
import { machineNames, selfSigned } from '../../src/services/api/certificate.js';
import { engineElsewhere } from '../support/engine-elsewhere.js';
import { describePeer } from '../support/offers.js';
import { startTestGateway, type TestGateway } from './support/gateway.js';
import { until } from './support/until.js';

const here = '127.0.0.1';
const realm = 'example.com';
const password = 'rabbit-hole';

describe('sip.js at a WSS listener', function () {
  this.timeout(30_000);
  const directory = mkdtempSync(join(tmpdir(), 'sip-js-'));
  let gateway: TestGateway;
  let agent: UserAgent;
  let registerer: Registerer;

  before(async function () {
    if (engineElsewhere()) this.skip();
    const { cert, key } = await selfSigned(join(directory, 'tls'), machineNames({ addresses: [here] }), systemClock);
    gateway = await startTestGateway({ change: (settings) => withUser(settings, { cert, key }) });
    const port = gateway.gateway.core.listening.find(({ transport }) => transport === 'wss')?.local.port ?? 0;
    // what a browser has, with the authority that it would have been told of
    class Trusting extends WebSocket {
      constructor(url: string, protocols: string) {
        super(url, protocols, { ca: cert });
      }
    }
    Object.assign(globalThis, { WebSocket: Trusting });
    const uri = UserAgent.makeURI(`sip:alice@${realm}`);
    assert.ok(uri);
    agent = new UserAgent({
      uri,
      transportOptions: { server: `wss://${here}:${port}/` },
      authorizationUsername: 'alice',
      authorizationPassword: password,
      logBuiltinEnabled: false,
      sessionDescriptionHandlerFactory: () => new PlainDescriptions(),
    });
    await agent.start();
    registerer = new Registerer(agent);
  });

  after(async () => {
    await agent?.stop();
    await gateway?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const demo = (): URI => {
    const target = UserAgent.makeURI(`sip:demo@${realm}`);
    assert.ok(target);
    return target;
  };

  it('registers by digest', async () => {
    await registerer.register();
    await until('the registration', 5000, () => registerer.state === RegistererState.Registered || null);
    const [held] = gateway.gateway.core.users.locations.of('alice');
    assert.equal(held?.binding.transport, 'wss');
  });

  it('calls, changes its session and hangs up', async () => {
    const call = new Inviter(agent, demo());
    await call.invite();
    await until('the call', 5000, () => call.state === SessionState.Established || null);
    const room = gateway.gateway.core.rooms.open('demo');
    assert.equal(room.size, 1);
    let changed = false;
    await call.invite({ requestDelegate: { onAccept: () => void (changed = true) } });
    await until('the re-INVITE to be taken', 5000, () => changed || null);
    await call.bye();
    await until('the room to be empty', 5000, () => room.size === 0 || null);
  });

  it('is hung up by us down its connection', async () => {
    const call = new Inviter(agent, demo());
    await call.invite();
    const room = gateway.gateway.core.rooms.open('demo');
    await until('it to be in the room', 5000, () => room.size === 1 || null);
    await until('sip.js to know', 5000, () => call.state === SessionState.Established || null);
    await room.close({ kind: 'shutdown' });
    await until('sip.js to be hung up', 5000, () => call.state === SessionState.Terminated || null);
  });

  it('takes its registration back', async () => {
    await registerer.unregister();
    await until('it to be gone', 5000, () => gateway.gateway.core.users.locations.of('alice').length === 0 || null);
  });
});

/** Descriptions without a browser's media: that of a raw peer. */
class PlainDescriptions {
  private version = 0;

  close(): void {
    this.version = -1;
  }

  getDescription(): Promise<{ body: string; contentType: string }> {
    this.version += 1;
    const body = describePeer({ version: this.version });
    return Promise.resolve({ body, contentType: 'application/sdp' });
  }

  hasDescription(contentType: string): boolean {
    return contentType === 'application/sdp';
  }

  rollbackDescription(): Promise<void> {
    return Promise.resolve();
  }

  setDescription(): Promise<void> {
    return Promise.resolve();
  }

  sendDtmf(): boolean {
    return false;
  }
}

function withUser(settings: GatewaySettings, tls: { cert: string; key: string }): GatewaySettings {
  const user = { name: 'alice', display: null, aliases: [] };
  const configured = [{ user, secrets: secretsOf(user, password, realm, []) }];
  const changed = { ...settings, users: { ...noUsers, realm, domains: [realm], configured } };
  if (settings.sip.engine !== 'embedded') return changed;
  const listen = { transport: 'wss' as const, address: here, port: 0, tls: fixedTls(tls), origins: ['*'] };
  return { ...changed, sip: { ...settings.sip, listen: [...settings.sip.listen, listen] } };
}
