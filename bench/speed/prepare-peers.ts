import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { file } from "./services.ts";

/** How to start a peer, and which versions it is made of. */
export type Peer = {
  command: string;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  versions: string;
};

const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "outliers-bench");
const python = join(cache, "python", "bin", "python");

const run = (command: string, args: readonly string[], cwd?: string): string =>
  // Installers talk on standard output, which is the tables' here.
  execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });

/** Whether a program is installed. */
export function has(program: string, versionFlag = "--version"): boolean {
  try {
    execFileSync(program, [versionFlag], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Installs grpcio and numpy into the cache, once, and makes the stubs. */
export function preparePython(): Peer {
  const requirements = file("bench/peers/python/requirements.txt");
  const wanted = [requirements, file("interop/python/requirements.txt")]
    .map((path) => readFileSync(path, "utf8"))
    .join("");
  const stamp = join(cache, "python", "installed.txt");
  if (!isSame(stamp, wanted)) {
    run("python3", ["-m", "venv", "--clear", join(cache, "python")]);
    run(python, ["-m", "pip", "install", "--quiet", "--requirement", requirements]);
    writeFileSync(stamp, wanted);
  }
  const stubs = emptyFolder("python-stubs");
  protoc(`--python_out=${stubs}`, `--grpc_python_out=${stubs}`);
  const versions = run(python, [
    "-c",
    "import platform, grpc, numpy; print(f'Python {platform.python_version()}, '" +
      " f'grpcio {grpc.__version__}, numpy {numpy.__version__}')",
  ]);
  return {
    command: python,
    args: [file("bench/peers/python/server.py")],
    env: { PYTHONPATH: stubs, PYTHONDONTWRITEBYTECODE: "1" },
    versions: versions.trim(),
  };
}

/** Makes the stubs, with Python's protoc, and builds the server into the cache. */
export function prepareGo(): Peer {
  const source = emptyFolder("go");
  cpSync(file("bench/peers/go"), source, { recursive: true });
  const generators = ["protoc-gen-go", "protoc-gen-go-grpc"];
  run(
    "go",
    [
      "build",
      "-o",
      "bin/",
      "google.golang.org/protobuf/cmd/protoc-gen-go",
      "google.golang.org/grpc/cmd/protoc-gen-go-grpc",
    ],
    source,
  );
  const module = "module=github.com/ardanlabs/python-go/grpc";
  protoc(
    ...generators.map((name) => `--plugin=${join(source, "bin", name)}`),
    `--go_out=${source}`,
    `--go_opt=${module}`,
    `--go-grpc_out=${source}`,
    `--go-grpc_opt=${module}`,
  );
  run("go", ["build", "-o", "bin/server", "."], source);
  const grpc = run("go", ["list", "-m", "google.golang.org/grpc"], source).trim().split(" ")[1];
  return {
    command: join(source, "bin", "server"),
    args: [],
    env: {},
    versions: `${run("go", ["env", "GOVERSION"]).trim()}, grpc-go ${grpc}`,
  };
}

const protoc = (...args: string[]): string =>
  run(python, [
    "-m",
    "grpc_tools.protoc",
    `--proto_path=${file("proto/frozen")}`,
    ...args,
    "outliers.proto",
  ]);

function isSame(path: string, text: string): boolean {
  try {
    return readFileSync(path, "utf8") === text;
  } catch {
    return false;
  }
}

function emptyFolder(name: string): string {
  const folder = join(cache, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}
