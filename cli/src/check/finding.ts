/** What was found out about a deployment, and what to do about it. */
export type Finding = {
  level: "ok" | "note" | "problem";
  text: string;
  todo?: string;
};

export const ok = (text: string): Finding => ({ level: "ok", text });
export const note = (text: string, todo: string): Finding => ({ level: "note", text, todo });
export const problem = (text: string, todo: string): Finding => ({ level: "problem", text, todo });
