import { bareHost, isSipUri, parseSipUri } from '../../protocol/sip-values/uri.js';
import type { Rule } from './dialplan-schema.js';
import { isNetwork, networkTest } from '../../base/networks.js';
import { longestMatched, safePattern, UnsafePattern } from './safe-pattern.js';
import type { CallFacts, Verdict } from './verdict.js';

/** A network that rules name. */
export interface NamedNetwork {
  name: string;
  /** Addresses and networks like 192.0.2.0/24. */
  addresses: readonly string[];
  /** Calls from it may be forwarded at our cost. */
  trusted: boolean;
}

/** What rules may name. */
export interface PlanContext {
  networks: readonly NamedNetwork[];
  /** Names of listeners. */
  listeners: readonly string[];
  /** Names of trunks; null where they are not known. */
  trunks: readonly string[] | null;
  /** Names of registrations with gatekeepers elsewhere: they are trunks, and sources of the calls that come by them. */
  registrations: readonly string[];
}

/** A rule cannot work; names the key to change. */
export class RuleUnusable extends Error {
  constructor(
    readonly key: string,
    why: string,
  ) {
    super(why);
  }
}

/** What a rule says to a call: it does not fit, it would fit for a user, or its verdict. */
export type RuleAnswer = 'no' | 'for-users' | Verdict;

/** A call as rules look at it. */
export interface Dialled {
  facts: CallFacts;
  /** What was dialled, unescaped. */
  name: string;
  domain: string | null;
}

/** One rule, ready to be asked. */
export type CompiledRule = (call: Dialled) => RuleAnswer;

const roomName = /^[a-z0-9][a-z0-9._-]{0,63}$/;
/** What a caller may put into a number or URI that goes out at our cost: nothing that has a meaning there. */
const harmless = /^[A-Za-z0-9.+*#_-]*$/;

/** What a caller may be sent on to without a trunk: somebody registered, or somebody at a host of the operator's choice. */
const ownAddress = /^(?:user:[^@]+|(?:sips?|h323):[^@]+@[^@$]+)$/i;

/** @throws RuleUnusable */
export function compileRule(rule: Rule, context: PlanContext): CompiledRule {
  checkForward(rule, context);
  const pattern = (key: 'dialled' | 'uri' | 'alias'): RegExp | null => compile(key, rule[key]);
  const [dialled, uri, alias] = [pattern('dialled'), pattern('uri'), pattern('alias')];
  const domain = domainTest(rule.domain);
  const source = sourceTest(rule.source, context);
  const transports: readonly string[] | null = listOf(rule.transport);
  const listeners = listOf(rule.listener);
  for (const name of listeners ?? []) {
    if (!context.listeners.includes(name))
      throw new RuleUnusable('listener', `there is no listener ${name} (sip.listen)`);
  }
  const user = userTest(rule.user);
  return ({ facts, name, domain: host }) => {
    const match = dialled ? dialled.exec(name) : [name];
    const fits =
      match !== null &&
      fitsText(uri, facts.uri) &&
      fitsText(alias, facts.alias) &&
      domain(host) &&
      source(facts) &&
      (transports?.includes(facts.transport) ?? true) &&
      (listeners?.includes(facts.listener ?? '') ?? true);
    if (!fits) return 'no';
    if (!user(facts.user)) return facts.user === null && wantsUser(rule) && rule.challenge ? 'for-users' : 'no';
    return resultOf(rule, match);
  };
}

/** Nobody calls at our cost whom the operator does not know (toll fraud). */
function checkForward({ forward, user, source }: Rule, { networks, trunks, registrations }: PlanContext): void {
  if (!forward) return;
  const { trunk, to } = forward;
  if (trunk === undefined && !ownAddress.test(to)) {
    throw new RuleUnusable(
      'forward',
      'without a trunk, `to` is user:NAME, or sip:, sips: or h323: with a host that no caller chooses',
    );
  }
  if (trunk !== undefined && trunks && ![...trunks, ...registrations].includes(trunk)) {
    throw new RuleUnusable('forward', `there is no trunk ${trunk} (sip.trunks, h323.registrations)`);
  }
  const trusted = (name: string): boolean =>
    registrations.includes(name) || networks.some((network) => network.name === name && network.trusted);
  const sources = listOf(source);
  if (user !== undefined && user !== 'none' && !(Array.isArray(user) && user.includes('none'))) return;
  if (sources?.every(trusted) === true) return;
  throw new RuleUnusable(
    'forward',
    'anybody could call at your cost: name a user, or sources that are all networks with `trusted: true` (sip.networks), trunks or registrations',
  );
}

function resultOf(rule: Rule, match: readonly (string | undefined)[]): RuleAnswer {
  const { role, reject, forward, ivr } = rule;
  const language = rule.language === undefined ? {} : { language: rule.language };
  const fill = (text: string): string => text.replace(/\$(\d)/g, (_, group: string) => match[Number(group)] ?? '');
  if (reject) return { kind: 'reject', ...reject };
  if (forward) {
    const groups = [...forward.to.matchAll(/\$(\d)/g)].map(([, group]) => match[Number(group)] ?? '');
    if (!groups.every((group) => harmless.test(group))) return 'no';
    return { kind: 'forward', trunk: forward.trunk ?? null, to: fill(forward.to) };
  }
  if (ivr === true) return { kind: 'ivr', room: null, role, ...language };
  const room = fill(ivr?.room ?? rule.room ?? '').toLowerCase();
  if (!roomName.test(room)) return 'no';
  if (ivr) return { kind: 'ivr', room, role, ...language };
  return { kind: 'room', room, role, ...(rule.pin === undefined ? {} : { pin: fill(rule.pin) }), ...language };
}

function compile(key: string, source: string | undefined): RegExp | null {
  if (source === undefined) return null;
  try {
    return safePattern(source);
  } catch (error) {
    if (error instanceof UnsafePattern) throw new RuleUnusable(key, error.message);
    throw error;
  }
}

function fitsText(pattern: RegExp | null, text: string | null): boolean {
  return pattern === null || (text !== null && text.length <= longestMatched && pattern.test(text));
}

function domainTest(domain: Rule['domain']): (host: string | null) => boolean {
  const wanted = listOf(domain)?.map((one) => one.toLowerCase());
  if (!wanted) return () => true;
  return (host) =>
    host !== null && wanted.some((one) => (one.startsWith('*.') ? host.endsWith(one.slice(1)) : host === one));
}

function sourceTest(
  source: Rule['source'],
  { networks, registrations }: PlanContext,
): (facts: Pick<CallFacts, 'source' | 'via'>) => boolean {
  const wanted = listOf(source);
  if (!wanted) return () => true;
  const names = wanted.filter((one) => registrations.includes(one));
  const test = networkTest(
    wanted.flatMap((one) => {
      if (isNetwork(one)) return [one];
      const network = networks.find(({ name }) => name === one);
      if (!network && !names.includes(one))
        throw new RuleUnusable('source', `there is no network ${one} (sip.networks)`);
      return network?.addresses ?? [];
    }),
  );
  return ({ source: from, via }) => test(from) || (via !== undefined && names.includes(via.name));
}

function wantsUser({ user }: Rule): boolean {
  return user !== undefined && user !== 'none';
}

/** A user's name may be written with or without its domain. */
function userTest(wanted: Rule['user']): (user: string | null) => boolean {
  if (wanted === undefined) return () => true;
  const written = (user: string): string[] => [user.toLowerCase(), user.toLowerCase().replace(/@.*$/, '')];
  if (typeof wanted === 'object' && 'matches' in wanted) {
    const pattern = compile('user', wanted.matches);
    return (user) => user !== null && written(user).some((name) => fitsText(pattern, name));
  }
  const names = listOf(wanted)?.map((name) => name.toLowerCase()) ?? [];
  return (user) => {
    if (user === null) return names.includes('none');
    return names.includes('any') || written(user).some((name) => names.includes(name));
  };
}

function listOf<T>(value: T | T[] | undefined): T[] | null {
  if (value === undefined) return null;
  return Array.isArray(value) ? value : [value];
}

/** The user part of a SIP URI without what follows a semicolon in it, or the whole of a bare alias; with its host. */
export function dialledOf(uri: string): { name: string; domain: string | null } | null {
  try {
    const { dialled, host } = partsOf(uri);
    const [name = ''] = decodeURIComponent(dialled).split(';');
    return name.length > 0 && name.length <= longestMatched ? { name, domain: host } : null;
  } catch {
    // a URI that cannot be read leads nowhere; the caller answers 404
    return null;
  }
}

function partsOf(uri: string): { dialled: string; host: string | null } {
  if (isSipUri(uri)) {
    const { user, host } = parseSipUri(uri);
    return { dialled: user ?? '', host: bareHost(host).toLowerCase() };
  }
  const bare = uri.replace(/^(tel|h323):/i, '');
  const at = bare.indexOf('@');
  return at < 0
    ? { dialled: bare, host: null }
    : { dialled: bare.slice(0, at), host: bare.slice(at + 1).toLowerCase() };
}
