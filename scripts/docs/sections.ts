/** A part of a document that is generated: its name as in `<!-- generated: NAME -->`. */
export type Sections = Readonly<Record<string, string>>;

const part = /(<!-- generated: ([\w-]+) -->\n)[\s\S]*?(<!-- end -->)/g;

/** A generated part that no document has a place for, or a place that nothing is generated for. */
export class NoSuchSection extends Error {}

/** Puts generated text between its marks. @throws NoSuchSection */
export function fill(document: string, sections: Sections): string {
  const seen = new Set<string>();
  const filled = document.replace(part, (_whole, begin: string, name: string, end: string) => {
    const text = sections[name];
    if (text === undefined) throw new NoSuchSection(`nothing is generated for ${name}`);
    seen.add(name);
    return `${begin}\n${text.trim()}\n\n${end}`;
  });
  const missing = Object.keys(sections).filter((name) => !seen.has(name));
  if (missing.length > 0) throw new NoSuchSection(`no place for ${missing.join(', ')}`);
  return filled;
}

/** A Markdown table; cells may hold anything but line breaks. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}
