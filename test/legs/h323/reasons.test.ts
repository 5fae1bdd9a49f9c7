import assert from 'node:assert/strict';
import { causeOfStatus, endOf, releaseOf, statusOf } from '../../../src/legs/h323/reasons.js';
import type { Release } from '../../../src/protocol/h323/call/contract.js';

const release = (more: Partial<Release>): Release => ({ by: 'peer', cause: 16, reason: null, why: 'words', ...more });

describe('ends of calls, from rooms to H.323', () => {
  for (const [why, cause, reason] of [
    [{ kind: 'left' }, 16, undefined],
    [{ kind: 'removed', by: 'a moderator' }, 21, 'destinationRejection'],
    [{ kind: 'room-closed' }, 16, undefined],
    [{ kind: 'shutdown' }, 42, 'gatewayResources'],
    [{ kind: 'silent', ms: 15_000 }, 102, undefined],
    [{ kind: 'not-admitted', status: 403, why: 'no PIN' }, 21, undefined],
    [{ kind: 'not-admitted', status: 486, why: 'full' }, 17, undefined],
    [{ kind: 'failed', why: 'broken' }, 41, undefined],
  ] as const) {
    it(`${JSON.stringify(why)} is cause ${cause}`, () => {
      const how = releaseOf(why);
      assert.deepEqual([how.cause, how.reason], [cause, reason]);
    });
  }
});

describe('ends of calls, from H.323 to rooms', () => {
  for (const [what, given, kind] of [
    ['normal clearing', {}, 'left'],
    ['a disconnect by a gatekeeper without a cause', { cause: 31, reason: 'undefinedReason' }, 'left'],
    ['a rejection', { cause: 21 }, 'left'],
    ['a device that breaks', { cause: 41 }, 'failed'],
    ['a lost connection', { by: 'connection', cause: 41 }, 'failed'],
    ['no bandwidth', { cause: 34, reason: 'noBandwidth' }, 'failed'],
  ] as const) {
    it(`${what}: ${kind}`, () => assert.equal(endOf(release(given)).kind, kind));
  }
});

describe('what became of a call of ours as a SIP status (RFC 3398)', () => {
  for (const [given, status] of [
    [{ cause: 1 }, 404],
    [{ cause: 3 }, 404],
    [{ cause: 17 }, 486],
    [{ cause: 18 }, 408],
    [{ cause: 19 }, 480],
    [{ cause: 20 }, 480],
    [{ cause: 21 }, 403],
    [{ cause: 22 }, 410],
    [{ cause: 27 }, 502],
    [{ cause: 28 }, 484],
    [{ cause: 34 }, 503],
    [{ cause: 65 }, 488],
    [{ cause: 79 }, 501],
    [{ cause: 102 }, 504],
    [{ cause: 111 }, 500],
    [{ cause: 31, reason: 'calledPartyNotRegistered' }, 404],
    [{ cause: 31, reason: 'securityDenied' }, 403],
    [{ cause: 16, reason: 'destinationRejection' }, 603],
    [{ cause: 17, reason: 'inConf' }, 486],
    [{ cause: 31 }, 480],
    [{ cause: 2 }, 404],
    [{ cause: 23 }, 410],
    [{ cause: 26 }, 404],
    [{ cause: 29 }, 501],
    [{ cause: 38 }, 503],
    [{ cause: 41 }, 503],
    [{ cause: 42 }, 503],
    [{ cause: 47 }, 503],
    [{ cause: 55 }, 403],
    [{ cause: 57 }, 403],
    [{ cause: 58 }, 503],
    [{ cause: 70 }, 488],
    [{ cause: 87 }, 403],
    [{ cause: 88 }, 503],
    [{ cause: 127 }, 500],
    // a cause that is in no table, and one that says all beside a reason that says less
    [{ cause: 99 }, 480],
    [{ cause: 22, reason: 'undefinedReason' }, 410],
    [{ cause: 31, reason: 'noPermission' }, 403],
    [{ cause: 31, reason: 'callerNotRegistered' }, 403],
    [{ cause: 31, reason: 'inConf' }, 486],
    [{ cause: 31, reason: 'badFormatAddress' }, 484],
    [{ cause: 31, reason: 'unreachableDestination' }, 404],
    [{ cause: 31, reason: 'neededFeatureNotSupported' }, 421],
    [{ by: 'timer', cause: 102 }, 408],
    [{ by: 'connection', cause: 3 }, 503],
  ] as const) {
    it(`${JSON.stringify(given)} is ${status}`, () => assert.equal(statusOf(release(given)), status));
  }
});

describe('SIP statuses as causes of Q.850 (RFC 3398)', () => {
  for (const [statuses, cause] of [
    [[404, 485, 604], 1],
    [[486, 600], 17],
    [[480], 18],
    [[401, 402, 403, 407, 603], 21],
    [[410], 22],
    [[482, 483], 25],
    [[484], 28],
    [[502], 38],
    [[400, 481, 500, 503], 41],
    [[405], 63],
    [[406, 415, 501], 79],
    [[408, 504], 102],
    [[413, 414, 416, 420, 421, 423, 505, 513], 127],
    [[488, 606, 499], 31],
  ] as const) {
    it(`${statuses.join(', ')}: ${cause}`, () => {
      for (const status of statuses) assert.equal(causeOfStatus(status), cause, String(status));
    });
  }
});
