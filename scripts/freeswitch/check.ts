import { spawnSync } from 'node:child_process';
import { elements, included, preprocessing, readTree, type TreeFile } from './tree.js';

/** What FreeSWITCH takes when it is given no password. */
const knownPassword = 'ClueCon';
const memberFlags = new Set(['mute', 'deaf', 'moderator', 'mute-detect', 'nomoh', 'ghost', 'endconf', 'mintwo']);

/** What is wrong with the FreeSWITCH tree of a checkout, one line each. */
export function checkFreeSwitchTree(root: string): string[] {
  const files = readTree(root);
  return [
    ...wellFormed(root, files),
    ...includes(root, files),
    ...variables(files),
    ...secrets(files),
    ...dialplanNames(files),
    ...references(files),
  ];
}

function wellFormed(root: string, files: TreeFile[]): string[] {
  return files.flatMap(({ path }) => {
    const run = spawnSync('xmllint', ['--noout', '--nonet', path], { cwd: root, encoding: 'utf8' });
    if (run.error) return [`${path}: cannot be checked, there is no xmllint (Debian: libxml2-utils)`];
    const [first = 'not well-formed'] = run.stderr.split('\n');
    return run.status === 0 ? [] : [first];
  });
}

function includes(root: string, files: TreeFile[]): string[] {
  const problems: string[] = [];
  const reached = new Set(['freeswitch-conf/freeswitch.xml']);
  for (const { path, text, comments } of files) {
    if (comments.includes('X-PRE-PROCESS')) problems.push(`${path}: FreeSWITCH preprocesses comments too`);
    for (const pattern of preprocessing(text, 'include')) {
      const found = included(root, path, pattern);
      if (found.length === 0) problems.push(`${path}: includes ${pattern}, which is not there`);
      for (const each of found) reached.add(each);
    }
  }
  return [
    ...problems,
    ...files.filter(({ path }) => !reached.has(path)).map(({ path }) => `${path}: nobody includes it`),
  ];
}

function variables(files: TreeFile[]): string[] {
  const set = new Set(
    files.flatMap(({ text }) =>
      ['set', 'env-set', 'exec-set'].flatMap((cmd) => preprocessing(text, cmd).map((data) => data.split('=')[0] ?? '')),
    ),
  );
  return files.flatMap(({ path, text }) =>
    [...text.matchAll(/\$\$\{([^}]*)\}/g)]
      .filter(([, name = '']) => !set.has(name))
      .map(([whole]) => `${path}: ${whole} is not set`),
  );
}

/** Passwords come from the environment and nowhere else, and nobody has an account. */
function secrets(files: TreeFile[]): string[] {
  const written = new Set(
    files.flatMap(({ text }) => preprocessing(text, 'set').map((data) => data.split('=')[0] ?? '')),
  );
  return files.flatMap(({ path, text, comments }) => {
    const problems = elements(text, 'param')
      .filter(
        ({ name = '', value = '' }) => /passw|secret|^pin$|-pin$|passphrase/.test(name) && !fromOutside(value, written),
      )
      .map(({ name }) => `${path}: ${name} is written down`);
    if (`${text}${comments}`.includes(knownPassword)) problems.push(`${path}: names the password that everybody knows`);
    if (elements(text, 'user').length > 0) problems.push(`${path}: has an account`);
    return problems;
  });
}

function fromOutside(value: string, written: ReadonlySet<string>): boolean {
  const [, name] = /^\$\$\{([^}]+)\}$/.exec(value) ?? [];
  return name !== undefined && !written.has(name);
}

/** Profiles and flags that the dial plan asks mod_conference for. */
function dialplanNames(files: TreeFile[]): string[] {
  const profiles = new Set(files.flatMap(({ text }) => elements(text, 'profile').map(({ name = '' }) => name)));
  return files.flatMap(({ path, text }) => {
    const actions = elements(text, 'action');
    const asked = actions.flatMap(({ application, data = '' }) => {
      const [, chosen] = application === 'set' ? (/^conference_profile=(.*)$/.exec(data) ?? []) : [];
      const [, direct] = application === 'conference' ? (/@([\w-]+)/.exec(data) ?? []) : [];
      return [chosen ?? [], direct ?? []].flat();
    });
    const flags = actions.flatMap(({ data = '' }) => (/\+flags\{(.*)\}$/.exec(data)?.[1] ?? '').split('|'));
    return [
      ...asked.filter((name) => !profiles.has(name)).map((name) => `${path}: there is no conference profile ${name}`),
      ...flags
        .filter((flag) => flag !== '' && !flag.startsWith('${') && !memberFlags.has(flag))
        .map((flag) => `${path}: there is no member flag ${flag}`),
    ];
  });
}

/** Names by which one file speaks of what another one holds. */
function references(files: TreeFile[]): string[] {
  const named = (element: string): Set<string> =>
    new Set(files.flatMap(({ text }) => elements(text, element).map(({ name = '' }) => name)));
  const there: Record<string, Set<string>> = {
    context: named('context'),
    'apply-inbound-acl': named('list'),
    'caller-controls': named('group'),
    'moderator-controls': named('group'),
  };
  return files.flatMap(({ path, text }) =>
    elements(text, 'param')
      .filter(({ name = '', value = '' }) => there[name] !== undefined && !there[name].has(value))
      .map(({ name = '', value = '' }) => `${path}: ${name} says ${value}, which there is not`),
  );
}
