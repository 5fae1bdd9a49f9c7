import assert from 'node:assert/strict';
import { StoreUnavailable } from '../../../src/rooms/store-errors.js';
import type { Store } from '../../../src/rooms/store.js';
import { memoryStore } from '../../../src/services/store/memory-store.js';
import { engineElsewhere } from '../../support/engine-elsewhere.js';
import { ManualClock } from '../../support/manual-clock.js';
import { RegisteringDevice, startRegistrarRig, type RegistrarRig } from '../../support/registrar-rig.js';
import type { Seen } from '../../support/sip-peer.js';
import { waitUntil } from '../../support/wait.js';

describe('registrar', () => {
  let rig: RegistrarRig;
  beforeEach(async () => (rig = await startRegistrarRig()));
  afterEach(() => rig.close());

  const device = async (user = 'alice', transport: 'udp' | 'tcp' = 'udp'): Promise<RegisteringDevice> =>
    new RegisteringDevice(await rig.peer(transport), user);
  const statusOf = ({ start }: Seen): number => Number(start.split(' ')[1]);
  /** Contacts of an answer without their seconds, sorted. */
  const contactsOf = ({ message }: Seen): string[] =>
    message.headers
      .all('contact')
      .map((one) => one.replace(/;expires=\d+$/, ''))
      .sort();

  it('registers a device that proves who it is, and tells how long', async () => {
    const phone = await device();
    const answer = await phone.register([`Contact: ${phone.contact()}`, 'Expires: 300', 'User-Agent: Phone 1']);
    assert.equal(statusOf(answer), 200);
    assert.deepEqual(answer.message.headers.all('contact'), [`${phone.contact()};expires=300`]);
    assert.equal(answer.message.headers.get('expires'), '300');
    const [binding] = await rig.registrar.bindingsOf('1001');
    assert.equal(binding?.uri, phone.contact().slice(1, -1));
    assert.equal(binding.nextHop, null);
    assert.equal(binding.agent, 'Phone 1');
    assert.equal(binding.reachable, true);
    assert.deepEqual(await rig.registrar.bindingsOf('bob'), []);
    assert.deepEqual(await rig.registrar.bindingsOf('nobody'), []);
    assert.equal((await rig.store.bindings.all()).length, 1);
    assert.equal(rig.metrics.counted('dualstream_sip_registers_total', { result: 'done' }), 1);
  });

  it('asks by one header per algorithm, each a line of its own', async () => {
    const phone = await device('mallory');
    const answer = await phone.register([`Contact: ${phone.contact()}`]);
    assert.equal(statusOf(answer), 401);
    const lines = answer.text
      .split('\r\n')
      .filter((line) => line.startsWith('WWW-Authenticate: Digest realm="example.com"'));
    assert.equal(lines.length, 2);
    assert.match(lines[0] ?? '', /algorithm=SHA-256, qop="auth"$/);
    assert.match(lines[1] ?? '', /algorithm=MD5, qop="auth"$/);
    assert.equal(rig.locations.size, 0);
  });

  it('lets nobody register another', async () => {
    const phone = await device('bob');
    assert.equal(statusOf(await phone.register([`Contact: ${phone.contact()}`], { to: 'alice' })), 403);
    assert.equal(statusOf(await phone.register([`Contact: ${phone.contact()}`], { to: '1001' })), 403);
    const alice = await device('alice');
    assert.equal(statusOf(await alice.register([`Contact: ${alice.contact()}`], { to: '1001' })), 200);
    assert.deepEqual(
      [...rig.locations.all()].map(({ binding }) => binding.user),
      ['alice'],
    );
  });

  it('keeps several devices apart, orders them by preference and answers queries', async () => {
    const [desk, mobile] = [await device(), await device('alice', 'tcp')];
    await desk.register([`Contact: ${desk.contact()};q=0.5`, 'Expires: 600']);
    rig.clock.advance(10_000);
    const both = await mobile.register([`Contact: ${mobile.contact()};q=0.9;expires=120;+x="a,b;c"`]);
    assert.deepEqual(contactsOf(both), [`${desk.contact()};q=0.5`, `${mobile.contact()};+x="a,b;c";q=0.9`].sort());
    rig.clock.advance(20_000);
    const query = await desk.register([]);
    assert.equal(statusOf(query), 200);
    const seconds = query.message.headers.all('contact').map((one) => Number(/expires=(\d+)$/.exec(one)?.[1]));
    assert.deepEqual(
      seconds.sort((a, b) => a - b),
      [100, 570],
    );
    const order = (await rig.registrar.bindingsOf('alice')).map(({ transport }) => transport);
    assert.deepEqual(order, ['tcp', 'udp']);
  });

  it('refreshes in place, lets go by Expires 0 and by *, and forgets what is over', async () => {
    const [desk, mobile] = [await device(), await device()];
    await desk.register([`Contact: ${desk.contact()}`]);
    const [first] = rig.locations.of('alice');
    await desk.register([`Contact: ${desk.contact()}`, 'Expires: 3600']);
    const [second] = rig.locations.of('alice');
    assert.equal(second?.binding.id, first?.binding.id);
    assert.equal(rig.locations.size, 1);
    await mobile.register([`Contact: ${mobile.contact()}`]);
    const gone = await desk.register([`Contact: ${desk.contact()};expires=0`]);
    assert.deepEqual(contactsOf(gone), [mobile.contact()]);
    await desk.register([`Contact: ${desk.contact()}`]);
    const all = await mobile.register(['Contact: *', 'Expires: 0']);
    assert.equal(statusOf(all), 200);
    assert.deepEqual(contactsOf(all), []);
    assert.deepEqual(await rig.store.bindings.all(), []);
    await desk.register([`Contact: ${desk.contact()}`, 'Expires: 60']);
    rig.clock.advance(59_000);
    assert.equal(rig.locations.of('alice').length, 1);
    rig.clock.advance(1_000);
    assert.deepEqual(await rig.registrar.bindingsOf('alice'), []);
    rig.clock.advance(5_000);
    await waitUntil(() => rig.locations.size === 0, 1000);
    assert.deepEqual(await rig.store.bindings.all(), []);
  });

  it('refuses what is too short, * with anything else, and what it does not know', async () => {
    const phone = await device();
    const brief = await phone.register([`Contact: ${phone.contact()}`, 'Expires: 30']);
    assert.equal(statusOf(brief), 423);
    assert.equal(brief.message.headers.get('min-expires'), '60');
    const capped = await phone.register([`Contact: ${phone.contact()}`, 'Expires: 99999999999']);
    assert.match(capped.message.headers.get('contact') ?? '', /;expires=3600$/);
    const usual = await phone.register([`Contact: ${phone.contact()}`]);
    assert.match(usual.message.headers.get('contact') ?? '', /;expires=600$/);
    assert.equal(statusOf(await phone.register(['Contact: *', 'Expires: 60'])), 400);
    assert.equal(statusOf(await phone.register(['Contact: *'])), 400);
    assert.equal(statusOf(await phone.register(['Contact: <mailto:alice@example.com>'])), 400);
    const strange = await phone.register([`Contact: ${phone.contact()}`, 'Require: path, time-travel']);
    assert.equal(statusOf(strange), 420);
    assert.equal(strange.message.headers.get('unsupported'), 'time-travel');
    assert.equal(rig.locations.size, 1, 'nothing of all that changed anything');
  });

  it('lets a later request win, all of a request or nothing', async () => {
    const phone = await device();
    phone.cseq = 10;
    await phone.register([`Contact: ${phone.contact()}`]);
    phone.cseq = 5;
    const late = await phone.register([`Contact: <sip:alice@192.0.2.9>, ${phone.contact()};expires=0`]);
    assert.equal(statusOf(late), 500);
    assert.deepEqual(
      rig.locations.of('alice').map(({ binding }) => `<${binding.contact}>`),
      [phone.contact()],
    );
    phone.cseq = 3;
    assert.equal(statusOf(await phone.register(['Contact: *', 'Expires: 0'])), 500);
    phone.cseq = 1;
    const anew = await phone.register([`Contact: ${phone.contact()};expires=0`], { callId: 'after-restart' });
    assert.equal(statusOf(anew), 200, 'another Call-ID has an order of its own');
    assert.equal(rig.locations.size, 0);
  });

  it('bounds the contacts of a user: the one that ends first makes room', async () => {
    const phone = await device();
    for (let i = 0; i < 12; i++) {
      await phone.register([`Contact: <sip:alice@192.0.2.1:${6000 + i}>`, `Expires: ${i === 3 ? 60 : 600 + i}`]);
    }
    const ports = rig.locations.of('alice').map(({ binding }) => Number(binding.contact.split(':').at(-1)) - 6000);
    assert.deepEqual(ports, [1, 2, 4, 5, 6, 7, 8, 9, 10, 11]);
    const many = Array.from({ length: 11 }, (_, i) => `<sip:alice@192.0.2.2:${6000 + i}>`);
    assert.equal(statusOf(await phone.register([`Contact: ${many.join(', ')}`])), 403);
    assert.equal(rig.locations.of('alice').length, 10);
  });

  it('reaches a device behind a router where it registered from', async () => {
    const [udp, tcp] = [await device(), await device('bob', 'tcp')];
    await udp.register([`Contact: ${udp.contact('192.168.1.20:5060')}`]);
    await tcp.register([`Contact: ${tcp.contact('192.168.1.21:5060')}`]);
    const [one] = await rig.registrar.bindingsOf('alice');
    assert.equal(one?.uri, 'sip:alice@192.168.1.20:5060');
    assert.equal(one.nextHop, `sip:127.0.0.1:${udp.peer.local.port};transport=udp`);
    const [two] = await rig.registrar.bindingsOf('bob');
    assert.equal(two?.nextHop, `sip:127.0.0.1:${tcp.peer.local.port};transport=tcp`);
  });

  it('keeps the way to it open, and knows when it is gone and back', async () => {
    const phone = await device();
    await phone.register([`Contact: ${phone.contact('192.168.1.20:5060')}`]);
    rig.clock.advance(11_000);
    const asked = await phone.peer.expect('OPTIONS sip:alice@192.168.1.20:5060 SIP/2.0');
    phone.peer.answer(asked, '503 Not Now');
    await waitUntil(() => rig.locations.of('alice')[0]?.reachable === false, 1000);
    assert.equal(rig.metrics.counted('dualstream_sip_bindings_lost_total'), 1);
    assert.equal((await rig.registrar.bindingsOf('alice'))[0]?.reachable, false);
    rig.clock.advance(25_000);
    phone.peer.answer(await phone.peer.expect('OPTIONS'), '486 Busy Here');
    await waitUntil(() => rig.locations.of('alice')[0]?.reachable === true, 1000);
    await phone.register([`Contact: ${phone.contact('192.168.1.20:5060')};expires=0`]);
    rig.clock.advance(60_000);
  });

  it('asks each device down its own connection, and knows when that is closed', async () => {
    const [one, two] = [await device('alice', 'tcp'), await device('alice', 'tcp')];
    const instance = (n: number): string => `+sip.instance="<urn:uuid:0000000${n}>";reg-id=1`;
    for (const [n, phone] of [one, two].entries()) {
      // both say the same of themselves: private addresses repeat
      await phone.register([`Contact: ${phone.contact('192.168.1.20')};${instance(n)}`, 'Supported: outbound']);
    }
    rig.clock.advance(11_000);
    for (const phone of [one, two]) phone.peer.answer(await phone.peer.expect('OPTIONS'), '200 OK');
    one.peer.close();
    await waitUntil(() => {
      rig.clock.advance(2000);
      return rig.locations.of('alice').some(({ reachable }) => !reachable);
    }, 5000);
    const [best, other] = await rig.registrar.bindingsOf('alice');
    assert.deepEqual([best?.reachable, other?.reachable], [true, false]);
    assert.match(best?.instance ?? '', /00000001/);
    assert.match(best?.nextHop ?? '', new RegExp(`:${two.peer.local.port};transport=tcp$`));
  }).timeout(8000);

  it('keeps what it does not know of a contact', async () => {
    const phone = await device();
    const uri = 'sip:alice@127.0.0.1:5062;gr=urn:uuid:f81d4fae-7dec;ob';
    const answer = await phone.register([`Contact: "Desk" <${uri}>;+sip.rendering="no";video`, 'Supported: gruu']);
    assert.deepEqual(contactsOf(answer), [`<${uri}>;+sip.rendering="no";video`]);
    assert.equal((await rig.registrar.bindingsOf('alice'))[0]?.uri, uri);
  });

  it('stores the path of a device behind proxies and tells it back (RFC 3327)', async () => {
    const phone = await device();
    const path = '<sip:edge@127.0.0.1:5099;lr;ob>';
    const options = { vias: ['SIP/2.0/UDP 192.168.1.9;branch=z9hG4bKx'] };
    const answer = await phone.register(
      [`Contact: ${phone.contact('192.168.1.9')}`, `Path: ${path}, <sip:inner.example.com;lr>`, 'Supported: path'],
      options,
    );
    assert.equal(statusOf(answer), 200);
    const both = `${path}, <sip:inner.example.com;lr>`;
    assert.equal(answer.message.headers.all('path').join(', '), both);
    const [binding] = await rig.registrar.bindingsOf('alice');
    // a drachtio-server takes no Route from its application
    assert.equal(binding?.nextHop, engineElsewhere() ? path.slice(1, -1) : both);
    assert.equal(statusOf(await phone.register([`Contact: ${phone.contact()}`, 'Path: <nonsense'], options)), 400);
  });

  describe('with devices that know RFC 5626', () => {
    const instance = '+sip.instance="<urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF>"';
    const outbound = 'Supported: path, outbound, gruu';

    it('keeps a binding per flow, whatever its contact is, and says so', async () => {
      const phone = await device('alice', 'tcp');
      const first = await phone.register([`Contact: ${phone.contact('a.invalid')};reg-id=1;${instance}`, outbound]);
      assert.equal(first.message.headers.get('require'), 'outbound');
      await phone.register([`Contact: ${phone.contact('a.invalid')};reg-id=2;${instance}`, outbound]);
      assert.equal(rig.locations.size, 2);
      await phone.register([`Contact: ${phone.contact('b.invalid')};reg-id=1;${instance}`, outbound], {
        callId: 'other',
      });
      const held = rig.locations.of('alice').map(({ binding }) => [binding.regId, /@(\w)/.exec(binding.contact)?.[1]]);
      assert.deepEqual(held.sort(), [
        [1, 'b'],
        [2, 'a'],
      ]);
      const all = await phone.register([]);
      for (const one of all.message.headers.all('contact')) assert.ok(one.includes(instance), one);
    });

    it('takes reg-id for nothing where the device does not say outbound', async () => {
      const phone = await device();
      const answer = await phone.register([`Contact: ${phone.contact()};reg-id=1;${instance}`]);
      assert.equal(answer.message.headers.get('require'), null);
      assert.equal(rig.locations.of('alice')[0]?.binding.regId, null);
    });

    it('says when a proxy on the way does not know it', async () => {
      const phone = await device();
      const options = { vias: ['SIP/2.0/UDP 192.168.1.9;branch=z9hG4bKx'] };
      const contact = `Contact: ${phone.contact()};reg-id=1;${instance}`;
      assert.equal(statusOf(await phone.register([contact, outbound], options)), 439);
      assert.equal(
        statusOf(await phone.register([contact, outbound, 'Path: <sip:edge.example.com;lr;ob>'], options)),
        200,
      );
    });
  });
});

describe('registrations over a restart', () => {
  it('are there again, those of connections as unreachable, and no longer than granted whatever the clock does', async () => {
    const store = memoryStore();
    const start = Date.UTC(2026, 0, 1);
    let rig = await startRegistrarRig(store, new ManualClock(start));
    const [udp, tcp] = [new RegisteringDevice(await rig.peer()), new RegisteringDevice(await rig.peer('tcp'), 'bob')];
    await udp.register([`Contact: ${udp.contact('192.168.1.20:5060')}`, 'Expires: 600']);
    await tcp.register([`Contact: ${tcp.contact('192.168.1.21:5060')}`, 'Expires: 60']);
    await rig.close();
    rig = await startRegistrarRig(store, new ManualClock(start + 30_000));
    assert.equal((await rig.registrar.bindingsOf('alice'))[0]?.reachable, true);
    assert.equal((await rig.registrar.bindingsOf('bob'))[0]?.reachable, false);
    const again = new RegisteringDevice(await rig.peer('tcp'), 'bob');
    await again.register([`Contact: ${tcp.contact('192.168.1.21:5060')}`, 'Expires: 60'], { callId: 'later' });
    assert.equal((await rig.registrar.bindingsOf('bob'))[0]?.reachable, true);
    await rig.close();
    rig = await startRegistrarRig(store, new ManualClock(start - 3_600_000));
    assert.equal(rig.locations.of('alice').length, 1);
    rig.clock.advance(601_000);
    assert.equal(rig.locations.of('alice').length, 0);
    await rig.close();
    rig = await startRegistrarRig(store, new ManualClock(start + 3_600_000));
    assert.equal(rig.locations.size, 0);
    assert.deepEqual(await store.bindings.all(), [], 'what was over is gone from the store');
    await rig.close();
  });
});

describe('registrations while the store is in trouble', () => {
  it('live in memory, counted, and are written when it is over', async () => {
    const inner = memoryStore();
    let full = true;
    let tries = 0;
    const store: Store = {
      ...inner,
      bindings: {
        all: () => inner.bindings.all(),
        change(change) {
          tries++;
          return full
            ? Promise.reject(new StoreUnavailable('full', 'the disk is full'))
            : inner.bindings.change(change);
        },
      },
    };
    const rig = await startRegistrarRig(store);
    const phone = new RegisteringDevice(await rig.peer());
    for (let i = 0; i < 5; i++) {
      const answer = await phone.register([`Contact: ${phone.contact()}`]);
      assert.match(answer.start, / 200 /);
    }
    assert.equal(tries, 1, 'a store in trouble is left alone');
    assert.equal(rig.metrics.counted('dualstream_store_failures_total', { reason: 'store_full' }), 1);
    assert.match(await rig.metrics.text(), /^dualstream_store_unsaved 1$/m);
    assert.equal((await rig.registrar.bindingsOf('alice')).length, 1);
    full = false;
    rig.clock.advance(10_000);
    await waitUntil(() => rig.kept.unsaved === 0, 1000);
    assert.equal((await inner.bindings.all()).length, 1);
    assert.match(await rig.metrics.text(), /^dualstream_store_unsaved 0$/m);
    await rig.close();
  });
});
