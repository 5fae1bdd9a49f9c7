import assert from 'node:assert/strict';
import { Disposables } from '../../../src/base/disposables.js';
import { Emitter } from '../../../src/base/events.js';
import { DisplayNotices } from '../../../src/legs/h323/display-notices.js';
import type { CallEvents, CallState } from '../../../src/protocol/h323/call/contract.js';
import { settle, startH323Rig, type H323Rig, type Peer } from '../../support/h323-rig.js';
import { ManualClock } from '../../support/manual-clock.js';

describe('an H.323 device whose sound the room turns off', () => {
  let rig: H323Rig;
  beforeEach(async () => (rig = await startH323Rig()));
  afterEach(() => rig.nothingLeft());

  /** What the display of the device shows, one after the other. */
  const shown = (peer: Peer): string[] => {
    const texts: string[] = [];
    peer.call?.on.on('facts', ({ display }) => texts.push(display));
    return texts;
  };
  const joined = async (): Promise<{ peer: Peer; texts: string[] }> => {
    const peer = await (await rig.peer()).dial('demo');
    await peer.send('audio');
    return { peer, texts: shown(peer) };
  };
  const bridgeSays = (muted: boolean, by: string | null): void => {
    const [leg] = rig.legs('demo');
    const state = { id: leg!.id, muted, deaf: false, gainDb: 0, by };
    rig.bridge.conferences.get('demo')?.events.emit('member', state);
  };

  it('is told by Notify with the word of the bridge, with nothing waited for', async () => {
    const { peer, texts } = await joined();
    const before = rig.clock.now();
    const heard: string[] = [];
    rig.room('demo').on.on('participantChanged', ({ muted, mutedBy }) => heard.push(`${muted} ${mutedBy}`));
    bridgeSays(true, 'Mona');
    assert.deepEqual(heard, ['true Mona']);
    await settle(rig.clock);
    assert.deepEqual(texts, ['Muted by Mona']);
    bridgeSays(true, 'Else');
    bridgeSays(false, 'console');
    await settle(rig.clock);
    assert.deepEqual(texts, ['Muted by Mona', 'You may speak again']);
    assert.equal(rig.clock.now(), before);
    assert.equal(peer.call?.state, 'active');
  });

  it('is told that the room is recorded, also when it comes in later, and when that is over', async () => {
    const { texts } = await joined();
    const [leg] = rig.legs('demo');
    leg!.tell({ recorded: true });
    await settle(rig.clock);
    bridgeSays(true, null);
    await settle(rig.clock);
    leg!.tell({ recorded: true });
    leg!.tell({ recorded: false });
    await settle(rig.clock);
    assert.deepEqual(texts, ['The conference is being recorded', 'You are muted', 'You are not recorded any more']);
  });

  it('reads who it was as far as that is of use', async () => {
    const { texts } = await joined();
    const by = async (who: string | null): Promise<string | undefined> => {
      bridgeSays(true, who);
      await settle(rig.clock, 5000);
      const text = texts.at(-1);
      bridgeSays(false, who);
      await settle(rig.clock, 5000);
      return text;
    };
    assert.equal(await by(rig.legs('demo')[0]!.id), 'You are muted', 'by its own key');
    assert.equal(await by(null), 'You are muted');
    assert.equal(await by('console'), 'Muted by the operator');
    assert.equal(await by('\u0007\u202e Mo\r\n na\ud800'), 'Muted by Mo na');
    assert.equal(await by('\u0000\n'), 'You are muted');
    assert.equal(await by('m'.repeat(1000)), `Muted by ${'m'.repeat(40)}`);
    // the element has 82 octets
    assert.equal(await by('\u{1f600}'.repeat(60)), `Muted by ${'\u{1f600}'.repeat(18)}`);
  });

  it('is told of a toggle four times at once, then how it is in the end', async () => {
    const { texts } = await joined();
    for (let n = 0; n < 50; n += 1) {
      bridgeSays(true, 'Mona');
      bridgeSays(false, 'Mona');
    }
    bridgeSays(true, 'Zoe');
    await settle(rig.clock, 900);
    assert.equal(texts.length, 4);
    await settle(rig.clock, 500);
    assert.deepEqual(texts.slice(4), ['Muted by Zoe']);
    await settle(rig.clock, 10_000);
    assert.equal(texts.length, 5);
    for (let n = 0; n < 50; n += 1) bridgeSays(n % 2 === 1, 'Mona');
    await settle(rig.clock);
    await rig.room('demo').remove(1, 'Mona');
    assert.equal(texts.length, 9, 'the last one waits, and goes with the call');
  });

  it('is told nothing before the answer, and then what still holds', () => {
    const [on, bag, clock] = [new Emitter<CallEvents>(), new Disposables(), new ManualClock()];
    const said: string[] = [];
    const call = { state: 'alerting' as CallState, on, notify: (text: string) => void said.push(text) };
    const notices = new DisplayNotices(call, clock, bag);
    notices.tell({ muted: true, mutedBy: 'Mona' });
    notices.tell({ muted: false, mutedBy: 'Mona' });
    const connect = (): void => {
      call.state = 'active';
      on.emit('connected', undefined);
    };
    connect();
    assert.deepEqual(said, [], 'it never was, as far as it knows');
    call.state = 'alerting';
    notices.tell({ muted: true });
    assert.deepEqual(said, []);
    connect();
    notices.tell({ locked: true });
    assert.deepEqual(said, ['You are muted']);
    for (let n = 0; n < 50; n += 1) notices.tell({ muted: true, mutedBy: `somebody ${n}` });
    assert.equal(clock.pending, 1, 'one timer, however often');
    bag.dispose();
    assert.equal(clock.pending, 0);
  });
});
