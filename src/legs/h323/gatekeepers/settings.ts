import type { ClientSettings } from '../../../protocol/h323/ras/contract.js';

/** A registration of ours with a gatekeeper elsewhere. */
export interface ForeignGatekeeperSettings {
  /** What rules call it. */
  name: string;
  /** Names or addresses with ports, the preferred first; `multicast` asks the network. */
  gatekeepers: readonly { host: string; port: number }[] | 'multicast';
  /** Name of the gatekeeper that is wanted, or null for any. */
  identifier: string | null;
  /** Whether it is asked with GRQ before. */
  discover: boolean;
  kind: ClientSettings['kind'];
  /** As what we are known there. */
  aliases: readonly string[];
  prefixes: readonly string[];
  password: { user: string; password: string; form: 'hmac-sha1-96' | 'md5' } | null;
  /** Local UDP port; 0 lets the system pick. */
  port: number;
  seconds: number;
  /** What a call asks for, both directions together. */
  kbps: number;
  /** Most calls that go out by it. */
  maxCalls: number;
}
