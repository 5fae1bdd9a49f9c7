import { z } from 'zod';
import { isNetwork } from './base/networks.js';

const network = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9_-]{0,31}$/, 'expected a letter and up to 31 of a-z 0-9 _ -')
    .describe('By which rules of the dial plan name it'),
  addresses: z
    .array(z.string().refine(isNetwork, 'expected an address or a network like 192.0.2.0/24'))
    .min(1)
    .describe('Addresses and networks'),
  trusted: z
    .boolean()
    .default(false)
    .describe('Whether the dial plan may forward calls from there to trunks without a password'),
});

/** Keys of the section `sip`. */
export const networks = {
  networks: z.array(network).default([]).describe('Networks that rules of the dial plan can name'),
};

/** Keys of the section `rooms`. */
export const prompting = {
  pinByPrompt: z
    .boolean()
    .default(true)
    .describe('Whether a device that dials a room with a PIN and not its PIN is asked for it by voice'),
  promptLanguage: z.enum(['en', 'zh']).default('en').describe('Language of spoken prompts where no rule says another'),
};
