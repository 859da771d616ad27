import leven from "leven";

/** Set by shells and container engines. */
const SYSTEM = ["HOSTNAME"];

/**
 * Variables that are not settings but look like misspelt ones.
 * @param names the service's settings
 */
export function misspelt(env: NodeJS.ProcessEnv, names: readonly string[]) {
  return Object.keys(env)
    .filter((given) => ![...names, ...SYSTEM].includes(given))
    .flatMap((given) => {
      // Two swapped letters are two edits; in a short name, two edits make a different word.
      const maxDistance = Math.min(2, Math.floor(given.length / 5));
      const meant = names.find((name) => leven(given, name) <= maxDistance);
      return meant === undefined ? [] : [{ given, meant }];
    });
}
