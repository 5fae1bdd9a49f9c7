import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { deviceOf, dialectOf, STANDARD } from '../../src/media/device-profile.js';
import { DEVICES } from '../../src/media/devices.js';
import { answerFixtureNames, fixtureNames, FIXTURES } from './support/fixtures.js';

const text = (name: string): string => {
  const file = ['offer', 'answer']
    .map((kind) => new URL(`${name}.${kind}.sdp`, FIXTURES))
    .find((url) => existsSync(url));
  assert.ok(file, `${name} is not in sdp-fixtures`);
  return readFileSync(file, 'utf8');
};

describe('devices are known by their descriptions', () => {
  for (const device of DEVICES) {
    for (const name of device.fixtures) {
      it(`${name} is one of ${device.title}`, () => assert.equal(deviceOf(text(name))?.name, device.name));
    }
  }
  it('what differs from the standard has a source and a recorded description', () => {
    for (const { name, does, source, signs, fixtures } of DEVICES) {
      if (Object.keys(does).length === 0) continue;
      assert.ok(source !== 'none' && signs.length > 0 && fixtures.length > 0, name);
      assert.notDeepEqual({ ...STANDARD, ...does }, STANDARD, `${name} changes something`);
    }
  });
  it('a description of nobody we know gets the standard', () => {
    for (const name of [...fixtureNames(), ...answerFixtureNames()]) {
      const listed = DEVICES.some(({ fixtures }) => fixtures.includes(name));
      const known = deviceOf(text(name));
      // cut before its BFCP line; a gateway that repeats what the Poly said
      if (!listed && !['tandberg-movi-fragment', 'gateway-to-poly-tcp'].includes(name)) assert.equal(known, null, name);
    }
    assert.deepEqual(dialectOf(null), STANDARD);
  });
  it('names are unique, and every kind is known from somewhere, by something, with a description of it', () => {
    assert.equal(new Set(DEVICES.map(({ name }) => name)).size, DEVICES.length);
    for (const { name, signs, source, fixtures } of DEVICES) {
      assert.ok(signs.length > 0 && fixtures.length > 0 && source.length > 0, name);
    }
  });
  it('signs are looked for on every line, and what must not be there excludes', () => {
    const tandberg = text('tandberg-movi-udp');
    assert.equal(deviceOf(`${tandberg}a=bfcpver:1\r\n`), null);
    assert.equal(dialectOf(deviceOf(tandberg)).silentVersion, 1);
    const poly = dialectOf(deviceOf(text('poly-studiox30-tcp')));
    assert.deepEqual([poly.contentLine, poly.floorInstead, poly.settleMs], ['early', 'TCP', 300]);
    const hdx = text('polycom-hdx-tcp');
    assert.equal(dialectOf(deviceOf(hdx)).floorInstead, 'TCP');
    assert.equal(deviceOf(hdx.replace('; sar=13', '; packetization-mode=1; sar=13')), null);
  });
  it('a User-Agent names a device of two streams that shows no signs, and nobody else', () => {
    const named: [string, string | undefined][] = [
      ['PolycomHDX8000HD/3.1.12', 'poly-hdx'],
      ['Polycom HDX 8000 HD (Release - 2.5.0.8_ne-4035)', 'poly-hdx'],
      ['PolycomRealPresenceGroup500/4.1.5', 'polycom-group'],
      ['Yealink VC800 63.345.0.40', 'yealink'],
      ['Yealink SIP-T58A 58.86.0.20', undefined],
      ['Huawei TE40', 'huawei-te'],
      ['LifeSize Express_220/LS_EX2_4.7.11 (4)', 'lifesize'],
      ['AVer, EVC130 00.01.12.81', 'aver'],
      ['baresip v1.0.0', undefined],
    ];
    const [two, one] = [text('libre-rfc4583-tcp'), text('softphone-generic-resume')];
    for (const [agent, device] of named) {
      assert.equal(deviceOf(two, agent)?.name, device, agent);
      assert.equal(deviceOf(one, agent), null, `${agent} with one stream`);
    }
    const said = text('cisco-ce-room-udp');
    assert.equal(deviceOf(said, 'Yealink VC800 63.345.0.40')?.name, 'cisco-ce', 'what it shows counts before its name');
  });
});
