import { messageOf } from '../base/errors.js';
import type { Line } from '../media/plane.js';
import { within } from './deadline.js';
import type { RoomDescription, Shown } from './describe.js';
import type { ParticipantId } from './floor-party.js';
import { echoLayout, layout, type Route, type Scene } from './layout.js';
import type { Participant } from './participant.js';
import { RoomCameras } from './room-cameras.js';
import type { RoomTools } from './room-settings.js';
import { RoomTiers } from './room-tiers.js';
import { RoomTranscodes } from './room-transcodes.js';
import { RoomVideo, type WantedRoute } from './room-video.js';

/** How long a peer may take to open a content line before content goes into its main picture, milliseconds. */
const openMs = 4000;

/** Turns the layout of a room into routes and into content lines to open. */
export class RoomPictures {
  private readonly video: RoomVideo;
  private readonly cameras: RoomCameras;
  private readonly tiers: RoomTiers;
  private readonly anew: RoomTranscodes | null;

  /**
   * `settle` is called when a content line came or could not be had, `unable` for who could not be given the line that it
   * would present on.
   */
  constructor(
    private readonly tools: Pick<RoomTools, 'plane' | 'clock' | 'log' | 'metrics' | 'transcoder'>,
    private readonly room: { name: string; mode: 'conference' | 'echo' },
    private readonly settle: () => void,
    private readonly unable: (one: Participant) => void,
  ) {
    this.video = new RoomVideo(tools.plane);
    this.cameras = new RoomCameras(tools.plane);
    this.tiers = new RoomTiers(tools.plane);
    const { transcoder } = tools;
    this.anew = transcoder ? new RoomTranscodes(room.name, transcoder, tools, settle) : null;
  }

  apply(participants: readonly Participant[], scene: Omit<Scene, 'viewers'>): void {
    const arrange = this.room.mode === 'echo' ? echoLayout : layout;
    const { routes, open } = arrange({ ...scene, viewers: participants.map((one) => one.viewer()) });
    const byId = new Map(participants.map((one) => [one.id, one]));
    for (const one of participants) one.sees = { main: null, content: null };
    const wanted = routes.map((route) => want(route, byId)).filter((route) => route !== null);
    const stuck = new Map(this.anew ? participants.flatMap((one) => one.stuckLines()) : []);
    const content = new Set(participants.map(({ leg }) => leg.lines.content));
    const routed = this.anew?.arrange(wanted, { stuck, isContent: (line) => content.has(line) }) ?? wanted;
    const lines = participants.flatMap((one) => one.lines());
    this.tiers.apply(participants);
    this.video.apply(routed, new Set([...lines, ...(this.anew?.sinks() ?? [])]));
    for (const one of participants) this.noteTranscodes(one);
    this.cameras.apply(participants);
    for (const one of participants) {
      if (open.includes(one.id) && !one.opening) void this.open(one);
    }
  }

  /** Pictures that are encoded anew. */
  transcodes(participants: readonly Participant[]): RoomDescription['transcodes'] {
    const ownerOf = (line: Line): Participant | undefined => participants.find((one) => one.lines().includes(line));
    return (this.anew?.states() ?? []).flatMap(({ source, from, to, sinks, load }) => {
      const one = ownerOf(source);
      const what = one?.leg.lines.content === source ? ('content' as const) : ('camera' as const);
      const viewers = sinks.flatMap(({ sink, why }) => {
        const viewer = ownerOf(sink);
        return viewer ? [{ id: viewer.id, why }] : [];
      });
      return one ? [{ of: one.id, what, from, to, viewers, load }] : [];
    });
  }

  /** Ends what is encoded anew; idempotent. */
  close(): void {
    this.anew?.close();
  }

  private noteTranscodes(one: Participant): void {
    const { video, content } = one.leg.lines;
    const named = [['main', video] as const, ['content', content] as const];
    one.transcoded = named.flatMap(([name, line]) => (line && this.anew?.serves(line) ? [name] : []));
    one.unserved = named.flatMap(([line, sink]) => {
      const reason = (sink && this.anew?.whyNot(sink)) ?? null;
      return reason === null ? [] : [{ line, reason }];
    });
  }

  /** The peer behind `sink` needs a keyframe: its source is asked. */
  refresh(sink: Line): void {
    this.video.sourceOf(sink)?.refresh();
  }

  private async open(one: Participant): Promise<void> {
    one.opening = true;
    let had = true;
    try {
      // A device that knows the floor may want to present on the same line later.
      const opening = one.leg.open('content', one.leg.floor ? 'sendrecv' : 'sendonly');
      await within(this.tools.clock, openMs, 'a content line', opening);
    } catch (error) {
      had = false;
      this.tools.metrics.count('dualstream_content_refused_total');
      this.tools.log.info({ room: this.room.name, leg: one.leg.id, reason: messageOf(error) }, 'no content line');
    }
    one.opening = false;
    one.tried = true;
    if (!had && !one.viewer().shares) this.unable(one);
    this.settle();
  }
}

/** Looks up the lines of a route and notes what its viewer sees. */
function want(route: Route, byId: ReadonlyMap<ParticipantId, Participant>): WantedRoute | null {
  const viewer = byId.get(route.to);
  const sink = viewer?.leg.lines[route.line];
  if (!viewer || !sink) return null;
  const source = route.from ? (byId.get(route.from.id)?.leg.lines[route.from.line] ?? null) : null;
  if (source && route.from) {
    const what = route.from.line === 'content' ? ('content' as const) : ('camera' as const);
    const shown: Shown = { from: route.from.id, what, low: viewer.getsLow(route.line) };
    viewer.sees = { ...viewer.sees, [route.line === 'content' ? 'content' : 'main']: shown };
  }
  return { sink, source };
}
