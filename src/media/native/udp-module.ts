import type { NativeModule } from './load.js';

/** Version of `UdpModule` that this was written for. */
export const UDP_INTERFACE = 4;

/** Numbers that tell of the sound of one socket (`heard`, `takeBack`, `departed`), and lines of them told at once. */
export const TOLD = 5;
export const MOST_TOLD = 1024;
/** Words before each payload that the mixer hands in. */
export const STAGED = 4;

/** What `src/media/native/udp.c` does; an index stands for a socket, `words` for an address. */
export interface UdpModule extends NativeModule {
  open(
    inbox: Uint8Array,
    arrivals: Int32Array,
    outbox: Uint8Array,
    departures: Int32Array,
    arrived: (count: number) => void,
  ): object;
  bind(hub: object, address: string, port: number): number;
  port(hub: object, index: number): number;
  close(hub: object, index: number): void;
  flush(hub: object, count: number): number;
  desk(
    hub: object,
    toMixer: Uint8Array,
    fromMixer: Uint8Array,
    told: Float64Array,
    origin: number,
    frameOrigin: number,
  ): number;
  listen(hub: object, like: Int32Array): void;
  deafen(hub: object, index: number): void;
  heard(hub: object): number;
  hand(hub: object, like: Int32Array): number;
  takeBack(hub: object, index: number): number;
  departed(hub: object): number;
  frames(desk: number, staged: Int32Array, words: number): number;
  now(): number;
  parse(address: string, words: Int32Array): number;
  format(words: Int32Array, family: number): string;
}
