import type { TransportName } from './flow.js';

/** What is known of a request before anybody works on it. */
export interface Stranger {
  address: string;
  transport: TransportName;
  method: string;
  /** User-Agent, '' when it does not say. */
  agent: string;
}

/** Nothing is said at all, or a refusal that costs no state. */
export type Screened = 'take' | 'drop' | { status: number; headers: Record<string, string> };

/** Who looks at requests that belong to no call before the engine spends anything on them. Calls are never disturbed. */
export interface Screen {
  screen(stranger: Stranger): Screened;
  /** Bytes that cannot be read as SIP; false: they are not answered. */
  malformed(address: string, transport: TransportName): boolean;
}
