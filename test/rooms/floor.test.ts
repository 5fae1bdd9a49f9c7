import assert from 'node:assert/strict';
import {
  floorStep,
  freeFloor,
  ticketsOf,
  type FloorEffect,
  type FloorInput,
  type FloorPolicy,
  type FloorState,
} from '../../src/rooms/floor.js';
import { fuzzFloor } from './floor-fuzzing.js';

const ask = (who: number, moderator = false): FloorInput => ({
  kind: 'request',
  who,
  name: `p${who}`,
  info: '',
  moderator,
});

const presenter = (who: number): FloorInput => ({ ...ask(who), presenter: true }) as FloorInput;
const away = (who: number): FloorInput => ({ kind: 'leave', who, away: true });

const accept = (id: number, place = 0): FloorInput => ({ kind: 'accept', id, place, by: 'm' });

function show(effect: FloorEffect): string {
  if (effect.kind === 'holderChanged') return `holder ${effect.holder?.name ?? 'nobody'}`;
  if (effect.kind === 'marked') return 'marked';
  const { ticket, asked } = effect;
  const place = ticket.position > 0 ? ` at ${ticket.position}` : '';
  return `${asked ? 'answer' : 'tell'} ${ticket.name} ${ticket.id} ${ticket.state}${place}`;
}

function run(policy: FloorPolicy, inputs: FloorInput[]): { state: FloorState; last: string[] } {
  let state = freeFloor;
  let last: string[] = [];
  for (const input of inputs) {
    const outcome = floorStep(state, input, policy);
    state = outcome.state;
    last = outcome.effects.map(show);
  }
  return { state, last };
}

interface Row {
  title: string;
  policy: FloorPolicy;
  inputs: FloorInput[];
  effects: string[];
}

const table: Row[] = [
  {
    title: 'denies who is no presenter where only presenters may',
    policy: 'presenters-only',
    inputs: [presenter(1), ask(2)],
    effects: ['answer p2 2 denied'],
  },
  {
    title: 'lets the latest presenter take over',
    policy: 'presenters-only',
    inputs: [presenter(1), presenter(2)],
    effects: ['tell p1 1 revoked', 'answer p2 2 granted', 'holder p2'],
  },
  {
    title: 'takes moderators for presenters',
    policy: 'presenters-only',
    inputs: [ask(1, true)],
    effects: ['answer p1 1 granted', 'holder p1'],
  },
  {
    title: 'takes the floor from who is barred by a new policy, and from the queue',
    policy: 'presenters-only',
    inputs: [presenter(1), { kind: 'policy', barred: [1] }],
    effects: ['tell p1 1 revoked', 'marked', 'holder nobody'],
  },
  {
    title: 'keeps the floor for a holder that went astray',
    policy: 'latest-takes-over',
    inputs: [ask(1), away(1)],
    effects: ['marked'],
  },
  {
    title: 'gives it back to who returns under the same number',
    policy: 'latest-takes-over',
    inputs: [ask(1), away(1), { kind: 'return', to: 1 }],
    effects: ['marked'],
  },
  {
    title: 'and under another, which everybody is told',
    policy: 'latest-takes-over',
    inputs: [ask(1), away(1), { kind: 'return', to: 4 }],
    effects: ['holder p1'],
  },
  {
    title: 'frees it when nobody returns, for the first in the queue',
    policy: 'ask-moderator',
    inputs: [ask(1, true), ask(2), accept(2), away(1), { kind: 'expire' }],
    effects: ['tell p2 2 granted', 'holder p2'],
  },
  {
    title: 'lets others take it over meanwhile',
    policy: 'latest-takes-over',
    inputs: [ask(1), away(1), ask(2)],
    effects: ['tell p1 1 revoked', 'answer p2 2 granted', 'holder p2'],
  },
  {
    title: 'unless the first keeps it, also while it is away',
    policy: 'first-keeps-it',
    inputs: [ask(1), away(1), ask(2)],
    effects: ['answer p2 2 denied'],
  },
  {
    title: 'expects nobody who is there, or was taken over from',
    policy: 'latest-takes-over',
    inputs: [ask(1), away(1), ask(2), { kind: 'expire' }, { kind: 'return', to: 1 }],
    effects: [],
  },
  {
    title: 'grants a free floor at once',
    policy: 'latest-takes-over',
    inputs: [ask(1)],
    effects: ['answer p1 1 granted', 'holder p1'],
  },
  {
    title: 'revokes the old presenter before the new one is granted',
    policy: 'latest-takes-over',
    inputs: [ask(1), ask(2)],
    effects: ['tell p1 1 revoked', 'answer p2 2 granted', 'holder p2'],
  },
  {
    title: 'answers the holder that asks again with its own ticket',
    policy: 'latest-takes-over',
    inputs: [ask(1), ask(1)],
    effects: ['answer p1 1 granted'],
  },
  {
    title: 'frees the floor on release',
    policy: 'latest-takes-over',
    inputs: [ask(1), { kind: 'release', who: 1, id: 1 }],
    effects: ['answer p1 1 released', 'holder nobody'],
  },
  {
    title: 'ignores the release of a ticket of somebody else',
    policy: 'latest-takes-over',
    inputs: [ask(1), { kind: 'release', who: 2, id: 1 }],
    effects: [],
  },
  {
    title: 'ignores a release that crosses the revocation',
    policy: 'latest-takes-over',
    inputs: [ask(1), ask(2), { kind: 'release', who: 1, id: 1 }],
    effects: [],
  },
  {
    title: 'frees the floor when the holder leaves',
    policy: 'latest-takes-over',
    inputs: [ask(1), { kind: 'leave', who: 1 }],
    effects: ['holder nobody'],
  },
  {
    title: 'lets the first keep it',
    policy: 'first-keeps-it',
    inputs: [ask(1), ask(2)],
    effects: ['answer p2 2 denied'],
  },
  {
    title: 'lets a moderator take it all the same',
    policy: 'first-keeps-it',
    inputs: [ask(1), ask(2, true)],
    effects: ['tell p1 1 revoked', 'answer p2 2 granted', 'holder p2'],
  },
  {
    title: 'makes people wait for the moderator',
    policy: 'ask-moderator',
    inputs: [ask(1), ask(2)],
    effects: ['answer p2 2 pending at 2'],
  },
  {
    title: 'grants by the moderator and moves the queue',
    policy: 'ask-moderator',
    inputs: [ask(1), ask(2), { kind: 'grant', id: 1, by: 'm' }],
    effects: ['tell p1 1 granted', 'tell p2 2 pending at 1', 'holder p1'],
  },
  {
    title: 'revokes the holder when the moderator grants another',
    policy: 'ask-moderator',
    inputs: [ask(1), ask(2), { kind: 'grant', id: 2, by: 'm' }, { kind: 'grant', id: 1, by: 'm' }],
    effects: ['tell p2 2 revoked', 'tell p1 1 granted', 'holder p1'],
  },
  {
    title: 'denies by the moderator',
    policy: 'ask-moderator',
    inputs: [ask(1), ask(2), { kind: 'deny', id: 1, by: 'm' }],
    effects: ['tell p1 1 denied', 'tell p2 2 pending at 1'],
  },
  {
    title: 'cancels a waiting request on release',
    policy: 'ask-moderator',
    inputs: [ask(1), { kind: 'release', who: 1, id: 1 }],
    effects: ['answer p1 1 cancelled'],
  },
  {
    title: 'revokes by the moderator',
    policy: 'latest-takes-over',
    inputs: [ask(1), { kind: 'revoke', id: 1, by: 'm' }],
    effects: ['tell p1 1 revoked', 'holder nobody'],
  },
  {
    title: 'moves the queue when somebody who waits leaves',
    policy: 'ask-moderator',
    inputs: [ask(1), ask(2), { kind: 'leave', who: 1 }],
    effects: ['tell p2 2 pending at 1'],
  },
  {
    title: 'accepts into the queue, before those nobody decided on',
    policy: 'ask-moderator',
    inputs: [ask(1), ask(2), ask(3), { kind: 'grant', id: 1, by: 'm' }, accept(3)],
    effects: ['tell p3 3 accepted at 1', 'tell p2 2 pending at 2'],
  },
  {
    title: 'accepts at a place of the queue and tells all that moved',
    policy: 'ask-moderator',
    inputs: [ask(1, true), ask(2), ask(3), ask(4), accept(2), accept(3), accept(4, 2)],
    effects: ['tell p4 4 accepted at 2', 'tell p3 3 accepted at 3'],
  },
  {
    title: 'moves an accepted request within the queue',
    policy: 'ask-moderator',
    inputs: [ask(1, true), ask(2), ask(3), accept(2), accept(3), accept(3, 1)],
    effects: ['tell p3 3 accepted at 1', 'tell p2 2 accepted at 2'],
  },
  {
    title: 'grants an accepted request at once when the floor is free',
    policy: 'ask-moderator',
    inputs: [ask(1), accept(1)],
    effects: ['tell p1 1 granted', 'holder p1'],
  },
  {
    title: 'gives a released floor to the first of the queue',
    policy: 'ask-moderator',
    inputs: [ask(1, true), ask(2), ask(3), accept(3), accept(2), { kind: 'release', who: 1, id: 1 }],
    effects: ['answer p1 1 released', 'tell p3 3 granted', 'tell p2 2 accepted at 1', 'holder p3'],
  },
  {
    title: 'gives the floor of one who left to the first of the queue, and not to one nobody decided on',
    policy: 'ask-moderator',
    inputs: [ask(1, true), ask(2), ask(3), accept(3), { kind: 'leave', who: 1 }],
    effects: ['tell p3 3 granted', 'tell p2 2 pending at 1', 'holder p3'],
  },
  {
    title: 'gives a free floor to nobody whom no moderator decided on',
    policy: 'ask-moderator',
    inputs: [ask(1, true), ask(2), { kind: 'revoke', id: 1, by: 'm' }],
    effects: ['tell p1 1 revoked', 'holder nobody'],
  },
  {
    title: 'has who comes back to its floor wait for it no longer',
    policy: 'ask-moderator',
    inputs: [ask(1, true), ask(2), ask(3), away(1), { kind: 'return', to: 2 }],
    effects: ['tell p3 3 pending at 1', 'holder p1'],
  },
  {
    title: 'denies an accepted request',
    policy: 'ask-moderator',
    inputs: [ask(1, true), ask(2), accept(2), { kind: 'deny', id: 2, by: 'm' }],
    effects: ['tell p2 2 denied'],
  },
  {
    title: 'does not accept what is not waiting',
    policy: 'ask-moderator',
    inputs: [ask(1, true), accept(1)],
    effects: [],
  },
];

/** What waits while moderators decide has its turn when they do not any more. */
function regoverned(policy: FloorPolicy, inputs: FloorInput[], barred: number[]): string[] {
  const { state } = run('ask-moderator', inputs);
  return floorStep(state, { kind: 'policy', barred }, policy).effects.map(show);
}

describe('rooms/floor', () => {
  for (const row of table) {
    it(row.title, () => assert.deepEqual(run(row.policy, row.inputs).last, row.effects));
  }

  it('never reuses the number of a live ticket when it wraps', () => {
    const held = run('latest-takes-over', [ask(1)]).state;
    const { state } = floorStep({ ...held, last: 65535 }, ask(2), 'ask-moderator');
    assert.deepEqual(
      ticketsOf(state).map((ticket) => ticket.id),
      [1, 2],
    );
  });

  it('never has two granted, and whoever left has nothing', () => fuzzFloor(8855, 500));

  it('gives those who wait their turn when moderators do not decide any more', () => {
    assert.deepEqual(regoverned('latest-takes-over', [ask(1), ask(2)], []), [
      'tell p1 1 accepted at 1',
      'tell p2 2 accepted at 2',
      'marked',
      'tell p1 1 granted',
      'tell p2 2 accepted at 1',
      'holder p1',
    ]);
    assert.deepEqual(regoverned('presenters-only', [ask(1, true), ask(2), ask(3)], [2]), [
      'tell p2 2 denied',
      'tell p3 3 accepted at 1',
      'marked',
    ]);
    assert.deepEqual(regoverned('ask-moderator', [ask(1)], [1]), ['marked']);
  });
});
