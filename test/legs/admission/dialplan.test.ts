import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { DialplanUnusable, readDialplan } from '../../../src/legs/admission/dialplan.js';

const plan = (...rooms: unknown[]): string => JSON.stringify({ rooms });

describe('the dial plan', () => {
  it('that is shipped knows names and numbers', () => {
    const find = readDialplan(readFileSync('dialplans/rooms.json', 'utf8'));
    assert.deepEqual(find('sip:demo@192.0.2.1'), { room: 'demo', role: 'participant' });
    assert.equal(find('sips:ECHO@[2001:db8::1]:5061;transport=tls')?.room, 'echo');
    assert.equal(find('sip:+4930123@gw.example.org')?.room, '4930123');
    assert.equal(find('sip:Board.Room-1@gw')?.room, 'board.room-1');
    assert.equal(find('tel:+4930123')?.room, '4930123');
    assert.equal(find('demo')?.room, 'demo');
    assert.deepEqual(find('sip:Board*2468@gw'), { room: 'board', role: 'participant', pin: '2468' });
  });

  it('that is shipped lets nothing odd through', () => {
    const find = readDialplan(readFileSync('dialplans/rooms.json', 'utf8'));
    for (const uri of [
      'sip:192.0.2.1',
      'sip:%zz@h',
      'sip:a%2Fb@h',
      `sip:${'a'.repeat(200)}@h`,
      'sip:..@h',
      'sip:board*12x4@h',
      '',
      'sip:',
    ]) {
      assert.equal(find(uri), null, uri);
    }
  });

  it('takes the first line that fits, with its groups and role', () => {
    const find = readDialplan(
      plan({ dialled: '9(\\d\\d)', room: 'meet-$1', role: 'moderator' }, { dialled: '9.*', room: 'lobby' }),
    );
    assert.deepEqual(find('sip:942@h'), { room: 'meet-42', role: 'moderator' });
    assert.deepEqual(find('sip:9421@h'), { room: 'lobby', role: 'participant' });
    assert.equal(find('sip:1942@h'), null);
    assert.equal(find('sip:942;phone-context=x@h')?.room, 'meet-42');
  });

  it('says what is wrong', () => {
    const says = (text: string, why: RegExp): void =>
      assert.throws(
        () => readDialplan(text),
        (error) => error instanceof DialplanUnusable && why.test(error.message),
      );
    says('{', /JSON/);
    says('{"rooms": []}', /rooms/);
    says(plan({ dialled: '(', room: 'a' }), /rooms\.0\.dialled/);
    says(plan({ dialled: 'a', room: 'a', role: 'king' }), /rooms\.0\.role/);
    says(plan({ dialed: 'a', room: 'a' }), /rooms\.0/);
  });
});
