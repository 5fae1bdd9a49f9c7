/** Whether a path is absolute, one word of a command, and leads nowhere else. */
export function isSafePath(path: string): boolean {
  return /^(?:\/[\w.@+-]+)+$/.test(path) && !path.split('/').includes('..');
}
