/** What FreeSWITCH's nine steps of volume do, as factors, by step from -4 to 4 (`switch_change_sln_volume`). */
const FACTORS = [0.2, 0.4, 0.6, 0.8, 1, 1.3, 2.3, 3.3, 4.3];

/** Most that may be asked for, dB. */
export const mostGainDb = 30;
/** How much nearer a gain has to be for each step of the channel, dB: those of the conference cost no work of their own. */
const dearer = 0.05;

/** A gain as FreeSWITCH has it: what comes from the channel is changed first, then what the conference takes of it. */
export interface Steps {
  /** `uuid_audio UUID start read level STEP`, -4 to 4. */
  channel: number;
  /** `conference NAME volume_in MEMBER STEP`, -4 to 4. */
  conference: number;
}

const choices: readonly (Steps & { db: number })[] = FACTORS.flatMap((first, i) =>
  FACTORS.flatMap((second, j) => {
    const steps = { channel: i - 4, conference: j - 4 };
    // what is raised first is cut off at the top, and is not whole again when it is lowered
    return steps.channel > 0 && steps.conference < 0 ? [] : [{ ...steps, db: 20 * Math.log10(first * second) }];
  }),
);

/** The steps that are nearest to a gain: within 1 dB from -16 to 15 dB, within 3 dB from -28 to 25. */
export function stepsOf(db: number): Steps {
  const cost = (one: (typeof choices)[number]): number => Math.abs(one.db - db) + dearer * Math.abs(one.channel);
  const [best] = [...choices].sort((a, b) => cost(a) - cost(b));
  return { channel: best?.channel ?? 0, conference: best?.conference ?? 0 };
}

/** What steps do, dB, to one decimal. */
export function dbOf({ channel, conference }: Steps): number {
  const factor = (FACTORS[channel + 4] ?? 1) * (FACTORS[conference + 4] ?? 1);
  return Math.round(200 * Math.log10(factor)) / 10;
}
