/** A number for people, with 6 digits at most: `97.3`, `1.23457e+9`. */
export const short = (value: number): string => String(Number(value.toPrecision(6)));

/** The range of expected values: `0 … 9.4`. */
export const range = (lower: number, upper: number): string => `${brief(lower)} … ${brief(upper)}`;

/** With 3 digits, or as a whole number: more of them make a table hard to read. */
export const brief = (value: number): string =>
  Math.abs(value) >= 1000 ? short(Math.round(value)) : String(Number(value.toPrecision(3)));

/** How often something happens, with 3 digits: `0.143`, `12`. */
export const rate = (value: number): string => String(Number(value.toPrecision(3)));

/** A count with its noun: `1 row`, `2,000 rows`. */
export const count = (number: number, noun: string, nouns = `${noun}s`): string =>
  `${number.toLocaleString("en")} ${number === 1 ? noun : nouns}`;
