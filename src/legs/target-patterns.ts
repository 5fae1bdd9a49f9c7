/** An address that somebody may be called at. */
export interface Callee {
  user: string;
  /** In lower case; IPv6 in brackets. */
  host: string;
  /** Null where none is written. */
  port: number | null;
}

/** Whether an address fits `user@host` or `user@host:port` with `*` for any part of user or host. */
export function fitsTarget(pattern: string, { user, host, port }: Callee, usualPort: number): boolean {
  const [, wantedUser = '', wantedHost = '', wantedPort] =
    /^(?:(?:sips?|h323):)?(?:(.*)@)?(\[[^\]]*\]|[^:@]*)(?::(\d+))?$/i.exec(pattern) ?? [];
  if (wantedPort !== undefined && Number(wantedPort) !== (port ?? usualPort)) return false;
  return glob(wantedUser, user) && glob(wantedHost.toLowerCase(), host);
}

function glob(pattern: string, text: string): boolean {
  const source = pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
  return new RegExp(`^(?:${source})$`).test(text);
}
