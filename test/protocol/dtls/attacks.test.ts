import assert from 'node:assert/strict';
import { createECDH } from 'node:crypto';
import { join, num, Unreadable, vector } from '../../../src/protocol/dtls/bytes.js';
import { DtlsClient } from '../../../src/protocol/dtls/client.js';
import { wholeMessage, type HandshakeMessage } from '../../../src/protocol/dtls/flights.js';
import { KeyExchange } from '../../../src/protocol/dtls/key-exchange.js';
import {
  handshakeTypes as types,
  readClientHello,
  readServerHello,
  writeClientHello,
  writeHelloVerifyRequest,
  writeServerHello,
} from '../../../src/protocol/dtls/messages.js';
import { HandshakeFailed, type FlightPart } from '../../../src/protocol/dtls/peer.js';
import { contentTypes, readRecords, writeRecord } from '../../../src/protocol/dtls/records.js';
import { Cookies, DtlsServer } from '../../../src/protocol/dtls/server.js';
import { Signer } from '../../../src/protocol/dtls/signatures.js';
import { selfSignedTest, type TestCertificate } from '../../support/certificates.js';
import { fuzzDtls } from './fuzzing.js';
import { Pair } from './pair.js';

let own: Signer;
let certificate: TestCertificate;

/** A record that anybody can make. */
function plain(type: number, fragment: Uint8Array, sequence = 99): Uint8Array {
  return writeRecord({ type, epoch: 0, sequence, fragment });
}

function pairOf(Client = DtlsClient, Server = DtlsServer): Pair {
  return new Pair({ own }, { own }, Client, Server);
}

/** Ends that leave a message out, of the flight and of their view of the handshake. */
function clientWithout(type: number): typeof DtlsClient {
  return class extends DtlsClient {
    protected override compose(kind: number, body: Uint8Array): HandshakeMessage {
      return kind === type ? { type, sequence: 0, body } : super.compose(kind, body);
    }
    protected override fly(parts: FlightPart[], now: number, awaits: boolean): void {
      super.fly(without(parts, type), now, awaits);
    }
  };
}

function serverWithout(type: number): typeof DtlsServer {
  return class extends DtlsServer {
    protected override compose(kind: number, body: Uint8Array): HandshakeMessage {
      return kind === type ? { type, sequence: 0, body } : super.compose(kind, body);
    }
    protected override fly(parts: FlightPart[], now: number, awaits: boolean): void {
      super.fly(without(parts, type), now, awaits);
    }
  };
}

function without(parts: FlightPart[], type: number): FlightPart[] {
  return parts.filter((part) => part === 'changeCipherSpec' || part.message.type !== type);
}

function unsealed(parts: FlightPart[]): FlightPart[] {
  return parts.map((part) => (part === 'changeCipherSpec' ? part : { ...part, sealed: false }));
}

class PlainClient extends DtlsClient {
  protected override fly(parts: FlightPart[], now: number, awaits: boolean): void {
    super.fly(unsealed(parts), now, awaits);
  }
}

class PlainServer extends DtlsServer {
  protected override fly(parts: FlightPart[], now: number, awaits: boolean): void {
    super.fly(unsealed(parts), now, awaits);
  }
}

/** Sends data of the application before its Finished. */
class HastyClient extends DtlsClient {
  protected override fly(parts: FlightPart[], now: number, awaits: boolean): void {
    super.fly(without(parts, types.finished), now, awaits);
    if (!this.seals) return;
    const fragment = Buffer.from('early');
    this.sink.send(writeRecord(this.seals.seal({ type: contentTypes.data, epoch: 1, sequence: 77, fragment })));
  }
}

describe('dtls under attack', () => {
  before(async () => {
    certificate = await selfSignedTest({ common: 'ec' });
    own = new Signer(certificate);
  });

  const forgeries = (): Uint8Array[] => {
    const message = (type: number, sequence: number): Uint8Array =>
      wholeMessage({ type, sequence, body: Buffer.alloc(12) });
    const contradicting = join(message(20, 5).subarray(0, 12), Buffer.alloc(12));
    contradicting[3] = 99;
    return [
      plain(contentTypes.handshake, new Uint8Array([0])),
      plain(contentTypes.handshake, new Uint8Array(0)),
      plain(contentTypes.handshake, Buffer.alloc(30, 0xff)),
      plain(contentTypes.alert, new Uint8Array([2])),
      plain(contentTypes.alert, new Uint8Array([1, 90])),
      plain(contentTypes.changeCipherSpec, new Uint8Array([1])),
      plain(contentTypes.data, Buffer.from('made up')),
      ...[4, 5, 6, 7, 8, 9].map((sequence) => plain(contentTypes.handshake, message(20, sequence))),
      plain(contentTypes.handshake, contradicting),
      writeRecord({ type: contentTypes.data, epoch: 1, sequence: 3, fragment: Buffer.alloc(40) }),
      writeRecord({ type: contentTypes.alert, epoch: 1, sequence: 2 ** 48 - 1, fragment: Buffer.alloc(26) }),
      writeRecord({ type: contentTypes.handshake, epoch: 2, sequence: 3, fragment: Buffer.alloc(40) }),
    ];
  };

  it('keeps an association that somebody sends made up records to, and says nothing to them', () => {
    const pair = pairOf().start().run();
    let answers = 0;
    pair.wire = (datagram) => {
      answers += 1;
      return [datagram];
    };
    const fatal = plain(contentTypes.alert, new Uint8Array([2, 40]));
    const closing = plain(contentTypes.alert, new Uint8Array([1, 0]));
    const repeated = plain(contentTypes.handshake, wholeMessage({ type: 1, sequence: 0, body: new Uint8Array() }));
    for (const forged of [...forgeries(), fatal, closing, repeated]) {
      for (const end of [pair.client, pair.server]) end.receive(forged, pair.now);
    }
    pair.run();
    assert.equal(answers, 0, 'nobody can be flooded by it');
    pair.client.write(Buffer.from('still here'));
    pair.server.write(Buffer.from('so am I'));
    pair.run();
    assert.deepEqual(pair.log.slice(2), ['server got still here', 'client got so am I']);
  });

  it('shakes hands though made up records come before each of the genuine ones', () => {
    const pair = pairOf();
    pair.wire = (datagram) => [...forgeries(), datagram];
    pair.start().run();
    assert.deepEqual(pair.log, ['server connected', 'client connected']);
  });

  it('answers a made up HelloVerifyRequest, and then the true one', () => {
    const pair = pairOf();
    let first = true;
    pair.wire = (datagram, to) => {
      const forged = wholeMessage({
        type: types.helloVerifyRequest,
        sequence: 0,
        body: writeHelloVerifyRequest(Buffer.alloc(20, 7)),
      });
      const arrives = first && to === 'client' ? [plain(contentTypes.handshake, forged), datagram] : [datagram];
      if (to === 'client') first = false;
      return arrives;
    };
    pair.start().run();
    assert.deepEqual(pair.log, ['server connected', 'client connected']);
  });

  for (const name of ['certificate', 'clientKeyExchange', 'certificateVerify', 'finished'] as const) {
    it(`lets in no client that leaves out its ${name}`, () => {
      const pair = pairOf(clientWithout(types[name])).start().run(200_000);
      assert.ok(!pair.server.open, pair.log.join());
      assert.ok(!pair.log.includes('server connected'));
      assert.equal(pair.server.due, null);
    });
  }

  for (const name of ['serverHello', 'certificate', 'serverKeyExchange', 'serverHelloDone', 'finished'] as const) {
    it(`connects to no server that leaves out its ${name}`, () => {
      const pair = pairOf(DtlsClient, serverWithout(types[name])).start().run(200_000);
      assert.ok(!pair.log.includes('client connected'), pair.log.join());
      assert.equal(pair.client.due, null);
    });
  }

  it('takes no Finished that is not sealed', () => {
    assert.ok(!pairOf(PlainClient).start().run(200_000).log.includes('server connected'));
    assert.ok(!pairOf(DtlsClient, PlainServer).start().run(200_000).log.includes('client connected'));
  });

  it('takes no data before the handshake is through', () => {
    const pair = pairOf(HastyClient).start().run(200_000);
    assert.ok(!pair.log.some((line) => line.includes('early') || line === 'server connected'), pair.log.join());
  });

  it('answers close_notify with its own', () => {
    const pair = pairOf().start().run();
    const seen: string[] = [];
    pair.wire = (datagram, to) => {
      seen.push(...readRecords(datagram).map(({ type, epoch }) => `${to} ${type} ${epoch}`));
      return [datagram];
    };
    pair.client.close();
    pair.run();
    assert.deepEqual(seen, ['server 21 1', 'client 21 1']);
    assert.deepEqual(pair.log.slice(2), ['server closed: the other end closed the DTLS association']);
  });

  it('takes points only that are on the curve and written out', () => {
    const keys = new KeyExchange();
    const other = createECDH('prime256v1');
    const point = other.generateKeys();
    assert.equal(keys.shared(point).length, 32);
    const off = Buffer.from(point);
    off[64] = (off[64] ?? 0) ^ 1;
    const wrong = [
      off,
      other.getPublicKey(null, 'compressed'),
      other.getPublicKey(null, 'hybrid'),
      new Uint8Array(),
      new Uint8Array([0]),
      Buffer.concat([Buffer.from([4]), Buffer.alloc(64)]),
      createECDH('secp384r1').generateKeys(),
    ];
    for (const each of wrong) assert.throws(() => keys.shared(each), HandshakeFailed);
  });

  it('offers no answer that was not asked for, and takes none', () => {
    const hello = readClientHello(writeClientHello(Buffer.alloc(32), new Uint8Array(), [0xc02b]));
    const answer = { random: Buffer.alloc(32), suite: 0xc02b, extendedMasterSecret: true };
    const bare = writeServerHello(answer, { ...hello, pointFormats: false, secureRenegotiation: false });
    assert.equal(readServerHello(bare).suite, 0xc02b);
    assert.ok(!bare.includes(num(11, 2)[1] ?? 0), 'no ec_point_formats');
    const start = bare.subarray(0, 38);
    const extensions = (...list: [type: number, data: Uint8Array][]): Uint8Array =>
      join(start, vector(2, ...list.map(([type, data]) => join(num(type, 2), vector(2, data)))));
    assert.ok(readServerHello(extensions([23, new Uint8Array()])).extendedMasterSecret);
    assert.throws(() => readServerHello(extensions([35, new Uint8Array()])), Unreadable, 'session tickets');
    assert.throws(() => readServerHello(extensions([0xff01, vector(1, Buffer.alloc(12))])), Unreadable);
    assert.throws(() => readServerHello(extensions([23, new Uint8Array()], [23, new Uint8Array()])), Unreadable);
    const compressed = Buffer.from(bare);
    compressed[37] = 1;
    assert.throws(() => readServerHello(compressed), Unreadable);
    const old = Buffer.from(bare);
    old[1] = 0xff;
    assert.throws(() => readServerHello(old), Unreadable);
  });

  it('takes cookies of the last key but one no more, nor of another source', () => {
    const random = Buffer.alloc(32, 3);
    const hello = (cookie: Uint8Array): Uint8Array =>
      plain(
        contentTypes.handshake,
        wholeMessage({ type: types.clientHello, sequence: 0, body: writeClientHello(random, cookie, [0xc02b]) }),
      );
    const cookieOf = (cookies: Cookies): Uint8Array => {
      const screened = cookies.screen(hello(new Uint8Array()));
      assert.ok(typeof screened === 'object' && 'reply' in screened);
      return screened.reply.subarray(-20);
    };
    const [first, second, third] = ['first', 'second', 'third'].map((key) => Buffer.from(key));
    assert.ok(first && second && third);
    const cookie = cookieOf(new Cookies(first, 'here'));
    const right = (cookies: Cookies): boolean => 'random' in Object(cookies.screen(hello(cookie)));
    assert.ok(right(new Cookies(first, 'here')));
    assert.ok(right(new Cookies(second, 'here', first)));
    assert.ok(!right(new Cookies(third, 'here', second)));
    assert.ok(!right(new Cookies(first, 'there')));
    assert.equal(new Cookies(first, 'here').screen(hello(cookie).subarray(0, 60)), 'junk');
  });

  it('survives a way that cuts, turns, repeats, mixes and forges what is said', () => {
    fuzzDtls(6347, 60, certificate);
  });
});
