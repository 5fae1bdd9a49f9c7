import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { schema } from '../../src/config-schema.js';
import { contractTypes, routeTable } from './api.js';
import { configurationTable } from './configuration.js';
import { planJsonSchema, rulesTable } from './dialplan.js';
import { deviceTable } from './devices.js';
import { fixtureTable } from './fixtures.js';
import { metricsTable } from './metrics.js';
import { scenarioTable } from './scenarios.js';
import { fill, type Sections } from './sections.js';

/** A document as it should be. */
export interface Document {
  /** Below the root of the checkout. */
  path: string;
  text: string;
}

/** Every document that has generated parts, with these brought up to date. */
export function documents(root: string): Document[] {
  const generated: Readonly<Record<string, Sections>> = {
    'docs/operations.md': { configuration: configurationTable(schema), metrics: metricsTable(root) },
    'docs/api.md': { routes: routeTable(), types: contractTypes(root) },
    'docs/dialplan.md': { rules: rulesTable(), schema: planJsonSchema() },
    'docs/interop.md': { devices: deviceTable(), fixtures: fixtureTable(root), scenarios: scenarioTable(root) },
  };
  return Object.entries(generated).map(([path, sections]) => ({
    path,
    text: fill(readFileSync(join(root, path), 'utf8'), sections),
  }));
}
