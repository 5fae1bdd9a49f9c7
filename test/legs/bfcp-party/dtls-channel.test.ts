import assert from 'node:assert/strict';
import { systemChance } from '../../../src/base/ids.js';
import type { Datagrams, Endpoint } from '../../../src/base/net.js';
import type { FloorIdentity } from '../../../src/legs/bfcp-party/contract.js';
import { DtlsChannel } from '../../../src/legs/bfcp-party/dtls-channel.js';
import { DtlsClient } from '../../../src/protocol/dtls/client.js';
import { contentTypes, readRecords } from '../../../src/protocol/dtls/records.js';
import { Signer } from '../../../src/protocol/dtls/signatures.js';
import { floorIdentity } from '../../support/bfcp.js';
import { ManualClock } from '../../support/manual-clock.js';

const peerAt: Endpoint = { address: '192.0.2.1', port: 5000 };

/** A socket without a network. */
class Socket implements Datagrams {
  readonly local = { address: '192.0.2.9', port: 5004 };
  readonly sent: { data: Uint8Array; to: Endpoint }[] = [];
  private listener: (data: Buffer, from: Endpoint) => void = () => undefined;

  send(data: Uint8Array, to: Endpoint): void {
    this.sent.push({ data, to });
  }
  onMessage(listener: (data: Buffer, from: Endpoint) => void): void {
    this.listener = listener;
  }
  onError(): void {
    // there is none
  }
  close(): void {
    // nothing is open
  }
  arrive(data: Uint8Array, from: Endpoint): void {
    this.listener(Buffer.from(data), from);
  }
  /** What was sent since the last time. */
  taken(): { data: Uint8Array; to: Endpoint }[] {
    return this.sent.splice(0);
  }
}

describe('dtls channel', () => {
  let ours: FloorIdentity;
  let theirs: FloorIdentity;
  let clock: ManualClock;
  let socket: Socket;
  let channel: DtlsChannel;
  let log: string[];

  before(async () => {
    ours = await floorIdentity('ours');
    theirs = await floorIdentity('theirs');
  });
  beforeEach(() => {
    clock = new ManualClock();
    socket = new Socket();
    log = [];
    channel = new DtlsChannel(
      { clock, chance: systemChance, socket, identity: ours },
      {
        connected: () => log.push('connected'),
        data: (bytes) => log.push(Buffer.from(bytes).toString()),
        lost: (why) => log.push(why),
        refused: (why) => log.push(`refused: ${why}`),
        other: () => log.push('other'),
      },
    );
    channel.expect({ server: true, fingerprints: [theirs.fingerprint] }, peerAt, false);
  });
  afterEach(() => {
    channel.close();
    assert.equal(clock.pending, 0);
  });

  /** A client somewhere that talks to the channel; `said` is all that it sent. */
  const caller = (identity = theirs): { client: DtlsClient; said: Uint8Array[] } => {
    const said: Uint8Array[] = [];
    const client: DtlsClient = new DtlsClient(
      { own: new Signer(identity), refusal: () => null, chance: systemChance },
      {
        send: (datagram) => said.push(datagram),
        connected: () => undefined,
        data: () => undefined,
        closed: () => undefined,
      },
    );
    return { client, said };
  };
  /** Carries datagrams both ways until nobody says more, or `most` of the client's are through. */
  const carry = ({ client, said }: ReturnType<typeof caller>, at: Endpoint, most = Infinity): void => {
    let done = 0;
    while (done < most && done < said.length) {
      socket.arrive(said[done++] ?? new Uint8Array(), at);
      for (const { data, to } of socket.taken()) if (to.port === at.port) client.receive(data, clock.now());
    }
  };
  const begin = (at: Endpoint, most = Infinity, identity = theirs): ReturnType<typeof caller> => {
    const one = caller(identity);
    one.client.start(clock.now());
    carry(one, at, most);
    return one;
  };
  /** Whose handshakes it still waits for: they are told again what they did not answer. */
  const waitedFor = (): Set<string> => {
    socket.taken();
    clock.advance(1000);
    return new Set(socket.taken().map(({ to }) => `${to.address} ${to.port}`));
  };

  it('keeps few handshakes of strangers beside what is established', () => {
    assert.ok(begin(peerAt).client.open);
    assert.deepEqual(log, ['connected']);
    for (let n = 1; n <= 30; n++) begin({ address: `198.51.100.${n}`, port: 4000 + n }, 2);
    assert.ok(waitedFor().size <= 4);
    assert.equal(channel.peer?.address, peerAt.address);
  });

  it('lets strangers not push the signalled peer out', () => {
    const peer = begin(peerAt, 2);
    for (let n = 1; n <= 30; n++) begin({ address: `198.51.100.${n}`, port: 4000 + n }, 2);
    for (const datagram of peer.said.slice(2)) socket.arrive(datagram, peerAt);
    for (const { data, to } of socket.taken()) if (to.port === peerAt.port) peer.client.receive(data, clock.now());
    assert.deepEqual(log, ['connected']);
  });

  it('lets a client begin anew in the middle of its handshake', () => {
    begin(peerAt, 2);
    assert.ok(begin(peerAt).client.open);
    assert.deepEqual(log, ['connected']);
  });

  it('begins nothing for a hello that comes again', () => {
    const peer = begin(peerAt);
    const hellos = peer.said.filter((datagram) => {
      const [record] = readRecords(datagram);
      return record?.type === contentTypes.handshake && record.epoch === 0 && record.fragment[0] === 1;
    });
    assert.equal(hellos.length, 2);
    for (const hello of hellos) socket.arrive(hello, peerAt);
    assert.ok(socket.taken().every(({ data }) => data.length < 100));
    assert.equal(clock.pending, 0, 'it waits for nobody');
  });

  it('gives cookies out anew each minute, and takes no old ones', () => {
    const early = begin(peerAt, 1);
    clock.advance(60_000);
    begin({ address: '198.51.100.1', port: 4000 }, 1);
    socket.taken();
    socket.arrive(early.said[1] ?? new Uint8Array(), peerAt);
    assert.ok((socket.taken()[0]?.data.length ?? 0) > 500, 'it is under way');
    clock.advance(60_000);
    begin({ address: '198.51.100.1', port: 4000 }, 1);
    clock.advance(10_000);
    socket.taken();
    socket.arrive(early.said[1] ?? new Uint8Array(), peerAt);
    assert.ok((socket.taken()[0]?.data.length ?? 0) < 100, 'it is asked for another cookie');
  });

  it('ends what is established when another certificate is told, and takes that one', () => {
    const peer = begin(peerAt);
    channel.expect({ server: true, fingerprints: [theirs.fingerprint] }, peerAt, false);
    assert.deepEqual(log, ['connected']);
    channel.expect({ server: true, fingerprints: [ours.fingerprint] }, peerAt, false);
    for (const { data } of socket.taken()) peer.client.receive(data, clock.now());
    assert.ok(peer.client.closed, 'it is told');
    assert.equal(channel.peer, null);
    assert.ok(begin(peerAt, Infinity, ours).client.open);
    assert.deepEqual(log, ['connected', 'the negotiation tells another certificate', 'connected']);
  });

  it('looks at the certificate that is told when it is shown', () => {
    const peer = begin(peerAt, 2);
    channel.expect({ server: true, fingerprints: [ours.fingerprint] }, peerAt, false);
    for (const datagram of peer.said.slice(2)) socket.arrive(datagram, peerAt);
    assert.deepEqual(log, ['the certificate of the peer is not that of its fingerprint']);
  });

  it('does not take the failure of a stranger for one of the peer', () => {
    begin({ address: '198.51.100.1', port: 4000 }, Infinity, ours);
    assert.deepEqual(log, ['refused: the certificate of the peer is not that of its fingerprint']);
    begin(peerAt, Infinity, ours);
    assert.equal(log[1], 'the certificate of the peer is not that of its fingerprint');
  });

  it('does not shake hands as a client any more when its role has changed', () => {
    channel.expect({ server: false, fingerprints: [theirs.fingerprint] }, peerAt, false);
    clock.advance(64_000);
    assert.deepEqual(log, ['no answer to the DTLS handshake']);
    channel.expect({ server: true, fingerprints: [theirs.fingerprint] }, peerAt, false);
    socket.taken();
    clock.advance(10_000);
    assert.deepEqual(socket.taken(), []);
  });

  it('keeps what is established whatever comes in the plain', () => {
    const peer = begin(peerAt);
    for (const type of [20, 21, 22, 23, 24, 63]) {
      for (const fragment of ['', '00', '02', '0228', '0100', '02ffffff', '0100000000000000']) {
        const head = Buffer.from([type, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 1, 0, 0, fragment.length / 2]);
        socket.arrive(Buffer.concat([head, Buffer.from(fragment, 'hex')]), peerAt);
      }
    }
    assert.deepEqual(socket.taken(), []);
    peer.said.length = 0;
    peer.client.write(Buffer.from('still here'));
    carry(peer, peerAt);
    assert.deepEqual(log, ['connected', 'still here']);
  });
});
