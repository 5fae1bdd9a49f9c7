/** What the application of the signalling bench is told. */
export interface B2buaSettings {
  /** The drachtio-server it uses; null for the embedded engine. */
  elsewhere: { host: string; port: number; secret: string } | null;
  /** SIP URI that every call goes on to. */
  callee: string;
}
