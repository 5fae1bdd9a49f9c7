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

const accept = (id: number, place = 0): FloorInput => ({ kind: 'accept', id, place, by: 'm' });

function show(effect: FloorEffect): string {
  if (effect.kind === 'holderChanged') return `holder ${effect.holder?.name ?? 'nobody'}`;
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
});
