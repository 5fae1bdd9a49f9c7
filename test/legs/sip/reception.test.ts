import assert from 'node:assert/strict';
import { readDialplan } from '../../../src/legs/admission/dialplan.js';
import type { ForwardedCall } from '../../../src/legs/sip/forwarding.js';
import type { Caller, Callers } from '../../../src/legs/sip/reception.js';
import { roomTokenHeader } from '../../../src/rooms/tokens.js';
import { describePeer } from '../../support/offers.js';
import type { RawCall } from '../../support/raw-call.js';
import type { Seen } from '../../support/sip-peer.js';
import { startSipRig, type RigOptions, type SipRig } from '../../support/sip-rig.js';
import { waitUntil } from '../../support/wait.js';
import { context, planText } from '../admission/support.js';

const rules = planText(
  { dialled: 'never', reject: { status: 603, reason: 'Not today' } },
  { dialled: '8000', ivr: true },
  { dialled: '77', room: 'board' },
  { dialled: '0(\\d+)', user: 'any', forward: { trunk: 'pstn', to: '+49$1' } },
  { dialled: 'lan', listener: 'inside', room: 'demo' },
  { dialled: 'chair', user: 'alice', room: 'demo', role: 'moderator' },
  { dialled: 'board|demo', room: '$0' },
);

describe('the reception of calls', () => {
  let rig: SipRig;
  const start = async (more: RigOptions['more'] = {}): Promise<void> => {
    const { decide } = readDialplan(rules, context);
    rig = await startSipRig({ pinByPrompt: true, more: { decide, ...more } });
  };
  afterEach(() => rig.close());

  const dial = async (room: string, sdp = describePeer(), extra: string[] = []): Promise<Seen> => {
    const call = await rig.call(room);
    call.send('INVITE', sdp, extra);
    return call.final('INVITE');
  };
  const enter = async (call: RawCall, digits: string): Promise<void> => {
    for (const digit of digits) {
      call.send('INFO', `Signal=${digit}\r\nDuration=160\r\n`, [], 'application/dtmf-relay');
      await call.final('INFO');
    }
  };
  const size = (room: string): number => rig.rooms.find(room)?.size ?? 0;

  describe('by spoken prompts', () => {
    beforeEach(() => start());
    afterEach(() => rig.nothingLeft());

    it('seats who enters the PIN, without another INVITE, with all lines of the call', async () => {
      const call = await rig.call('board');
      await call.invite(describePeer({ content: 'sendrecv', floor: 'UDP' }));
      assert.equal(size('board'), 0);
      await waitUntil(() => rig.gateway.size === 1, 2000);
      await enter(call, '2468#');
      await waitUntil(() => size('board') === 1, 2000);
      const [one] = rig.room('board').describe().participants;
      assert.equal(one?.content, 'separate');
      assert.equal(one?.video, true);
      assert.equal(one?.role, 'participant');
      const room = rig.room('board');
      const ticket = room.requestFloor(one?.id ?? 0);
      assert.equal(ticket.state, 'granted');
      await call.settled();
      assert.equal(call.requested('INVITE'), 0);
      await call.bye();
    });

    it('seats who leaves the offer to us', async () => {
      const call = await rig.call('board');
      await call.invite('', [], false);
      call.ack(describePeer());
      await call.settled();
      await enter(call, '2468#');
      await waitUntil(() => size('board') === 1, 2000);
      await call.bye();
    });

    it('hangs up on who does not know it, with the reason', async () => {
      const call = await rig.call('board');
      await call.invite(describePeer());
      for (const wrong of ['1#', '2#', '3#']) await enter(call, wrong);
      rig.clock.skip(2000);
      const bye = await call.request('BYE');
      assert.match(bye.message.headers.get('reason') ?? '', /^SIP;cause=403;text="No PIN/);
      call.peer.answer(bye, '200 OK');
      assert.equal(size('board'), 0);
    });

    it('asks for the room first where a rule says so', async () => {
      const call = await rig.call('8000');
      await call.invite(describePeer());
      await enter(call, '99999#');
      await call.bye();
    });

    it('asks nobody who could not hear it, nor who dialled a PIN', async () => {
      assert.match((await dial('board', describePeer({ audio: null }))).start, / 403 /);
      assert.match((await dial('board', describePeer({ audioCodec: 'G729/8000' }))).start, / 403 /);
    });

    it('makes a focus of the call when its room is known, and tells the roster', async () => {
      const call = await rig.call('8000', 'Anna');
      const answer = await call.invite(describePeer());
      assert.doesNotMatch(answer.message.headers.get('contact') ?? '', /isfocus/);
      call.send('SUBSCRIBE', '', ['Event: conference']);
      assert.match((await call.final('SUBSCRIBE')).start, / 403 /, 'it is in no room yet');
      await enter(call, '77#2468#');
      await waitUntil(() => size('board') === 1, 2000);
      call.send('SUBSCRIBE', '', ['Event: conference']);
      const subscribed = await call.final('SUBSCRIBE');
      assert.match(subscribed.start, / 200 /);
      assert.match(subscribed.message.headers.get('contact') ?? '', /^<sip:board@127\.0\.0\.1:\d+>;isfocus$/);
      const told = await call.request('NOTIFY');
      call.peer.answer(told, '200 OK');
      assert.match(told.text, /<display-text>Anna<\/display-text>/);
      const changed = await call.invite(describePeer({ version: 2, video: 'recvonly' }));
      assert.match(changed.message.headers.get('contact') ?? '', /^<sip:board@127\.0\.0\.1:\d+>;isfocus$/);
      await call.bye();
    });

    it('hangs up in words on a plain call that enters the number of a room with encryption', async () => {
      Object.assign(rig.room('board').settings, { srtp: 'required' });
      const call = await rig.call('8000', 'Anna');
      await call.invite(describePeer());
      await waitUntil(() => rig.gateway.size === 1, 2000);
      await enter(call, '77#2468#');
      const bye = await call.request('BYE');
      call.peer.answer(bye, '200 OK');
      assert.match(bye.text, /Reason: SIP;cause=488;text="encrypted media \(SRTP\) is required in this room"/);
      assert.equal(size('board'), 0);
    });

    it('hangs up on everybody in the lobby when the gateway ends', async () => {
      const call = await rig.call('board');
      await call.invite(describePeer());
      const closing = rig.gateway.close();
      const bye = await call.request('BYE');
      call.peer.answer(bye, '200 OK');
      await closing;
    });
  });

  describe('by rules', () => {
    it('refuses in the words of the plan', async () => {
      await start();
      assert.match((await dial('never')).start, /^SIP\/2\.0 603 Not today$/);
      assert.match((await dial('nobody')).start, /^SIP\/2\.0 404 /);
      assert.equal(rig.metrics.counted('dualstream_sip_refused_total', { reason: 'refused_by_plan' }), 1);
      await rig.nothingLeft();
    });

    it('lets in who holds a token of the room, whatever they say', async () => {
      await start({ decide: () => ({ kind: 'authenticate' }) });
      const { token } = rig.tokens.issue({
        kind: 'session',
        room: 'board',
        name: 'Web',
        role: 'moderator',
        ttlMs: 9000,
      });
      const call = await rig.call('board');
      await call.invite(describePeer(), [`${roomTokenHeader}: ${token}`]);
      const [one] = rig.room('board').describe().participants;
      assert.deepEqual([one?.name, one?.role], ['Web', 'moderator']);
      assert.match((await dial('demo', describePeer(), [`${roomTokenHeader}: ${token}`])).start, / 403 /);
      await call.bye();
      await rig.nothingLeft();
    });

    it('knows by which listener a call came', async () => {
      await start({ listenerOf: (request) => (request.protocol === 'tcp' ? 'inside' : null) });
      assert.match((await dial('lan')).start, / 404 /);
    });
  });

  describe('of users', () => {
    /** The user is whom the header names, and takes a moment to be found. */
    const callers: Callers = {
      async identify(request): Promise<Caller> {
        await new Promise((resolve) => setImmediate(resolve));
        const name = request.get('X-Test-User');
        if (name === undefined) return { kind: 'anonymous' };
        if (name === 'broken') return { kind: 'refused', why: 'no credentials at all' };
        if (name === 'wrong') return { kind: 'challenge', challenge: { status: 407, headers: {} } };
        return { kind: 'user', user: { name, display: 'Alice of Sales' } };
      },
      challenge: () => ({ status: 407, headers: { 'Proxy-Authenticate': 'Digest realm="test", nonce="1"' } }),
    };

    it('asks for a password where a rule wants a user, and takes the right one', async () => {
      await start({ callers });
      const asked = await dial('chair');
      assert.match(asked.start, / 407 /);
      assert.match(asked.message.headers.get('proxy-authenticate') ?? '', /^Digest/);
      assert.match((await dial('chair', describePeer(), ['X-Test-User: wrong'])).start, / 407 /);
      assert.match((await dial('chair', describePeer(), ['X-Test-User: broken'])).start, / 400 /);
      assert.match((await dial('chair', describePeer(), ['X-Test-User: bob'])).start, / 404 /);
      const call = await rig.call('chair');
      await call.invite(describePeer(), ['X-Test-User: alice']);
      const [one] = rig.room('demo').describe().participants;
      assert.deepEqual([one?.name, one?.role], ['Alice of Sales', 'moderator']);
      await call.bye();
      await rig.nothingLeft();
    });

    it('refuses where nobody can prove to be a user', async () => {
      await start();
      assert.match((await dial('chair')).start, / 403 /);
    });

    it('forgets who cancels while it is found out who calls', async () => {
      await start({ callers });
      const call = await rig.call('demo');
      call.send('INVITE', describePeer());
      call.cancel();
      assert.match((await call.final('INVITE')).start, / 487 /);
      await rig.nothingLeft();
    });

    it('forwards for them, and says 503 where no trunk is', async () => {
      const seen: ForwardedCall[] = [];
      const forward = (call: ForwardedCall): Promise<void> => {
        seen.push(call);
        call.response.send(480);
        return Promise.resolve();
      };
      await start({ callers, forward });
      assert.match((await dial('030123')).start, / 407 /);
      assert.equal(seen.length, 0);
      assert.match((await dial('030123', describePeer(), ['X-Test-User: bob'])).start, / 480 /);
      const [{ trunk, to, facts } = assert.fail()] = seen;
      assert.deepEqual([trunk, to, facts.user], ['pstn', '+4930123', 'bob']);
      await rig.close();
      await start({ callers });
      assert.match((await dial('030123', describePeer(), ['X-Test-User: bob'])).start, / 503 /);
      assert.equal(rig.metrics.counted('dualstream_sip_refused_total', { reason: 'no_trunk' }), 1);
    });
  });
});
