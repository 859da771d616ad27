/** The sources of a host, which `SOURCES` selects. No query may have the name of one. */
export const hostSourceNames = ["cpu", "load", "memory"] as const;

export type HostSourceName = (typeof hostSourceNames)[number];
