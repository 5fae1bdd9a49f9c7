/** Where a SIP engine takes its application. */
export interface Control {
  host: string;
  port: number;
  secret: string;
}

let elsewhere: Control | null = null;

/** What is started from now on uses this SIP engine instead of one of its own. */
export function useEngineAt(control: Control): void {
  elsewhere = control;
}

/** The engine to use, or null for one of one's own. */
export function engineElsewhere(): Control | null {
  return elsewhere;
}
