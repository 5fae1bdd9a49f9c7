import assert from 'node:assert/strict';
import { startEndpoint } from '../../scripts/endpoint/endpoint.js';
import { noOutgoing } from '../../src/outgoing.js';
import type { Room } from '../../src/rooms/room.js';
import { engineElsewhere } from '../support/engine-elsewhere.js';
import { startTestGateway, type TestGateway } from './support/gateway.js';
import { Kamailio } from './support/kamailio.js';
import { skipWithout } from './support/needs.js';
import { play, Sipp, type Play } from './support/sipp-scenario.js';
import { until } from './support/until.js';

const here = '127.0.0.1';
const ports = { proxy: 5160, bob: 5193 };
const proxied = { address: here, port: ports.proxy };
const throughProxy = new RegExp(`Via: SIP/2\\.0/(?:UDP|TCP) ${here}:${ports.proxy}`);

for (const transport of ['udp', 'tcp'] as const) {
  describe(`calls through a kamailio over ${transport}`, function () {
    this.timeout(60_000);
    let gateway: TestGateway;
    let proxy: Kamailio;
    const running: Sipp[] = [];

    before(async function () {
      skipWithout(this, ['sipp', 'kamailio']);
      if (engineElsewhere()) this.skip();
      gateway = await startTestGateway({
        change: (settings) => ({
          ...settings,
          outgoing: { ...noOutgoing, rules: { targets: ['bob@*'], numbers: [] } },
          sip: { ...settings.sip, outboundProxy: `sip:${here}:${ports.proxy};transport=${transport};lr` },
        }),
      });
      proxy = await Kamailio.start({ port: ports.proxy, to: gateway.port('udp'), users: { bob: ports.bob } });
    });

    afterEach(async () => {
      for (const one of running.splice(0)) await one.stop();
    });

    after(async () => {
      await gateway?.close();
      await proxy?.stop();
    });

    const how: Play = { to: proxied, transport: transport === 'udp' ? 'u1' : 't1' };

    const start = async (name: string, more: Partial<Play> = {}): Promise<Sipp> => {
      const one = await Sipp.start(name, { ...how, ...more, keys: { room: name } });
      running.push(one);
      return one;
    };

    const taken = (name: string, people = 1): Promise<Room> =>
      until(`${people} in ${name}`, 10_000, () => {
        const found = gateway.gateway.core.rooms.find(name);
        return found && found.size === people ? found : null;
      });

    for (const name of ['options', 'call', 'late-offer', 'hold', 'update', 'info-dtmf', 're-invite-bad', 'no-codec']) {
      it(`${name}, from behind it`, async () => void (await play(name, { ...how, keys: { room: name } })));
    }

    it('hung-up, from behind it: our BYE goes back the same way', async () => {
      const call = await start('hung-up');
      await (await taken('hung-up')).close({ kind: 'shutdown' });
      const [, bye = ''] = /(\nBYE [^]*?\r?\n\r?\n)/.exec(await call.passed()) ?? [];
      assert.match(bye, throughProxy);
    });

    it('content-opened, from behind it: our re-INVITE goes the same way', async () => {
      const call = await start('content-opened');
      await taken('content-opened');
      const uri = gateway.uri('content-opened');
      const endpoint = await startEndpoint({ uri, name: 'BOB', bind: here, bfcp: 'udp' });
      await endpoint.share();
      const [, invite = ''] = /received \[\d+\] bytes :\s+(INVITE [^]*?\r?\n\r?\n)/.exec(await call.passed()) ?? [];
      await endpoint.hangup();
      assert.match(invite, throughProxy);
    });

    for (const name of ['called-proxied', 'called-proxied-hangs-up']) {
      it(`${name}, dialled through it`, async () => {
        const device = await start(name, { port: ports.bob, transport: 'u1' });
        const { rooms, dialOut } = gateway.gateway.core;
        const room = rooms.open(name);
        // the name leads nowhere by itself: only the proxy knows it
        dialOut.call(room, { to: 'sip:bob@devices.invalid' });
        if (name === 'called-proxied') {
          // its re-INVITE is over
          await device.saw(/CSeq: 1 ACK/);
          await room.close({ kind: 'shutdown' });
        }
        const seen = await device.passed();
        assert.match(seen, /INVITE sip:bob@devices\.invalid/);
        assert.match(seen, throughProxy);
      });
    }

    it('leaves no call behind', async () => {
      await until('every call to be over', 5000, () => gateway.gateway.core.sip.size === 0 || null);
    });
  });
}
