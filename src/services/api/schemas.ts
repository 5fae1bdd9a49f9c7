import { z } from 'zod';
import { BadRequest } from './errors.js';

/** A display name: control characters and line breaks out, spaces collapsed, 1..64 characters. */
const displayName = z
  .string()
  .max(256)
  .transform((name) =>
    name
      .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ')
      .replace(/\s+/g, ' ')
      .trim(),
  )
  .refine((name) => name.length >= 1 && name.length <= 64, 'must be 1 to 64 characters');

const id = z.coerce.number().int().min(1).max(65535);

export const sessionRequest = z.strictObject({
  room: z.string().min(1).max(64),
  name: displayName,
  pin: z.string().max(32).optional(),
  resume: z.string().max(128).optional(),
});
/** `/api/v1/audio-servers/:name`. */
export const audioServerParams = z.strictObject({ name: z.string().min(1).max(32) });

export const audioServerPatch = z.strictObject({ draining: z.boolean(), move: z.boolean().optional() });

export const participantPatch = z.strictObject({ muted: z.boolean().optional(), presenter: z.boolean().optional() });
export const dtmfRequest = z.strictObject({
  digits: z.string().regex(/^[0-9*#A-Da-d]{1,64}$/, 'expected 1 to 64 of 0-9 * # A-D'),
  durationMs: z.int().min(40).max(5000).optional(),
});
export const roomPatch = z.strictObject({
  locked: z.boolean().optional(),
  floor: z.enum(['latest-takes-over', 'first-keeps-it', 'ask-moderator', 'presenters-only']).optional(),
});
export const recordingRequest = z.strictObject({ action: z.enum(['start', 'pause', 'resume', 'stop']) });
export const recordingsQuery = z.object({ room: z.string().min(1).max(64).optional() });
const recording = z.string().regex(/^[\w-]{1,100}$/);
export const recordingParams = z.object({ id: recording });
/** Files are counted from 1: `1.wav`. */
export const recordingFileParams = z.object({
  id: recording,
  file: z
    .string()
    .regex(/^[1-9]\d{0,3}\.wav$/, 'expected 1.wav, 2.wav, ...')
    .transform((name) => Number.parseInt(name, 10)),
});
/** `back`: the same person comes again at once. */
export const leaveQuery = z.object({ back: z.literal('true').optional() });
export const floorBody = z.strictObject({
  action: z.enum(['request', 'release', 'grant', 'accept', 'deny', 'revoke']),
  participant: id.optional(),
  ticket: id.optional(),
  place: id.optional(),
});
export const demoRequest = z.strictObject({ action: z.enum(['start', 'take-floor', 'stop']) });
export const redeemRequest = z.strictObject({ key: z.string().max(128) });
export const roomParams = z.object({ name: z.string().min(1).max(64) });
export const quarantineParams = z.object({ source: z.string().min(1).max(64) });
export const participantParams = z.object({ name: z.string().min(1).max(64), id });

export const callRequest = z
  .strictObject({
    uri: z.string().min(1).max(256).optional(),
    user: z.string().min(1).max(64).optional(),
    name: displayName.optional(),
    role: z.enum(['moderator', 'participant', 'guest']).optional(),
  })
  .refine(({ uri, user }) => (uri === undefined) !== (user === undefined), 'expected uri or user');

export type SessionBody = z.output<typeof sessionRequest>;
export type FloorBody = z.output<typeof floorBody>;

/** Parses what came from outside. Throws BadRequest that names the field. */
export function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value ?? {});
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new BadRequest(issue ? `${issue.path.join('.') || 'body'}: ${issue.message}` : 'not understood');
}
