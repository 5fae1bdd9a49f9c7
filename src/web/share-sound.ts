/** Mixes the sound of a shared tab or system with the microphone into one track. */
export class ShareSound {
  readonly track: MediaStreamTrack;
  private readonly context = new AudioContext();

  constructor(microphone: MediaStreamTrack | null, shared: MediaStreamTrack) {
    const destination = this.context.createMediaStreamDestination();
    for (const track of [microphone, shared]) {
      if (track) this.context.createMediaStreamSource(new MediaStream([track])).connect(destination);
    }
    const [mixed] = destination.stream.getAudioTracks();
    if (!mixed) throw new Error('no mixed track');
    this.track = mixed;
  }

  close(): void {
    void this.context.close();
  }
}
