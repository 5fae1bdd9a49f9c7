import assert from 'node:assert/strict';
import { systemChance } from '../../../src/base/ids.js';
import { PinGuesses } from '../../../src/rooms/pin-guesses.js';
import { RoomDoor } from '../../../src/legs/admission/room-door.js';
import { SipGateway } from '../../../src/legs/sip/gateway.js';
import type { Signalling, SipRequest, SipResponse } from '../../../src/legs/sip/srf.js';
import { NoCommonMedia } from '../../../src/media/negotiate.js';
import { SdpSession } from '../../../src/media/sdp-session.js';
import { roomTokenHeader } from '../../../src/rooms/tokens.js';
import { createTokens } from '../../../src/services/api/tokens.js';
import { fakeDirectory, turn } from '../../support/fakes/rooms.js';

type Handler = (request: SipRequest, response: SipResponse) => void;
const nothing = (): never => {
  throw new Error('not reached');
};

/** A gateway whose calls all end with 488 once they are admitted. */
function setUp(pin: string | null = null) {
  let invite: Handler = nothing;
  const other = (): void => undefined;
  const signalling = {
    invite: (handler: Handler) => (invite = handler),
    options: other,
    register: other,
    subscribe: other,
    disconnect: other,
  } as unknown as Signalling;
  const tools = fakeDirectory({
    permanent: [
      { name: 'demo', permanent: true, capacity: 9, policy: 'latest-takes-over', mode: 'conference', pin },
      { name: 'other', permanent: true, capacity: 9, policy: 'latest-takes-over', mode: 'conference', pin },
    ],
    adHoc: null,
  });
  const tokens = createTokens({ clock: tools.clock, chance: systemChance });
  const gateway = new SipGateway({
    ...tools,
    chance: systemChance,
    signalling,
    roomDoor: new RoomDoor(tools.rooms, new PinGuesses(tools.clock)),
    tokens,
    decide: ({ uri }) => ({ kind: 'room', room: /^sip:(\w+)/.exec(uri)?.[1] ?? '', role: 'participant' }),
    lookup: (host: string) => Promise.resolve(host),
    keyingOf: () => {
      throw new NoCommonMedia({ code: 399, text: 'admitted' });
    },
    openAnchor: nothing,
    newSession: () => new SdpSession({ sessionId: '1' }),
    arrivalOf: () => null,
    seated: nothing,
    mediaFor: nothing,
  });
  const call = async (source: string, headers: Record<string, string> = {}, room = 'demo'): Promise<number> => {
    let status = 0;
    const request = {
      method: 'INVITE',
      uri: `sip:${room}@host`,
      body: 'v=0',
      source_address: source,
      protocol: 'udp',
      get: (name: string) => headers[name],
      on: () => undefined,
    } as unknown as SipRequest;
    const response = { send: (code: number) => (status = code) } as unknown as SipResponse;
    invite(request, response);
    await turn();
    return status;
  };
  return { ...tools, gateway, tokens, call };
}

const admitted = 488;
const afar = '203.0.113.7';

describe('who may call a room', () => {
  const session = { kind: 'session', room: 'demo', name: 'Web', role: 'guest', ttlMs: 1000 } as const;

  it('is anybody near, and nobody from afar without PIN', async () => {
    const { call } = setUp();
    for (const near of ['127.0.0.1', '::1', '10.1.2.3', '172.31.0.1', '192.168.4.4', 'fd00::1', '169.254.1.1'])
      assert.equal(await call(near), admitted, near);
    for (const far of [afar, '172.32.0.1', '8.8.8.8', '2001:db8::1', '', 'nonsense'])
      assert.equal(await call(far), 403, far);
  });

  it('is nobody to a room with a PIN, however near', async () => {
    const { call } = setUp('4711');
    assert.equal(await call('127.0.0.1'), 403);
    assert.equal(await call(afar), 403);
  });

  it('is from afar who shows a token of the room, once at a time and until it expires', async () => {
    const { call, tokens, clock } = setUp('4711');
    const { token } = tokens.issue(session);
    const shown = { [roomTokenHeader]: token };
    assert.equal(await call(afar, shown), admitted);
    assert.equal(await call(afar, shown), admitted, 'a refused call keeps the token');
    assert.equal(await call(afar, shown, 'other'), 403);
    assert.equal(await call(afar, { [roomTokenHeader]: 'guessed' }), 403);
    const claimed = tokens.claim(token);
    assert.ok(claimed);
    assert.equal(await call(afar, shown), 403, 'the token was used twice');
    tokens.unclaim(claimed.id);
    clock.advance(1001);
    assert.equal(await call(afar, shown), 403);
  });

  it('is not told which rooms exist where none may be made', async () => {
    const { call } = setUp();
    assert.equal(await call('127.0.0.1', {}, 'nowhere'), 404);
  });

  it('is nobody any more when the gateway shuts down', async () => {
    const { call, gateway, metrics } = setUp();
    await gateway.close();
    assert.equal(await call('127.0.0.1'), 503);
    assert.equal(metrics.counted('dualstream_sip_refused_total', { reason: 'shutting_down' }), 1);
  });
});
