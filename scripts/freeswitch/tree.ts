import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

/** One file of a FreeSWITCH tree. */
export interface TreeFile {
  /** Relative to the checkout. */
  path: string;
  /** Without comments. */
  text: string;
  comments: string;
}

/** An element's attributes, wherever it stands. */
export type Attributes = Readonly<Record<string, string>>;

const folders = ['freeswitch-conf', 'dialplans/freeswitch'];

/** Every XML file of the shipped tree and its dial plan. */
export function readTree(root: string): TreeFile[] {
  return folders
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.xml'))
        .map((name) => join(folder, name)),
    )
    .sort()
    .map((path) => {
      const text = readFileSync(join(root, path), 'utf8');
      const comments = [...text.matchAll(/<!--[\s\S]*?-->/g)].map(([comment]) => comment).join('\n');
      return { path, text: text.replace(/<!--[\s\S]*?-->/g, ''), comments };
    });
}

/** All elements of a name, in order. */
export function elements(text: string, name: string): Attributes[] {
  return [...text.matchAll(new RegExp(`<${name}(\\s[^>]*?)?/?>`, 'g'))].map(([, attributes = '']) =>
    Object.fromEntries([...attributes.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value])),
  );
}

/** What the preprocessor is told to do. */
export function preprocessing(text: string, cmd: string): string[] {
  return elements(text, 'X-PRE-PROCESS')
    .filter((element) => element['cmd'] === cmd)
    .map((element) => element['data'] ?? '');
}

/** Files that an include of `from` brings in, relative to the checkout. */
export function included(root: string, from: string, pattern: string): string[] {
  const path = normalize(join(dirname(from), pattern));
  const folder = dirname(path);
  const name = path.slice(folder.length + 1);
  const wanted = new RegExp(`^${name.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`);
  try {
    return readdirSync(join(root, folder))
      .filter((file) => wanted.test(file))
      .map((file) => join(folder, file));
  } catch {
    return [];
  }
}
