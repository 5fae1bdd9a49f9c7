/** Mixes the sound of a shared tab or system with the microphone into one track. */
export class ShareSound {
  readonly track: MediaStreamTrack;
  private readonly context = new AudioContext();
  private readonly destination = this.context.createMediaStreamDestination();
  private microphone: AudioNode | null = null;

  constructor(microphone: MediaStreamTrack | null, shared: MediaStreamTrack) {
    const [mixed] = this.destination.stream.getAudioTracks();
    if (!mixed) throw new Error('no mixed track');
    this.track = mixed;
    this.connect(shared);
    this.replaceMicrophone(microphone);
  }

  replaceMicrophone(track: MediaStreamTrack | null): void {
    this.microphone?.disconnect();
    this.microphone = track && this.connect(track);
  }

  close(): void {
    this.track.stop();
    void this.context.close();
  }

  private connect(track: MediaStreamTrack): AudioNode {
    const source = this.context.createMediaStreamSource(new MediaStream([track]));
    source.connect(this.destination);
    return source;
  }
}
