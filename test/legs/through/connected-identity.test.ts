import assert from 'node:assert/strict';
import { aliasOf } from '../../../src/protocol/h323/aliases.js';
import type { AnswerDetails } from '../../../src/protocol/h323/call/contract.js';
import { CalledPeer, takesAll } from '../../support/dial-rig.js';
import type { Peer } from '../../support/h323-rig.js';
import { describePeer } from '../../support/offers.js';
import { startThroughRig, type ThroughRig } from '../../support/through-rig.js';
import { waitUntil } from '../../support/wait.js';

describe('who answered a call through the gateway', () => {
  let rig: ThroughRig;
  let device: Peer;
  beforeEach(async () => {
    rig = await startThroughRig();
    device = await rig.device();
  });
  afterEach(async () => {
    await rig.nothingLeft();
    await rig.close();
  });

  const released = (): Promise<void> => waitUntil(() => device.released !== null, 2000);

  for (const [what, details, told] of [
    [
      'display and alias',
      { display: 'Board "2" Roóm', aliases: [aliasOf('board 2')] },
      '"Board 2 Roóm" <sip:board%202@GW>',
    ],
    ['a number alone', { aliases: [aliasOf('4711')] }, '"4711" <sip:4711@GW>'],
    ['its name alone', { display: 'Board' }, '"Board" <sip:board@GW>'],
    ['nothing', {}, undefined],
  ] as [string, AnswerDetails, string | undefined][]) {
    it(`is told to the SIP caller of a device that says ${what}`, async () => {
      const near = await rig.call(`7${device.port}`);
      near.send('INVITE', describePeer());
      await near.peer.expect('SIP/2.0 180');
      device.call?.connect(details);
      const { message } = await near.final('INVITE');
      near.ack();
      const host = /@([^>]+)>/.exec(`${rig.uri('x')}>`)?.[1] ?? '';
      assert.equal(message.headers.get('p-asserted-identity')?.replace(host, 'GW'), told);
      await near.bye();
      await released();
    });
  }

  it('is not told who the H.323 caller is, where that wants to stay unknown', async () => {
    const setup = { presentationIndicator: { presentationRestricted: true as const } };
    await device.dial('9+4930', { callingNumber: '4711', setup });
    const call = await CalledPeer.by(rig.far);
    assert.match(call.header('from'), /^"Anonymous" <sip:anonymous@/);
    assert.doesNotMatch(call.invite.text, /4711|Room System/);
    await call.refuse('486 Busy Here');
    await released();
  });

  const answered = async (...headers: string[]): Promise<CalledPeer> => {
    await device.dial('9+4930');
    const call = await CalledPeer.by(rig.far);
    rig.far.answer(call.invite, '200 OK', [call.contact, ...headers], takesAll(call.invite));
    await call.request('ACK');
    await waitUntil(() => device.call?.state === 'active', 2000);
    return call;
  };

  for (const [what, headers, display, alias] of [
    [
      'asserts its name',
      ['P-Asserted-Identity: "Ada \\"A\\" L." <sip:ada@example.org>, <tel:+4930>'],
      'Ada "A" L.',
      'ada',
    ],
    ['asserts a number', ['P-Asserted-Identity: <tel:+493099>'], '+493099', '+493099'],
    ['asserts nothing', [], '+4930', '+4930'],
    ['asserts nonsense', ['P-Asserted-Identity: "x <sip:y'], '+4930', '+4930'],
    ['wants to stay unknown', ['P-Asserted-Identity: "Ada" <sip:ada@example.org>', 'Privacy: critical;id'], '', ''],
  ] as const) {
    it(`is told to the H.323 caller of a SIP end that ${what}`, async () => {
      const call = await answered(...headers);
      const { peer } = device.call!;
      assert.equal(peer.display, display);
      assert.deepEqual(peer.aliases, alias === '' ? [] : [aliasOf(alias)]);
      await call.bye();
      await released();
    });
  }

  for (const [headers, told] of [
    [
      ['P-Asserted-Identity: "Ada" <sip:ada@example.org>'],
      /^P-Asserted-Identity: "Ada" <sip:ada@127\.0\.0\.1:\d+>\r$/m,
    ],
    [[], null],
    [['P-Asserted-Identity: "Ada" <sip:ada@example.org>', 'Privacy: id'], null],
  ] as const) {
    it(`is told to the SIP caller of a SIP end only by what that asserts (${headers.length})`, async () => {
      const near = await rig.call('9+4930');
      near.send('INVITE', describePeer());
      const call = await CalledPeer.by(rig.far);
      rig.far.answer(call.invite, '200 OK', [call.contact, ...headers], takesAll(call.invite));
      const { text } = await near.final('INVITE');
      near.ack();
      await call.request('ACK');
      if (told) assert.match(text, told);
      else assert.doesNotMatch(text, /P-Asserted-Identity/);
      await near.bye();
      await call.ends();
    });
  }
});
