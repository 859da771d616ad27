/** A number for people, with 6 digits at most: `97.3`, `1.23457e+9`. */
export const short = (value: number): string => String(Number(value.toPrecision(6)));

/** How often something happens, with 3 digits: `0.143`, `12`. */
export const rate = (value: number): string => String(Number(value.toPrecision(3)));

/** A count with its noun: `1 row`, `2,000 rows`. */
export const count = (number: number, noun: string): string =>
  `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
