import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describePeer } from '../../support/offers.js';
import { startSipRig, type SipRig } from '../../support/sip-rig.js';

const folder = new URL('../../golden/sip-torture/', import.meta.url);

describe('checks of a request', () => {
  let rig: SipRig;
  before(async () => (rig = await startSipRig()));
  after(() => rig.close());
  afterEach(() => rig.nothingLeft());

  const multipart = (parts: string[]): string =>
    ['', ...parts, ''].join('\r\n--x y\r\n').slice(2, -2).replace(/$/, '--');
  const mixed = 'multipart/mixed; boundary="x y"';
  const isup = 'Content-Type: application/isup\r\nContent-Disposition: signal;handling=optional\r\n\r\n\x01\x02';
  const part = (sdp: string): string => `Content-Type: application/sdp\r\n\r\n${sdp}`;

  for (const [what, body, type, extra, status, header] of [
    ['unknown body', 'x', 'text/plain', [], 415, /^Accept: application\/sdp\r$/m],
    [
      'packed body',
      describePeer(),
      'application/sdp',
      ['Content-Encoding: gzip'],
      415,
      /^Accept-Encoding: identity\r$/m,
    ],
    [
      'Accept without SDP',
      describePeer(),
      'application/sdp',
      ['Accept: text/plain'],
      406,
      /^Accept: application\/sdp\r$/m,
    ],
    [
      'Require of who knows what',
      describePeer(),
      'application/sdp',
      ['Require: nothing'],
      420,
      /^Unsupported: nothing\r$/m,
    ],
    [
      'several parts and none of them SDP',
      `--x y\r\nContent-Type: text/plain\r\n\r\nx\r\n--x y--\r\n`,
      mixed,
      [],
      415,
      /^Accept: /m,
    ],
  ] as [string, string, string, string[], number, RegExp][]) {
    it(`${what}: ${status}`, async () => {
      const call = await rig.call('demo');
      call.send('INVITE', body, extra, type);
      const answer = await call.final('INVITE');
      assert.match(answer.start, new RegExp(` ${status} `));
      assert.match(answer.text, header);
    });
  }

  it('take the description out of several parts, and leave out what may be left out', async () => {
    const call = await rig.call('demo');
    call.send('INVITE', multipart([isup, part(describePeer())]), ['Accept: application/*'], mixed);
    assert.match((await call.final('INVITE')).start, / 200 /);
    call.ack();
    call.send('INVITE', 'x', [], 'text/plain');
    assert.match((await call.final('INVITE')).start, / 415 /);
    assert.equal(rig.room('demo').size, 1);
    await call.bye();
  });

  it('tell who asks by OPTIONS inside a call that is over', async () => {
    const call = await rig.call('demo');
    await call.invite(describePeer());
    await call.bye();
    call.send('OPTIONS');
    assert.match((await call.final('OPTIONS')).start, / 481 /);
  });
});

/** What the whole gateway answers over TCP, where the engine alone leaves it to the application. */
const answers: Record<string, number> = {
  invut: 415,
  sdp01: 406,
  mpart01: 405,
  zeromf: 200,
  unksm2: 403,
  cparam01: 403,
  cparam02: 403,
  regescrt: 403,
  regaut01: 403,
  escnull: 403,
  badaspec: 200,
  semiuri: 200,
  transports: 200,
};

describe('torture messages to the whole gateway over TCP', () => {
  let rig: SipRig;
  before(async () => (rig = await startSipRig()));
  after(() => rig.close());

  for (const name of readdirSync(new URL('rfc4475/', folder)).map((file) => file.replace('.dat', ''))) {
    it(`${name}${name in answers ? `: ${answers[name]}` : ' does no harm'}`, async () => {
      const peer = await rig.peer('tcp');
      peer.raw(readFileSync(new URL(`rfc4475/${name}.dat`, folder)));
      if (name in answers) {
        const final = await peer.expect('SIP/2.0 ', ({ start }) => !start.startsWith('SIP/2.0 1'));
        assert.equal(Number(final.start.slice(8, 11)), answers[name], final.text);
      }
      const [bystander] = [await rig.call('demo')];
      await bystander.invite(describePeer());
      await bystander.bye();
      // what was answered with 200 and is never acknowledged ends by itself
      for (let n = 0; n < 2; n++) {
        rig.sipClock.skip(33_000);
        await new Promise((resolve) => setImmediate(resolve));
      }
      await rig.nothingLeft();
    });
  }
});
