import assert from 'node:assert/strict';
import { SourceGuard } from '../../../src/legs/bfcp-party/source-guard.js';

const signalled = { address: '198.51.100.7', port: 5070 };
const natted = { address: '203.0.113.9', port: 61000 };
const stranger = { address: '192.0.2.1', port: 5070 };

describe('bfcp source guard', () => {
  it('sends to the signalled address until the peer has spoken', () => {
    const guard = new SourceGuard();
    assert.equal(guard.target, null);
    guard.expect(signalled);
    assert.deepEqual(guard.target, signalled);
    assert.ok(guard.admit(natted, 'both', 0));
    assert.deepEqual(guard.target, natted);
  });

  it('takes the conference id alone from the signalled host only', () => {
    const guard = new SourceGuard();
    guard.expect(signalled);
    assert.equal(guard.admit(stranger, 'conference', 0), false);
    assert.equal(guard.admit(stranger, 'none', 0), false);
    assert.ok(guard.admit({ ...signalled, port: 6000 }, 'conference', 0));
  });

  it('lets the signalled peer hear what is wrong, without latching', () => {
    const guard = new SourceGuard();
    guard.expect(signalled);
    assert.ok(guard.admit(signalled, 'none', 0));
    assert.ok(guard.admit(natted, 'both', 1), 'the seat was still free');
    assert.equal(guard.admit(signalled, 'none', 2), false);
  });

  it('keeps to the latched source, and to its host after silence', () => {
    const guard = new SourceGuard();
    guard.expect(signalled);
    guard.admit(natted, 'both', 0);
    const moved = { ...natted, port: 61001 };
    assert.equal(guard.admit(moved, 'both', 4999), false);
    assert.equal(guard.admit(stranger, 'both', 60_000), false);
    assert.equal(guard.admit(moved, 'conference', 60_000), false);
    assert.ok(guard.admit(moved, 'both', 5000));
    assert.deepEqual(guard.target, moved);
    assert.equal(guard.admit(natted, 'both', 5001), false);
  });

  it('starts anew with another address, not with the same', () => {
    const guard = new SourceGuard();
    guard.expect(signalled);
    guard.admit(natted, 'both', 0);
    assert.equal(guard.expect({ ...signalled }), false);
    assert.deepEqual(guard.target, natted);
    assert.equal(guard.expect(stranger), true);
    assert.deepEqual(guard.target, stranger);
    assert.ok(guard.admit(stranger, 'both', 1));
  });
});
