import packageJson from "../package.json" with { type: "json" };

/** What runs: `make start`, the images and the packed command line are told their revision and date. */
export const build = {
  version: packageJson.version,
  /** The commit. */
  revision: process.env.OUTLIERS_REVISION || "unknown",
  /** When it was built, in RFC 3339. */
  date: process.env.OUTLIERS_BUILD_DATE || "unknown",
};
