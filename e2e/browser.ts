import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const PATHS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/**
 * Starts Chromium: that of CHROMIUM_PATH, or else this host's.
 * @param options further ones of its command line
 * @throws if there is none
 */
export async function launchChromium(...options: string[]): Promise<Browser> {
  const executablePath = process.env.CHROMIUM_PATH ?? PATHS.find((path) => existsSync(path));
  if (executablePath === undefined) {
    throw new Error(`no Chromium: set CHROMIUM_PATH, or install one of ${PATHS.join(", ")}`);
  }
  return chromium.launch({
    executablePath,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      ...options,
    ],
  });
}
