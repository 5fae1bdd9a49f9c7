/** What went wrong with a device, by cause, for the words on the page. */
export type DeviceProblem = 'insecure' | 'denied' | 'none-found' | 'in-use' | 'unsupported' | 'other';

/** Thrown by `openDevices` and `openScreen`. */
export class DeviceError extends Error {
  constructor(readonly problem: DeviceProblem) {
    super(problem);
  }
}

/** A camera or microphone to choose from. */
export interface Device {
  id: string;
  label: string;
}

/** A choice: a device id, '' for the system's default, or null for none. */
export interface Choice {
  audio: string | null;
  video: string | null;
}

/** False where browsers hide cameras and screens: pages that are neither https nor localhost. */
export function mediaAllowed(): boolean {
  return window.isSecureContext && navigator.mediaDevices !== undefined;
}

/** Known devices by kind; labels are empty until the first permission. */
export async function listDevices(): Promise<{ audio: Device[]; video: Device[] }> {
  if (!mediaAllowed()) return { audio: [], video: [] };
  const all = await navigator.mediaDevices.enumerateDevices();
  const of = (kind: MediaDeviceKind): Device[] =>
    all
      .filter((device) => device.kind === kind && device.deviceId !== '')
      .map((device) => ({ id: device.deviceId, label: device.label }));
  return { audio: of('audioinput'), video: of('videoinput') };
}

/** Opens what was chosen; an empty stream when nothing was. Throws DeviceError. */
export async function openDevices(choice: Choice): Promise<MediaStream> {
  if (choice.audio === null && choice.video === null) return new MediaStream();
  if (!mediaAllowed()) throw new DeviceError('insecure');
  const device = (id: string): MediaTrackConstraints => (id === '' ? {} : { deviceId: { exact: id } });
  try {
    return await navigator.mediaDevices.getUserMedia({
      audio: choice.audio !== null && { ...device(choice.audio), echoCancellation: true, noiseSuppression: true },
      video: choice.video !== null && { ...device(choice.video), width: { ideal: 1280 }, height: { ideal: 720 } },
    });
  } catch (error) {
    throw new DeviceError(problemOf(error));
  }
}

/** Asks the person for a screen, window or tab, with its sound where the browser can. Throws DeviceError. */
export async function openScreen(): Promise<MediaStream> {
  if (!mediaAllowed()) throw new DeviceError('insecure');
  if (!('getDisplayMedia' in navigator.mediaDevices)) throw new DeviceError('unsupported');
  try {
    return await navigator.mediaDevices.getDisplayMedia({
      video: { frameRate: { ideal: 15, max: 30 }, width: { max: 1920 }, height: { max: 1080 } },
      audio: true,
    });
  } catch (error) {
    throw new DeviceError(problemOf(error));
  }
}

function problemOf(error: unknown): DeviceProblem {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'denied';
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'none-found';
  if (name === 'NotReadableError' || name === 'AbortError') return 'in-use';
  return 'other';
}
