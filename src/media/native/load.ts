import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../../base/errors.js';

/** A native module, or why it is not there. */
export type Loaded<T> = { module: T } | { missing: string };

/** What every native module tells. */
export interface NativeModule {
  /** Version of what it and its caller agree on. */
  readonly interface: number;
}

/** Whether native modules are used where they are there. */
export type NativeUse = 'auto' | 'off';

/** Which implementation works, for log and metrics: the native one, or the portable one and why. */
export interface NativeState {
  native: boolean;
  /** Why not; empty where it is. */
  why: string;
}

// this file is src/media/native/load.ts, or dist/src/media/native/load.js
const place = import.meta.url.endsWith('.ts') ? '../../../dist/native/' : '../../../native/';
const built = fileURLToPath(new URL(place, import.meta.url));

/** Loads `dist/native/NAME.node`, which `scripts/setup` builds where it can. Never throws. `version`: the interface wanted. */
export function loadNative<T extends NativeModule>(
  name: string,
  version: number,
  use: NativeUse = 'auto',
  folder = built,
): Loaded<T> {
  if (use === 'off') return { missing: 'refused by media.native' };
  const path = `${folder}${name}.node`;
  try {
    if (!existsSync(path)) return { missing: whyNot(`${folder}${name}.missing`) };
    const module = createRequire(import.meta.url)(path) as T;
    if (module.interface === version) return { module };
    return { missing: `built for interface ${module.interface}, ${version} is needed: scripts/setup builds it anew` };
  } catch (error) {
    return { missing: messageOf(error) };
  }
}

function whyNot(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : 'not built: scripts/setup does it';
}
