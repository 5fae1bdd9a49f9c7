import assert from 'node:assert/strict';
import type {
  ChannelMedia,
  ControlSessionEvents,
  IncomingChannel,
  LogicalChannel,
} from '../../../../src/protocol/h323/control/contract.js';
import { linkPair, valueOf } from '../../../support/control-links.js';
import {
  audio,
  bothWays,
  chanceOf,
  content,
  controlRig,
  fecc,
  fullSet,
  opening,
  taken,
  video,
  type ControlRig,
} from '../../../support/control-rig.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { seeded, type Roll } from '../../../support/seeded.js';

// Two of our own sessions, everything in any order.

interface Talk {
  clock: ManualClock;
  links: ReturnType<typeof linkPair>;
  sides: [ControlRig, ControlRig];
  roll: Roll;
}

function talk(seed: number, types: [number, number] = [190, 50]): Talk {
  const roll = seeded(seed);
  const clock = new ManualClock();
  const links = linkPair();
  const chance = chanceOf(roll);
  const a = controlRig({ clock, link: links.a, chance, terminalType: types[0] });
  const b = controlRig({ clock, link: links.b, chance, terminalType: types[1] });
  return { clock, links, sides: [a, b], roll };
}

/** Delivers everything, and all timers that run without an end of their own. */
function calm({ clock, links }: Talk): void {
  for (let i = 0; i < 12; i++) {
    links.settle();
    clock.advance(15_000);
  }
  links.settle();
}

function finish(call: Talk): void {
  const { clock, links, sides } = call;
  sides[call.roll(2)]?.session.end();
  calm(call);
  for (const { session, link } of sides) {
    assert.equal(session.state, 'ended');
    assert.deepEqual(session.channels, []);
    assert.equal(link.listeners, 0);
  }
  assert.equal(clock.pending, 0);
  assert.deepEqual([links.a.outbox, links.b.outbox], [[], []]);
}

/** Every channel is told of in order: opened at most once and before closed, and nothing after its end. */
function checkHistory(rig: ControlRig): void {
  const last = new Map<LogicalChannel, string>();
  for (const { name, value } of rig.events) {
    const channel = (value as { channel?: LogicalChannel } | null)?.channel;
    if (!channel || !name.startsWith('channel')) continue;
    const before = last.get(channel) ?? 'none';
    const allowed: Record<string, string[]> = {
      channelOffered: ['none'],
      channelOpened: channel.direction === 'in' ? ['channelOffered'] : ['none'],
      channelRefused: ['none'],
      channelClosed: ['none', 'channelOffered', 'channelOpened'],
    };
    assert.ok(allowed[name]?.includes(before), `${name} after ${before}`);
    last.set(channel, name);
  }
}

function openNumbers(rig: ControlRig, direction: 'in' | 'out'): number[] {
  return rig.session.channels
    .filter((one) => one.direction === direction && one.state === 'open')
    .map(({ number }) => number)
    .sort();
}

describe('conversations of H.245', () => {
  it('come to the same end in every order of delivery', () => {
    for (let seed = 1; seed <= 150; seed++) {
      const call = talk(seed, seed % 2 ? [190, 50] : [50, 50]);
      const { links, sides, roll } = call;
      const [a, b] = sides;
      for (const rig of sides) {
        rig.session.on.on('channelOffered', ({ channel }) => channel.accept(taken));
        rig.session.on.on('ready', () => {
          for (const media of [audio, video]) rig.session.open(opening(media));
        });
      }
      const begin = [a, b].sort(() => roll(2) - 0.5);
      begin[0]?.session.start(fullSet);
      const late = roll(12);
      for (let i = 0; i < 60; i++) {
        if (i === late) begin[1]?.session.start(fullSet);
        links.step(roll(2) ? 'a' : 'b');
      }
      links.settle();
      assert.deepEqual(new Set([a.session.role, b.session.role]), new Set(['master', 'slave']), `seed ${seed}`);
      for (const rig of sides) {
        assert.equal(rig.named('ready').length, 1);
        assert.deepEqual(openNumbers(rig, 'out'), [101, 102]);
        assert.deepEqual(openNumbers(rig, 'in'), [101, 102]);
        assert.deepEqual(rig.session.remote, fullSet);
      }
      finish(call);
    }
  });

  it('hold, and go on after it', () => {
    const call = talk(3);
    const [a, b] = call.sides;
    for (const rig of call.sides) rig.session.on.on('channelOffered', ({ channel }) => channel.accept(taken));
    for (const rig of call.sides) rig.session.start(fullSet);
    call.links.settle();
    for (const rig of call.sides) rig.session.open(opening(audio));
    call.links.settle();
    a.session.changeCapabilities(null);
    call.links.settle();
    assert.ok(b.session.paused);
    assert.deepEqual([openNumbers(a, 'in'), openNumbers(a, 'out')], [[], [101]]);
    a.session.changeCapabilities(fullSet);
    call.links.settle();
    assert.ok(!b.session.paused);
    assert.equal(b.session.role, 'slave');
    b.session.open(opening(audio));
    call.links.settle();
    assert.deepEqual(openNumbers(a, 'in'), [102]);
    finish(call);
  });

  it('agree on camera control that both open at once', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const call = talk(seed);
      for (const rig of call.sides) {
        rig.session.on.on('channelOffered', ({ channel }) => {
          const { reverse } = channel.opening;
          channel.accept(reverse ? { ...taken, reverse: { ...reverse, mediaChannel: null } } : taken);
        });
        rig.session.start(fullSet);
      }
      call.links.settle();
      for (const rig of call.sides) rig.session.open(bothWays(fecc));
      for (let i = 0; i < 20; i++) call.links.step(call.roll(2) ? 'a' : 'b');
      call.links.settle();
      const [master, slave] = call.sides;
      assert.deepEqual([openNumbers(master, 'out'), openNumbers(master, 'in')], [[101], []]);
      assert.deepEqual([openNumbers(slave, 'out'), openNumbers(slave, 'in')], [[], [101]]);
      assert.equal(slave.named('channelRefused')[0]?.cause, 'masterSlaveConflict');
      finish(call);
    }
  });

  it('keep both sides of every channel alike whatever happens, also when answers are lost', () => {
    for (let seed = 1; seed <= 80; seed++) {
      const lossy = seed % 2 === 0;
      const call = talk(seed);
      const { links, sides, roll, clock } = call;
      const undecided: IncomingChannel[] = [];
      for (const rig of sides) {
        rig.session.on.on('channelOffered', ({ channel }) => {
          if (roll(3) === 0) undecided.push(channel);
          else decide(channel, roll);
        });
        rig.session.start(fullSet);
      }
      links.settle();
      for (let i = 0; i < 150; i++) {
        const rig = sides[roll(2)] as ControlRig;
        act(rig, roll);
        if (roll(4) === 0) {
          const [channel] = undecided.splice(roll(undecided.length), 1);
          if (channel) decide(channel, roll);
        }
        for (let n = roll(4); n > 0; n--) deliver(call, lossy);
        if (roll(10) === 0) clock.advance(roll(20_000));
      }
      calm(call);
      const [a, b] = sides;
      assert.deepEqual(openNumbers(a, 'out'), openNumbers(b, 'in'), `seed ${seed}`);
      assert.deepEqual(openNumbers(b, 'out'), openNumbers(a, 'in'), `seed ${seed}`);
      for (const rig of sides) {
        checkHistory(rig);
        assert.ok(rig.session.channels.every(({ state }) => state === 'open'));
      }
      finish(call);
      for (const rig of sides) checkEnds(rig);
    }
  });
});

/** Whoever was told of a channel is told of its end. */
function checkEnds(rig: ControlRig): void {
  const names: (keyof ControlSessionEvents)[] = ['channelOpened'];
  for (const { value } of rig.events.filter(({ name }) => names.includes(name))) {
    const { channel } = value as { channel: LogicalChannel };
    assert.equal(rig.named('channelClosed').filter((one) => one.channel === channel).length, 1);
  }
}

function decide(channel: IncomingChannel, roll: Roll): void {
  const { forward, reverse } = channel.opening;
  if (roll(5) === 0) channel.reject('dataTypeNotAvailable');
  else channel.accept(forward && reverse ? { ...taken, reverse: { ...reverse, mediaChannel: null } } : taken);
}

/** Does something at random. */
function act({ session }: ControlRig, roll: Roll): void {
  const kinds: ChannelMedia[] = [audio, video, content];
  const one = session.channels[roll(session.channels.length)];
  const what = roll(10);
  if (what < 4 && session.channels.length < 12) session.open(opening(kinds[roll(3)] as ChannelMedia));
  else if (what === 4) session.open(bothWays(fecc));
  else if (what === 5) session.changeCapabilities(null);
  else if (what === 6) session.changeCapabilities(fullSet);
  else if (one?.direction === 'out') one.close();
  else one?.requestClose();
}

/** Brings one message across; answers may be lost. */
function deliver({ links, roll }: Talk, lossy: boolean): void {
  const from = roll(2) ? 'a' : 'b';
  const { outbox } = links[from];
  const [next] = outbox;
  if (lossy && next && roll(8) === 0 && valueOf(next).response) outbox.shift();
  else links.step(from);
}
