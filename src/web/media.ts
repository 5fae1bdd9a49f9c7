import { DeviceError, type DeviceProblem } from './errors.js';

/** A camera or microphone to choose from. */
export interface Device {
  id: string;
  label: string;
}

/** What a device is for. */
export type DeviceKind = 'audio' | 'video';

/** A device id, '' for the system's default, or null for none. */
export type DeviceChoice = string | null;

/** False where browsers hide cameras and screens: pages that are neither https nor localhost. */
export function mediaAllowed(): boolean {
  return window.isSecureContext && navigator.mediaDevices !== undefined;
}

/** False also on phones, whose browsers have no screen capture. */
export function screenAllowed(): boolean {
  return mediaAllowed() && 'getDisplayMedia' in navigator.mediaDevices;
}

/** Known devices by kind; labels are empty until the first permission. */
export async function listDevices(): Promise<Record<DeviceKind, Device[]>> {
  if (!mediaAllowed()) return { audio: [], video: [] };
  const all = await navigator.mediaDevices.enumerateDevices();
  const of = (kind: MediaDeviceKind): Device[] =>
    all
      .filter((device) => device.kind === kind && device.deviceId !== '')
      .map((device) => ({ id: device.deviceId, label: device.label }));
  return { audio: of('audioinput'), video: of('videoinput') };
}

/** Opens what was chosen; null for what was not. A chosen device that is gone gives way to the default. Throws DeviceError. */
export async function openDevices(
  choice: Record<DeviceKind, DeviceChoice>,
): Promise<Record<DeviceKind, MediaStreamTrack | null>> {
  if (choice.audio === null && choice.video === null) return { audio: null, video: null };
  if (!mediaAllowed()) throw new DeviceError('insecure');
  const device = (id: string): MediaTrackConstraints => (id === '' ? {} : { deviceId: { ideal: id } });
  try {
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: choice.audio !== null && { ...device(choice.audio), echoCancellation: true, noiseSuppression: true },
      video: choice.video !== null && { ...device(choice.video), width: { ideal: 1280 }, height: { ideal: 720 } },
    });
    return { audio: stream.getAudioTracks()[0] ?? null, video: stream.getVideoTracks()[0] ?? null };
  } catch (error) {
    throw new DeviceError(problemOf(error));
  }
}

/** Asks the person for a screen, window or tab, with its sound where the browser can. Throws DeviceError. */
export async function openScreen(): Promise<MediaStream> {
  if (!mediaAllowed()) throw new DeviceError('insecure', 'screen');
  if (!screenAllowed()) throw new DeviceError('unsupported', 'screen');
  try {
    return await navigator.mediaDevices.getDisplayMedia({
      video: { frameRate: { ideal: 15, max: 30 }, width: { max: 1920 }, height: { max: 1080 } },
      audio: true,
    });
  } catch (error) {
    throw new DeviceError(problemOf(error), 'screen');
  }
}

/** The cause by the name of a DOMException, as getUserMedia and getDisplayMedia give it. */
export function problemOf(error: unknown): DeviceProblem {
  const name = error instanceof Error ? error.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'denied';
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'none-found';
  if (name === 'NotReadableError' || name === 'AbortError') return 'in-use';
  return 'other';
}
