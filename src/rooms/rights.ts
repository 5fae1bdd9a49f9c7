/** Role of a participant, the strongest first. */
export type Role = 'moderator' | 'participant' | 'guest';

/** What a role may or may not do. */
export type Right =
  | 'see-room'
  | 'present'
  | 'mute-self'
  | 'mute-others'
  | 'press-keys'
  | 'remove'
  | 'moderate-floor'
  | 'lock'
  | 'dial'
  | 'record';

const everybody: readonly Right[] = ['see-room', 'present', 'mute-self'];
const moderating = ['mute-others', 'press-keys', 'remove', 'moderate-floor', 'lock', 'dial', 'record'] as const;

const table: Readonly<Record<Role, ReadonlySet<Right>>> = {
  moderator: new Set<Right>([...everybody, ...moderating]),
  participant: new Set(everybody),
  guest: new Set(everybody),
};

/** The only place that says what a role may do. */
export function may(role: Role, right: Right): boolean {
  return table[role].has(right);
}
