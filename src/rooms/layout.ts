import type { ParticipantId } from './floor-party.js';

/** A picture source of a participant. */
export type PictureLine = 'video' | 'content';

/** What the layout needs to know of one participant. */
export interface Viewer {
  id: ParticipantId;
  /** Sends a camera picture. */
  camera: boolean;
  /** Can be sent a picture on its main line now. */
  main: boolean;
  /** Sends on its content line. */
  shares: boolean;
  /**
   * Where shared content goes: on its content line now; on a line that must be opened first; in the main picture's
   * place; or nowhere.
   */
  content: 'line' | 'open' | 'in-main' | 'none';
  /** Has a content line that can be sent to now. */
  contentLine: boolean;
}

/** One sink and what it shows; null from stops it. */
export interface Route {
  to: ParticipantId;
  line: PictureLine;
  from: { id: ParticipantId; line: PictureLine } | null;
}

/** Everybody in the order of joining, who holds the floor, and who spoke, the latest first. */
export interface Scene {
  viewers: readonly Viewer[];
  presenter: ParticipantId | null;
  spoke: readonly ParticipantId[];
}

/** Routes of every sink, and who needs a content line opened. */
export interface Layout {
  routes: Route[];
  open: ParticipantId[];
}

/**
 * Who sees what on which line. Main: the latest speaker with a camera who is not the viewer, so the speaker sees the
 * one before; while nobody spoke, the first other camera. Content: the presenter's, to all others; a presenter without a
 * line to send it on is given one.
 */
export function layout(scene: Scene): Layout {
  const holder = scene.viewers.find((one) => one.id === scene.presenter);
  const presenter = holder?.shares ? holder : undefined;
  const order = pictureOrder(scene);
  const routes: Route[] = [];
  // devices that offer floor control but no content line expect to be given one when they present
  const open: ParticipantId[] = holder && !holder.shares && holder.content === 'open' ? [holder.id] : [];
  for (const viewer of scene.viewers) {
    const content = presenter && presenter.id !== viewer.id ? { id: presenter.id, line: 'content' as const } : null;
    const camera = order.find((id) => id !== viewer.id);
    const speaker = camera === undefined ? null : { id: camera, line: 'video' as const };
    const inMain = content !== null && viewer.content === 'in-main';
    if (viewer.main) routes.push({ to: viewer.id, line: 'video', from: inMain ? content : speaker });
    if (viewer.contentLine) {
      routes.push({ to: viewer.id, line: 'content', from: viewer.content === 'line' ? content : null });
    }
    if (content && viewer.content === 'open') open.push(viewer.id);
  }
  return { routes, open };
}

/** An echo room: everybody sees its own pictures. */
export function echoLayout(scene: Scene): Layout {
  const routes: Route[] = [];
  for (const viewer of scene.viewers) {
    const own = (line: PictureLine): Route['from'] => ({ id: viewer.id, line });
    if (viewer.main) routes.push({ to: viewer.id, line: 'video', from: viewer.camera ? own('video') : null });
    if (viewer.contentLine) {
      const shares = viewer.shares && scene.presenter === viewer.id;
      routes.push({ to: viewer.id, line: 'content', from: shares ? own('content') : null });
    }
  }
  return { routes, open: [] };
}

/** Cameras by preference: those who spoke, the latest first, then the others in the order of joining. */
function pictureOrder(scene: Scene): ParticipantId[] {
  const cameras = new Set(scene.viewers.filter((one) => one.camera).map((one) => one.id));
  return [...new Set([...scene.spoke.filter((id) => cameras.has(id)), ...cameras])];
}
