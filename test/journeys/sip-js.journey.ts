import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Inviter, Registerer, RegistererState, SessionState, UserAgent, type Invitation, type URI } from 'sip.js';
import { WebSocket } from 'ws';
import { systemClock } from '../../src/base/clock.js';
import { fixedTls } from '../../src/base/tls.js';
import { noUsers } from '../../src/compose-users.js';
import type { GatewaySettings } from '../../src/gateway.js';
import { secretsOf } from '../../src/rooms/accounts.js';
import { machineNames, selfSigned } from '../../src/services/api/certificate.js';
import { takesAll } from '../support/dial-rig.js';
import { engineElsewhere } from '../support/engine-elsewhere.js';
import { describePeer } from '../support/offers.js';
import { onceBelow, timed } from '../support/once-below.js';
import type { Seen } from '../support/sip-peer.js';
import { startTestGateway, type TestGateway } from './support/gateway.js';
import { until } from './support/until.js';

const here = '127.0.0.1';
const realm = 'example.com';
const password = 'rabbit-hole';

describe('sip.js at a WSS listener', function () {
  this.timeout(60_000);
  const directory = mkdtempSync(join(tmpdir(), 'sip-js-'));
  let gateway: TestGateway;
  let agent: UserAgent;
  let registerer: Registerer;
  const invitations: Invitation[] = [];

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
      delegate: { onInvite: (call) => void invitations.push(call) },
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

  /** The room calls alice; resolves when sip.js has answered and it is in the room. */
  const called = async (): Promise<Invitation> => {
    const { rooms, dialOut } = gateway.gateway.core;
    const room = rooms.open('demo');
    dialOut.call(room, { to: 'user:alice', name: 'ALICE' });
    const call = await until('the room to ring', 5000, () => invitations.shift() ?? null);
    await until('the room to know', 5000, () => room.describe().calls[0]?.ringing ?? null);
    await call.accept();
    await until('the answer to join', 5000, () => room.size === 1 || null);
    await until('sip.js to get the ACK', 5000, () => call.state === SessionState.Established || null);
    return call;
  };

  it('is called by its registered name down its connection, changes with the room and is hung up', async () => {
    const call = await called();
    const room = gateway.gateway.core.rooms.open('demo');
    const [one] = room.describe().participants;
    assert.deepEqual([one?.name, one?.audio, one?.video], ['ALICE', true, true]);
    assert.match(String(call.request.ruri), /^sip:\w+@\w+\.invalid;transport=ws$/);
    assert.match(call.request.getHeader('Contact') ?? '', /^<sip:127\.0\.0\.1:\d+;transport=wss>$/);
    const descriptions = call.sessionDescriptionHandler as PlainDescriptions | undefined;
    const before = descriptions?.offers ?? 0;
    const leg = room.participant(one?.id ?? 0)?.leg;
    leg?.limit('video', 400);
    await until('a re-INVITE of the room', 5000, () => (descriptions?.offers ?? 0) > before || null);
    let changed = false;
    const change = { requestDelegate: { onAccept: () => void (changed = true) } };
    // not before the ACK of the room's has come
    await until('its turn to change', 5000, () =>
      call.invite(change).then(
        () => true,
        () => null,
      ),
    );
    await until('its own re-INVITE to be taken', 5000, () => changed || null);
    await room.remove(one?.id ?? 0, 'Anna');
    await until('sip.js to be hung up', 5000, () => call.state === SessionState.Terminated || null);
  });

  it('is called and hangs up', async () => {
    const call = await called();
    await call.bye();
    await until('the room to be empty', 5000, () => gateway.gateway.core.rooms.open('demo').size === 0 || null);
  });

  /** Comes back by a new connection and registers it. */
  const comeBack = async (): Promise<void> => {
    const { locations } = gateway.gateway.core.users;
    const [before] = locations.of('alice');
    assert.ok(before);
    await agent.transport.connect();
    await registerer.register();
    await until('it to be back', 5000, () => locations.of('alice')[0] !== before || null);
  };

  it('is hung up down the connection that it came back by during the call', async () => {
    const call = await called();
    const room = gateway.gateway.core.rooms.open('demo');
    await agent.transport.disconnect();
    await comeBack();
    await room.remove(room.describe().participants[0]?.id ?? 0, 'Anna');
    await until('sip.js to be hung up', 5000, () => call.state === SessionState.Terminated || null);
  });

  it('leaves the room at once when it is hung up without a connection', async () => {
    await onceBelow(1000, async () => {
      await called();
      const room = gateway.gateway.core.rooms.open('demo');
      await agent.transport.disconnect();
      const took = await timed(async () => {
        await room.remove(room.describe().participants[0]?.id ?? 0, 'Anna');
        await until('the room to be empty', 5000, () => room.size === 0 || null);
        await until('the leg to be gone', 5000, () => gateway.gateway.core.sip.size === 0 || null);
      });
      await comeBack();
      return took;
    });
  });

  it('is told to be gone when its connection is, by the room that calls it', async () => {
    await agent.transport.disconnect();
    const { rooms, dialOut } = gateway.gateway.core;
    const room = rooms.open('demo');
    const failed = new Promise<unknown>((resolve) => room.on.on('participantFailed', resolve));
    const id = dialOut.call(room, { to: 'user:alice', name: 'ALICE' });
    assert.deepEqual(await failed, {
      id,
      name: 'ALICE',
      status: 430,
      reason: 'the connection it registered by is gone',
    });
    await comeBack();
    await (await called()).bye();
    await until('the room to be empty', 5000, () => room.size === 0 || null);
  });

  it('takes its registration back', async () => {
    await registerer.unregister();
    await until('it to be gone', 5000, () => gateway.gateway.core.users.locations.of('alice').length === 0 || null);
  });
});

/** Descriptions without a browser's media: that of a raw peer. */
class PlainDescriptions {
  /** Descriptions of ours that it took. */
  offers = 0;
  private version = 0;
  private theirs: string | null = null;

  close(): void {
    this.version = -1;
  }

  getDescription(): Promise<{ body: string; contentType: string }> {
    this.version += 1;
    const { theirs } = this;
    const body =
      theirs === null ? describePeer({ version: this.version }) : takesAll({ text: theirs } as Seen, this.version);
    return Promise.resolve({ body, contentType: 'application/sdp' });
  }

  hasDescription(contentType: string): boolean {
    return contentType === 'application/sdp';
  }

  rollbackDescription(): Promise<void> {
    return Promise.resolve();
  }

  setDescription(sdp: string): Promise<void> {
    this.theirs = sdp;
    this.offers += 1;
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
