/** How the console is built: one script of the page's modules, and beside it the files that are sent as they are. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const own = (name) => fileURLToPath(new URL(name, import.meta.url));

/** The files besides the script. */
const PLAIN_FILES = ["index.html", "console.css", "statechart.svg"];

/** A configuration of rolldown that writes the console into a folder. */
export function consoleBuild(folder) {
  return {
    input: { console: own("main.tsx") },
    platform: "browser",
    logLevel: "warn",
    tsconfig: own("tsconfig.json"),
    plugins: [plainFiles],
    output: { dir: folder, cleanDir: true, format: "esm", comments: false, minify: true },
  };
}

const plainFiles = {
  name: "plain-files",
  buildStart() {
    for (const fileName of PLAIN_FILES)
      this.emitFile({ type: "asset", fileName, source: readFileSync(own(fileName), "utf8") });
  },
};
