import { readFileSync } from "node:fs";

/** Linux gives user space its times in hundredths of a second, whatever the kernel ticks by. */
const TICKS_PER_SECOND = 100;

/** CPU time that a process has used so far, in seconds: user and system, all its threads. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The second field, the name, may hold spaces: what follows its bracket is the third.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [user, system] = [fields[11], fields[12]].map(Number);
  if (user === undefined || system === undefined) throw new Error(`can't read: ${stat}`);
  return (user + system) / TICKS_PER_SECOND;
}

/** Memory of a process that is resident, in MiB. */
export function rssMib(pid: number): number {
  const match = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  if (!match) throw new Error(`process ${pid} has no VmRSS`);
  return Number(match[1]) / 1024;
}
