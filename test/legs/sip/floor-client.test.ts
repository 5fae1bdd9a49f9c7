import assert from 'node:assert/strict';
import type { BfcpParty } from '../../../src/legs/bfcp-party/party.js';
import { isEncrypted, isStream, type FloorTransport } from '../../../src/protocol/sdp/floor-rules.js';
import type { ParticipantDescription } from '../../../src/rooms/describe.js';
import { bench, floorIdentity, type Identities } from '../../support/bfcp.js';
import { FakeFloor } from '../../support/floor-desks.js';
import { describePeer, type Described } from '../../support/offers.js';
import type { RawCall } from '../../support/raw-call.js';
import { startSipRig, type SipRig } from '../../support/sip-rig.js';
import { waitUntil } from '../../support/wait.js';

const here = '127.0.0.1';
const until = (test: () => boolean): Promise<void> => waitUntil(test, 5000);
const holderOf = (floor: FakeFloor): string => floor.live.find(({ state }) => state === 'granted')?.name ?? 'nobody';

/** A call of an MCU, whose floor control server is our own machine with a floor of its own. */
class Mcu {
  readonly floor = new FakeFloor();

  private constructor(
    readonly call: RawCall,
    readonly party: BfcpParty,
    readonly transport: FloorTransport,
    readonly described: Described,
  ) {
    this.floor.join(7, party);
    party.attach(this.floor.desk(7, 'Gateway'), { name: 'Gateway' });
  }

  static async make(
    rig: SipRig,
    transport: FloorTransport,
    more: Described = {},
    identities?: Identities,
  ): Promise<Mcu> {
    const on = bench(identities && { party: identities.client });
    const party = await on.party(transport);
    const { ids, local } = party;
    const described: Described = { content: 'sendrecv', floor: transport, floorPort: local.port, serves: ids, ...more };
    return new Mcu(await rig.call('demo', 'MCU'), party, transport, described);
  }

  get sdp(): string {
    return describePeer(this.described);
  }

  /** Takes what the gateway's description says of the floor; `sdp` is of an offer or an answer. */
  follow(sdp: string, identities?: Identities): void {
    const section = /^m=application (\d+) (\S+)[^]*?(?=^m=|$(?![^]))/m.exec(sdp);
    const theirs = /^a=setup:(\w+)/m.exec(section?.[0] ?? '')?.[1];
    const setup = theirs === 'active' ? 'passive' : 'active';
    const version = isStream(this.transport) ? 1 : 2;
    // over TCP it is the client of TLS since it offered (RFC 8856 §8), of DTLS when it is active
    const tlsServer = this.transport === 'DTLS' && theirs === 'active';
    const [, digest = ''] = /^a=fingerprint:sha-256 (\S+)/m.exec(section?.[0] ?? '') ?? [];
    this.party.setRemote(
      { address: here, port: Number(section?.[1]) },
      {
        ...{ transport: this.transport, setup, version, isNew: true },
        tls: identities ? { server: tlsServer, fingerprints: [{ hash: 'sha-256', digest }] } : null,
      },
    );
  }

  async leave(): Promise<void> {
    await this.call.bye();
    this.party.close();
  }
}

describe('floor control with an MCU that insists on serving', () => {
  let rig: SipRig;
  let identities: Identities;
  before(async () => {
    identities = { party: await floorIdentity('gateway'), client: await floorIdentity('mcu') };
    rig = await startSipRig({ floorIdentity: identities.party });
  });
  after(() => rig.close());
  afterEach(() => rig.nothingLeft());

  const who = (name: string): ParticipantDescription => {
    const found = rig
      .room('demo')
      .describe()
      .participants.find((one) => one.name === name);
    assert.ok(found, `${name} is not here`);
    return found;
  };
  const holder = (): string => rig.room('demo').describe().floor.holder?.name ?? 'nobody';
  const anna = async (): Promise<RawCall> => {
    const call = await rig.call('demo', 'Anna');
    await call.invite(describePeer({ content: 'sendrecv', floor: 'UDP' }));
    return call;
  };

  for (const [name, transport, setup] of [
    ['UDP', 'UDP', undefined],
    ['TCP, which it opens', 'TCP', 'active'],
    ['TCP, which we open', 'TCP', 'passive'],
    ['TLS, which it opens', 'TLS', 'active'],
    ['TLS, which we open', 'TLS', 'passive'],
    ['DTLS, whose client it is', 'DTLS', 'active'],
    ['DTLS, whose client we are', 'DTLS', 'passive'],
    ['DTLS, as we like', 'DTLS', 'actpass'],
  ] as const) {
    it(`is its client: ${name}`, async () => {
      const keyed = isEncrypted(transport) ? identities : undefined;
      const more = { ...(setup ? { setup } : {}), ...(keyed ? { fingerprint: keyed.client.fingerprint } : {}) };
      const mcu = await Mcu.make(rig, transport, more, keyed);
      const { call, floor } = mcu;
      const other = await anna();
      await call.invite(mcu.sdp);
      assert.match(call.sdp, /^a=floorctrl:c-only\r$/m);
      const [, answered = ''] = /^m=application[^]*?(?=^m=|$(?![^]))/m.exec(call.sdp)?.[0].split(/(?<=\*\r\n)/) ?? [];
      assert.doesNotMatch(answered, /confid|userid|floorid/, 'these are the server’s');
      mcu.follow(call.sdp, keyed);
      const seats = rig.room('demo');
      floor.queue = true;
      floor.desk(2, 'Far').request();
      await until(() => holder() === 'MCU');
      assert.deepEqual(who('Anna').sees.content, { from: who('MCU').id, what: 'content', low: false });

      seats.requestFloor(who('Anna').id);
      await until(() => floor.live.some(({ name, state }) => name === 'Gateway' && state === 'pending'));
      assert.equal(who('MCU').sees.content, null, 'not before its floor is ours');
      assert.notEqual(who('MCU').sees.main?.what, 'content');
      const asked = floor.live.find((ticket) => ticket.name === 'Gateway')?.id ?? 0;
      floor.desk(2, 'Far').release(floor.live.find((ticket) => ticket.name === 'Far')?.id ?? 0);
      floor.decide(asked, 'granted');
      await until(() => who('MCU').sees.content !== null);
      assert.deepEqual(who('MCU').sees.content, { from: who('Anna').id, what: 'content', low: false });
      seats.releaseFloor(who('Anna').id);
      await until(() => holderOf(floor) === 'nobody');
      assert.deepEqual(who('MCU').problems, []);
      await other.bye();
      await mcu.leave();
    });
  }

  it('puts content into its main picture and says why when it denies', async () => {
    const mcu = await Mcu.make(rig, 'UDP');
    const { call, floor } = mcu;
    const other = await anna();
    await call.invite(mcu.sdp);
    mcu.follow(call.sdp);
    floor.queue = true;
    floor.desk(2, 'Far').request();
    await until(() => holder() === 'MCU');
    rig.room('demo').requestFloor(who('Anna').id);
    await until(() => floor.live.some(({ name }) => name === 'Gateway'));
    floor.decide(floor.live.find(({ name }) => name === 'Gateway')?.id ?? 0, 'denied', 'Far presents');
    await until(() => who('MCU').sees.main?.what === 'content');
    assert.deepEqual(who('MCU').problems, [
      { line: 'floor', reason: 'the far end does not let us present: Far presents' },
    ]);
    assert.equal(who('MCU').content, 'in-main');
    await other.bye();
    await mcu.leave();
  });

  it('becomes its client where our offer of serving is answered by the same', async () => {
    const mcu = await Mcu.make(rig, 'UDP');
    const { call, floor } = mcu;
    await call.invite('', [], false);
    assert.match(call.sdp, /^a=floorctrl:s-only\r$/m);
    call.ack(mcu.sdp);
    mcu.follow(call.sdp);
    floor.desk(2, 'Far').request();
    await until(() => holder() === 'MCU');
    await mcu.leave();
  });

  it('leaves an MCU that refuses our serving the choice, once, and becomes its client', async () => {
    const mcu = await Mcu.make(rig, 'UDP');
    const { call, floor } = mcu;
    call.focus = true;
    await call.invite('', [], false);
    call.ack(describePeer({ ...mcu.described, floorPort: 0 }));
    const offer = await call.request('INVITE');
    const body = offer.message.body.toString();
    assert.match(body, /^a=floorctrl:c-only s-only\r$/m);
    for (const name of ['confid', 'userid', 'floorid']) assert.match(body, new RegExp(`^a=${name}:`, 'm'));
    call.peer.answer(offer, '200 OK', [`Contact: ${call.contact}`], describePeer({ ...mcu.described, version: 2 }));
    await call.request('ACK');
    mcu.follow(body);
    floor.desk(2, 'Far').request();
    await until(() => holder() === 'MCU');
    await mcu.leave();
  });

  for (const focus of [true, false]) {
    it(`asks an ${focus ? 'MCU once' : 'endpoint not at all'} for floor control that it refuses`, async () => {
      const call = await rig.call('demo', 'Peer');
      call.focus = focus;
      await call.invite('', [], false);
      const none = describePeer({ floor: 'UDP', floorPort: 0, content: 'sendrecv' });
      call.ack(none);
      if (focus) {
        const offer = await call.request('INVITE');
        call.peer.answer(offer, '200 OK', [`Contact: ${call.contact}`], none.replace('o=peer 77 1', 'o=peer 77 2'));
        await call.request('ACK');
      }
      await call.settled();
      rig.clock.skip(10_000);
      await call.settled();
      assert.equal(call.requested('INVITE'), focus ? 1 : 0);
      await call.bye();
    });
  }

  it('keeps the session and the floor through a refresh and a hold', async () => {
    const mcu = await Mcu.make(rig, 'UDP');
    const { call, floor } = mcu;
    await call.invite(mcu.sdp);
    mcu.follow(call.sdp);
    floor.desk(2, 'Far').request();
    await until(() => holder() === 'MCU');
    const ticket = rig.room('demo').describe().floor.holder?.id;
    const described = mcu.party.describe();
    await call.invite(mcu.sdp);
    await call.invite(describePeer({ ...mcu.described, version: 2, audio: 'sendonly', video: 'sendonly' }));
    await call.invite(describePeer({ ...mcu.described, version: 3 }));
    assert.equal(rig.room('demo').describe().floor.holder?.id, ticket);
    assert.equal(mcu.party.describe(), described);
    await mcu.leave();
  });

  it('refuses a certificate that is not that of the fingerprint, and says so', async () => {
    const wrong = { ...identities.client, fingerprint: identities.party.fingerprint };
    const more = { setup: 'active', fingerprint: wrong.fingerprint };
    const mcu = await Mcu.make(rig, 'TLS', more, { ...identities, client: wrong });
    await mcu.call.invite(mcu.sdp);
    mcu.follow(mcu.call.sdp, identities);
    await until(() => who('MCU').problems.length > 0);
    assert.match(who('MCU').problems[0]?.reason ?? '', /certificate of the peer is not that of its fingerprint/);
    assert.equal(who('MCU').content, 'in-main');
    await mcu.leave();
  });

  it('refuses encrypted floor control without a fingerprint', async () => {
    const mcu = await Mcu.make(rig, 'TLS', { setup: 'active' }, identities);
    await mcu.call.invite(mcu.sdp);
    assert.match(mcu.call.sdp, /^m=application 0 TCP\/TLS\/BFCP \*/m);
    await mcu.leave();
  });
});
