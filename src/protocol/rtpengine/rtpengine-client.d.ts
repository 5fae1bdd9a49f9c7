declare module 'rtpengine-client' {
  /** UDP control client; the part of it that is used. */
  export class Client {
    constructor(options: { localAddress: string; timeout: number; rejectOnError?: boolean });
    on(event: 'error', listener: (error: Error) => void): this;
    ping(port: number, host: string, options?: object): Promise<Record<string, unknown>>;
    offer(port: number, host: string, options: object): Promise<Record<string, unknown>>;
    answer(port: number, host: string, options: object): Promise<Record<string, unknown>>;
    delete(port: number, host: string, options: object): Promise<Record<string, unknown>>;
    query(port: number, host: string, options: object): Promise<Record<string, unknown>>;
    close(): void;
  }
}
