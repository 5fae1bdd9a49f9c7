/** A registered device, as shown to administrators. */
export interface Registration {
  id: string;
  user: string;
  /** Further names by which it is called, where it registered with several. */
  aliases?: readonly string[];
  contact: string;
  /** Where it registered from. */
  address: string;
  port: number;
  /** `udp`, `tcp`, `tls`, `ws`, `wss`, or `h323`. */
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

/** Where a registration stands among all: by user, then id. */
export function placeOf({ user, id }: Pick<Registration, 'user' | 'id'>): string {
  return `${user} ${id}`;
}

/** One page of registrations, which come in any order. */
export function pageOf(
  all: readonly Registration[],
  { after, limit }: Omit<RegistrationsQuery, 'user'>,
): RegistrationsPage {
  const sorted = all.toSorted((a, b) => compare(placeOf(a), placeOf(b)));
  const from = after === undefined ? 0 : sorted.findIndex((one) => placeOf(one) > after);
  const items = from < 0 ? [] : sorted.slice(from, from + limit);
  const last = items.at(-1);
  const more = last !== undefined && last !== sorted.at(-1);
  return { items, next: more ? placeOf(last) : null, total: sorted.length };
}

/** Registrations of several kinds as one list. */
export function allOf(...kinds: readonly Registrations[]): Registrations {
  return {
    list(query) {
      const pages = kinds.map((kind) => kind.list(query));
      const { after: _, ...rest } = query;
      const page = pageOf(
        pages.flatMap(({ items }) => items),
        rest,
      );
      const more = pages.some(({ next }) => next !== null);
      const last = page.items.at(-1);
      return {
        items: page.items,
        next: page.next ?? (more && last ? placeOf(last) : null),
        total: pages.reduce((sum, { total }) => sum + total, 0),
      };
    },
    async remove(id) {
      for (const kind of kinds) if (await kind.remove(id)) return true;
      return false;
    },
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Which part of the list is wanted. */
export interface RegistrationsQuery {
  user?: string;
  after?: string;
  limit: number;
}

/** A part of the list. */
export interface RegistrationsPage {
  items: Registration[];
  /** What is `after` for the next page, or null. */
  next: string | null;
  total: number;
}

/** Which devices are registered now. */
export interface Registrations {
  /** In order of users, then ids. */
  list(query: RegistrationsQuery): RegistrationsPage;
  /** Forgets one; by SIP, the device is not told. False when there is none. */
  remove(id: string): Promise<boolean>;
}
