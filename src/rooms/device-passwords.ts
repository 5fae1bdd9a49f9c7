/** What a password is proved with by devices of H.323 (H.235.1): the password, or its SHA-1 in hexadecimal. */
export type DeviceSecret = { password: string } | { sha1: string };

/** Passwords of users, for devices that do not use digests of SIP. */
export interface DevicePasswords {
  /**
   * By name or alias. `secret` is null for a user whose password is kept in other forms only. Null where nobody has the
   * name. Rejects with StoreUnavailable.
   */
  of(name: string): Promise<{ user: string; secret: DeviceSecret | null } | null>;
}
