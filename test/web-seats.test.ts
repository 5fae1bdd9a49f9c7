import assert from 'node:assert/strict';
import { Emitter } from '../src/base/events.js';
import { systemChance } from '../src/base/ids.js';
import { silentLog } from '../src/base/log.js';
import { webBfcpGateway } from '../src/legs/bfcp-party/web-gateway.js';
import type { SipLeg } from '../src/legs/sip/sip-leg.js';
import type { Participant } from '../src/rooms/participant.js';
import type { Room } from '../src/rooms/room.js';
import type { CallRecords } from '../src/services/diagnostics/call-records.js';
import { webSeats } from '../src/web-seats.js';
import { bench } from './support/bfcp.js';
import { FakeFloor } from './support/floor-desks.js';

describe('floor control of those who sit down', () => {
  const { clock, metrics } = bench();
  const gateway = webBfcpGateway({ clock, chance: systemChance, log: silentLog, metrics });
  const calls = { seated: () => undefined, floor: () => () => undefined } as unknown as CallRecords;
  const { seated, accessOf } = webSeats(gateway, calls);
  after(() => gateway.close());

  /** Sits down as participant 7; `described` has floor control by its description. */
  const sit = (web: boolean, described: boolean): { desks: unknown[]; side: boolean; end(): void } => {
    const desks: unknown[] = [];
    const on = new Emitter<{ ended: undefined }>();
    const media = { party: described ? {} : null, seat: (desk: unknown) => desks.push(desk) };
    const leg = { id: 'l1', parts: { web, media }, on, sideParty: null as unknown };
    const participant = { id: 7, name: 'Anna', desk: new FakeFloor().desk(7, 'Anna') };
    seated(leg as unknown as SipLeg, { name: 'demo' } as Room, participant as unknown as Participant);
    return { desks, side: leg.sideParty !== null, end: () => on.emit('ended', undefined) };
  };

  it('users of the page get a token as long as they are here', () => {
    const { desks, side, end } = sit(true, false);
    assert.deepEqual([desks.length, side, gateway.size], [0, true, 1]);
    assert.equal(accessOf('demo', 7)?.token.length, 32);
    assert.equal(accessOf('demo', 8), null);
    end();
    assert.deepEqual([accessOf('demo', 7), gateway.size], [null, 0]);
  });

  it('devices have theirs by description, and so have browsers that describe it (RFC 8857)', () => {
    for (const web of [false, true]) {
      const { desks, side } = sit(web, true);
      assert.deepEqual([desks.length, side, gateway.size, accessOf('demo', 7)], [1, false, 0, null]);
    }
  });
});
