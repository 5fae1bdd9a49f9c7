import assert from 'node:assert/strict';
import type { Endpoint } from '../../../../src/base/net.js';
import type { SignalledCall } from '../../../../src/protocol/h323/call/contract.js';
import type { ManualClock } from '../../../support/manual-clock.js';
import type { MemoryNet } from '../../../support/memory-net.js';
import { rawCallee, type RawPeer } from './raw-peer.js';
import { dialling, diary, settled, type Party } from './rig.js';

/** A call of ours that has reached a peer which speaks octet by octet. */
export interface Calling {
  peer: RawPeer;
  call: SignalledCall;
  /** What has happened to it. */
  lines: string[];
}

export async function callingFrom({ endpoint }: Party, net: MemoryNet, there: Endpoint, more = {}): Promise<Calling> {
  const callee = await rawCallee(net, there);
  const call = endpoint.dial(there, dialling(more));
  const lines = diary(call);
  await settled();
  assert.ok(callee.peer);
  callee.peer.callReference = call.callReference;
  return { peer: callee.peer, call, lines };
}

/** Closes it, and leaves neither calls nor timers. */
export async function closeWhole({ endpoint }: Party, clock: ManualClock): Promise<void> {
  const closed = endpoint.close();
  clock.advance(6000);
  await closed;
  assert.equal(clock.pending, 0);
  assert.equal(endpoint.calls.size, 0);
}
