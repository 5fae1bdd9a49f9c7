import assert from 'node:assert/strict';
import { startEndpoint } from '../../scripts/endpoint/endpoint.js';
import { noUsers } from '../../src/compose-users.js';
import type { GatewaySettings } from '../../src/gateway.js';
import { secretsOf } from '../../src/rooms/accounts.js';
import type { Room } from '../../src/rooms/room.js';
import { engineElsewhere } from '../support/engine-elsewhere.js';
import { describePeer } from '../support/offers.js';
import { RawCall } from '../support/raw-call.js';
import { SipPeer } from '../support/sip-peer.js';
import { startTestGateway, type TestGateway } from './support/gateway.js';
import { skipWithout } from './support/needs.js';
import { play, Sipp, type Play } from './support/sipp-scenario.js';
import { until } from './support/until.js';

const here = '127.0.0.1';
const v6 = '::1';
const realm = 'example.com';

/** Scenarios for which nothing has to be prepared; each says in its first line what is expected. */
const simple = [
  ...['options', 'call', 'late-offer', 'hold', 'hold-inactive', 're-invite-late', 're-invite-bad', 'update'],
  ...['info-dtmf', 'info-picture', 'info-package', 'message', 'message-outside', 'options-in-call', 'duplicate-bye'],
  ...[
    'unknown-dialog',
    'unknown-method',
    'unknown-event',
    'subscribe',
    'subscribe-outside',
    'unknown-scheme',
    'publish',
    'refer-refused',
  ],
  ...['refer-outside', 'no-codec', 'bad-body', 'bad-sdp', 'required-extension', 'interval-too-brief', 'refresher-uas'],
  ...['merged', 'last-hop'],
];

describe('calls by sipp', function () {
  this.timeout(90_000);
  let gateway: TestGateway;

  before(async function () {
    skipWithout(this, ['sipp']);
    // a drachtio-server answers some of this otherwise: test/contract/signalling says what
    if (engineElsewhere()) this.skip();
    gateway = await startTestGateway({ change: withUsersAndIpv6 });
  });

  after(async () => {
    await gateway?.close();
  });

  const at = (transport: 'udp' | 'tcp', address = here): Play['to'] => {
    const mine = (host: string): boolean => host.includes(':') === address.includes(':');
    const found = gateway.gateway.core.listening.find((one) => one.transport === transport && mine(one.local.address));
    return { address, port: found?.local.port ?? 0 };
  };

  /** Plays a scenario in a room of its own name. */
  const run = (name: string, how: Partial<Play> = {}): Promise<string> =>
    play(name, { to: at('udp'), ...how, keys: { room: name === 'subscribe-outside' ? 'demo' : name, ...how.keys } });

  const room = (name: string): Promise<Room> =>
    until(`somebody in ${name}`, 10_000, () => {
      const found = gateway.gateway.core.rooms.find(name);
      return found && found.describe().participants.length > 0 ? found : null;
    });

  const share = async (name: string): Promise<() => Promise<void>> => {
    const endpoint = await startEndpoint({ uri: gateway.uri(name), name: 'BOB', bind: here, bfcp: 'udp' });
    await room(name);
    await endpoint.share();
    return async () => void (await endpoint.hangup());
  };

  for (const name of simple) it(name, async () => void (await run(name)));

  it('no-such-room', async () => void (await run('no-such-room', { keys: { room: 'nowhere' } })));

  it('room-full', async () => {
    const guest = await Sipp.start('hung-up', { to: at('udp'), keys: { room: 'single' } });
    const taken = await room('single');
    await run('room-full', { keys: { room: 'single' } });
    await taken.close({ kind: 'shutdown' });
    await guest.passed();
  });

  it('an INVITE that is repeated a hundred times at once opens one call', async () => {
    const { port } = at('udp');
    const peer = await SipPeer.udp({ address: here, port });
    const call = new RawCall(peer, gateway.uri('storm'));
    call.send('INVITE', describePeer());
    for (let n = 0; n < 100; n++) peer.again();
    await call.final('INVITE');
    call.ack();
    await call.settled();
    const tags = peer.seen
      .filter(({ start }) => start.startsWith('SIP/2.0 200'))
      .map(({ message }) => message.headers.get('to'));
    assert.equal((await room('storm')).describe().participants.length, 1);
    assert.equal(new Set(tags).size, 1);
    await call.bye();
    peer.close();
  });

  it('lost-ack', async () => {
    const seen = await run('lost-ack');
    const times = seen.match(/received \[\d+\] bytes :\s+SIP\/2\.0 200 OK[^]*?CSeq: 1 INVITE/g)?.length ?? 0;
    assert.ok(times >= 3, `200 came ${times} times`);
  });

  it('big', async () => {
    await run('big', { keys: { '1kB': 'a'.repeat(1000), '4kB': 'b'.repeat(4600) } });
  });

  it('call, fifty at a time', async () => {
    await run('call', { calls: 50, rate: 500, keys: { room: 'crowd' } });
  });

  it('call over TCP, one connection for twenty calls and one for each', async () => {
    await run('call', { to: at('tcp'), transport: 't1', calls: 20, keys: { room: 'tcp' } });
    await run('call', { to: at('tcp'), transport: 'tn', calls: 5, keys: { room: 'tcp' } });
    await run('hold', { to: at('tcp'), transport: 't1' });
  });

  it('hung-up, over UDP, TCP, IPv6', async () => {
    const ways = [at('udp'), at('tcp'), at('udp', v6), at('tcp', v6)];
    const calls = await Promise.all(
      ways.map((to, index) =>
        Sipp.start('hung-up', { to, transport: index % 2 === 0 ? 'u1' : 't1', keys: { room: 'goes' } }),
      ),
    );
    const ending = await until('all to be there', 10_000, async () => {
      const found = await room('goes');
      return found.describe().participants.length === ways.length ? found : null;
    });
    await ending.close({ kind: 'shutdown' });
    for (const call of calls) await call.passed();
  });

  it('call and re-INVITE over IPv6', async () => {
    for (const name of ['call', 'hold', 'late-offer', 'options']) await run(name, { to: at('udp', v6) });
    for (const name of ['call', 'hold']) await run(name, { to: at('tcp', v6), transport: 't1' });
  });

  for (const name of ['content-opened', 'content-refused', 'glare']) {
    it(name, async () => {
      const call = await Sipp.start(name, { to: at('udp'), keys: { room: name } });
      const leave = await share(name);
      await call.passed();
      await leave();
    });
  }

  it('register, register-wrong, register-brief', async () => {
    const keys = { domain: realm };
    const login = { user: 'alice', password: 'rabbit-hole' };
    const { metrics, users } = gateway.gateway.core;
    await run('register', { keys, login });
    await run('register', { keys, login, to: at('tcp'), transport: 't1' });
    await run('register-wrong', { keys, login: { ...login, password: 'hole' } });
    await run('register-brief', { keys, login });
    assert.equal(metrics.counted('dualstream_sip_registers_total', { result: 'done' }), 4);
    assert.deepEqual(users.locations.of('alice'), []);
  });

  it('leaves no call behind', async () => {
    await until('every call to be over', 5000, () => gateway.gateway.core.sip.size === 0 || null);
  });
});

function withUsersAndIpv6(settings: GatewaySettings): GatewaySettings {
  const user = { name: 'alice', display: null, aliases: [] };
  const configured = [{ user, secrets: secretsOf(user, 'rabbit-hole', realm, []) }];
  const changed: GatewaySettings = {
    ...settings,
    users: { ...noUsers, realm, configured, algorithms: ['MD5'] },
    decide: (facts) => (facts.uri.includes('nowhere') ? null : settings.decide(facts)),
    media: { ...settings.media, bind: '0.0.0.0', advertise: (peer) => (peer.includes(':') ? v6 : here) },
    rooms: {
      ...settings.rooms,
      permanent: settings.rooms.permanent.concat(
        settings.rooms.permanent.slice(0, 1).map((one) => ({ ...one, name: 'single', capacity: 1 })),
      ),
    },
  };
  if (settings.sip.engine !== 'embedded') return changed;
  const listen = (['udp', 'tcp'] as const).map((transport) => ({ transport, address: v6, port: 0 }));
  return { ...changed, sip: { ...settings.sip, listen: [...settings.sip.listen, ...listen] } };
}
