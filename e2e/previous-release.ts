import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { z } from "zod";

const run = promisify(execFile);
const root = fileURLToPath(new URL("..", import.meta.url));

const lockFile = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      dev: z.boolean().default(false),
      link: z.boolean().default(false),
    }),
  ),
});

async function previousTag(): Promise<string | undefined> {
  // A clone may have neither tags nor history, and an archive of the sources not even git.
  const args = ["tag", "--list", "v*", "--merged", "HEAD", "--no-contains", "HEAD"];
  const { stdout } = await run("git", [...args, "--sort=-v:refname"], { cwd: root }).catch(() => ({
    stdout: "",
  }));
  return stdout.split("\n").find((tag) => /^v\d+\.\d+\.\d+$/.test(tag));
}

/** A release's sources in a folder of their own, ready to run. */
export type PreviousRelease = { tag: string; folder: string; remove: () => Promise<void> };

/** The newest release that this commit comes after; undefined if there is none. */
export async function previousRelease(): Promise<PreviousRelease | undefined> {
  const tag = await previousTag();
  if (tag === undefined) return undefined;
  const folder = await mkdtemp(join(tmpdir(), `outliers-${tag}-`));
  const archive = join(folder, "sources.tar");
  await run("git", ["archive", "--output", archive, tag], { cwd: root });
  await run("tar", ["-xf", archive, "-C", folder]);
  await rm(archive);
  if (await hasSameDependencies(folder)) await linkDependencies(folder);
  else {
    const workspaces = ["--workspace=detector", "--workspace=collector"];
    await run("npm", ["ci", "--omit=dev", "--no-audit", "--no-fund", ...workspaces], {
      cwd: folder,
    });
  }
  return { tag, folder, remove: () => rm(folder, { recursive: true }) };
}

async function dependenciesOf(folder: string): Promise<[path: string, version: string][]> {
  const text = await readFile(join(folder, "package-lock.json"), "utf8");
  return Object.entries(lockFile.parse(JSON.parse(text)).packages).flatMap(
    ([path, { version, dev, link }]) =>
      path.includes("node_modules/") && !path.startsWith("cli/") && !dev && !link && version
        ? [[path, version]]
        : [],
  );
}

/** Whether what a release needs is installed here, in the same versions. */
async function hasSameDependencies(folder: string): Promise<boolean> {
  const here = new Map(await dependenciesOf(root));
  const there = await dependenciesOf(folder);
  return there.every(
    ([path, version]) => path.startsWith("node_modules/") && here.get(path) === version,
  );
}

/** Links what is installed here; only the workspaces are the release's own. */
async function linkDependencies(folder: string): Promise<void> {
  const [from, to] = [join(root, "node_modules"), join(folder, "node_modules")];
  await mkdir(join(to, "@outliers"), { recursive: true });
  for (const name of await readdir(from)) {
    if (name !== "@outliers") await symlink(join(from, name), join(to, name));
  }
  for (const workspace of await readdir(join(from, "@outliers"))) {
    await symlink(join(folder, workspace), join(to, "@outliers", workspace));
  }
}
