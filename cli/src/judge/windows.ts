/** Samples that sigma and mad judge together, as the collector's WINDOW has it by default. */
export const WINDOW = 300;
/** Samples needed before the first verdict, as its MIN_SAMPLES has it by default. */
export const MIN_SAMPLES = 30;

/** The last samples of each series. */
export class Windows {
  readonly #windows = new Map<string, number[]>();

  /** @returns the window that ends with this value; undefined while it is too short to judge by */
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
}
