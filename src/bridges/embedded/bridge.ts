import { readFile } from 'node:fs/promises';
import type { Clock, Timer } from '../../base/clock.js';
import { messageOf } from '../../base/errors.js';
import type { Log } from '../../base/log.js';
import type { Mixer } from '../../media/mixer/mixer.js';
import { PromptUnusable, toneSound, wavSound } from '../../media/mixer/sound.js';
import type { PromptPcm } from '../../media/mixer/prompts.js';
import type { AudioBridge, AudioConference, Prompt } from '../../rooms/audio-bridge.js';
import { EmbeddedConference } from './conference.js';

/** Decoded prompts kept for the next time. */
const KEPT_PROMPTS = 8;
/** Time from one look at what members lose to the next, ms. */
const LOSS_EVERY_MS = 5000;

/**
 * Audio conferences in our own mixer thread. `play` takes WAVE files, 16-bit PCM or µ-law, at 8, 16 or 48 kHz and resolves when
 * the prompt has been queued.
 */
export function embeddedBridge(mixer: Mixer, log: Log, clock: Clock): AudioBridge {
  return new EmbeddedBridge(mixer, log, clock);
}

class EmbeddedBridge implements AudioBridge {
  private readonly conferences = new Map<string, EmbeddedConference>();
  private readonly files = new Map<string, PromptPcm>();
  private readonly subscriptions;
  private readonly looking: Timer;
  private opened = 0;

  constructor(
    private readonly mixer: Mixer,
    private readonly log: Log,
    clock: Clock,
  ) {
    this.looking = clock.every(LOSS_EVERY_MS, () => {
      for (const conference of this.conferences.values()) conference.watchLoss();
    });
    this.subscriptions = [
      mixer.on.on('speaking', ({ room, members }) => this.conferences.get(room)?.speakingChanged(members)),
      mixer.on.on('active', ({ room, member }) => this.conferences.get(room)?.activeChanged(member)),
    ];
  }

  async open(room: string, options?: { echo: boolean }): Promise<AudioConference> {
    // A room may be opened again while its former conference still closes.
    this.opened += 1;
    const key = `${room}#${this.opened}`;
    const conference = new EmbeddedConference(key, {
      mixer: this.mixer,
      log: this.log.child({ room }),
      sound: (prompt) => this.sound(prompt),
      closed: () => this.conferences.delete(key),
    });
    this.conferences.set(key, conference);
    try {
      await this.mixer.open(key, options);
    } catch (error) {
      this.conferences.delete(key);
      throw error;
    }
    return conference;
  }

  async close(): Promise<void> {
    this.looking.cancel();
    for (const subscription of this.subscriptions) subscription.dispose();
    await Promise.all([...this.conferences.values()].map((conference) => conference.close()));
    this.files.clear();
  }

  private async sound(prompt: Prompt): Promise<PromptPcm> {
    if ('tone' in prompt) return toneSound(prompt.tone, prompt.ms);
    const known = this.files.get(prompt.file);
    if (known) return known;
    const bytes = await readFile(prompt.file).catch((error: unknown) => {
      throw new PromptUnusable(messageOf(error));
    });
    const pcm = wavSound(bytes);
    for (const oldest of this.files.keys()) if (this.files.size >= KEPT_PROMPTS) this.files.delete(oldest);
    this.files.set(prompt.file, pcm);
    return pcm;
  }
}
