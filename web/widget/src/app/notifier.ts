/**
 * How a page announces new messages while it is hidden: a sound, and their number in the title of its tab. It is
 * loaded only if the page wants one of them.
 *
 * @module
 */

/** Volume of the sound: it is quiet. */
const GAIN = 0.08;
/** The two tones of the sound, in hertz. */
const TONES = [660, 880];
const TONE_S = 0.12;

export interface NotifierOptions {
  readonly sound: boolean;
  readonly titleBadge: boolean;
}

/** Announces new messages. */
export class Notifier {
  readonly #options: NotifierOptions;
  #context: AudioContext | null = null;
  #count = 0;
  /** What stands before the title of the page. */
  #prefix = "";

  constructor(options: NotifierOptions) {
    this.#options = options;
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.#showCount(0);
    });
  }

  /** @param isSeen - Whether the chat is open. */
  notify(isSeen: boolean): void {
    if (isSeen && !document.hidden) return;
    if (this.#options.sound) this.#play();
    if (this.#options.titleBadge && document.hidden) this.#showCount(this.#count + 1);
  }

  #showCount(count: number): void {
    const { title } = document;
    // The page may have changed its title.
    const own = title.startsWith(this.#prefix) ? title.slice(this.#prefix.length) : title;
    this.#count = count;
    this.#prefix = count === 0 ? "" : `(${count}) `;
    if (document.title !== this.#prefix + own) document.title = this.#prefix + own;
  }

  /** Play two tones. Before the first click on the page a browser allows none. */
  #play(): void {
    this.#context ??= new AudioContext();
    const { currentTime, destination } = this.#context;
    for (const [index, frequency] of TONES.entries()) {
      const oscillator = new OscillatorNode(this.#context, { frequency });
      const gain = new GainNode(this.#context, { gain: GAIN });
      oscillator.connect(gain).connect(destination);
      const start = currentTime + index * TONE_S;
      gain.gain.setTargetAtTime(0, start + TONE_S / 2, TONE_S / 4);
      oscillator.start(start);
      oscillator.stop(start + 2 * TONE_S);
    }
  }
}
