import { z } from 'zod';

// The words given to `describe` are those of docs/operations.md (npm run docs).
export const diagnosis = z
  .strictObject({
    calls: z
      .int()
      .min(0)
      .max(10_000)
      .default(100)
      .describe('Calls that are over whose messages are kept, and as many that were never answered'),
    minutes: z.int().min(1).max(10_080).default(60).describe('How long they are kept'),
    kilobytes: z
      .int()
      .min(0)
      .max(1024)
      .default(64)
      .describe('Room for the SIP and BFCP messages of one call, also while it lives; 0 keeps none of any call'),
  })
  .prefault({});
