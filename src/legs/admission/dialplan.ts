import { z } from 'zod';
import { messageOf } from '../../base/errors.js';
import { isSipUri, parseSipUri } from '../../protocol/sip-values/uri.js';
import type { Role } from '../../rooms/rights.js';

/** One line of a dial plan: who dials this comes into that room. */
const entry = z.strictObject({
  /** Regular expression that the whole dialled name or number must match; case does not matter. */
  dialled: z.string().min(1).max(200),
  /** The room; `$1` to `$9` stand for what the groups matched, `$0` for everything. */
  room: z.string().min(1).max(100),
  role: z.enum(['moderator', 'participant', 'guest']).default('participant'),
  /** The PIN that was dialled along, as `$1` to `$9`; devices have no other way to give it before they are in. */
  pin: z.string().min(2).max(20).optional(),
  note: z.string().optional(),
});
const plan = z.strictObject({ rooms: z.array(entry).min(1).max(10_000) });

/** Where a call goes. */
export interface Destination {
  room: string;
  role: Role;
  /** PIN that was dialled with the room. */
  pin?: string;
}

/** Finds the room of a dialled URI or alias; null when the plan knows none. The first fitting line counts. */
export type Dialplan = (uri: string) => Destination | null;

/** The dial plan file cannot be used; the message names entry and reason. */
export class DialplanUnusable extends Error {}

const roomName = /^[a-z0-9][a-z0-9._-]{0,63}$/;
/** Longer names than this are no numbers anybody dials. */
const longestDialled = 128;

/** Reads a dial plan, JSON text. @throws DialplanUnusable */
export function readDialplan(text: string): Dialplan {
  const lines = parsePlan(text).map((line, index) => ({ ...line, pattern: compile(line.dialled, index) }));
  return (uri) => {
    const dialled = dialledOf(uri);
    if (dialled === null) return null;
    for (const { pattern, room, role, pin } of lines) {
      const match = pattern.exec(dialled);
      if (!match) continue;
      const fill = (text: string): string => text.replace(/\$(\d)/g, (_, group: string) => match[Number(group)] ?? '');
      const name = fill(room).toLowerCase();
      if (roomName.test(name)) return { room: name, role, ...(pin === undefined ? {} : { pin: fill(pin) }) };
    }
    return null;
  };
}

function parsePlan(text: string): z.infer<typeof entry>[] {
  let tree: unknown;
  try {
    tree = JSON.parse(text);
  } catch (error) {
    throw new DialplanUnusable(messageOf(error));
  }
  const parsed = plan.safeParse(tree);
  if (parsed.success) return parsed.data.rooms;
  const [issue] = parsed.error.issues;
  throw new DialplanUnusable(`${issue?.path.map(String).join('.') ?? ''}: ${issue?.message ?? 'not a dial plan'}`);
}

function compile(dialled: string, index: number): RegExp {
  try {
    return new RegExp(`^(?:${dialled})$`, 'i');
  } catch (error) {
    throw new DialplanUnusable(`rooms.${index}.dialled: ${messageOf(error)}`);
  }
}

/** The user part of a SIP URI without what follows a semicolon in it, or the whole of a bare alias. */
function dialledOf(uri: string): string | null {
  try {
    const dialled = isSipUri(uri)
      ? (parseSipUri(uri).user ?? '')
      : uri.replace(/^(tel|h323):/i, '').replace(/@.*$/, '');
    const [name = ''] = decodeURIComponent(dialled).split(';');
    return name.length > 0 && name.length <= longestDialled ? name : null;
  } catch {
    // a URI that cannot be read leads nowhere; the caller answers 404
    return null;
  }
}
