import assert from 'node:assert/strict';
import { systemChance } from '../../../src/base/ids.js';
import { openBfcpClient, type BfcpClientLink, type ClientTarget } from '../../../src/legs/bfcp-party/client-link.js';
import { graceMs, renewAfterMs } from '../../../src/legs/bfcp-party/standing.js';
import type { ParticipantDescription } from '../../../src/rooms/describe.js';
import { cuttableNet } from '../../support/cuttable-net.js';
import { describePeer, type Described } from '../../support/offers.js';
import type { RawCall } from '../../support/raw-call.js';
import type { Seen } from '../../support/sip-peer.js';
import { startSipRig, type SipRig } from '../../support/sip-rig.js';
import { waitUntil } from '../../support/wait.js';

const here = '127.0.0.1';
const until = (test: () => boolean): Promise<void> => waitUntil(test, 5000);

/** Where the gateway's description says that the floor is asked for. */
function targetOf(sdp: string): ClientTarget {
  const number = (pattern: RegExp): number => Number(pattern.exec(sdp)?.[1]);
  return {
    remote: { address: here, port: number(/^m=application (\d+)/m) },
    confId: number(/^a=confid:(\d+)/m),
    userId: number(/^a=userid:(\d+)/m),
    floorId: number(/^a=floorid:(\d+)/m),
    version: sdp.includes('UDP/BFCP') ? 2 : 1,
    setup: 'active',
  };
}

describe('floor control that is lost in a call', () => {
  let rig: SipRig;
  let net: ReturnType<typeof cuttableNet>;
  let client: BfcpClientLink;
  before(async () => (rig = await startSipRig()));
  after(() => rig.close());
  beforeEach(() => (net = cuttableNet()));
  afterEach(() => {
    client.close();
    return rig.nothingLeft();
  });

  const anna = (): ParticipantDescription => {
    const found = rig
      .room('demo')
      .describe()
      .participants.find(({ name }) => name === 'Anna');
    assert.ok(found);
    return found;
  };
  const holder = (): string => rig.room('demo').describe().floor.holder?.name ?? 'nobody';

  /** Anna presents, over TCP that she opened or over UDP; Bert is there to see it. */
  async function presenting(transport: 'UDP' | 'TCP'): Promise<{ call: RawCall; bert: RawCall; described: Described }> {
    const call = await rig.call('demo', 'Anna');
    const bert = await rig.call('demo', 'Bert');
    await bert.invite(describePeer({ content: 'sendrecv', floor: 'UDP' }));
    const common = { net, clock: rig.clock, chance: systemChance, bind: here, keepAliveMs: 0 };
    client = await openBfcpClient({ ...common, transport });
    const described: Described = { content: 'sendrecv', floor: transport, floorPort: client.port };
    if (transport === 'TCP') described.setup = 'active';
    await call.invite(describePeer(described));
    await client.connect(targetOf(call.sdp));
    assert.equal(await client.request(), 'granted');
    return { call, bert, described };
  }

  /** Takes the gateway's offer. */
  const take = (call: RawCall, offer: Seen, what: Described): void => {
    const body = describePeer({ ...what, version: 9 }).replace('a=floorctrl:c-s', 'a=floorctrl:c-only');
    call.peer.answer(offer, '200 OK', [`Contact: ${call.contact}`, 'Content-Type: application/sdp'], body);
  };

  it('is offered anew over TCP, and goes on when the device comes back', async () => {
    const { call, bert, described } = await presenting('TCP');
    net.cut();
    await until(() => anna().problems.length > 0);
    assert.match(anna().problems[0]?.reason ?? '', /^floor control is interrupted: the connection is gone/);
    assert.equal(holder(), 'Anna', 'it may come back');
    rig.clock.skip(renewAfterMs);
    const offer = await call.request('INVITE');
    assert.match(offer.text, /^m=application \d+ TCP\/BFCP \*/m);
    assert.match(offer.text, /^a=connection:new\r$/m);
    take(call, offer, described);
    await client.connect(targetOf(offer.text));
    await until(() => anna().problems.length === 0);
    rig.clock.skip(graceMs);
    assert.equal(holder(), 'Anna');
    assert.equal(anna().content, 'separate');
    await bert.bye();
    await call.bye();
  });

  it('frees the floor and puts content into the main picture when it does not come back, until it does', async () => {
    const { call, bert, described } = await presenting('TCP');
    const told: string[] = [];
    const listening = rig.room('demo').on.on('participantChanged', ({ problems }) => {
      told.push(problems.map(({ line, reason }) => `${line}: ${reason}`).join());
    });
    net.cut();
    await until(() => anna().problems.length > 0);
    rig.clock.skip(renewAfterMs);
    const offer = await call.request('INVITE');
    call.peer.answer(offer, '488 Not Acceptable Here');
    rig.clock.skip(graceMs - renewAfterMs);
    await until(() => holder() === 'nobody');
    assert.deepEqual(anna().problems, [{ line: 'floor', reason: 'floor control is lost: the connection is gone' }]);
    assert.equal(anna().content, 'in-main');
    listening.dispose();
    assert.ok(told.includes('floor: floor control is interrupted: the connection is gone'));
    assert.ok(told.includes('floor: floor control is lost: the connection is gone'));
    const room = rig.room('demo');
    room.requestFloor(room.describe().participants.find(({ name }) => name === 'Bert')?.id ?? 0);
    assert.equal(anna().sees.main?.what, 'content');
    assert.equal(anna().sees.content, null);
    const { metrics } = rig;
    const events = { transport: 'tcp', event: 'channel_given_up' };
    assert.equal(metrics.counted('dualstream_bfcp_events_total', events), 1);
    await call.invite(describePeer({ ...described, version: 3 }));
    await client.connect(targetOf(call.sdp));
    await until(() => anna().content === 'separate');
    assert.deepEqual(anna().problems, []);
    assert.equal(anna().sees.content?.what, 'content');
    await bert.bye();
    await call.bye();
  });

  it('is found by unanswered notifications on datagrams', async () => {
    const { call, bert } = await presenting('UDP');
    const room = rig.room('demo');
    // acknowledged as long as it lives
    room.requestFloor(room.describe().participants.find(({ name }) => name === 'Bert')?.id ?? 0);
    await until(() => /acks=true/.test(rig.legs.map(({ parts }) => parts.media.party?.describe()).join()));
    assert.equal(await client.request(), 'granted');
    net.deafen();
    const hurry = setInterval(() => rig.clock.skip(250), 5);
    try {
      const offer = await call.request('INVITE');
      call.peer.answer(offer, '488 Not Acceptable Here');
      await until(() => holder() === 'nobody');
      assert.match(anna().problems[0]?.reason ?? '', /floor control is lost: the peer does not answer/);
    } finally {
      clearInterval(hurry);
    }
    await bert.bye();
    await call.bye();
  });
});
