/** A registered device, as shown to administrators. */
export interface Registration {
  id: string;
  user: string;
  contact: string;
  /** Where it registered from. */
  address: string;
  port: number;
  transport: string;
  agent: string;
  instance: string | null;
  path: readonly string[];
  /** 0 to 1. */
  q: number;
  /** Wall-clock milliseconds since 1970. */
  registeredAt: number;
  expiresAt: number;
  /** False when the way to it is known to be gone until it registers again. */
  reachable: boolean;
}

/** Which devices are registered now. */
export interface Registrations {
  /** In order of users, then ids; `next` is the `after` of the next page, or null. */
  list(query: { user?: string; after?: string; limit: number }): {
    items: Registration[];
    next: string | null;
    total: number;
  };
  /** Forgets one; the device is not told. False when there is none. */
  remove(id: string): Promise<boolean>;
}
