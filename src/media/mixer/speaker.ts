/** One member as the choice of the active speaker sees it. */
export interface Voice {
  id: string;
  speaking: boolean;
  /** Smoothed level, dBFS. */
  level: number;
}

/** What changed in one step; absent where nothing did. */
export interface SpeakerChange {
  /** Members speaking now, the loudest first. */
  speaking?: string[];
  active?: string | null;
}

/** The active speaker stays at least this long, ms. */
const MIN_STAY_MS = 1500;
/** How long another must speak before it takes over from one that fell silent, ms. */
const SUCCEED_MS = 200;
/** How long, and by how much, another must be louder to take over from one that still speaks. */
const OVERTALK_MS = 1200;
const OVERTALK_DB = 5;

interface Candidate {
  since: number;
  louderSince: number | null;
}

/**
 * Chooses the active speaker of one room from its members' speech, with hold time and hysteresis. Between speeches the
 * last one stays; when it leaves, the loudest speaking member or nobody takes its place. Pure: time is given.
 */
export class ActiveSpeaker {
  active: string | null = null;
  private chosenAt = -Infinity;
  private readonly candidates = new Map<string, Candidate>();

  /** `now` in ms; `voices` are all members present; a muted one does not speak. */
  step(now: number, voices: readonly Voice[]): SpeakerChange {
    const change: SpeakerChange = {};
    if (this.track(now, voices)) change.speaking = loudestFirst(voices);
    const before = this.active;
    if (before !== null && !voices.some((v) => v.id === before)) this.choose(loudestFirst(voices)[0] ?? null, now);
    else this.consider(now, voices);
    if (this.active !== before) change.active = this.active;
    return change;
  }

  /** For dumps. */
  describe(): string {
    return `active ${this.active ?? 'nobody'}, speaking ${[...this.candidates.keys()].join(' ') || 'nobody'}`;
  }

  /** Keeps since when each speaks; true when the set of speaking members changed. */
  private track(now: number, voices: readonly Voice[]): boolean {
    let changed = false;
    let count = 0;
    for (const voice of voices) {
      if (!voice.speaking) continue;
      count += 1;
      if (this.candidates.has(voice.id)) continue;
      this.candidates.set(voice.id, { since: now, louderSince: null });
      changed = true;
    }
    if (this.candidates.size === count) return changed;
    for (const id of this.candidates.keys()) {
      if (!voices.some((v) => v.id === id && v.speaking)) this.candidates.delete(id);
    }
    return true;
  }

  private consider(now: number, voices: readonly Voice[]): void {
    const current = voices.find((v) => v.id === this.active);
    let best: Voice | undefined;
    for (const voice of voices) {
      const candidate = this.candidates.get(voice.id);
      if (!candidate || voice === current) continue;
      if (this.mayFollow(now, voice, candidate, current) && (!best || voice.level > best.level)) best = voice;
    }
    if (best) this.choose(best.id, now);
  }

  private mayFollow(now: number, voice: Voice, candidate: Candidate, current: Voice | undefined): boolean {
    if (!current) return true;
    const louder = voice.level > current.level + OVERTALK_DB;
    candidate.louderSince = louder ? (candidate.louderSince ?? now) : null;
    if (now - this.chosenAt < MIN_STAY_MS) return false;
    if (!current.speaking) return now - candidate.since >= SUCCEED_MS;
    return candidate.louderSince !== null && now - candidate.louderSince >= OVERTALK_MS;
  }

  private choose(id: string | null, now: number): void {
    this.active = id;
    this.chosenAt = now;
    for (const candidate of this.candidates.values()) candidate.louderSince = null;
  }
}

function loudestFirst(voices: readonly Voice[]): string[] {
  return voices
    .filter((v) => v.speaking)
    .sort((a, b) => b.level - a.level)
    .map((v) => v.id);
}
