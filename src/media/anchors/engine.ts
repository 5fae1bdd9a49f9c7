import { startChild, type ManagedChild } from '../../base/child.js';
import type { Clock } from '../../base/clock.js';
import type { Disposable } from '../../base/disposables.js';
import { Emitter, type Events } from '../../base/events.js';
import type { Log } from '../../base/log.js';
import type { Metrics } from '../../base/metrics.js';
import type { Endpoint, Net } from '../../base/net.js';
import { openRtpengineControl, type RtpengineControl } from '../../protocol/rtpengine/control.js';
import type { Secure } from '../negotiate.js';
import { RtpengineAnchor } from './rtpengine-anchor.js';

/** Address pairs that rtpengine shows to peers. */
export interface OutsideAddress {
  bind: string;
  advertise: string;
}

/** How to run our own rtpengine. */
export interface ManagedOptions {
  net: Net;
  clock: Clock;
  log: Log;
  metrics: Metrics;
  outside: readonly OutsideAddress[];
  ports: { from: number; to: number };
  command?: string;
}

/** An rtpengine, ours or somebody else's. */
export interface AnchorEngine {
  /** False while it is down: anchors cannot be opened. */
  readonly up: boolean;
  /** Process id of a managed one. */
  readonly pid: number | null;
  /** `lost`: every anchor is gone with it. */
  readonly on: Events<{ lost: { reason: string }; back: undefined }>;
  /** `advertised` is the address of ours that the peer is to be told; null tells them all, for ICE to find one. */
  open(callId: string, keying: Secure, advertised: string | null): RtpengineAnchor;
  /** Resolves when it answers; rejects with RtpengineError when it does not. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

const loopback = '127.0.0.1';
/** rtpengine's logical interface towards our own media ports, and those towards peers. */
const insideName = 'inside';
const outsideName = (index: number): string => `outside${index}`;
/** All of those towards peers in one. */
const everywhereName = 'everywhere';

/** Starts rtpengine as a child without kernel module or system files; rejects when it is not installed or does not come up. */
export async function startRtpengine(options: ManagedOptions): Promise<AnchorEngine> {
  const at = await freePort(options.net);
  const control = openRtpengineControl(at, loopback);
  try {
    const child = await startChild(
      {
        name: 'rtpengine',
        command: options.command ?? 'rtpengine',
        args: argumentsOf(options, at),
        ping: () => control.ping(),
        pingMs: 2000,
      },
      options,
    );
    return new ManagedEngine(child, control, options.outside);
  } catch (error) {
    control.close();
    throw error;
  }
}

/** Uses an rtpengine that runs elsewhere; its loss shows when a command fails. */
export function externalRtpengine(at: Endpoint, local: string): AnchorEngine {
  const control = openRtpengineControl(at, local);
  return {
    up: true,
    pid: null,
    on: new Emitter(),
    open: (callId, keying) => new RtpengineAnchor(control, callId, keying, null),
    ping: () => control.ping(),
    close: () => Promise.resolve(control.close()),
  };
}

class ManagedEngine implements AnchorEngine {
  readonly on = new Emitter<{ lost: { reason: string }; back: undefined }>();
  private readonly bag: Disposable[];

  constructor(
    private readonly child: ManagedChild,
    private readonly control: RtpengineControl,
    private readonly outside: readonly OutsideAddress[],
  ) {
    this.bag = [
      child.on.on('down', ({ reason }) => this.on.emit('lost', { reason })),
      child.on.on('up', () => this.on.emit('back', undefined)),
    ];
  }

  get up(): boolean {
    return this.child.up;
  }

  get pid(): number | null {
    return this.child.pid;
  }

  open(callId: string, keying: Secure, advertised: string | null): RtpengineAnchor {
    const index = this.outside.findIndex((pair) => pair.advertise === advertised);
    // loopback is none of them: a browser on this very machine reaches any of our addresses
    const outside = advertised === null ? everywhereName : outsideName(Math.max(0, index));
    return new RtpengineAnchor(this.control, callId, keying, { outside, inside: insideName });
  }

  ping(): Promise<void> {
    return this.control.ping();
  }

  async close(): Promise<void> {
    for (const item of this.bag) item.dispose();
    await this.child.stop();
    this.control.close();
  }
}

function argumentsOf({ outside, ports }: ManagedOptions, at: Endpoint): string[] {
  return [
    // Debian's file would open ports that its own service, or another gateway, holds
    '--config-file=none',
    '--foreground',
    '--log-stderr',
    '--log-level=4',
    '--table=-1',
    `--interface=${insideName}/${loopback}`,
    ...outside.flatMap(({ bind, advertise }, index) => {
      const address = `${bind}${bind === advertise ? '' : `!${advertise}`}`;
      return [`--interface=${outsideName(index)}/${address}`, `--interface=${everywhereName}/${address}`];
    }),
    `--listen-ng=${at.address}:${at.port}`,
    `--port-min=${ports.from}`,
    `--port-max=${ports.to}`,
    // more of them put packets of one stream out of order, which receivers take for loss
    '--num-threads=1',
    '--delete-delay=0',
    '--timeout=3600',
  ];
}

/** A UDP port that is free at this moment; rtpengine cannot pick one itself. */
async function freePort(net: Net): Promise<Endpoint> {
  const socket = await net.udp({ address: loopback, port: 0 });
  const { local } = socket;
  socket.close();
  return local;
}
