import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { holdsTone } from '../../scripts/endpoint/audio/spectrum.js';
import type { EndpointEvent } from '../../scripts/endpoint/events.js';
import { Baresip } from '../journeys/support/baresip.js';
import { makeClip } from '../journeys/support/clip.js';
import { tonesAtEnd } from '../journeys/support/decoded.js';
import { EndpointProcess } from '../journeys/support/endpoint-process.js';
import { namespacesImpossible } from '../journeys/support/namespaces.js';
import { note } from '../journeys/support/note.js';
import type { GatewayProgram } from '../journeys/support/program.js';
import { until } from '../journeys/support/until.js';
import { freeswitchProgram, withoutFreeSwitch } from '../support/freeswitch/real.js';
import { drachtioProgram, hosts, ThreeHosts } from './support/three-hosts.js';

const patience = 20_000;
const tones = { anna: 400, ben: 1000, phone: 1600 } as const;

describe('FreeSWITCH, rtpengine and drachtio-server on machines of their own', function () {
  if (freeswitchProgram === '') return withoutFreeSwitch();
  this.timeout(120_000);
  const directory = mkdtempSync(join(tmpdir(), 'three-hosts-'));
  let machines: ThreeHosts | null = null;
  let gateway: GatewayProgram | null = null;

  before(async function () {
    const why = namespacesImpossible({ nat: true });
    if (why !== null) {
      note(`skipped: ${why}`);
      return this.skip();
    }
    note(drachtioProgram === '' ? 'SIP by the embedded engine: DRACHTIO is not set' : 'SIP by a drachtio-server');
    machines = await ThreeHosts.make(directory);
    gateway = await machines.start();
  });
  after(async () => {
    await gateway?.stop();
    await machines?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const hears =
    (tone: number) =>
    (event: EndpointEvent): boolean =>
      event.event === 'heard' && holdsTone(event.tones, tone);

  it('let devices and an encrypted phone hear each other through the firewalls', async () => {
    if (!machines) throw new Error('no machines');
    const enter = machines.enter('caller');
    const call = (name: 'anna' | 'ben'): EndpointProcess => {
      const who = ['--name', name.toUpperCase(), '--audio', `tone:${tones[name]}`, '--bind', hosts.caller];
      return EndpointProcess.startIn(enter, `sip:far*2468@${hosts.signalling}`, ...who);
    };
    const [anna, ben] = [call('anna'), call('ben')];
    const video = join(directory, 'phone.mp4');
    makeClip(video, 'PHONE', 30);
    const ports = { sipPort: 5090, controlPort: 4490, rtpPorts: [42_000, 42_100] as [number, number] };
    const media = { tone: tones.phone, video, encryption: 'srtp-mand' as const };
    let phone: Baresip | null = null;
    try {
      await anna.sees('anna to hear ben', patience, hears(tones.ben));
      await ben.sees('ben to hear anna', patience, hears(tones.anna));
      phone = await Baresip.start({ name: 'phone', address: hosts.caller, enter, ...ports, ...media });
      await phone.dial(`sip:far*2468@${hosts.signalling}`);
      await phone.established();
      await anna.sees('anna to hear the phone', patience, hears(tones.phone));
      const heard = phone;
      await until('the phone to hear ben', patience, async () => {
        const file = await heard.recording();
        return (file !== null && holdsTone(tonesAtEnd(file, 0.5), tones.ben)) || null;
      });
    } catch (error) {
      note(`${gateway?.said.slice(-3000)}\n${machines.output.slice(-3000)}`);
      throw error;
    } finally {
      await phone?.stop();
      await Promise.all([anna.kill(), ben.kill()]);
    }
  });

  it('let callers reach neither the event socket nor SIP of FreeSWITCH', () => {
    assert.equal(machines?.reaches('caller', 'mixing', 8021), false);
    assert.equal(machines?.reaches('caller', 'mixing', 5080), false);
    assert.equal(machines?.reaches('caller', 'signalling', 9022), false);
    assert.equal(machines?.reaches('signalling', 'mixing', 8021), true);
  });
});
