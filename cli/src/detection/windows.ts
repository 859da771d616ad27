/** How many samples a window has, as the collector's WINDOW is by default. */
export const WINDOW = 300;
/** Samples needed before the first verdict, as its MIN_SAMPLES is by default. */
export const MIN_SAMPLES = 30;

/** The last samples of each series. */
export class Windows {
  readonly #windows = new Map<string, number[]>();

  /** @returns the window that ends with this value; undefined while it is too short to score */
  push(series: string, value: number): readonly number[] | undefined {
    let window = this.#windows.get(series);
    if (!window) {
      window = [];
      this.#windows.set(series, window);
    }
    window.push(value);
    if (window.length > WINDOW) window.shift();
    return window.length < MIN_SAMPLES ? undefined : window;
  }

  /** How many windows are too short to score. */
  tooShort(): number {
    return [...this.#windows.values()].filter(({ length }) => length < MIN_SAMPLES).length;
  }
}
