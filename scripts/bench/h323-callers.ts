import { systemClock } from '../../src/base/clock.js';
import { systemChance } from '../../src/base/ids.js';
import { createMetrics } from '../../src/base/metrics.js';
import type { Endpoint } from '../../src/base/net.js';
import { systemNet } from '../../src/base/system-net.js';
import { aliasOf } from '../../src/protocol/h323/aliases.js';
import type { SignalledCall, SignallingEndpoint } from '../../src/protocol/h323/call/contract.js';
import { createSignallingEndpoint } from '../../src/protocol/h323/call/endpoint.js';
import type { ChannelParameters, ControlSession } from '../../src/protocol/h323/control/contract.js';
import { createControlSession } from '../../src/protocol/h323/control/session.js';
import { deviceNamed } from '../endpoint/h323/devices.js';
import { capabilitiesOf, picturesOn, sound } from '../endpoint/h323/media.js';
import { withDefaults } from '../endpoint/options.js';
import { here } from './gateway-process.js';

/** Nobody reads what comes there. */
const sink = { media: { address: here, port: 9 }, control: { address: here, port: 10 } };
/** Sound and camera, both ways. */
const lines = 4;
const device = deviceNamed('generic');
const options = withDefaults({ uri: `h323:${here}` });

/** One call. */
export interface H323Call {
  /** Milliseconds from the dialling (TCP and Setup) until Connect. Rejects when the call ends before. */
  readonly connected: Promise<number>;
  /** Milliseconds until both lines are open both ways. */
  readonly media: Promise<number>;
  readonly over: boolean;
  /** Where the gateway receives. */
  readonly places: readonly Endpoint[];
  release(): void;
}

/** Room systems that call by H.323 and have no media: signalling and H.245, tunnelled, as the product's own stack does it. */
export class H323Callers {
  private constructor(
    private readonly signalling: SignallingEndpoint,
    private readonly gateway: Endpoint,
  ) {}

  static at(gateway: Endpoint): H323Callers {
    const signalling = createSignallingEndpoint({
      net: systemNet,
      clock: systemClock,
      chance: systemChance,
      metrics: createMetrics(),
      us: { terminal: {}, mc: false, undefinedNode: false },
      h245Ports: { min: 0, max: 0 },
    });
    return new H323Callers(signalling, gateway);
  }

  /** `index` tells addresses of callers apart, ten of them. */
  call(room: string, index = 0): H323Call {
    const begin = performance.now();
    const call = this.signalling.dial(this.gateway, {
      source: [aliasOf('bench')],
      destination: [aliasOf(room)],
      display: 'bench',
      localAddress: `127.0.0.${2 + (index % 10)}`,
    });
    const session = createControlSession({
      link: call.control,
      clock: systemClock,
      chance: systemChance,
      terminalType: 50,
    });
    session.start(capabilitiesOf(device));
    const since = (): number => performance.now() - begin;
    const connected = new Promise<number>((resolve, reject) => {
      call.on.on('connected', () => resolve(since()));
      call.on.on('released', ({ cause, reason, why }) => reject(new Error(`${reason ?? cause}: ${why}`)));
    });
    const media = openLines(call, session).then(since);
    // who waits for one does not wait for the other
    for (const promise of [connected, media]) promise.catch(() => undefined);
    return {
      connected,
      media,
      get over() {
        return call.state === 'released';
      },
      get places() {
        const sends = session.channels.map((one) => (one.direction === 'out' ? one.acceptance?.mediaChannel : null));
        return sends.filter((one) => one !== null && one !== undefined);
      },
      release: () => call.release(),
    };
  }

  close(): Promise<void> {
    return this.signalling.close();
  }
}

function openLines(call: SignalledCall, session: ControlSession): Promise<void> {
  const open = (sent: Pick<ChannelParameters, 'media' | 'payloadType' | 'packetization'>, sessionId: number): void => {
    const mediaControlChannel = sink.control;
    session.open({
      forward: { ...sent, sessionId, mediaChannel: null, mediaControlChannel, encryption: null },
      reverse: null,
    });
  };
  session.on.on('ready', () => {
    open(sound('g711A'), 1);
    open(picturesOn('video', 1, options), 2);
  });
  session.on.on('channelOffered', ({ channel }) =>
    channel.accept({ mediaChannel: sink.media, mediaControlChannel: sink.control }),
  );
  return new Promise((resolve, reject) => {
    session.on.on('channelOpened', () => {
      if (session.channels.filter(({ state }) => state === 'open').length === lines) resolve();
    });
    session.on.on('channelRefused', ({ cause }) => reject(new Error(`a channel was refused: ${cause}`)));
    call.on.on('released', ({ cause, reason, why }) => reject(new Error(`${reason ?? cause}: ${why}`)));
  });
}
