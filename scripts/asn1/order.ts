import type { Definition, Notation } from './notation.js';

/** Names that a type refers to. */
export function referencesOf(type: Notation): string[] {
  switch (type.is) {
    case 'sequence':
    case 'choice':
      return [...type.root, ...(type.additions ?? [])].flatMap((component) => referencesOf(component.type));
    case 'list':
      return referencesOf(type.element);
    case 'reference':
      return [type.name, ...(type.argument ? referencesOf(type.argument) : [])];
    default:
      return [];
  }
}

export interface Ordered {
  /** Every definition after those it refers to, as far as types that contain themselves allow. */
  definitions: Definition[];
  /** Of such a group, those that others refer to before they are defined. */
  forward: Set<string>;
}

/** Puts definitions into an order in which each finds those it needs. */
export function inOrder(definitions: Definition[]): Ordered {
  const byName = new Map(definitions.map((definition) => [definition.name, definition]));
  const ordered: Definition[] = [];
  const forward = new Set<string>();
  const state = new Map<string, 'open' | 'done'>();
  const visit = (definition: Definition): void => {
    const { name } = definition;
    if (state.get(name) === 'open') forward.add(name);
    if (state.has(name)) return;
    state.set(name, 'open');
    for (const needed of referencesOf(definition.type)) {
      const found = byName.get(needed);
      if (found) visit(found);
    }
    state.set(name, 'done');
    ordered.push(definition);
  };
  for (const definition of definitions) visit(definition);
  return { definitions: ordered, forward };
}
