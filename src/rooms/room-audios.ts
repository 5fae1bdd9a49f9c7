import type { LegId } from './leg.js';
import type { Participant } from './participant.js';
import { RoomAudio, type AudioHandlers, type AudioTools } from './room-audio.js';

/** The audio of one room: one conference for all, or one for each participant of an echo room. */
export class RoomAudios {
  /** By leg; one for all under ''. */
  private readonly audios = new Map<LegId, RoomAudio>();
  private locked = false;

  constructor(
    private readonly room: string,
    private readonly echo: boolean,
    private readonly tools: AudioTools,
    /** What is done with what is told of the audio of `only`, or (null) of everybody's. */
    private readonly handlers: (only: Participant | null) => AudioHandlers,
  ) {}

  /** Null is somebody without a seat in a call of two. */
  of(one: Participant | null): RoomAudio {
    const { room, tools } = this;
    const echo = this.echo && one !== null;
    const key = echo ? one.leg.id : '';
    let audio = this.audios.get(key);
    if (!audio) {
      audio = new RoomAudio(echo ? `${room}-${one.id}` : room, echo, tools, this.handlers(echo ? one : null));
      if (this.locked) audio.lock(true);
      this.audios.set(key, audio);
    }
    return audio;
  }

  /** Takes somebody out who has left the room. */
  leave(one: Participant): void {
    this.of(one).sync(one.leg.id, null);
    this.audios.delete(one.leg.id);
  }

  /** Lets nobody in but who takes a seat in the room. */
  lock(on: boolean): void {
    this.locked = on;
    for (const audio of this.audios.values()) audio.lock(on);
  }

  async close(): Promise<void> {
    await Promise.all([...this.audios.values()].map((audio) => audio.close()));
    this.audios.clear();
  }
}
