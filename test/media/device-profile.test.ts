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
  it('names are unique, and what we know nothing to tell by is never chosen', () => {
    assert.equal(new Set(DEVICES.map(({ name }) => name)).size, DEVICES.length);
    const silent = DEVICES.filter(({ signs }) => signs.length === 0);
    assert.ok(silent.length > 0);
    assert.equal(deviceOf(text('softphone-generic-resume'), silent), null);
  });
  it('signs are looked for on every line, and what must not be there excludes', () => {
    const tandberg = text('tandberg-movi-udp');
    assert.equal(deviceOf(`${tandberg}a=bfcpver:2 1\r\n`), null);
    assert.equal(dialectOf(deviceOf(tandberg)).silentVersion, 1);
    const poly = dialectOf(deviceOf(text('poly-studiox30-tcp')));
    assert.deepEqual([poly.contentLine, poly.floorInstead, poly.settleMs], ['early', 'TCP', 300]);
  });
});
