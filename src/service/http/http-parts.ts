/**
 * What the routes are made of.
 */
import type { Log } from "../../effects/log.ts";
import type { FactOutlines } from "../../journal/fact-outline.ts";
import type { ChapterLookup } from "./chapter-lookup.ts";
import type { ConsoleFiles } from "./console-files.ts";
import type { TokenDoorman } from "./doorman.ts";
import type { EventStream } from "./event-stream.ts";
import type { LiveView } from "./live-view.ts";
import type { Tally } from "./tally.ts";

/** Where the actors can be watched. */
export interface Inspection {
  /** Tells what there is, then each thing that happens, as JSON; gives the way to stop. */
  watch(tell: (text: string) => void): () => void;
}

export interface HttpParts {
  readonly view: LiveView;
  readonly outlines: FactOutlines;
  readonly chapters: ChapterLookup;
  readonly events: EventStream;
  readonly tally: Tally;
  readonly files: ConsoleFiles;
  readonly doorman: TokenDoorman;
  /** Undefined: nobody may watch. */
  readonly inspection: Inspection | undefined;
  readonly log: Log;
}
