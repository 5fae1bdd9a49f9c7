import { readFileSync, statSync } from 'node:fs';
import { messageOf } from './base/errors.js';
import { listenerName } from './config-listen-schema.js';
import type { Config } from './config.js';
import { DialplanUnusable } from './legs/admission/dialplan.js';
import { LiveDialplan, type PlanFile } from './legs/admission/live-dialplan.js';
import { trunkContext } from './outgoing-settings.js';

/** Reads the dial plan that the configuration names. Throws DialplanUnusable with the file's name. */
export function openDialplan(path: string, config: Config): LiveDialplan {
  const ours = trunkContext(config);
  const networks = [...config.sip.networks, ...ours.networks];
  try {
    return new LiveDialplan(planFile(path), { ...ours, networks, listeners: config.sip.listen.map(listenerName) });
  } catch (error) {
    throw new DialplanUnusable(`The dial plan ${path} (rooms.dialplan) cannot be used: ${messageOf(error)}`);
  }
}

function planFile(path: string): PlanFile {
  return {
    path,
    stamp() {
      const { mtimeMs, size, ino } = statSync(path);
      return `${mtimeMs} ${size} ${ino}`;
    },
    read: () => readFileSync(path, 'utf8'),
  };
}
