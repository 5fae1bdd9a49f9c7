import assert from 'node:assert/strict';
import { Latch } from '../../../src/media/io/latch.js';

const said = { address: '192.0.2.1', port: 4000 };
const [peer, stranger] = [7, 666];

function target(latch: Latch): string {
  return `${latch.targetAddress}:${latch.targetPort}`;
}

describe('the latch of a media address', () => {
  let latch: Latch;
  beforeEach(() => {
    latch = new Latch(5000);
    latch.signal(said.address, said.port);
  });

  it('sends where the description says until a packet shows where the peer is', () => {
    assert.equal(target(latch), '192.0.2.1:4000');
    assert.ok(latch.admit('203.0.113.9', 61_000, peer, 0));
    assert.equal(target(latch), '203.0.113.9:61000');
  });

  it('moves for the known SSRC, the signalled address, silence or a new answer only', () => {
    latch.admit('203.0.113.9', 61_000, peer, 0);
    assert.ok(!latch.admit('198.51.100.1', 5000, stranger, 100));
    assert.ok(latch.admit('203.0.113.9', 62_000, peer, 200));
    assert.ok(latch.admit(said.address, said.port, 8, 300));
    assert.equal(target(latch), '192.0.2.1:4000');
    assert.ok(!latch.admit('198.51.100.1', 5000, stranger, 5300));
    assert.ok(latch.admit('198.51.100.1', 5000, stranger, 5301));
    assert.ok(latch.signal(said.address, 4002));
    assert.equal(target(latch), '192.0.2.1:4002');
  });

  it('sends to who only listens and reports, whatever strangers send', () => {
    latch.trustSignalled(true);
    latch.admit('198.51.100.1', 5000, stranger, 0);
    assert.equal(target(latch), '192.0.2.1:4000');
    latch.admit('198.51.100.2', 5000, stranger, 60_000);
    assert.equal(target(latch), '192.0.2.1:4000');
    latch.trustSignalled(false);
    assert.equal(target(latch), '198.51.100.2:5000');
  });

  it('learns of signs of life where a peer is that sends nothing else, and waits long for the next', () => {
    assert.ok(latch.admitLife('203.0.113.9', 61_000, 0));
    assert.equal(target(latch), '203.0.113.9:61000');
    for (const ssrc of [0, stranger]) assert.ok(!latch.admit('198.51.100.1', 5000, ssrc, 40_000));
    assert.ok(!latch.admitLife('198.51.100.1', 5000, 40_000));
    assert.ok(latch.admitLife('203.0.113.9', 61_000, 40_000));
    assert.ok(!latch.admitLife('198.51.100.1', 5000, 85_000));
    assert.ok(latch.admitLife('203.0.113.9', 62_000, 85_001));
    assert.equal(target(latch), '203.0.113.9:62000');
  });

  it('goes with the media of a peer whose signs of life it knows', () => {
    latch.admitLife('203.0.113.9', 61_000, 0);
    latch.admit('203.0.113.9', 61_000, peer, 100);
    assert.ok(!latch.admitLife('198.51.100.1', 5000, 200));
    assert.ok(latch.admit('203.0.113.9', 62_000, peer, 300));
    assert.equal(target(latch), '203.0.113.9:62000');
  });

  it('keeps what it has learnt of a peer behind NAT, whatever its description says next', () => {
    latch.admitLife('203.0.113.9', 61_000, 0);
    assert.ok(!latch.signal('192.168.1.2', 5000, true));
    assert.equal(target(latch), '203.0.113.9:61000');
    assert.ok(latch.signal('192.0.2.7', 5000));
    assert.equal(target(latch), '192.0.2.7:5000');
    assert.ok(latch.admit('203.0.113.9', 61_000, peer, 1000));
  });

  it('trusts nothing where the description names no address', () => {
    latch.signal(null, 0);
    latch.trustSignalled(true);
    assert.equal(latch.targetAddress, null);
    latch.admit('203.0.113.9', 61_000, peer, 0);
    assert.equal(target(latch), '203.0.113.9:61000');
  });
});
