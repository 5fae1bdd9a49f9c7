import type { Chance } from '../../src/base/ids.js';
import { capabilitySet } from '../../src/protocol/h323/control/capabilities.js';
import type {
  CapabilitySet,
  ChannelAcceptance,
  ChannelOpening,
  ChannelMedia,
  ControlSession,
  ControlSessionEvents,
  ControlSessionOptions,
} from '../../src/protocol/h323/control/contract.js';
import { createControlSession } from '../../src/protocol/h323/control/session.js';
import { MemoryLink } from './control-links.js';
import { ManualClock } from './manual-clock.js';
import { seeded, type Roll } from './seeded.js';

export function chanceOf(roll: Roll): Chance {
  const hex = (bytes: number): string => Array.from({ length: bytes }, () => '0').join('');
  return { int: (min, max) => min + roll(max - min + 1), hex, uuid: () => '' };
}

export const audio: ChannelMedia = { kind: 'audio', codec: 'g711A', frames: 20 };
export const video: ChannelMedia = {
  kind: 'video',
  codec: 'h264',
  maxBitRate: 1_920_000,
  profiles: 64,
  levelIdc: 31,
};
export const content: ChannelMedia = {
  kind: 'content',
  roles: { presentation: true, live: false },
  video: [{ kind: 'video', codec: 'h264', maxBitRate: 1_920_000, profiles: 64, levelIdc: 31 }],
};
export const fecc: ChannelMedia = { kind: 'h224', maxBitRate: 4_800 };

/** Everything a room system has. */
export const fullSet: CapabilitySet = capabilitySet(
  [
    [{ direction: 'receive', capability: audio }],
    [{ direction: 'receive', capability: video }],
    [{ direction: 'receive', capability: content }],
    [{ direction: 'both', capability: { kind: 'h239' } }],
    [{ direction: 'both', capability: fecc }],
    [
      { direction: 'receive', capability: { kind: 'userInput', form: 'basicString' } },
      { direction: 'receive', capability: { kind: 'userInput', form: 'dtmf' } },
    ],
    [{ direction: 'receive', capability: { kind: 'events', payloadType: 101, events: '0-16' } }],
  ],
  { packetizations: [{ format: { oid: '0.0.8.241.0.0.0.0' }, payloadType: 96 }] },
);

/** Opening of one direction. */
export function opening(media: ChannelMedia, sessionId = 0, port = 5001): ChannelOpening {
  const dynamic = media.kind === 'video' || media.kind === 'content';
  return {
    forward: {
      media,
      sessionId,
      mediaChannel: null,
      mediaControlChannel: { address: '192.0.2.1', port },
      payloadType: dynamic ? 96 : null,
      packetization: dynamic ? { format: { oid: '0.0.8.241.0.0.0.0' }, payloadType: 96 } : null,
      encryption: null,
    },
    reverse: null,
  };
}

/** Opening of both directions. */
export function bothWays(media: ChannelMedia): ChannelOpening {
  const one = opening(media);
  return { ...one, reverse: one.forward && { ...one.forward, mediaChannel: { address: '192.0.2.1', port: 5000 } } };
}

export const taken: ChannelAcceptance = {
  mediaChannel: { address: '192.0.2.2', port: 6000 },
  mediaControlChannel: { address: '192.0.2.2', port: 6001 },
};

/** A session on a link whose other end is the test. */
export interface ControlRig {
  clock: ManualClock;
  link: MemoryLink;
  session: ControlSession;
  /** Events since the last time, by name. */
  events: { name: keyof ControlSessionEvents; value: unknown }[];
  named<K extends keyof ControlSessionEvents>(name: K): ControlSessionEvents[K][];
}

export const eventNames = [
  'remoteCapabilities',
  'capabilitiesAccepted',
  'capabilitiesRefused',
  'role',
  'ready',
  'channelOffered',
  'channelOpened',
  'channelRefused',
  'channelClosed',
  'flowControl',
  'fastUpdate',
  'muted',
  'tradeOff',
  'userInput',
  'userInputUpdate',
  'modeAsked',
  'modeAnswered',
  'roundTrip',
  'conference',
  'vendor',
  'encryption',
  'tokenAsked',
  'tokenAskWithdrawn',
  'tokenHolder',
  'tokenRefused',
  'rateAsked',
  'rateAnswered',
  'timedOut',
  'quirk',
  'ended',
] as const satisfies readonly (keyof ControlSessionEvents)[];

export function controlRig(options: Partial<ControlSessionOptions> = {}): ControlRig {
  const clock = (options.clock as ManualClock | undefined) ?? new ManualClock();
  const link = (options.link as MemoryLink | undefined) ?? new MemoryLink();
  const session = createControlSession({ chance: chanceOf(seeded(7)), roundTripEvery: 0, ...options, clock, link });
  const events: ControlRig['events'] = [];
  for (const name of eventNames) session.on.on(name, (value) => events.push({ name, value }));
  return {
    clock,
    link,
    session,
    events,
    named: (name) => events.filter((one) => one.name === name).map(({ value }) => value) as never,
  };
}
