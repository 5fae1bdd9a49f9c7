import { randomBytes } from 'node:crypto';
import { portOf } from './channel.js';
import type { Step } from './transcript.js';

const branch = /z9hG4bK\w+/g;
const callId = /^(?:Call-ID|i)\s*:\s*(\S+)/gim;
/** `proto/address:port`, several with commas. */
const places = /(?:\w+\/127\.0\.0\.1:\d+,?){2,}/g;

/**
 * What stands on the wire of a running server for what a recording says: other ports, and identifiers that have not been used
 * before, since a server remembers the last ones.
 */
export class Aliases {
  private readonly names = new Map<string, string>();
  private readonly ports = new Map<string, string>();
  private readonly transports = new Set<string>();

  constructor(
    steps: readonly Step[],
    /** Where the server takes SIP, by transport. */
    server: ReadonlyMap<string, number>,
    private readonly secret: string,
  ) {
    const text = steps.map((step) => step.text).join('\n');
    const recorded = places.exec(text)?.[0] ?? 'tcp/127.0.0.1:5070,udp/127.0.0.1:5070';
    places.lastIndex = 0;
    for (const [, transport = '', port = ''] of recorded.matchAll(/(\w+)\/[\d.]+:(\d+)/g)) {
      this.transports.add(transport);
      const real = server.get(transport);
      if (real !== undefined) this.ports.set(port, String(real));
    }
    this.rename(steps);
  }

  /** The port that a peer of the recording really has. */
  place(steps: readonly Step[], peer: string, port: number): void {
    this.ports.set(String(portOf(steps, peer)), String(port));
  }

  toWire(text: string): string {
    let out = text.replace('|authenticate|cymru|', `|authenticate|${this.secret}|`);
    for (const [from, to] of this.names) out = out.replaceAll(from, to);
    return moved(out, this.ports);
  }

  fromWire(text: string): string {
    let out = text;
    for (const [from, to] of this.names) out = out.replaceAll(to, from);
    out = moved(out, new Map([...this.ports].map(([from, to]) => [to, from])));
    return out.replace(places, (all) =>
      all
        .split(',')
        .filter((one) => this.transports.has(one.split('/')[0] ?? ''))
        .join(','),
    );
  }

  /** Call-IDs and branches that came from peers and application first. */
  private rename(steps: readonly Step[]): void {
    const theirs = new Set<string>();
    for (const step of steps) {
      if (step.kind === 'note') continue;
      const said = [
        ...[...step.text.matchAll(callId)].map((match) => match[1] ?? ''),
        ...[...step.text.matchAll(branch)].map(([all]) => all),
      ];
      for (const each of said) {
        if (!step.toServer) theirs.add(each);
        else if (!theirs.has(each) && !this.names.has(each) && each.length >= 6) this.names.set(each, anew(each));
      }
    }
  }
}

/** The same length, another end. */
function anew(name: string): string {
  return name.slice(0, -5) + randomBytes(3).toString('hex').slice(0, 5);
}

function moved(text: string, ports: ReadonlyMap<string, string>): string {
  return text.replace(/(127\.0\.0\.1[:|]|rport=)(\d+)/g, (_, before: string, port: string) => {
    return before + (ports.get(port) ?? port);
  });
}
