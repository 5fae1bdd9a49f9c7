import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEndpoint } from '../../scripts/endpoint/endpoint.js';
import { listenForCalls, type AnsweringEndpoint } from '../../scripts/endpoint/listen.js';
import { systemClock } from '../../src/base/clock.js';
import { systemNet } from '../../src/base/system-net.js';
import type { AdmissionAsk } from '../../src/protocol/h323/ras/contract.js';
import type { CallsAnswer, RegistrationSnapshot, RegistrationsAnswer } from '../../src/services/api/contract.js';
import { audioInConfig } from '../support/sound-elsewhere.js';
import { alicesPassword, rasDevice } from '../support/ras-device.js';
import { Administrator } from './support/administrator.js';
import { Product } from './support/product.js';
import { until } from './support/until.js';

const here = '127.0.0.1';
const patience = 15_000;

/** A UDP port that is free now, and that a restart finds free again. */
async function freePort(): Promise<number> {
  const socket = await systemNet.udp({ address: here, port: 0 });
  socket.close();
  return socket.local.port;
}

/** A call to the demo room. */
function ask(digit: string): AdmissionAsk {
  return {
    ...{ callReference: Number(digit), callIdentifier: digit.repeat(32), conferenceID: digit.repeat(32), kbps: 1920 },
    ...{ answerCall: false, destination: [{ 'h323-ID': 'demo' }], source: [] },
    dropped: () => undefined,
  };
}

describe('an H.323 device at our gatekeeper', function () {
  this.timeout(120_000);
  const directory = mkdtempSync(join(tmpdir(), 'gatekeeper-'));
  let port = 0;
  let gateway: Product;
  let administrator: Administrator;
  let phone: AnsweringEndpoint;
  let device: Awaited<ReturnType<typeof rasDevice>>;

  const start = async (): Promise<void> => {
    gateway = Product.start(
      '--config',
      join(directory, 'config.yaml'),
      '--bind',
      here,
      '--data',
      join(directory, 'data'),
    );
    await gateway.printed(/is ready\.[\s\S]*Ctrl-C ends/, 60_000);
    administrator = await Administrator.of(gateway);
  };
  const registrations = async (): Promise<RegistrationSnapshot[]> =>
    ((await administrator.ask('GET', '/registrations')) as RegistrationsAnswer).items;
  const registered = (): Promise<unknown> =>
    until('the device to be registered', patience, () => device.client.state === 'registered' || null);
  const inRoom = (size: number): Promise<unknown> =>
    until(`${size} in the room`, patience, async () =>
      (await administrator.room('demo')).participants.length === size ? true : null,
    );

  before(async () => {
    port = await freePort();
    const config = {
      ...audioInConfig(),
      sip: {
        listen: [{ transport: 'udp', address: here, port: 0 }],
        controlPort: 0,
        users: [{ name: 'alice', password: 'a secret', aliases: ['1001'] }],
      },
      media: { ports: null, rtpengine: 'off' },
      web: { http: { port: 0 }, https: null },
      h323: {
        listen: [{ address: here, port: 0 }],
        h245Ports: null,
        gatekeeper: { listen: [{ address: here, port }] },
      },
    };
    writeFileSync(join(directory, 'config.yaml'), JSON.stringify(config));
    await start();
    phone = await listenForCalls({ protocol: 'h323', name: 'ALICE', bind: here, audio: 'silence' });
    const signalling = { address: here, port: Number(/:(\d+)$/.exec(phone.uri())?.[1]) };
    const at = { gatekeeper: { address: here, port }, ...alicesPassword };
    device = await rasDevice({ net: systemNet, clock: systemClock }, ['alice', '1001'], signalling, at);
    device.client.start();
    await registered();
  });

  after(async () => {
    await device?.close();
    await phone?.close();
    await gateway?.end();
    rmSync(directory, { recursive: true, force: true });
  });

  it('is listed as its user, with its names', async () => {
    const [one] = await registrations();
    assert.deepEqual([one?.user, one?.aliases, one?.transport], ['alice', ['alice', '1001'], 'h323']);
  });

  it('calls a room by leave of the gatekeeper', async () => {
    const kept = await device.client.admit(ask('7'));
    const { address } = kept.admission;
    assert.ok(address);
    const uri = `h323:demo@${address.address}:${address.port}`;
    const caller = await startEndpoint({ uri, name: 'ALICE', bind: here, audio: 'silence' });
    await inRoom(1);
    await caller.hangup();
    await inRoom(0);
    kept.disengage();
  });

  for (const uri of ['h323:1001', 'user:alice'])
    it(`is called by a room as ${uri}`, async () => {
      await administrator.ask('POST', '/rooms/demo/participants', { uri, name: 'Alice' });
      const called = await phone.call();
      await inRoom(1);
      await called.hangup();
      await inRoom(0);
    });

  it('has what it was told by RAS in the diagnosis of its call', async () => {
    const one = ask('9');
    const kept = await device.client.admit(one);
    kept.disengage(17);
    const found = await until('its call to be over', patience, async () => {
      const { items } = (await administrator.ask('GET', `/calls?callId=${one.callIdentifier}`)) as CallsAnswer;
      return items[0]?.state === 'ended' ? items[0] : null;
    });
    const { messages } = (await administrator.ask('GET', `/calls/${found.id}`)) as {
      messages: { by: string; what: string }[];
    };
    assert.deepEqual(
      messages.map(({ by, what }) => `${by} ${what}`.replace(/ at \S+,/, ',')),
      [
        'peer admissionRequest: a call to demo, 1920 kbit/s',
        'us admissionConfirm: gatekeeperRouted, as demo, 1920 kbit/s',
        'peer disengageRequest: normalDrop, user busy (cause 17)',
        'us disengageConfirm',
      ],
    );
  });

  it('is admitted after a crash of ours as before: it registers anew by itself', async () => {
    gateway.signalJob('SIGKILL');
    await gateway.over;
    await start();
    assert.deepEqual(await registrations(), []);
    const kept = await device.client.admit(ask('8'));
    assert.ok(kept.admission.address);
    assert.deepEqual(device.lost, ['not_known']);
    assert.equal((await registrations())[0]?.user, 'alice');
    kept.disengage();
  });

  it('is told when it is removed, and when we go', async () => {
    const [one] = await registrations();
    await administrator.ask('DELETE', `/registrations/${one?.id}`);
    await until('the device to know', patience, () => device.lost.length === 2 || null);
    await until('the device to be back', 30_000, () => device.client.state === 'registered' || null);
    await gateway.end();
    await until('the device to know', patience, () => device.lost.length === 3 || null);
    assert.deepEqual(device.lost.slice(1), ['maintenance', 'maintenance']);
  });
});
