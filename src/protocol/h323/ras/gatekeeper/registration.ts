import type { Clock, Timer } from '../../../../base/clock.js';
import type { Datagrams, Endpoint } from '../../../../base/net.js';
import { aliasText } from '../../aliases.js';
import type { AliasAddress, EndpointType, SupportedPrefix, VendorIdentifier } from '../../h225/schema.js';
import type { Registered } from '../contract.js';
import type { Proof } from './proof.js';

/** The socket by which a device reaches us. */
export type Way = Pick<Datagrams, 'local' | 'send'>;

/** What a device told of itself. */
export interface Told {
  aliases: readonly string[];
  /** The same as they were written. */
  terminalAlias: readonly AliasAddress[];
  prefixes: readonly string[];
  /** Call signalling addresses as it sees them. */
  local: readonly Endpoint[];
  /** The same as we reach them. */
  signalling: readonly Endpoint[];
  type: EndpointType;
  vendor: VendorIdentifier | null;
  traversal: boolean;
}

/** Repetitions of a sign of life may come so much later. */
const graceSeconds = 15;

/** A registered device. */
export class Registration implements Registered {
  readonly since: number;
  aliases: readonly string[] = [];
  terminalAlias: readonly AliasAddress[] = [];
  local: readonly Endpoint[] = [];
  prefixes: readonly string[] = [];
  signalling: readonly Endpoint[] = [];
  type: EndpointType = { mc: false, undefinedNode: true };
  product: string | null = null;
  traversal = false;
  /** RAI: takes no calls that others can take. */
  exhausted = false;
  timeToLive = 0;
  proof: Proof | null = null;
  private timer: Timer | null = null;
  private until = 0;

  constructor(
    private readonly clock: Clock,
    readonly endpointIdentifier: string,
    /** Where RAS reaches it: as told, or where it was seen when it is behind NAT. */
    public ras: Endpoint,
    public way: Way,
  ) {
    this.since = clock.wall();
  }

  get account(): string | null {
    return this.proof?.account ?? null;
  }

  get kind(): Registered['kind'] {
    const { gateway, mcu, terminal } = this.type;
    if (mcu) return 'mcu';
    if (gateway) return 'gateway';
    return terminal ? 'terminal' : 'other';
  }

  get secondsLeft(): number {
    return Math.max(0, Math.ceil((this.until - this.clock.now()) / 1000) - graceSeconds);
  }

  tell({ vendor, ...told }: Told): void {
    Object.assign(this, told);
    this.product = productOf(vendor);
  }

  /** A sign of life. */
  live(seconds: number, over: () => void): void {
    this.end();
    this.timeToLive = seconds;
    const ms = (seconds + graceSeconds) * 1000;
    this.until = this.clock.now() + ms;
    this.timer = this.clock.after(ms, over);
  }

  end(): void {
    this.timer?.cancel();
    this.timer = null;
  }
}

/** Texts that devices end with NULs. */
function productOf(vendor: VendorIdentifier | null): string | null {
  const texts = [vendor?.productId, vendor?.versionId].map((octets) =>
    octets
      ?.toString('utf8')
      .replace(/[^\x20-\x7e\u00a0-\ufffc]+/g, ' ')
      .trim(),
  );
  return texts.filter((text) => text !== undefined && text !== '').join(' ') || null;
}

/** Prefixes of numbers that a gateway or MCU takes. */
export function prefixesOf(type: EndpointType): string[] {
  const protocols = [...(type.gateway?.protocol ?? []), ...(type.mcu?.protocol ?? [])];
  const prefixes = protocols.flatMap((protocol) =>
    Object.values(protocol as Record<string, { supportedPrefixes?: SupportedPrefix[] } | undefined>).flatMap(
      (capabilities) => capabilities?.supportedPrefixes ?? [],
    ),
  );
  return [...new Set(prefixes.map(({ prefix }) => aliasText(prefix)).filter((text) => text !== null))];
}
