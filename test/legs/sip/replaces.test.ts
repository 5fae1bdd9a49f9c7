import assert from 'node:assert/strict';
import { parseReplaces } from '../../../src/legs/sip/replaces.js';
import { describePeer } from '../../support/offers.js';
import type { RawCall } from '../../support/raw-call.js';
import { startSipRig, type SipRig } from '../../support/sip-rig.js';
import { waitUntil } from '../../support/wait.js';

const tagIn = (value: string): string => /tag=([^;>]+)/.exec(value)?.[1] ?? '';
const replacing = (call: RawCall, more = ''): string[] => [
  `Replaces: ${call.id};to-tag=${tagIn(call.to)};from-tag=${tagIn(call.from)}${more}`,
  'Require: replaces',
];

describe('a call that replaces another (RFC 3891)', () => {
  let rig: SipRig;
  before(async () => (rig = await startSipRig({ capacity: 2 })));
  after(() => rig.close());
  afterEach(() => rig.nothingLeft());

  const joined = async (name: string): Promise<RawCall> => {
    const call = await rig.call('demo', name);
    await call.invite(describePeer({ content: 'sendrecv', floor: 'UDP' }));
    return call;
  };
  const people = () => rig.room('demo').describe().participants;

  it('has the seat, the name, the mute and the floor of the other, which is hung up; a full and locked room is no matter', async () => {
    const [anna, berta] = [await joined('Anna'), await joined('Berta')];
    const room = rig.room('demo');
    const seat = people().find(({ name }) => name === 'Anna');
    room.requestFloor(seat?.id ?? 0);
    await room.mute(seat?.id ?? 0, true);
    room.lock(true);
    const other = await rig.call('nowhere', 'Charlie');
    await other.invite(describePeer({ content: 'sendrecv', floor: 'UDP' }), replacing(anna));
    anna.peer.answer(await anna.request('BYE'), '200 OK');
    assert.deepEqual(
      people()
        .map(({ id, name }) => `${id} ${name}`)
        .sort(),
      ['1 Anna', '2 Berta'],
    );
    assert.equal(room.describe().floor.holder?.who, seat?.id);
    await waitUntil(() => people().find(({ id }) => id === seat?.id)?.muted === true, 2000);
    room.lock(false);
    await Promise.all([other.bye(), berta.bye()]);
  });

  it('answers 481 where there is none, 486 to early-only, 603 when it is over and 400 to what cannot be read', async () => {
    const anna = await joined('Anna');
    const ask = async (extra: string[]): Promise<string> => {
      const call = await rig.call('demo', 'Charlie');
      call.send('INVITE', describePeer(), extra);
      return (await call.final('INVITE')).start;
    };
    assert.match(await ask(['Replaces: nobody;to-tag=1;from-tag=2']), / 481 /);
    const swapped = `Replaces: ${anna.id};to-tag=${tagIn(anna.from)};from-tag=${tagIn(anna.to)}`;
    assert.match(await ask([swapped]), / 481 /);
    assert.match(await ask(replacing(anna, ';early-only')), / 486 /);
    assert.match(await ask(['Replaces: what;to-tag=1']), / 400 /);
    await anna.bye();
    await waitUntil(() => people().length === 0, 2000);
    assert.match(await ask(replacing(anna)), / 603 /);
  });

  it('leaves the other alone when its own offer is of no use', async () => {
    const anna = await joined('Anna');
    const call = await rig.call('demo', 'Charlie');
    call.send('INVITE', describePeer({ video: null, audioCodec: 'G729/8000' }), replacing(anna));
    assert.match((await call.final('INVITE')).start, / 488 /);
    assert.equal(people()[0]?.name, 'Anna');
    await anna.bye();
  });

  it('is read with its tags as we see them', () => {
    assert.deepEqual(parseReplaces('a@b;from-tag=1;to-tag=2;early-only'), {
      callId: 'a@b',
      localTag: '2',
      remoteTag: '1',
      earlyOnly: true,
    });
  });
});
