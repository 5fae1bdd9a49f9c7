declare module 'sdp-transform' {
  /** What we read of the library's result; anything may be missing or a string where the text was odd. */
  export interface ParsedMedia {
    rtp: { payload: unknown; codec?: unknown; rate?: unknown; encoding?: unknown }[];
    fmtp: { payload: unknown; config?: unknown }[];
    bandwidth?: { type: unknown; limit: unknown }[];
    crypto?: { suite?: unknown; config?: unknown }[];
    rtcp?: { port: unknown; address?: unknown };
  }
  export interface ParsedSdp {
    bandwidth?: { type: unknown; limit: unknown }[];
    media: ParsedMedia[];
  }
  export function parse(sdp: string): ParsedSdp;
}
