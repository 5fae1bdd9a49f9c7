import assert from 'node:assert/strict';
import { describePeer } from '../../support/offers.js';
import { onceBelow, timed } from '../../support/once-below.js';
import { RawCall } from '../../support/raw-call.js';
import type { Seen } from '../../support/sip-peer.js';
import { startSipRig, type SipRig } from '../../support/sip-rig.js';
import { waitUntil } from '../../support/wait.js';
import { all, below, readXml, textAt, type Node } from '../../support/xml.js';

const event = ['Event: conference', 'Expires: 600'];

describe('the roster for devices', () => {
  let rig: SipRig;
  before(async () => (rig = await startSipRig()));
  after(() => rig.close());
  afterEach(() => rig.nothingLeft());

  const joined = async (name: string): Promise<RawCall> => {
    const call = await rig.call('demo', name);
    await call.invite(describePeer());
    return call;
  };
  const subscribed = async (call: RawCall, extra = event): Promise<Seen> => {
    call.send('SUBSCRIBE', '', extra);
    const answer = await call.final('SUBSCRIBE');
    call.to = answer.message.headers.get('to') ?? call.to;
    call.target = /<([^>]+)>/.exec(answer.message.headers.get('contact') ?? '')?.[1] ?? call.target;
    return answer;
  };
  const notified = async (call: RawCall): Promise<{ state: string; info: Node | null }> => {
    const notify = await call.request('NOTIFY');
    call.peer.answer(notify, '200 OK');
    const body = notify.message.body.toString();
    assert.equal(notify.message.headers.get('event'), 'conference');
    return { state: notify.message.headers.get('subscription-state') ?? '', info: body === '' ? null : readXml(body) };
  };
  const names = (info: Node | null): string[] =>
    (info ? all(info, 'users') : []).flatMap((users) =>
      all(users, 'user').map((user) => textAt(user, 'display-text') ?? user.attributes['state'] ?? ''),
    );

  it('is offered in the answer to a call: focus, package, method', async () => {
    const call = await joined('Anna');
    const { headers } = call.answer!.message;
    assert.match(headers.get('contact') ?? '', /^<sip:demo@127\.0\.0\.1:\d+>;isfocus$/);
    assert.equal(headers.get('allow-events'), 'conference');
    assert.match(headers.get('allow') ?? '', /SUBSCRIBE/);
    await call.bye();
  });

  it('is told in the call, first in full and then what changes', async () => {
    const anna = await joined('Anna');
    assert.match((await subscribed(anna)).start, / 200 /);
    const first = await notified(anna);
    assert.match(first.state, /^active;expires=(600|599)$/);
    assert.equal(first.info?.attributes['entity']?.replace(/\d+$/, ''), 'sip:demo@127.0.0.1:');
    assert.deepEqual(names(first.info), ['Anna']);
    rig.clock.skip(1001);
    const berta = await joined('Berta');
    const second = await notified(anna);
    assert.deepEqual([second.info?.attributes['state'], second.info?.attributes['version']], ['partial', '1']);
    assert.ok(names(second.info).includes('Berta'));
    rig.clock.skip(1001);
    await berta.bye();
    const third = await notified(anna);
    assert.ok(names(third.info).includes('deleted'), JSON.stringify(third.info));
    await anna.bye();
  });

  it('tells of a hold, which is no news for the room', async () => {
    const anna = await joined('Anna');
    await subscribed(anna);
    const media = (info: Node | null): string[] =>
      (info ? below(info, 'media') : []).map((line) => textAt(line, 'status') ?? '');
    assert.deepEqual(media((await notified(anna)).info), ['sendrecv', 'sendrecv']);
    rig.clock.skip(1001);
    await anna.invite(describePeer({ version: 2, audio: 'sendonly' }));
    assert.deepEqual(media((await notified(anna)).info), ['sendonly', 'sendrecv']);
    await anna.bye();
  });

  it('tells at once who is muted, by whomever, and others only when their pause is over', async () => {
    const anna = await joined('Anna');
    await subscribed(anna);
    await notified(anna);
    const status = ({ info }: { info: Node | null }): (string | null)[] => {
      const [endpoint] = info ? below(info, 'endpoint') : [];
      assert.ok(endpoint);
      return [textAt(endpoint, 'status'), textAt(all(endpoint, 'media')[0]!, 'status')];
    };
    const bridgeSays = (muted: boolean): void => {
      const id = rig.legs.at(-1)!.id;
      rig.bridge.conferences.get('demo')?.events.emit('member', { id, muted, deaf: false, gainDb: 0, by: 'console' });
    };
    // the first NOTIFY has just gone out: what is not urgent would wait for a second
    const change = async (): Promise<void> => {
      bridgeSays(true);
      assert.deepEqual(status(await notified(anna)), ['muted-via-focus', 'recvonly']);
      bridgeSays(false);
      assert.deepEqual(status(await notified(anna)), ['connected', 'sendrecv']);
    };
    await onceBelow(900, () => timed(change));
    await anna.bye();
  });

  it('is told beside the call to who sits in it, until the call ends', async () => {
    const anna = await joined('Anna');
    const beside = new RawCall(anna.peer, rig.uri('demo'), 'Anna');
    const answer = await subscribed(beside);
    assert.match(answer.start, / 200 /);
    assert.equal(answer.message.headers.get('expires'), '600');
    assert.match(answer.message.headers.get('contact') ?? '', /;isfocus$/);
    assert.deepEqual(names((await notified(beside)).info), ['Anna']);
    assert.match((await subscribed(beside)).start, / 200 /, 'once more');
    assert.equal((await notified(beside)).info?.attributes['state'], 'full');
    await anna.bye();
    assert.equal((await notified(beside)).state, 'terminated;reason=rejected');
  });

  it('ends on request, is fetched once with 0, and ends with the room', async () => {
    const anna = await joined('Anna');
    const beside = new RawCall(anna.peer, rig.uri('demo'), 'Anna');
    await subscribed(beside);
    await notified(beside);
    await subscribed(beside, ['Event: conference', 'Expires: 0']);
    assert.equal((await notified(beside)).state, 'terminated;reason=timeout');
    const once = new RawCall(anna.peer, rig.uri('demo'), 'Anna');
    await subscribed(once, ['Event: conference', 'Expires: 0']);
    const fetched = await notified(once);
    assert.deepEqual([fetched.state, names(fetched.info)], ['terminated;reason=timeout', ['Anna']]);
    await anna.bye();
    const team = await rig.call('team', 'Carl');
    await team.invite(describePeer());
    await subscribed(team);
    await notified(team);
    const watcher = new RawCall(team.peer, rig.uri('team'), 'Carl');
    await subscribed(watcher);
    await notified(watcher);
    const closing = rig.room('team').close({ kind: 'room-closed' });
    assert.match((await notified(watcher)).state, /^terminated;reason=(noresource|rejected)$/);
    team.peer.answer(await team.request('BYE'), '200 OK');
    await closing;
  });

  it('is told to nobody else, and nothing else is told', async () => {
    const anna = await joined('Anna');
    const stranger = await rig.call('demo', 'Mallory');
    assert.match((await subscribed(stranger)).start, / 403 /);
    const posing = new RawCall(stranger.peer, rig.uri('demo'), 'Anna');
    assert.match((await subscribed(posing)).start, / 403 /, 'the port is part of the name here');
    const other = new RawCall(anna.peer, rig.uri('demo'), 'Anna');
    const refused = await subscribed(other, ['Event: presence']);
    assert.match(refused.start, / 489 /);
    assert.equal(refused.message.headers.get('allow-events'), 'conference');
    assert.match((await subscribed(new RawCall(anna.peer, rig.uri('elsewhere'), 'Anna'))).start, / 404 /);
    const brief = await subscribed(new RawCall(anna.peer, rig.uri('demo'), 'Anna'), [
      'Event: conference',
      'Expires: 5',
    ]);
    assert.deepEqual([brief.start.split(' ')[1], brief.message.headers.get('min-expires')], ['423', '60']);
    const words = new RawCall(anna.peer, rig.uri('demo'), 'Anna');
    assert.match((await subscribed(words, [...event, 'Accept: text/plain'])).start, / 406 /);
    assert.match((await subscribed(anna, ['Event: dialog'])).start, / 489 /);
    await anna.bye();
  });

  it('has room for so many of one device', async () => {
    const anna = await joined('Anna');
    const all = [];
    for (let n = 0; n < 8; n += 1) {
      const one = new RawCall(anna.peer, rig.uri('demo'), 'Anna');
      assert.match((await subscribed(one)).start, / 200 /);
      await notified(one);
      all.push(one);
    }
    assert.match((await subscribed(new RawCall(anna.peer, rig.uri('demo'), 'Anna'))).start, / 503 /);
    await anna.bye();
    for (const one of all) await notified(one);
    await waitUntil(() => rig.gateway.watchers === 0, 2000);
  });
});
