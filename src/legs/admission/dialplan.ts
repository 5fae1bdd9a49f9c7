import { messageOf } from '../../base/errors.js';
import { contradiction, planSchema, type Rule } from './dialplan-schema.js';
import { networkTest } from '../../base/networks.js';
import { compileRule, dialledOf, RuleUnusable, type CompiledRule, type PlanContext } from './rule.js';
import type { Decide, Verdict } from './verdict.js';

/** The dial plan file cannot be used; the message names rule, key and reason. */
export class DialplanUnusable extends Error {}

/** A plan that was read. */
export interface Dialplan {
  readonly decide: Decide;
  /** How many rules it has. */
  readonly size: number;
}

/** Nothing may be named. */
export const noContext: PlanContext = { networks: [], listeners: [], trunks: null, registrations: [] };

/** Reads a dial plan, JSON text. @throws DialplanUnusable */
export function readDialplan(text: string, context: PlanContext = noContext): Dialplan {
  const rules = parsePlan(text).map((rule, index) => compiled(rule, index, context));
  const trusted = networkTest(context.networks.flatMap((one) => (one.trusted ? one.addresses : [])));
  const decide: Decide = (facts) => {
    const dialled = dialledOf(facts.uri);
    const verdict = dialled && firstAnswer(rules, { facts, ...dialled });
    const known = facts.user !== null || trusted(facts.source) || facts.via?.gatekeeper === true;
    if (verdict?.kind === 'forward' && !known) {
      return { kind: 'reject', status: 403, reason: '' };
    }
    return verdict;
  };
  return { decide, size: rules.length };
}

/** The first rule that fits counts; one that would for a user asks who it is. */
function firstAnswer(rules: readonly CompiledRule[], call: Parameters<CompiledRule>[0]): Verdict {
  for (const rule of rules) {
    const answer = rule(call);
    if (answer === 'for-users') return { kind: 'authenticate' };
    if (answer !== 'no') return answer;
  }
  return null;
}

function compiled(rule: Rule, index: number, context: PlanContext): CompiledRule {
  const wrong = contradiction(rule);
  if (wrong) throw at(index, wrong.key, wrong.why);
  try {
    return compileRule(rule, context);
  } catch (error) {
    if (error instanceof RuleUnusable) throw at(index, error.key, error.message);
    throw error;
  }
}

function at(index: number, key: string, why: string): DialplanUnusable {
  return new DialplanUnusable(`rule ${index + 1}, ${key}: ${why}`);
}

function parsePlan(text: string): Rule[] {
  let tree: unknown;
  try {
    tree = JSON.parse(text);
  } catch (error) {
    throw new DialplanUnusable(messageOf(error));
  }
  const parsed = planSchema.safeParse(tree);
  if (parsed.success) return parsed.data.rules ?? parsed.data.rooms ?? [];
  const [issue] = parsed.error.issues;
  const [list, index, ...rest] = issue?.path ?? [];
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys : [];
  const key = [...rest, ...unknown].map(String).join('.');
  const why = unknown.length > 0 ? 'this key does not exist' : (issue?.message ?? 'not a dial plan');
  if (typeof index === 'number') throw at(index, key || 'all of it', why);
  throw new DialplanUnusable(
    `${
      [list, ...unknown]
        .filter((one) => one !== undefined)
        .map(String)
        .join('.') || 'file'
    }: ${why}`,
  );
}
