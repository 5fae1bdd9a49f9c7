/** A piece of XML, ready to be put into another. */
export type Xml = string & { readonly xml: unique symbol };

/** An element; attributes that are null are left out, text is escaped. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number | null>>,
  content: readonly Xml[] | string | number = [],
): Xml {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== null)
    .map(([key, value]) => ` ${key}="${escaped(String(value))}"`)
    .join('');
  const inner = typeof content === 'object' ? content.join('') : escaped(String(content));
  return (inner === '' ? `<${name}${written}/>` : `<${name}${written}>${inner}</${name}>`) as Xml;
}

/** A document of one element. */
export function document(root: Xml): string {
  return `<?xml version="1.0" encoding="UTF-8"?>${root}`;
}

/** Text and attribute values: what XML 1.0 does not allow, half characters included, is left out. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
    .replace(/[&<>"']/g, (sign) => entities[sign] ?? '')
    .replace(/[\t\n\r]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};
