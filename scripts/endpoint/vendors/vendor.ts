/**
 * The offer of a product family, line by line. In it `{address}`, `{session}`, `{version}` and the ports `{audio}`,
 * `{video}`, `{content}`, `{bfcp}` and `{other}` (lines this endpoint only pretends to have) are filled in.
 */
export interface Vendor {
  /** User-Agent header. */
  agent: string;
  /** For people. */
  title: string;
  template: readonly string[];
  /** What the family writes in answers where it differs from its offers. */
  answer?: { floor: readonly string[] };
}
