/** Text from a file or a server must not steer the terminal. */
export const printable = (text: string): string => text.replace(/\p{Cc}/gu, "\uFFFD");
