import assert from 'node:assert/strict';
import { systemChance } from '../../../src/base/ids.js';
import { EslClient, type EslClientEvents } from '../../../src/protocol/esl/client.js';
import { EslLost, EslPasswordRefused } from '../../../src/protocol/esl/errors.js';
import { ManualClock } from '../../support/manual-clock.js';
import { apiAnswer, at, jsonEvent, reply, ScriptedServer } from './peer.js';

const secret = 'labpass';
const conference = (id: string): string =>
  JSON.stringify([{ conference_name: 'r1', conference_uuid: id, members: [] }]);

describe('the client of an event socket', () => {
  let clock: ManualClock;
  let client: EslClient | null = null;
  let seen: string[] = [];

  beforeEach(() => {
    clock = new ManualClock();
    seen = [];
  });
  afterEach(() => {
    client?.close();
    client?.close();
    assert.equal(clock.pending, 0);
  });

  /** Lets everything happen that waits for nothing but its turn. */
  const settled = async (): Promise<void> => {
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
  };

  function server(
    more: (command: string, server: ScriptedServer) => string | null = () => null,
    core = () => 'core-1',
  ): ScriptedServer {
    return new ScriptedServer((command, self) => {
      const special = more(command, self);
      if (special !== null) return special;
      if (command.startsWith('auth '))
        return command === `auth ${secret}` ? reply('+OK accepted') : reply('-ERR invalid');
      if (command.startsWith('event ')) return reply('+OK event listener enabled json');
      if (command === 'api global_getvar core_uuid') return apiAnswer(core());
      if (command === 'api conference json_list compact') return apiAnswer(conference('a'));
      return apiAnswer('+OK');
    });
  }

  function start(net: ScriptedServer['net'], password = secret): EslClient {
    client = new EslClient({
      net,
      clock,
      chance: { ...systemChance, int: (min, max) => (min + max) / 2 },
      at,
      password,
    });
    const log = <K extends keyof EslClientEvents>(name: K, words: (value: EslClientEvents[K]) => string): void =>
      void client?.on.on(name, (value) => seen.push(`${name} ${words(value)}`.trim()));
    log(
      'up',
      ({ core, restarted, conferences }) =>
        `${core}${restarted ? ' restarted' : ''} ${conferences.map(({ id }) => id).join()}`,
    );
    log('event', ({ name, get }) => `${name} ${get('Action')}`);
    log('down', ({ why, againMs }) => `${why.name} ${againMs}`);
    client.start();
    return client;
  }

  it('tells how things stand, then what came meanwhile, then what comes', async () => {
    const event = (action: string): string =>
      jsonEvent({ 'Event-Name': 'CUSTOM', 'Event-Subclass': 'conference::maintenance', Action: action });
    const peer = await server((command) => {
      if (command === 'api global_getvar core_uuid') return event('early') + apiAnswer('core-1\n');
      return command === 'api conference json_list compact' ? apiAnswer(conference('a')) + event('right behind') : null;
    }).listen();
    start(peer.net);
    await settled();
    peer.send(event('later'));
    assert.deepEqual(seen, ['up core-1 a', 'event CUSTOM early', 'event CUSTOM right behind', 'event CUSTOM later']);
    assert.deepEqual(peer.commands.slice(0, 2), [
      `auth ${secret}`,
      'event json BACKGROUND_JOB HEARTBEAT CHANNEL_HANGUP_COMPLETE CUSTOM conference::maintenance',
    ]);
    assert.equal(client?.describe(), 'up');
  });

  it('comes back with growing pauses, begins anew after a steady time, and knows a restarted server', async () => {
    let core = 'core-1';
    const peer = await server(undefined, () => core).listen();
    start(peer.net);
    await settled();
    peer.stream?.destroy();
    clock.advance(250);
    await settled();
    peer.stream?.destroy();
    clock.advance(500);
    await settled();
    clock.advance(400);
    await settled();
    core = 'core-2';
    for (let second = 0; second < 10; second++) {
      clock.advance(1000);
      await settled();
    }
    peer.stream?.destroy();
    clock.advance(250);
    await settled();
    assert.deepEqual(seen, [
      ...['up core-1 a', 'down EslLost 250', 'up core-1 a', 'down EslLost 500', 'up core-1 a'],
      ...['down EslLost 250', 'up core-2 restarted a'],
    ]);
  });

  it('tries a server that is not there at longer and longer intervals, at most the longest', async () => {
    start(new ScriptedServer(() => null).net);
    await settled();
    for (let tries = 0; tries < 8; tries++) {
      clock.advance(15_000);
      await settled();
    }
    assert.deepEqual(
      seen.map((each) => Number(each.split(' ')[2])),
      [250, 500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000],
    );
  });

  it('says once that the password is wrong, and asks seldom', async () => {
    const peer = await server().listen();
    start(peer.net, 'wrong');
    await settled();
    assert.deepEqual(seen, [`down ${EslPasswordRefused.name} 60000`]);
    clock.advance(59_999);
    await settled();
    assert.equal(peer.connections, 1);
    clock.advance(1);
    await settled();
    assert.equal(peer.connections, 2);
  });

  it('gives up a server that has gone silent, and keeps a quiet one', async () => {
    let silent = false;
    const peer = await server((command) => (silent && command === 'api uptime' ? '' : null)).listen();
    start(peer.net);
    await settled();
    for (let second = 0; second < 30; second++) {
      clock.advance(1000);
      await settled();
    }
    assert.deepEqual(seen, ['up core-1 a']);
    silent = true;
    for (let second = 0; second < 5; second++) {
      clock.advance(1000);
      await settled();
    }
    assert.equal(seen[1], 'down EslLost 250');
  });

  it('refuses commands while it is not connected, and after its end', async () => {
    const peer = server();
    const mine = start(peer.net);
    await assert.rejects(mine.api('x'), EslLost);
    await peer.listen();
    clock.advance(250);
    await settled();
    assert.equal(await mine.api('x'), '+OK');
    mine.close();
    await assert.rejects(mine.bgapi('x', 1), EslLost);
    assert.equal(mine.describe(), 'over');
    clock.advance(100_000);
    await settled();
    assert.equal(peer.connections, 1);
  });

  it('is cut in the middle of an event without harm', async () => {
    const peer = await server().listen();
    start(peer.net);
    await settled();
    peer.send('Content-Length: 100\nContent-Type: text/event-json\n\n{"Event-Name":');
    peer.stream?.destroy();
    clock.advance(250);
    await settled();
    assert.deepEqual(seen, ['up core-1 a', 'down EslLost 250', 'up core-1 a']);
  });
});
