import { isIP } from 'node:net';
import { aliasTexts } from '../../protocol/h323/aliases.js';
import type { SignalledCall } from '../../protocol/h323/call/contract.js';

/** Whom a call is for. */
export interface Dialled {
  /** Null where only our address was dialled. */
  name: string | null;
  /** Another name that was given, for rules of the dial plan. */
  alias: string | null;
}

/** A name that was dialled, for the dial plan, which would take a % in it for an escape. */
export function uriOf(name: string): string {
  return name.replaceAll('%', '%25');
}

/**
 * What was dialled: the extension behind the destination, the destination, or the called number as a last resort. An
 * address of ours is none of it; devices write `ADDRESS##ROOM` or `ROOM##ADDRESS` into one alias.
 */
export function dialledIn({ called }: Pick<SignalledCall, 'called'>): Dialled {
  const { aliases, extension, number } = called;
  const written = [...(extension ? aliasTexts([extension]) : []), ...aliasTexts(aliases), number];
  const names = written.map(roomPart).filter((name) => name !== null);
  const [name = null] = names;
  const alias = names.find((other) => other !== name) ?? null;
  return { name, alias };
}

function roomPart(text: string): string | null {
  const parts = text
    .replace(/^h323:/i, '')
    .split('##')
    .map((part) => part.trim());
  return parts.find((part) => part !== '' && !isAddress(part)) ?? null;
}

/** `192.0.2.1`, with a port, or an IPv6 address in brackets. */
function isAddress(text: string): boolean {
  const [, bracketed, plain] = /^(?:\[([^\]]+)\]|([^:]+))(?::\d+)?$/.exec(text) ?? [];
  return isIP(bracketed ?? plain ?? text) !== 0;
}
